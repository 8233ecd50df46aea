// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/base/time.h"

#include <gtest/gtest.h>
#include <type_traits>

namespace
{

using namespace std::chrono_literals;
using portlab::At;
using portlab::Duration;
using portlab::FromSeconds;
using portlab::InSeconds;
using portlab::Instant;
using portlab::NEVER;
using portlab::SimulatedClock;

template <typename Clock, typename = void>
struct CanBeRead : std::false_type
{
};

template <typename Clock>
struct CanBeRead<Clock, std::void_t<decltype(Clock::now())>> : std::true_type
{
};

/// Whether two values of these types can be added.
template <typename Left, typename Right, typename = void>
struct Add : std::false_type
{
};

template <typename Left, typename Right>
struct Add<Left, Right, std::void_t<decltype(Left{} + Right{})>> : std::true_type
{
};

} // namespace

TEST(SimulatedClock, CannotBeRead)
{
    EXPECT_TRUE(CanBeRead<std::chrono::steady_clock>::value);
    EXPECT_FALSE(CanBeRead<SimulatedClock>::value);
}

TEST(SimulatedClock, AddsDurationsToInstantsButNotInstants)
{
    EXPECT_TRUE((Add<Instant, Duration>::value));
    EXPECT_FALSE((Add<Instant, Instant>::value));
    EXPECT_EQ(At(10s) + 60s, At(70s));
    EXPECT_EQ(At(70s) - At(10s), 60s);
}

TEST(Instant, StartsAtZeroAndNeverIsLaterThanAnyOther)
{
    EXPECT_EQ(At(0s), Instant{});
    EXPECT_GT(NEVER, At(24h * 365 * 292));
}

TEST(InSeconds, TellsNanosecondsApart)
{
    EXPECT_EQ(InSeconds(1ns), 1e-9);
    EXPECT_EQ(InSeconds(-200ms), -0.2);
    EXPECT_EQ(InSeconds(At(60s)), 60.0);
    EXPECT_LT(InSeconds(60s - 1ns), InSeconds(60s));
}

TEST(FromSeconds, RoundsToTheNearestNanosecond)
{
    EXPECT_EQ(FromSeconds(0), 0ns);
    EXPECT_EQ(FromSeconds(0.2), 200ms);
    EXPECT_EQ(FromSeconds(1.49e-9), 1ns);
    EXPECT_EQ(FromSeconds(1.51e-9), 2ns);
    EXPECT_EQ(FromSeconds(0.49e-9), 0ns);
}

TEST(FromSeconds, RoundsNegativeNumbersAwayFromZeroToo)
{
    EXPECT_EQ(FromSeconds(-0.2), -200ms);
    EXPECT_EQ(FromSeconds(-1.49e-9), -1ns);
    EXPECT_EQ(FromSeconds(-1.51e-9), -2ns);
}

TEST(FromSeconds, UndoesInSeconds)
{
    for (const Duration duration : {Duration{1ns}, Duration{999ns}, Duration{1h + 1ns}})
    {
        EXPECT_EQ(FromSeconds(InSeconds(duration)), duration);
    }
}
