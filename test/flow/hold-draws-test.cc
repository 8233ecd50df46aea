// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/flow/draws.h"
#include "test/core/chance.h"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace
{

using namespace std::chrono_literals;

using portlab::ClosingShares;
using portlab::DrawEnding;
using portlab::DrawHold;
using portlab::Duration;
using portlab::Ending;
using portlab::ExponentialHold;
using portlab::FixedHold;
using portlab::HoldTime;
using portlab::InSeconds;
using portlab::LognormalHold;
using portlab::Random;
using portlab::RetryPause;
using portlab::RetryRule;
using portlab::SampledHold;
using portlab::StreamKey;
using portlab::test::ChanceOfCounts;
using portlab::test::ChanceOfUniforms;

// All seeds are fixed: a test that is green stays green. The rates of false alarm say how likely
// each would have been red for faultless draws when the seeds were chosen.

constexpr int DRAW_COUNT = 200'000;
constexpr double RARE = 1e-6;

Random
Stream(const char* purpose, std::uint64_t seed)
{
    return Random(StreamKey(seed, 1).With(purpose));
}

/// The share of holds that are at most so many seconds long.
using Law = std::function<double(double)>;

double
ExponentialLaw(double seconds, double mean)
{
    return -std::expm1(-seconds / mean);
}

double
LognormalLaw(double seconds, double median, double sigma)
{
    return std::erfc(-std::log(seconds / median) / (sigma * std::sqrt(2.0))) / 2;
}

/// The chance that faultless draws of the law would lie as far from it as these do.
double
ChanceOf(const HoldTime& hold, const Law& law, std::uint64_t seed)
{
    Random random = Stream("hold", seed);
    std::vector<double> uniforms;
    for (int i = 0; i < DRAW_COUNT; ++i)
    {
        uniforms.push_back(law(InSeconds(DrawHold(hold, random))));
    }
    return ChanceOfUniforms(std::move(uniforms));
}

/// How many of twenty seeds a law would be rejected for, at the threshold of these tests.
int
RejectionsOf(const HoldTime& hold, const Law& law)
{
    int rejections = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
    {
        rejections += ChanceOf(hold, law, seed) < RARE ? 1 : 0;
    }
    return rejections;
}

} // namespace

TEST(FixedHold, IsAlwaysItsLengthAndTakesNoDraw)
{
    Random random = Stream("fixed", 1);
    Random untouched = random;

    for (int i = 0; i < 100; ++i)
    {
        EXPECT_EQ(DrawHold(FixedHold{1234567ns}, random), 1234567ns);
    }
    EXPECT_EQ(random.Bits(), untouched.Bits());
}

/// Kolmogorov and Smirnov, for 3 seeds each; false alarm: 6e-6 in all.
TEST(DrawnHolds, FollowTheirLaws)
{
    for (std::uint64_t seed = 1; seed <= 3; ++seed)
    {
        SCOPED_TRACE("seed " + std::to_string(seed));
        EXPECT_GT(ChanceOf(
                      ExponentialHold{200ms},
                      [](double seconds) { return ExponentialLaw(seconds, 0.2); },
                      seed),
                  RARE);
        EXPECT_GT(ChanceOf(
                      LognormalHold{80ms, 1.2},
                      [](double seconds) { return LognormalLaw(seconds, 0.08, 1.2); },
                      seed),
                  RARE);
    }
}

/// The power of the test above: the mean or the median 3 % off, the sigma 5 % off.
TEST(DrawnHolds, WouldBeFoundOutIfTheyWereSlightlyWrong)
{
    EXPECT_GE(RejectionsOf(ExponentialHold{200ms},
                           [](double seconds) { return ExponentialLaw(seconds, 0.206); }),
              19);
    EXPECT_GE(RejectionsOf(LognormalHold{80ms, 1.2},
                           [](double seconds) { return LognormalLaw(seconds, 0.0824, 1.2); }),
              19);
    EXPECT_GE(RejectionsOf(LognormalHold{80ms, 1.2},
                           [](double seconds) { return LognormalLaw(seconds, 0.08, 1.26); }),
              19);
}

