// SPDX-License-Identifier: GPL-2.0-only

// Which external address and port a new flow gets.

#include "model/core/base/check.h"
#include "model/core/nat/address-hash.h"
#include "model/core/nat/nat.h"

#include <algorithm>

namespace portlab
{

/// What other processors have just taken looks free; who takes it too, loses.
bool
Nat::Choose(Request& request)
{
    if (m_rules->raceWindow == Duration{0})
    {
        return ChooseSeen(request);
    }
    std::vector<Choice> unseen;
    for (const MappingId id : m_recent.Unseen(request.now, m_random))
    {
        if (m_table.IsLive(id) && m_table[id].Flow().protocol == request.flow.protocol &&
            m_table[id].Flow().remote == request.flow.remote &&
            IsHandedOut(request.flow.protocol, m_table[id].ExternalPort()))
        {
            unseen.push_back({m_table[id].ExternalAddress(), m_table[id].ExternalPort()});
        }
    }
    const InsideFlow& flow = request.flow;
    for (const Choice& taken : unseen)
    {
        m_ports.Release(flow.protocol, taken.address, flow.remote, taken.port);
    }
    bool isChosen = ChooseSeen(request);
    for (const Choice& taken : unseen)
    {
        m_ports.Take(m_ports.Open(flow.protocol, taken.address, flow.remote), taken.port);
        if (isChosen && request.choice.address == taken.address &&
            request.choice.port == taken.port)
        {
            request.reason = NatDrop::LostRace;
            isChosen = false;
        }
    }
    return isChosen;
}

bool
Nat::ChooseSeen(Request& request)
{
    if (m_rules->pick == PortPick::Keep)
    {
        // Its own address stands for its host, so that the same port of two hosts is not one.
        request.choice = {static_cast<ExternalIndex>(request.subscriber), request.flow.inside.port};
        return true;
    }
    if (m_rules->mapping != MappingRule::AddressAndPortDependent)
    {
        const Heritage heritage = Inherit(request);
        if (heritage != Heritage::Nothing)
        {
            return heritage == Heritage::Chosen;
        }
    }
    if (m_rules->blocks.mode != BlockMode::None)
    {
        return ChooseInBlocks(request);
    }
    const auto count = static_cast<std::uint32_t>(m_addresses.size());
    const std::uint32_t first = FirstAddress(request);
    const std::uint32_t tries = m_rules->spills ? count : 1;
    for (std::uint32_t step = 0; step < tries; ++step)
    {
        const auto address = static_cast<ExternalIndex>((first + step) % count);
        if (ChooseOn(address, request))
        {
            return true;
        }
    }
    return false;
}

/// The external endpoint of another flow of the same inside endpoint. Where the rule binds, there
/// is no other way if the destination has it in use already.
Nat::Heritage
Nat::Inherit(Request& request)
{
    const InsideFlow& flow = request.flow;
    for (MappingId id = m_table.Latest(flow.protocol, flow.inside); id != NO_MAPPING;
         id = m_table.Older(id))
    {
        const Mapping& mapping = m_table[id];
        if (m_rules->mapping == MappingRule::AddressDependent &&
            mapping.Flow().remote.address != flow.remote.address)
        {
            continue;
        }
        const bool isBinding = m_rules->mapping != MappingRule::InheritLatest;
        const Port port = mapping.ExternalPort();
        if (isBinding || m_rules->preservesAnyPort ||
            ClassOf(flow.inside.port).external.Contains(port))
        {
            // Older ones are not asked: find_appropriate_src() in net/netfilter/nf_nat_core.c.
            request.choice = {mapping.ExternalAddress(), port, true};
            return IsOpenTo(flow, mapping) ? Heritage::Chosen
                   : isBinding             ? Heritage::Refused
                                           : Heritage::Nothing;
        }
    }
    return Heritage::Nothing;
}

/// Whether the flow may have the external endpoint of a mapping of its own inside endpoint.
bool
Nat::IsOpenTo(const InsideFlow& flow, const Mapping& mapping)
{
    const NatUniqueness unique = m_rules->unique[static_cast<std::size_t>(flow.protocol)];
    const Dependence tells = DependenceOf(unique);
    if (Blur(tells, mapping.Flow().remote) == Blur(tells, flow.remote))
    {
        return true; // The scope's owner of the port is this very endpoint.
    }
    const auto scope = m_ports.Open(flow.protocol, mapping.ExternalAddress(), flow.remote);
    const auto& most = m_rules->limits.ofDestination;
    return !m_ports.Taken(scope).Contains(mapping.ExternalPort()) &&
           !(most && m_ports.Taken(scope).Count() >= *most);
}

/// The address to begin with. Linux takes it by the hash of find_best_ips_proto(); of the others
/// nothing is known, and any hash will do.
std::uint32_t
Nat::FirstAddress(const Request& request)
{
    const auto count = static_cast<std::uint32_t>(m_addresses.size());
    if (count == 1)
    {
        return 0;
    }
    const InsideFlow& flow = request.flow;
    switch (m_rules->addressPick)
    {
    case AddressPick::HashInside:
        return LinuxAddressIndex(flow.inside.address, 0, count);
    case AddressPick::HashInsideAndRemote:
        return LinuxAddressIndex(flow.inside.address, flow.remote.address, count);
    case AddressPick::Paired:
        return m_subscribers[request.subscriber].address;
    case AddressPick::RoundRobin:
        return m_nextAddress++ % count;
    case AddressPick::Random:
        return m_random.Below(count);
    case AddressPick::FillInOrder:
        break;
    }
    return 0;
}

bool
Nat::ChooseOn(ExternalIndex address, Request& request)
{
    const InsideFlow& flow = request.flow;
    const auto scope = m_ports.Open(flow.protocol, address, flow.remote);
    const auto& most = m_rules->limits.ofDestination;
    if (most && m_ports.Taken(scope).Count() >= *most)
    {
        request.reason = NatDrop::DestinationLimit;
        return false;
    }
    return ChoosePort(address, ClassOf(flow.inside.port).external, request);
}

/// A port of the range, or the inside port if that may be kept.
bool
Nat::ChoosePort(ExternalIndex address, const PortRange& range, Request& request)
{
    request.reason = NatDrop::NoPort;
    const Port inside = request.flow.inside.port;
    const PortRange& keepable = m_rules->preservesAnyPort ? m_ports.Range() : range;
    if (m_rules->pick != PortPick::Search && keepable.Contains(inside))
    {
        ++request.probes;
        const auto& [protocol, source, remote] = request.flow;
        if (IsFree(m_ports.Open(protocol, address, remote), inside))
        {
            request.choice = {address, inside};
            return true;
        }
        request.isCollision = true;
        // Linux takes the only port of a range unseen, and fails when it inserts the mapping.
        if (keepable.Count() == 1 && m_rules->search == PortSearch::Windowed)
        {
            return false;
        }
    }
    if (m_rules->pick == PortPick::PreserveOnly)
    {
        return false;
    }
    const std::optional<Port> port = Search(address, range, request);
    if (port)
    {
        request.choice = {address, *port};
    }
    return port.has_value();
}

const PortClass&
Nat::ClassOf(Port inside) const
{
    const auto fits =
        std::find_if(m_rules->classes.begin(), m_rules->classes.end(), [&](const PortClass& some) {
            return some.inside.Contains(inside);
        });
    Check(fits != m_rules->classes.end(), "an inside port without a class");
    return *fits;
}

bool
Nat::IsFree(ExternalPorts::ScopeId scope, Port port) const
{
    return !m_ports.Taken(scope).Contains(port) && !(m_reserved && m_reserved->Contains(port));
}

} // namespace portlab
