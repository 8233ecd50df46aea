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

using portlab::Arrivals;
using portlab::At;
using portlab::ConstantArrivals;
using portlab::FirstArrival;
using portlab::InSeconds;
using portlab::Instant;
using portlab::NEVER;
using portlab::NextArrival;
using portlab::PoissonArrivals;
using portlab::Random;
using portlab::SteppedArrivals;
using portlab::StreamKey;
using portlab::test::ChanceOfUniforms;

constexpr double RARE = 1e-6;

Random
Stream(std::uint64_t seed)
{
    return Random(StreamKey(seed, 1).With("arrivals"));
}

std::vector<Instant>
ArrivalsUntil(Instant end, const Arrivals& arrivals, std::uint64_t seed)
{
    Random random = Stream(seed);
    std::vector<Instant> times;
    for (Instant next = FirstArrival(arrivals, random); next < end;
         next = NextArrival(arrivals, next, random))
    {
        times.push_back(next);
    }
    return times;
}

/// How many arrivals are expected until a moment.
using Expected = std::function<double(double)>;

/// The chance that a Poisson process of that expectation would be as uneven as these arrivals are.
/// On the clock that ticks once for each expected arrival, their gaps are exponential with mean 1.
double
ChanceOfPoisson(const std::vector<Instant>& times, const Expected& expected)
{
    double before = 0;
    std::vector<double> uniforms;
    for (const Instant time : times)
    {
        const double now = expected(InSeconds(time));
        uniforms.push_back(-std::expm1(before - now));
        before = now;
    }
    return ChanceOfUniforms(std::move(uniforms));
}

/// Nothing for 10 s, 100/s for 10 s, nothing for 5 s, 500/s for 2 s, then 20/s.
const SteppedArrivals STEPS{
    {{At(0s), 0}, {At(10s), 100}, {At(20s), 0}, {At(25s), 500}, {At(27s), 500}, {At(28s), 20}}};

double
ExpectedInSteps(double seconds)
{
    const auto within = [seconds](double from, double until) {
        return std::clamp(seconds, from, until) - from;
    };
    return 100 * within(10, 20) + 500 * within(25, 28) + 20 * within(28, 1e9);
}

std::size_t
CountBetween(const std::vector<Instant>& times, Instant from, Instant until)
{
    std::size_t count = 0;
    for (const Instant time : times)
    {
        count += from <= time && time < until ? 1 : 0;
    }
    return count;
}

} // namespace

/// Kolmogorov and Smirnov, for 20 seeds: false alarm 2e-5 in all.
TEST(PoissonArrivals, HaveExponentialGaps)
{
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
    {
        const auto times = ArrivalsUntil(At(1000s), PoissonArrivals{100}, seed);
        EXPECT_GT(ChanceOfPoisson(times, [](double seconds) { return 100 * seconds; }), RARE)
            << "seed " << seed;
    }
}

/// The count of 10^7 expected arrivals is within 4.8916 standard deviations: false alarm 1e-6.
TEST(PoissonArrivals, ComeAtTheirRate)
{
    const auto times = ArrivalsUntil(At(100s), PoissonArrivals{1e5}, 1);

    EXPECT_NEAR(static_cast<double>(times.size()), 1e7, 4.8916 * std::sqrt(1e7));
}

/// False alarm: 2e-5 in all.
TEST(SteppedArrivals, ArePoissonOnTheClockOfTheirRates)
{
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
    {
        const auto times = ArrivalsUntil(At(200s), STEPS, seed);
        EXPECT_GT(ChanceOfPoisson(times, ExpectedInSteps), RARE) << "seed " << seed;
    }
}

/// The power of the test above.
TEST(SteppedArrivals, WouldBeFoundOutIfTheirRatesWereATenthTooLow)
{
    int foundOut = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
    {
        const auto times = ArrivalsUntil(At(2000s), STEPS, seed);
        const auto wrong = [](double seconds) { return 1.1 * ExpectedInSteps(seconds); };
        foundOut += ChanceOfPoisson(times, wrong) < RARE ? 1 : 0;
    }

    EXPECT_GE(foundOut, 19);
}

TEST(SteppedArrivals, AreExactlyNoneWhereTheRateIsZero)
{
    for (std::uint64_t seed = 1; seed <= 200; ++seed)
    {
        const auto times = ArrivalsUntil(At(40s), STEPS, seed);
        EXPECT_EQ(CountBetween(times, At(0s), At(10s)), 0u) << "seed " << seed;
        EXPECT_EQ(CountBetween(times, At(20s), At(25s)), 0u) << "seed " << seed;
    }
}

