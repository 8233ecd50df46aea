// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/detect/port-usage.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace portlab
{

namespace
{

bool
Contains(const PortList& list, Port port)
{
    return std::any_of(list.begin(), list.end(), [&](const PortRange& range) {
        return range.Contains(port);
    });
}

std::set<Port>
ListenersPorts(const std::vector<SocketEntry>& sockets)
{
    std::set<Port> ports;
    for (const SocketEntry& socket : sockets)
    {
        if (socket.use == SocketUse::Listening)
        {
            ports.insert(socket.localPort);
        }
    }
    return ports;
}

void
Count(const SocketEntry& socket, DestinationUse& use)
{
    switch (socket.use)
    {
    case SocketUse::Established:
        ++use.established;
        break;
    case SocketUse::TimeWait:
        ++use.timeWait;
        break;
    case SocketUse::Listening:
    case SocketUse::Other:
        ++use.other;
        break;
    }
}

} // namespace

PortUsage
SumUpPorts(const std::vector<SocketEntry>& sockets,
           const PortRange& range,
           const PortList& reserved)
{
    const std::set<Port> listeners = ListenersPorts(sockets);
    PortUsage usage;
    for (std::uint32_t offset = 0; offset < range.Count(); ++offset)
    {
        const Port port = range.At(offset);
        const bool isReserved = Contains(reserved, port);
        usage.reserved += isReserved ? 1u : 0u;
        usage.listening += !isReserved && listeners.count(port) > 0 ? 1u : 0u;
    }
    usage.usable = range.Count() - usage.reserved - usage.listening;
    std::map<std::tuple<std::string, std::string, Port>, DestinationUse> uses;
    for (const SocketEntry& socket : sockets)
    {
        if (socket.remotePort == 0 || listeners.count(socket.localPort) > 0)
        {
            continue;
        }
        auto& use = uses[{socket.localAddress, socket.remoteAddress, socket.remotePort}];
        use.from = socket.localAddress;
        use.to = socket.remoteAddress;
        use.port = socket.remotePort;
        Count(socket, use);
        const bool isChosen =
            range.Contains(socket.localPort) && !Contains(reserved, socket.localPort);
        use.portsUsed += isChosen ? 1u : 0u;
    }
    for (auto& [endpoints, use] : uses)
    {
        use.portsFree = usage.usable - std::min(use.portsUsed, usage.usable);
        usage.destinations.push_back(use);
    }
    std::stable_sort(usage.destinations.begin(),
                     usage.destinations.end(),
                     [](const auto& a, const auto& b) { return a.portsUsed > b.portsUsed; });
    return usage;
}

} // namespace portlab
