// SPDX-License-Identifier: GPL-2.0-only

// What the recordings of a 6.18 kernel show, asked of the model. The picks themselves are checked
// one by one in port-policy-oracle-test.cc.

#include "test/core/chance.h"
#include "test/core/linux-machine.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <vector>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Flow;
using portlab::FlowMemo;
using portlab::Instant;
using portlab::Pick;
using portlab::PolicySpec;
using portlab::Port;
using portlab::PortRange;
using portlab::test::ChanceOfEvenCounts;
using portlab::test::ChanceOfUniforms;
using portlab::test::LinuxEra;
using portlab::test::LinuxMachine;
using portlab::test::SHOP;
using portlab::test::SpecOf;

const PortRange DEFAULT_PORTS(32768, 60999);

/// How far the next port lies above the last in a free range, on the circle of all ports; the
/// searches are so quick that the key stays.
std::vector<std::uint32_t>
CountSteps(const PolicySpec& spec, std::uint64_t seed, std::uint32_t largest)
{
    LinuxMachine machine(spec, DEFAULT_PORTS, seed);
    std::vector<std::uint32_t> counts(largest + 1);
    std::uint32_t last = *machine.Choose(At(0s)).port;
    for (int i = 0; i < 2000; ++i)
    {
        const std::uint32_t port = *machine.Choose(At(0s)).port;
        ++counts.at((port + 28232 - last) % 28232);
        last = port;
    }
    return counts;
}

/// The counts of steps 2, 4 ... 16; all others have to be missing.
std::vector<std::uint32_t>
StepsOfTwo(const PolicySpec& spec, std::uint64_t seed)
{
    const std::vector<std::uint32_t> all = CountSteps(spec, seed, 30);
    std::vector<std::uint32_t> even;
    for (std::uint32_t step = 0; step <= 30; ++step)
    {
        if (step >= 2 && step <= 16 && step % 2 == 0)
        {
            even.push_back(all[step]);
        }
    }
    return even;
}

} // namespace

/// The recording: counts 7395-7629 of 59,970, chi-squared 4.80 with 7 degrees of freedom.
/// False alarm: 1e-6 for 20 seeds together, half of it for their joint distribution.
TEST(Linux618, StepsUniformlyByTwoToSixteenInAFreeRange)
{
    std::vector<double> chances;
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
    {
        const auto counts = StepsOfTwo(SpecOf(LinuxEra::V5x18), seed);
        std::uint32_t total = 0;
        for (const std::uint32_t count : counts)
        {
            total += count;
        }
        EXPECT_EQ(total, 2000u) << "seed " << seed;
        chances.push_back(ChanceOfEvenCounts(counts));
        EXPECT_GT(chances.back(), 0.5e-6 / 20) << "seed " << seed;
    }

    EXPECT_GT(ChanceOfUniforms(chances), 0.5e-6);
}

/// The power of the test above, against one random step fewer or more, and against none.
TEST(Linux618, WouldBeFoundOutIfItDrewOneStepFewerOrMore)
{
    for (const std::uint32_t steps : {0u, 7u, 9u})
    {
        PolicySpec wrong = SpecOf(LinuxEra::V5x18);
        wrong.randomSteps = steps;
        int foundOut = 0;
        for (std::uint64_t seed = 1; seed <= 20; ++seed)
        {
            const auto counts = StepsOfTwo(wrong, seed);
            const auto all = CountSteps(wrong, seed, 30);
            foundOut += all[18] > 0 || ChanceOfEvenCounts(counts) <= 0.5e-6 / 20 ? 1 : 0;
        }
        EXPECT_GE(foundOut, 19) << steps << " random steps";
    }
}

namespace
{

/// The chance of the ports that 4,000 destinations get first, in ten equal parts of the range.
/// `bits` of 32 bits are left of each offset.
double
ChanceOfStarts(std::uint64_t seed, int bits)
{
    LinuxMachine machine(SpecOf(LinuxEra::V5x18), DEFAULT_PORTS, seed);
    std::vector<std::uint32_t> counts(10);
    for (std::uint32_t i = 0; i < 4000; ++i)
    {
        FlowMemo memo;
        const Flow flow{SHOP.local, SHOP.remote + i / 20, static_cast<Port>(i % 20 + 1)};
        Pick pick = machine.Choose(flow, memo, At(0s));
        if (bits < 32)
        {
            pick.port = DEFAULT_PORTS.At(memo.offset >> (32 - bits));
        }
        ++counts[(*pick.port - 32768u) * 10 / 28232];
    }
    return ChanceOfEvenCounts(counts);
}

} // namespace

/// The recording: 400 destinations, chi-squared 2.5 with 9 degrees of freedom. False alarm: 1e-6.
TEST(Linux618, StartsAnywhereForEveryDestination)
{
    std::vector<double> chances;
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
    {
        chances.push_back(ChanceOfStarts(seed, 32));
        EXPECT_GT(chances.back(), 0.5e-6 / 20) << "seed " << seed;
    }

    EXPECT_GT(ChanceOfUniforms(chances), 0.5e-6);
}

