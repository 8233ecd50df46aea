// SPDX-License-Identifier: GPL-2.0-only

// Narrow ranges until connect() fails: how many ports it uses, in which order, and what is left.

#include "test/recorded/connect-machine.h"
#include "test/recorded/two-samples.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace
{

using portlab::OsProfile;
using portlab::Port;
using portlab::PortRange;
using portlab::test::AskModel;
using portlab::test::ChanceOfSameLaw;
using portlab::test::ChanceOfSameShare;
using portlab::test::ChanceOfUniforms;
using portlab::test::ConnectCall;
using portlab::test::ConnectCalls;
using portlab::test::ConnectsWithReservedPorts;
using portlab::test::Part;
using portlab::test::ProfileOf;
using portlab::test::ReadConnects;
using portlab::test::ReadRuns;
using portlab::test::RECORDED_RARE;

/// One sequence from the first port to the last try.
struct Exhaustion
{
    PortRange range;
    std::vector<Port> ports;
    int failures{0};
    bool wentOnAfterFailure{false};
};

std::vector<Exhaustion>
ExhaustionsOf(const ConnectCalls& calls)
{
    std::map<std::string, Exhaustion> all;
    for (const ConnectCall& call : calls)
    {
        Exhaustion& each = all.try_emplace(call.sequence, Exhaustion{call.range, {}}).first->second;
        if (call.port)
        {
            each.wentOnAfterFailure |= each.failures > 0;
            each.ports.push_back(*call.port);
        }
        each.failures += call.port ? 0 : 1;
    }
    std::vector<Exhaustion> list;
    list.reserve(all.size());
    for (const auto& [name, each] : all)
    {
        list.push_back(each);
    }
    return list;
}

/// An even range is used up; an odd one but for one port, sometimes; of three ports two are used,
/// of one, one. No port comes twice, and a failure is for good.
void
ExpectCount(const Exhaustion& each)
{
    const std::uint32_t count = each.range.Count();
    const std::size_t used = each.ports.size();
    EXPECT_EQ(std::set<Port>(each.ports.begin(), each.ports.end()).size(), used);
    EXPECT_TRUE(used == count || (count % 2 == 1 && count > 1 && used == count - 1))
        << used << " of " << count;
    EXPECT_TRUE(count != 3 || used == 2) << used;
    EXPECT_FALSE(each.wentOnAfterFailure);
}

/// First come all ports of the low port's parity, then the others. Of an odd range, the first and
/// the last port may be late: no search comes by both.
void
ExpectOrder(const std::vector<Exhaustion>& exhaustions)
{
    for (const Exhaustion& each : exhaustions)
    {
        ExpectCount(each);
        const PortRange& range = each.range;
        bool sawOther = false;
        for (const Port port : each.ports)
        {
            const bool isOther = (port - range.First()) % 2 == 1;
            const bool mayBeLate =
                range.Count() % 2 == 1 && (port == range.First() || port == range.Last());
            EXPECT_TRUE(isOther || !sawOther || mayBeLate) << port;
            sawOther |= isOther;
        }
    }
}

/// How often a range of this size was used up but for one port.
Part
Short(const std::vector<Exhaustion>& exhaustions, std::uint32_t size)
{
    Part part;
    for (const Exhaustion& each : exhaustions)
    {
        if (each.range.Count() == size)
        {
            ++part.total;
            part.count += each.ports.size() < size ? 1 : 0;
        }
    }
    return part;
}

/// How often each sequence went around the range while it used the first parity up: the more often,
/// the greater its steps are and the better it skips what is busy.
std::vector<double>
Laps(const std::vector<Exhaustion>& exhaustions)
{
    std::vector<double> laps;
    for (const Exhaustion& each : exhaustions)
    {
        const std::uint32_t even = each.range.Count() & ~1u;
        if (even < 98)
        {
            continue;
        }
        std::uint32_t way = 0;
        for (std::size_t i = 1; i < each.range.Count() / 2; ++i)
        {
            way += (each.ports[i] + even - each.ports[i - 1]) % even;
        }
        laps.push_back(static_cast<double>(way) / even);
    }
    return laps;
}

std::vector<Exhaustion>
Recorded()
{
    return ExhaustionsOf(ReadConnects("connect-narrow-ranges"));
}

std::vector<Exhaustion>
Models(const OsProfile& profile, std::uint64_t seed)
{
    static const ConnectCalls calls = ReadConnects("connect-narrow-ranges");
    return ExhaustionsOf(AskModel(calls, profile, seed));
}

/// All recorded sequences that used up 98 to 100 ports.
const std::vector<double>&
RecordedLaps()
{
    static const std::vector<double> laps = [] {
        std::vector<double> all = Laps(Recorded());
        const auto others =
            Laps(ExhaustionsOf(ReadConnects("connect-five-destinations-100-ports")));
        all.insert(all.end(), others.begin(), others.end());
        return all;
    }();
    return laps;
}

OsProfile
WithRandomSteps(std::uint32_t randomSteps)
{
    OsProfile profile = ProfileOf("linux-6.18");
    profile.tcp.value.randomSteps = randomSteps;
    return profile;
}

} // namespace

