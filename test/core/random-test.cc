// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/base/random.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <vector>

namespace
{

using portlab::Random;
using portlab::StreamKey;

// All seeds are fixed: a test that is green stays green. The rates of false alarm say how likely
// each would have been red for a faultless generator when the seeds were chosen.

constexpr std::uint64_t SEED_COUNT = 20;

std::vector<std::uint64_t>
FirstBits(StreamKey key, std::size_t count)
{
    Random random(key);
    std::vector<std::uint64_t> bits(count);
    std::generate(bits.begin(), bits.end(), [&random] { return random.Bits(); });
    return bits;
}

/// The distance of counts from equal shares, in Pearson's measure.
double
ChiSquared(const std::vector<std::uint32_t>& counts)
{
    double total = 0;
    for (const std::uint32_t count : counts)
    {
        total += count;
    }
    const double share = total / static_cast<double>(counts.size());
    double sum = 0;
    for (const std::uint32_t count : counts)
    {
        sum += (count - share) * (count - share) / share;
    }
    return sum;
}

constexpr std::uint32_t CELL_COUNT = 100;
constexpr int DRAW_COUNT = 100'000;

/// Quantiles of chi-squared with 99 degrees of freedom, and with 1980 for the sum of 20 of them.
/// Source: gsl_cdf_chisq_Qinv and _Pinv, GSL 2.7.1.
constexpr double HIGHEST_OF_ONE = 192.983;  // exceeded with probability 5e-8: 1e-6 for all 20
constexpr double HIGHEST_OF_SUM = 2303.251; // 5e-7
constexpr double LOWEST_OF_SUM = 1687.311;  // 5e-7: evener than chance allows

/// Draws 0 .. CELL_COUNT-1, or too few of them if `bound` is less.
double
ChiSquaredOfDraws(std::uint64_t seed, std::uint32_t bound)
{
    Random random(StreamKey(seed, 1));
    std::vector<std::uint32_t> counts(CELL_COUNT);
    for (int i = 0; i < DRAW_COUNT; ++i)
    {
        ++counts[random.Below(bound)];
    }
    return ChiSquared(counts);
}

struct Moments
{
    double mean{0};
    double variance{0};
};

template <typename Draw>
Moments
MomentsOf(int count, Draw draw)
{
    double sum = 0;
    double sumOfSquares = 0;
    for (int i = 0; i < count; ++i)
    {
        const double value = draw();
        sum += value;
        sumOfSquares += value * value;
    }
    const double mean = sum / count;
    return {mean, sumOfSquares / count - mean * mean};
}

constexpr int MOMENT_DRAW_COUNT = 1'000'000;

/// Exceeded with probability 1e-6, on both sides together, by a mean of many draws.
constexpr double STANDARD_ERRORS = 4.8916;

} // namespace

TEST(Stream, GivesTheSameNumbersForTheSameKey)
{
    const StreamKey key = StreamKey(7, 3).With("generator").With(12).With("hold");
    const StreamKey again = StreamKey(7, 3).With("generator").With(12).With("hold");

    EXPECT_EQ(FirstBits(key, 1000), FirstBits(again, 1000));
}

/// Computed by a second implementation, in Python's integers. Whoever changes these numbers
/// changes every result: CHANGES.md, "Changed results".
TEST(Stream, GivesTheSpecifiedNumbersWithEveryCompiler)
{
    const std::vector<std::uint64_t> expected{
        0x45f3e4dd2b148a12u,
        0x802aae6b41619f59u,
        0x88e9a66912ff85c3u,
    };

    EXPECT_EQ(FirstBits(StreamKey(1, 1).With("arrivals"), 3), expected);
}

TEST(Stream, GivesOtherNumbersForEveryOtherKey)
{
    const StreamKey key = StreamKey(1, 1).With("host").With(1);
    const std::vector<StreamKey> keys{
        key,
        StreamKey(2, 1).With("host").With(1),
        StreamKey(1, 2).With("host").With(1),
        StreamKey(1, 1).With("hosts").With(1),
        StreamKey(1, 1).With("tsoh").With(1),
        StreamKey(1, 1).With("host").With(2),
        StreamKey(1, 1).With(1).With("host"),
        StreamKey(1, 1).With("host"),
        StreamKey(1, 1).With("ho").With("st").With(1),
        key.With(""),
        StreamKey(1, 1),
    };

    std::set<std::uint64_t> distinct;
    for (const StreamKey& each : keys)
    {
        for (const std::uint64_t bits : FirstBits(each, 100))
        {
            distinct.insert(bits);
        }
    }
    EXPECT_EQ(distinct.size(), 100 * keys.size());
}

