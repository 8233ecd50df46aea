// SPDX-License-Identifier: GPL-2.0-only

#include "test/model/nat-test-net.h"

#include "ns3/boolean.h"
#include "ns3/global-value.h"
#include "ns3/icmpv4.h"
#include "ns3/simulator.h"
#include "ns3/udp-header.h"

#include <array>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace
{

using namespace ns3;
using portlab::test::CountOf;
using portlab::test::Echo;
using portlab::test::FirstOf;
using portlab::test::NatTestNet;
using portlab::test::RawPeer;
using portlab::test::UdpPeer;

constexpr uint8_t ICMP = 1;

/// The ports at the front of what an ICMP error quotes behind the IP header.
template <typename Error>
std::pair<uint16_t, uint16_t>
PortsOf(const Error& error)
{
    std::array<uint8_t, 8> bytes{};
    error.GetData(bytes.data());
    return {static_cast<uint16_t>(bytes[0] << 8 | bytes[1]),
            static_cast<uint16_t>(bytes[2] << 8 | bytes[3])};
}

/// Whether the sum over all bytes says that none was changed on the way.
bool
HasGoodChecksum(const Packet& message)
{
    std::vector<uint8_t> bytes(message.GetSize() + message.GetSize() % 2, 0);
    message.CopyData(bytes.data(), message.GetSize());
    uint32_t sum = 0;
    for (std::size_t at = 0; at < bytes.size(); at += 2)
    {
        sum += static_cast<uint32_t>(bytes[at] << 8 | bytes[at + 1]);
    }
    while (sum > 0xffff)
    {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return sum == 0xffff;
}

/// With checksums on (true) and off.
class NatRouterIcmpTest : public testing::TestWithParam<bool>
{
  protected:
    NatRouterIcmpTest()
    {
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(GetParam()));
        m_net.AddSite(2);
        m_net.AddServer();
        m_net.AddServer();
    }

    ~NatRouterIcmpTest() override
    {
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(false));
    }

    static void ExpectGoodChecksums(const RawPeer& peer)
    {
        for (const RawPeer::Heard& one : peer.heard)
        {
            EXPECT_TRUE(!GetParam() || HasGoodChecksum(*one.packet));
        }
    }

    static InetSocketAddress Server(uint16_t port)
    {
        return {NatTestNet::ServerAddress(), port};
    }

    /// Two clients want the only port, and the second one gets none.
    void Exhaust(const std::string& rule)
    {
        NatHelper helper("symmetric");
        helper.Set("ports", "2000-2000");
        helper.Set("on_exhaustion", rule);
        m_net.Install(helper);
        m_peers.push_back(std::make_unique<UdpPeer>(m_net.Server(), 7));
        for (const uint32_t client : {0, 1})
        {
            m_peers.push_back(std::make_unique<UdpPeer>(m_net.Client(client), 5000));
            m_peers.back()->Send(Server(7));
        }
    }

    NatTestNet m_net;
    std::vector<std::unique_ptr<UdpPeer>> m_peers;
};

INSTANTIATE_TEST_SUITE_P(Checksums,
                         NatRouterIcmpTest,
                         testing::Bool(),
                         [](const testing::TestParamInfo<bool>& on) {
                             return std::string(on.param ? "On" : "Off");
                         });

TEST_P(NatRouterIcmpTest, TellsEchosOfOneIdentifierApart)
{
    m_net.Install(NatHelper("linux-masquerade"));
    for (const uint16_t identifier : std::array<uint16_t, 4>{0, 1, 77, 65535})
    {
        SCOPED_TRACE(identifier);
        RawPeer server(m_net.Server(), ICMP);
        RawPeer one(m_net.Client(0), ICMP);
        RawPeer other(m_net.Client(1), ICMP);
        one.Send(Echo(identifier, 10), NatTestNet::ServerAddress());
        other.Send(Echo(identifier, 20), NatTestNet::ServerAddress());
        NatTestNet::RunUntil(Simulator::Now() + Seconds(1));

        ASSERT_EQ(server.heard.size(), 2u);
        EXPECT_EQ(server.heard[0].ip.GetSource(), NatTestNet::External());
        ExpectGoodChecksums(server);
        for (const auto& [peer, size] : {std::pair(&one, 10u), std::pair(&other, 20u)})
        {
            ASSERT_EQ(peer->heard.size(), 1u);
            ExpectGoodChecksums(*peer);
            Icmpv4Echo answer;
            FirstOf(*peer, Icmpv4Header::ICMPV4_ECHO_REPLY)->RemoveHeader(answer);
            EXPECT_EQ(answer.GetIdentifier(), identifier);
            EXPECT_EQ(answer.GetDataSize(), size);
        }
    }
}

TEST_P(NatRouterIcmpTest, AnswersEchosToItself)
{
    m_net.Install(NatHelper("full-cone"));
    RawPeer client(m_net.Client(), ICMP);
    RawPeer server(m_net.Server(), ICMP);
    client.Send(Echo(7), NatTestNet::External());
    server.Send(Echo(7), NatTestNet::External());

    NatTestNet::RunUntil(Seconds(1));

    EXPECT_EQ(CountOf(client, Icmpv4Header::ICMPV4_ECHO_REPLY), 1u);
    EXPECT_EQ(CountOf(server, Icmpv4Header::ICMPV4_ECHO_REPLY), 1u);
}

