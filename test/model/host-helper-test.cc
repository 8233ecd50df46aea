// SPDX-License-Identifier: GPL-2.0-only

#include "model/ephemeral-ports.h"
#include "test/model/udp-net.h"

#include "ns3/bulk-send-helper.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv6.h"
#include "ns3/names.h"
#include "ns3/on-off-helper.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/random-variable-stream.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/udp-socket-factory.h"
#include "ns3/uinteger.h"

#include <gtest/gtest.h>

namespace portlab::test
{

namespace
{

using namespace ns3;
using ns3::Address; // Not the core's.

const TwoHosts::Installer STOCK = [](const NodeContainer& nodes) {
    InternetStackHelper().Install(nodes);
};

std::string
TypeOf(const Ptr<Object>& object)
{
    return object->GetInstanceTypeId().GetName();
}

std::string
SocketOf(const Ptr<Node>& node, const std::string& factory)
{
    return TypeOf(Socket::CreateSocket(node, TypeId::LookupByName(factory)));
}

std::string
Attribute(const Ptr<Node>& node, const std::string& name)
{
    StringValue value;
    node->GetObject<EphemeralPorts>()->GetAttribute(name, value);
    return value.Get();
}

int
CountUdpFactories(const Ptr<Node>& node)
{
    int count = 0;
    for (auto object = node->GetAggregateIterator(); object.HasNext();)
    {
        count += DynamicCast<const UdpSocketFactory>(object.Next()) ? 1 : 0;
    }
    return count;
}

/// The first host sends some bytes by TCP and some by UDP. The count that arrives.
uint64_t
Send(const TwoHosts& net)
{
    const InetSocketAddress anywhere(Ipv4Address::GetAny(), 9);
    ApplicationContainer sinks;
    for (const std::string factory : {"ns3::TcpSocketFactory", "ns3::UdpSocketFactory"})
    {
        sinks.Add(PacketSinkHelper(factory, anywhere).Install(net.hosts.Get(1)));
    }
    BulkSendHelper bulk("ns3::TcpSocketFactory", net.There(9));
    bulk.SetAttribute("MaxBytes", UintegerValue(10000));
    bulk.Install(net.hosts.Get(0));
    OnOffHelper source("ns3::UdpSocketFactory", net.There(9));
    source.SetConstantRate(DataRate("1Mbps"), 125);
    source.SetAttribute("MaxBytes", UintegerValue(1000));
    source.Install(net.hosts.Get(0));
    TwoHosts::RunUntil(Seconds(5));
    return DynamicCast<PacketSink>(sinks.Get(0))->GetTotalRx() +
           DynamicCast<PacketSink>(sinks.Get(1))->GetTotalRx();
}

class HostHelper : public testing::Test
{
  protected:
    ~HostHelper() override
    {
        Names::Clear();
        Simulator::Destroy();
    }
};

TEST_F(HostHelper, GivesFreshNodesTheSystemsTcpAndUdp)
{
    TwoHosts net(System("windows-11"));
    for (uint32_t i = 0; i < 2; ++i)
    {
        const auto node = net.hosts.Get(i);
        EXPECT_EQ(Attribute(node, "Profile"), "windows-11");
        EXPECT_EQ(TypeOf(node->GetObject<TcpL4Protocol>()), "ns3::PortlabTcpL4Protocol");
        EXPECT_EQ(SocketOf(node, "ns3::TcpSocketFactory"), "ns3::PortlabTcpSocket");
        EXPECT_EQ(SocketOf(node, "ns3::UdpSocketFactory"), "ns3::PortlabUdpSocket");
        EXPECT_EQ(SocketOf(node, "ns3::PortlabUdpSocketFactory"), "ns3::PortlabUdpSocket");
        EXPECT_EQ(CountUdpFactories(node), 1) << "no order of requests can bring up another";
    }
    EXPECT_EQ(Send(net), 11000u);
}

TEST_F(HostHelper, SetsTheSystemsKnobs)
{
    const auto node = CreateObject<Node>();
    PortlabHostHelper penguin("linux-6.18");
    penguin.Set("ports", "1024-2047");
    penguin.Set("net.ipv4.ip_local_reserved_ports", "1024-1999");
    penguin.Set("time_wait", "30s");
    penguin.Install(node);
    const portlab::OsProfile& system = node->GetObject<EphemeralPorts>()->System();
    EXPECT_EQ(system.ports.value.First(), 1024);
    EXPECT_EQ(system.timeWait.value, std::chrono::seconds(30));
    for (int i = 0; i < 48; ++i)
    {
        const auto socket = MakeUdp(node);
        ASSERT_EQ(socket->Bind(), 0);
        EXPECT_GE(PortOf(socket), 2000);
    }
    EXPECT_EQ(MakeUdp(node)->Bind(), -1);
}

TEST_F(HostHelper, SaysWhatIsWrongWithASystem)
{
    ExpectSentence("no such profile \"linx\". Did you mean linux",
                   [] { PortlabHostHelper helper("linx"); });
    ExpectSentence("linux-6.18 has no knob \"prots\"; `portlab profiles linux-6.18` prints",
                   [] { PortlabHostHelper("linux-6.18").Set("prots", "1-2"); });
    ExpectSentence("9-1", [] { PortlabHostHelper("linux-6.18").Set("ports", "9-1"); });
    ExpectSentence("ns3-stock is ns-3 as it is, and has nothing to set",
                   [] { PortlabHostHelper("ns3-stock").Set("ports", "1-2"); });
}

TEST_F(HostHelper, SaysWhatIsWrongWithANode)
{
    const NodeContainer nodes(2);
    const PortlabHostHelper penguin("linux-6.18");
    ExpectSentence("there is no node", [&] { penguin.Install(Ptr<Node>()); });
    ExpectSentence("no node is called \"alice\"; Names::Add", [&] { penguin.Install("alice"); });
    ExpectSentence("node 0 has no internet stack yet; call PortlabHostHelper::Install",
                   [&] { penguin.InstallFactories(nodes.Get(0)); });

    penguin.Install(nodes.Get(0));
    for (const std::string second : {"linux-6.18", "windows-11", "ns3-stock"})
    {
        ExpectSentence("node 0 has an operating system already, linux-6.18; install one",
                       [&] { PortlabHostHelper(second).Install(nodes.Get(0)); });
        ExpectSentence("node 0 has an operating system already",
                       [&] { PortlabHostHelper(second).InstallFactories(nodes.Get(0)); });
    }

    InternetStackHelper().Install(nodes.Get(1));
    for (const std::string late : {"linux-6.18", "ns3-stock"})
    {
        ExpectSentence("node 1 has an internet stack already: call PortlabHostHelper::Install in "
                       "the place of InternetStackHelper::Install",
                       [&] { PortlabHostHelper(late).Install(nodes.Get(1)); });
    }
    ExpectSentence("ns3-stock is what node 1 has already",
                   [&] { PortlabHostHelper("ns3-stock").InstallFactories(nodes.Get(1)); });
}

TEST_F(HostHelper, GivesANodeWithAStackFactoriesOfWhichTheUdpOneComesFirst)
{
    TwoHosts net([](const NodeContainer& nodes) {
        STOCK(nodes);
        PortlabHostHelper penguin("linux-6.18");
        penguin.Set("ports", "40000-40001");
        for (int i = 0; i < 1000; ++i)
        {
            // ns-3's own has no type of its own.
            EXPECT_EQ(TypeOf(nodes.Get(0)->GetObject<UdpSocketFactory>()), "ns3::UdpSocketFactory");
        }
        penguin.InstallFactories(nodes.Get(0));
    });
    const auto node = net.hosts.Get(0);
    EXPECT_EQ(CountUdpFactories(node), 2);
    for (int i = 0; i < 10; ++i)
    {
        // Whoever of the two is asked for more often must not matter.
        EXPECT_EQ(SocketOf(node, "ns3::UdpSocketFactory"), "ns3::PortlabUdpSocket");
        EXPECT_EQ(SocketOf(node, "ns3::PortlabUdpSocketFactory"), "ns3::PortlabUdpSocket");
    }
    EXPECT_EQ(SocketOf(node, "ns3::PortlabTcpSocketFactory"), "ns3::PortlabTcpSocket");
    EXPECT_EQ(SocketOf(node, "ns3::TcpSocketFactory"), "ns3::TcpSocketBase");
    EXPECT_EQ(Attribute(node, "Ports"), "40000-40001");
    EXPECT_EQ(Send(net), 11000u);
}

TEST_F(HostHelper, LeavesNs3AsItIsForTheStockProfile)
{
    const auto recorded = [](const TwoHosts::Installer& install) {
        TwoHosts net(install);
        net.Record();
        EXPECT_EQ(Send(net), 11000u);
        return net.Recorded();
    };
    const std::string expected = recorded(STOCK);
    EXPECT_EQ(recorded(System("ns3-stock")), expected);
    EXPECT_NE(recorded(System("linux-6.18")), expected);

    TwoHosts net(System("ns3-stock"));
    EXPECT_FALSE(net.hosts.Get(0)->GetObject<EphemeralPorts>());
    EXPECT_EQ(PortlabHostHelper("ns3-stock").AssignStreams(net.hosts, 5), 0);
}

TEST_F(HostHelper, TakesNoRandomNumbersFromOtherModels)
{
    const auto streams = [](const TwoHosts::Installer& install) {
        const uint64_t before = RngSeedManager::GetNextStreamIndex();
        TwoHosts net(install);
        Send(net);
        const auto next = CreateObject<UniformRandomVariable>();
        next->GetValue();
        return RngSeedManager::GetNextStreamIndex() - before;
    };
    const uint64_t expected = streams(STOCK);
    EXPECT_EQ(streams(System("linux-6.18")), expected);
    EXPECT_EQ(streams(System("ns3-stock")), expected);
    EXPECT_EQ(streams([](const NodeContainer& nodes) {
                  STOCK(nodes);
                  PortlabHostHelper("windows-11").InstallFactories(nodes.Get(0));
              }),
              expected);
}

TEST_F(HostHelper, TakesTheUsersOwnStack)
{
    InternetStackHelper stack;
    stack.SetIpv6StackInstall(false);
    PortlabHostHelper penguin("linux-6.18");
    penguin.SetInternetStack(stack);
    stack.SetIpv6StackInstall(true); // Too late: the helper has a copy.
    TwoHosts net([&](const NodeContainer& nodes) { PortlabHostHelper(penguin).Install(nodes); });
    EXPECT_FALSE(net.hosts.Get(0)->GetObject<Ipv6>());
    EXPECT_EQ(SocketOf(net.hosts.Get(0), "ns3::TcpSocketFactory"), "ns3::PortlabTcpSocket");
    EXPECT_EQ(Send(net), 11000u);
}

TEST_F(HostHelper, FindsNodesByNameAndAll)
{
    const NodeContainer nodes(3);
    Names::Add("alice", nodes.Get(1));
    PortlabHostHelper("windows-11").Install("alice");
    EXPECT_EQ(Attribute(nodes.Get(1), "Profile"), "windows-11");
    EXPECT_FALSE(nodes.Get(0)->GetObject<EphemeralPorts>());

    Simulator::Destroy();
    Names::Clear();
    const NodeContainer others(3);
    PortlabHostHelper().InstallAll();
    EXPECT_EQ(Attribute(others.Get(2), "Profile"), "linux-6.18");
}

TEST_F(HostHelper, FixesStreamsNodeByNode)
{
    const auto ports = [](int64_t stream) {
        TwoHosts net(System("linux-6.18"));
        EXPECT_EQ(PortlabHostHelper().AssignStreams(net.hosts, stream), 2);
        std::vector<std::uint16_t> list;
        for (int i = 0; i < 10; ++i)
        {
            const auto socket = MakeUdp(net.hosts.Get(i % 2 == 0 ? 0 : 1));
            socket->Bind();
            list.push_back(PortOf(socket));
        }
        return list;
    };
    const auto at7 = ports(7);
    EXPECT_EQ(ports(7), at7);
    const auto at8 = ports(8);
    EXPECT_EQ(at8[0], at7[1]) << "the second host had 8 at first, the first has it now";
    EXPECT_NE(at8[1], at7[1]);
}

} // namespace

} // namespace portlab::test
