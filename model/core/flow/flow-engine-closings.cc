// SPDX-License-Identifier: GPL-2.0-only

// What the engine does when connections end, and what is left of them: TIME_WAIT on either side,
// FIN_WAIT2 of peers that never close, orphans whose FIN nobody answers.

#include "model/core/flow/fin-wait2.h"
#include "model/core/flow/flow-engine.h"

namespace portlab
{

/// Plans the end of a connection that was asked for at `asked` and whose first close() comes at
/// `closed`.
void
FlowEngine::Close(const Intent& intent, Port port, Instant asked, Instant closed)
{
    const PathInfo& path = m_topology.paths[intent.path];
    const Service& service = m_workload.services[m_topology.pairs[path.pair].service];
    if (intent.transport == Transport::Udp || intent.ending == Ending::Reset)
    {
        Push(closed, Kind::PortIsFree, intent.path, port);
    }
    else if (intent.ending == Ending::Client && service.silent.empty())
    {
        Push(closed + service.rtt, Kind::PortWaits, intent.path, port);
    }
    else if (intent.ending == Ending::Server)
    {
        CloseByServer(intent, port, asked, closed);
    }
    else
    {
        CloseByClient(intent, port, closed);
    }
}

void
FlowEngine::CloseByServer(const Intent& intent, Port port, Instant asked, Instant closed)
{
    const Pair& pair = m_topology.pairs[m_topology.paths[intent.path].pair];
    const Duration rtt = m_workload.services[pair.service].rtt;
    if (pair.needsOrigins)
    {
        const Stream& stream = m_topology.streams[m_topology.sources[intent.source].stream];
        m_peerWaits.NoteOrigin(TupleOf(intent.path, port), {asked, stream.sends});
    }
    Push(closed + rtt + rtt / 2, Kind::ServerWaits, intent.path, port);
}

/// The server may not answer, or may never close.
void
FlowEngine::CloseByClient(const Intent& intent, Port port, Instant closed)
{
    const Pair& pair = m_topology.pairs[m_topology.paths[intent.path].pair];
    const Service& service = m_workload.services[pair.service];
    const bool isHalf = intent.ending == Ending::HalfClosed;
    if (service.IsSilent(closed + service.rtt / 2))
    {
        Push(closed, isHalf ? Kind::HalfFinIsLost : Kind::FinIsLost, intent.path, port);
        return;
    }
    Push(closed + service.rtt, isHalf ? Kind::FinWait2 : Kind::PortWaits, intent.path, port);
}

void
FlowEngine::GivePortBack(const Event& event)
{
    const auto kind = static_cast<Kind>(event.kind);
    if (kind == Kind::PortWaits)
    {
        m_topology.ledger.Wait(event.subject, event.port, m_now);
    }
    else
    {
        m_topology.ledger.Release(event.subject, event.port, m_now);
    }
    if (kind == Kind::ServerWaits)
    {
        const PathInfo& path = m_topology.paths[event.subject];
        const Duration rtt = m_workload.services[m_topology.pairs[path.pair].service].rtt;
        m_peerWaits.Enter(path.machine,
                          TupleOf(event.subject, event.port),
                          event.subject,
                          m_now - rtt / 2);
    }
    if (m_observer != nullptr)
    {
        m_observer->OnReleased(m_now, event.subject, event.port, kind == Kind::PortWaits);
    }
}

/// The same for an event of another kind, now.
void
FlowEngine::GivePortBack(const Event& event, Kind kind)
{
    GivePortBack({m_now, event.subject, event.port, static_cast<std::uint16_t>(kind)});
}

void
FlowEngine::OnEnding(const Event& event)
{
    const std::uint32_t host = m_topology.ledger.HostOf(event.subject);
    switch (static_cast<Kind>(event.kind))
    {
    case Kind::FinWait2:
        Tell(event, NatState::CloseWait);
        BeginFinWait2(event);
        break;
    case Kind::FinWait2Entry:
        LeaveOrphans(host);
        EnterFinWait2(event);
        break;
    case Kind::FinWait2IsOver:
        m_topology.ledger.LeaveFinWait2(host);
        GivePortBack(event, Kind::PortIsFree);
        break;
    case Kind::FinIsLost:
    case Kind::HalfFinIsLost:
        Tell(event, NatState::FinWait);
        RepeatFin(event);
        break;
    case Kind::FinIsAnswered:
        LeaveOrphans(host);
        Tell(event, NatState::TimeWait);
        GivePortBack(event, Kind::PortWaits);
        break;
    case Kind::HalfFinIsAnswered:
        LeaveOrphans(host);
        Tell(event, NatState::CloseWait);
        BeginFinWait2(event);
        break;
    default: // FinIsGivenUp
        LeaveOrphans(host);
        GivePortBack(event, Kind::PortIsFree);
        break;
    }
}

/// The peer has answered the FIN, and does not close.
void
FlowEngine::BeginFinWait2(const Event& event)
{
    const std::uint32_t host = m_topology.ledger.HostOf(event.subject);
    const FinWait2Stages stages(m_workload.hosts[m_topology.hostGroups[host]].profile);
    if (stages.orphan == Duration{0})
    {
        EnterFinWait2(event);
        return;
    }
    if (EnterOrphans(event))
    {
        const Instant entry = m_topology.WheelOf(host).Expiry(m_now, stages.orphan);
        Push(entry, Kind::FinWait2Entry, event.subject, event.port);
    }
}

/// From now on there is only a time-wait entry, or nothing at all if there are too many of them.
void
FlowEngine::EnterFinWait2(const Event& event)
{
    const std::uint32_t host = m_topology.ledger.HostOf(event.subject);
    const FinWait2Stages stages(m_workload.hosts[m_topology.hostGroups[host]].profile);
    m_topology.ledger.CatchUp(host, m_now);
    if (!m_topology.ledger.EnterFinWait2(host))
    {
        GivePortBack(event, Kind::PortIsFree);
    }
    else if (stages.entry > Duration{0})
    {
        const Instant end = m_topology.WheelOf(host).Expiry(m_now, stages.entry);
        Push(end, Kind::FinWait2IsOver, event.subject, event.port);
    }
}

/// The program has closed, and the service does not answer its FIN.
void
FlowEngine::RepeatFin(const Event& event)
{
    if (!EnterOrphans(event))
    {
        return;
    }
    const std::uint32_t host = m_topology.ledger.HostOf(event.subject);
    const Pair& pair = m_topology.pairs[m_topology.paths[event.subject].pair];
    const Service& service = m_workload.services[pair.service];
    const TimerWheel wheel = m_topology.WheelOf(host);
    SegmentTimes fin(FinRule(m_workload.hosts[pair.group].profile, wheel, service.rtt),
                     wheel,
                     m_now);
    while (service.IsSilent(m_now + fin.Sent() + service.rtt / 2))
    {
        const Instant expiry = m_now + fin.Expiry();
        if (!fin.Repeat())
        {
            Push(expiry, Kind::FinIsGivenUp, event.subject, event.port);
            return;
        }
    }
    const bool isHalf = static_cast<Kind>(event.kind) == Kind::HalfFinIsLost;
    Push(m_now + fin.Sent() + service.rtt,
         isHalf ? Kind::HalfFinIsAnswered : Kind::FinIsAnswered,
         event.subject,
         event.port);
}

/// One more orphan on the machine. False if there are too many: it is reset, and its port free.
bool
FlowEngine::EnterOrphans(const Event& event)
{
    const std::uint32_t host = m_topology.ledger.HostOf(event.subject);
    const auto& most = m_workload.hosts[m_topology.hostGroups[host]].profile.maxOrphans.value;
    std::uint32_t& orphans = m_orphans[m_topology.hostMachines[host]];
    if (most && orphans >= *most)
    {
        Tell(event, NatState::Close);
        GivePortBack(event, Kind::PortIsFree);
        return false;
    }
    ++orphans;
    return true;
}

void
FlowEngine::LeaveOrphans(std::uint32_t host)
{
    std::uint32_t& orphans = m_orphans[m_topology.hostMachines[host]];
    Check(orphans > 0, "fewer orphans than none");
    --orphans;
}

} // namespace portlab