/// On both sides of each border, over 2,000 seeds, the counts are those of the rates: within 4.8916
/// standard deviations each. False alarm: 6e-6.
TEST(SteppedArrivals, ChangeTheirRateAtTheBorder)
{
    constexpr int SEEDS = 2000;
    const std::vector<std::pair<Instant, double>> expected{{At(10s), 100},
                                                           {At(20s - 100ms), 100},
                                                           {At(25s), 500},
                                                           {At(27s - 50ms), 500},
                                                           {At(28s - 100ms), 500},
                                                           {At(28s), 20}};
    std::vector<double> counts(expected.size());
    for (std::uint64_t seed = 1; seed <= SEEDS; ++seed)
    {
        const auto times = ArrivalsUntil(At(29s), STEPS, seed);
        for (std::size_t border = 0; border < expected.size(); ++border)
        {
            const Instant from = expected[border].first;
            counts[border] += static_cast<double>(CountBetween(times, from, from + 100ms));
        }
    }

    for (std::size_t border = 0; border < expected.size(); ++border)
    {
        const double mean = SEEDS * expected[border].second * 0.1;
        EXPECT_NEAR(counts[border], mean, 4.8916 * std::sqrt(mean)) << "border " << border;
    }
}

TEST(SteppedArrivals, BeginWithTheirFirstStep)
{
    for (std::uint64_t seed = 1; seed <= 100; ++seed)
    {
        Random random = Stream(seed);
        EXPECT_GE(FirstArrival(SteppedArrivals{{{At(5s), 1e9}}}, random), At(5s));
    }
}

TEST(SteppedArrivals, NeverComeAgainAfterALastStepOfRateZero)
{
    Random random = Stream(1);
    const SteppedArrivals ending{{{At(0s), 1000}, {At(10s), 0}}};

    EXPECT_EQ(NextArrival(ending, At(10s), random), NEVER);
    EXPECT_EQ(NextArrival(ending, At(1000s), random), NEVER);
    EXPECT_EQ(ArrivalsUntil(NEVER, ending, 1).back() < At(10s), true);
}

TEST(ConstantArrivals, AreEvenlySpaced)
{
    const auto times = ArrivalsUntil(At(100s), ConstantArrivals{8}, 1);

    ASSERT_EQ(times.size(), 800u);
    for (std::size_t i = 1; i < times.size(); ++i)
    {
        ASSERT_EQ(times[i] - times[i - 1], 125ms);
    }
}

/// False alarm: 1e-6.
TEST(ConstantArrivals, BeginAnywhereInTheFirstInterval)
{
    std::vector<double> places;
    for (std::uint64_t seed = 1; seed <= 10'000; ++seed)
    {
        Random random = Stream(seed);
        places.push_back(InSeconds(FirstArrival(ConstantArrivals{8}, random)) / 0.125);
    }

    EXPECT_LE(*std::max_element(places.begin(), places.end()), 1.0);
    EXPECT_GT(ChanceOfUniforms(std::move(places)), RARE);
}

TEST(Arrivals, OfRateZeroNeverCome)
{
    Random random = Stream(1);

    EXPECT_EQ(FirstArrival(PoissonArrivals{0}, random), NEVER);
    EXPECT_EQ(FirstArrival(ConstantArrivals{0}, random), NEVER);
    EXPECT_EQ(FirstArrival(SteppedArrivals{{{At(0s), 0}, {At(10s), 0}}}, random), NEVER);
    EXPECT_EQ(FirstArrival(SteppedArrivals{}, random), NEVER);
}

/// One in a hundred thousand years, give or take: not an overflow in the past.
TEST(Arrivals, OfARateNearZeroNeverCome)
{
    Random random = Stream(1);

    EXPECT_EQ(FirstArrival(PoissonArrivals{1e-13}, random), NEVER);
    EXPECT_EQ(NextArrival(ConstantArrivals{1e-13}, At(1s), random), NEVER);
    EXPECT_EQ(NextArrival(SteppedArrivals{{{At(0s), 1e-13}}}, At(1s), random), NEVER);
}

/// The order that makes results independent of how a run is cut: the next arrival depends on the
/// stream's own draws and the last arrival alone.
TEST(Arrivals, FollowFromTheSeedAlone)
{
    for (const Arrivals& arrivals :
         {Arrivals(PoissonArrivals{10}), Arrivals(ConstantArrivals{10}), Arrivals(STEPS)})
    {
        EXPECT_EQ(ArrivalsUntil(At(100s), arrivals, 3), ArrivalsUntil(At(100s), arrivals, 3));
        EXPECT_NE(ArrivalsUntil(At(100s), arrivals, 3), ArrivalsUntil(At(100s), arrivals, 4));
    }
}