TEST_P(NatRouterIcmpTest, DoesNotPassEchosWhereTheDeviceDoesNot)
{
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("azure-nat-gateway"));
    RawPeer client(m_net.Client(), ICMP);
    client.Send(Echo(7), NatTestNet::ServerAddress());

    NatTestNet::RunUntil(Seconds(1));

    EXPECT_TRUE(client.heard.empty());
    EXPECT_EQ(nat->GetDevice().Counters().dropped[static_cast<int>(portlab::NatDrop::NotHandled)],
              1u);
}

TEST_P(NatRouterIcmpTest, BringsPortUnreachableToTheClientInItsOwnWords)
{
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("symmetric"));
    UdpPeer sender(m_net.Client(1), 5000);
    RawPeer client(m_net.Client(1), ICMP);
    RawPeer bystander(m_net.Client(0), ICMP);
    sender.Send(Server(9));
    NatTestNet::RunUntil(Seconds(1));

    EXPECT_TRUE(bystander.heard.empty());
    ASSERT_EQ(client.heard.size(), 1u);
    EXPECT_EQ(client.heard[0].ip.GetSource(), NatTestNet::ServerAddress());
    ExpectGoodChecksums(client);
    Icmpv4DestinationUnreachable error;
    FirstOf(client, Icmpv4Header::ICMPV4_DEST_UNREACH)->RemoveHeader(error);
    EXPECT_EQ(error.GetHeader().GetSource(), NatTestNet::ClientAddress(1));
    EXPECT_EQ(error.GetHeader().GetDestination(), NatTestNet::ServerAddress());
    EXPECT_EQ(PortsOf(error), (std::pair<uint16_t, uint16_t>{5000, 9}));
    EXPECT_EQ(nat->GetDevice().Counters().granted, 1u);
}

TEST_P(NatRouterIcmpTest, NeitherMakesNorRefreshesMappingsByErrors)
{
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("symmetric"));
    UdpPeer sender(m_net.Client(), 5000);
    RawPeer ear(m_net.Client(), ICMP);
    sender.Send(Server(9));
    NatTestNet::RunUntil(MilliSeconds(2));
    portlab::Nat& device = nat->GetDevice();
    ASSERT_EQ(device.Table().Count(), 1u);
    const portlab::Instant end = device[0].Expires();
    EXPECT_TRUE(ear.heard.empty());

    NatTestNet::RunUntil(Seconds(1));

    EXPECT_EQ(ear.heard.size(), 1u);
    EXPECT_EQ(device.Table().Count(), 1u);
    EXPECT_EQ(device[0].Expires(), end);
}

TEST_P(NatRouterIcmpTest, BringsTimeExceededToTheClient)
{
    m_net.Install(NatHelper("symmetric"));
    UdpPeer sender(m_net.Client(), 5000);
    sender.SetTtl(2); // One for the NAT, and the internet drops it.
    RawPeer client(m_net.Client(), ICMP);
    sender.Send(Server(9));
    NatTestNet::RunUntil(Seconds(1));

    ASSERT_EQ(client.heard.size(), 1u);
    EXPECT_EQ(client.heard[0].ip.GetSource(), Ipv4Address("203.0.113.1"));
    ExpectGoodChecksums(client);
    Icmpv4TimeExceeded error;
    FirstOf(client, Icmpv4Header::ICMPV4_TIME_EXCEEDED)->RemoveHeader(error);
    EXPECT_EQ(error.GetHeader().GetSource(), NatTestNet::ClientAddress());
    EXPECT_EQ(PortsOf(error), (std::pair<uint16_t, uint16_t>{5000, 9}));
}

TEST_P(NatRouterIcmpTest, LeavesPacketsAloneThatMayLiveNoLonger)
{
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("symmetric"));
    UdpPeer sender(m_net.Client(), 5000);
    sender.SetTtl(1);
    RawPeer client(m_net.Client(), ICMP);
    sender.Send(Server(9));
    NatTestNet::RunUntil(Seconds(1));

    ASSERT_EQ(CountOf(client, Icmpv4Header::ICMPV4_TIME_EXCEEDED), 1u);
    EXPECT_EQ(client.heard[0].ip.GetSource(), Ipv4Address("10.0.0.1"));
    Icmpv4TimeExceeded error;
    FirstOf(client, Icmpv4Header::ICMPV4_TIME_EXCEEDED)->RemoveHeader(error);
    EXPECT_EQ(error.GetHeader().GetSource(), NatTestNet::ClientAddress());
    EXPECT_EQ(nat->GetDevice().Counters().asked, 0u);
}

