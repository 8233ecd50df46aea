// SPDX-License-Identifier: GPL-2.0-only

#include "test/model/nat-test-net.h"

#include "ns3/boolean.h"
#include "ns3/bulk-send-helper.h"
#include "ns3/global-value.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/uinteger.h"

#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <string>

namespace
{

using namespace ns3;
using portlab::test::NatTestNet;
using portlab::test::Text;
using portlab::test::UdpPeer;

/// With checksums on (true) and off.
class NatRouterTest : public testing::TestWithParam<bool>
{
  protected:
    NatRouterTest()
    {
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(GetParam()));
        m_net.AddSite(2);
        m_net.AddServer();
        m_net.AddServer();
    }

    ~NatRouterTest() override
    {
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(false));
    }

    /// Bytes that a transfer sends to port 80 of the server.
    void SendBytes(const Ptr<Node>& from, uint32_t bytes)
    {
        BulkSendHelper bulk("ns3::TcpSocketFactory",
                            InetSocketAddress(NatTestNet::ServerAddress(), 80));
        bulk.SetAttribute("MaxBytes", UintegerValue(bytes));
        bulk.Install(from);
    }

    Ptr<PacketSink> Sink(const Ptr<Node>& node)
    {
        PacketSinkHelper helper("ns3::TcpSocketFactory",
                                InetSocketAddress(Ipv4Address::GetAny(), 80));
        const auto sink = DynamicCast<PacketSink>(helper.Install(node).Get(0));
        sink->TraceConnectWithoutContext("Rx", MakeCallback(&NatRouterTest::NoteSender, this));
        return sink;
    }

    void NoteSender(Ptr<const Packet>, const Address& from)
    {
        const auto sender = InetSocketAddress::ConvertFrom(from);
        m_senders.insert(sender.GetIpv4());
        m_ports.insert(sender.GetPort());
    }

    InetSocketAddress Server(uint16_t port, uint32_t server = 0)
    {
        return {NatTestNet::ServerAddress(server), port};
    }

    NatTestNet m_net;
    std::set<Ipv4Address> m_senders;
    std::set<uint16_t> m_ports;
};

INSTANTIATE_TEST_SUITE_P(Checksums,
                         NatRouterTest,
                         testing::Bool(),
                         [](const testing::TestParamInfo<bool>& on) {
                             return std::string(on.param ? "On" : "Off");
                         });

TEST_P(NatRouterTest, CarriesTcpOfTwoClientsUnderOneAddress)
{
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("linux-masquerade"));
    const Ptr<PacketSink> sink = Sink(m_net.Server());
    SendBytes(m_net.Client(0), 100000);
    SendBytes(m_net.Client(1), 100000);

    NatTestNet::RunUntil(Seconds(20));

    EXPECT_EQ(sink->GetTotalRx(), 200000u);
    EXPECT_EQ(m_senders, (std::set<Ipv4Address>{NatTestNet::External()}));
    EXPECT_EQ(m_ports.size(), 2u) << "both clients chose the same port";
    EXPECT_EQ(nat->GetDevice().Counters().granted, 2u);
    EXPECT_EQ(nat->GetDevice().Counters().collisions, 1u);
    EXPECT_EQ(nat->GetDevice().Counters().dropped, (decltype(portlab::NatCounters::dropped){}));
}

TEST_P(NatRouterTest, CarriesUdpAndItsAnswersToTheRightClient)
{
    m_net.Install(NatHelper("linux-masquerade"));
    UdpPeer server(m_net.Server(), 7, true);
    UdpPeer one(m_net.Client(0), 5000);
    UdpPeer other(m_net.Client(1), 5000);
    one.Send(Server(7), 100);
    other.Send(Server(7), 200);

    NatTestNet::RunUntil(Seconds(1));

    ASSERT_EQ(server.heard.size(), 2u);
    EXPECT_EQ(server.heard[0].from.GetIpv4(), NatTestNet::External());
    EXPECT_EQ(server.heard[0].from.GetPort(), 5000) << "the port is kept";
    EXPECT_NE(server.heard[1].from.GetPort(), 5000) << "if it is free";
    ASSERT_EQ(one.heard.size(), 1u);
    EXPECT_EQ(one.heard[0].size, 100u);
    EXPECT_EQ(Text(one.heard[0].from), Text(Server(7)));
    ASSERT_EQ(other.heard.size(), 1u);
    EXPECT_EQ(other.heard[0].size, 200u);
}

TEST_P(NatRouterTest, DropsWhatNobodyAskedFor)
{
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("linux-masquerade"));
    UdpPeer client(m_net.Client(), 5000);
    UdpPeer server(m_net.Server(0), 7);
    UdpPeer stranger(m_net.Server(1), 7);
    client.Send(Server(7));
    NatTestNet::RunUntil(Seconds(1));

    stranger.Send({NatTestNet::External(), 5000});
    server.Send({NatTestNet::External(), 5001});
    NatTestNet::RunUntil(Seconds(2));

    EXPECT_TRUE(client.heard.empty());
    EXPECT_EQ(nat->GetDevice().Counters().dropped[static_cast<int>(portlab::NatDrop::Filtered)],
              2u);
}

TEST_P(NatRouterTest, LetsTheRouterSpeakForItself)
{
    m_net.Install(NatHelper("linux-masquerade"));
    UdpPeer server(m_net.Server(), 7, true);
    UdpPeer router(m_net.Router(), 5000, true);
    router.Send(Server(7));
    NatTestNet::RunUntil(Seconds(1));
    EXPECT_EQ(Text(server.heard.at(0).from), Text(InetSocketAddress(NatTestNet::External(), 5000)));
    EXPECT_EQ(Text(router.heard.at(0).from), Text(Server(7)));

    UdpPeer caller(m_net.Server(1), 9);
    caller.Send({NatTestNet::External(), 5000});
    NatTestNet::RunUntil(Seconds(2));

    EXPECT_EQ(Text(caller.heard.at(0).from), Text(InetSocketAddress(NatTestNet::External(), 5000)));
}