/// A million hosts draw their first number from a million streams: those must be uniform as well.
/// False alarm: 1e-6.
TEST(Stream, IsUnrelatedToTheStreamOfTheNextIndex)
{
    const StreamKey key = StreamKey(1, 1).With("host");
    std::vector<std::uint32_t> counts(CELL_COUNT);
    for (std::uint64_t index = 0; index < DRAW_COUNT; ++index)
    {
        ++counts[Random(key.With(index)).Below(CELL_COUNT)];
    }

    EXPECT_LT(ChiSquared(counts), 180.792); // Source: gsl_cdf_chisq_Qinv(1e-6, 99)
}

TEST(Below, OneIsAlwaysZero)
{
    Random random(StreamKey(1, 1));
    for (int i = 0; i < 1000; ++i)
    {
        ASSERT_EQ(random.Below(1), 0u);
    }
}

/// 28232 is the size of Linux's port range. A faultless generator misses an end with probability
/// (1 - 1/28232)^1000000, less than 1e-15.
TEST(Below, ReachesBothEndsAndNothingBeyond)
{
    constexpr std::uint32_t BOUND = 28232;
    Random random(StreamKey(1, 1).With("ends"));
    std::uint32_t lowest = BOUND;
    std::uint32_t highest = 0;
    for (int i = 0; i < 1'000'000; ++i)
    {
        const std::uint32_t drawn = random.Below(BOUND);
        lowest = std::min(lowest, drawn);
        highest = std::max(highest, drawn);
    }

    EXPECT_EQ(lowest, 0u);
    EXPECT_EQ(highest, BOUND - 1);
}

TEST(Below, StaysBelowTheLargestBound)
{
    constexpr std::uint32_t LARGEST = 0xffffffffu;
    Random random(StreamKey(1, 1).With("largest"));
    std::uint32_t highest = 0;
    for (int i = 0; i < 100'000; ++i)
    {
        highest = std::max(highest, random.Below(LARGEST));
    }

    EXPECT_LT(highest, LARGEST);
    EXPECT_GT(highest, LARGEST - LARGEST / 1000);
}

/// False alarm: 2e-6, half of it for the 20 seeds one by one and half for their sum.
TEST(Below, IsUniformForTwentySeeds)
{
    double sum = 0;
    for (std::uint64_t seed = 1; seed <= SEED_COUNT; ++seed)
    {
        const double distance = ChiSquaredOfDraws(seed, CELL_COUNT);
        EXPECT_LT(distance, HIGHEST_OF_ONE) << "seed " << seed;
        sum += distance;
    }

    EXPECT_LT(sum, HIGHEST_OF_SUM);
    EXPECT_GT(sum, LOWEST_OF_SUM);
}

/// The power of the test above, against the likeliest mistake.
TEST(Below, WouldBeFoundOutIfItNeverReachedTheLastValue)
{
    int foundOut = 0;
    for (std::uint64_t seed = 1; seed <= SEED_COUNT; ++seed)
    {
        foundOut += ChiSquaredOfDraws(seed, CELL_COUNT - 1) > HIGHEST_OF_ONE ? 1 : 0;
    }

    EXPECT_GE(foundOut, 19);
}

TEST(Unit, IsNeverZeroAndNeverMoreThanOne)
{
    Random random(StreamKey(1, 1).With("unit"));
    for (int i = 0; i < 1'000'000; ++i)
    {
        const double unit = random.Unit();
        ASSERT_GT(unit, 0.0);
        ASSERT_LE(unit, 1.0);
    }
}

/// False alarm: 1e-6. The variance of one draw is 1/12.
TEST(Unit, HasTheMeanOneHalf)
{
    Random random(StreamKey(1, 1).With("unit"));
    const Moments unit = MomentsOf(MOMENT_DRAW_COUNT, [&random] { return random.Unit(); });

    EXPECT_NEAR(unit.mean, 0.5, STANDARD_ERRORS * std::sqrt(1.0 / 12 / MOMENT_DRAW_COUNT));
}

/// False alarm: 1e-6. The variance of one draw is 1.
TEST(Exponential, HasTheMeanOne)
{
    Random random(StreamKey(1, 1).With("exponential"));
    const Moments waits = MomentsOf(MOMENT_DRAW_COUNT, [&random] { return random.Exponential(); });

    EXPECT_NEAR(waits.mean, 1.0, STANDARD_ERRORS / std::sqrt(MOMENT_DRAW_COUNT));
}

/// False alarm: 2e-6. The variance of one square is 2.
TEST(Normal, HasTheMeanZeroAndTheVarianceOne)
{
    Random random(StreamKey(1, 1).With("normal"));
    const Moments normal = MomentsOf(MOMENT_DRAW_COUNT, [&random] { return random.Normal(); });

    EXPECT_NEAR(normal.mean, 0.0, STANDARD_ERRORS / std::sqrt(MOMENT_DRAW_COUNT));
    EXPECT_NEAR(normal.variance, 1.0, STANDARD_ERRORS * std::sqrt(2.0 / MOMENT_DRAW_COUNT));
}
