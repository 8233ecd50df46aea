// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/base/random.h"
#include "model/core/port/profile-catalogue.h"
#include "model/portlab-tcp-socket.h"
#include "test/model/tcp-net.h"

#include "ns3/boolean.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-socket-base.h"

#include <gtest/gtest.h>
#include <set>

namespace
{

using namespace ns3;
using portlab::test::TcpNet;
using portlab::test::TcpProgram;

TEST(TcpPorts, AreSharedBetweenServersOnLinux)
{
    TcpNet::Options options;
    options.ports = "40000";
    options.servers = 2;
    TcpNet net(options);
    net.Listen(80, 0);
    net.Listen(80, 1);

    const TcpProgram& first = net.Connect(80, 0);
    const TcpProgram& second = net.Connect(80, 1);
    TcpNet::Pass(Seconds(1));

    EXPECT_EQ(TcpNet::LocalPort(first.socket), 40000);
    EXPECT_EQ(TcpNet::LocalPort(second.socket), 40000);
    EXPECT_EQ(first.connected + second.connected, 2);
}

TEST(TcpPorts, AreNotSharedOnWindows)
{
    TcpNet::Options options;
    options.client = "windows-11";
    options.ports = "40000-40254";
    options.servers = 2;
    TcpNet net(options);
    std::set<uint16_t> ports;
    for (uint32_t i = 0; i < 255; ++i)
    {
        ports.insert(TcpNet::LocalPort(net.Connect(80, i % 2).socket));
    }
    TcpProgram& refused = net.Run(net.Client());
    refused.socket->Bind();

    EXPECT_EQ(ports.size(), 255u);
    EXPECT_EQ(refused.socket->Connect(net.ServerAt(80, 0)), -1);
    EXPECT_EQ(refused.socket->GetErrno(), Socket::ERROR_ADDRNOTAVAIL);
}

TEST(TcpPorts, RunOutAtTheSocketAfterTheLastOne)
{
    TcpNet::Options options;
    options.ports = "40000-40099";
    TcpNet net(options);
    net.Listen(80);
    for (int i = 0; i < 100; ++i)
    {
        net.Connect(80);
    }
    TcpProgram& refused = net.Run(net.Client());

    EXPECT_EQ(refused.socket->Bind(), 0);
    EXPECT_EQ(refused.socket->Connect(net.ServerAt(80)), -1);
    EXPECT_EQ(refused.socket->GetErrno(), Socket::ERROR_ADDRNOTAVAIL);
    EXPECT_EQ(net.Ports()->GetHeld(), 100u);

    TcpNet::Pass(Seconds(1));
    EXPECT_EQ(net.Accepted().size(), 100u);
    EXPECT_EQ(TcpNet::Tcp(net.Client())->Connections().Count(), 100u);
}

TEST(TcpPorts, AreThoseThatTheLedgerGives)
{
    TcpNet net({});
    net.Listen(80);
    const auto twin = CreateObject<EphemeralPorts>();
    twin->SetAttribute("Profile", StringValue("linux-6.18"));
    twin->AssignStreams(net.Client()->GetId());
    for (int i = 0; i < 50; ++i)
    {
        const auto expected = twin->Acquire(net.ClientAddress(), net.ServerAt(80));
        ASSERT_EQ(TcpNet::LocalPort(net.Connect(80).socket), expected);
        TcpNet::Pass(MilliSeconds(10));
    }
}

TEST(TcpPorts, AreNotChosenByABareBind)
{
    TcpNet net({});
    TcpProgram& program = net.Run(net.Client());

    EXPECT_EQ(program.socket->Bind(), 0);
    EXPECT_EQ(TcpNet::LocalPort(program.socket), 0);
    EXPECT_EQ(net.Ports()->GetHeld(), 0u);

    EXPECT_EQ(program.socket->Connect(net.ServerAt(80)), 0);
    EXPECT_GE(TcpNet::LocalPort(program.socket), 32768);
    EXPECT_EQ(net.Ports()->GetHeld(), 1u);
}

TEST(TcpPorts, AreChosenByABindToPort0OfAnAddress)
{
    TcpNet net({});
    TcpProgram& program = net.Run(net.Client());

    EXPECT_EQ(program.socket->Bind(net.ClientAt(0)), 0);
    const uint16_t port = TcpNet::LocalPort(program.socket);
    EXPECT_EQ(port % 2, 1); // Linux gives bind() the odd ones first.
    EXPECT_EQ(program.socket->Bind(net.ClientAt(0)), -1);
    EXPECT_EQ(program.socket->GetErrno(), Socket::ERROR_INVAL);

    EXPECT_EQ(program.socket->Connect(net.ServerAt(80)), 0);
    EXPECT_EQ(TcpNet::LocalPort(program.socket), port);
}

TEST(TcpPorts, GoToListenersWithoutOneToo)
{
    TcpNet net({});
    TcpProgram& program = net.Run(net.Server());
    program.socket->Bind();
    EXPECT_EQ(program.socket->Listen(), 0);
    const uint16_t port = TcpNet::LocalPort(program.socket);
    ASSERT_GE(port, 32768);

    const TcpProgram& client = net.Connect(port);
    TcpNet::Pass(Seconds(1));
    EXPECT_EQ(client.connected, 1);
}

TEST(TcpPorts, AreInUseForASecondListener)
{
    TcpNet net({});
    TcpProgram& first = net.Listen(80);
    TcpProgram& second = net.Run(net.Server());
    const auto any = InetSocketAddress(Ipv4Address::GetAny(), 80);

    EXPECT_EQ(second.socket->Bind(any), -1);
    EXPECT_EQ(second.socket->GetErrno(), Socket::ERROR_ADDRINUSE);
    first.socket->Close();
    EXPECT_EQ(second.socket->Bind(any), 0);
    EXPECT_EQ(second.socket->Listen(), 0);
}

TEST(TcpPorts, AreSharedByBoundSocketsThatAllowIt)
{
    TcpNet net({});
    TcpProgram& first = net.Run(net.Client());
    TcpProgram& second = net.Run(net.Client());
    first.socket->SetAttribute("ReuseAddress", BooleanValue(true));
    EXPECT_EQ(first.socket->Bind(net.ClientAt(5000)), 0);
    EXPECT_EQ(second.socket->Bind(net.ClientAt(5000)), -1);
    second.socket->SetAttribute("ReuseAddress", BooleanValue(true));
    EXPECT_EQ(second.socket->Bind(net.ClientAt(5000)), 0);
}

TEST(TcpPorts, AreFreeWhenAConnectIsRefused)
{
    TcpNet net({});
    const TcpProgram& program = net.Connect(80);
    EXPECT_EQ(net.Ports()->GetHeld(), 1u);
    TcpNet::Pass(Seconds(1));

    EXPECT_EQ(program.failed, 1);
    EXPECT_EQ(program.connected, 0);
    EXPECT_EQ(net.Ports()->GetHeld(), 0u);
    EXPECT_EQ(net.Ports()->GetWaiting(), 0u);
}

TEST(TcpPorts, StayAfterARefusalIfTheProgramHasChosenThem)
{
    TcpNet net({});
    TcpProgram& program = net.Run(net.Client());
    program.closesBack = false;
    EXPECT_EQ(program.socket->Bind(net.ClientAt(5000)), 0);
    EXPECT_EQ(program.socket->Connect(net.ServerAt(80)), 0);
    TcpNet::Pass(Seconds(1));
    ASSERT_EQ(program.failed, 1);
    EXPECT_EQ(TcpNet::LocalPort(program.socket), 5000);

    net.Listen(80);
    EXPECT_EQ(program.socket->Connect(net.ServerAt(80)), 0);
    TcpNet::Pass(Seconds(1));
    EXPECT_EQ(program.connected, 1);
    EXPECT_EQ(TcpNet::LocalPort(program.socket), 5000);
}

TEST(TcpPorts, AreFreeWhenTheConnectionIsReset)
{
    TcpNet net({});
    net.Listen(80).closesBack = false;
    TcpProgram& program = net.Connect(80);
    TcpNet::Pass(Seconds(1));
    ASSERT_EQ(program.connected, 1);

    // Data that nobody has read when the program closes: it resets.
    net.Accepted().front().socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
    program.socket->Send(Create<Packet>(100));
    TcpNet::Pass(Seconds(1));
    net.Accepted().front().socket->Close();
    TcpNet::Pass(Seconds(1));

    EXPECT_EQ(net.Ports()->GetHeld(), 0u);
    EXPECT_EQ(net.Ports()->GetWaiting(), 0u);
    EXPECT_EQ(TcpNet::Tcp(net.Client())->Connections().Count(), 0u);
    EXPECT_EQ(TcpNet::Tcp(net.Server())->Connections().Count(), 0u);
}

TEST(TcpPorts, AreFreeWhenDataIsNeverAcknowledged)
{
    TcpNet net({});
    net.Listen(80);
    TcpProgram& program = net.Connect(80);
    TcpNet::Pass(Seconds(1));
    net.Cut(true);
    program.socket->Send(Create<Packet>(100));
    TcpNet::Pass(Seconds(300));

    EXPECT_EQ(program.broken, 1);
    EXPECT_EQ(net.Ports()->GetHeld(), 0u);
    EXPECT_EQ(net.Ports()->GetWaiting(), 0u);
    EXPECT_EQ(TcpNet::Tcp(net.Client())->Connections().Count(), 0u);
}

TEST(TcpPorts, AreFreeWhenTheProgramDropsOrClosesABoundSocket)
{
    TcpNet net({});
    TcpProgram& program = net.Run(net.Client());
    ASSERT_EQ(program.socket->Bind(net.ClientAt(5000)), 0);
    EXPECT_EQ(net.Ports()->GetHeld(), 1u);
    program.socket->Close();
    EXPECT_EQ(net.Ports()->GetHeld(), 0u);
    EXPECT_EQ(net.Run(net.Client()).socket->Bind(net.ClientAt(5000)), 0);
}

TEST(TcpPorts, RefuseASecondConnectOfTheSameSocket)
{
    TcpNet net({});
    net.Listen(80);
    TcpProgram& program = net.Connect(80);
    EXPECT_EQ(program.socket->Connect(net.ServerAt(80)), -1);
    EXPECT_EQ(program.socket->GetErrno(), Socket::ERROR_AGAIN);
    TcpNet::Pass(Seconds(1));
    EXPECT_EQ(program.socket->Connect(net.ServerAt(80)), -1);
    EXPECT_EQ(program.socket->GetErrno(), Socket::ERROR_ISCONN);
    EXPECT_EQ(program.connected, 1);
}

TEST(TcpPorts, OfListenersAreTakenForGrantedWhereTheLedgerIsSomebodyElses)
{
    TcpNet::Options options;
    portlab::PortLedger ledger;
    portlab::Random random(portlab::StreamKey(1, 1));
    const portlab::OsProfile system = portlab::FindProfile("linux-6.18").profile;
    const auto kernel = ledger.AddKernel(system, portlab::StreamKey(1, 2));
    const auto rules = std::make_shared<const portlab::PortRules>(system);
    options.prepareServer = [&](EphemeralPorts& ports) {
        ports.Borrow(ledger, ledger.AddHost(kernel, rules), random);
    };
    TcpNet net(options);
    net.Listen(80);
    const TcpProgram& program = net.Connect(80);
    TcpNet::Pass(Seconds(1));
    EXPECT_EQ(program.connected, 1);
}

/// One random life after another: who closes first, who resets, who never answers.
TEST(TcpPorts, AreNeverLostOrGivenBackTwice)
{
    TcpNet::Options options;
    options.ports = "40000-40199";
    TcpNet net(options);
    TcpProgram& polite = net.Listen(80);
    net.Listen(81).closesFirst = true;
    portlab::Random random(portlab::StreamKey(1, 1));
    std::vector<TcpProgram*> programs;
    for (int i = 0; i < 600; ++i)
    {
        const auto kind = random.Below(6);
        TcpProgram& program = net.Run(net.Client());
        program.closesFirst = kind == 0;
        if (kind == 1)
        {
            program.socket->Bind(net.ClientAt(0));
        }
        const auto port = static_cast<uint16_t>(kind == 2 ? 82 : kind == 3 ? 81 : 80);
        program.socket->Connect(net.ServerAt(port));
        programs.push_back(&program);
        TcpNet::Pass(MilliSeconds(static_cast<int64_t>(random.Below(500))));
        TcpProgram& other = *programs[random.Below(static_cast<uint32_t>(programs.size()))];
        other.socket->Close();
        net.Cut(random.Below(20) == 0);
    }
    net.Cut(false);
    for (TcpProgram* program : programs)
    {
        program->socket->Close();
    }
    polite.socket->Close();
    TcpNet::Pass(Seconds(1000));

    EXPECT_EQ(net.Ports()->GetHeld(), 0u);
    EXPECT_EQ(net.Ports()->GetWaiting(), 0u);
    EXPECT_EQ(TcpNet::Tcp(net.Client())->GetTimeWaits(), 0u);
    EXPECT_EQ(TcpNet::Tcp(net.Client())->Connections().Count(), 0u);
    EXPECT_EQ(TcpNet::Tcp(net.Server())->Connections().Count(), 0u);
}

} // namespace

