// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/port-ledger.h"
#include "model/core/port/profile-catalogue.h"
#include "model/ephemeral-ports.h"
#include "model/ns3-time.h"
#include "test/model/udp-net.h"

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/packet.h"
#include "ns3/simulator.h"

#include <gtest/gtest.h>
#include <memory>
#include <set>

namespace portlab::test
{

namespace
{

using namespace ns3;
using ns3::Address; // Not the core's.

const Address ANY53 = InetSocketAddress(Ipv4Address::GetAny(), 53);

/// The ports of the first sockets of a host, by the ledger itself.
std::vector<std::uint16_t>
PortsOfTheLedger(const std::string& system, std::int64_t stream, std::uint32_t count)
{
    const OsProfile profile = FindProfile(system).profile;
    const StreamKey key = Ns3Streams(stream);
    Random random(key.With("ports"));
    PortLedger ledger;
    const auto host = ledger.AddHost(ledger.AddKernel(profile, key.With("kernel")),
                                     std::make_shared<const PortRules>(profile),
                                     true);
    SocketOptions options;
    options.manner = PortManner::Bind;
    options.wildcard = true;
    std::vector<std::uint16_t> ports;
    for (std::uint32_t i = 0; i < count; ++i)
    {
        const Flow towardsNobody{0, 0xf0000000u + i, 0};
        const auto path = ledger.OpenPath(host, Transport::Udp, towardsNobody, options);
        ports.push_back(ledger.Ask(path, At(Duration{0}), random).port.value());
    }
    return ports;
}

TEST(UdpPorts, AreThoseOfTheLedgerHoweverTheSocketComesByThem)
{
    const std::vector<std::function<int(const TwoHosts&, const Ptr<Socket>&)>> ways{
        [](const TwoHosts&, const Ptr<Socket>& socket) { return socket->Bind(); },
        [](const TwoHosts&, const Ptr<Socket>& socket) { return socket->Bind6(); },
        [](const TwoHosts&, const Ptr<Socket>& socket) {
            return socket->Bind(InetSocketAddress("192.0.2.1", 0));
        },
        [](const TwoHosts& net, const Ptr<Socket>& socket) {
            return socket->Connect(net.There(53));
        },
        [](const TwoHosts& net, const Ptr<Socket>& socket) {
            return socket->SendTo(Create<Packet>(1), 0, net.There(53)) - 1;
        },
    };
    for (const std::string system : {"linux-6.18", "windows-11"})
    {
        const auto expected = PortsOfTheLedger(system, 7, 20);
        for (std::size_t way = 0; way < ways.size(); ++way)
        {
            TwoHosts net(System(system));
            EXPECT_EQ(PortlabHostHelper().AssignStreams(net.hosts.Get(0), 7), 1);
            TwoHosts::RunUntil(MilliSeconds(1)); // ns-3 can send nothing before.
            for (const std::uint16_t port : expected)
            {
                const auto socket = MakeUdp(net.hosts.Get(0));
                ASSERT_EQ(ways[way](net, socket), 0);
                ASSERT_EQ(PortOf(socket), port) << system << ", way " << way;
            }
        }
    }
}

TEST(UdpPorts, AreRefusedAtOnceWhenTheRangeIsUsedUp)
{
    TwoHosts net(System("linux-6.18", {{"ports", "40000-40003"}}));
    const auto node = net.hosts.Get(0);
    std::vector<Ptr<Socket>> sockets;
    std::set<std::uint16_t> ports;
    for (int i = 0; i < 4; ++i)
    {
        sockets.push_back(MakeUdp(node));
        ASSERT_EQ(sockets.back()->Bind(), 0);
        ports.insert(PortOf(sockets.back()));
    }
    EXPECT_EQ(ports, (std::set<std::uint16_t>{40000, 40001, 40002, 40003}));

    const auto late = MakeUdp(node);
    bool hasFailed = false;
    late->SetConnectCallback(
        Callback<void, Ptr<Socket>>([](Ptr<Socket>) { ADD_FAILURE(); }),
        Callback<void, Ptr<Socket>>([&](Ptr<Socket> who) { hasFailed = who == late; }));
    const std::vector<std::function<int()>> attempts{
        [&] { return late->Bind(); },
        [&] { return late->Bind6(); },
        [&] { return late->Connect(net.There(53)); },
        [&] { return late->SendTo(Create<Packet>(1), 0, net.There6(53)); },
    };
    for (const auto& attempt : attempts)
    {
        EXPECT_EQ(attempt(), -1);
        EXPECT_EQ(late->GetErrno(), Socket::ERROR_ADDRNOTAVAIL);
    }
    EXPECT_TRUE(hasFailed);
    EXPECT_EQ(Held(node), 4u);

    const std::uint16_t freed = PortOf(sockets[2]);
    EXPECT_EQ(sockets[2]->Close(), 0);
    EXPECT_EQ(late->Bind(), 0);
    EXPECT_EQ(PortOf(late), freed);
    EXPECT_EQ(Simulator::Now(), Seconds(0));
}

TEST(UdpPorts, AreGivenBackOnceAndByCloseAlone)
{
    TwoHosts net(System("linux-6.18"));
    const auto node = net.hosts.Get(0);
    auto socket = MakeUdp(node);
    const auto other = MakeUdp(node);
    ASSERT_EQ(socket->Bind(), 0);
    ASSERT_EQ(other->Bind(), 0);
    EXPECT_EQ(Held(node), 2u);
    EXPECT_EQ(socket->Close(), 0);
    EXPECT_EQ(Held(node), 1u);
    EXPECT_EQ(socket->Close(), -1);
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_BADF);
    EXPECT_EQ(socket->Bind(), -1);
    EXPECT_EQ(socket->Connect(net.There(53)), -1);
    EXPECT_EQ(socket->SendTo(Create<Packet>(1), 0, net.There(53)), -1);
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_SHUTDOWN);
    socket = nullptr;
    EXPECT_EQ(Held(node), 1u);

