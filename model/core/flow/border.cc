// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/flow/border.h"

#include "model/core/base/check.h"
#include "model/core/flow/inside-addresses.h"
#include "model/core/flow/nat-chain.h"
#include "model/core/port/initial-sequence.h"

#include <algorithm>

namespace portlab
{

namespace
{

constexpr std::uint32_t NONE = ~std::uint32_t{0};

/// What hosts must have in common to share a device.
std::uint32_t
KeyOf(NatSpan span, const HostPlace& host)
{
    switch (span)
    {
    case NatSpan::Host:
        return host.host;
    case NatSpan::Node:
        return host.node;
    case NatSpan::Zone:
        return host.zone;
    case NatSpan::All:
        break;
    }
    return 0;
}

/// The failure that an attempt ends with when its packets are dropped for this.
Failure
FailureOf(NatDrop reason)
{
    return reason == NatDrop::TableFull ? Failure::NatTableFull : Failure::NatNoPort;
}

/// How long the NAT lets a flow be silent once it has been answered.
Duration
PatienceOf(const Nat& nat, NatProtocol protocol)
{
    const NatTimer timer = protocol == NatProtocol::Tcp ? NatTimer::Established : NatTimer::UdpNew;
    return nat.Rules().timers[static_cast<std::size_t>(timer)];
}

} // namespace

Border::Border(const Workload& workload, const Placement& placement, StreamKey key)
    : m_workload(workload),
      m_key(key.With("nats")),
      m_routes(1)
{
    for (std::uint32_t nat = 0; nat < workload.nats.size(); ++nat)
    {
        CountDevices(nat, placement);
    }
}

/// One for each thing that the span counts and that has a host inside.
void
Border::CountDevices(std::uint32_t nat, const Placement& placement)
{
    Group group;
    for (std::uint32_t hosts = 0; hosts < m_workload.hosts.size(); ++hosts)
    {
        const bool isInside = IsInside(m_workload, hosts, nat);
        for (std::uint32_t index = 0; isInside && index < m_workload.hosts[hosts].count; ++index)
        {
            const std::uint32_t key = KeyOf(m_workload.nats[nat].span, placement.Of(hosts, index));
            group.deviceOf.resize(std::max<std::size_t>(group.deviceOf.size(), key + 1), NONE);
            if (group.deviceOf[key] == NONE)
            {
                group.deviceOf[key] = group.devices++;
            }
        }
    }
    m_groups.push_back(std::move(group));
}

std::uint32_t
Border::AddressCount(std::uint32_t nat) const
{
    return m_groups[nat].devices * m_workload.nats[nat].addresses;
}

void
Border::AddDevices(std::uint32_t nat, Address firstAddress)
{
    const NatGroup& group = m_workload.nats[nat];
    const auto rules = std::make_shared<const NatRules>(
        RulesOf(group.preset, MostInsideAddresses(m_workload, nat)));
    m_groups[nat].firstDevice = static_cast<std::uint32_t>(m_devices.size());
    for (std::uint32_t device = 0; device < m_groups[nat].devices; ++device)
    {
        std::vector<Address> addresses;
        for (std::uint32_t index = 0; index < group.addresses; ++index)
        {
            addresses.push_back(firstAddress + device * group.addresses + index);
        }
        m_devices.emplace_back(rules, std::move(addresses), m_key.With(group.name).With(device));
    }
}

std::uint32_t
Border::DeviceFor(std::uint32_t nat, const HostPlace& host) const
{
    const Group& group = m_groups[nat];
    return group.firstDevice + group.deviceOf[KeyOf(m_workload.nats[nat].span, host)];
}

std::uint32_t
Border::GroupOf(std::uint32_t device) const
{
    const auto behind =
        std::upper_bound(m_groups.begin(), m_groups.end(), device, [](auto number, const auto& g) {
            return number < g.firstDevice;
        });
    return static_cast<std::uint32_t>(behind - m_groups.begin()) - 1;
}

std::vector<std::uint32_t>
Border::DevicesFor(const HostPlace& host, std::uint32_t service) const
{
    std::vector<std::uint32_t> devices;
    for (const std::uint32_t nat : NatChain(m_workload, host.group, service))
    {
        devices.push_back(DeviceFor(nat, host));
    }
    return devices;
}

Border::RouteId
Border::Open(const HostPlace& host, std::uint32_t service, Transport transport, const Flow& flow)
{
    Crossing crossing;
    crossing.devices = DevicesFor(host, service);
    if (m_workload.services[service].place !=
        PeerPlace::Loopback) // Nothing stands between a host and itself.
    {
        crossing.firewalls = FirewallsBefore(host.group);
    }
    if (crossing.devices.empty() && crossing.firewalls.empty())
    {
        return DIRECT;
    }
    const auto [known, isNew] =
        m_numbers.try_emplace(crossing, static_cast<std::uint32_t>(m_crossings.size()));
    if (isNew)
    {
        m_crossings.push_back(std::move(crossing));
    }
    m_routes.push_back({flow.local,
                        {flow.remote, flow.remotePort},
                        known->second,
                        transport == Transport::Tcp ? NatProtocol::Tcp : NatProtocol::Udp});
    return static_cast<RouteId>(m_routes.size() - 1);
}

Passage
Border::Send(RouteId id, Port port, Instant asked, Instant now, Instant answer)
{
    const Route& route = m_routes[id];
    InsideFlow flow{route.protocol, {route.inside, port}, route.remote};
    // Behind the first NAT a packet may still be dropped, and then there is no answer.
    const Crossing& crossing = CrossingOf(route);
    const bool isOneNat = crossing.devices.size() == 1 && crossing.firewalls.empty();
    Passage passage;
    for (const std::uint32_t device : crossing.devices)
    {
        TcpSegment syn;
        syn.syn = true;
        syn.begin = InitialSequence({flow.inside.address, flow.remote.address, flow.remote.port},
                                    flow.inside.port,
                                    asked);
        syn.end = syn.begin + 1;
        const Translation translation =
            m_devices[device].Outbound(flow, syn, now, isOneNat ? answer : NEVER);
        if (!translation.passed)
        {
            NoteDrop(device, translation.reason, flow, now);
            passage.failure = FailureOf(translation.reason);
            return passage;
        }
        flow.inside = translation.end;
        passage.isForeseen = translation.isForeseen;
    }
    passage.seen = flow.inside;
    if (!LetIn(crossing.firewalls, port, flow.inside.port))
    {
        passage.failure = Failure::Firewall;
    }
    return passage;
}

void
Border::NoteDrop(std::uint32_t device, NatDrop reason, const InsideFlow& flow, Instant now)
{
    std::optional<NatScene>& first = m_groups[GroupOf(device)].firstDrop;
    if (!first)
    {
        const NatLoad load = m_devices[device].LoadOf(reason, flow);
        first = NatScene{now, reason, device, load.used, load.usable};
    }
}

std::vector<std::uint32_t>
Border::FirewallsBefore(std::uint32_t group) const
{
    std::vector<std::uint32_t> found;
    for (std::uint32_t number = 0; number < m_workload.firewalls.size(); ++number)
    {
        const auto& before = m_workload.firewalls[number].before;
        if (std::find(before.begin(), before.end(), group) != before.end())
        {
            found.push_back(number);
        }
    }
    return found;
}

bool
Border::LetIn(const std::vector<std::uint32_t>& firewalls, Port inside, Port outside) const
{
    return std::all_of(firewalls.begin(), firewalls.end(), [&](std::uint32_t number) {
        const Firewall& wall = m_workload.firewalls[number];
        const Port port = wall.seesOutside ? outside : inside;
        return std::any_of(wall.allowed.begin(),
                           wall.allowed.end(),
                           [port](const PortRange& range) { return range.Contains(port); });
    });
}

bool
Border::LetsIn(std::uint32_t group, Port inside, Port outside) const
{
    return LetIn(FirewallsBefore(group), inside, outside);
}

/// Visits each NAT's mapping of a flow, innermost first, until one does not know it: that NAT is
/// the answer, or null if all know it.
template <typename Visit>
Nat*
Border::ForEachMapping(RouteId id, Port port, Instant now, Visit visit)
{
    const Route& route = m_routes[id];
    InsideFlow flow{route.protocol, {route.inside, port}, route.remote};
    for (const std::uint32_t device : CrossingOf(route).devices)
    {
        Nat& nat = m_devices[device];
        const MappingId mapping = nat.Find(flow, now);
        if (mapping == NO_MAPPING)
        {
            return &nat;
        }
        flow.inside = nat.External(mapping);
        visit(nat, mapping);
    }
    return nullptr;
}

void
Border::Answer(RouteId route, Port port, Duration speaksEvery, Instant now)
{
    const NatProtocol protocol = m_routes[route].protocol;
    ForEachMapping(route, port, now, [&](Nat& nat, MappingId mapping) {
        const bool isBusy = speaksEvery == Duration{0} || speaksEvery < PatienceOf(nat, protocol);
        if (protocol == NatProtocol::Tcp)
        {
            nat.Advance(mapping, NatState::Established, isBusy, now);
        }
        else
        {
            nat.Pass(mapping, Direction::Inbound, isBusy, now);
        }
    });
}

bool
Border::Close(RouteId route, Port port, NatState state, Instant now)
{
    Nat* forgetful = ForEachMapping(route, port, now, [&](Nat& nat, MappingId mapping) {
        nat.Advance(mapping, state, false, now);
    });
    if (forgetful == nullptr)
    {
        return true;
    }
    forgetful->MeetUnknown();
    return forgetful->Rules().onUnknownFlow != UnknownFlowRule::Reset;
}

void
Border::Cut(RouteId route, Port port, Instant now)
{
    const bool isTcp = m_routes[route].protocol == NatProtocol::Tcp;
    ForEachMapping(route, port, now, [&](Nat& nat, MappingId mapping) {
        if (isTcp)
        {
            nat.Advance(mapping, NatState::Close, false, now);
        }
        else
        {
            nat.Pass(mapping, Direction::Outbound, false, now);
        }
    });
}

Endpoint
Border::Seen(RouteId route, Port port, Instant now)
{
    Endpoint seen{m_routes[route].inside, port};
    ForEachMapping(route, port, now, [&](Nat& nat, MappingId mapping) {
        seen = nat.External(mapping);
    });
    return seen;
}

} // namespace portlab
