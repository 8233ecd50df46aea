// SPDX-License-Identifier: GPL-2.0-only

// What a NAT can be asked, topic by topic, with packets: edge ports, no port left, the ways in
// which connections end, limits, flows that it does not know, hairpins. The topics are those of
// VPP's test_nat44_ed.py.

#include "model/ns3-time.h"
#include "test/model/nat-test-net.h"

#include "ns3/simulator.h"

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace
{

using namespace ns3;
using portlab::NatDrop;
using portlab::NatState;
using portlab::test::NatTestNet;
using portlab::test::TcpPuppet;
using portlab::test::Text;

constexpr int SYN = TcpHeader::SYN;
constexpr int ACK = TcpHeader::ACK;
constexpr int FIN = TcpHeader::FIN;
constexpr int RST = TcpHeader::RST;
constexpr int PSH = TcpHeader::PSH;

/// Two clients and a server that say what the test tells them to.
class NatTopicsTest : public testing::Test
{
  protected:
    NatTopicsTest()
    {
        m_net.AddSite(2);
        m_net.AddServer();
    }

    void Install(const NatHelper& helper)
    {
        m_nat = m_net.Install(helper);
        m_nat->TraceConnectWithoutContext(
            "Dropped",
            Callback<void, Ptr<const Packet>, const Ipv4Header&, std::string>(
                [this](Ptr<const Packet>, const Ipv4Header&, std::string reason) {
                    m_dropped.push_back(reason);
                }));
        for (const uint32_t client : {0, 1})
        {
            m_clients.push_back(std::make_unique<TcpPuppet>(m_net.Client(client)));
        }
        m_server = std::make_unique<TcpPuppet>(m_net.Server());
    }

    TcpPuppet& Client(uint32_t number = 0)
    {
        return *m_clients.at(number);
    }

    /// A segment of a client, or of the server to where it last heard from; and 10 ms.
    void ClientSays(int flags, uint32_t sequence = 1001, uint16_t port = 5000, uint32_t client = 0)
    {
        Client(client).Say(port, Service(), flags, sequence, 9001);
        Wait(MilliSeconds(10));
    }

    void ServerSays(int flags, uint32_t sequence = 9001, uint32_t acknowledgement = 1001)
    {
        m_server->Say(80, m_server->LastFrom(), flags, sequence, acknowledgement);
        Wait(MilliSeconds(10));
    }

    void Connect(uint16_t port = 5000, uint32_t client = 0)
    {
        ClientSays(SYN, 1000, port, client);
        ServerSays(SYN | ACK, 9000);
        ClientSays(ACK, 1001, port, client);
    }

    void CloseFromInside()
    {
        ClientSays(FIN | ACK, 1001);
        ServerSays(FIN | ACK, 9001, 1002);
        ClientSays(ACK, 1002);
    }

    static void Wait(Time time)
    {
        NatTestNet::RunUntil(Simulator::Now() + time);
    }

    static InetSocketAddress Service()
    {
        return {NatTestNet::ServerAddress(), 80};
    }

    portlab::MappingId Find(uint16_t port = 5000, uint32_t client = 0)
    {
        return m_nat->GetDevice().Find({portlab::NatProtocol::Tcp,
                                        {NatTestNet::ClientAddress(client).Get(), port},
                                        {NatTestNet::ServerAddress().Get(), 80}},
                                       portlab::SimulatorNow());
    }

    bool IsKnown(uint16_t port = 5000, uint32_t client = 0)
    {
        return Find(port, client) != portlab::NO_MAPPING;
    }

    NatState State(uint16_t port = 5000, uint32_t client = 0)
    {
        return m_nat->GetDevice()[Find(port, client)].State();
    }

    /// Until the mapping ends, if no packet comes.
    portlab::Duration TimeLeft()
    {
        return m_nat->GetDevice()[Find()].Expires() - portlab::SimulatorNow();
    }

    /// Whether the mapping ends after this time without packets, and not 20 ms sooner. The last
    /// packet passed in the latest 10 ms.
    void ExpectEndsAfter(Time time)
    {
        Wait(time - MilliSeconds(20));
        EXPECT_TRUE(IsKnown());
        Wait(MilliSeconds(20));
        EXPECT_FALSE(IsKnown());
    }

    const portlab::NatCounters& Counters()
    {
        return m_nat->GetDevice().Counters();
    }

    NatTestNet m_net;
    Ptr<NatRouter> m_nat;
    std::vector<std::unique_ptr<TcpPuppet>> m_clients;
    std::unique_ptr<TcpPuppet> m_server;
    std::vector<std::string> m_dropped;
};

TEST_F(NatTopicsTest, PortsAtTheEdgesPassAndComeBack)
{
    Install(NatHelper("linux-masquerade"));
    for (const uint16_t port : std::vector<uint16_t>{1, 511, 512, 1023, 1024, 65535})
    {
        ClientSays(SYN, 1000, port);
        EXPECT_EQ(Text(m_server->LastFrom()),
                  Text(InetSocketAddress(NatTestNet::External(), port)));
        ServerSays(SYN | ACK, 9000);
        EXPECT_EQ(Client().Last().GetDestinationPort(), port);
        EXPECT_EQ(Text(Client().LastFrom()), Text(Service()));
    }
    EXPECT_EQ(Client().Count(), 6u);
}

TEST_F(NatTopicsTest, EveryPortOfTheRangeIsUsedAndTheNextConnectionFails)
{
    NatHelper helper("linux-masquerade-random-fully");
    helper.Set("ports", "65533-65535");
    Install(helper);
    for (const uint16_t port : std::vector<uint16_t>{5000, 5001, 5002})
    {
        ClientSays(SYN, 1000, port);
        EXPECT_GE(m_server->LastFrom().GetPort(), 65533);
    }
    EXPECT_EQ(m_server->Count(), 3u);
    EXPECT_TRUE(m_dropped.empty());

    ClientSays(SYN, 1000, 5003);

    EXPECT_EQ(m_server->Count(), 3u);
    EXPECT_EQ(m_dropped, (std::vector<std::string>{"insert_failed"})) << "as conntrack -S says";
    EXPECT_EQ(Counters().dropped[static_cast<int>(NatDrop::NoPort)], 1u);

    Wait(Seconds(120)); // tcp_syn_sent
    ClientSays(SYN, 1000, 5003);

    EXPECT_EQ(m_server->Count(), 4u) << "a port has come back";
}

TEST_F(NatTopicsTest, AConnectionClosedFromInsideStaysForTimeWait)
{
    Install(NatHelper("linux-masquerade"));
    Connect();
    EXPECT_EQ(State(), NatState::Established);
    ClientSays(FIN | ACK, 1001);
    EXPECT_EQ(State(), NatState::FinWait);
    ServerSays(ACK, 9001, 1002);
    EXPECT_EQ(State(), NatState::CloseWait);
    ServerSays(FIN | ACK, 9001, 1002);
    EXPECT_EQ(State(), NatState::LastAck);
    ClientSays(ACK, 1002);
    EXPECT_EQ(State(), NatState::TimeWait);

    ExpectEndsAfter(Seconds(120));
}

TEST_F(NatTopicsTest, AConnectionClosedFromOutsideStaysForTimeWait)
{
    Install(NatHelper("linux-masquerade"));
    Connect();
    ServerSays(FIN | ACK, 9001);
    EXPECT_EQ(State(), NatState::FinWait);
    ClientSays(FIN | ACK, 1001);
    EXPECT_EQ(State(), NatState::LastAck);
    ServerSays(ACK, 9002, 1002);
    EXPECT_EQ(State(), NatState::TimeWait);

    ExpectEndsAfter(Seconds(120));
}

TEST_F(NatTopicsTest, AConnectionClosedFromBothSidesAtOnceStaysForTimeWait)
{
    Install(NatHelper("linux-masquerade"));
    Connect();
    Client().Say(5000, Service(), FIN | ACK, 1001, 9001);
    m_server->Say(80, m_server->LastFrom(), FIN | ACK, 9001, 1001);
    Wait(MilliSeconds(10)); // The FINs have crossed.
    EXPECT_EQ(State(), NatState::LastAck);
    ClientSays(ACK, 1002);
    ServerSays(ACK, 9002, 1002);
    EXPECT_EQ(State(), NatState::TimeWait);

    ExpectEndsAfter(Seconds(120));
}

TEST_F(NatTopicsTest, ANewSynReopensAClosedConnection)
{
    Install(NatHelper("linux-masquerade"));
    Connect();
    CloseFromInside();
    ASSERT_EQ(State(), NatState::TimeWait);

    ClientSays(SYN, 500000);

    EXPECT_EQ(State(), NatState::SynSent);
    EXPECT_EQ(Counters().reopened, 1u);
    EXPECT_EQ(Counters().granted, 2u);
    EXPECT_EQ(m_server->LastFrom().GetPort(), 5000) << "nobody contends for the port";
    ServerSays(SYN | ACK, 9000, 500001);
    EXPECT_EQ(State(), NatState::SynRecv);
}

TEST_F(NatTopicsTest, AResetShortensALife)
{
    Install(NatHelper("linux-masquerade"));
    Connect();
    ServerSays(RST);
    EXPECT_TRUE(Client().Last().GetFlags() & RST) << "the client hears of it";
    EXPECT_EQ(State(), NatState::Close);

    ExpectEndsAfter(Seconds(10));
}

TEST_F(NatTopicsTest, AResetThatAnswersASynEndsAllAtOnce)
{
    Install(NatHelper("linux-masquerade"));
    ClientSays(SYN, 1000);
    ServerSays(RST | ACK, 0);

    EXPECT_EQ(Client().Count(), 1u);
    EXPECT_FALSE(IsKnown());
}

TEST_F(NatTopicsTest, OpenConnectionsStayForDaysAndForMinutesWhileDataWaits)
{
    using namespace std::chrono_literals;
    Install(NatHelper("linux-masquerade"));
    Connect();
    EXPECT_GT(TimeLeft(), 5 * 24h - 1s);

    Client().Say(5000, Service(), ACK, 1001, 9001, 100);
    Wait(MilliSeconds(10));
    EXPECT_LE(TimeLeft(), 300s);
    EXPECT_GT(TimeLeft(), 299s);

    ServerSays(ACK, 9001, 1100);
    EXPECT_LE(TimeLeft(), 300s) << "one byte is still to be acknowledged";
    ServerSays(ACK, 9001, 1101);
    EXPECT_GT(TimeLeft(), 5 * 24h - 1s);

    for (int repeat = 1; repeat <= 3; ++repeat)
    {
        EXPECT_GT(TimeLeft(), 300s) << "before repeat " << repeat;
        ServerSays(ACK, 9001, 1101);
    }
    EXPECT_LE(TimeLeft(), 300s) << "nf_conntrack_tcp_max_retrans is 3";
}

TEST_F(NatTopicsTest, AFullTableRefusesTheNextFlowOfAnybody)
{
    NatHelper helper("linux-masquerade");
    helper.Set("table_size", "2");
    helper.Set("buckets", "0");
    Install(helper);
    ClientSays(SYN, 1000, 5000, 0);
    ClientSays(SYN, 1000, 5000, 1);
    EXPECT_TRUE(m_dropped.empty());

    ClientSays(SYN, 1000, 5001, 0);

    EXPECT_EQ(m_dropped, (std::vector<std::string>{"drop"})) << "as conntrack -S says";
    EXPECT_EQ(Counters().dropped[static_cast<int>(NatDrop::TableFull)], 1u);
    ClientSays(SYN, 1000, 5000, 0);
    EXPECT_EQ(m_server->Count(), 3u) << "known flows go on";
}

TEST_F(NatTopicsTest, AHostWithAllItsBlocksGetsNoMorePorts)
{
    NatHelper helper("cgn-pba");
    helper.Set("block_size", "2");
    helper.Set("most_blocks", "1");
    Install(helper);
    for (const uint16_t port : std::vector<uint16_t>{5000, 5001, 5002})
    {
        ClientSays(SYN, 1000, port);
    }
    EXPECT_EQ(m_server->Count(), 2u);
    EXPECT_EQ(m_dropped, (std::vector<std::string>{"subscriber_limit"}));

    ClientSays(SYN, 1000, 5000, 1);

    EXPECT_EQ(m_server->Count(), 3u) << "the other one has a block of its own";
}

TEST_F(NatTopicsTest, LinuxPicksUpConnectionsMidway)
{
    Install(NatHelper("linux-masquerade"));
    ClientSays(ACK, 1001);

    EXPECT_EQ(m_server->Count(), 1u);
    EXPECT_EQ(State(), NatState::Established);
}

TEST_F(NatTopicsTest, ConesDropConnectionsMidway)
{
    Install(NatHelper("symmetric"));
    ClientSays(ACK, 1001);

    EXPECT_EQ(m_server->Count(), 0u);
    EXPECT_EQ(Client().Count(), 0u);
    EXPECT_EQ(m_dropped, (std::vector<std::string>{"unknown_flow"}));
}

TEST_F(NatTopicsTest, TheNatGatewayOfAwsResetsConnectionsMidway)
{
    Install(NatHelper("aws-nat-gateway"));
    ClientSays(ACK, 1001);

    EXPECT_EQ(m_server->Count(), 0u);
    ASSERT_EQ(Client().Count(), 1u);
    EXPECT_EQ(Text(Client().LastFrom()), Text(Service()));
    EXPECT_EQ(Client().Last().GetFlags(), RST);
    EXPECT_EQ(Client().Last().GetSequenceNumber(), SequenceNumber32(9001))
        << "what it acknowledged";

    ClientSays(RST, 1001);
    EXPECT_EQ(Client().Count(), 1u) << "resets are not answered";
}

TEST_F(NatTopicsTest, ADeviceThatResetsWhatItHasNoPortForAnswersASyn)
{
    NatHelper helper("symmetric");
    helper.Set("ports", "2000-2000");
    helper.Set("on_exhaustion", "reset");
    Install(helper);
    ClientSays(SYN, 1000, 5000);
    ClientSays(SYN, 1000, 5001);

    EXPECT_EQ(m_server->Count(), 1u);
    ASSERT_EQ(Client().Count(), 1u);
    EXPECT_EQ(Client().Last().GetFlags(), RST | ACK);
    EXPECT_EQ(Client().Last().GetDestinationPort(), 5001);
    EXPECT_EQ(Client().Last().GetAckNumber(), SequenceNumber32(1001)) << "the SYN counts as one";
}

TEST_F(NatTopicsTest, ALateSegmentOfAForgottenConnectionGetsTheRoutersReset)
{
    Install(NatHelper("linux-masquerade"));
    Connect();
    CloseFromInside();
    const std::size_t before = m_server->Count();
    Wait(Seconds(121));

    ServerSays(ACK, 9002, 1002);

    ASSERT_EQ(m_server->Count(), before + 1) << "as Linux's input chain does";
    EXPECT_TRUE(m_server->Last().GetFlags() & RST);
    EXPECT_EQ(m_server->LastFrom().GetIpv4(), NatTestNet::External());
}

} // namespace
