// SPDX-License-Identifier: GPL-2.0-only

// Behind a NAT, FlowMonitor counts what it counts everywhere.

#include "test/model/nat-test-net.h"

#include "ns3/boolean.h"
#include "ns3/bulk-send-helper.h"
#include "ns3/flow-id-tag.h"
#include "ns3/flow-monitor-helper.h"
#include "ns3/flow-monitor.h"
#include "ns3/global-value.h"
#include "ns3/ipv4-flow-classifier.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/simulator.h"
#include "ns3/uinteger.h"

#include <gtest/gtest.h>
#include <string>

namespace
{

using namespace ns3;
using portlab::test::NatTestNet;
using portlab::test::UdpPeer;

/// With checksums on (true) and off.
class NatFlowMonitorTest : public testing::TestWithParam<bool>
{
  protected:
    NatFlowMonitorTest()
    {
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(GetParam()));
        m_net.AddSite(2);
        m_net.AddServer();
    }

    ~NatFlowMonitorTest() override
    {
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(false));
    }

    /// As users do it: after the NAT, on all nodes.
    void Monitor()
    {
        m_monitor = m_helper.InstallAll();
    }

    /// The flow that begins at an address.
    const FlowMonitor::FlowStats& FlowFrom(Ipv4Address source) const
    {
        const auto classifier = DynamicCast<Ipv4FlowClassifier>(m_classifier);
        for (const auto& [id, flow] : m_stats)
        {
            if (classifier->FindFlow(id).sourceAddress == source)
            {
                return flow;
            }
        }
        throw std::out_of_range("no flow begins there");
    }

    void Run(Time until)
    {
        NatTestNet::RunUntil(until);
        m_monitor->CheckForLostPackets(Seconds(0));
        m_stats = m_monitor->GetFlowStats();
        m_classifier = m_helper.GetClassifier();
    }

    void ExpectNothingLost() const
    {
        for (const auto& [id, flow] : m_stats)
        {
            EXPECT_GT(flow.txPackets, 0u) << "flow " << id;
            EXPECT_EQ(flow.rxPackets, flow.txPackets) << "flow " << id;
            EXPECT_EQ(flow.rxBytes, flow.txBytes) << "flow " << id;
            EXPECT_EQ(flow.lostPackets, 0u) << "flow " << id;
        }
    }

    NatTestNet m_net;
    FlowMonitorHelper m_helper;
    Ptr<FlowMonitor> m_monitor;
    Ptr<FlowClassifier> m_classifier;
    FlowMonitor::FlowStatsContainer m_stats;
};

INSTANTIATE_TEST_SUITE_P(Checksums,
                         NatFlowMonitorTest,
                         testing::Bool(),
                         [](const testing::TestParamInfo<bool>& on) {
                             return std::string(on.param ? "On" : "Off");
                         });

TEST_P(NatFlowMonitorTest, SeesAllOfATcpTransferInBothDirections)
{
    m_net.Install(NatHelper("linux-masquerade"));
    const InetSocketAddress service(NatTestNet::ServerAddress(), 80);
    PacketSinkHelper sinks("ns3::TcpSocketFactory", InetSocketAddress(Ipv4Address::GetAny(), 80));
    const auto sink = DynamicCast<PacketSink>(sinks.Install(m_net.Server()).Get(0));
    BulkSendHelper bulk("ns3::TcpSocketFactory", service);
    bulk.SetAttribute("MaxBytes", UintegerValue(50000));
    bulk.Install(m_net.Client(0));
    bulk.Install(m_net.Client(1));
    Monitor();

    Run(Seconds(20));

    ASSERT_EQ(m_stats.size(), 4u);
    ExpectNothingLost();
    EXPECT_EQ(sink->GetTotalRx(), 100000u);
    const uint64_t headers = 20 + 20;
    EXPECT_GT(FlowFrom(NatTestNet::ClientAddress(0)).rxBytes, 50000u + headers);
    EXPECT_EQ(FlowFrom(NatTestNet::ClientAddress(0)).timesForwarded,
              2 * FlowFrom(NatTestNet::ClientAddress(0)).rxPackets)
        << "the NAT and the internet forward";
}

