// SPDX-License-Identifier: GPL-2.0-only

// The law of RFC 6056 algorithm 2, which is the one that the model draws instead of walking, and
// what is particular to the others. All exact picks are checked in port-policy-oracle-test.cc.

#include "model/core/port/port-policy.h"
#include "test/core/chance.h"
#include "test/core/port-test-support.h"

#include <cmath>
#include <cstdint>
#include <functional>
#include <gtest/gtest.h>
#include <variant>
#include <vector>

namespace
{

using namespace std::chrono_literals;

using portlab::Algorithm;
using portlab::At;
using portlab::FlowMemo;
using portlab::FreePorts;
using portlab::Pick;
using portlab::PolicySpec;
using portlab::Port;
using portlab::PortAsk;
using portlab::PortBitmap;
using portlab::PortPolicy;
using portlab::PortRange;
using portlab::PortSet;
using portlab::Random;
using portlab::StreamKey;
using portlab::test::ChanceOfCounts;
using portlab::test::ChanceOfEvenCounts;
using portlab::test::ChanceOfUniforms;
using portlab::test::SHOP;
using portlab::test::SpecOf;

const PortRange TWENTY(50000, 50019);

/// Answers one request where some of twenty ports are taken.
using Chooser = std::function<Pick(const FreePorts& free, Random& random)>;

Chooser
ChooserOf(const PolicySpec& spec)
{
    return [policy = portlab::MakePolicy(spec, TWENTY, StreamKey(1, 1))](const FreePorts& free,
                                                                         Random& random) mutable {
        FlowMemo memo;
        const PortAsk ask{SHOP, At(0s), memo, random};
        return std::visit([&](auto& choice) { return choice.Choose(free, ask); }, policy);
    };
}

/// Algorithm 2 as the RFC writes it, with a neighbouring mistake if `tries` is not the range size.
Chooser
RetryLoop(std::uint32_t tries)
{
    return [tries](const FreePorts& free, Random& random) {
        for (std::uint32_t i = 1; i <= tries; ++i)
        {
            const Port port = TWENTY.At(random.Below(20));
            if (free.IsFree(port))
            {
                return Pick{port, i};
            }
        }
        return Pick{std::nullopt, tries};
    };
}

/// What 20,000 requests get when two of twenty ports are free; nobody keeps what he gets.
struct Outcome
{
    /// By probes, 1 to 10, 11 to 20 together, and last the failures.
    std::vector<std::uint32_t> probes = std::vector<std::uint32_t>(12);
    std::vector<std::uint32_t> ports = std::vector<std::uint32_t>(20);
};

constexpr int REQUESTS = 20'000;

bool
IsLeftFree(Port port)
{
    return port == 50004 || port == 50006;
}

Outcome
Ask(const Chooser& choose, std::uint64_t seed)
{
    PortSet taken(TWENTY);
    PortBitmap reserved(TWENTY);
    for (Port port = 50000; port <= 50019; ++port)
    {
        const bool isReserved = port % 4 == 0;
        if (!IsLeftFree(port))
        {
            isReserved ? reserved.Insert(port) : taken.Insert(port);
        }
    }
    FreePorts free(TWENTY);
    free.Exclude(taken);
    free.Exclude(reserved);
    Random random(StreamKey(seed, 1).With("retries"));
    Outcome outcome;
    for (int i = 0; i < REQUESTS; ++i)
    {
        const Pick pick = choose(free, random);
        ++outcome.probes[!pick.port ? 11 : std::min(pick.probes, 11u) - 1];
        if (pick.port)
        {
            ++outcome.ports[*pick.port - 50000u];
        }
    }
    return outcome;
}

/// Each try finds a free port with a chance of 0.1; after 20 tries the request fails.
double
ChanceOfProbes(const Outcome& outcome)
{
    std::vector<double> expected;
    double still = REQUESTS;
    double tail = 0;
    for (int probes = 1; probes <= 20; ++probes)
    {
        (probes <= 10 ? expected.emplace_back(0) : tail) += still * 0.1;
        still *= 0.9;
    }
    expected.push_back(tail);
    expected.push_back(still);
    return ChanceOfCounts(outcome.probes, expected);
}

double
ChanceOfPorts(const Outcome& outcome)
{
    std::vector<std::uint32_t> counts;
    for (Port port = 50000; port <= 50019; ++port)
    {
        EXPECT_TRUE(IsLeftFree(port) || outcome.ports[port - 50000u] == 0) << port;
        if (IsLeftFree(port))
        {
            counts.push_back(outcome.ports[port - 50000u]);
        }
    }
    return ChanceOfEvenCounts(counts);
}

/// The level of each single test: 80 of them make a false alarm of 1e-6.
constexpr double LEVEL = 1e-6 / 80;

/// In how many of twenty seeds the law is found to be broken.
int
Rejections(const Chooser& choose)
{
    int count = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
    {
        const Outcome outcome = Ask(choose, seed);
        count += ChanceOfProbes(outcome) <= LEVEL || ChanceOfPorts(outcome) <= LEVEL ? 1 : 0;
    }
    return count;
}

} // namespace