    MakeUdp(node)->Bind(); // Nobody points to it: it is open all the same, as with ns-3's own.
    EXPECT_EQ(Held(node), 2u);
}

TEST(UdpPorts, AreNotGivenBackWhenTheSimulationIsOver)
{
    Ptr<Socket> socket;
    {
        TwoHosts net(System("linux-6.18"));
        socket = MakeUdp(net.hosts.Get(0));
        ASSERT_EQ(socket->Bind(), 0);
    }
    EXPECT_EQ(socket->Close(), -1);
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_BADF);
}

TEST(UdpPorts, ThatASocketHasAutomaticallyCanBeChosenByNoOther)
{
    TwoHosts net(System("linux-6.18", {{"ports", "40000-40001"}}));
    const auto node = net.hosts.Get(0);
    const auto chooses = MakeUdp(node);
    ASSERT_EQ(chooses->Bind(InetSocketAddress("192.0.2.1", 40000)), 0);
    const auto automatic = MakeUdp(node);
    ASSERT_EQ(automatic->Connect(net.There(53)), 0);
    EXPECT_EQ(PortOf(automatic), 40001);
    EXPECT_EQ(MakeUdp(node)->Bind6(), -1) << "one of the two ports was chosen";

    const auto late = MakeUdp(node);
    for (const Address& local : {Address(InetSocketAddress("192.0.2.1", 40001)),
                                 Address(InetSocketAddress(Ipv4Address::GetAny(), 40001)),
                                 Address(Inet6SocketAddress(Ipv6Address::GetAny(), 40001))})
    {
        EXPECT_EQ(late->Bind(local), -1);
        EXPECT_EQ(late->GetErrno(), Socket::ERROR_ADDRINUSE);
    }
    EXPECT_EQ(late->Bind(ANY53), 0) << "a refusal leaves the socket as it was";
    EXPECT_EQ(late->Bind(), -1);
    EXPECT_EQ(late->GetErrno(), Socket::ERROR_INVAL) << "it is bound";
    EXPECT_EQ(late->Bind(Address()), -1);
    EXPECT_EQ(late->GetErrno(), Socket::ERROR_INVAL);
}

