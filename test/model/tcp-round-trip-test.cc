// SPDX-License-Identifier: GPL-2.0-only

#include "test/model/tcp-net.h"

#include "ns3/config.h"
#include "ns3/enum.h"
#include "ns3/packet.h"
#include "ns3/string.h"
#include "ns3/tcp-socket-base.h"

#include <gtest/gtest.h>
#include <vector>

namespace
{

using namespace ns3;
using portlab::test::TcpNet;
using portlab::test::TcpProgram;

/// What a socket takes the round trip for: 2 ms, smoothed with an ACK that is delayed by 200 ms.
class RoundTrips
{
  public:
    explicit RoundTrips(const Ptr<Socket>& socket)
    {
        socket->TraceConnectWithoutContext("RTT", MakeCallback(&RoundTrips::OnEstimate, this));
    }

    Time longest{};
    int count{0};

  private:
    void OnEstimate(Time /* before */, Time after)
    {
        ++count;
        longest = Max(longest, after);
    }
};

class TcpRoundTrip : public testing::TestWithParam<std::string>
{
};

/// ns-3's own servers too, whose clients have always counted from 0.
TEST_P(TcpRoundTrip, IsMeasuredAsItIsHoweverLateAConnectionBegins)
{
    TcpNet::Options options;
    options.server = GetParam();
    TcpNet net(options);
    net.Listen(80);
    TcpNet::Until(Seconds(100));
    TcpProgram& client = net.Connect(80);
    const RoundTrips here(client.socket);
    TcpNet::Pass(Seconds(1));
    ASSERT_EQ(net.Accepted().size(), 1u);
    const RoundTrips there(net.Accepted().front().socket);
    client.socket->Send(Create<Packet>(500));
    TcpNet::Pass(Seconds(1));
    net.Accepted().front().socket->Send(Create<Packet>(500));
    TcpNet::Pass(Seconds(1));

    EXPECT_GE(here.count, 1);
    EXPECT_GE(there.count, 1);
    EXPECT_LE(here.longest, MilliSeconds(40));
    EXPECT_LE(there.longest, MilliSeconds(40));
}

std::string
NameOf(const testing::TestParamInfo<std::string>& server)
{
    return server.param.empty() ? "unchanged" : server.param.substr(0, server.param.find('-'));
}

INSTANTIATE_TEST_SUITE_P(Servers,
                         TcpRoundTrip,
                         testing::Values("linux-6.18", "windows-11", "ns3-stock", ""),
                         NameOf);

/// Sequence numbers of half of the connections are in the upper half, which for a naive comparison
/// is below 0.
TEST(TcpCongestionMarks, AreSeenWhereverSequenceNumbersBegin)
{
    Config::SetDefault("ns3::TcpSocketBase::UseEcn", StringValue("On"));
    {
        TcpNet net({});
        net.Listen(80);
        net.Congest();
        constexpr std::size_t connections = 16;
        std::size_t upper = 0;
        for (std::size_t i = 0; i < connections; ++i)
        {
            const auto& sent = net.Watch(net.Client());
            TcpProgram& client = net.Connect(80);
            TcpNet::Pass(Seconds(20));
            upper += sent.front().header.GetSequenceNumber() < SequenceNumber32(0) ? 1 : 0;
            bool isReduced = false;
            for (int piece = 0; piece < 3; ++piece)
            {
                client.socket->Send(Create<Packet>(1000));
                TcpNet::Pass(Seconds(1));
            }
            for (const auto& segment : sent)
            {
                isReduced = isReduced || (segment.header.GetFlags() & TcpHeader::CWR &&
                                          !(segment.header.GetFlags() & TcpHeader::SYN));
            }
            EXPECT_TRUE(isReduced) << "connection " << i;
        }
        EXPECT_GT(upper, 0u);
        EXPECT_LT(upper, connections);
    }
    Config::SetDefault("ns3::TcpSocketBase::UseEcn", StringValue("Off"));
}

} // namespace
