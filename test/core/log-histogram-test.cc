// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/base/log-histogram.h"
#include "model/core/base/random.h"

#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <limits>
#include <stdexcept>
#include <vector>

namespace
{

using portlab::LogHistogram;
using portlab::Random;
using portlab::StreamKey;

constexpr std::uint64_t LARGEST = std::numeric_limits<std::uint64_t>::max();

/// The number of the only bin that such a value fills.
std::size_t
BinOf(std::uint64_t value)
{
    LogHistogram histogram;
    histogram.Add(value);
    return histogram.BinCount() - 1;
}

} // namespace

TEST(LogHistogram, OfNothingHasNoQuantile)
{
    const LogHistogram histogram;

    EXPECT_EQ(histogram.Count(), 0u);
    EXPECT_EQ(histogram.BinCount(), 0u);
    EXPECT_THROW(histogram.Quantile(0.5), std::logic_error);
}

TEST(LogHistogram, IsExactBelowSixtyFour)
{
    for (std::uint64_t value = 0; value < 64; ++value)
    {
        EXPECT_EQ(BinOf(value), value);
        EXPECT_EQ(LogHistogram::LowOf(value), value);
        EXPECT_EQ(LogHistogram::HighOf(value), value);
    }
}

/// Bins leave no gap, do not overlap, and are narrower than 1/32 of their values.
TEST(LogHistogram, CoversAllNumbersWithBinsThatWiden)
{
    const std::size_t last = BinOf(LARGEST);
    for (std::size_t bin = 0; bin <= last; ++bin)
    {
        const std::uint64_t low = LogHistogram::LowOf(bin);
        const std::uint64_t high = LogHistogram::HighOf(bin);
        EXPECT_EQ(BinOf(low), bin);
        EXPECT_EQ(BinOf(high), bin);
        EXPECT_LE(high - low, low / 32);
        if (bin > 0)
        {
            EXPECT_EQ(low, LogHistogram::HighOf(bin - 1) + 1);
        }
    }
    EXPECT_EQ(LogHistogram::HighOf(last), LARGEST);
}

TEST(LogHistogram, OfOneValueHasThatValueForEveryQuantile)
{
    LogHistogram histogram;
    histogram.Add(1'000'003, 5);

    for (const double share : {0.001, 0.5, 0.99, 1.0})
    {
        EXPECT_EQ(histogram.Quantile(share), 1'000'003);
    }
}

TEST(LogHistogram, FindsQuantilesAtTheBorderOfTheirShares)
{
    LogHistogram histogram;
    histogram.Add(1, 50);
    histogram.Add(2, 49);
    histogram.Add(3);

    EXPECT_EQ(histogram.Quantile(0.5), 1);
    EXPECT_EQ(histogram.Quantile(0.5 + 1e-9), 2);
    EXPECT_EQ(histogram.Quantile(0.99), 2);
    EXPECT_EQ(histogram.Quantile(0.99 + 1e-9), 3);
    EXPECT_EQ(histogram.Quantile(1), 3);
}

TEST(LogHistogram, CountsSumsAndKeepsTheGreatestExactly)
{
    LogHistogram histogram;
    histogram.Add(7);
    histogram.Add(1'000'000'007, 3);
    histogram.Add(0);

    EXPECT_EQ(histogram.Count(), 5u);
    EXPECT_EQ(histogram.Sum(), 3'000'000'028u);
    EXPECT_EQ(histogram.Max(), 1'000'000'007u);
    EXPECT_EQ(histogram.CountIn(0), 1u);
    EXPECT_EQ(histogram.CountIn(7), 1u);
    EXPECT_EQ(histogram.CountIn(BinOf(1'000'000'007)), 3u);
    EXPECT_EQ(histogram.CountIn(8), 0u);
}

/// Against the sorted values, whose quantiles are exact.
TEST(LogHistogram, HasQuantilesWithinOneInThirtyTwoOfThoseOfTheValues)
{
    for (std::uint64_t seed = 1; seed <= 10; ++seed)
    {
        Random random(StreamKey(seed, 1).With("histogram"));
        LogHistogram histogram;
        std::vector<std::uint64_t> values;
        for (int i = 0; i < 2000; ++i)
        {
            values.push_back(random.Bits() >> (8 + random.Below(56)));
            histogram.Add(values.back());
        }
        std::sort(values.begin(), values.end());
        for (const double share : {0.01, 0.25, 0.5, 0.9, 0.99, 1.0})
        {
            const auto place = static_cast<std::size_t>(share * 2000 - 0.5);
            const auto exact = static_cast<double>(values[place]);
            EXPECT_NEAR(histogram.Quantile(share), exact, exact / 32)
                << "seed " << seed << ", share " << share;
        }
    }
}
