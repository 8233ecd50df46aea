// SPDX-License-Identifier: GPL-2.0-only

#include "test/model/udp-net.h"

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv4-packet-info-tag.h"
#include "ns3/on-off-helper.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/packet.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/udp-client-server-helper.h"
#include "ns3/udp-server.h"
#include "ns3/udp-socket.h"
#include "ns3/uinteger.h"

#include <gtest/gtest.h>

namespace portlab::test
{

namespace
{

using namespace ns3;
using ns3::Address; // Not the core's.

const TwoHosts::Installer ONE_PORT = System("linux-6.18", {{"ports", "40000"}});

/// A socket of ours on the second host that is bound to port 53, and one on the first that talks to
/// it.
class UdpSocketTest : public testing::Test
{
  protected:
    UdpSocketTest()
        : net(ONE_PORT),
          server(MakeUdp(net.hosts.Get(1))),
          client(MakeUdp(net.hosts.Get(0)))
    {
        EXPECT_EQ(server->Bind(InetSocketAddress(Ipv4Address::GetAny(), 53)), 0);
        EXPECT_EQ(client->Connect(net.There(53)), 0);
    }

    /// Does something soon after now, and lets the packets arrive.
    template <typename Do>
    void Soon(Do what)
    {
        Simulator::Schedule(MilliSeconds(1), what);
        TwoHosts::RunUntil(Simulator::Now() + MilliSeconds(100));
    }