TEST_P(NatFlowMonitorTest, SeesAllUdpInBothDirections)
{
    m_net.Install(NatHelper("symmetric"));
    UdpPeer server(m_net.Server(), 7, true);
    UdpPeer client(m_net.Client(), 5000);
    Monitor();
    for (int packet = 0; packet < 10; ++packet)
    {
        client.Send({NatTestNet::ServerAddress(), 7}, 100);
    }

    Run(Seconds(1));

    ASSERT_EQ(m_stats.size(), 2u);
    ExpectNothingLost();
    EXPECT_EQ(client.heard.size(), 10u);
    EXPECT_EQ(FlowFrom(NatTestNet::ServerAddress()).rxPackets, 10u);
    EXPECT_EQ(FlowFrom(NatTestNet::ClientAddress()).rxBytes, 10 * (100 + 8 + 20u));
}

TEST_P(NatFlowMonitorTest, SeesDatagramsThatWereInFragments)
{
    m_net.Install(NatHelper("symmetric"));
    UdpPeer server(m_net.Server(), 7, true);
    UdpPeer client(m_net.Client(), 5000);
    Monitor();
    client.Send({NatTestNet::ServerAddress(), 7}, 4000);

    Run(Seconds(1));

    ASSERT_EQ(client.heard.size(), 1u);
    for (const auto& [id, flow] : m_stats)
    {
        EXPECT_EQ(flow.rxPackets, 1u);
        EXPECT_EQ(flow.lostPackets, 0u);
    }
}

TEST_P(NatFlowMonitorTest, SeesHairpins)
{
    m_net.Install(NatHelper("full-cone"));
    UdpPeer one(m_net.Client(0), 5000);
    UdpPeer other(m_net.Client(1), 6000, true);
    Monitor();
    other.Send({NatTestNet::ServerAddress(), 9}); // Opens its external port, and is lost there.
    NatTestNet::RunUntil(MilliSeconds(100));
    one.Send({NatTestNet::External(), 6000});

    Run(Seconds(1));

    ASSERT_EQ(one.heard.size(), 1u);
    ASSERT_EQ(m_stats.size(), 3u);
    ExpectNothingLost();
}

TEST_P(NatFlowMonitorTest, CountsWhatTheNatDropsAsLost)
{
    NatHelper helper("symmetric");
    helper.Set("ports", "2000-2000");
    m_net.Install(helper);
    UdpPeer server(m_net.Server(), 7);
    UdpPeer one(m_net.Client(0), 5000);
    UdpPeer other(m_net.Client(1), 5000);
    Monitor();
    one.Send({NatTestNet::ServerAddress(), 7});
    other.Send({NatTestNet::ServerAddress(), 7});

    Run(Seconds(1));

    EXPECT_EQ(server.heard.size(), 1u);
    EXPECT_EQ(FlowFrom(NatTestNet::ClientAddress(0)).lostPackets, 0u);
    EXPECT_EQ(FlowFrom(NatTestNet::ClientAddress(1)).lostPackets, 1u);
}

TEST_P(NatFlowMonitorTest, IsNotTheOnlyOneWhoseTagsStay)
{
    m_net.Install(NatHelper("linux-masquerade"));
    const auto factory = TypeId::LookupByName("ns3::UdpSocketFactory");
    const Ptr<Socket> server = Socket::CreateSocket(m_net.Server(), factory);
    server->Bind(InetSocketAddress(Ipv4Address::GetAny(), 7));
    const Ptr<Socket> client = Socket::CreateSocket(m_net.Client(), factory);
    const auto packet = Create<Packet>(100);
    packet->AddByteTag(FlowIdTag(17), 10, 20);
    Simulator::Schedule(Seconds(0.1), [&] {
        client->SendTo(packet, 0, InetSocketAddress(NatTestNet::ServerAddress(), 7));
    });
    NatTestNet::RunUntil(Seconds(1));

    const Ptr<Packet> received = server->Recv();
    ASSERT_TRUE(received);
    ByteTagIterator tags = received->GetByteTagIterator();
    ASSERT_TRUE(tags.HasNext());
    const ByteTagIterator::Item item = tags.Next();
    FlowIdTag tag;
    item.GetTag(tag);

    EXPECT_EQ(tag.GetFlowId(), 17u);
    EXPECT_EQ(item.GetStart(), 10u);
    EXPECT_EQ(item.GetEnd(), 20u);
    EXPECT_FALSE(tags.HasNext());
}

} // namespace