TEST_P(NatRouterTest, OnlyRoutesFromInsideToInside)
{
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("linux-masquerade"));
    UdpPeer one(m_net.Client(0), 5000);
    UdpPeer other(m_net.Client(1), 6000);
    one.Send({NatTestNet::ClientAddress(1), 6000});

    NatTestNet::RunUntil(Seconds(1));

    EXPECT_EQ(Text(other.heard.at(0).from),
              Text(InetSocketAddress(NatTestNet::ClientAddress(0), 5000)));
    EXPECT_EQ(nat->GetDevice().Counters().asked, 0u);
}

TEST_P(NatRouterTest, SendsForwardedPortsInside)
{
    NatHelper helper("linux-masquerade");
    helper.AddForward(17, 8080, {NatTestNet::ClientAddress(1), 80});
    m_net.Install(helper);
    UdpPeer inside(m_net.Client(1), 80, true);
    UdpPeer caller(m_net.Server(), 9);
    caller.Send({NatTestNet::External(), 8080});

    NatTestNet::RunUntil(Seconds(1));

    EXPECT_EQ(Text(inside.heard.at(0).from), Text(Server(9)));
    EXPECT_EQ(Text(caller.heard.at(0).from), Text(InetSocketAddress(NatTestNet::External(), 8080)));
}

TEST_P(NatRouterTest, TranslatesFragmentsBothWays)
{
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("linux-masquerade"));
    UdpPeer server(m_net.Server(), 7, true);
    UdpPeer client(m_net.Client(), 5000);
    client.Send(Server(7), 4000);

    NatTestNet::RunUntil(Seconds(1));

    ASSERT_EQ(server.heard.size(), 1u);
    EXPECT_EQ(server.heard[0].size, 4000u);
    EXPECT_EQ(Text(server.heard[0].from), Text(InetSocketAddress(NatTestNet::External(), 5000)));
    ASSERT_EQ(client.heard.size(), 1u);
    EXPECT_EQ(client.heard[0].size, 4000u);
    EXPECT_EQ(nat->GetDroppedFragments(), 0u);
    EXPECT_EQ(nat->GetDevice().Counters().asked, 1u) << "a datagram is one packet to the device";
}

TEST_P(NatRouterTest, DropsFragmentsWhereTheDeviceDoes)
{
    NatHelper helper("azure-lb-default");
    const Ptr<NatRouter> nat = m_net.Install(helper);
    std::set<std::string> reasons;
    nat->TraceConnectWithoutContext(
        "Dropped",
        Callback<void, Ptr<const Packet>, const Ipv4Header&, std::string>(
            [&](Ptr<const Packet>, const Ipv4Header&, std::string reason) {
                reasons.insert(reason);
            }));
    UdpPeer server(m_net.Server(), 7, true);
    UdpPeer client(m_net.Client(), 5000);
    client.Send(Server(7), 4000);
    client.Send(Server(7), 1000);

    NatTestNet::RunUntil(Seconds(1));

    ASSERT_EQ(server.heard.size(), 1u);
    EXPECT_EQ(server.heard[0].size, 1000u);
    EXPECT_EQ(nat->GetDroppedFragments(), 3u);
    EXPECT_EQ(reasons, (std::set<std::string>{"fragment"}));
}

TEST_P(NatRouterTest, UsesAPoolAsItsPresetDoes)
{
    // Paired: every inside host has one external address, and the first hosts get one each.
    NatHelper helper("cgn-pba");
    helper.AddAddress(NatTestNet::External(1));
    m_net.Install(helper);
    UdpPeer server(m_net.Server(), 7, true);
    UdpPeer one(m_net.Client(0), 5000);
    UdpPeer other(m_net.Client(1), 5000);
    one.Send(Server(7));
    other.Send(Server(7));

    NatTestNet::RunUntil(Seconds(1));

    ASSERT_EQ(server.heard.size(), 2u);
    EXPECT_EQ(server.heard[0].from.GetIpv4(), NatTestNet::External(0));
    EXPECT_EQ(server.heard[1].from.GetIpv4(), NatTestNet::External(1));
    EXPECT_EQ(one.heard.size(), 1u);
    EXPECT_EQ(other.heard.size(), 1u);
}

TEST_P(NatRouterTest, TellsWhatItDoes)
{
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("linux-masquerade"));
    std::vector<std::string> told;
    using Ends = const InetSocketAddress&;
    nat->TraceConnectWithoutContext(
        "MappingAdded",
        Callback<void, Ends, Ends, Ends, uint8_t>(
            [&](Ends inside, Ends external, Ends remote, uint8_t protocol) {
                told.push_back(Text(inside) + " as " + Text(external) + " to " + Text(remote) +
                               " by " + std::to_string(protocol));
            }));
    uint32_t translated = 0;
    nat->TraceConnectWithoutContext(
        "Translated",
        Callback<void, Ptr<const Packet>, const Ipv4Header&, const Ipv4Header&>(
            [&](Ptr<const Packet>, const Ipv4Header&, const Ipv4Header&) { ++translated; }));
    UdpPeer server(m_net.Server(), 7, true);
    UdpPeer client(m_net.Client(), 5000);
    client.Send(Server(7));

    NatTestNet::RunUntil(Seconds(1));

    EXPECT_EQ(
        told,
        (std::vector<std::string>{"10.0.0.2:5000 as 203.0.113.2:5000 to 198.51.100.2:7 by 17"}));
    EXPECT_EQ(translated, 2u);
}

} // namespace