    TwoHosts net;
    Ptr<Socket> server;
    Ptr<Socket> client;
};

TEST_F(UdpSocketTest, IsWhatCallbacksAreGiven)
{
    std::vector<Ptr<Socket>> seen;
    const Callback<void, Ptr<Socket>> plain([&](Ptr<Socket> socket) { seen.push_back(socket); });
    const Callback<void, Ptr<Socket>, uint32_t> sized(
        [&](Ptr<Socket> socket, uint32_t) { seen.push_back(socket); });
    client->SetConnectCallback(plain, plain);
    client->SetDataSentCallback(sized);
    client->SetSendCallback(sized);
    server->SetRecvCallback(plain);
    client->Connect(net.There(53));
    client->Connect(Address());
    EXPECT_EQ(seen, (std::vector<Ptr<Socket>>{client, client}));
    seen.clear();
    client->Bind(InetSocketAddress("192.0.2.1", 0)); // Refused: it has a port. Nothing is told.
    Soon([&] { client->Send(Create<Packet>(10)); });
    ASSERT_EQ(seen.size(), 2u);
    EXPECT_EQ(seen.front(), client);
    EXPECT_EQ(seen.back(), server);
    EXPECT_EQ(server->GetNode(), net.hosts.Get(1));
    EXPECT_EQ(server->GetSocketType(), Socket::NS3_SOCK_DGRAM);
    EXPECT_EQ(server->GetRxAvailable(), 10u);

    Address from;
    ASSERT_TRUE(server->RecvFrom(from));
    EXPECT_EQ(from, Address(InetSocketAddress("192.0.2.1", 40000)));
    EXPECT_FALSE(server->Recv());
    EXPECT_EQ(server->GetErrno(), Socket::ERROR_AGAIN);
    Address peer;
    EXPECT_EQ(client->GetPeerName(peer), 0);
    EXPECT_EQ(peer, net.There(53));
    EXPECT_EQ(server->GetPeerName(peer), -1);
    EXPECT_EQ(server->GetErrno(), Socket::ERROR_NOTCONN);
    EXPECT_EQ(server->Send(Create<Packet>(1)), -1);
    EXPECT_EQ(server->Listen(), -1);
    EXPECT_EQ(server->GetErrno(), Socket::ERROR_OPNOTSUPP);
}

TEST_F(UdpSocketTest, HandsOnTosAndTtlAndTellsOfThemWhereItIsAskedTo)
{
    SocketIpTosTag tos;
    SocketIpTtlTag ttl;
    Ipv4PacketInfoTag info;
    client->SetIpTos(0x10);
    client->SetIpTtl(7);
    EXPECT_EQ(client->GetIpTtl(), 7);
    Soon([&] { client->Send(Create<Packet>(10)); });
    const Ptr<Packet> unasked = server->Recv();
    ASSERT_TRUE(unasked);
    EXPECT_FALSE(unasked->PeekPacketTag(tos) || unasked->PeekPacketTag(ttl) ||
                 unasked->PeekPacketTag(info));

    server->SetIpRecvTos(true);
    server->SetIpRecvTtl(true);
    server->SetRecvPktInfo(true);
    Soon([&] { client->Send(Create<Packet>(10)); });
    const Ptr<Packet> asked = server->Recv();
    ASSERT_TRUE(asked && asked->PeekPacketTag(tos) && asked->PeekPacketTag(ttl) &&
                asked->PeekPacketTag(info));
    // An address has a TOS of its own in some versions of ns-3, which connect() took over.
    EXPECT_EQ(tos.GetTos(), 0x10);
    EXPECT_EQ(ttl.GetTtl(), 7);
    EXPECT_EQ(info.GetAddress(), Ipv4Address("192.0.2.2"));
}

TEST_F(UdpSocketTest, HasTheAttributesAndTracesOfNs3sOwn)
{
    UintegerValue size;
    server->GetAttribute("RcvBufSize", size);
    EXPECT_EQ(size.Get(), 131072u);
    server->SetAttribute("RcvBufSize", UintegerValue(15));
    server->GetAttribute("RcvBufSize", size);
    EXPECT_EQ(size.Get(), 15u);
    for (const std::string name :
         {"IpTtl", "IpMulticastTtl", "IpMulticastIf", "IpMulticastLoop", "MtuDiscover"})
    {
        StringValue value;
        server->SetAttribute(name, StringValue("1"));
        server->GetAttribute(name, value);
        EXPECT_TRUE(value.Get() == "1" || value.Get() == "true") << name;
    }
    EXPECT_TRUE(server->SetAllowBroadcast(true));
    EXPECT_TRUE(server->GetAllowBroadcast());
    const auto udp = DynamicCast<UdpSocket>(server);
    EXPECT_EQ(udp->MulticastJoinGroup(0, Ipv4Address("224.0.0.9")), 0);
    EXPECT_EQ(udp->MulticastLeaveGroup(0, Ipv4Address("224.0.0.9")), 0);

    int drops = 0;
    EXPECT_TRUE(server->TraceConnectWithoutContext(
        "Drop",
        Callback<void, Ptr<const Packet>>([&](Ptr<const Packet>) { ++drops; })));
    Soon([&] {
        client->Send(Create<Packet>(10));
        client->Send(Create<Packet>(10));
    });
    EXPECT_EQ(drops, 1);
}

TEST_F(UdpSocketTest, TellsOfIcmpErrors)
{
    std::vector<Ipv4Address> tellers;
    const Callback<void, Ipv4Address, uint8_t, uint8_t, uint8_t, uint32_t> hear(
        [&](Ipv4Address teller, uint8_t, uint8_t, uint8_t, uint32_t) {
            tellers.push_back(teller);
        });
    client->SetAttribute("IcmpCallback", CallbackValue(hear));
    Soon([&] { client->SendTo(Create<Packet>(10), 0, net.There(54)); });
    EXPECT_EQ(tellers, std::vector<Ipv4Address>{Ipv4Address("192.0.2.2")});
}

TEST_F(UdpSocketTest, IsShutOneWayAndThenClosed)
{
    client->ShutdownSend();
    Soon([&] {
        EXPECT_EQ(client->Send(Create<Packet>(1)), -1);
        EXPECT_EQ(client->GetErrno(), Socket::ERROR_SHUTDOWN);
    });
    EXPECT_EQ(server->GetRxAvailable(), 0u);
    EXPECT_EQ(client->ShutdownRecv(), 0);
    EXPECT_EQ(Held(net.hosts.Get(0)), 1u);
    EXPECT_EQ(client->Close(), 0);
    EXPECT_EQ(Held(net.hosts.Get(0)), 0u);
    EXPECT_EQ(MakeUdp(net.hosts.Get(0))->Bind(), 0) << "ns-3 has let go of the port, too";
}

TEST_F(UdpSocketTest, MayBeClosedByItsOwnCallbackAndForgotten)
{
    server->SetRecvCallback(Callback<void, Ptr<Socket>>([](Ptr<Socket> socket) {
        socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
        EXPECT_EQ(socket->Close(), 0);
    }));
    server = nullptr;
    Soon([&] { client->Send(Create<Packet>(1)); });
    EXPECT_EQ(Held(net.hosts.Get(1)), 0u);
}

TEST_F(UdpSocketTest, StaysOnItsDevice)
{
    const auto loopback = net.hosts.Get(1)->GetDevice(1);
    server->BindToNetDevice(loopback);
    EXPECT_EQ(server->GetBoundNetDevice(), loopback);
    Soon([&] { client->Send(Create<Packet>(1)); });
    EXPECT_EQ(server->GetRxAvailable(), 0u);
    const auto another = MakeUdp(net.hosts.Get(1));
    another->BindToNetDevice(net.hosts.Get(1)->GetDevice(0));
    EXPECT_EQ(another->Bind(InetSocketAddress(Ipv4Address::GetAny(), 53)), 0);
    Soon([&] { client->Send(Create<Packet>(1)); });
    EXPECT_EQ(another->GetRxAvailable(), 1u);
}

TEST(UdpApplications, EchoInBothIpVersions)
{
    for (const bool isIpv6 : {false, true})
    {
        TwoHosts net(ONE_PORT);
        const std::vector<Address> answered = net.Echo(isIpv6 ? net.There6(7) : net.There(7));
        ASSERT_EQ(answered.size(), 3u);
        for (const Address& from : answered)
        {
            EXPECT_EQ(PortOf(from), 40000);
            EXPECT_EQ(Inet6SocketAddress::IsMatchingType(from), isIpv6);
        }
    }
}

TEST(UdpApplications, WorkByTheFactorysOwnNameAndByTheUsualOne)
{
    for (const std::string factory : {"ns3::PortlabUdpSocketFactory", "ns3::UdpSocketFactory"})
    {
        TwoHosts net(ONE_PORT);
        const InetSocketAddress anywhere(Ipv4Address::GetAny(), 9);
        auto sinks = PacketSinkHelper(factory, anywhere).Install(net.hosts.Get(1));
        OnOffHelper source(factory, net.There(9));
        source.SetConstantRate(DataRate("1Mbps"), 125);
        source.SetAttribute("MaxBytes", UintegerValue(1000));
        source.Install(net.hosts.Get(0));
        Address seen;
        sinks.Get(0)->TraceConnectWithoutContext(
            "Rx",
            Callback<void, Ptr<const Packet>, const Address&>(
                [&](Ptr<const Packet>, const Address& from) { seen = from; }));
        TwoHosts::RunUntil(Seconds(1));
        EXPECT_EQ(DynamicCast<PacketSink>(sinks.Get(0))->GetTotalRx(), 1000u) << factory;
        EXPECT_EQ(PortOf(seen), 40000);
        EXPECT_EQ(Held(net.hosts.Get(0)), 0u) << "it has sent all, and closed its socket";
    }
}

TEST(UdpApplications, OfAClientAndAServerWorkUnchanged)
{
    TwoHosts net(ONE_PORT);
    UdpServerHelper serving(9);
    const auto server = serving.Install(net.hosts.Get(1)).Get(0);
    UdpClientHelper client(net.There(9));
    client.SetAttribute("MaxPackets", UintegerValue(5));
    client.SetAttribute("Interval", TimeValue(MilliSeconds(10)));
    client.Install(net.hosts.Get(0));
    TwoHosts::RunUntil(Seconds(1));
    EXPECT_EQ(DynamicCast<UdpServer>(server)->GetReceived(), 5u);
    EXPECT_EQ(Held(net.hosts.Get(0)), 1u);
    EXPECT_EQ(Held(net.hosts.Get(1)), 2u) << "one socket for each IP version";
}

} // namespace

} // namespace portlab::test
