// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/base/random.h"
#include "model/core/port/profile-catalogue.h"
#include "model/tcp-time-waits.h"

#include "ns3/tcp-option-ts.h"

#include <gtest/gtest.h>
#include <map>

namespace portlab
{
namespace
{

using ns3::SequenceNumber32;
using ns3::TcpHeader;
using namespace std::chrono_literals;

TcpTuple
TupleOf(std::uint16_t localPort)
{
    return {IpKey::Of(ns3::Ipv4Address("192.0.2.1")),
            IpKey::Of(ns3::Ipv4Address("192.0.2.2")),
            localPort,
            80};
}

TcpTimeWait
WaitOf(std::uint16_t localPort, Instant end)
{
    TcpTimeWait wait;
    wait.tuple = TupleOf(localPort);
    wait.end = end;
    return wait;
}

TEST(TcpTimeWaits, TakeFewerThan200BytesEach)
{
    TcpTimeWaits waits;
    for (std::uint32_t port = 0; port < 64000; ++port)
    {
        waits.Add(WaitOf(static_cast<std::uint16_t>(port), At(60s)));
    }
    EXPECT_LT(waits.MemoryBytes(), 64000u * 200);
    EXPECT_EQ(waits.Count(At(59s)), 64000u);
    EXPECT_EQ(waits.Count(At(60s)), 0u);
}

TEST(TcpTimeWaits, AreThoseOfAPlainMap)
{
    TcpTimeWaits waits;
    std::map<std::uint16_t, Instant> expected;
    Random random(StreamKey(1, 1));
    for (int step = 0; step < 20000; ++step)
    {
        const Instant now = At(step * 1ms);
        const auto port = static_cast<std::uint16_t>(random.Below(300));
        switch (random.Below(3))
        {
        case 0:
            waits.Add(WaitOf(port, now + 100ms));
            expected[port] = now + 100ms;
            break;
        case 1:
            waits.Remove(TupleOf(port));
            expected.erase(port);
            break;
        default:
            const auto* found = waits.Find(TupleOf(port), now);
            const auto known = expected.find(port);
            const bool waiting = known != expected.end() && known->second > now;
            ASSERT_EQ(found != nullptr, waiting) << "step " << step;
            ASSERT_TRUE(!waiting || found->end == known->second) << "step " << step;
        }
    }
}

/// A connection whose peer has sent 1000 bytes, with timestamp 5000.
class TcpTimeWaitRules : public testing::Test
{
  protected:
    TcpTimeWaitRules()
        : m_rules(FindProfile("linux-6.18").profile)
    {
        m_wait.receiveNext = SequenceNumber32(1002);
        m_wait.timestamp = 5000;
        m_wait.hasTimestamps = true;
        m_wait.isAccepted = true;
    }

    TimeWaitAnswer Answer(std::uint8_t flags,
                          std::uint32_t sequence,
                          std::uint32_t timestamp = 0,
                          std::uint32_t payloadBytes = 0) const
    {
        TcpHeader segment;
        segment.SetFlags(flags);
        segment.SetSequenceNumber(SequenceNumber32(sequence));
        if (timestamp > 0)
        {
            const auto option = ns3::CreateObject<ns3::TcpOptionTS>();
            option->SetTimestamp(timestamp);
            segment.AppendOption(option);
        }
        return AnswerInTimeWait(m_wait, segment, payloadBytes, m_rules);
    }

    TcpTimeWait m_wait;
    TimeWaitRules m_rules;
};

TEST_F(TcpTimeWaitRules, OfLinuxTakeASynThatIsAheadOrLater)
{
    EXPECT_EQ(Answer(TcpHeader::SYN, 1002), TimeWaitAnswer::Acknowledge);
    EXPECT_EQ(Answer(TcpHeader::SYN, 1003), TimeWaitAnswer::Accept);
    EXPECT_EQ(Answer(TcpHeader::SYN, 1002, 5000), TimeWaitAnswer::Acknowledge);
    EXPECT_EQ(Answer(TcpHeader::SYN, 1002, 5001), TimeWaitAnswer::Accept);
    EXPECT_EQ(Answer(TcpHeader::SYN, 1003, 5000), TimeWaitAnswer::Accept);
    EXPECT_EQ(Answer(TcpHeader::SYN, 1003, 4999), TimeWaitAnswer::Acknowledge);
}

TEST_F(TcpTimeWaitRules, CompareAcrossTheEndOfTheNumbers)
{
    m_wait.receiveNext = SequenceNumber32(0xfffffff0u);
    m_wait.timestamp = 0xfffffff0u;
    EXPECT_EQ(Answer(TcpHeader::SYN, 5), TimeWaitAnswer::Accept);
    EXPECT_EQ(Answer(TcpHeader::SYN, 0xffffffe0u, 5), TimeWaitAnswer::Accept);
}

TEST_F(TcpTimeWaitRules, OfAClientChallengeEverySyn)
{
    m_wait.isAccepted = false;
    EXPECT_EQ(Answer(TcpHeader::SYN, 1003), TimeWaitAnswer::Acknowledge);
}

TEST_F(TcpTimeWaitRules, OfOtherSystemsTakeOrIgnoreAllSyns)
{
    m_rules.isLinux = false;
    EXPECT_EQ(Answer(TcpHeader::SYN, 0, 4999), TimeWaitAnswer::Accept);
    m_rules.syn = SynInTimeWait::Ignore;
    EXPECT_EQ(Answer(TcpHeader::SYN, 1003, 5001), TimeWaitAnswer::Nothing);
}

TEST_F(TcpTimeWaitRules, EndByTheRightReset)
{
    EXPECT_EQ(Answer(TcpHeader::RST, 1001), TimeWaitAnswer::Nothing);
    EXPECT_EQ(Answer(TcpHeader::RST, 1002), TimeWaitAnswer::End);
    m_rules.rfc1337 = true;
    EXPECT_EQ(Answer(TcpHeader::RST, 1002), TimeWaitAnswer::Nothing);
}

TEST_F(TcpTimeWaitRules, AcknowledgeWhatTakesUpNumbersAndNothingElse)
{
    EXPECT_EQ(Answer(TcpHeader::FIN | TcpHeader::ACK, 1001), TimeWaitAnswer::Acknowledge);
    EXPECT_EQ(Answer(TcpHeader::ACK, 900, 0, 100), TimeWaitAnswer::Acknowledge);
    EXPECT_EQ(Answer(TcpHeader::SYN | TcpHeader::ACK, 1), TimeWaitAnswer::Acknowledge);
    EXPECT_EQ(Answer(TcpHeader::ACK, 1002), TimeWaitAnswer::Nothing);
    EXPECT_EQ(Answer(TcpHeader::ACK, 1), TimeWaitAnswer::Nothing);
}

TEST(IpKey, IsTheAddressInBothWays)
{
    const ns3::Ipv4Address ipv4("192.0.2.1");
    const ns3::Ipv6Address ipv6("2001:db8::12:34");
    EXPECT_EQ(IpKey::Of(ipv4).ToAddress(), ns3::Address(ipv4));
    EXPECT_EQ(IpKey::Of(ipv6).ToAddress(), ns3::Address(ipv6));
    EXPECT_TRUE(IpKey::Of(ns3::Ipv6Address::MakeIpv4MappedAddress(ipv4)) == IpKey::Of(ipv4));
}

} // namespace
} // namespace portlab