/// False alarm: 1e-6 together.
TEST(RandomRetry, TriesAndFindsByTheLawOfTheRfc)
{
    for (const Chooser& choose : {ChooserOf(SpecOf(Algorithm::RandomRetry)), RetryLoop(20)})
    {
        std::vector<double> ofProbes;
        std::vector<double> ofPorts;
        for (std::uint64_t seed = 1; seed <= 20; ++seed)
        {
            const Outcome outcome = Ask(choose, seed);
            ofProbes.push_back(ChanceOfProbes(outcome));
            ofPorts.push_back(ChanceOfPorts(outcome));
            EXPECT_GT(ofProbes.back(), LEVEL) << "seed " << seed;
            EXPECT_GT(ofPorts.back(), LEVEL) << "seed " << seed;
        }
        EXPECT_GT(ChanceOfUniforms(ofProbes), LEVEL);
        EXPECT_GT(ChanceOfUniforms(ofPorts), LEVEL);
    }
}

/// The power of the test above.
TEST(RandomRetry, WouldBeFoundOutIfItFollowedANeighbouringRule)
{
    const auto tryOff = [](int off) {
        return [off, retry = RetryLoop(20)](const FreePorts& free, Random& random) {
            Pick pick = retry(free, random);
            pick.probes += static_cast<std::uint32_t>(off);
            return pick;
        };
    };

    EXPECT_GE(Rejections(ChooserOf(SpecOf(Algorithm::SimpleRandom))), 19); // Probes in line.
    EXPECT_GE(Rejections(RetryLoop(18)), 19);
    EXPECT_GE(Rejections(RetryLoop(22)), 19);
    EXPECT_GE(Rejections(tryOff(1)), 19);
}

TEST(RandomRetry, NeedsOneTryWhenEverythingIsFree)
{
    Random random(StreamKey(1, 1));
    const Chooser choose = ChooserOf(SpecOf(Algorithm::RandomRetry));
    for (int i = 0; i < 1000; ++i)
    {
        const Pick pick = choose(FreePorts(TWENTY), random);
        ASSERT_TRUE(pick.port);
        ASSERT_EQ(pick.probes, 1u);
    }
}

TEST(RandomRetry, FailsAfterAsManyTriesAsThereArePortsWhenNoneIsFree)
{
    PortSet full(TWENTY);
    for (Port port = 50000; port <= 50019; ++port)
    {
        full.Insert(port);
    }
    FreePorts free(TWENTY);
    free.Exclude(full);
    Random random(StreamKey(1, 1));

    EXPECT_EQ(ChooserOf(SpecOf(Algorithm::RandomRetry))(free, random), (Pick{std::nullopt, 20}));
}