/// The power of the test above: 28,232 ports do not divide 65,536 offsets evenly.
TEST(Linux618, WouldBeFoundOutIfItsOffsetsHadSixteenBits)
{
    int foundOut = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
    {
        foundOut += ChanceOfStarts(seed, 16) <= 0.5e-6 / 20 ? 1 : 0;
    }

    EXPECT_GE(foundOut, 19);
}

TEST(Linux618, ChangesItsKeysOnTheBeatOfTenSecondsAndNotANanosecondBefore)
{
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
    {
        LinuxMachine machine(SpecOf(LinuxEra::V5x18), DEFAULT_PORTS, seed);
        Instant beat = machine.NextBeat(At(0s));
        std::uint32_t last = *machine.Choose(At(0s)).port;
        for (int i = 0; i < 6; ++i, beat += 10s)
        {
            const std::uint32_t before = *machine.Choose(beat - 1ns).port;
            const std::uint32_t after = *machine.Choose(beat).port;
            EXPECT_LE((before + 28232 - last) % 28232, 16u) << "seed " << seed << ", beat " << i;
            EXPECT_GT((after + 28232 - before) % 28232, 16u) << "seed " << seed << ", beat " << i;
            last = after;
        }
    }
}

/// A fleet must not change its keys in one instant. 20 seeds, none within 1 ms of another.
TEST(Linux618, HasABeatOfItsOwnOnEveryMachine)
{
    std::set<std::int64_t> milliseconds;
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
    {
        const LinuxMachine machine(SpecOf(LinuxEra::V5x18), DEFAULT_PORTS, seed);
        milliseconds.insert(machine.NextBeat(At(0s)).time_since_epoch() / 1ms);
    }

    EXPECT_EQ(milliseconds.size(), 20u);
}

/// Busy or reserved, the search walks over a block once, and the next one starts behind it.
TEST(Linux618, SkipsABusyOrReservedBlockForGood)
{
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
    {
        const bool isReserved = seed % 2 == 0;
        LinuxMachine machine(SpecOf(LinuxEra::V5x18), DEFAULT_PORTS, seed);
        const std::uint32_t start = *machine.Choose(At(0s)).port - 32768u;
        for (std::uint32_t offset = start + 18; offset < start + 4018; ++offset)
        {
            const Port port = DEFAULT_PORTS.At(offset);
            isReserved ? machine.Reserve(port) : machine.Take(port);
        }
        std::uint32_t longest = 0;
        Pick pick;
        while (longest < 100)
        {
            pick = machine.Choose(At(0s));
            longest = std::max(longest, pick.probes);
        }
        EXPECT_GE(longest, 1992u) << "seed " << seed; // At most 8 of the 2,000 are jumped over.
        const std::uint32_t landed = *pick.port - 32768u;
        EXPECT_EQ(landed, (start + 4018) % 28232) << "seed " << seed;
        const Pick next = machine.Choose(At(0s));
        EXPECT_EQ(next.probes, 1u) << "seed " << seed;
        EXPECT_EQ((*next.port + 28232 - *pick.port) % 28232, 2u) << "seed " << seed;
    }
}

TEST(Linux46, SkipsTwoPortsAtATimeAndNeverChangesItsKey)
{
    LinuxMachine machine(SpecOf(LinuxEra::V4x6), DEFAULT_PORTS, 1);
    const std::uint32_t first = *machine.Choose(At(0s)).port - 32768u;
    for (std::uint32_t i = 1; i < 1000; ++i)
    {
        ASSERT_EQ(*machine.Choose(At(i * 60s)).port, DEFAULT_PORTS.At(first + 2 * i));
    }
}

/// c579bd1b4021. Of 16,000 steps 1,000 are expected to be 4; five standard deviations are 153.
TEST(Linux512, SkipsAPortMoreOnceInSixteenTimes)
{
    constexpr std::uint64_t SEED = 1;
    LinuxMachine machine(SpecOf(LinuxEra::V5x12), DEFAULT_PORTS, SEED);
    std::uint32_t last = *machine.Choose(At(0s)).port;
    std::map<std::uint32_t, int> steps;
    for (std::uint32_t i = 1; i <= 16'000; ++i)
    {
        const std::uint32_t port = *machine.Choose(At(i * 60s)).port;
        ++steps[(port + DEFAULT_PORTS.Count() - last) % DEFAULT_PORTS.Count()];
        last = port;
    }
    EXPECT_EQ(steps.size(), 2u) << "seed " << SEED;
    EXPECT_EQ(steps[2] + steps[4], 16'000);
    EXPECT_NEAR(steps[4], 1000, 153);
}

TEST(Linux26, TakesEveryPortInTurnForAllDestinations)
{
    LinuxMachine machine(SpecOf(LinuxEra::V2x6), DEFAULT_PORTS, 1);
    FlowMemo bank;
    const std::uint32_t shopFirst = *machine.Choose(At(0s)).port - 32768u;
    const std::uint32_t bankFirst =
        *machine.Choose(portlab::test::BANK, bank, At(0s)).port - 32768u;
    for (std::uint32_t i = 1; i < 1000; ++i)
    {
        ASSERT_EQ(*machine.Choose(At(0s)).port, DEFAULT_PORTS.At(shopFirst + 2 * i));
        ASSERT_EQ(*machine.Choose(portlab::test::BANK, bank, At(0s)).port,
                  DEFAULT_PORTS.At(bankFirst + 2 * i));
    }
}
