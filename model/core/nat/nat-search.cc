// SPDX-License-Identifier: GPL-2.0-only

// Which external port a new flow gets on an address.

#include "model/core/nat/nat.h"
#include "model/core/nat/port-plans.h"

namespace portlab
{

std::optional<Port>
Nat::Search(ExternalIndex address, const PortRange& range, Request& request)
{
    const InsideFlow& flow = request.flow;
    const auto scope = m_ports.Open(flow.protocol, address, flow.remote);
    FreePorts free(m_ports.Range());
    free.Exclude(m_ports.Taken(scope));
    if (m_reserved)
    {
        free.Exclude(*m_reserved);
    }
    if (m_rules->search == PortSearch::Windowed)
    {
        return SearchWindows(address, range, free, request);
    }
    if (m_rules->unique[static_cast<std::size_t>(flow.protocol)] ==
        NatUniqueness::EndpointThenDestination)
    {
        FreePorts unused = free;
        unused.Exclude(m_ports.Used(scope));
        const Pick pick = SearchFree(unused, range);
        request.probes += pick.probes;
        if (pick.port)
        {
            return pick.port;
        }
    }
    const Pick pick = SearchFree(free, range);
    request.probes += pick.probes;
    return pick.port;
}

Pick
Nat::SearchFree(const FreePorts& free, const PortRange& range)
{
    switch (m_rules->search)
    {
    case PortSearch::Linear:
        return free.FirstFree(LinearPlan(range, m_rules->retries, m_random));
    case PortSearch::UpThenDown:
        return free.FirstFree(UpThenDownPlan(range, m_random));
    case PortSearch::InOrder:
        return free.FirstFree(InOrderPlan(range));
    case PortSearch::AnyFree: {
        // The device is taken to know its free ports, and to look at one.
        const auto port = free.Uniform(range, m_random);
        return {port, port ? 1u : 0u};
    }
    default:
        return free.FirstFree(RandomStartPlan(range, m_random));
    }
}

/// Linux: window after window, and in the last candidates of each also ports whose connections have
/// closed.
std::optional<Port>
Nat::SearchWindows(ExternalIndex address,
                   const PortRange& range,
                   const FreePorts& free,
                   Request& request)
{
    // Linux has no blocks, with the last of which a port would go back; and where flows share ports
    // towards a destination, one of them alone cannot give way.
    const NatUniqueness unique = m_rules->unique[static_cast<std::size_t>(NatProtocol::Tcp)];
    const bool mayEvict = m_rules->evictsClosing && request.isSyn && !m_blocks &&
                          DependenceOf(unique) == Dependence::AddressAndPort;
    WindowedSearch windows(range, m_rules->startsBy16Bits);
    while (!windows.IsOver())
    {
        const SearchPlan window = windows.Next(m_random);
        const Pick pick = free.FirstFree(window);
        if (mayEvict)
        {
            const std::uint32_t reached = pick.port ? pick.probes - 1 : window.Total();
            if (const auto port = EvictFrom(window, reached, address, request))
            {
                return port;
            }
        }
        request.probes += pick.probes;
        if (pick.port)
        {
            return pick.port;
        }
    }
    return std::nullopt;
}

/// The first of the window's taken ports that a closed connection may be driven from.
std::optional<Port>
Nat::EvictFrom(const SearchPlan& window,
               std::uint32_t reached,
               ExternalIndex address,
               Request& request)
{
    const std::uint32_t first = WindowedSearch::EvictsFrom(window.Total());
    std::uint32_t place = 0;
    for (const Segment& segment : window)
    {
        for (std::uint32_t index = 0; index < segment.count && place < reached; ++index, ++place)
        {
            const auto port = static_cast<Port>(segment.At(index));
            if (place >= first && Evict(address, port, request))
            {
                request.probes += place + 1;
                return port;
            }
        }
    }
    return std::nullopt;
}

/// Ends the mapping that has this port, if its connection is closed and the new one cannot be taken
/// for it. Source: 458972550287 "netfilter: snat: evict closing tcp entries" (6.5).
bool
Nat::Evict(ExternalIndex address, Port port, const Request& request)
{
    const MappingId id = m_table.FindReply(NatProtocol::Tcp, address, port, request.flow.remote);
    if (id == NO_MAPPING || !IsHandedOut(NatProtocol::Tcp, port))
    {
        return false;
    }
    const NatState state = m_table[id].State();
    if ((state != NatState::TimeWait && state != NatState::Close) ||
        !IsAhead(request.sequence, m_table[id].memory))
    {
        return false;
    }
    ++m_counters.evicted;
    Free(id, request.now);
    return true;
}

} // namespace portlab
