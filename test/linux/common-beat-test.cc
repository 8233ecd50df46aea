// SPDX-License-Identifier: GPL-2.0-only

#include "test/linux/common-beat.h"

#include <chrono>
#include <gtest/gtest.h>

namespace
{

using namespace std::chrono_literals;

using portlab::Duration;
using portlab::Port;
using portlab::PortRange;
using portlab::test::BeatSearch;
using portlab::test::Findings;
using portlab::test::SearchRule;
using portlab::test::TimedChoice;

const SearchRule RULE{PortRange(1000, 1999)};

/// Two sequences that choose every second for 40 s, by steps of 2 and 16, and jump far before the
/// choices at 4 s, 14 s, 24 s and 34 s; the second one `late` choices later.
std::vector<TimedChoice>
TwoSequences(int late)
{
    std::vector<TimedChoice> choices;
    std::uint32_t first = 1000;
    std::uint32_t second = 1500;
    for (int second_s = 0; second_s < 40; ++second_s)
    {
        first += second_s % 10 == 4 ? 202 : 2;
        second += second_s % 10 == (4 + late) % 10 ? 102 : 16;
        first -= first > 1999 ? 1000 : 0;
        second -= second > 1999 ? 1000 : 0;
        choices.push_back({Duration(1s) * second_s, 0, static_cast<Port>(first)});
        choices.push_back({Duration(1s) * second_s + 1ms, 1, static_cast<Port>(second)});
    }
    return choices;
}

} // namespace

TEST(CommonBeat, IsFoundWhereAllSequencesJumpTogether)
{
    const auto phases = BeatSearch(RULE, TwoSequences(0)).Find(10s);

    ASSERT_EQ(phases.size(), 1u);
    EXPECT_EQ(phases[0].after, 3s + 1ms);
    EXPECT_EQ(phases[0].atMost, 4s);
}

TEST(CommonBeat, CountsTheJumpsThatAreNeeded)
{
    const Findings found = BeatSearch(RULE, TwoSequences(0)).Judge({10s, 4s});
    EXPECT_EQ(found.choices, 80u);
    EXPECT_EQ(found.jumps, 8u);
    EXPECT_EQ(found.impossible, 0u);

    const Findings late = BeatSearch(RULE, TwoSequences(0)).Judge({10s, 4s + 1ms});
    EXPECT_EQ(late.jumps, 4u);
    EXPECT_EQ(late.impossible, 4u) << "the first sequence has jumped before the beat";
    EXPECT_EQ(BeatSearch(RULE, TwoSequences(0)).Judge({1000s, 0s}).impossible, 8u);
}

TEST(CommonBeat, IsNotFoundIfOneSequenceJumpsLater)
{
    EXPECT_TRUE(BeatSearch(RULE, TwoSequences(1)).Find(10s).empty());
}

TEST(CommonBeat, IsNotFoundWithAnotherPeriod)
{
    EXPECT_TRUE(BeatSearch(RULE, TwoSequences(0)).Find(9s).empty());
    EXPECT_TRUE(BeatSearch(RULE, TwoSequences(0)).Find(11s).empty());
    EXPECT_TRUE(BeatSearch(RULE, TwoSequences(0)).Find(20s).empty());
}
