// SPDX-License-Identifier: GPL-2.0-only

#include "model/ns3-time.h"
#include "test/model/nat-test-net.h"

#include <gtest/gtest.h>
#include <sstream>

namespace
{

using namespace ns3;
using portlab::test::Echo;
using portlab::test::NatTestNet;
using portlab::test::RawPeer;
using portlab::test::TcpPuppet;
using portlab::test::UdpPeer;

constexpr std::uint8_t ICMP = 1;
constexpr int SYN = TcpHeader::SYN;
constexpr int ACK = TcpHeader::ACK;

/// The table of mappings, as people read it.
class NatTableTest : public testing::Test
{
  protected:
    NatTableTest()
    {
        m_net.AddSite(2);
        m_net.AddServer();
    }

    static std::string TableOf(const Ptr<NatRouter>& nat)
    {
        std::ostringstream text;
        nat->PrintMappings(text);
        return text.str();
    }

    /// Has the first client send one, and returns when its mapping, the only one, ends.
    Time SendDatagram(const Ptr<NatRouter>& nat)
    {
        UdpPeer(m_net.Client(), 5000).Send({NatTestNet::ServerAddress(), 9});
        NatTestNet::RunUntil(Seconds(1));
        return NanoSeconds(nat->GetDevice().Table().NextExpiry().time_since_epoch().count());
    }

    NatTestNet m_net;
};

/// That datagram's flow, under a NAT that keeps ports.
const std::string FLOW = "10.0.0.2:5000 -> 198.51.100.2:9 as 203.0.113.2:5000 ";

TEST_F(NatTableTest, IsEmptyBeforeTheFirstPacket)
{
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("linux-masquerade"));

    EXPECT_EQ(TableOf(nat), "");
    nat->GetDevice();
    EXPECT_EQ(TableOf(nat), "");
}

TEST_F(NatTableTest, FollowsAConnection)
{
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("linux-masquerade"));
    TcpPuppet client(m_net.Client());
    TcpPuppet server(m_net.Server());
    const std::string flow = "10.0.0.2:5000 -> 198.51.100.2:80 as 203.0.113.2:5000 ";
    client.Say(5000, {NatTestNet::ServerAddress(), 80}, SYN, 1000);
    NatTestNet::RunUntil(Seconds(1));
    EXPECT_EQ(TableOf(nat), "tcp SYN_SENT " + flow + "119 s [UNREPLIED]\n");

    server.Say(80, {NatTestNet::External(), 5000}, SYN | ACK, 7000, 1001);
    NatTestNet::RunUntil(Seconds(2));
    EXPECT_EQ(TableOf(nat), "tcp SYN_RECV " + flow + "59 s\n");

    client.Say(5000, {NatTestNet::ServerAddress(), 80}, ACK, 1001, 7001);
    NatTestNet::RunUntil(Seconds(3));
    EXPECT_EQ(TableOf(nat), "tcp ESTABLISHED " + flow + "431999 s\n");
}

TEST_F(NatTableTest, ShowsThatTheRemoteEndBegan)
{
    NatHelper helper("linux-masquerade");
    helper.AddForward(6, 8080, {NatTestNet::ClientAddress(1), 80});
    const Ptr<NatRouter> nat = m_net.Install(helper);
    TcpPuppet host(m_net.Client(1));
    TcpPuppet remote(m_net.Server());
    remote.Say(5000, {NatTestNet::External(), 8080}, SYN);
    NatTestNet::RunUntil(Seconds(1));

    EXPECT_EQ(TableOf(nat),
              "tcp SYN_SENT 10.0.1.2:80 <- 198.51.100.2:5000 as 203.0.113.2:8080 119 s "
              "[UNREPLIED]\n");
}

TEST_F(NatTableTest, IsInOrderOfProtocolInsideAndRemoteEnd)
{
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("symmetric"));
    RawPeer pinger(m_net.Client(), ICMP);
    UdpPeer second(m_net.Client(1), 5000);
    UdpPeer late(m_net.Client(0), 6000);
    UdpPeer early(m_net.Client(0), 5000);
    pinger.Send(Echo(77), NatTestNet::ServerAddress());
    second.Send({NatTestNet::ServerAddress(), 9});
    late.Send({NatTestNet::ServerAddress(), 9});
    early.Send({NatTestNet::ServerAddress(), 10});
    early.Send({NatTestNet::ServerAddress(), 9});
    NatTestNet::RunUntil(Seconds(1));
    std::istringstream table(TableOf(nat));
    std::string starts;
    for (std::string line; std::getline(table, line);)
    {
        starts += line.substr(0, line.find(" as ")) + "\n";
    }

    EXPECT_EQ(starts,
              "udp NEW 10.0.0.2:5000 -> 198.51.100.2:9\n"
              "udp NEW 10.0.0.2:5000 -> 198.51.100.2:10\n"
              "udp NEW 10.0.0.2:6000 -> 198.51.100.2:9\n"
              "udp NEW 10.0.1.2:5000 -> 198.51.100.2:9\n"
              "icmp ECHO 10.0.0.2:77 -> 198.51.100.2\n");
}

TEST_F(NatTableTest, HasAMappingUntilTheLastNanosecondAndNotOnTheNext)
{
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("linux-masquerade"));
    const Time end = SendDatagram(nat);

    NatTestNet::RunUntil(end - NanoSeconds(1));
    EXPECT_EQ(TableOf(nat), "udp NEW " + FLOW + "0 s [UNREPLIED]\n");
    NatTestNet::RunUntil(end);
    EXPECT_EQ(TableOf(nat), "");
}

TEST_F(NatTableTest, HasPortsThatRest)
{
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("cgn-pba"));
    NatTestNet::RunUntil(SendDatagram(nat));
    const std::string table = TableOf(nat);

    EXPECT_EQ(table.substr(0, table.find(" as ")), "udp RESTING 10.0.0.2:5000 -> 198.51.100.2:9");
    EXPECT_NE(table.find(" 120 s [UNREPLIED]\n"), std::string::npos) << table;
}

TEST_F(NatTableTest, SaysWhatAnEngineKeeps)
{
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("linux-masquerade"));
    SendDatagram(nat);
    nat->GetDevice().Pass(0, portlab::Direction::Inbound, true, portlab::SimulatorNow());

    EXPECT_EQ(TableOf(nat), "udp NEW " + FLOW + "kept\n");
}

} // namespace
