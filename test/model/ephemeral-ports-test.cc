// SPDX-License-Identifier: GPL-2.0-only

#include "model/ephemeral-ports.h"

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/node.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace
{

using namespace ns3;

const Ipv4Address HOST("192.0.2.1");
const InetSocketAddress SHOP(Ipv4Address("198.51.100.7"), 443);
const InetSocketAddress BANK(Ipv4Address("203.0.113.9"), 443);

class EphemeralPortsTest : public testing::Test
{
  protected:
    ~EphemeralPortsTest() override
    {
        Simulator::Destroy();
    }

    static Ptr<EphemeralPorts> Make(const std::string& profile, const std::string& ports = "")
    {
        auto made = CreateObject<EphemeralPorts>();
        made->SetAttribute("Profile", StringValue(profile));
        made->SetAttribute("Ports", StringValue(ports));
        return made;
    }

    /// Does something at a moment of simulated time.
    template <typename Do>
    static void At(Time when, Do what)
    {
        Simulator::Schedule(when - Simulator::Now(), what);
        Simulator::Stop(when - Simulator::Now());
        Simulator::Run();
    }
};

TEST_F(EphemeralPortsTest, SharesAPortBetweenDestinationsOnLinuxAndNotOnWindows)
{
    const auto penguin = Make("linux-6.18", "40000");
    EXPECT_EQ(penguin->Acquire(HOST, SHOP), 40000);
    EXPECT_EQ(penguin->Acquire(HOST, BANK), 40000);
    EXPECT_EQ(penguin->Acquire(HOST, SHOP), std::nullopt);

    const auto windows = Make("windows-11", "40000-40254");
    for (int i = 0; i < 255; ++i)
    {
        ASSERT_TRUE(windows->Acquire(HOST, i % 2 == 0 ? SHOP : BANK));
    }
    EXPECT_EQ(windows->Acquire(HOST, BANK), std::nullopt);
}

TEST_F(EphemeralPortsTest, KeepsAPortInTimeWaitUntilTheLastNanosecond)
{
    const auto ports = Make("linux-6.18", "40000");
    ports->SetAttribute("TimeWait", TimeValue(Seconds(30)));
    ASSERT_EQ(ports->Acquire(HOST, SHOP), 40000);
    At(Seconds(10), [&] { ports->Close(HOST, SHOP, 40000); });
    EXPECT_EQ(ports->GetHeld(), 0u);
    EXPECT_EQ(ports->GetWaiting(), 1u);

    // Linux ends TIME_WAIT on a timer grid of 2.048 s: not before 30 s, not after 32.048 s.
    At(Seconds(40) - NanoSeconds(1), [&] { EXPECT_EQ(ports->Acquire(HOST, SHOP), std::nullopt); });
    At(Seconds(40) + MilliSeconds(2048), [&] { EXPECT_EQ(ports->Acquire(HOST, SHOP), 40000); });
}

TEST_F(EphemeralPortsTest, FreesAReleasedPortAtOnce)
{
    const auto ports = Make("windows-11", "40000-40254");
    for (int i = 0; i < 255; ++i)
    {
        ports->Acquire(HOST, SHOP);
    }
    ports->Release(HOST, SHOP, 40100);
    EXPECT_EQ(ports->Acquire(HOST, SHOP), 40100);
}

TEST_F(EphemeralPortsTest, TellsIpv6PeersApart)
{
    const auto ports = Make("linux-6.18", "40000");
    const Ipv6Address host("2001:db8::1");
    const Inet6SocketAddress shop(Ipv6Address("2001:db8::7"), 443);
    EXPECT_EQ(ports->Acquire(host, shop), 40000);
    EXPECT_EQ(ports->Acquire(HOST, SHOP), 40000);
    EXPECT_EQ(ports->Acquire(host, shop), std::nullopt);
    EXPECT_THROW(ports->Acquire(HOST, HOST), std::invalid_argument);
}

TEST_F(EphemeralPortsTest, TracesWhatItGrantsAndWhatItRefuses)
{
    std::vector<uint16_t> granted;
    std::vector<std::string> refused;

    struct Listener
    {
        std::vector<uint16_t>& granted;
        std::vector<std::string>& refused;

        void OnGranted(const Address&, uint16_t port, uint32_t probes)
        {
            EXPECT_EQ(probes, 1u);
            granted.push_back(port);
        }

        void OnRefused(const Address& peer, std::string error, uint32_t probes)
        {
            EXPECT_EQ(InetSocketAddress::ConvertFrom(peer).GetPort(), 443);
            EXPECT_EQ(probes, 1u);
            refused.push_back(error);
        }
    } listener{granted, refused};

    const auto ports = Make("linux-6.18", "40000");
    ports->TraceConnectWithoutContext("Granted", MakeCallback(&Listener::OnGranted, &listener));
    ports->TraceConnectWithoutContext("Refused", MakeCallback(&Listener::OnRefused, &listener));
    ports->Acquire(HOST, SHOP);
    ports->Acquire(HOST, SHOP);
    EXPECT_EQ(granted, std::vector<uint16_t>{40000});
    EXPECT_EQ(refused, std::vector<std::string>{"EADDRNOTAVAIL"});
}

TEST_F(EphemeralPortsTest, DrawsFromItsStreamAloneAndGivesTheSamePortsForTheSameOne)
{
    const auto picks = [](const Ptr<EphemeralPorts>& ports) {
        std::vector<uint16_t> list;
        for (int i = 0; i < 20; ++i)
        {
            list.push_back(*ports->Acquire(HOST, SHOP));
        }
        return list;
    };
    const auto made = [](int64_t stream) {
        const auto ports = Make("linux-6.18");
        EXPECT_EQ(ports->AssignStreams(stream), 1);
        return ports;
    };
    const uint64_t before = RngSeedManager::GetNextStreamIndex();
    const auto first = picks(made(7));
    EXPECT_EQ(first, picks(made(7)));
    EXPECT_NE(first, picks(made(8)));
    EXPECT_EQ(RngSeedManager::GetNextStreamIndex(), before + 1) << "the look itself takes one";

    // On a node the stream is the node's id.
    const auto node = CreateObject<Node>();
    const auto onNode = Make("linux-6.18");
    node->AggregateObject(onNode);
    EXPECT_EQ(picks(onNode), picks(made(node->GetId())));
}

TEST_F(EphemeralPortsTest, RefusesNonsenseWhenItIsSet)
{
    const auto ports = CreateObject<EphemeralPorts>();
    EXPECT_FALSE(ports->SetAttributeFailSafe("Profile", StringValue("linx")));
    EXPECT_FALSE(ports->SetAttributeFailSafe("Ports", StringValue("9-1")));
    EXPECT_TRUE(ports->SetAttributeFailSafe("Profile", StringValue("windows-11")));
}

} // namespace
