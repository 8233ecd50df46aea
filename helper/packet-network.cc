// SPDX-License-Identifier: GPL-2.0-only

#include "helper/packet-network.h"

#include "helper/portlab-host-helper.h"
#include "model/core/base/check.h"
#include "model/core/flow/nat-chain.h"
#include "model/ephemeral-ports.h"
#include "model/ns3-time.h"
#include "model/table-routing.h"

#include "ns3/data-rate.h"
#include "ns3/ipv4.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/queue-size.h"
#include "ns3/string.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/udp-l4-protocol.h"
#include "ns3/uinteger.h"

#include <algorithm>

namespace portlab
{

namespace
{

// Nobody else has these blocks: RFC 1918, 2544 and 6598. A link's own two ends are in the last.
constexpr std::uint32_t HOSTS = 0x0a000001u;    // 10.0.0.0/8
constexpr std::uint32_t SERVICES = 0xc6120001u; // 198.18.0.0/15
constexpr std::uint32_t OUTSIDE = 0x64400001u;  // 100.64.0.0/10
constexpr std::uint32_t LINKS = 0xac100001u;    // 172.16.0.0/12

std::uint64_t
EndpointKey(ns3::Ipv4Address address, Port port)
{
    return std::uint64_t{address.Get()} << 16 | port;
}

ns3::Ptr<ns3::TableRouting>
RoutingOf(const ns3::Ptr<ns3::Node>& node)
{
    const auto ipv4 = node->GetObject<ns3::Ipv4>();
    auto routing = ns3::DynamicCast<ns3::TableRouting>(ipv4->GetRoutingProtocol());
    Check(routing != nullptr, "a node's routing was changed before all routes were there");
    return routing;
}

} // namespace

PacketNetwork::PacketNetwork(Topology& topology)
    : m_topology(topology),
      m_middle(NewRouter())
{
    RoutingOf(m_middle)->SetPassing(
        [this](ns3::Ptr<const ns3::Packet> packet, const ns3::Ipv4Header& header) {
            return Pass(packet, header);
        });
    AddHosts();
    AddRouters();
    for (std::uint32_t host = 0; host < m_hosts.size(); ++host)
    {
        const std::uint32_t group = topology.hostGroups[host];
        LinkHost(topology.placement.Of(group, host - topology.groupFirstHost[group]));
    }
    AddServices();
    for (std::uint32_t device = 0; device < m_routerNodes.size(); ++device)
    {
        Translate(device);
    }
}

ns3::InternetStackHelper
PacketNetwork::Stack()
{
    ns3::InternetStackHelper stack;
    stack.SetIpv6StackInstall(false);
    return stack;
}

ns3::Ptr<ns3::Node>
PacketNetwork::NewRouter()
{
    auto node = ns3::CreateObject<ns3::Node>();
    Stack().Install(node);
    node->GetObject<ns3::Ipv4>()->SetRoutingProtocol(ns3::CreateObject<ns3::TableRouting>());
    return node;
}

ns3::Ptr<ns3::Node>
PacketNetwork::NewMachine(OsProfile profile)
{
    if (profile.name == "ns3-stock")
    {
        profile.name = "ns3"; // By its rules, and yet with sockets that take ports from a ledger.
    }
    auto node = ns3::CreateObject<ns3::Node>();
    ns3::PortlabHostHelper helper(profile);
    helper.SetInternetStack(Stack());
    helper.Install(node);
    node->GetObject<ns3::Ipv4>()->SetRoutingProtocol(ns3::CreateObject<ns3::TableRouting>());
    return node;
}

void
PacketNetwork::AddHosts()
{
    for (std::uint32_t host = 0; host < m_topology.HostCount(); ++host)
    {
        const HostGroup& group = m_topology.workload.hosts[m_topology.hostGroups[host]];
        Check(group.addresses == 1, "a host with several addresses has no network yet");
        m_hosts.push_back(NewMachine(group.profile));
        m_hosts.back()->GetObject<ns3::EphemeralPorts>()->Borrow(m_topology.ledger,
                                                                 host,
                                                                 m_topology.portDraws[host]);
        m_book.Enter(m_topology.HostAddress(host), ns3::Ipv4Address(HOSTS + host));
        m_hostAt[m_topology.HostAddress(host)] = host;
    }
}

/// Services that run on hosts have these hosts' nodes. All others have one for each address, and so
/// has whoever balances at a virtual one: connections end there.
void
PacketNetwork::AddServices()
{
    std::uint32_t next = SERVICES;
    for (std::uint32_t number = 0; number < m_topology.endpoints.size(); ++number)
    {
        const Service& service = m_topology.workload.services[number];
        for (const ServiceEndpoint& endpoint : m_topology.endpoints[number])
        {
            if ((!service.runsOn || service.vip) && m_servers.count(endpoint.address) == 0)
            {
                m_book.Enter(endpoint.address, ns3::Ipv4Address(next++));
                m_servers[endpoint.address] = NewMachine(service.profile);
                Link(m_middle, m_servers[endpoint.address], {endpoint.address});
            }
            m_serviceAt[EndpointKey(AddressOf(endpoint.address), endpoint.port)] = number;
        }
    }
    for (std::uint32_t host = 0; host < m_hosts.size(); ++host)
    {
        m_servers.emplace(m_topology.HostAddress(host), m_hosts[host]);
    }
}

ns3::Ptr<ns3::Node>
PacketNetwork::NodeOfEndpoint(std::uint32_t service, std::uint32_t endpoint) const
{
    return m_servers.at(m_topology.endpoints[service][endpoint].address);
}

void
PacketNetwork::AddRouters()
{
    std::uint32_t next = OUTSIDE;
    for (std::uint32_t device = 0; device < m_topology.border.DeviceCount(); ++device)
    {
        for (const Address address : m_topology.border.Device(device).Addresses())
        {
            m_book.Enter(address, ns3::Ipv4Address(next++));
            m_deviceAt[address] = device;
        }
        m_routerNodes.push_back(NewRouter());
    }
}

/// The NATs above a host, whatever it talks to, innermost first: of two, one is inside the other.
std::vector<std::uint32_t>
PacketNetwork::DevicesOf(const HostPlace& host) const
{
    std::vector<std::uint32_t> longest;
    for (std::uint32_t service = 0; service < m_topology.workload.services.size(); ++service)
    {
        const auto devices = m_topology.border.DevicesFor(host, service);
        longest = devices.size() > longest.size() ? devices : longest;
    }
    return longest;
}

void
PacketNetwork::LinkHost(const HostPlace& host)
{
    const std::vector<std::uint32_t> devices = DevicesOf(host);
    ns3::Ptr<ns3::Node> upper = m_middle;
    for (auto device = devices.rbegin(); device != devices.rend(); ++device)
    {
        const ns3::Ptr<ns3::Node>& router = m_routerNodes[*device];
        if (m_uplinks.count(router->GetId()) == 0)
        {
            Link(upper, router, m_topology.border.Device(*device).Addresses());
        }
        upper = router;
    }
    Link(upper, m_hosts[host.host], {m_topology.HostAddress(host.host)});
}

/// Hangs a node under another one. The first of its addresses is that of its interface, and all
/// nodes above learn the way to all of them.
void
PacketNetwork::Link(const ns3::Ptr<ns3::Node>& upper,
                    const ns3::Ptr<ns3::Node>& lower,
                    const std::vector<Address>& addresses)
{
    ns3::PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", ns3::StringValue("1000Gbps"));
    link.SetChannelAttribute("Delay", ns3::TimeValue(ns3::Time(0)));
    link.SetQueue("ns3::DropTailQueue", "MaxSize", ns3::QueueSizeValue(ns3::QueueSize("1000000p")));
    const ns3::NetDeviceContainer devices = link.Install(upper, lower);
    const auto open = [](const ns3::Ptr<ns3::NetDevice>& device, ns3::Ipv4Address address) {
        const auto ipv4 = device->GetNode()->GetObject<ns3::Ipv4>();
        const std::uint32_t interface = ipv4->AddInterface(device);
        ipv4->AddAddress(interface, ns3::Ipv4InterfaceAddress(address, ns3::Ipv4Mask::GetOnes()));
        ipv4->SetUp(interface);
        return interface;
    };
    const std::uint32_t down = open(devices.Get(0), ns3::Ipv4Address(LINKS + m_links++));
    const std::uint32_t up = open(devices.Get(1), AddressOf(addresses.front()));
    m_uplinks[lower->GetId()] = {upper, down, up};
    RoutingOf(lower)->SetDefault(up);
    for (ns3::Ptr<ns3::Node> node = lower; m_uplinks.count(node->GetId()) > 0;)
    {
        const Uplink& way = m_uplinks[node->GetId()];
        for (const Address address : addresses)
        {
            RoutingOf(way.upper)->AddRoute(AddressOf(address), way.down);
        }
        node = way.upper;
    }
}

/// Makes a router translate, once it has all its links.
void
PacketNetwork::Translate(std::uint32_t device)
{
    const ns3::Ptr<ns3::Node>& node = m_routerNodes[device];
    const auto ipv4 = node->GetObject<ns3::Ipv4>();
    auto router = ns3::CreateObject<ns3::NatRouter>();
    m_routers.push_back(router);
    const auto uplink = m_uplinks.find(node->GetId());
    Check(uplink != m_uplinks.end(), "a NAT without a host inside");
    router->Wrap(ipv4);
    for (std::uint32_t interface = 1; interface < ipv4->GetNInterfaces(); ++interface)
    {
        interface == uplink->second.up ? router->AddOutside(interface)
                                       : router->AddInside(interface);
    }
    Nat& nat = m_topology.border.Device(device);
    for (std::size_t index = 1; index < nat.Addresses().size(); ++index)
    {
        router->AddAddress(AddressOf(nat.Addresses()[index]));
    }
    const NatGroup& group = m_topology.workload.nats[m_topology.border.GroupOf(device)];
    for (std::uint32_t service = 0; service < m_topology.endpoints.size(); ++service)
    {
        for (const ServiceEndpoint& endpoint : m_topology.endpoints[service])
        {
            if (!Translates(group, service))
            {
                router->AddExempt(AddressOf(endpoint.address));
            }
        }
    }
    router->Borrow(
        nat,
        [this](ns3::Ipv4Address address) { return CoreOf(address); },
        [this](Address core) { return AddressOf(core); });
}

ns3::Ipv4Address
PacketNetwork::AddressOf(Address core) const
{
    return m_book.AddressOf(core);
}

Address
PacketNetwork::CoreOf(ns3::Ipv4Address address)
{
    return m_book.CoreOf(address);
}

/// Half of the round trip of the service that the packet goes to or comes from; nothing if that is
/// silent when the packet gets there.
std::optional<ns3::Time>
PacketNetwork::Pass(const ns3::Ptr<const ns3::Packet>& packet, const ns3::Ipv4Header& header)
{
    const std::uint8_t protocol = header.GetProtocol();
    if (protocol != ns3::TcpL4Protocol::PROT_NUMBER && protocol != ns3::UdpL4Protocol::PROT_NUMBER)
    {
        return ns3::Time(0);
    }
    std::uint8_t ports[4]{}; // TCP and UDP alike begin with both.
    packet->CopyData(ports, sizeof ports);
    const auto source = static_cast<Port>(ports[0] << 8 | ports[1]);
    const auto destination = static_cast<Port>(ports[2] << 8 | ports[3]);
    const auto& services = m_topology.workload.services;
    const auto to = m_serviceAt.find(EndpointKey(header.GetDestination(), destination));
    if (to != m_serviceAt.end())
    {
        const Service& service = services[to->second];
        const bool isLost = service.IsSilent(SimulatorNow() + service.rtt / 2);
        return isLost ? std::nullopt : std::optional(ToNs3(service.rtt / 2));
    }
    const auto from = m_serviceAt.find(EndpointKey(header.GetSource(), source));
    Check(from != m_serviceAt.end(), "a packet between two who know of no service");
    const Endpoint remote{CoreOf(header.GetSource()), source};
    const bool isTcp = protocol == ns3::TcpL4Protocol::PROT_NUMBER;
    if (!IsLetIn(isTcp ? NatProtocol::Tcp : NatProtocol::Udp,
                 {CoreOf(header.GetDestination()), destination},
                 remote))
    {
        return std::nullopt;
    }
    const Duration rtt = services[from->second].rtt;
    return ToNs3(rtt - rtt / 2);
}

/// Whether no firewall drops an answer, which tells who had been asking.
bool
PacketNetwork::IsLetIn(NatProtocol protocol, const Endpoint& outside, const Endpoint& remote)
{
    if (m_topology.workload.firewalls.empty())
    {
        return true;
    }
    const Endpoint host = HostBehind(protocol, outside, remote);
    const auto number = m_hostAt.find(host.address);
    if (number == m_hostAt.end() ||
        m_topology.border.LetsIn(m_topology.hostGroups[number->second], host.port, outside.port))
    {
        return true;
    }
    if (m_tellBlocked)
    {
        m_tellBlocked({protocol, host, remote});
    }
    return false;
}

Endpoint
PacketNetwork::HostBehind(NatProtocol protocol,
                          const Endpoint& outside,
                          const Endpoint& remote) const
{
    const auto device = m_deviceAt.find(outside.address);
    if (device == m_deviceAt.end())
    {
        return outside;
    }
    const Nat& nat = m_topology.border.Device(device->second);
    const auto& all = nat.Addresses();
    const auto index = std::find(all.begin(), all.end(), outside.address) - all.begin();
    const MappingId mapping =
        nat.Table().FindReply(protocol, static_cast<ExternalIndex>(index), outside.port, remote);
    return mapping == NO_MAPPING ? outside
                                 : HostBehind(protocol, nat[mapping].Flow().inside, remote);
}

} // namespace portlab
