// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_CONNECTION_ENGINE_H
#define PORTLAB_CONNECTION_ENGINE_H

#include "model/core/flow/flow-engine.h"

#include "ns3/event-id.h"
#include "ns3/nstime.h"
#include "ns3/object.h"
#include "ns3/traced-callback.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace ns3
{

/**
 * @ingroup portlab
 *
 * A whole workload of connections without packets, inside an ns-3 simulation.
 *
 * ns-3 drives and the engine lags: it keeps its events in a queue of its own, wakes up once every
 * Quantum and then handles all that has happened since. Every public call catches up first. Results
 * do not depend on Quantum; only the moments at which trace sources fire do, and they carry the
 * true times of their events. A Quantum of 0 wakes the engine at each of its events, for models
 * that share its hosts.
 *
 * Simulated time 0 of the workload is the moment of initialisation.
 */
class ConnectionEngine : public Object, private portlab::FlowObserver
{
  public:
    /**
     * @brief Get the type ID.
     * @return The object TypeId.
     */
    static TypeId GetTypeId();

    ConnectionEngine();
    ~ConnectionEngine() override;

    /**
     * Sets what to run; before the engine is initialised. The workload's seed is used with ns-3's
     * RngRun.
     *
     * @param workload Hosts, services and traffic, checked.
     */
    void SetWorkload(const portlab::Workload& workload);

    /** Handles everything that has happened up to Simulator::Now(). */
    void CatchUp();

    /** @return connect() calls so far. */
    uint64_t GetAttempts();

    /**
     * Lets packets play all connections; after the engine was initialised, at time 0. The engine
     * then wakes up at each of its events.
     *
     * @param carrier Who plays them; it must outlive the simulation.
     */
    void SetCarrier(portlab::Carrier* carrier);

    /**
     * A carrier's way to tell the engine something.
     *
     * @param tell Called with the engine, which has caught up, and the time now.
     */
    void Tell(const std::function<void(portlab::FlowEngine&, portlab::Instant)>& tell);

    /** @return The workload's machines; the engine must have been initialised. */
    portlab::Topology& Machines();

    /**
     * The statistics from the end of the warm-up until now.
     *
     * @return Rows for hosts, traffic, pairs and services, series, and the verdict.
     */
    portlab::RunResult GetResult();

    /**
     * Fixes the random numbers: all streams of the workload are derived from its seed, ns-3's
     * RngRun and this number. Call it before the engine is initialised.
     *
     * @param stream The stream's number; 0 if this is never called.
     * @return The count of streams assigned: 1.
     */
    int64_t AssignStreams(int64_t stream);

    /**
     * TracedCallback signature for granted ports.
     *
     * @param [in] time When.
     * @param [in] host The host's name, as "clients[17]".
     * @param [in] peer The service's, as "api[2]".
     * @param [in] port The port, in host order.
     * @param [in] probes Candidates that the real system would have examined.
     */
    typedef void (*GrantedCallback)(Time time,
                                    std::string host,
                                    std::string peer,
                                    uint16_t port,
                                    uint32_t probes);

    /**
     * TracedCallback signature for failed attempts.
     *
     * @param [in] time When.
     * @param [in] host The host's name.
     * @param [in] peer The service's.
     * @param [in] reason As in the statistics: "no_free_port", "connect_timeout" ...
     */
    typedef void (*FailedCallback)(Time time,
                                   std::string host,
                                   std::string peer,
                                   std::string reason);

    /**
     * TracedCallback signature for ports that a connection gives back.
     *
     * @param [in] time When.
     * @param [in] host The host's name.
     * @param [in] peer The service's.
     * @param [in] port The port, in host order.
     * @param [in] waits Whether the port goes to TIME_WAIT.
     */
    typedef void (*ReleasedCallback)(Time time,
                                     std::string host,
                                     std::string peer,
                                     uint16_t port,
                                     bool waits);

    /**
     * TracedCallback signature for progress.
     *
     * @param [in] now The simulated time that the engine has reached.
     * @param [in] attempts connect() calls so far.
     */
    typedef void (*CaughtUpCallback)(Time now, uint64_t attempts);

  protected:
    void DoInitialize() override;
    void DoDispose() override;

  private:
    void OnGranted(portlab::Instant time,
                   uint32_t path,
                   portlab::Port port,
                   uint32_t probes) override;
    void OnFailed(portlab::Instant time, uint32_t path, portlab::Failure reason) override;
    void OnReleased(portlab::Instant time, uint32_t path, portlab::Port port, bool waits) override;

    Time OnClock(portlab::Instant time) const;
    std::string HostOf(uint32_t path) const;
    std::string PeerOf(uint32_t path) const;
    void WakeUp();
    void ScheduleWakeUp();

    portlab::Workload m_workload;
    Time m_quantum;
    Time m_start;
    int64_t m_stream;
    EventId m_wakeUp;
    bool m_isCarried{false}; ///< Packets play the connections.
    std::unique_ptr<portlab::FlowEngine> m_engine;
    TracedCallback<Time, std::string, std::string, uint16_t, uint32_t> m_granted;
    TracedCallback<Time, std::string, std::string, std::string> m_failed;
    TracedCallback<Time, std::string, std::string, uint16_t, bool> m_released;
    TracedCallback<Time, uint64_t> m_caughtUp;
};

} // namespace ns3

#endif // PORTLAB_CONNECTION_ENGINE_H
