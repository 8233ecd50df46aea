// SPDX-License-Identifier: GPL-2.0-only

#include "model/ns3-time.h"
#include "test/model/tcp-net.h"

#include "ns3/boolean.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/simulator.h"

#include <gtest/gtest.h>

namespace
{

using namespace ns3;
using portlab::test::SeenSegment;
using portlab::test::TcpNet;
using portlab::test::TcpProgram;

TcpNet::Options
Ipv6(const std::string& ports = "", uint32_t servers = 1)
{
    TcpNet::Options options;
    options.isIpv6 = true;
    options.ports = ports;
    options.servers = servers;
    return options;
}

TEST(TcpIpv6, SharesALocalPortBetweenServers)
{
    TcpNet net(Ipv6("40000", 2));
    net.Listen(80, 0);
    net.Listen(80, 1);
    const TcpProgram& first = net.Connect(80, 0);
    const TcpProgram& second = net.Connect(80, 1);
    TcpNet::Pass(Seconds(1));
    EXPECT_EQ(TcpNet::LocalPort(first.socket), 40000);
    EXPECT_EQ(TcpNet::LocalPort(second.socket), 40000);
    EXPECT_EQ(first.connected + second.connected, 2);
}

TEST(TcpIpv6, RunsOutOfPorts)
{
    TcpNet net(Ipv6("40000-40009"));
    net.Listen(80);
    for (int i = 0; i < 10; ++i)
    {
        net.Connect(80);
    }
    TcpProgram& refused = net.Run(net.Client());
    EXPECT_EQ(refused.socket->Bind6(), 0);
    EXPECT_EQ(refused.socket->Connect(net.ServerAt(80)), -1);
    EXPECT_EQ(refused.socket->GetErrno(), Socket::ERROR_ADDRNOTAVAIL);
    TcpNet::Pass(Seconds(1));
    EXPECT_EQ(net.Accepted().size(), 10u);
}

TEST(TcpIpv6, ChoosesNoPortInABareBind)
{
    TcpNet net(Ipv6());
    TcpProgram& program = net.Run(net.Client());
    EXPECT_EQ(program.socket->Bind6(), 0);
    Address name;
    program.socket->GetSockName(name);
    EXPECT_TRUE(Inet6SocketAddress::IsMatchingType(name));
    EXPECT_EQ(TcpNet::LocalPort(program.socket), 0);
    EXPECT_EQ(program.socket->Connect(net.ServerAt(80)), 0);
    program.socket->GetSockName(name);
    EXPECT_EQ(Address(Inet6SocketAddress::ConvertFrom(name).GetIpv6()), net.ClientAddress());
    EXPECT_GE(TcpNet::LocalPort(program.socket), 32768);
}

TEST(TcpIpv6, KeepsTimeWaitToTheLastNanosecond)
{
    TcpNet net(Ipv6("40000"));
    net.Listen(80);
    TcpProgram& program = net.Connect(80);
    program.closesFirst = true;
    TcpNet::Pass(MilliSeconds(100));
    const auto tuple = portlab::TcpTuple::Of(net.ClientAt(40000), net.ServerAt(80));
    const auto* wait = TcpNet::Tcp(net.Client())->TimeWaits().Find(tuple, portlab::SimulatorNow());
    ASSERT_NE(wait, nullptr);
    const Time end = portlab::ToNs3(wait->end.time_since_epoch());
    EXPECT_GT(end, Seconds(65));

    TcpNet::Until(end - NanoSeconds(1));
    EXPECT_EQ(net.Run(net.Client()).socket->Connect(net.ServerAt(80)), -1);
    EXPECT_EQ(net.Ports()->GetWaiting(), 1u);
    TcpNet::Until(end);
    EXPECT_EQ(net.Run(net.Client()).socket->Connect(net.ServerAt(80)), 0);
    EXPECT_EQ(net.Ports()->GetWaiting(), 0u);
}

TEST(TcpIpv6, TakesALaterSynAndChallengesAnOldOneInTimeWait)
{
    for (const bool timestamps : {true, false})
    {
        TcpNet net(Ipv6());
        net.Listen(80);
        std::vector<SeenSegment>* fromServer = nullptr;
        for (int i = 0; i < 2; ++i)
        {
            TcpProgram& program = net.Run(net.Client());
            program.socket->SetAttribute("Timestamp", BooleanValue(timestamps));
            EXPECT_EQ(program.socket->Bind(net.ClientAt(5000)), 0);
            EXPECT_EQ(program.socket->Connect(net.ServerAt(80)), 0);
            TcpNet::Pass(Seconds(100));
            EXPECT_EQ(program.connected, 1);
            net.Accepted()[static_cast<std::size_t>(i)].socket->Close();
            TcpNet::Pass(Seconds(40)); // So that sequence numbers alone look old: see TcpTimeWait.
            fromServer = fromServer ? fromServer : &net.Watch(net.Server());
        }
        const auto isChallenge = fromServer->front().header.GetFlags() == TcpHeader::ACK;
        EXPECT_EQ(isChallenge, !timestamps);
    }
}

TEST(TcpIpv6, AcknowledgesALateSegmentInTimeWait)
{
    TcpNet net(Ipv6());
    net.Listen(80).closesFirst = true;
    const TcpProgram& program = net.Connect(80);
    const uint16_t port = TcpNet::LocalPort(program.socket);
    TcpNet::Pass(Seconds(1));
    ASSERT_EQ(TcpNet::Tcp(net.Server())->GetTimeWaits(), 1u);

    std::vector<SeenSegment>& fromServer = net.Watch(net.Server());
    TcpHeader late;
    late.SetFlags(TcpHeader::ACK);
    late.SetSourcePort(port);
    late.SetDestinationPort(80);
    net.Inject(late, 100);
    ASSERT_EQ(fromServer.size(), 1u);
    EXPECT_EQ(fromServer[0].header.GetFlags(), TcpHeader::ACK);
}

TEST(TcpIpv6, FreesThePortOfARefusedConnect)
{
    TcpNet net(Ipv6());
    const TcpProgram& program = net.Connect(80);
    TcpNet::Pass(Seconds(1));
    EXPECT_EQ(program.failed, 1);
    EXPECT_EQ(net.Ports()->GetHeld(), 0u);
}

TEST(TcpIpv6, ListenersTakeIpv4Too)
{
    TcpNet net({});
    TcpProgram& server = net.Run(net.Server());
    server.closesBack = false;
    EXPECT_EQ(server.socket->Bind(Inet6SocketAddress(Ipv6Address::GetAny(), 80)), 0);
    EXPECT_EQ(server.socket->Listen(), 0);
    TcpProgram& program = net.Connect(80);
    TcpNet::Pass(Seconds(1));
    ASSERT_EQ(program.connected, 1);
    EXPECT_EQ(TcpNet::Tcp(net.Server())->Connections().Count(), 1u);

    program.socket->Send(Create<Packet>(1000));
    program.socket->Close();
    TcpNet::Pass(Seconds(1));
    EXPECT_EQ(net.Ports()->GetHeld(), 1u); // In FIN_WAIT_2: nobody has told the server to close.
}

TEST(TcpIpv6, ReachesIpv4ByMappedAddresses)
{
    TcpNet net({});
    net.Listen(80);
    const auto ipv4 = InetSocketAddress::ConvertFrom(net.ServerAt(80)).GetIpv4();
    TcpProgram& program = net.Run(net.Client());
    const Inet6SocketAddress mapped(Ipv6Address::MakeIpv4MappedAddress(ipv4), 80);
    EXPECT_EQ(program.socket->Connect(mapped), 0);
    TcpNet::Pass(Seconds(1));
    EXPECT_EQ(program.connected, 1);
}

} // namespace
