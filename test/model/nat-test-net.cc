// SPDX-License-Identifier: GPL-2.0-only

#include "test/model/nat-test-net.h"

#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv4.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/uinteger.h"

#include <sstream>

namespace portlab::test
{

using namespace ns3;

namespace
{

void
SetDefaultRoute(const Ptr<Node>& node, Ipv4Address gateway)
{
    Ipv4StaticRoutingHelper routing;
    routing.GetStaticRouting(node->GetObject<Ipv4>())->SetDefaultRoute(gateway, 1);
}

Ipv4Address
Above(Ipv4Address network, std::uint32_t number)
{
    return Ipv4Address(network.Get() + number);
}

Ipv4Address
SiteNetwork(std::uint32_t site)
{
    return Above("203.0.113.0", 32 * site);
}

Ipv4Address
ServerNetwork(std::uint32_t server)
{
    return Above("198.51.100.0", 4 * server);
}

Ipv4Address
ClientNetwork(std::uint32_t client, std::uint32_t site)
{
    return Above("10.0.0.0", site << 16 | client << 8);
}

} // namespace

std::string
Text(const InetSocketAddress& end)
{
    std::ostringstream text;
    text << end.GetIpv4() << ":" << end.GetPort();
    return text.str();
}

NatTestNet::NatTestNet()
    : m_internet(CreateObject<Node>())
{
    InternetStackHelper().Install(m_internet);
}

NatTestNet::~NatTestNet()
{
    Simulator::Destroy();
}

NetDeviceContainer
NatTestNet::Link(const Ptr<Node>& first,
                 const Ptr<Node>& second,
                 Ipv4Address network,
                 const char* mask) const
{
    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
    link.SetChannelAttribute("Delay", StringValue("1ms"));
    const NetDeviceContainer devices = link.Install(first, second);
    Ipv4AddressHelper(network, mask).Assign(devices);
    return devices;
}

std::uint32_t
NatTestNet::AddSite(std::uint32_t clients)
{
    const auto number = static_cast<std::uint32_t>(m_sites.size());
    Site site;
    site.router = CreateObject<Node>();
    site.clients.Create(clients);
    InternetStackHelper stack;
    stack.Install(site.router);
    stack.Install(site.clients);
    const Ipv4Address network = SiteNetwork(number);
    site.outside = Link(m_internet, site.router, network, "255.255.255.224").Get(1);
    SetDefaultRoute(site.router, Above(network, 1));
    for (std::uint32_t client = 0; client < clients; ++client)
    {
        const Ipv4Address inside = ClientNetwork(client, number);
        Link(site.router, site.clients.Get(client), inside, "255.255.255.0");
        SetDefaultRoute(site.clients.Get(client), Above(inside, 1));
    }
    m_sites.push_back(site);
    return number;
}

std::uint32_t
NatTestNet::AddServer()
{
    const auto number = static_cast<std::uint32_t>(m_servers.size());
    const auto server = CreateObject<Node>();
    InternetStackHelper().Install(server);
    const Ipv4Address network = ServerNetwork(number);
    Link(m_internet, server, network, "255.255.255.252");
    SetDefaultRoute(server, Above(network, 1));
    m_servers.push_back(server);
    return number;
}

Ptr<NatRouter>
NatTestNet::Install(const NatHelper& helper, std::uint32_t site)
{
    return helper.Install(Router(site), Outside(site));
}

Ptr<Node>
NatTestNet::Internet() const
{
    return m_internet;
}

Ptr<Node>
NatTestNet::Router(std::uint32_t site) const
{
    return m_sites.at(site).router;
}

Ptr<NetDevice>
NatTestNet::Outside(std::uint32_t site) const
{
    return m_sites.at(site).outside;
}

Ptr<Node>
NatTestNet::Client(std::uint32_t client, std::uint32_t site) const
{
    return m_sites.at(site).clients.Get(client);
}

Ptr<Node>
NatTestNet::Server(std::uint32_t server) const
{
    return m_servers.at(server);
}

Ipv4Address
NatTestNet::ClientAddress(std::uint32_t client, std::uint32_t site)
{
    return Above(ClientNetwork(client, site), 2);
}

Ipv4Address
NatTestNet::External(std::uint32_t index, std::uint32_t site)
{
    return Above(SiteNetwork(site), 2 + index);
}

Ipv4Address
NatTestNet::ServerAddress(std::uint32_t server)
{
    return Above(ServerNetwork(server), 2);
}

void
NatTestNet::RunUntil(Time time)
{
    Simulator::Stop(time - Simulator::Now());
    Simulator::Run();
}

UdpPeer::UdpPeer(const Ptr<Node>& node, std::uint16_t port, bool echoes)
    : m_socket(Socket::CreateSocket(node, TypeId::LookupByName("ns3::UdpSocketFactory"))),
      m_echoes(echoes)
{
    m_socket->Bind(InetSocketAddress(Ipv4Address::GetAny(), port));
    m_socket->SetRecvCallback(MakeCallback(&UdpPeer::Hear, this));
}

UdpPeer::~UdpPeer()
{
    m_socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
}

void
UdpPeer::Hear(Ptr<Socket> socket)
{
    ns3::Address from;
    while (const Ptr<Packet> packet = socket->RecvFrom(from))
    {
        heard.push_back({packet->GetSize(), InetSocketAddress::ConvertFrom(from)});
        if (m_echoes)
        {
            socket->SendTo(Create<Packet>(packet->GetSize()), 0, from); // Without tags.
        }
    }
}

void
UdpPeer::Send(const InetSocketAddress& to, std::uint32_t size)
{
    Simulator::ScheduleNow(
        [socket = m_socket, to, size] { socket->SendTo(Create<Packet>(size), 0, to); });
}

void
UdpPeer::SetTtl(std::uint8_t ttl)
{
    m_socket->SetIpTtl(ttl);
}

void
UdpPeer::Close()
{
    m_socket->Close();
}

RawPeer::RawPeer(const Ptr<Node>& node, std::uint8_t protocol)
    : m_socket(Socket::CreateSocket(node, TypeId::LookupByName("ns3::Ipv4RawSocketFactory")))
{
    m_socket->SetAttribute("Protocol", UintegerValue(protocol));
    m_socket->Bind(InetSocketAddress(Ipv4Address::GetAny(), 0));
    m_socket->SetRecvCallback(MakeCallback(&RawPeer::Hear, this));
}

RawPeer::~RawPeer()
{
    m_socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
    m_socket->Close();
}

void
RawPeer::Hear(Ptr<Socket> socket)
{
    while (const Ptr<Packet> packet = socket->Recv())
    {
        Heard one;
        packet->RemoveHeader(one.ip);
        one.packet = packet;
        heard.push_back(one);
    }
}

void
RawPeer::Send(const Ptr<Packet>& packet, Ipv4Address to)
{
    Simulator::ScheduleNow(
        [socket = m_socket, packet, to] { socket->SendTo(packet, 0, InetSocketAddress(to, 0)); });
}

void
RawPeer::SetTtl(std::uint8_t ttl)
{
    m_socket->SetIpTtl(ttl);
}

Ptr<Packet>
Echo(std::uint16_t identifier, std::uint32_t size)
{
    Icmpv4Echo echo;
    echo.SetIdentifier(identifier);
    echo.SetData(Create<Packet>(size));
    Icmpv4Header header;
    header.SetType(Icmpv4Header::ICMPV4_ECHO);
    header.SetCode(0);
    if (Node::ChecksumEnabled())
    {
        header.EnableChecksum();
    }
    const auto packet = Create<Packet>();
    packet->AddHeader(echo);
    packet->AddHeader(header);
    return packet;
}

Ptr<Packet>
FirstOf(const RawPeer& peer, std::uint8_t type)
{
    for (const RawPeer::Heard& one : peer.heard)
    {
        const Ptr<Packet> packet = one.packet->Copy();
        Icmpv4Header header;
        packet->RemoveHeader(header);
        if (header.GetType() == type)
        {
            return packet;
        }
    }
    return nullptr;
}

std::size_t
CountOf(const RawPeer& peer, std::uint8_t type)
{
    std::size_t count = 0;
    for (const RawPeer::Heard& one : peer.heard)
    {
        Icmpv4Header header;
        one.packet->PeekHeader(header);
        count += header.GetType() == type ? 1 : 0;
    }
    return count;
}

TcpPuppet::TcpPuppet(const Ptr<Node>& node)
    : m_raw(node, TcpL4Protocol::PROT_NUMBER)
{
    const auto ipv4 = node->GetObject<Ipv4>();
    ipv4->Remove(node->GetObject<TcpL4Protocol>());
}

void
TcpPuppet::Say(std::uint16_t from,
               const InetSocketAddress& to,
               int flags,
               std::uint32_t sequence,
               std::uint32_t acknowledgement,
               std::uint32_t data)
{
    TcpHeader header;
    header.SetSourcePort(from);
    header.SetDestinationPort(to.GetPort());
    header.SetFlags(static_cast<std::uint8_t>(flags));
    header.SetSequenceNumber(SequenceNumber32(sequence));
    header.SetAckNumber(SequenceNumber32(acknowledgement));
    const auto packet = Create<Packet>(data);
    packet->AddHeader(header);
    m_raw.Send(packet, to.GetIpv4());
}

std::size_t
TcpPuppet::Count() const
{
    return m_raw.heard.size();
}

TcpHeader
TcpPuppet::Last() const
{
    TcpHeader header;
    m_raw.heard.back().packet->PeekHeader(header);
    return header;
}

InetSocketAddress
TcpPuppet::LastFrom() const
{
    return InetSocketAddress(m_raw.heard.back().ip.GetSource(), Last().GetSourcePort());
}

} // namespace portlab::test
