// SPDX-License-Identifier: GPL-2.0-only

// The device: what it does with packets.

#include "model/core/nat/nat.h"

#include "model/core/base/check.h"
#include "model/core/nat/udp-tracking.h"

#include <algorithm>
#include <cmath>

namespace portlab
{

namespace
{

/// All ports that can ever be external: those of a search, and those that may be kept.
PortRange
HullOf(const NatRules& rules)
{
    if (rules.preservesAnyPort || rules.pick == PortPick::Keep)
    {
        return PortRange(1, 65535);
    }
    Check(!rules.classes.empty(), "a NAT without external ports");
    Port first = rules.classes.front().external.First();
    Port last = rules.classes.front().external.Last();
    for (const PortClass& some : rules.classes)
    {
        first = std::min(first, some.external.First());
        last = std::max(last, some.external.Last());
    }
    return PortRange(first, last);
}

std::unique_ptr<BlockPool>
PoolOf(const NatRules& rules, std::size_t addresses)
{
    if (rules.blocks.mode == BlockMode::None || rules.blocks.mode == BlockMode::Deterministic)
    {
        return nullptr;
    }
    return std::make_unique<BlockPool>(HullOf(rules),
                                       static_cast<std::uint32_t>(addresses),
                                       rules.blocks.size);
}

/// How much of the remote end decides who gets in. Where inside endpoints share a port towards
/// different ends, nobody could tell whose a packet of a third end is: it does not get in.
Dependence
FilteringOf(const NatRules& rules)
{
    Dependence filtering = rules.filtering;
    for (std::size_t protocol = 0; protocol < NAT_PROTOCOL_COUNT; ++protocol)
    {
        filtering = rules.handles[protocol]
                        ? std::max(filtering, DependenceOf(rules.unique[protocol]))
                        : filtering;
    }
    return filtering;
}

/// Whether mappings have to be found by their inside endpoint alone.
bool
NeedsRings(const NatRules& rules)
{
    return rules.mapping != MappingRule::AddressAndPortDependent ||
           FilteringOf(rules) != Dependence::AddressAndPort;
}

} // namespace

Nat::Nat(std::shared_ptr<const NatRules> rules, std::vector<Address> addresses, StreamKey key)
    : m_rules(std::move(rules)),
      m_addresses(std::move(addresses)),
      m_random(key.With("ports")),
      m_table(FilteringOf(*m_rules), NeedsRings(*m_rules)),
      m_ports(HullOf(*m_rules), m_rules->unique),
      m_subscribers(static_cast<std::uint32_t>(m_addresses.size())),
      m_blocks(PoolOf(*m_rules, m_addresses.size())),
      m_recent(m_rules->raceWindow)
{
    for (const Port port : m_rules->reservedPorts)
    {
        Reserve(port);
    }
}

void
Nat::Reserve(Port port)
{
    const PortRange hull = HullOf(*m_rules);
    if (!m_reserved)
    {
        m_reserved = std::make_unique<PortSet>(hull);
    }
    if (hull.Contains(port))
    {
        m_reserved->Insert(port);
    }
}

void
Nat::Forward(NatProtocol protocol, Port port, const Endpoint& inside)
{
    m_forwards.push_back({protocol, port, inside});
    Reserve(port);
}

Translation
Nat::Outbound(const InsideFlow& flow, const TcpSegment& segment, Instant now, Instant answer)
{
    CatchUp(now);
    const MappingId id = m_table.Find(flow);
    if (id != NO_MAPPING)
    {
        const Endpoint external = External(id);
        const Fate fate = Follow(id, Direction::Outbound, segment, now);
        if (fate != Fate::Reopened)
        {
            return Followed(fate, id, external);
        }
    }
    const TcpStep* const first = FirstStep(flow.protocol, segment);
    return first != nullptr ? Open(flow, segment, *first, now, answer) : Drop(NatDrop::UnknownFlow);
}

Translation
Nat::Inbound(NatProtocol protocol,
             ExternalIndex address,
             Port port,
             const Endpoint& remote,
             const TcpSegment& segment,
             Instant now)
{
    CatchUp(now);
    const MappingId known = m_table.FindReply(protocol, address, port, remote);
    if (known == NO_MAPPING || m_table[known].State() == NatState::Resting)
    {
        return MeetStranger(protocol, {address, port}, remote, segment, now);
    }
    // The filtering may let in a remote end that is not the mapping's own.
    const InsideFlow flow{protocol, m_table[known].Flow().inside, remote};
    const MappingId id = m_table.Find(flow);
    if (id != NO_MAPPING)
    {
        const Fate fate = Follow(id, Direction::Inbound, segment, now);
        // What made room for a new connection does not let it in any more; something else may.
        return fate == Fate::Reopened ? Inbound(protocol, address, port, remote, segment, now)
                                      : Followed(fate, id, flow.inside);
    }
    return OpenFromOutside(flow, {address, port}, segment, now);
}

/// What became of a packet of a known flow, which leads to `end`.
Translation
Nat::Followed(Fate fate, MappingId id, const Endpoint& end)
{
    if (fate == Fate::Ignored)
    {
        return Drop(NatDrop::UnknownFlow);
    }
    return {true, {}, end, fate == Fate::Lives ? id : NO_MAPPING};
}

Translation
Nat::MeetStranger(NatProtocol protocol,
                  const Choice& choice,
                  const Endpoint& remote,
                  const TcpSegment& segment,
                  Instant now)
{
    for (const StaticForward& forward : m_forwards)
    {
        if (forward.protocol == protocol && forward.port == choice.port)
        {
            return OpenFromOutside({protocol, forward.inside, remote}, choice, segment, now);
        }
    }
    return Drop(NatDrop::Filtered);
}

Nat::HairpinTranslation
Nat::Hairpin(const InsideFlow& flow, const TcpSegment& segment, Instant now)
{
    if (!m_rules->hairpins)
    {
        return {Drop(NatDrop::Hairpin), {}};
    }
    const auto address = std::find(m_addresses.begin(), m_addresses.end(), flow.remote.address);
    Check(address != m_addresses.end(), "a hairpin bends at one of the NAT's own addresses");
    HairpinTranslation both{Outbound(flow, segment, now), {}};
    if (both.outbound.passed)
    {
        both.inbound = Inbound(flow.protocol,
                               static_cast<ExternalIndex>(address - m_addresses.begin()),
                               flow.remote.port,
                               both.outbound.end,
                               segment,
                               now);
    }
    return both;
}

MappingId
Nat::Find(const InsideFlow& flow, Instant now)
{
    CatchUp(now);
    return m_table.Find(flow);
}

/// Where a mapping stands that such a packet makes; null if it cannot make one.
const TcpStep*
Nat::FirstStep(NatProtocol protocol, const TcpSegment& segment) const
{
    static constexpr TcpStep UDP{TcpEffect::Refresh,
                                 NatState::UdpNew,
                                 NatTimer::UdpNew,
                                 false,
                                 false};
    static constexpr TcpStep ICMP{TcpEffect::Refresh, NatState::Icmp, NatTimer::Icmp, false, false};
    if (protocol != NatProtocol::Tcp)
    {
        return protocol == NatProtocol::Udp ? &UDP : &ICMP;
    }
    const bool isSyn = segment.syn && !segment.ack;
    return isSyn || m_rules->onUnknownFlow == UnknownFlowRule::PickUp ? TrackFirst(segment)
                                                                      : nullptr;
}

Translation
Nat::Open(const InsideFlow& flow,
          const TcpSegment& segment,
          const TcpStep& first,
          Instant now,
          Instant answer)
{
    ++m_counters.asked;
    Request request{flow,
                    now,
                    m_subscribers.NumberOf(flow.inside.address),
                    segment.syn && flow.protocol == NatProtocol::Tcp,
                    segment.end};
    if (!m_rules->handles[static_cast<std::size_t>(flow.protocol)])
    {
        return Refuse(request, NatDrop::NotHandled);
    }
    if (!HasRoom(now))
    {
        return Refuse(request, NatDrop::TableFull);
    }
    if (!MayHaveMore(request.subscriber))
    {
        return Refuse(request, NatDrop::SubscriberLimit);
    }
    const bool isChosen = Choose(request);
    m_counters.collisions += request.isCollision ? 1 : 0;
    if (!isChosen)
    {
        return Refuse(request, request.reason);
    }
    m_counters.probes += request.probes;
    const MappingId id = Add(flow, request.choice, segment, first, now, answer);
    return {true, {}, External(id), id, true, m_table.IsAwaited(id), request.probes};
}

/// A flow that begins at its remote end, towards an external endpoint that leads inside.
Translation
Nat::OpenFromOutside(const InsideFlow& flow,
                     const Choice& choice,
                     const TcpSegment& segment,
                     Instant now)
{
    const TcpStep* const first = FirstStep(flow.protocol, segment);
    if (first == nullptr)
    {
        return Drop(NatDrop::UnknownFlow);
    }
    ++m_counters.asked;
    if (!m_rules->handles[static_cast<std::size_t>(flow.protocol)])
    {
        return Drop(NatDrop::NotHandled);
    }
    if (!HasRoom(now))
    {
        return Drop(NatDrop::TableFull);
    }
    if (!MayHaveMore(m_subscribers.NumberOf(flow.inside.address)))
    {
        return Drop(NatDrop::SubscriberLimit);
    }
    // The inside end may talk to this remote end already, by another external port.
    if (m_table.Find(flow) != NO_MAPPING)
    {
        return Drop(NatDrop::NoPort);
    }
    const MappingId id = Add(flow, choice, segment, *first, now);
    m_table[id].startedOutside = true;
    return {true, {}, flow.inside, id, true};
}

MappingId
Nat::Add(const InsideFlow& flow,
         const Choice& choice,
         const TcpSegment& segment,
         const TcpStep& first,
         Instant now,
         Instant answer)
{
    m_subscribers[m_subscribers.NumberOf(flow.inside.address)].AddMapping();
    TakePort(flow, choice, now);
    const MappingId id = m_table.Add({flow, choice.address, choice.port, first.state});
    Mapping& mapping = m_table[id];
    mapping.isPreserved = choice.port == flow.inside.port;
    mapping.memory = flow.protocol == NatProtocol::Udp
                         ? UdpTracking::StreamFrom(now + m_rules->streamAfter)
                         : segment.end;
    ++m_counters.granted;
    m_counters.inherited += choice.inherits ? 1 : 0;
    m_counters.preserved += mapping.isPreserved ? 1 : 0;
    m_mappings.Enter(now);
    m_recent.Note(id, now);
    const Instant end = EndOf(now + m_rules->timers[static_cast<std::size_t>(first.timer)]);
    if (answer >= end || !m_table.Await(id, answer))
    {
        m_table.Arm(id, first.state, first.timer, end);
    }
    return id;
}

Translation
Nat::Drop(NatDrop reason)
{
    ++m_counters.dropped[static_cast<std::size_t>(reason)];
    return {false, reason};
}

Translation
Nat::Refuse(const Request& request, NatDrop reason)
{
    m_counters.probes += request.probes;
    Translation refusal = Drop(reason);
    refusal.probes = request.probes;
    return refusal;
}

/// Whether an inside host may have one more mapping.
bool
Nat::MayHaveMore(std::uint32_t subscriber)
{
    const auto& most = m_rules->limits.ofSubscriber;
    return !most || m_subscribers[subscriber].mappings < *most;
}

/// Whether the table takes one more mapping; Linux may drop one that is not assured for it.
bool
Nat::HasRoom(Instant now)
{
    const NatLimits& limits = m_rules->limits;
    if (!limits.ofTable || m_mappings.Count() < *limits.ofTable)
    {
        return true;
    }
    const std::uint32_t unassured = m_mappings.Count() - m_assured;
    if (limits.buckets == 0 || unassured == 0)
    {
        return false;
    }
    // Eight buckets are looked at, and each entry hangs in two: early_drop() in
    // net/netfilter/nf_conntrack_core.c. 5.8 % measured where this says 5.9 %.
    const double expected = 16.0 * unassured / limits.buckets;
    if (m_random.Unit() > 1 - std::exp(-expected))
    {
        return false;
    }
    ++m_counters.earlyDropped;
    Free(AnyUnassured(), now);
    return true;
}

/// One of those mappings, by lot. There must be one.
MappingId
Nat::AnyUnassured()
{
    for (;;)
    {
        const MappingId id = m_random.Below(m_table.IdLimit());
        if (m_table.IsLive(id) && !m_table[id].isAssured &&
            m_table[id].State() != NatState::Resting)
        {
            return id;
        }
    }
}

} // namespace portlab
