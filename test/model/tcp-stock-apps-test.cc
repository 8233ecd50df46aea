// SPDX-License-Identifier: GPL-2.0-only

#include "model/portlab-tcp-socket-factory.h"
#include "test/model/tcp-net.h"

#include "ns3/bulk-send-helper.h"
#include "ns3/config.h"
#include "ns3/inet-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/object-ptr-container.h"
#include "ns3/on-off-helper.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/pointer.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/tcp-socket-base.h"
#include "ns3/tcp-vegas.h"
#include "ns3/three-gpp-http-client.h"
#include "ns3/three-gpp-http-helper.h"
#include "ns3/uinteger.h"

#include <cstdio>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

namespace
{

using namespace ns3;
using portlab::test::TcpNet;
using portlab::test::TcpProgram;

const char* const TCP = "ns3::TcpSocketFactory";

Ptr<PacketSink>
InstallSink(const Ptr<Node>& node)
{
    PacketSinkHelper sink(TCP, InetSocketAddress(Ipv4Address::GetAny(), 80));
    return DynamicCast<PacketSink>(sink.Install(node).Get(0));
}

void
InstallBulk(const Ptr<Node>& node, const Address& to, const std::string& factory = TCP)
{
    BulkSendHelper bulk(factory, to);
    bulk.SetAttribute("MaxBytes", UintegerValue(100000));
    bulk.Install(node);
}

TEST(TcpStockApps, BulkSendersToTwoServersShareTheirPort)
{
    TcpNet::Options options;
    options.ports = "40000";
    options.servers = 2;
    TcpNet net(options);
    const Ptr<PacketSink> first = InstallSink(net.Server(0));
    const Ptr<PacketSink> second = InstallSink(net.Server(1));
    InstallBulk(net.Client(), net.ServerAt(80, 0));
    InstallBulk(net.Client(), net.ServerAt(80, 1));
    TcpNet::Pass(Seconds(10));

    EXPECT_EQ(first->GetTotalRx(), 100000u);
    EXPECT_EQ(second->GetTotalRx(), 100000u);
    EXPECT_EQ(TcpNet::Tcp(net.Client())->GetTimeWaits(), 2u);
}

TEST(TcpStockApps, OnOffSends)
{
    TcpNet net({});
    const Ptr<PacketSink> sink = InstallSink(net.Server());
    OnOffHelper onOff(TCP, net.ServerAt(80));
    onOff.SetConstantRate(DataRate("8Mbps"), 1000);
    onOff.SetAttribute("MaxBytes", UintegerValue(50000));
    onOff.Install(net.Client()).Stop(Seconds(5));
    TcpNet::Pass(Seconds(10));

    EXPECT_EQ(sink->GetTotalRx(), 50000u);
    EXPECT_EQ(net.Ports()->GetHeld(), 0u);
}

void
CountObject(int* objects,
            Ptr<const ThreeGppHttpClient> /* client */,
            Ptr<const Packet> /* object */)
{
    ++*objects;
}

TEST(TcpStockApps, ThreeGppHttpReads)
{
    TcpNet net({});
    const auto server = Ipv4Address::ConvertFrom(net.ServerAddress());
    ThreeGppHttpServerHelper(server).Install(net.Server());
    const auto client = ThreeGppHttpClientHelper(server).Install(net.Client()).Get(0);
    int objects = 0;
    client->TraceConnectWithoutContext("RxMainObject", MakeBoundCallback(&CountObject, &objects));
    TcpNet::Pass(Seconds(60));
    EXPECT_GE(objects, 1);
}

void
CountChange(int* changes, uint32_t /* before */, uint32_t /* after */)
{
    ++*changes;
}

TEST(TcpStockApps, SocketListHasItsPath)
{
    TcpNet net({});
    InstallSink(net.Server());
    InstallBulk(net.Client(), net.ServerAt(80));
    TcpNet::Pass(MilliSeconds(1));
    int changes = 0;
    Config::ConnectWithoutContext("/NodeList/0/$ns3::TcpL4Protocol/SocketList/0/CongestionWindow",
                                  MakeBoundCallback(&CountChange, &changes));
    TcpNet::Pass(Seconds(1));
    EXPECT_GT(changes, 1);
}

TEST(TcpStockApps, SocketListLosesAndKeepsTheRightSockets)
{
    TcpNet net({});
    net.Listen(80);
    std::vector<TcpProgram*> programs;
    for (int i = 0; i < 10; ++i)
    {
        programs.push_back(&net.Connect(80));
    }
    TcpNet::Pass(Seconds(1));
    for (const std::size_t closed : {0u, 9u, 4u})
    {
        programs[closed]->socket->Close();
        TcpNet::Pass(Seconds(1));
    }
    ObjectPtrContainerValue list;
    net.Client()->GetObject<TcpL4Protocol>()->GetAttribute("SocketList", list);
    EXPECT_EQ(list.GetN(), 7u);
    for (auto socket = list.Begin(); socket != list.End(); ++socket)
    {
        Address peer;
        EXPECT_EQ(DynamicCast<TcpSocketBase>(socket->second)->GetPeerName(peer), 0);
    }
}

TEST(TcpStockApps, CongestionControlIsTheProtocols)
{
    const TypeIdValue vegas(TcpVegas::GetTypeId());
    TcpNet net({});
    net.Client()->GetObject<TcpL4Protocol>()->SetAttribute("SocketType", vegas);
    PointerValue control;
    net.Run(net.Client()).socket->GetAttribute("CongestionOps", control);
    EXPECT_TRUE(DynamicCast<TcpVegas>(control.Get<Object>()));
}

TEST(TcpStockApps, WithAFactoryOfTheirOwnNeedNoOtherStack)
{
    TcpNet::Options options;
    options.client = "";
    options.server = "";
    options.servers = 2;
    TcpNet net(options);
    const auto ports = CreateObject<EphemeralPorts>();
    ports->SetAttribute("Ports", StringValue("40000"));
    net.Client()->AggregateObject(ports);
    net.Client()->AggregateObject(CreateObject<PortlabTcpSocketFactory>());
    const Ptr<PacketSink> first = InstallSink(net.Server(0));
    const Ptr<PacketSink> second = InstallSink(net.Server(1));
    InstallBulk(net.Client(), net.ServerAt(80, 0), "ns3::PortlabTcpSocketFactory");
    InstallBulk(net.Client(), net.ServerAt(80, 1), "ns3::PortlabTcpSocketFactory");
    TcpNet::Until(Seconds(10));

    EXPECT_EQ(first->GetTotalRx(), 100000u);
    EXPECT_EQ(second->GetTotalRx(), 100000u);
    EXPECT_EQ(ports->GetHeld(), 0u);
    EXPECT_EQ(ports->GetWaiting(), 2u);
    ObjectPtrContainerValue sockets;
    net.Client()->GetObject<TcpL4Protocol>()->GetAttribute("SocketList", sockets);
    EXPECT_EQ(sockets.GetN(), 2u); // In TIME_WAIT.
    TcpNet::Until(Seconds(63));
    EXPECT_EQ(ports->GetWaiting(), 0u);
    net.Client()->GetObject<TcpL4Protocol>()->GetAttribute("SocketList", sockets);
    EXPECT_EQ(sockets.GetN(), 0u);
}

/// A small script: what went over the wire, and how many random streams it took.
struct Script
{
    std::string packets{};
    uint64_t streams{0};

