// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/base/random.h"
#include "model/core/port/search-plan.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <stdexcept>
#include <vector>

namespace
{

using portlab::PortRange;
using portlab::Random;
using portlab::SearchPlan;
using portlab::Segment;
using portlab::StreamKey;

using Candidates = std::vector<std::uint64_t>;

Candidates
CandidatesOf(const SearchPlan& plan)
{
    Candidates candidates;
    for (const Segment& segment : plan)
    {
        for (std::uint32_t index = 0; index < segment.count; ++index)
        {
            candidates.push_back(segment.At(index));
        }
    }
    return candidates;
}

} // namespace

TEST(SearchPlan, WithoutSegmentsHasNoCandidates)
{
    const SearchPlan plan{};

    EXPECT_EQ(plan.begin(), plan.end());
    EXPECT_EQ(plan.Total(), 0u);
}

TEST(SearchPlan, LeavesEmptySegmentsOut)
{
    SearchPlan plan;
    plan.Add(50000, 1, 0);

    EXPECT_EQ(plan.begin(), plan.end());
}

TEST(SearchPlan, KeepsTheOrderOfItsSegments)
{
    SearchPlan plan;
    plan.Add(50004, -2, 3);
    plan.Add(50001, 2, 2);
    plan.Add(65535, -65534, 2);

    EXPECT_EQ(CandidatesOf(plan), (Candidates{50004, 50002, 50000, 50001, 50003, 65535, 1}));
    EXPECT_EQ(plan.Total(), 7u);
}

TEST(SearchPlan, HoldsThirtyTwoSegmentsAndNotOneMore)
{
    SearchPlan plan;
    for (int i = 0; i < 32; ++i)
    {
        plan.Add(50000, 1, 1);
    }

    EXPECT_EQ(plan.Total(), 32u);
    EXPECT_THROW(plan.Add(50000, 1, 1), std::logic_error);
}

TEST(CyclicPlan, GoesAroundOnceFromEveryStart)
{
    for (const std::uint32_t size : {1u, 2u, 3u, 64u, 65u})
    {
        const PortRange range(65, static_cast<portlab::Port>(64 + size));
        for (std::uint64_t offset = 0; offset < 2 * size + 1; ++offset)
        {
            SearchPlan plan;
            plan.AddCyclic(range, offset, size);
            Candidates walked;
            for (std::uint32_t i = 0; i < size; ++i)
            {
                walked.push_back(range.At(offset + i));
            }
            ASSERT_EQ(CandidatesOf(plan), walked) << "size " << size << ", offset " << offset;
            ASSERT_LE(plan.end() - plan.begin(), 2);
        }
    }
}

TEST(CyclicPlan, MayGoAroundMoreThanOnceOrLess)
{
    SearchPlan plan;
    plan.AddCyclic(PortRange(7, 9), 2, 5);
    plan.AddCyclic(PortRange(7, 9), 1, 1);
    plan.AddCyclic(PortRange(7, 9), 1, 0);

    EXPECT_EQ(CandidatesOf(plan), (Candidates{9, 7, 8, 9, 7, 8}));
}

/// The counter alone starts again at 0, so the ports jump unless the range divides the modulus.
TEST(CountedPlan, VisitsWhatACounterOfLimitedWidthVisits)
{
    constexpr std::uint64_t SEED = 1;
    Random random{StreamKey(SEED, 1).With("counted plans")};
    for (int i = 0; i < 3000; ++i)
    {
        const std::uint64_t modulus = i % 2 == 0 ? 0x10000 : std::uint64_t{1} << 32;
        const std::uint32_t count = 1 + random.Below(i % 3 == 0 ? 7 : 700);
        const PortRange range(1000, static_cast<portlab::Port>(999 + count));
        const std::uint64_t offset = random.Below(~std::uint32_t{0});
        const std::uint64_t beforeEnd = random.Below(2 * count);
        const std::uint64_t counter = modulus - beforeEnd + (i % 5 == 0 ? 7 * modulus : 0);
        SearchPlan plan;
        plan.AddCounted(range, offset, counter, modulus, count);

        Candidates walked;
        for (std::uint64_t step = 0; step < count; ++step)
        {
            walked.push_back(1000 + (offset + (counter + step) % modulus) % count);
        }
        ASSERT_EQ(CandidatesOf(plan), walked)
            << "seed " << SEED << ", case " << i << ": offset " << offset << ", counter " << counter
            << ", modulus " << modulus << ", " << count << " ports";
        ASSERT_EQ(plan.Total(), count);
        ASSERT_LE(plan.end() - plan.begin(), 4);
    }
}
