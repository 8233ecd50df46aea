// SPDX-License-Identifier: GPL-2.0-only

// The random numbers behind connect(), where no port is busy: the recordings' and the model's.

#include "test/recorded/connect-machine.h"
#include "test/recorded/socket-scripts.h"
#include "test/recorded/step-series.h"
#include "test/recorded/two-samples.h"

#include <functional>
#include <gtest/gtest.h>
#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace
{

using portlab::OsProfile;
using portlab::Random;
using portlab::StreamKey;
using portlab::test::AskModel;
using portlab::test::ChanceOfEvenSteps;
using portlab::test::ChanceOfForgetfulSteps;
using portlab::test::ChanceOfSeparateSteps;
using portlab::test::ChanceOfUniforms;
using portlab::test::ConnectCalls;
using portlab::test::ConnectsWithOwnRanges;
using portlab::test::ProfileOf;
using portlab::test::ReadConnects;
using portlab::test::ReadRuns;
using portlab::test::RECORDED_RARE;
using portlab::test::Select;
using portlab::test::StepSeries;
using portlab::test::StepsOf;

using Sequences = std::map<std::string, StepSeries>;

/// The recordings in which no search meets a busy port.
const std::vector<const char*> FREE_RANGE{"connect-one-destination",
                                          "connect-eight-destinations",
                                          "connect-four-sources",
                                          "connect-across-namespaces",
                                          "connect-reset-each"};

/// The first `count` calls of one.
ConnectCalls
FirstCalls(const char* recording, std::size_t count)
{
    ConnectCalls calls = ReadConnects(recording);
    calls.erase(calls.begin() + static_cast<std::ptrdiff_t>(count), calls.end());
    return calls;
}

/// Enough of them for twenty seeds: 5,976 steps.
const ConnectCalls&
FewCalls()
{
    static const ConnectCalls calls = FirstCalls("connect-eight-destinations", 6000);
    return calls;
}

OsProfile
WithRandomSteps(std::uint32_t randomSteps)
{
    OsProfile profile = ProfileOf("linux-6.18");
    profile.tcp.value.randomSteps = randomSteps;
    return profile;
}

/// One cell for all destinations, as up to Linux 5.11.
OsProfile
WithOneCell()
{
    OsProfile profile = ProfileOf("linux-6.18");
    profile.tcp.value.cells = 1;
    return profile;
}

/// Eight sequences that draw as they should, but take a step over with a chance of 1 in 5: their
/// own step before, or the first sequence's of the same turn.
Sequences
Dependent(bool onThemselves, std::uint64_t seed)
{
    Random random(StreamKey(seed, 1).With("dependent steps"));
    std::vector<StepSeries> sequences(8, StepSeries{2});
    for (int turn = 0; turn < 750; ++turn)
    {
        for (StepSeries& steps : sequences)
        {
            const std::uint32_t drawn = 2 + 2 * random.Below(8);
            const std::uint32_t other = onThemselves ? steps.back() : sequences[0].back();
            steps.push_back(random.Below(5) == 0 ? other : drawn);
        }
    }
    Sequences named;
    for (const StepSeries& steps : sequences)
    {
        named["0/" + std::to_string(named.size())] = steps;
    }
    return named;
}

using Test = std::function<double(const Sequences&)>;

/// In how many of twenty seeds the test finds out that something is wrong.
int
FoundOut(const Test& test, const std::function<Sequences(std::uint64_t)>& draw)
{
    int count = 0;
    for (std::uint64_t seed = 101; seed <= 120; ++seed)
    {
        count += test(draw(seed)) < RECORDED_RARE ? 1 : 0;
    }
    return count;
}

Sequences
ModelsSteps(const OsProfile& profile, std::uint64_t seed)
{
    return StepsOf(AskModel(FewCalls(), profile, seed));
}

} // namespace

