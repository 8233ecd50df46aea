// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_FLOW_ENGINE_H
#define PORTLAB_FLOW_ENGINE_H

#include "model/core/flow/carrier.h"
#include "model/core/flow/connect-attempt.h"
#include "model/core/flow/event-queue.h"
#include "model/core/flow/flow-observer.h"
#include "model/core/flow/flow-statistics.h"
#include "model/core/flow/handshaking.h"
#include "model/core/flow/peer-waits.h"
#include "model/core/flow/request-pool.h"
#include "model/core/flow/results.h"
#include "model/core/flow/sampler.h"
#include "model/core/flow/topology.h"
#include "model/core/port/boot-phase.h"

#include <cstdint>
#include <vector>

namespace portlab
{

/// Runs a workload at connection level: no packets, only what connections do to ports.
///
/// The life of a connection: connect() asks the ledger for a port and holds it; the handshake takes
/// one round trip, or longer when SYNs are lost; the hold time runs from there to the first
/// close(); the FIN exchange takes one more round trip, and only then does TIME_WAIT begin, on the
/// side that closed first. When the server closes first, the client's port is free when its own FIN
/// is acknowledged, half a round trip later. When the server never closes, the client's port is
/// held through FIN_WAIT2; when it does not answer at all, for as long as the FIN is repeated.
///
/// A plain connection is two events, its arrival and the end of its hold on the port; the end of
/// TIME_WAIT is none. Results do not depend on how the time is divided into calls of RunUntil().
class FlowEngine
{
  public:
    /// Replication `run` of the workload, which must outlive the engine.
    FlowEngine(const Workload& workload, std::uint64_t run);

    FlowEngine(const FlowEngine&) = delete;
    FlowEngine& operator=(const FlowEngine&) = delete;

    /// Handles everything up to and including `until`. Later calls must not go back.
    void RunUntil(Instant until);

    /// The statistics of the time from the warm-up's end until now.
    RunResult Finish();

    /// Whom to tell of single events; null: nobody. The observer must outlive the engine's runs.
    void SetObserver(FlowObserver* observer)
    {
        m_observer = observer;
    }

    /// Who is to play all connections; before the first run. The carrier must outlive the runs.
    void SetCarrier(Carrier* carrier)
    {
        m_carrier = carrier;
    }

    // What a carrier tells, of this very moment: the engine first catches up with it.

    /// The connection of a request is open, since `opened`: it may take a moment to be sure.
    void Opened(std::uint32_t request, Instant opened, Instant now);

    /// It will not be: connect() has failed, and given its port back.
    void NotOpened(std::uint32_t request, Failure reason, Instant now);

    /// A SYN of a request has met the service's TIME_WAIT of the same 4-tuple, for the first time.
    void MetTimeWait(std::uint32_t request, Instant now);

    /// The service closed first, and its TIME_WAIT begins.
    void ServerWaits(std::uint32_t path, Port port, Instant now);

    Instant Now() const
    {
        return m_now;
    }

    /// When something is next to happen; NEVER if nothing is.
    Instant NextEvent()
    {
        return m_queue.NextTime();
    }

    /// The same for an engine whose state others change in between: its samples, and the end of its
    /// warm-up, are moments of their own.
    Instant NextStop()
    {
        const Instant sample = std::min(m_sampler.Next(), m_isWarm ? NEVER : m_warmup);
        return std::min(m_queue.NextTime(), sample);
    }

    /// connect() calls so far.
    std::uint64_t Attempts() const
    {
        return m_statistics.AttemptsOfRun();
    }

    const Topology& Machines() const
    {
        return m_topology;
    }

    /// The same for a carrier, which takes ports and makes mappings.
    Topology& Machines()
    {
        return m_topology;
    }

  private:
    /// Of several at one instant, what gives places and ports free comes first, and requests last.
    enum class Kind : std::uint16_t
    {
        Answered,          ///< A path's port: NATs on the way see the first answer.
        FinWait2IsOver,    ///< A path's port: its time-wait entry in FIN_WAIT2 ends.
        FinIsGivenUp,      ///< A path's port: nobody ever answered the FIN.
        PortWaits,         ///< A path's port goes to TIME_WAIT.
        PortIsFree,        ///< A path's port is free.
        ServerWaits,       ///< The same, and the server's TIME_WAIT began half a round trip ago.
        FinWait2,          ///< The peer has answered the FIN, and does not close.
        FinWait2Entry,     ///< FIN_WAIT2 goes on as a time-wait entry.
        FinIsLost,         ///< The program closed, and the service is silent.
        HalfFinIsLost,     ///< The same, and its program never closes.
        FinIsAnswered,     ///< The service has answered a repeated FIN.
        HalfFinIsAnswered, ///< The same, and its program never closes.
        Established,       ///< A request's connection.
        TimedOut,          ///< A request's connect().
        SynIsDue,          ///< The same sends its next SYN, across NATs.
        HoldIsOver,        ///< A request's.
        TryAgain,          ///< A request's pause is over.
        Arrival,           ///< A source's next request.
        Recorded,          ///< A stream's next recorded connection.
    };

