// SPDX-License-Identifier: GPL-2.0-only

// What the recordings of a 6.18 kernel show, asked of the model. The picks themselves are checked
// one by one in port-policy-oracle-test.cc.

#include "model/core/port/boot-phase.h"
#include "model/core/port/policies/linux-connect.h"
#include "test/core/chance.h"
#include "test/core/port-test-support.h"

#include <cmath>
#include <cstdint>
#include <gtest/gtest.h>
#include <set>
#include <vector>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Duration;
using portlab::Flow;
using portlab::FlowMemo;
using portlab::FreePorts;
using portlab::Instant;
using portlab::LinuxConnectPolicy;
using portlab::Pick;
using portlab::PolicySpec;
using portlab::Port;
using portlab::PortAsk;
using portlab::PortBitmap;
using portlab::PortRange;
using portlab::PortSet;
using portlab::Random;
using portlab::StreamKey;
using portlab::test::ChanceOfEvenCounts;
using portlab::test::ChanceOfUniforms;
using portlab::test::LinuxEra;
using portlab::test::SHOP;
using portlab::test::SpecOf;

const PortRange DEFAULT_PORTS(32768, 60999);

/// One machine that opens connections to few destinations.
class Machine
{
  public:
    Machine(const PolicySpec& spec, const PortRange& range, std::uint64_t seed)
        : m_secret(StreamKey(seed, 1).With("secret")),
          m_policy(spec, m_secret),
          m_taken(range),
          m_reserved(range),
          m_random(StreamKey(seed, 1).With("draws"))
    {
    }

    Pick Choose(const Flow& flow, FlowMemo& memo, Instant now)
    {
        FreePorts free(m_taken.Range());
        free.Exclude(m_taken);
        free.Exclude(m_reserved);
        return m_policy.Choose(free, PortAsk{flow, now, memo, m_random});
    }

    Pick Choose(Instant now)
    {
        return Choose(SHOP, m_memo, now);
    }

    void Take(Port port)
    {
        m_taken.Insert(port);
    }

    void Reserve(Port port)
    {
        m_reserved.Insert(port);
    }

    /// The first moment after `now` at which the machine changes its keys.
    Instant NextBeat(Instant now) const
    {
        return now + (10s - (now.time_since_epoch() + TimeSinceBoot(m_secret)) % 10s);
    }

  private:
    StreamKey m_secret;
    LinuxConnectPolicy m_policy;
    PortSet m_taken;
    PortBitmap m_reserved;
    Random m_random;
    FlowMemo m_memo;
};

/// Connects to one destination until it fails, all within one key.
std::vector<Port>
PortsUntilFailure(const PolicySpec& spec, std::uint32_t rangeSize, std::uint64_t seed)
{
    const PortRange range(32768, static_cast<Port>(32767 + rangeSize));
    Machine machine(spec, range, seed);
    std::vector<Port> ports;
    while (const auto port = machine.Choose(At(0s)).port)
    {
        machine.Take(*port);
        ports.push_back(*port);
    }
    return ports;
}

