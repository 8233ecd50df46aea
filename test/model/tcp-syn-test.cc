// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/flow/segment-times.h"
#include "model/core/port/profile-catalogue.h"
#include "model/ns3-time.h"
#include "test/model/tcp-net.h"

#include "ns3/simulator.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace
{

using namespace ns3;
using portlab::test::SeenSegment;
using portlab::test::TcpNet;
using portlab::test::TcpProgram;

class TcpSyn : public testing::TestWithParam<std::string>
{
};

TEST_P(TcpSyn, IsRepeatedWhenTheSystemRepeatsIt)
{
    TcpNet::Options options;
    options.client = GetParam();
    TcpNet net(options);
    TcpNet::Until(Seconds(3));
    net.Cut(true);
    std::vector<SeenSegment>& sent = net.Watch(net.Client());
    const TcpProgram& program = net.Connect(80);
    const portlab::OsProfile& system = net.Ports()->System();
    portlab::SegmentTimes times(portlab::RuleOf(system.syn.value),
                                portlab::TimerWheelOf(system, net.Ports()->TimeSinceBoot()),
                                portlab::SimulatorNow());
    std::vector<Time> expected{Seconds(3)};
    while (times.Repeat())
    {
        expected.push_back(Seconds(3) + portlab::ToNs3(times.Sent()));
    }
    const Time end = Seconds(3) + portlab::ToNs3(times.Expiry());

    TcpNet::Until(end - NanoSeconds(1));
    EXPECT_EQ(program.failed, 0);
    EXPECT_EQ(net.Ports()->GetHeld(), 1u);
    TcpNet::Until(end + NanoSeconds(1));
    EXPECT_EQ(program.failed, 1);
    EXPECT_EQ(program.closed, 0);
    EXPECT_EQ(net.Ports()->GetHeld(), 0u);

    ASSERT_EQ(sent.size(), expected.size());
    for (std::size_t i = 0; i < sent.size(); ++i)
    {
        EXPECT_EQ(sent[i].header.GetFlags(), TcpHeader::SYN);
        EXPECT_EQ(sent[i].when, expected[i]) << "SYN " << i;
    }
}

INSTANTIATE_TEST_SUITE_P(Systems,
                         TcpSyn,
                         testing::Values("linux-6.18", "linux-4.4", "windows-11"),
                         [](const auto& name) {
                             std::string word = name.param;
                             word.erase(std::remove_if(word.begin(),
                                                       word.end(),
                                                       [](char c) { return c == '-' || c == '.'; }),
                                        word.end());
                             return word;
                         });

TEST(TcpSynLoss, DelaysTheConnectionByOneRepetition)
{
    TcpNet net({});
    net.Listen(80);
    net.Cut(true);
    const TcpProgram& program = net.Connect(80);
    TcpNet::Until(MilliSeconds(500));
    net.Cut(false);
    TcpNet::Until(MilliSeconds(1000));
    EXPECT_EQ(program.connected, 0);
    TcpNet::Until(MilliSeconds(1150)); // A second, late by a slot of the timer wheel.
    EXPECT_EQ(program.connected, 1);
}

TEST(TcpSynLoss, LeavesTheSocketFitForAnotherAttempt)
{
    TcpNet net({});
    net.Listen(80);
    net.Cut(true);
    TcpProgram& program = net.Connect(80);
    TcpNet::Until(Seconds(140));
    ASSERT_EQ(program.failed, 1);
    net.Cut(false);
    EXPECT_EQ(program.socket->Connect(net.ServerAt(80)), 0);
    TcpNet::Pass(Seconds(1));
    EXPECT_EQ(program.connected, 1);
    EXPECT_EQ(net.Ports()->GetHeld(), 1u);
}

TEST(TcpSynLoss, IsOverWhenTheProgramCloses)
{
    TcpNet net({});
    net.Cut(true);
    TcpProgram& program = net.Connect(80);
    std::vector<SeenSegment>& sent = net.Watch(net.Client());
    program.socket->Close();
    EXPECT_EQ(net.Ports()->GetHeld(), 0u);
    TcpNet::Pass(Seconds(200));
    EXPECT_LE(sent.size(), 1u);
    EXPECT_EQ(program.failed, 0);
}

} // namespace