    Script(const std::string& system, const std::string& file)
    {
        const uint64_t before = RngSeedManager::GetNextStreamIndex();
        {
            TcpNet::Options options;
            options.client = system;
            options.server = system;
            options.hasIpv6 = false;
            TcpNet net(options);
            InstallSink(net.Server());
            InstallBulk(net.Client(), net.ServerAt(80));
            InstallBulk(net.Client(), net.ServerAt(81));
            PointToPointHelper().EnablePcap(file, net.Client()->GetDevice(1), true, true);
            TcpNet::Pass(Seconds(500));
        }
        streams = RngSeedManager::GetNextStreamIndex() - before;
        std::ifstream written(file, std::ios::binary);
        packets.assign(std::istreambuf_iterator<char>(written), {});
        std::remove(file.c_str());
    }
};

TEST(TcpStockApps, SendTheSamePacketsWithTheSystemOfNs3)
{
    const Script without("", testing::TempDir() + "portlab-without.pcap");
    const Script with("ns3-stock", testing::TempDir() + "portlab-with.pcap");
    EXPECT_GT(without.packets.size(), 100000u);
    EXPECT_TRUE(without.packets == with.packets);
}

TEST(TcpStockApps, FindTheSameRandomStreamsOnAnySystem)
{
    const Script without("", testing::TempDir() + "portlab-without.pcap");
    const Script with("linux-6.18", testing::TempDir() + "portlab-with.pcap");
    EXPECT_FALSE(without.packets == with.packets);
    EXPECT_EQ(without.streams, with.streams);
}

} // namespace
