// SPDX-License-Identifier: GPL-2.0-only

#include "test/bench/ns3-peer.h"

#include "model/core/base/check.h"
#include "model/core/flow/draws.h"
#include "model/core/flow/flow-statistics.h"
#include "model/core/port/boot-phase.h"
#include "model/ns3-time.h"

#include "ns3/simulator.h"

namespace portlab
{

namespace
{

using ns3::Simulator;

class Ns3Peer
{
  public:
    Ns3Peer(const Workload& workload, std::uint64_t run)
        : m_topology(workload, run),
          m_statistics(m_topology),
          m_source(m_topology.sources.front()),
          m_stream(m_topology.streams.front()),
          m_rtt(ToNs3(workload.services.front().rtt))
    {
        const HostGroup& host = workload.hosts.front();
        Check(m_topology.sources.size() == 1 && m_stream.closes.client >= 1,
              "the peer is one host whose only traffic it closes itself");
        // As Topology and PortLedger name the machine, so that both keep time alike.
        const StreamKey machine = StreamKey(workload.seed, run)
                                      .With("hosts")
                                      .With(host.name)
                                      .With("kernel")
                                      .With(std::uint64_t{0});
        m_timeWait = {host.profile.timeWait.value,
                      host.profile.timeWaitGrid.value,
                      TimeSinceBoot(machine.With("tcp"))};
        const Instant first = FirstArrival(*m_stream.arrivals, m_source.arrivals);
        Simulator::Schedule(ToNs3(first.time_since_epoch()), &Ns3Peer::OnArrival, this);
    }

    Outcome Finish() const
    {
        const LogHistogram probes = m_statistics.groups.front().AllProbes();
        Outcome outcome;
        outcome.attempts = m_statistics.AttemptsOfRun();
        outcome.connected = m_statistics.pairs.front().connected;
        outcome.failed = Total(m_statistics.pairs.front().failed);
        outcome.heldPeak = m_held.Peak();
        outcome.waitingPeak = m_waiting.Peak();
        outcome.usedPeak = m_statistics.pairs.front().used.ports;
        outcome.probesMean =
            static_cast<double>(probes.Sum()) / static_cast<double>(probes.Count());
        outcome.reuseMin = m_statistics.groups.front().reuseMin;
        return outcome;
    }

  private:
    void OnArrival()
    {
        const Instant now = SimulatorNow();
        const Instant next = NextArrival(*m_stream.arrivals, now, m_source.arrivals);
        Simulator::Schedule(ToNs3(next - now), &Ns3Peer::OnArrival, this);
        ++m_statistics.streams.front().requests;
        const std::uint32_t endpoint = m_topology.NextEndpoint(m_source);
        const std::uint32_t path = m_topology.Path(m_source, endpoint, m_stream.transport);
        const Duration hold = DrawHold(m_stream.hold, m_source.life);
        const Grant grant = m_topology.ledger.Ask(path, now, m_topology.portDraws.front());
        m_statistics.Asked(0, 0, Search::Connect, grant.probes, true);
        if (!grant.port)
        {
            m_statistics.Failed(path, {now, Failure::NoFreePort, path, 0, 0}, true);
            return;
        }
        m_statistics.Granted(path, *grant.port, now, true);
        m_held.Enter(now);
        Simulator::Schedule(m_rtt, &Ns3Peer::OnEstablished, this, path, *grant.port, hold);
    }

    void OnEstablished(std::uint32_t path, Port port, Duration hold)
    {
        ++m_statistics.streams.front().plain.front();
        ++m_statistics.pairs.front().connected;
        Simulator::Schedule(ToNs3(hold), &Ns3Peer::OnClose, this, path, port);
    }

    void OnClose(std::uint32_t path, Port port)
    {
        Simulator::Schedule(m_rtt, &Ns3Peer::OnFinsExchanged, this, path, port);
    }

    void OnFinsExchanged(std::uint32_t path, Port port)
    {
        const Instant now = SimulatorNow();
        m_held.Leave(now);
        m_waiting.Enter(now);
        Simulator::Schedule(ToNs3(m_timeWait.End(now) - now),
                            &Ns3Peer::OnTimeWaitOver,
                            this,
                            path,
                            port);
    }

    /// For the ledger the port was held until now: it never hears of TIME_WAIT.
    void OnTimeWaitOver(std::uint32_t path, Port port)
    {
        const Instant now = SimulatorNow();
        m_topology.ledger.Release(path, port, now);
        m_waiting.Leave(now);
    }

    Topology m_topology;
    FlowStatistics m_statistics;
    Source& m_source;
    const Stream& m_stream;
    ns3::Time m_rtt;
    WaitingTime m_timeWait{};
    Gauge m_held;
    Gauge m_waiting;
};

} // namespace

PeerRun
RunNs3Peer(const Workload& workload, std::uint64_t run, const std::string& scheduler)
{
    ns3::ObjectFactory factory;
    factory.SetTypeId(scheduler);
    Simulator::SetScheduler(factory);
    Ns3Peer peer(workload, run);
    Simulator::Stop(ToNs3(workload.duration));
    Simulator::Run();
    const PeerRun result{peer.Finish(), Simulator::GetEventCount()};
    Simulator::Destroy();
    return result;
}

} // namespace portlab
