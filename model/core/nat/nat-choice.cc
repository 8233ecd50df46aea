// SPDX-License-Identifier: GPL-2.0-only

// Which external address and port a new flow gets.

#include "model/core/base/check.h"
#include "model/core/nat/address-hash.h"
#include "model/core/nat/nat.h"

#include <algorithm>

namespace portlab
{

/// What other processors have just taken looks free; who takes it too, loses.
std::optional<Nat::Choice>
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
    std::optional<Choice> choice = ChooseSeen(request);
    for (const Choice& taken : unseen)
    {
        m_ports.Take(m_ports.Open(flow.protocol, taken.address, flow.remote), taken.port);
        if (choice && choice->address == taken.address && choice->port == taken.port)
        {
            request.reason = NatDrop::LostRace;
            choice.reset();
        }
    }
    return choice;
}

std::optional<Nat::Choice>
Nat::ChooseSeen(Request& request)
{
    if (m_rules->pick == PortPick::Keep)
    {
        // Its own address stands for its host, so that the same port of two hosts is not one.
        return Choice{static_cast<ExternalIndex>(request.subscriber), request.flow.inside.port};
    }
    if (m_rules->mapping != MappingRule::AddressAndPortDependent)
    {
        const Inheritance heir = Inherit(request.flow);
        if (heir.choice || heir.isBinding)
        {
            return heir.choice;
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
        if (const auto choice = ChooseOn(address, request))
        {
            return choice;
        }
    }
    return std::nullopt;
}

/// The external endpoint of another flow of the same inside endpoint. Where the rule binds, there
/// is no other way if the destination has it in use already.
Nat::Inheritance
Nat::Inherit(const InsideFlow& flow)
{
    for (MappingId id = m_table.Latest(flow.protocol, flow.inside); id != NO_MAPPING;
         id = m_table.Older(id))
    {
        const Mapping& mapping = m_table[id];
        if (m_rules->mapping == MappingRule::AddressDependent &&
            mapping.Flow().remote.address != flow.remote.address)
        {
            continue;
        }
        const Choice choice{mapping.ExternalAddress(), mapping.ExternalPort(), true};
        const bool isOpen = IsOpenTo(flow, mapping);
        if (m_rules->mapping != MappingRule::InheritLatest)
        {
            return {isOpen ? std::optional(choice) : std::nullopt, true};
        }
        if (m_rules->preservesAnyPort || ClassOf(flow.inside.port).external.Contains(choice.port))
        {
            // Older ones are not asked: find_appropriate_src() in net/netfilter/nf_nat_core.c.
            return {isOpen ? std::optional(choice) : std::nullopt, false};
        }
    }
    return {};
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

/// The address to begin with. Linux calls it by the hash of find_best_ips_proto(); of the others
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

std::optional<Nat::Choice>
Nat::ChooseOn(ExternalIndex address, Request& request)
{
    const InsideFlow& flow = request.flow;
    const auto scope = m_ports.Open(flow.protocol, address, flow.remote);
    const auto& most = m_rules->limits.ofDestination;
    if (most && m_ports.Taken(scope).Count() >= *most)
    {
        request.reason = NatDrop::DestinationLimit;
        return std::nullopt;
    }
    return ChoosePort(address, ClassOf(flow.inside.port).external, request);
}

/// A port of the range, or the inside port if that may be kept.
std::optional<Nat::Choice>
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
            return Choice{address, inside};
        }
        request.isCollision = true;
        // Linux takes the only port of a range unseen, and fails when it inserts the mapping.
        if (keepable.Count() == 1 && m_rules->search == PortSearch::Windowed)
        {
            return std::nullopt;
        }
    }
    if (m_rules->pick == PortPick::PreserveOnly)
    {
        return std::nullopt;
    }
    const std::optional<Port> port = Search(address, range, request);
    return port ? std::optional(Choice{address, *port}) : std::nullopt;
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