TEST(NarrowRanges, WereUsedUpLowParityFirst)
{
    const auto recorded = Recorded();
    EXPECT_EQ(recorded.size(), 280u);
    ExpectOrder(recorded);
    for (const Exhaustion& each : recorded)
    {
        EXPECT_GE(each.failures, 3);
    }
    std::uint32_t total = 0;
    const auto five = ExhaustionsOf(ReadConnects("connect-five-destinations-100-ports"));
    EXPECT_EQ(five.size(), 50u);
    ExpectOrder(five);
    for (const Exhaustion& each : five)
    {
        total += static_cast<std::uint32_t>(each.ports.size());
    }
    EXPECT_EQ(total, 10u * 500);
}

TEST(NarrowRanges, AreUsedUpLowParityFirstByTheModel)
{
    for (std::uint64_t seed = 1; seed <= 5; ++seed)
    {
        ExpectOrder(Models(ProfileOf("linux-6.18"), seed));
    }
    const ConnectCalls five = ReadConnects("connect-five-destinations-100-ports");
    const auto model = ExhaustionsOf(AskModel(five, ProfileOf("linux-6.18"), 1));
    ExpectOrder(model);
    for (const Exhaustion& each : model)
    {
        EXPECT_EQ(each.ports.size(), 100u);
    }
}

/// Eight of twenty ports are reserved: the twelve others, even ones first.
TEST(NarrowRanges, KeepWhatIsReserved)
{
    const ConnectCalls calls =
        ConnectsWithReservedPorts(ReadRuns("reserved-ports-and-socket-range"));
    for (const ConnectCalls& asked : {calls, AskModel(calls, ProfileOf("linux-6.18"), 1)})
    {
        const auto exhaustions = ExhaustionsOf(asked);
        EXPECT_EQ(exhaustions.size(), 20u);
        for (const Exhaustion& each : exhaustions)
        {
            ASSERT_EQ(each.ports.size(), 12u);
            EXPECT_EQ(std::set<Port>(each.ports.begin(), each.ports.end()).size(), 12u);
            for (std::size_t i = 0; i < 12; ++i)
            {
                EXPECT_EQ(each.ports[i] % 2, i < 6 ? 0 : 1);
            }
        }
    }
}

/// Fisher's exact test of the recordings against twenty times as many of the model; false alarm:
/// RECORDED_RARE for each size. There are too few recordings to tell 8 random steps from 7:
/// core/linux-exhaustion-test.cc can.
TEST(OddRanges, AreUsedUpAsOftenByTheModelAsByTheKernel)
{
    const auto recorded = Recorded();
    std::vector<Exhaustion> model;
    std::vector<Exhaustion> old;
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
    {
        const auto some = Models(ProfileOf("linux-6.18"), seed);
        model.insert(model.end(), some.begin(), some.end());
        const auto others = Models(ProfileOf("linux-4.6"), seed);
        old.insert(old.end(), others.begin(), others.end());
    }
    for (const std::uint32_t size : {99u, 9u})
    {
        const Part real = Short(recorded, size);
        const Part ours = Short(model, size);
        const Part olds = Short(old, size);
        std::cout << size << " ports, one unused: kernel " << real.count << " of " << real.total
                  << ", model " << ours.count << " of " << ours.total << ", Linux 4.6 "
                  << olds.count << " of " << olds.total << "\n";
        EXPECT_GT(ChanceOfSameShare(real, ours), RECORDED_RARE) << size;
        EXPECT_EQ(olds.count, 0u) << size;
    }
}

/// Kolmogorov and Smirnov for two samples; false alarm: RECORDED_RARE for each.
TEST(Laps, AreAsManyInTheModelAsInTheRecordings)
{
    std::vector<double> model;
    for (std::uint64_t seed = 1; seed <= 5; ++seed)
    {
        const auto some = Laps(Models(ProfileOf("linux-6.18"), seed));
        model.insert(model.end(), some.begin(), some.end());
    }
    const double chance = ChanceOfSameLaw(RecordedLaps(), model);
    std::cout << RecordedLaps().size() << " recorded sequences, " << model.size()
              << " of the model: chance of the same number of laps " << chance << "\n";

    EXPECT_GT(chance, RECORDED_RARE);
}

TEST(TestOfLaps, FindsOtherRulesOut)
{
    for (const std::uint32_t randomSteps : {0u, 7u, 9u})
    {
        int found = 0;
        for (std::uint64_t seed = 101; seed <= 120; ++seed)
        {
            const auto model = Laps(Models(WithRandomSteps(randomSteps), seed));
            found += ChanceOfSameLaw(RecordedLaps(), model) < RECORDED_RARE ? 1 : 0;
        }
        EXPECT_GE(found, 19) << randomSteps << " random steps";
    }
}

/// The model against itself, as few as recorded: twenty seeds; false alarm: 1e-3.
TEST(TestOfLaps, RaisesFalseAlarmsAsOftenAsItSays)
{
    std::vector<double> chances;
    for (std::uint64_t seed = 101; seed <= 120; ++seed)
    {
        const OsProfile profile = ProfileOf("linux-6.18");
        chances.push_back(
            ChanceOfSameLaw(Laps(Models(profile, seed)), Laps(Models(profile, seed + 100))));
    }

    EXPECT_GT(ChanceOfUniforms(chances), 1e-3);
}