/// How far the next port lies above the last in a free range, on the circle of all ports; the
/// searches are so quick that the key stays.
std::vector<std::uint32_t>
CountSteps(const PolicySpec& spec, std::uint64_t seed, std::uint32_t largest)
{
    Machine machine(spec, DEFAULT_PORTS, seed);
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
    Machine machine(SpecOf(LinuxEra::V5x18), DEFAULT_PORTS, seed);
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
        Machine machine(SpecOf(LinuxEra::V5x18), DEFAULT_PORTS, seed);
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
        const Machine machine(SpecOf(LinuxEra::V5x18), DEFAULT_PORTS, seed);
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
        Machine machine(SpecOf(LinuxEra::V5x18), DEFAULT_PORTS, seed);
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

TEST(Linux618, HandsOutEveryPortOfAnEvenRangeLowParityFirst)
{
    for (const std::uint32_t size : {2u, 100u, 1000u})
    {
        for (std::uint64_t seed = 1; seed <= 60; ++seed)
        {
            const auto ports = PortsUntilFailure(SpecOf(LinuxEra::V5x18), size, seed);
            ASSERT_EQ(ports.size(), size) << "seed " << seed;
            for (std::size_t i = 0; i < size; ++i)
            {
                ASSERT_EQ(ports[i] % 2, i < size / 2 ? 0 : 1) << "seed " << seed << ", " << i;
            }
            ASSERT_EQ(std::set<Port>(ports.begin(), ports.end()).size(), size);
        }
    }
}

TEST(Linux618, UsesOneOfOneTwoOfTwoAndTwoOfThreePorts)
{
    for (std::uint64_t seed = 1; seed <= 60; ++seed)
    {
        const PolicySpec spec = SpecOf(LinuxEra::V5x18);
        EXPECT_EQ(PortsUntilFailure(spec, 1, seed).size(), 1u) << "seed " << seed;
        EXPECT_EQ(PortsUntilFailure(spec, 2, seed).size(), 2u) << "seed " << seed;
        EXPECT_EQ(PortsUntilFailure(spec, 3, seed).size(), 2u) << "seed " << seed;
    }
}

namespace
{

/// How many of `repetitions` exhaustions leave one port unused; all others have to leave none.
int
ShortExhaustions(const PolicySpec& spec, std::uint32_t size, std::uint64_t seed, int repetitions)
{
    int count = 0;
    for (int i = 0; i < repetitions; ++i)
    {
        const std::uint64_t own = seed * 1'000'000 + static_cast<std::uint64_t>(i);
        const std::size_t used = PortsUntilFailure(spec, size, own).size();
        EXPECT_TRUE(used == size || used == size - 1) << used << " ports, seed " << own;
        count += used < size ? 1 : 0;
    }
    return count;
}

/// How many standard errors a count lies off a share.
double
StandardErrors(int count, int repetitions, double share)
{
    return (count - repetitions * share) / std::sqrt(repetitions * share * (1 - share));
}

constexpr int REPETITIONS_OF_99 = 3000;
constexpr int REPETITIONS_OF_9 = 8000;

/// From an independent model in Python: 600,000 exhaustions of 99 ports, 2,000,000 of 9 ports.
/// The kernel itself: 7 of 60 for both.
constexpr double SHORT_SHARE_OF_99 = 0.1176;
constexpr double SHORT_SHARE_OF_9 = 0.0955;

} // namespace

/// An odd range's first port is found only by a search that starts there. False alarm: 1e-6 each.
TEST(Linux618, LeavesThePortOfAnOddRangeUnusedAsOftenAsTheKernelDoes)
{
    const PolicySpec spec = SpecOf(LinuxEra::V5x18);

    const int of99 = ShortExhaustions(spec, 99, 1, REPETITIONS_OF_99);
    const int of9 = ShortExhaustions(spec, 9, 2, REPETITIONS_OF_9);
    EXPECT_LT(std::abs(StandardErrors(of99, REPETITIONS_OF_99, SHORT_SHARE_OF_99)), 4.9) << of99;
    EXPECT_LT(std::abs(StandardErrors(of9, REPETITIONS_OF_9, SHORT_SHARE_OF_9)), 4.9) << of9;
}

/// The power of the test above. The rule of 4.6 never leaves a port of 9 unused; a random jump
/// among 7 instead of 8 leaves one in 6.6 % instead of 9.55 % of exhaustions.
TEST(Linux618, WouldBeFoundOutIfItLeftOddPortsUnusedByANeighbouringRule)
{
    for (const std::uint32_t steps : {0u, 7u})
    {
        PolicySpec wrong = SpecOf(LinuxEra::V5x18);
        wrong.randomSteps = steps;
        int foundOut = 0;
        for (std::uint64_t seed = 101; seed <= 120; ++seed)
        {
            const int count = ShortExhaustions(wrong, 9, seed, REPETITIONS_OF_9);
            const double distance = StandardErrors(count, REPETITIONS_OF_9, SHORT_SHARE_OF_9);
            foundOut += std::abs(distance) >= 4.9 ? 1 : 0;
        }
        EXPECT_GE(foundOut, 19) << steps << " random steps";
    }
}

TEST(Linux46, SkipsTwoPortsAtATimeAndNeverChangesItsKey)
{
    for (const LinuxEra era : {LinuxEra::V4x6, LinuxEra::V5x12})
    {
        Machine machine(SpecOf(era), DEFAULT_PORTS, 1);
        const std::uint32_t first = *machine.Choose(At(0s)).port - 32768u;
        for (std::uint32_t i = 1; i < 1000; ++i)
        {
            ASSERT_EQ(*machine.Choose(At(i * 60s)).port, DEFAULT_PORTS.At(first + 2 * i));
        }
    }
}

TEST(Linux26, TakesEveryPortInTurnForAllDestinations)
{
    Machine machine(SpecOf(LinuxEra::V2x6), DEFAULT_PORTS, 1);
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