TEST_P(NatRouterIcmpTest, ShowsTheOutsideItsOwnPacketInATimeExceeded)
{
    m_net.Install(NatHelper("linux-masquerade"));
    UdpPeer client(m_net.Client(), 5000);
    UdpPeer server(m_net.Server(), 7);
    RawPeer ear(m_net.Server(), ICMP);
    client.Send(Server(7));
    NatTestNet::RunUntil(Seconds(1));
    server.SetTtl(2); // One for the internet, and the NAT drops it.
    server.Send({NatTestNet::External(), 5000});
    NatTestNet::RunUntil(Seconds(2));

    EXPECT_TRUE(client.heard.empty());
    ASSERT_EQ(CountOf(ear, Icmpv4Header::ICMPV4_TIME_EXCEEDED), 1u);
    Icmpv4TimeExceeded error;
    FirstOf(ear, Icmpv4Header::ICMPV4_TIME_EXCEEDED)->RemoveHeader(error);
    EXPECT_EQ(error.GetHeader().GetDestination(), NatTestNet::External());
    EXPECT_EQ(PortsOf(error), (std::pair<uint16_t, uint16_t>{7, 5000}));
}

TEST_P(NatRouterIcmpTest, TranslatesErrorsOfInsideHosts)
{
    NatHelper helper("linux-masquerade");
    helper.AddForward(17, 8080, {NatTestNet::ClientAddress(1), 80});
    m_net.Install(helper);
    UdpPeer server(m_net.Server(), 7);
    RawPeer ear(m_net.Server(), ICMP);
    server.Send({NatTestNet::External(), 8080}); // Nobody listens there.
    NatTestNet::RunUntil(Seconds(1));

    ASSERT_EQ(ear.heard.size(), 1u);
    EXPECT_EQ(ear.heard[0].ip.GetSource(), NatTestNet::External());
    ExpectGoodChecksums(ear);
    Icmpv4DestinationUnreachable error;
    FirstOf(ear, Icmpv4Header::ICMPV4_DEST_UNREACH)->RemoveHeader(error);
    EXPECT_EQ(error.GetHeader().GetSource(), NatTestNet::ServerAddress());
    EXPECT_EQ(error.GetHeader().GetDestination(), NatTestNet::External());
    EXPECT_EQ(PortsOf(error), (std::pair<uint16_t, uint16_t>{7, 8080}));
}

TEST_P(NatRouterIcmpTest, TranslatesErrorsOnHairpins)
{
    m_net.Install(NatHelper("full-cone"));
    RawPeer ear(m_net.Client(0), ICMP);
    UdpPeer one(m_net.Client(0), 5000);
    {
        UdpPeer other(m_net.Client(1), 6000);
        other.Send(Server(9)); // Opens the external port 6000.
        NatTestNet::RunUntil(Seconds(1));
        other.Close();
    }
    one.Send({NatTestNet::External(), 6000});
    NatTestNet::RunUntil(Seconds(2));

    ASSERT_EQ(ear.heard.size(), 1u);
    EXPECT_EQ(ear.heard[0].ip.GetSource(), NatTestNet::External());
    ExpectGoodChecksums(ear);
    Icmpv4DestinationUnreachable error;
    FirstOf(ear, Icmpv4Header::ICMPV4_DEST_UNREACH)->RemoveHeader(error);
    EXPECT_EQ(error.GetHeader().GetSource(), NatTestNet::ClientAddress(0));
    EXPECT_EQ(error.GetHeader().GetDestination(), NatTestNet::External());
    EXPECT_EQ(PortsOf(error), (std::pair<uint16_t, uint16_t>{5000, 6000}));
}

TEST_P(NatRouterIcmpTest, ProhibitsWhereTheDeviceTellsThatItHasNoPort)
{
    Exhaust("icmp");
    RawPeer ear(m_net.Client(1), ICMP);
    NatTestNet::RunUntil(Seconds(1));

    ASSERT_EQ(ear.heard.size(), 1u);
    ExpectGoodChecksums(ear);
    EXPECT_EQ(ear.heard[0].ip.GetSource(), Ipv4Address("10.0.1.1"));
    Icmpv4Header header;
    ear.heard[0].packet->PeekHeader(header);
    EXPECT_EQ(header.GetType(), Icmpv4Header::ICMPV4_DEST_UNREACH);
    EXPECT_EQ(header.GetCode(), 13) << "administratively prohibited";
    Icmpv4DestinationUnreachable error;
    FirstOf(ear, Icmpv4Header::ICMPV4_DEST_UNREACH)->RemoveHeader(error);
    EXPECT_EQ(error.GetHeader().GetSource(), NatTestNet::ClientAddress(1));
    EXPECT_EQ(PortsOf(error), (std::pair<uint16_t, uint16_t>{5000, 7}));
}

TEST_P(NatRouterIcmpTest, ProhibitsUdpWhereTheDeviceResets)
{
    Exhaust("reset");
    RawPeer ear(m_net.Client(1), ICMP);
    NatTestNet::RunUntil(Seconds(1));

    EXPECT_EQ(CountOf(ear, Icmpv4Header::ICMPV4_DEST_UNREACH), 1u);
}

TEST_P(NatRouterIcmpTest, SaysNothingWhereTheDeviceDoesNot)
{
    Exhaust("silent");
    RawPeer ear(m_net.Client(1), ICMP);
    NatTestNet::RunUntil(Seconds(1));

    EXPECT_TRUE(ear.heard.empty());
}

} // namespace
