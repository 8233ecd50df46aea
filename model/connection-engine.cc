// SPDX-License-Identifier: GPL-2.0-only

#include "model/connection-engine.h"

#include "model/core/base/check.h"
#include "model/ns3-time.h"

#include "ns3/log.h"
#include "ns3/simulator.h"

#include <algorithm>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("ConnectionEngine");

NS_OBJECT_ENSURE_REGISTERED(ConnectionEngine);

TypeId
ConnectionEngine::GetTypeId()
{
    using Self = ConnectionEngine;
    static TypeId tid =
        TypeId("ns3::ConnectionEngine")
            .SetParent<Object>()
            .SetGroupName("Portlab")
            .AddConstructor<Self>()
            .AddAttribute("Quantum",
                          "How far the engine may lag behind the simulator. 0: it wakes up at each "
                          "of its own events.",
                          TimeValue(Seconds(1)),
                          MakeTimeAccessor(&Self::m_quantum),
                          MakeTimeChecker(Time(0)))
            .AddTraceSource("Granted",
                            "A connection got its port.",
                            MakeTraceSourceAccessor(&Self::m_granted),
                            "ns3::ConnectionEngine::GrantedCallback")
            .AddTraceSource("Failed",
                            "An attempt to connect failed.",
                            MakeTraceSourceAccessor(&Self::m_failed),
                            "ns3::ConnectionEngine::FailedCallback")
            .AddTraceSource("Released",
                            "A connection gave its port back.",
                            MakeTraceSourceAccessor(&Self::m_released),
                            "ns3::ConnectionEngine::ReleasedCallback")
            .AddTraceSource("CaughtUp",
                            "The engine has caught up with the simulator.",
                            MakeTraceSourceAccessor(&Self::m_caughtUp),
                            "ns3::ConnectionEngine::CaughtUpCallback");
    return tid;
}

ConnectionEngine::ConnectionEngine()
    : m_stream(0)
{
}

ConnectionEngine::~ConnectionEngine() = default;

void
ConnectionEngine::SetWorkload(const portlab::Workload& workload)
{
    portlab::Check(!m_engine, "SetWorkload came after the engine had started");
    m_workload = workload;
}

int64_t
ConnectionEngine::AssignStreams(int64_t stream)
{
    portlab::Check(!m_engine, "AssignStreams came after the engine had started");
    m_stream = stream;
    return 1;
}

void
ConnectionEngine::DoInitialize()
{
    m_start = Simulator::Now();
    const uint64_t run = RngSeedManager::GetRun();
    // Stream 0 leaves the run as it is: a scenario gives the same numbers with and without ns-3.
    const uint64_t stream = static_cast<uint64_t>(m_stream);
    m_engine = std::make_unique<portlab::FlowEngine>(
        m_workload,
        m_stream == 0 ? run : portlab::StreamKey(run, stream).Bits());
    if (!m_granted.IsEmpty() || !m_failed.IsEmpty() || !m_released.IsEmpty())
    {
        m_engine->SetObserver(this);
    }
    ScheduleWakeUp();
    Object::DoInitialize();
}

void
ConnectionEngine::DoDispose()
{
    m_wakeUp.Cancel();
    m_engine.reset();
    Object::DoDispose();
}

void
ConnectionEngine::CatchUp()
{
    portlab::Check(m_engine != nullptr, "the engine was used before it was initialised");
    const portlab::Instant end = portlab::At(m_workload.duration);
    const portlab::Instant now = portlab::At(portlab::FromNs3(Simulator::Now() - m_start));
    m_engine->RunUntil(std::min(now, end));
    m_caughtUp(Simulator::Now(), m_engine->Attempts());
}

void
ConnectionEngine::WakeUp()
{
    CatchUp();
    ScheduleWakeUp();
}

/// The next wake-up: a quantum away, or at the next event; never after the workload's end.
void
ConnectionEngine::ScheduleWakeUp()
{
    const portlab::Instant end = portlab::At(m_workload.duration);
    if (m_engine->Now() >= end)
    {
        return;
    }
    portlab::Instant next = m_engine->Now() + portlab::FromNs3(m_quantum);
    if (m_isCarried)
    {
        next = m_engine->NextStop();
    }
    else if (m_quantum.IsZero())
    {
        next = m_engine->NextEvent();
    }
    const portlab::Instant at = std::min(next, end);
    m_wakeUp = Simulator::Schedule(OnClock(at) - Simulator::Now(), &ConnectionEngine::WakeUp, this);
}

void
ConnectionEngine::SetCarrier(portlab::Carrier* carrier)
{
    portlab::Check(m_engine != nullptr, "the engine was used before it was initialised");
    portlab::Check(m_start.IsZero(), "packets were to be carried from a later time on");
    m_engine->SetCarrier(carrier);
    m_isCarried = true;
    m_wakeUp.Cancel();
    ScheduleWakeUp();
}

void
ConnectionEngine::Tell(const std::function<void(portlab::FlowEngine&, portlab::Instant)>& tell)
{
    const portlab::Instant now = portlab::SimulatorNow();
    if (now > portlab::At(m_workload.duration))
    {
        return; // What comes after the end is not counted.
    }
    m_engine->RunUntil(now);
    tell(*m_engine, now);
    m_wakeUp.Cancel();
    ScheduleWakeUp();
}

portlab::Topology&
ConnectionEngine::Machines()
{
    portlab::Check(m_engine != nullptr, "the engine was used before it was initialised");
    return m_engine->Machines();
}

uint64_t
ConnectionEngine::GetAttempts()
{
    CatchUp();
    return m_engine->Attempts();
}

portlab::RunResult
ConnectionEngine::GetResult()
{
    CatchUp();
    return m_engine->Finish();
}

/// The simulator's time of one of the engine's moments.
Time
ConnectionEngine::OnClock(portlab::Instant time) const
{
    return m_start + portlab::ToNs3(time.time_since_epoch());
}

std::string
ConnectionEngine::HostOf(uint32_t path) const
{
    const portlab::Topology& machines = m_engine->Machines();
    return machines.HostName(machines.ledger.HostOf(path));
}

std::string
ConnectionEngine::PeerOf(uint32_t path) const
{
    const portlab::Topology& machines = m_engine->Machines();
    return machines.EndpointName(machines.paths[path]);
}

void
ConnectionEngine::OnGranted(portlab::Instant time,
                            uint32_t path,
                            portlab::Port port,
                            uint32_t probes)
{
    m_granted(OnClock(time), HostOf(path), PeerOf(path), port, probes);
}

void
ConnectionEngine::OnFailed(portlab::Instant time, uint32_t path, portlab::Failure reason)
{
    const char* const name = portlab::FAILURE_NAMES[static_cast<std::size_t>(reason)];
    m_failed(OnClock(time), HostOf(path), PeerOf(path), name);
}

void
ConnectionEngine::OnReleased(portlab::Instant time, uint32_t path, portlab::Port port, bool waits)
{
    m_released(OnClock(time), HostOf(path), PeerOf(path), port, waits);
}

} // namespace ns3