    void Push(Instant time, Kind kind, std::uint32_t subject, Port port = 0)
    {
        m_queue.Push({time, subject, port, static_cast<std::uint16_t>(kind)});
    }

    void RunEvents(Instant until);
    void Handle(const Event& event);
    void ScheduleFirst(std::uint32_t streamNumber);
    void EndWarmup();

    // The client's side.
    void OnArrival(std::uint32_t source);
    void OnRecorded(std::uint32_t stream);
    void StartRequest(std::uint32_t source, std::uint32_t parent);
    void Begin(const Intent& intent, std::uint32_t parent);
    bool IsPlain(const Stream& stream) const;
    void Ask(const Intent& intent, std::uint32_t request);
    void Connect(const Intent& intent, Port port, std::uint32_t request);
    void OpenPlainly(const Intent& intent, Port port);
    SynSender SenderOf(const Intent& intent) const;
    Handshaking Await(const Intent& intent, const PeerTuple& tuple, Instant asked);
    ConnectOutcome Handshake(const Intent& intent, Port port, Failure& failure);
    std::optional<FormerConnection> FormerOf(std::uint32_t path, const PeerTuple& tuple);

    void AttemptTimedOut(std::uint32_t request, Failure failure);

    // The same across NATs and firewalls.
    void ConnectAcross(const Intent& intent, Port port, std::uint32_t request);
    void ExpectAnswer(const Intent& intent, Port port);
    void OnAnswered(const Event& event);
    void SendDatagram(std::uint32_t request, const Passage& passage);
    void OnSynIsDue(std::uint32_t request);
    void AwaitAnswer(std::uint32_t request, const Passage& passage);
    SynAnswer AnswerTo(Request& request, const PeerTuple& tuple);
    void OpenAcross(const Request& request);
    void OnPortEnds(const Event& event);
    bool Tell(const Event& event, NatState state);
    PeerTuple TupleOf(std::uint32_t path, Port port);
    PeerTuple Outside(std::uint32_t path, const Endpoint& seen);

    // The end of a connection.
    void Close(const Intent& intent, Port port, Instant asked, Instant closed);
    void CloseByServer(const Intent& intent, Port port, Instant asked, Instant closed);
    void CloseByClient(const Intent& intent, Port port, Instant closed);
    void GivePortBack(const Event& event);
    void GivePortBack(const Event& event, Kind kind);
    void OnEnding(const Event& event);
    void BeginFinWait2(const Event& event);
    void EnterFinWait2(const Event& event);
    void RepeatFin(const Event& event);
    bool EnterOrphans(const Event& event);
    void LeaveOrphans(std::uint32_t host);

    // Requests that are remembered.
    void OnEstablished(std::uint32_t request, Instant opened);
    void OnTimedOut(std::uint32_t request);
    void OnHoldIsOver(std::uint32_t request);
    void MakeCalls(std::uint32_t request);
    void Answer(std::uint32_t request);
    void OnAttemptFailed(const Intent& intent, std::uint32_t request, Failure reason);
    void OnTryAgain(std::uint32_t request);
    void Finish(std::uint32_t request, bool isAnswered);

    // The end of a run.
    HostResult GroupResult(std::uint32_t group);
    void AddPorts(std::uint32_t group, HostResult& result);
    TrafficResult StreamResult(std::uint32_t stream);
    LogHistogram ConnectDelay(std::uint32_t stream) const;
    PairResult PairResultOf(std::uint32_t pair) const;
    ServiceResult ServiceResultOf(std::uint32_t service);
    std::vector<Histogram> Histograms() const;

    void Fail(std::uint32_t path, Failure reason, Instant asked);

    bool IsCounted(Instant asked) const
    {
        return asked >= m_warmup;
    }

    const Workload& m_workload;
    Topology m_topology;
    FlowStatistics m_statistics;
    Sampler m_sampler;
    PeerWaits m_peerWaits;
    EventQueue m_queue;
    RequestPool m_requests;
    std::vector<std::optional<ConnectAttempt>> m_attempts; ///< Of requests, across NATs.
    /// External addresses of NATs, and whom they talk to, to the paths that servers see.
    tsl::robin_map<std::uint64_t, std::uint32_t> m_outside;
    std::vector<std::size_t> m_nextRecord; ///< Of each stream.
    std::vector<std::uint32_t> m_orphans;  ///< Of each machine that hosts run on.
    FlowObserver* m_observer{nullptr};
    Carrier* m_carrier{nullptr}; ///< Null: the engine plays all connections itself.
    Instant m_now{};
    Instant m_warmup;
    bool m_isWarm{false};
    std::vector<std::uint64_t> m_heldAreaAtWarmup;    ///< Of each host.
    std::vector<std::uint64_t> m_waitingAreaAtWarmup; ///< Of each host.
};

} // namespace portlab

#endif // PORTLAB_FLOW_ENGINE_H
