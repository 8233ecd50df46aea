// SPDX-License-Identifier: GPL-2.0-only

#include "test/model/tcp-net.h"

#include "model/core/port/profile-catalogue.h"

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-interface.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv6-address-helper.h"
#include "ns3/ipv6-interface.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/pointer.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-socket-factory.h"

namespace portlab::test
{

using ns3::Address;

namespace
{

using namespace ns3;

void
OnConnected(TcpProgram* program, Ptr<Socket> socket)
{
    ++program->connected;
    if (program->closesFirst)
    {
        socket->Close();
    }
}

void
OnFailed(TcpProgram* program, Ptr<Socket> /* socket */)
{
    ++program->failed;
}

void
OnClosed(TcpProgram* program, Ptr<Socket> socket)
{
    ++program->closed;
    if (program->closesBack)
    {
        socket->Close();
    }
}

void
OnBroken(TcpProgram* program, Ptr<Socket> /* socket */)
{
    ++program->broken;
}

void
OnData(TcpProgram* /* program */, Ptr<Socket> socket)
{
    while (socket->GetRxAvailable() > 0)
    {
        socket->Recv();
    }
}

void
Attend(TcpProgram* program)
{
    const Ptr<Socket> socket = program->socket;
    socket->SetConnectCallback(MakeBoundCallback(&OnConnected, program),
                               MakeBoundCallback(&OnFailed, program));
    socket->SetCloseCallbacks(MakeBoundCallback(&OnClosed, program),
                              MakeBoundCallback(&OnBroken, program));
    socket->SetRecvCallback(MakeBoundCallback(&OnData, program));
}

/// What is accepted behaves like the listener.
void
OnAccepted(const TcpProgram* listener,
           std::deque<TcpProgram>* accepted,
           Ptr<Socket> socket,
           const Address& /* from */)
{
    TcpProgram& program = accepted->emplace_back(*listener);
    program.socket = socket;
    Attend(&program);
    if (program.closesFirst)
    {
        socket->Close();
    }
}

template <typename IpHeader>
void
OnSent(std::vector<SeenSegment>* seen, Ptr<const Packet> packet)
{
    const Ptr<Packet> copy = packet->Copy();
    IpHeader ip;
    copy->RemoveHeader(ip);
    TcpHeader tcp;
    copy->RemoveHeader(tcp);
    seen->push_back({Simulator::Now(), tcp});
}

void
OnSentIpv4(std::vector<SeenSegment>* seen, Ptr<const Packet> packet, Ptr<Ipv4> /* ip */, uint32_t)
{
    OnSent<Ipv4Header>(seen, packet);
}

void
OnSentIpv6(std::vector<SeenSegment>* seen, Ptr<const Packet> packet, Ptr<Ipv6> /* ip */, uint32_t)
{
    Ipv6Header ip;
    packet->PeekHeader(ip);
    if (ip.GetNextHeader() == TcpL4Protocol::PROT_NUMBER)
    {
        OnSent<Ipv6Header>(seen, packet);
    }
}

Address
WithPort(const Address& address, uint16_t port)
{
    if (Ipv4Address::IsMatchingType(address))
    {
        return InetSocketAddress(Ipv4Address::ConvertFrom(address), port);
    }
    return Inet6SocketAddress(Ipv6Address::ConvertFrom(address), port);
}

} // namespace

TcpNet::TcpNet(const Options& options)
    : m_options(options)
{
    m_nodes.push_back(CreateObject<Node>());
    Install(Client(), options.client, options.changeClient);
    if (!options.ports.empty())
    {
        Ports()->SetAttribute("Ports", StringValue(options.ports));
    }
    for (uint32_t i = 0; i < options.servers; ++i)
    {
        m_nodes.push_back(CreateObject<Node>());
        Install(Server(i), options.server, options.changeServer);
        if (options.prepareServer)
        {
            options.prepareServer(*Server(i)->GetObject<EphemeralPorts>());
        }
        LinkTo(i);
    }
    if (options.prepare)
    {
        options.prepare(*this);
    }
    Until(options.isIpv6 ? Seconds(5) : Seconds(0)); // Duplicate address detection.
}

TcpNet::~TcpNet()
{
    m_programs.clear();
    m_accepted.clear();
    Simulator::Destroy();
}

void
TcpNet::Install(const Ptr<Node>& node,
                const std::string& system,
                const std::function<void(OsProfile&)>& change)
{
    InternetStackHelper stack;
    stack.SetIpv6StackInstall(m_options.hasIpv6);
    if (system.empty())
    {
        stack.Install(node);
        return;
    }
    stack.SetTcp("ns3::PortlabTcpL4Protocol");
    stack.Install(node);
    const auto ports = node->GetObject<EphemeralPorts>();
    ports->SetAttribute("Profile", StringValue(system));
    if (change)
    {
        OsProfile profile = FindProfile(system).profile;
        change(profile);
        ports->SetSystem(profile);
    }
}

void
TcpNet::LinkTo(uint32_t index)
{
    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue("1Gbps"));
    link.SetChannelAttribute("Delay", StringValue("1ms"));
    const NetDeviceContainer devices = link.Install(Client(), Server(index));
    m_cables.push_back(CreateObject<Cable>());
    devices.Get(0)->SetAttribute("ReceiveErrorModel", PointerValue(m_cables.back()));
    devices.Get(1)->SetAttribute("ReceiveErrorModel", PointerValue(m_cables.back()));
    if (m_options.isIpv6)
    {
        const std::string net = "2001:db8:" + std::to_string(index + 1) + "::";
        Ipv6AddressHelper addresses(Ipv6Address(net.c_str()), Ipv6Prefix(64));
        const auto interfaces = addresses.Assign(devices);
        m_clientAddresses.emplace_back(interfaces.GetAddress(0, 1));
        m_serverAddresses.emplace_back(interfaces.GetAddress(1, 1));
        return;
    }
    const std::string net = "192.0.2." + std::to_string(4 * index);
    Ipv4AddressHelper addresses(net.c_str(), "255.255.255.252");
    const auto interfaces = addresses.Assign(devices);
    m_clientAddresses.emplace_back(interfaces.GetAddress(0));
    m_serverAddresses.emplace_back(interfaces.GetAddress(1));
}

