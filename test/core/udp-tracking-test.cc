// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/udp-tracking.h"

#include <gtest/gtest.h>

namespace
{

using namespace std::chrono_literals;
using portlab::At;
using portlab::Duration;
using portlab::Instant;
using portlab::NatState;
using portlab::UdpTracking;

constexpr NatState FRESH = NatState::UdpNew;
constexpr NatState STREAM = NatState::UdpStream;

/// The state after a packet so long after the first one, which came at `begin`.
NatState
After(Duration age, bool seenReply, Instant begin = At(0s))
{
    return UdpTracking::After(FRESH, UdpTracking::StreamFrom(begin + 2s), seenReply, begin + age);
}

} // namespace

TEST(Udp, BecomesAStreamWithTheFirstPacketAfterMoreThanTwoSeconds)
{
    EXPECT_EQ(After(0s, true), FRESH);
    EXPECT_EQ(After(2s, true), FRESH);
    EXPECT_EQ(After(2001ms - 1ns, true), FRESH) << "milliseconds are whole";
    EXPECT_EQ(After(2001ms, true), STREAM);
    EXPECT_EQ(After(29s, true), STREAM);
}

TEST(Udp, IsNoStreamWhileNobodyHasAnswered)
{
    EXPECT_EQ(After(2001ms, false), FRESH);
    EXPECT_EQ(After(24h, false), FRESH);
}

TEST(Udp, StaysAStream)
{
    const std::uint32_t from = UdpTracking::StreamFrom(At(2s));
    EXPECT_EQ(UdpTracking::After(STREAM, from, true, At(3s)), STREAM);
    EXPECT_EQ(UdpTracking::After(STREAM, from, true, At(24h * 40)), STREAM)
        << "also when the clock of 32 bits has come around";
}

TEST(Udp, IsTrackedAcrossTheEndOfTheClock)
{
    const Duration around = std::chrono::milliseconds(std::uint64_t{1} << 32);
    for (const Instant begin : {At(around - 1s), At(around - 2s), At(around), At(3 * around - 1ms)})
    {
        EXPECT_EQ(After(2s, true, begin), FRESH);
        EXPECT_EQ(After(2001ms, true, begin), STREAM);
    }
}

TEST(Udp, IsTakenForYoungAfterHalfARoundOfTheClock)
{
    const Duration half = std::chrono::milliseconds(std::uint64_t{1} << 31);
    EXPECT_EQ(After(2s + half - 1ms, true), STREAM);
    EXPECT_EQ(After(2s + half, true), FRESH);
    EXPECT_EQ(After(2s + 2 * half + 1ms, true), STREAM);
}