TEST(LognormalHold, WithoutSpreadIsItsMedian)
{
    Random random = Stream("no spread", 1);

    EXPECT_EQ(DrawHold(LognormalHold{80ms, 0}, random), 80ms);
}

/// A tail that no simulation can see the end of is cut at a century, not wrapped around.
TEST(LognormalHold, IsAtMostACentury)
{
    Random random = Stream("tail", 1);
    Duration longest{0};
    for (int i = 0; i < 1000; ++i)
    {
        const Duration hold = DrawHold(LognormalHold{8760h, 10}, random);
        ASSERT_GE(hold, 0s);
        longest = std::max(longest, hold);
    }

    EXPECT_EQ(longest, 100 * 365 * Duration(24h));
}

/// Chi-squared; false alarm: 1e-6.
TEST(SampledHold, DrawsEachSampleAsOftenAsAnother)
{
    Random random = Stream("samples", 1);
    const SampledHold hold{{1s, 2s, 3s, 4s, 5s, 6s, 7s}};
    std::vector<std::uint32_t> counts(hold.samples.size());
    for (int i = 0; i < 70'000; ++i)
    {
        const Duration drawn = DrawHold(hold, random);
        ASSERT_EQ(drawn % 1s, 0s);
        ++counts.at(static_cast<std::size_t>(drawn / 1s - 1));
    }

    EXPECT_GT(portlab::test::ChanceOfEvenCounts(counts), RARE);
}

/// Chi-squared; false alarm: 1e-6.
TEST(Endings, ComeInTheirShares)
{
    Random random = Stream("ending", 1);
    std::vector<std::uint32_t> counts(3);
    for (int i = 0; i < 100'000; ++i)
    {
        ++counts.at(static_cast<std::size_t>(DrawEnding({0.6, 0.3, 0.1}, random)));
    }

    EXPECT_GT(ChanceOfCounts(counts, {60'000, 30'000, 10'000}), RARE);
}

TEST(Endings, OfShareZeroNeverCome)
{
    Random random = Stream("never", 1);
    for (int i = 0; i < 100'000; ++i)
    {
        ASSERT_NE(DrawEnding({0, 0.5, 0.5}, random), Ending::Client);
        ASSERT_NE(DrawEnding({0.5, 0, 0.5}, random), Ending::Server);
        ASSERT_NE(DrawEnding({0.5, 0.5, 0}, random), Ending::Reset);
    }
}

TEST(Endings, WithoutAChoiceTakeNoDraw)
{
    Random random = Stream("no choice", 1);
    Random untouched = random;

    EXPECT_EQ(DrawEnding({1, 0, 0}, random), Ending::Client);
    EXPECT_EQ(DrawEnding({0, 1, 0}, random), Ending::Server);
    EXPECT_EQ(DrawEnding({0, 0, 1}, random), Ending::Reset);
    EXPECT_EQ(random.Bits(), untouched.Bits());
}

TEST(RetryPause, IsTheFirstForeverWithTheFactorOne)
{
    const RetryRule fixed{5, 250ms, 1};

    EXPECT_EQ(RetryPause(fixed, 2), 250ms);
    EXPECT_EQ(RetryPause(fixed, 1000), 250ms);
}

TEST(RetryPause, GrowsByItsFactorFromTheThirdAttemptOn)
{
    const RetryRule exponential{10, 100ms, 2};

    EXPECT_EQ(RetryPause(exponential, 2), 100ms);
    EXPECT_EQ(RetryPause(exponential, 3), 200ms);
    EXPECT_EQ(RetryPause(exponential, 4), 400ms);
    EXPECT_EQ(RetryPause(exponential, 10), 25600ms);
}

/// The greatest factor and the last attempt that a scenario may ask for: 100^998 is no number.
TEST(RetryPause, IsAtMostACenturyAndZeroIfItWasZero)
{
    EXPECT_EQ(RetryPause({1000, 100ms, 100}, 1000), 100 * 365 * Duration(24h));
    EXPECT_EQ(RetryPause({1000, 0s, 100}, 1000), 0s);
}
