// SPDX-License-Identifier: GPL-2.0-only

#include "model/ns3-time.h"
#include "test/model/tcp-net.h"

#include "ns3/boolean.h"
#include "ns3/object-ptr-container.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>

namespace
{

using namespace ns3;
using portlab::test::SeenSegment;
using portlab::test::TcpNet;
using portlab::test::TcpProgram;

/// When the only TIME_WAIT of the client ends.
Time
EndOfWait(const TcpNet& net, uint16_t localPort, uint16_t serverPort)
{
    const auto tuple = portlab::TcpTuple::Of(net.ClientAt(localPort), net.ServerAt(serverPort));
    const auto* wait = TcpNet::Tcp(net.Client())->TimeWaits().Find(tuple, portlab::SimulatorNow());
    return wait ? portlab::ToNs3(wait->end.time_since_epoch()) : Time(0);
}

/// Connects to port 80 and closes, all in the next second; the port it had.
uint16_t
ConnectAndClose(TcpNet& net)
{
    TcpProgram& program = net.Connect(80);
    program.closesFirst = true;
    const uint16_t port = TcpNet::LocalPort(program.socket);
    TcpNet::Pass(MilliSeconds(10));
    EXPECT_EQ(program.connected, 1);
    EXPECT_EQ(program.closed, 1);
    return port;
}

TEST(TcpTimeWait, KeepsThePortUntilTheLastNanosecondOnLinux)
{
    TcpNet::Options options;
    options.ports = "40000";
    TcpNet net(options);
    net.Listen(80);
    const uint16_t port = ConnectAndClose(net);
    const Time end = EndOfWait(net, port, 80);
    ASSERT_GT(end, Seconds(60));
    ASSERT_LE(end, Seconds(60.01) + MilliSeconds(2048));

    TcpNet::Until(end - NanoSeconds(1));
    EXPECT_EQ(net.Ports()->GetWaiting(), 1u);
    EXPECT_EQ(TcpNet::Tcp(net.Client())->GetTimeWaits(), 1u);
    EXPECT_EQ(net.Run(net.Client()).socket->Connect(net.ServerAt(80)), -1);

    TcpNet::Until(end);
    EXPECT_EQ(net.Ports()->GetWaiting(), 0u);
    EXPECT_EQ(TcpNet::Tcp(net.Client())->GetTimeWaits(), 0u);
    EXPECT_EQ(net.Run(net.Client()).socket->Connect(net.ServerAt(80)), 0);
}

TEST(TcpTimeWait, IsAsLongAsTheSystemHasIt)
{
    TcpNet::Options options;
    options.client = "windows-11";
    TcpNet net(options);
    net.Listen(80);
    const uint16_t port = ConnectAndClose(net);
    const Time end = EndOfWait(net, port, 80);
    EXPECT_GT(end, Seconds(120));
    EXPECT_LT(end, Seconds(120.01));

    TcpNet::Until(end - NanoSeconds(1));
    EXPECT_EQ(net.Ports()->GetWaiting(), 1u);
    TcpNet::Until(end);
    EXPECT_EQ(net.Ports()->GetWaiting(), 0u);
}

TEST(TcpTimeWait, IsTheServersIfThatClosesFirst)
{
    TcpNet net({});
    net.Listen(80).closesFirst = true;
    const TcpProgram& program = net.Connect(80);
    TcpNet::Pass(Seconds(1));

    EXPECT_EQ(program.closed, 1);
    EXPECT_EQ(net.Ports()->GetHeld(), 0u);
    EXPECT_EQ(net.Ports()->GetWaiting(), 0u);
    EXPECT_EQ(TcpNet::Tcp(net.Client())->GetTimeWaits(), 0u);
    EXPECT_EQ(TcpNet::Tcp(net.Server())->GetTimeWaits(), 1u);
    TcpNet::Until(Seconds(63));
    EXPECT_EQ(TcpNet::Tcp(net.Server())->GetTimeWaits(), 0u);
}

TEST(TcpTimeWait, IsOfBothIfTheyCloseAtOnce)
{
    TcpNet net({});
    net.Listen(80);
    TcpProgram& program = net.Connect(80);
    TcpNet::Until(Seconds(1));
    program.socket->Close();
    net.Accepted().front().socket->Close();
    TcpNet::Until(Seconds(2));

    EXPECT_EQ(net.Ports()->GetHeld(), 0u);
    EXPECT_EQ(net.Ports()->GetWaiting(), 1u);
    EXPECT_EQ(TcpNet::Tcp(net.Client())->GetTimeWaits(), 1u);
    EXPECT_EQ(TcpNet::Tcp(net.Server())->GetTimeWaits(), 1u);
}

TEST(TcpTimeWait, IsNoSocket)
{
    TcpNet net({});
    net.Listen(80);
    ConnectAndClose(net);
    EXPECT_EQ(TcpNet::Tcp(net.Client())->Connections().Count(), 0u);
    ObjectPtrContainerValue sockets;
    net.Client()->GetObject<TcpL4Protocol>()->GetAttribute("SocketList", sockets);
    EXPECT_EQ(sockets.GetN(), 0u);
}

TEST(TcpTimeWait, IsNotMadeWhenTheSystemHasEnough)
{
    TcpNet::Options options;
    options.changeClient = [](portlab::OsProfile& system) { system.maxTimeWait.value = 1; };
    options.changeServer = [](portlab::OsProfile& system) { system.maxTimeWait.value = 0; };
    TcpNet net(options);
    net.Listen(80);
    net.Listen(81).closesFirst = true;
    ConnectAndClose(net);
    ConnectAndClose(net);
    net.Connect(81);
    TcpNet::Pass(Seconds(1));

    EXPECT_EQ(net.Ports()->GetWaiting(), 1u);
    EXPECT_EQ(net.Ports()->GetHeld(), 0u);
    EXPECT_EQ(TcpNet::Tcp(net.Client())->GetTimeWaits(), 1u);
    EXPECT_EQ(TcpNet::Tcp(net.Server())->GetTimeWaits(), 0u);
}

TEST(TcpTimeWait, GivesWayToTheEarlyReuseOfLinux)
{
    TcpNet::Options options;
    options.changeClient = [](portlab::OsProfile& system) {
        system.ports.value = portlab::PortRange(40000, 40000);
        system.reuse.value = portlab::TimeWaitReuse::AfterDelay;
    };
    TcpNet net(options);
    net.Listen(80);
    ConnectAndClose(net);
    EXPECT_EQ(net.Run(net.Client()).socket->Connect(net.ServerAt(80)), -1);
    TcpNet::Until(Seconds(2));
    EXPECT_EQ(ConnectAndClose(net), 40000);
    EXPECT_EQ(TcpNet::Tcp(net.Client())->GetTimeWaits(), 1u);
    EXPECT_EQ(net.Ports()->GetWaiting(), 1u);
}

/// A connection from the client's port 5000 to port 80.
TcpProgram&
ConnectFrom5000(TcpNet& net, bool timestamps = true)
{
    TcpProgram& program = net.Run(net.Client());
    program.socket->SetAttribute("Timestamp", BooleanValue(timestamps));
    EXPECT_EQ(program.socket->Bind(net.ClientAt(5000)), 0);
    EXPECT_EQ(program.socket->Connect(net.ServerAt(80)), 0);
    return program;
}

TEST(TcpTimeWait, OfLinuxTakesASynWithALaterTimestampAtOnce)
{
    TcpNet net({});
    net.Listen(80).closesFirst = true;
    ConnectFrom5000(net);
    TcpNet::Until(Seconds(1));
    ASSERT_EQ(TcpNet::Tcp(net.Server())->GetTimeWaits(), 1u);

    const TcpProgram& second = ConnectFrom5000(net);
    TcpNet::Until(Seconds(1) + MilliSeconds(3));
    EXPECT_EQ(second.connected, 1);
    TcpNet::Until(Seconds(2));
    EXPECT_EQ(net.Accepted().size(), 2u);
}

/// A connection without timestamps that the server closes after 100 s. At 140 s the clock of
/// sequence numbers, 64 ns a tick, has gone more than half round since its SYN: a new one looks
/// old.
void
ConnectForLong(TcpNet& net)
{
    net.Listen(80);
    ConnectFrom5000(net, false);
    TcpNet::Until(Seconds(100));
    net.Accepted().front().socket->Close();
    TcpNet::Until(Seconds(140));
}

TEST(TcpTimeWait, OfLinuxChallengesAnOldSynAndEndsByTheReset)
{
    TcpNet net({});
    ConnectForLong(net);
    std::vector<SeenSegment>& fromServer = net.Watch(net.Server());
    std::vector<SeenSegment>& fromClient = net.Watch(net.Client());

    const TcpProgram& second = ConnectFrom5000(net, false);
    TcpNet::Until(Seconds(140) + MilliSeconds(5));
    EXPECT_EQ(second.connected, 0);
    ASSERT_EQ(fromServer.size(), 1u);
    EXPECT_EQ(fromServer[0].header.GetFlags(), TcpHeader::ACK);
    ASSERT_EQ(fromClient.size(), 2u);
    EXPECT_EQ(fromClient[1].header.GetFlags(), TcpHeader::RST);
    EXPECT_EQ(TcpNet::Tcp(net.Server())->GetTimeWaits(), 0u);

    TcpNet::Until(Seconds(140) + MilliSeconds(25)); // Two or three ticks of 4 ms, and a round trip.
    EXPECT_EQ(second.connected, 1);
}

TEST(TcpTimeWait, OfLinuxOutlivesTheResetWithRfc1337)
{
    TcpNet::Options options;
    options.changeServer = [](portlab::OsProfile& system) {
        system.linuxSettings->rfc1337.value = true;
    };
    TcpNet net(options);
    ConnectForLong(net);
    const TcpProgram& second = ConnectFrom5000(net, false);
    TcpNet::Until(Seconds(159)); // The TIME_WAIT lasts until 160 s at least.
    EXPECT_EQ(second.connected, 0);
    EXPECT_EQ(second.failed, 0);
    TcpNet::Until(Seconds(200));
    EXPECT_EQ(second.connected, 1);
}

TEST(TcpTimeWait, OfASystemThatIgnoresSynsLetsTheClientWait)
{
    TcpNet::Options options;
    options.changeServer = [](portlab::OsProfile& system) {
        system.synInTimeWait.value = portlab::SynInTimeWait::Ignore;
    };
    TcpNet net(options);
    net.Listen(80).closesFirst = true;
    ConnectFrom5000(net);
    TcpNet::Until(Seconds(1));
    std::vector<SeenSegment>& fromServer = net.Watch(net.Server());
    const TcpProgram& second = ConnectFrom5000(net);
    TcpNet::Until(Seconds(59));
    EXPECT_TRUE(fromServer.empty());
    TcpNet::Until(Seconds(100));
    EXPECT_EQ(second.connected, 1);
}

TEST(TcpTimeWait, AcknowledgesARepeatedFin)
{
    TcpNet net({});
    net.Listen(80).closesFirst = true;
    std::vector<SeenSegment>& fromClient = net.Watch(net.Client());
    net.Connect(80);
    TcpNet::Pass(Seconds(1));
    ASSERT_EQ(TcpNet::Tcp(net.Server())->GetTimeWaits(), 1u);
    const auto sent = std::find_if(fromClient.begin(), fromClient.end(), [](const auto& segment) {
        return segment.header.GetFlags() & TcpHeader::FIN;
    });
    ASSERT_NE(sent, fromClient.end());
    const TcpHeader fin = sent->header;

    std::vector<SeenSegment>& fromServer = net.Watch(net.Server());
    net.Inject(fin);
    ASSERT_EQ(fromServer.size(), 1u);
    EXPECT_EQ(fromServer[0].header.GetFlags(), TcpHeader::ACK);
    EXPECT_EQ(fromServer[0].header.GetAckNumber(), fin.GetSequenceNumber() + SequenceNumber32(1));
    EXPECT_EQ(fromServer[0].header.GetSequenceNumber(), fin.GetAckNumber());
    EXPECT_TRUE(fromServer[0].header.HasOption(TcpOption::TS));
    EXPECT_EQ(TcpNet::Tcp(net.Server())->GetTimeWaits(), 1u);
}

TEST(TcpFinWait2, EndsWhenTheSystemLosesPatience)
{
    TcpNet net({});
    net.Listen(80).closesBack = false;
    TcpProgram& program = net.Connect(80);
    program.closesFirst = true;
    TcpNet::Until(Seconds(60));
    EXPECT_EQ(net.Ports()->GetHeld(), 1u);
    TcpNet::Until(Seconds(63));
    EXPECT_EQ(net.Ports()->GetHeld(), 0u);
    EXPECT_EQ(net.Ports()->GetWaiting(), 0u);

    std::vector<SeenSegment>& fromClient = net.Watch(net.Client());
    net.Accepted().front().socket->Close();
    TcpNet::Pass(Seconds(1));
    ASSERT_EQ(fromClient.size(), 1u);
    EXPECT_EQ(fromClient[0].header.GetFlags(), TcpHeader::RST);
    EXPECT_EQ(TcpNet::Tcp(net.Server())->Connections().Count(), 0u);
}

TEST(TcpFinWait2, HasNoEndWhileTheProgramKeepsTheSocket)
{
    TcpNet net({});
    net.Listen(80).closesBack = false;
    TcpProgram& program = net.Connect(80);
    TcpNet::Pass(Seconds(1));
    program.socket->ShutdownSend();
    TcpNet::Pass(Seconds(200));
    EXPECT_EQ(net.Ports()->GetHeld(), 1u);

    program.socket->Close();
    TcpNet::Pass(Seconds(63));
    EXPECT_EQ(net.Ports()->GetHeld(), 0u);
}

TEST(TcpFinWait1, EndsWhenNobodyAnswersTheFin)
{
    TcpNet net({});
    net.Listen(80);
    TcpProgram& program = net.Connect(80);
    TcpNet::Until(Seconds(1));
    net.Cut(true);
    program.socket->Close();
    TcpNet::Until(Seconds(103));
    EXPECT_EQ(net.Ports()->GetHeld(), 1u);
    TcpNet::Until(Seconds(120)); // 107.6 s on the real system.
    EXPECT_EQ(net.Ports()->GetHeld(), 0u);
    EXPECT_EQ(program.broken, 1);
}

} // namespace