TEST(UdpPorts, ThatProgramsChooseAreSharedAsNs3SharesThem)
{
    TwoHosts net(System("linux-6.18"));
    const auto node = net.hosts.Get(0);
    ASSERT_EQ(MakeUdp(node)->Bind(ANY53), 0);
    EXPECT_EQ(MakeUdp(node)->Bind(InetSocketAddress("192.0.2.1", 53)), 0);
    EXPECT_EQ(MakeUdp(node)->Bind(Inet6SocketAddress(Ipv6Address::GetAny(), 53)), 0);
    EXPECT_EQ(Held(node), 3u);

    const auto twin = MakeUdp(node);
    EXPECT_EQ(twin->Bind(ANY53), -1);
    EXPECT_EQ(twin->GetErrno(), Socket::ERROR_ADDRINUSE);
    EXPECT_EQ(Held(node), 3u) << "ns-3 refused it, and the port went back";
    EXPECT_EQ(twin->Bind(), 0);
    EXPECT_NE(PortOf(twin), 53);
}

TEST(UdpPorts, AreTheSameInBothIpVersions)
{
    TwoHosts net(System("linux-6.18", {{"ports", "40000-40001"}}));
    std::vector<Address> seen;
    const auto remember = [&](Ptr<Socket> socket) {
        Address from;
        while (socket->RecvFrom(from))
        {
            seen.push_back(from);
        }
    };
    const auto server = MakeUdp(net.hosts.Get(1));
    const auto server6 = MakeUdp(net.hosts.Get(1));
    ASSERT_EQ(server->Bind(ANY53), 0);
    ASSERT_EQ(server6->Bind(Inet6SocketAddress(Ipv6Address::GetAny(), 53)), 0);
    server->SetRecvCallback(Callback<void, Ptr<Socket>>(remember));
    server6->SetRecvCallback(Callback<void, Ptr<Socket>>(remember));

    TwoHosts::RunUntil(Seconds(2));
    const auto socket = MakeUdp(net.hosts.Get(0));
    const Address mapped =
        Inet6SocketAddress(Ipv6Address::MakeIpv4MappedAddress(Ipv4Address("192.0.2.2")), 53);
    for (const Address& peer : {net.There6(53), net.There(53), mapped})
    {
        EXPECT_EQ(socket->SendTo(Create<Packet>(100), 0, peer), 100);
    }
    ASSERT_EQ(socket->Connect(mapped), 0);
    EXPECT_EQ(socket->Send(Create<Packet>(100)), 100);
    TwoHosts::RunUntil(Seconds(3));
    ASSERT_EQ(seen.size(), 4u);
    for (const Address& from : seen)
    {
        EXPECT_EQ(PortOf(from), PortOf(socket));
    }
    EXPECT_EQ(Held(net.hosts.Get(0)), 1u);
}

TEST(UdpPorts, StayWithIpv4WhenTheyBeganWithIt)
{
    TwoHosts net(System("linux-6.18", {{"ports", "40000-40001"}}));
    TwoHosts::RunUntil(Seconds(2));
    const auto socket = MakeUdp(net.hosts.Get(0));
    EXPECT_EQ(socket->SendTo(Create<Packet>(100), 0, net.There(53)), 100);
    const uint16_t port = PortOf(socket);

    EXPECT_EQ(socket->SendTo(Create<Packet>(100), 0, net.There6(53)), -1);
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_AFNOSUPPORT);
    EXPECT_EQ(socket->Connect(net.There6(53)), -1);
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_AFNOSUPPORT);
    EXPECT_EQ(socket->Bind6(), -1);
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_INVAL);
    EXPECT_EQ(socket->SendTo(Create<Packet>(100), 0, net.There(53)), 100);
    EXPECT_EQ(PortOf(socket), port);
    EXPECT_EQ(Held(net.hosts.Get(0)), 1u);
}

} // namespace

} // namespace portlab::test