/// False alarm: RECORDED_RARE for each recording and each property.
TEST(StepsToOneDestination, AreDrawnFromTwoToSixteenUniformlyAndIndependently)
{
    for (const char* name : FREE_RANGE)
    {
        const Sequences steps = StepsOf(ReadConnects(name));
        const double even = ChanceOfEvenSteps(steps);
        const double forgetful = ChanceOfForgetfulSteps(steps);
        std::cout << name << ": chance of even steps " << even << ", of forgetful ones "
                  << forgetful << "\n";
        EXPECT_GT(even, RECORDED_RARE) << name;
        EXPECT_GT(forgetful, RECORDED_RARE) << name;
    }
    const double separate =
        ChanceOfSeparateSteps(StepsOf(ReadConnects("connect-eight-destinations")));
    std::cout << "chance of separate destinations " << separate << "\n";
    EXPECT_GT(separate, RECORDED_RARE);
    EXPECT_GT(ChanceOfSeparateSteps(StepsOf(ReadConnects("connect-four-sources"))), RECORDED_RARE);
}

/// With IP_LOCAL_PORT_RANGE steps are half as long. False alarm: RECORDED_RARE for each of four.
TEST(StepsInASocketsOwnRange, AreDrawnFromOneToEight)
{
    const auto runs =
        Select(ReadRuns("reserved-ports-and-socket-range"), "lpr_connect_40000_49999");
    for (const auto& asked : {runs, AskModel(runs, 1)})
    {
        const Sequences steps = StepsOf(ConnectsWithOwnRanges(asked));
        EXPECT_EQ(steps.size(), 5u);
        EXPECT_GT(ChanceOfEvenSteps(steps), RECORDED_RARE);
        EXPECT_GT(ChanceOfForgetfulSteps(steps), RECORDED_RARE);
    }
}

/// The model, asked the same. False alarm: RECORDED_RARE for each.
TEST(StepsToOneDestination, AreDrawnSoByTheModel)
{
    const OsProfile profile = ProfileOf("linux-6.18");
    for (const char* name : FREE_RANGE)
    {
        const Sequences steps = StepsOf(AskModel(ReadConnects(name), profile, 1));
        EXPECT_GT(ChanceOfEvenSteps(steps), RECORDED_RARE) << name;
        EXPECT_GT(ChanceOfForgetfulSteps(steps), RECORDED_RARE) << name;
        EXPECT_GT(ChanceOfSeparateSteps(steps), RECORDED_RARE) << name;
    }
}

TEST(TestOfSteps, FindsOtherRulesOut)
{
    for (const std::uint32_t randomSteps : {0u, 7u, 9u})
    {
        const auto draw = [&](std::uint64_t seed) {
            return ModelsSteps(WithRandomSteps(randomSteps), seed);
        };
        EXPECT_GE(FoundOut(ChanceOfEvenSteps, draw), 19) << randomSteps << " random steps";
    }
    const auto oneCell = [](std::uint64_t seed) { return ModelsSteps(WithOneCell(), seed); };
    EXPECT_GE(FoundOut(ChanceOfEvenSteps, oneCell), 19);
    EXPECT_GE(
        FoundOut(ChanceOfForgetfulSteps, [](std::uint64_t seed) { return Dependent(true, seed); }),
        19);
    EXPECT_GE(
        FoundOut(ChanceOfSeparateSteps, [](std::uint64_t seed) { return Dependent(false, seed); }),
        19);
}

/// Kolmogorov and Smirnov over twenty seeds of the model; false alarm: 1e-3 for each.
TEST(TestOfSteps, RaisesFalseAlarmsAsOftenAsItSays)
{
    std::vector<double> even;
    std::vector<double> forgetful;
    std::vector<double> separate;
    for (std::uint64_t seed = 101; seed <= 120; ++seed)
    {
        const Sequences steps = ModelsSteps(ProfileOf("linux-6.18"), seed);
        even.push_back(ChanceOfEvenSteps(steps));
        forgetful.push_back(ChanceOfForgetfulSteps(steps));
        separate.push_back(ChanceOfSeparateSteps(steps));
    }

    EXPECT_GT(ChanceOfUniforms(even), 1e-3);
    EXPECT_GT(ChanceOfUniforms(forgetful), 1e-3);
    EXPECT_GT(ChanceOfUniforms(separate), 1e-3);
}