Ptr<Node>
TcpNet::Client() const
{
    return m_nodes.front();
}

Ptr<Node>
TcpNet::Server(uint32_t index) const
{
    return m_nodes[index + 1];
}

Ptr<EphemeralPorts>
TcpNet::Ports() const
{
    return Client()->GetObject<EphemeralPorts>();
}

Ptr<PortlabTcpL4Protocol>
TcpNet::Tcp(const Ptr<Node>& node)
{
    return node->GetObject<PortlabTcpL4Protocol>();
}

Address
TcpNet::ClientAddress(uint32_t link) const
{
    return m_clientAddresses[link];
}

Address
TcpNet::ServerAddress(uint32_t index) const
{
    return m_serverAddresses[index];
}

Address
TcpNet::ServerAt(uint16_t port, uint32_t index) const
{
    return WithPort(ServerAddress(index), port);
}

Address
TcpNet::ClientAt(uint16_t port, uint32_t link) const
{
    return WithPort(ClientAddress(link), port);
}

void
TcpNet::Cut(bool isCut, uint32_t link)
{
    m_cables[link]->isCut = isCut;
}

void
TcpNet::Congest(std::uint32_t link)
{
    m_cables[link]->isCongested = true;
}

TcpProgram&
TcpNet::Run(const Ptr<Node>& node)
{
    TcpProgram& program = m_programs.emplace_back();
    program.socket = Socket::CreateSocket(node, TcpSocketFactory::GetTypeId());
    Attend(&program);
    return program;
}

TcpProgram&
TcpNet::Listen(uint16_t port, uint32_t index)
{
    TcpProgram& program = Run(Server(index));
    const Address any =
        m_options.isIpv6 ? Address(Ipv6Address::GetAny()) : Address(Ipv4Address::GetAny());
    EXPECT_EQ(program.socket->Bind(WithPort(any, port)), 0);
    EXPECT_EQ(program.socket->Listen(), 0);
    program.socket->SetAcceptCallback(
        MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
        MakeBoundCallback(&OnAccepted, static_cast<const TcpProgram*>(&program), &m_accepted));
    return program;
}

std::deque<TcpProgram>&
TcpNet::Accepted()
{
    return m_accepted;
}

TcpProgram&
TcpNet::Connect(uint16_t port, uint32_t index)
{
    TcpProgram& program = Run(Client());
    EXPECT_EQ(m_options.isIpv6 ? program.socket->Bind6() : program.socket->Bind(), 0);
    EXPECT_EQ(program.socket->Connect(ServerAt(port, index)), 0);
    return program;
}

void
TcpNet::Pass(Time time)
{
    Simulator::Stop(time);
    Simulator::Run();
}

void
TcpNet::Until(Time moment)
{
    Pass(moment - Simulator::Now());
}

uint16_t
TcpNet::LocalPort(const Ptr<Socket>& socket)
{
    Address name;
    socket->GetSockName(name);
    return InetSocketAddress::IsMatchingType(name)
               ? InetSocketAddress::ConvertFrom(name).GetPort()
               : Inet6SocketAddress::ConvertFrom(name).GetPort();
}

std::vector<SeenSegment>&
TcpNet::Watch(const Ptr<Node>& node)
{
    std::vector<SeenSegment>& seen = m_seen.emplace_back();
    node->GetObject<Ipv4L3Protocol>()->TraceConnectWithoutContext(
        "Tx",
        MakeBoundCallback(&OnSentIpv4, &seen));
    node->GetObject<Ipv6L3Protocol>()->TraceConnectWithoutContext(
        "Tx",
        MakeBoundCallback(&OnSentIpv6, &seen));
    return seen;
}

void
TcpNet::Inject(const TcpHeader& header, uint32_t payloadBytes, uint32_t index)
{
    const Ptr<Packet> packet = Create<Packet>(payloadBytes);
    packet->AddHeader(header);
    if (m_options.isIpv6)
    {
        Ipv6Header ip;
        ip.SetSource(Ipv6Address::ConvertFrom(ClientAddress(index)));
        ip.SetDestination(Ipv6Address::ConvertFrom(ServerAddress(index)));
        Tcp(Server(index))
            ->Receive(packet, ip, Server(index)->GetObject<Ipv6L3Protocol>()->GetInterface(1));
        return;
    }
    Ipv4Header ip;
    ip.SetSource(Ipv4Address::ConvertFrom(ClientAddress(index)));
    ip.SetDestination(Ipv4Address::ConvertFrom(ServerAddress(index)));
    Tcp(Server(index))
        ->Receive(packet, ip, Server(index)->GetObject<Ipv4L3Protocol>()->GetInterface(1));
}

} // namespace portlab::test
