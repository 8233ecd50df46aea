// SPDX-License-Identifier: GPL-2.0-only

// What packets do to mappings, and how mappings end.

#include "model/core/base/check.h"
#include "model/core/nat/nat.h"
#include "model/core/nat/udp-tracking.h"

#include <algorithm>

namespace portlab
{

namespace
{

/// How the port of a mapping rests that ends in this state.
NatTimer
RestOf(NatState state)
{
    switch (state)
    {
    case NatState::SynSent:
    case NatState::SynRecv:
        return NatTimer::RestAfterAttempt;
    case NatState::FinWait:
    case NatState::CloseWait:
    case NatState::LastAck:
    case NatState::TimeWait:
        return NatTimer::RestAfterFin;
    case NatState::Close:
        return NatTimer::RestAfterReset;
    default:
        return NatTimer::RestAfterIdle;
    }
}

bool
Refreshes(RefreshRule rule, Direction direction)
{
    return rule == RefreshRule::Both ||
           (rule == RefreshRule::Outbound) == (direction == Direction::Outbound);
}

} // namespace

Nat::Fate
Nat::Follow(MappingId id, Direction direction, const TcpSegment& segment, Instant now)
{
    switch (m_table[id].Protocol())
    {
    case NatProtocol::Tcp:
        return FollowTcp(id, direction, segment, now);
    case NatProtocol::Udp:
        FollowUdp(id, direction, now);
        return Fate::Lives;
    default:
        Enter(id,
              {TcpEffect::Refresh,
               NatState::Icmp,
               NatTimer::Icmp,
               m_table[id].seenReply || direction == Direction::Inbound,
               false},
              direction,
              now);
        return Fate::Lives;
    }
}

Nat::Fate
Nat::FollowTcp(MappingId id, Direction direction, const TcpSegment& segment, Instant now)
{
    Mapping& mapping = m_table[id];
    const TcpStep step = Track({mapping.State(),
                                mapping.seenReply,
                                mapping.isAssured,
                                mapping.startedOutside,
                                !mapping.refusesSyn},
                               direction,
                               segment);
    switch (step.effect)
    {
    case TcpEffect::Pass:
        mapping.seenReply = step.seenReply;
        return Fate::Lives;
    case TcpEffect::Invalid:
        return Fate::Ignored;
    case TcpEffect::End:
        Finish(id, now);
        return Fate::Ended;
    case TcpEffect::Reopen:
        if (m_rules->reopensAnew)
        {
            ++m_counters.reopened;
            Free(id, now);
            return Fate::Reopened;
        }
        break;
    case TcpEffect::Refresh:
        break;
    }
    if (direction == Direction::Outbound && IsAhead(segment.end, mapping.memory))
    {
        mapping.memory = segment.end;
    }
    mapping.refusesSyn = !step.canReopen;
    Enter(id, step, direction, now);
    return Fate::Lives;
}

void
Nat::FollowUdp(MappingId id, Direction direction, Instant now)
{
    const Mapping& mapping = m_table[id];
    const NatState state =
        UdpTracking::After(mapping.State(), mapping.memory, mapping.seenReply, now);
    const bool isReply = (direction == Direction::Inbound) != mapping.startedOutside;
    Enter(id,
          {TcpEffect::Refresh,
           state,
           TimerOf(state),
           mapping.seenReply || isReply,
           state == NatState::UdpStream},
          direction,
          now);
}

void
Nat::Enter(MappingId id, const TcpStep& step, Direction direction, Instant now)
{
    Mapping& mapping = m_table[id];
    const bool isNewState = mapping.State() != step.state;
    mapping.seenReply = step.seenReply;
    Assure(mapping, step.isAssured);
    if (isNewState || Refreshes(m_rules->refresh, direction))
    {
        Arm(id, step.state, step.timer, now);
    }
}

void
Nat::Assure(Mapping& mapping, bool isAssured)
{
    m_assured += (isAssured ? 1u : 0u) - (mapping.isAssured ? 1u : 0u);
    mapping.isAssured = isAssured;
}

void
Nat::Advance(MappingId id, NatState state, bool isBusy, Instant now)
{
    Mapping& mapping = m_table[id];
    if (state == NatState::Established)
    {
        mapping.seenReply = true;
        Assure(mapping, true);
    }
    if (isBusy)
    {
        m_table.Keep(id, state);
        return;
    }
    Arm(id, state, TimerOf(state), now);
}

void
Nat::Pass(MappingId id, Direction direction, bool isBusy, Instant now)
{
    FollowUdp(id, direction, now);
    const NatState state = m_table[id].State();
    if (isBusy)
    {
        m_table.Keep(id, state);
    }
    else if (m_table[id].Expires() == NEVER)
    {
        Arm(id, state, TimerOf(state), now); // The last packet that refreshed it has passed.
    }
}

/// A delay of 0 ends the mapping before the device looks at the next packet.
void
Nat::Arm(MappingId id, NatState state, NatTimer timer, Instant now)
{
    m_table.Arm(id, state, timer, EndOf(now + m_rules->timers[static_cast<std::size_t>(timer)]));
}

/// When the device notices that something is over at `due`.
Instant
Nat::EndOf(Instant due) const
{
    const Duration grid = m_rules->expiryGrid;
    if (grid == Duration{0})
    {
        return due;
    }
    const Duration sinceStart = due.time_since_epoch() + grid - Duration{1};
    return At(sinceStart / grid * grid);
}

/// The timer of a mapping, or of its rest, has run out; or its answer has come.
void
Nat::Expire(MappingId id)
{
    const Mapping& mapping = m_table[id];
    const Instant end = mapping.Expires();
    if (m_table.IsAwaited(id))
    {
        Advance(id, NatState::Established, true, end);
        return;
    }
    if (mapping.State() == NatState::Resting)
    {
        ReleasePort(id, end);
        m_table.Remove(id);
        return;
    }
    ++m_counters.expired;
    m_counters.lost += mapping.State() == NatState::Established ? 1 : 0;
    Finish(id, end);
}

/// The flow is forgotten; its port may have to rest.
void
Nat::Finish(MappingId id, Instant now)
{
    const Mapping& mapping = m_table[id];
    const NatTimer rest = RestOf(mapping.State());
    const Duration length = m_rules->timers[static_cast<std::size_t>(rest)];
    if (length == Duration{0} || SharesPort(id) ||
        !IsHandedOut(mapping.Protocol(), mapping.ExternalPort()))
    {
        Free(id, now);
        return;
    }
    LeaveHost(id, now);
    m_table.Rest(id, rest, EndOf(now + length));
}

/// The flow is forgotten, and its port is free unless another flow shares it.
void
Nat::Free(MappingId id, Instant now)
{
    LeaveHost(id, now);
    if (!SharesPort(id))
    {
        ReleasePort(id, now);
    }
    m_table.Remove(id);
}

/// The mapping counts no more.
void
Nat::LeaveHost(MappingId id, Instant now)
{
    Mapping& mapping = m_table[id];
    Assure(mapping, false);
    --m_subscribers[m_subscribers.NumberOf(mapping.Flow().inside.address)].mappings;
    m_mappings.Leave(now);
}

/// Whether another flow of the same inside endpoint uses the port in the same scope.
bool
Nat::SharesPort(MappingId id) const
{
    const Mapping& mapping = m_table[id];
    const NatUniqueness unique = m_rules->unique[static_cast<std::size_t>(mapping.Protocol())];
    if (!m_table.HasRings() || DependenceOf(unique) == Dependence::AddressAndPort)
    {
        return false; // One scope, one flow.
    }
    const InsideFlow flow = mapping.Flow();
    for (MappingId other = m_table.Latest(flow.protocol, flow.inside); other != NO_MAPPING;
         other = m_table.Older(other))
    {
        if (other != id && m_table[other].ExternalPort() == mapping.ExternalPort() &&
            m_table[other].ExternalAddress() == mapping.ExternalAddress() &&
            Blur(DependenceOf(unique), m_table[other].Flow().remote) ==
                Blur(DependenceOf(unique), flow.remote))
        {
            return true;
        }
    }
    return false;
}

/// What is not translated collides with nothing, and a forwarded port has one owner for ever.
bool
Nat::IsHandedOut(NatProtocol protocol, Port port) const
{
    return m_rules->pick != PortPick::Keep &&
           (m_forwards.empty() ||
            std::none_of(m_forwards.begin(), m_forwards.end(), [&](const StaticForward& forward) {
                return forward.protocol == protocol && forward.port == port;
            }));
}

void
Nat::TakePort(const InsideFlow& flow, const Choice& choice, Instant now)
{
    if (!IsHandedOut(flow.protocol, choice.port))
    {
        return;
    }
    const auto scope = m_ports.Open(flow.protocol, choice.address, flow.remote);
    if (m_ports.Taken(scope).Contains(choice.port))
    {
        return; // By another flow of this inside endpoint.
    }
    m_ports.Take(scope, choice.port);
    Subscriber& subscriber = m_subscribers[m_subscribers.NumberOf(flow.inside.address)];
    subscriber.ports.Enter(now);
    if (HeldBlock* block = BlockOf(subscriber, choice.address, choice.port))
    {
        ++block->used;
    }
}

void
Nat::ReleasePort(MappingId id, Instant now)
{
    const Mapping& mapping = m_table[id];
    const InsideFlow flow = mapping.Flow();
    if (!IsHandedOut(flow.protocol, mapping.ExternalPort()))
    {
        return;
    }
    m_ports.Release(flow.protocol, mapping.ExternalAddress(), flow.remote, mapping.ExternalPort());
    Subscriber& subscriber = m_subscribers[m_subscribers.NumberOf(flow.inside.address)];
    subscriber.ports.Leave(now);
    if (HeldBlock* block = BlockOf(subscriber, mapping.ExternalAddress(), mapping.ExternalPort()))
    {
        LeaveBlock(subscriber, *block);
    }
}

Endpoint
Nat::External(MappingId id) const
{
    const Mapping& mapping = m_table[id];
    return m_rules->pick == PortPick::Keep
               ? mapping.Flow().inside
               : Endpoint{m_addresses[mapping.ExternalAddress()], mapping.ExternalPort()};
}

} // namespace portlab
