// SPDX-License-Identifier: GPL-2.0-only

#include "test/model/nat-test-net.h"

#include "ns3/bulk-send-helper.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/uinteger.h"

#include <gtest/gtest.h>

namespace
{

using namespace ns3;
using portlab::NatDrop;
using portlab::test::NatTestNet;
using portlab::test::Text;
using portlab::test::UdpPeer;

/// Inside hosts that speak to each other by their external endpoints.
class NatHairpinTest : public testing::Test
{
  protected:
    NatHairpinTest()
    {
        m_net.AddSite(2);
        m_net.AddServer();
    }

    NatTestNet m_net;
};

TEST_F(NatHairpinTest, ConesTranslateBothEnds)
{
    m_net.Install(NatHelper("full-cone"));
    UdpPeer one(m_net.Client(0), 5000);
    UdpPeer other(m_net.Client(1), 6000, true);
    other.Send({NatTestNet::ServerAddress(), 9});
    NatTestNet::RunUntil(Seconds(1));
    one.Send({NatTestNet::External(), 6000});
    NatTestNet::RunUntil(Seconds(2));

    ASSERT_EQ(other.heard.size(), 1u);
    EXPECT_EQ(Text(other.heard[0].from), Text(InetSocketAddress(NatTestNet::External(), 5000)));
    ASSERT_EQ(one.heard.size(), 1u);
    EXPECT_EQ(Text(one.heard[0].from), Text(InetSocketAddress(NatTestNet::External(), 6000)));
}

TEST_F(NatHairpinTest, FragmentsBendAsWell)
{
    m_net.Install(NatHelper("full-cone"));
    UdpPeer one(m_net.Client(0), 5000);
    UdpPeer other(m_net.Client(1), 6000, true);
    other.Send({NatTestNet::ServerAddress(), 9});
    NatTestNet::RunUntil(Seconds(1));
    one.Send({NatTestNet::External(), 6000}, 4000);
    NatTestNet::RunUntil(Seconds(2));

    ASSERT_EQ(one.heard.size(), 1u);
    EXPECT_EQ(one.heard[0].size, 4000u);
}

TEST_F(NatHairpinTest, TransfersOverAForwardedPortGetThrough)
{
    NatHelper helper("port-restricted-cone");
    helper.AddForward(6, 8080, {NatTestNet::ClientAddress(1), 80});
    m_net.Install(helper);
    PacketSinkHelper sinks("ns3::TcpSocketFactory", InetSocketAddress(Ipv4Address::GetAny(), 80));
    const auto sink = DynamicCast<PacketSink>(sinks.Install(m_net.Client(1)).Get(0));
    BulkSendHelper bulk("ns3::TcpSocketFactory", InetSocketAddress(NatTestNet::External(), 8080));
    bulk.SetAttribute("MaxBytes", UintegerValue(50000));
    bulk.Install(m_net.Client(0));
    NatTestNet::RunUntil(Seconds(10));

    EXPECT_EQ(sink->GetTotalRx(), 50000u);
}

TEST_F(NatHairpinTest, LinuxTakesThemForItsOwn)
{
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("linux-masquerade"));
    UdpPeer router(m_net.Router(), 7000, true);
    UdpPeer one(m_net.Client(0), 5000);
    UdpPeer other(m_net.Client(1), 6000, true);
    other.Send({NatTestNet::ServerAddress(), 9});
    NatTestNet::RunUntil(Seconds(1));
    one.Send({NatTestNet::External(), 6000});
    NatTestNet::RunUntil(Seconds(2));

    EXPECT_TRUE(other.heard.empty());
    EXPECT_EQ(nat->GetDevice().Counters().dropped[static_cast<int>(NatDrop::Hairpin)], 1u);

    one.Send({NatTestNet::External(), 7000});
    NatTestNet::RunUntil(Seconds(3));

    ASSERT_EQ(one.heard.size(), 1u) << "the router's own service answers";
    EXPECT_EQ(Text(one.heard[0].from), Text(InetSocketAddress("10.0.0.1", 7000)))
        << "as its route says";
}

} // namespace
