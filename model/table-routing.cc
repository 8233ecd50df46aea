// SPDX-License-Identifier: GPL-2.0-only

#include "model/table-routing.h"

#include "model/core/base/check.h"

#include "ns3/ipv4-route.h"
#include "ns3/ipv4.h"
#include "ns3/log.h"
#include "ns3/net-device.h"
#include "ns3/output-stream-wrapper.h"
#include "ns3/simulator.h"

#include <map>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("TableRouting");

NS_OBJECT_ENSURE_REGISTERED(TableRouting);

TypeId
TableRouting::GetTypeId()
{
    static TypeId tid = TypeId("ns3::TableRouting")
                            .SetParent<Ipv4RoutingProtocol>()
                            .SetGroupName("Portlab")
                            .AddConstructor<TableRouting>();
    return tid;
}

void
TableRouting::AddRoute(Ipv4Address destination, uint32_t interface)
{
    m_interfaces[destination.Get()] = interface;
}

void
TableRouting::SetDefault(uint32_t interface)
{
    m_default = interface;
}

void
TableRouting::SetPassing(Passing passing)
{
    m_passing = std::move(passing);
}

/// Null if no way leads there.
Ptr<Ipv4Route>
TableRouting::RouteTo(Ipv4Address destination) const
{
    const auto known = m_interfaces.find(destination.Get());
    if (known == m_interfaces.end() && !m_default)
    {
        return nullptr;
    }
    const uint32_t interface = known == m_interfaces.end() ? *m_default : known->second;
    Ptr<Ipv4Route> route = Create<Ipv4Route>();
    route->SetDestination(destination);
    route->SetSource(m_ipv4->GetAddress(interface, 0).GetLocal());
    route->SetGateway(Ipv4Address::GetZero());
    route->SetOutputDevice(m_ipv4->GetNetDevice(interface));
    return route;
}

Ptr<Ipv4Route>
TableRouting::RouteOutput(Ptr<Packet>,
                          const Ipv4Header& header,
                          Ptr<NetDevice>,
                          Socket::SocketErrno& error)
{
    Ptr<Ipv4Route> route = RouteTo(header.GetDestination());
    error = route ? Socket::ERROR_NOTERROR : Socket::ERROR_NOROUTETOHOST;
    return route;
}

bool
TableRouting::RouteInput(Ptr<const Packet> packet,
                         const Ipv4Header& header,
                         Ptr<const NetDevice> device,
                         portlab::RouteInputArgument<3> forward,
                         portlab::RouteInputArgument<4>,
                         portlab::RouteInputArgument<5> deliver,
                         portlab::RouteInputArgument<6> fail)
{
    const auto interface = static_cast<uint32_t>(m_ipv4->GetInterfaceForDevice(device));
    if (m_ipv4->IsDestinationAddress(header.GetDestination(), interface))
    {
        deliver(packet, header, interface);
        return true;
    }
    const Ptr<Ipv4Route> route = RouteTo(header.GetDestination());
    if (!route)
    {
        fail(packet, header, Socket::ERROR_NOROUTETOHOST);
        return false;
    }
    const std::optional<Time> stay = m_passing ? m_passing(packet, header) : Time(0);
    if (stay && stay->IsZero())
    {
        forward(route, packet, header);
    }
    else if (stay)
    {
        // The callback is one of this call: it may be gone when the packet leaves.
        const UnicastForwardCallback later = forward;
        Simulator::Schedule(*stay,
                            [later, route, packet, header]() { later(route, packet, header); });
    }
    return true;
}

void
TableRouting::NotifyInterfaceUp(uint32_t)
{
}

void
TableRouting::NotifyInterfaceDown(uint32_t)
{
}

void
TableRouting::NotifyAddAddress(uint32_t, Ipv4InterfaceAddress)
{
}

void
TableRouting::NotifyRemoveAddress(uint32_t, Ipv4InterfaceAddress)
{
}

void
TableRouting::SetIpv4(Ptr<Ipv4> ipv4)
{
    portlab::Check(!m_ipv4, "one routing protocol for two nodes");
    m_ipv4 = ipv4;
}

void
TableRouting::PrintRoutingTable(Ptr<OutputStreamWrapper> stream, Time::Unit) const
{
    std::ostream& out = *stream->GetStream();
    out << "TableRouting: " << m_interfaces.size() << " addresses";
    if (m_default)
    {
        out << ", all others by interface " << *m_default;
    }
    out << '\n';
    const std::map<uint32_t, uint32_t> inOrder(m_interfaces.begin(), m_interfaces.end());
    for (const auto& [destination, interface] : inOrder)
    {
        out << Ipv4Address(destination) << " by interface " << interface << '\n';
    }
}

void
TableRouting::DoDispose()
{
    m_ipv4 = nullptr;
    m_passing = nullptr;
    Ipv4RoutingProtocol::DoDispose();
}

} // namespace ns3
