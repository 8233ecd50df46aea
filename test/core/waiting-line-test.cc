// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/base/random.h"
#include "model/core/port/waiting-line.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <gtest/gtest.h>
#include <stdexcept>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Duration;
using portlab::Instant;
using portlab::Port;
using portlab::Random;
using portlab::StreamKey;
using portlab::WaitingLine;
using portlab::WaitingPort;
using portlab::WaitingTime;

} // namespace

TEST(WaitingTime, WithoutAGridEndsAfterItsLength)
{
    EXPECT_EQ((WaitingTime{60s}.End(At(1ns))), At(60s + 1ns));
    EXPECT_EQ((WaitingTime{0s}.End(At(7s))), At(7s));
}

/// Linux's wheel adds a whole granule before it rounds down.
TEST(WaitingTime, OnAGridEndsStrictlyBehindItsLength)
{
    const WaitingTime time{60s, 2048ms};

    EXPECT_EQ(time.End(At(1440ms - 1ns)), At(30 * 2048ms));
    EXPECT_EQ(time.End(At(1440ms)), At(31 * 2048ms)); // 61.44 s is the 30th multiple itself.
    EXPECT_EQ(time.End(At(1440ms + 1ns)), At(31 * 2048ms));
    EXPECT_EQ(time.End(At(3488ms - 1ns)), At(31 * 2048ms));
    EXPECT_EQ(time.End(At(3488ms)), At(32 * 2048ms));
}

TEST(WaitingTime, CountsItsGridFromTheBootOfTheMachine)
{
    const WaitingTime time{60s, 2048ms, 1'000'001ns};

    EXPECT_EQ(time.End(At(1440ms - 1'000'002ns)), At(30 * 2048ms - 1'000'001ns));
    EXPECT_EQ(time.End(At(1440ms - 1'000'001ns)), At(31 * 2048ms - 1'000'001ns));
    EXPECT_EQ(time.End(At(1440ms)), At(31 * 2048ms - 1'000'001ns));
}

/// The recorded lives are 60.14 s to 61.50 s, and 62.048 s is the longest possible.
TEST(WaitingTime, OnLinuxLastsSixtyToSixtyTwoSeconds)
{
    constexpr std::uint64_t SEED = 1;
    Random random(StreamKey(SEED, 1).With("grid"));
    for (int i = 0; i < 10'000; ++i)
    {
        const Duration boot{static_cast<std::int64_t>(random.Bits() >> 24)};
        const Instant since{Duration{static_cast<std::int64_t>(random.Bits() >> 20)}};
        const WaitingTime time{60s, 2048ms, boot};
        const Duration life = time.End(since) - since;

        ASSERT_GT(life, 60s) << "seed " << SEED << ", draw " << i;
        ASSERT_LE(life, 62048ms) << "seed " << SEED << ", draw " << i;
        ASSERT_EQ((time.End(since).time_since_epoch() + boot) % 2048ms, 0ns);
    }
}

TEST(WaitingLine, WhenEmptyNeverEnds)
{
    WaitingLine line(WaitingTime{60s});
    EXPECT_TRUE(line.IsEmpty());
    EXPECT_EQ(line.NextEnd(), portlab::NEVER);
    line.Push({At(1s), 7, 50000});
    line.Pop();

    EXPECT_TRUE(line.IsEmpty());
    EXPECT_EQ(line.NextEnd(), portlab::NEVER);
}

TEST(WaitingLine, RefusesToGoBackInTime)
{
    WaitingLine line(WaitingTime{60s});
    line.Push({At(1s), 7, 50000});
    line.Push({At(1s), 7, 50001});

    EXPECT_THROW(line.Push({At(1s - 1ns), 7, 50002}), std::logic_error);
}

/// Growing and shrinking past every edge of the blocks of 64.
TEST(WaitingLine, IsFirstInFirstOut)
{
    constexpr std::uint64_t SEED = 1;
    Random random(StreamKey(SEED, 1).With("line"));
    WaitingLine line(WaitingTime{60s, 2048ms, 77ns});
    std::deque<WaitingPort> known;
    std::uint32_t numbered = 0;
    for (std::uint32_t i = 0; i < 40'000; ++i)
    {
        SCOPED_TRACE("seed " + std::to_string(SEED) + ", step " + std::to_string(i));
        const bool isGrowing = i / 500 % 2 == 0;
        if (known.empty() || random.Below(100) < (isGrowing ? 65u : 35u))
        {
            const WaitingPort waiting{At(i / 3 * 1ms), i, static_cast<Port>(random.Below(65536))};
            line.Push(waiting);
            known.push_back(waiting);
        }
        else
        {
            line.Pop();
            known.pop_front();
            ++numbered;
        }
        ASSERT_EQ(line.Count(), known.size());
        ASSERT_EQ(line.IsEmpty(), known.empty());
        ASSERT_EQ(line.FrontNumber(), numbered);
        if (!known.empty())
        {
            const std::size_t place = random.Below(static_cast<std::uint32_t>(known.size()));
            ASSERT_EQ(line.Front().path, known.front().path);
            ASSERT_EQ(line.Peek(place).path, known[place].path);
            ASSERT_EQ(line.Peek(place).port, known[place].port);
            ASSERT_EQ(line.Peek(known.size() - 1).since, known.back().since);
            ASSERT_EQ(line.NextEnd(), line.Time().End(known.front().since));
        }
    }
}

TEST(WaitingLine, OfConstantLengthTakesConstantMemory)
{
    for (const std::uint32_t length : {1u, 63u, 64u, 65u, 1000u})
    {
        WaitingLine line(WaitingTime{60s});
        for (std::uint32_t i = 0; i < 100'000; ++i)
        {
            line.Push({At(i * 1ms), i, 50000});
            if (line.Count() > length)
            {
                line.Pop();
            }
        }

        EXPECT_LE(line.MemoryBytes(), (length / 64 + 3) * 64 * sizeof(WaitingPort)) << length;
    }
}