/// And a connection that is aborted is gone at once, on both sides.
TEST(TcpSequence, BeginsByAClockOf64Ns)
{
    TcpNet net({});
    net.Listen(80);
    std::vector<portlab::test::SeenSegment>& fromClient = net.Watch(net.Client());
    std::vector<SequenceNumber32> first;
    for (int i = 0; i < 2; ++i)
    {
        fromClient.clear();
        TcpProgram& program = net.Run(net.Client());
        EXPECT_EQ(program.socket->Bind(net.ClientAt(5000)), 0);
        EXPECT_EQ(program.socket->Connect(net.ServerAt(80)), 0);
        TcpNet::Pass(MilliSeconds(500));
        EXPECT_EQ(program.connected, 1);
        first.push_back(fromClient.front().header.GetSequenceNumber());

        DynamicCast<PortlabTcpSocket>(program.socket)->Abort();
        TcpNet::Pass(MilliSeconds(500));
        EXPECT_EQ(fromClient.back().header.GetFlags() & TcpHeader::RST, TcpHeader::RST);
        EXPECT_EQ(net.Ports()->GetHeld(), 0u);
        EXPECT_EQ(TcpNet::Tcp(net.Client())->GetTimeWaits(), 0u);
        EXPECT_EQ(TcpNet::Tcp(net.Server())->GetTimeWaits(), 0u);
    }
    EXPECT_EQ(first[1] - first[0], 15'625'000);
    EXPECT_NE(first[0], SequenceNumber32(0));
}