/// False alarm: 1e-6. The power against steps up to 499 is that of the largest one missing:
/// (1 - 1/500)^20000 < 1e-17.
TEST(RandomIncrement, StepsUniformlyByOneToFiveHundred)
{
    const PortRange range(1, 65535);
    PolicySpec spec = SpecOf(Algorithm::RandomIncrement);
    PortPolicy policy = portlab::MakePolicy(spec, range, StreamKey(1, 1));
    Random random(StreamKey(1, 1).With("draws"));
    FlowMemo memo;
    std::vector<std::uint32_t> counts(501);
    std::uint32_t last = 0;
    for (int i = 0; i < 20'000; ++i)
    {
        const PortAsk ask{SHOP, At(0s), memo, random};
        const auto choose = [&](auto& choice) { return choice.Choose(FreePorts(range), ask); };
        const std::uint32_t port = *std::visit(choose, policy).port;
        if (i > 0 && port > last)
        {
            ++counts.at(port - last);
        }
        last = port;
    }

    EXPECT_EQ(counts[0], 0u);
    EXPECT_GT(counts[500], 0u);
    EXPECT_GT(ChanceOfEvenCounts({counts.begin() + 1, counts.end()}), 1e-6);
}

namespace
{

Pick
ChooseOnce(PortPolicy& policy, const PortRange& range)
{
    Random random(StreamKey(1, 1));
    FlowMemo memo;
    const PortAsk ask{SHOP, At(0s), memo, random};
    return std::visit([&](auto& choice) { return choice.Choose(FreePorts(range), ask); }, policy);
}

} // namespace

TEST(RisingCursor, BeginsLikeNs3AtItsSecondPortAndComesToTheFirstLast)
{
    const PortRange range(49152, 65535);
    PolicySpec spec = SpecOf(Algorithm::RisingCursor);
    spec.firstPick = Port{49153};
    PortPolicy policy = portlab::MakePolicy(spec, range, StreamKey(1, 1));
    for (std::uint32_t i = 1; i < 16384; ++i)
    {
        ASSERT_EQ(ChooseOnce(policy, range), (Pick{range.At(i), 1}));
    }

    EXPECT_EQ(ChooseOnce(policy, range), (Pick{Port{49152}, 1}));
    EXPECT_EQ(ChooseOnce(policy, range), (Pick{Port{49153}, 1}));
}

TEST(RisingCursor, StaysWhereItIsWhenNothingIsFound)
{
    const PortRange range(50000, 50001);
    PolicySpec spec = SpecOf(Algorithm::RisingCursor);
    spec.firstPick = Port{50001};
    PortPolicy policy = portlab::MakePolicy(spec, range, StreamKey(1, 1));
    PortSet full(range);
    full.Insert(50000);
    full.Insert(50001);
    FreePorts free(range);
    free.Exclude(full);
    Random random(StreamKey(1, 1));
    FlowMemo memo;
    const PortAsk ask{SHOP, At(0s), memo, random};

    EXPECT_EQ(std::visit([&](auto& choice) { return choice.Choose(free, ask); }, policy),
              (Pick{std::nullopt, 2}));
    EXPECT_EQ(ChooseOnce(policy, range), (Pick{Port{50001}, 1}));
}

/// A container may have a range of its own on a shared machine.
TEST(RisingCursor, OutsideOfARangeBeginsAtItsFirstPort)
{
    PolicySpec spec = SpecOf(Algorithm::RisingCursor);
    spec.firstPick = Port{60000};
    PortPolicy policy = portlab::MakePolicy(spec, PortRange(50000, 65535), StreamKey(1, 1));

    EXPECT_EQ(ChooseOnce(policy, PortRange(50000, 59999)), (Pick{Port{50000}, 1}));
    EXPECT_EQ(ChooseOnce(policy, PortRange(50000, 59999)), (Pick{Port{50001}, 1}));
}
