// SPDX-License-Identifier: GPL-2.0-only

// The filter itself, by hand: what it takes for possible, and what it does not.

#include "test/linux/hidden-state-filter.h"

#include <gtest/gtest.h>
#include <initializer_list>

namespace
{

using portlab::Port;
using portlab::PortRange;
using portlab::test::Advance;
using portlab::test::HiddenStateFilter;
using portlab::test::PortFlags;
using portlab::test::SearchRule;
using portlab::test::SequenceWitness;

const PortRange HUNDRED(1000, 1099);
constexpr auto FAILURE = std::nullopt;
const PortFlags NOTHING;

PortFlags
These(std::initializer_list<Port> ports)
{
    PortFlags flags;
    for (const Port port : ports)
    {
        flags.set(port);
    }
    return flags;
}

/// Every port of `range` but these.
PortFlags
AllBut(const PortRange& range, std::initializer_list<Port> free)
{
    PortFlags flags;
    for (std::uint32_t offset = 0; offset < range.Count(); ++offset)
    {
        flags.set(range.At(offset));
    }
    return flags & ~These(free);
}

PortFlags
EvenPorts(Port first, Port last)
{
    PortFlags flags;
    for (std::uint32_t port = first; port <= last; port += 2)
    {
        flags.set(port);
    }
    return flags;
}

/// A filter that has seen port 1020 chosen in a free range.
HiddenStateFilter
After1020(const SearchRule& rule)
{
    HiddenStateFilter filter(rule);
    EXPECT_TRUE(filter.Observe(Port{1020}, NOTHING));
    return filter;
}

/// Whether that filter takes `port` for possible as the next.
bool
MayFollow1020(const SearchRule& rule, Port port, const PortFlags& unusable = NOTHING)
{
    return After1020(rule).Observe(port, unusable);
}

} // namespace

TEST(HiddenStateFilter, TakesEveryPortOfTheLowPortsParityForPossibleAtFirst)
{
    for (std::uint32_t port = 1000; port <= 1099; ++port)
    {
        HiddenStateFilter filter({HUNDRED});
        EXPECT_EQ(filter.Observe(static_cast<Port>(port), NOTHING), port % 2 == 0) << port;
    }
    EXPECT_FALSE(HiddenStateFilter({HUNDRED}).Observe(Port{998}, NOTHING));
    EXPECT_FALSE(HiddenStateFilter({HUNDRED}).Observe(Port{1100}, NOTHING));
    EXPECT_TRUE(HiddenStateFilter({PortRange(1001, 1100)}).Observe(Port{1001}, NOTHING));
    EXPECT_FALSE(HiddenStateFilter({PortRange(1001, 1100)}).Observe(Port{1002}, NOTHING));
}

TEST(HiddenStateFilter, AllowsStepsFromTwoToSixteen)
{
    EXPECT_EQ(After1020({HUNDRED}).CountPossible(), 8u);
    for (Port port = 1000; port < 1099; port += 2)
    {
        EXPECT_EQ(MayFollow1020({HUNDRED}, port), 1022 <= port && port <= 1036) << port;
    }
}

TEST(HiddenStateFilter, LearnsTheOffsetFromEveryPort)
{
    HiddenStateFilter filter = After1020({HUNDRED});
    EXPECT_FALSE(filter.Observe(Port{1038}, NOTHING));
    EXPECT_TRUE(filter.Observe(Port{1022}, NOTHING)) << "an impossible choice changes nothing";
    EXPECT_FALSE(filter.Observe(Port{1022}, NOTHING));
    EXPECT_TRUE(filter.Observe(Port{1024}, NOTHING));
}

TEST(HiddenStateFilter, WrapsAtTheEndOfTheRange)
{
    HiddenStateFilter filter({HUNDRED});
    filter.Observe(Port{1098}, NOTHING);

    EXPECT_TRUE(HiddenStateFilter(filter).Observe(Port{1000}, NOTHING));
    EXPECT_TRUE(HiddenStateFilter(filter).Observe(Port{1014}, NOTHING));
    EXPECT_FALSE(HiddenStateFilter(filter).Observe(Port{1016}, NOTHING));
    EXPECT_FALSE(HiddenStateFilter(filter).Observe(Port{1098}, NOTHING));
}

/// From 1022 to 1060 all are busy: the search ends at 1062, wherever in 1022-1036 it began, and has
/// walked 26 ports or more. So the next one begins exactly behind it.
TEST(HiddenStateFilter, KnowsThatABusyStretchIsSkippedForGood)
{
    const PortFlags stretch = EvenPorts(1022, 1060);
    HiddenStateFilter filter = After1020({HUNDRED});
    EXPECT_FALSE(HiddenStateFilter(filter).Observe(Port{1064}, stretch));
    ASSERT_TRUE(filter.Observe(Port{1062}, stretch));

    EXPECT_EQ(filter.CountPossible(), 1u);
    EXPECT_TRUE(filter.Observe(Port{1064}, NOTHING));
    EXPECT_FALSE(MayFollow1020({HUNDRED}, 1062, EvenPorts(1022, 1062)));
}

/// Within 14 ports the random step may be the greater one: from 1034, over 1034, to 1036, at most
/// 16 are added.
TEST(HiddenStateFilter, AddsTheGreaterOfTheWalkAndTheRandomStep)
{
    HiddenStateFilter filter = After1020({HUNDRED});
    ASSERT_TRUE(filter.Observe(Port{1036}, EvenPorts(1022, 1034)));

    EXPECT_FALSE(HiddenStateFilter(filter).Observe(Port{1036}, NOTHING));
    EXPECT_TRUE(HiddenStateFilter(filter).Observe(Port{1038}, NOTHING));
    EXPECT_TRUE(HiddenStateFilter(filter).Observe(Port{1052}, NOTHING)) << "from 1036";
    EXPECT_FALSE(HiddenStateFilter(filter).Observe(Port{1054}, NOTHING));
}

TEST(HiddenStateFilter, KnowsTheRulesNextDoor)
{
    const SearchRule old{HUNDRED, false, Advance::Linux4x6};
    EXPECT_TRUE(MayFollow1020(old, 1022));
    EXPECT_FALSE(MayFollow1020(old, 1024));
    EXPECT_FALSE(MayFollow1020(old, 1020));

    const SearchRule forgetful{HUNDRED, false, Advance::WithoutFeedback};
    HiddenStateFilter filter = After1020(forgetful);
    ASSERT_TRUE(filter.Observe(Port{1062}, EvenPorts(1022, 1060)));
    EXPECT_FALSE(HiddenStateFilter(filter).Observe(Port{1064}, NOTHING)) << "begins before it";
    EXPECT_TRUE(HiddenStateFilter(filter).Observe(Port{1052}, NOTHING));
    EXPECT_FALSE(HiddenStateFilter(filter).Observe(Port{1054}, NOTHING));
}

TEST(HiddenStateFilter, AllowsTheOtherParityOnlyWhenTheFirstIsUsedUp)
{
    EXPECT_FALSE(HiddenStateFilter({HUNDRED}).Observe(Port{1001}, EvenPorts(1000, 1096)));
    EXPECT_TRUE(HiddenStateFilter({HUNDRED}).Observe(Port{1098}, EvenPorts(1000, 1096)));
    EXPECT_TRUE(HiddenStateFilter({HUNDRED}).Observe(Port{1001}, EvenPorts(1000, 1098)));
    EXPECT_TRUE(MayFollow1020({HUNDRED}, 1023, EvenPorts(1000, 1098)));
    EXPECT_TRUE(MayFollow1020({HUNDRED}, 1037, EvenPorts(1000, 1098)));
    EXPECT_FALSE(MayFollow1020({HUNDRED}, 1039, EvenPorts(1000, 1098)));
}

TEST(HiddenStateFilter, AllowsAFailureOnlyWithoutAUsablePort)
{
    EXPECT_TRUE(HiddenStateFilter({HUNDRED}).Observe(FAILURE, AllBut(HUNDRED, {})));
    for (const Port free : {Port{1000}, Port{1001}, Port{1050}, Port{1099}})
    {
        EXPECT_FALSE(HiddenStateFilter({HUNDRED}).Observe(FAILURE, AllBut(HUNDRED, {free})));
        EXPECT_TRUE(HiddenStateFilter({HUNDRED}).Observe(free, AllBut(HUNDRED, {free})));
    }
}

/// 1000 to 1008: only a search that begins at 1000 comes by 1000, and only the others by 1008.
TEST(HiddenStateFilter, KnowsThatAnOddRangeMayLeaveItsFirstPortUnused)
{
    const PortRange nine(1000, 1008);
    const PortFlags allButFirst = AllBut(nine, {1000});
    HiddenStateFilter failed({nine});
    ASSERT_TRUE(failed.Observe(FAILURE, allButFirst));
    EXPECT_EQ(failed.CountPossible(), 3u);
    EXPECT_TRUE(failed.Observe(FAILURE, allButFirst)) << "a failure changes nothing";
    EXPECT_FALSE(failed.Observe(Port{1000}, allButFirst)) << "so 1000 is not found later";

    HiddenStateFilter found({nine});
    ASSERT_TRUE(found.Observe(Port{1000}, allButFirst));
    EXPECT_FALSE(HiddenStateFilter({nine}).Observe(FAILURE, AllBut(nine, {1001})));
    EXPECT_FALSE(HiddenStateFilter({nine}).Observe(FAILURE, AllBut(nine, {1007})));
    EXPECT_TRUE(HiddenStateFilter({nine}).Observe(FAILURE, AllBut(nine, {1008})));
    EXPECT_TRUE(HiddenStateFilter({nine}).Observe(Port{1008}, AllBut(nine, {1008})));
}

TEST(HiddenStateFilter, UsesTwoPortsOfThreeAndOneOfOne)
{
    const PortRange three(1000, 1002);
    EXPECT_FALSE(HiddenStateFilter({three}).Observe(Port{1002}, NOTHING));
    EXPECT_FALSE(HiddenStateFilter({three}).Observe(Port{1002}, These({1000, 1001})));
    EXPECT_TRUE(HiddenStateFilter({three}).Observe(FAILURE, These({1000, 1001})));
    EXPECT_FALSE(HiddenStateFilter({three}).Observe(FAILURE, These({1000, 1002})));

    const PortRange one(1000, 1000);
    EXPECT_TRUE(HiddenStateFilter({one}).Observe(Port{1000}, NOTHING));
    EXPECT_TRUE(HiddenStateFilter({one}).Observe(FAILURE, These({1000})));
    EXPECT_FALSE(HiddenStateFilter({one}).Observe(FAILURE, NOTHING));
}

TEST(HiddenStateFilter, WalksASocketsOwnRangePortByPort)
{
    const SearchRule own{PortRange(1000, 1098), true};
    for (std::uint32_t port = 1000; port <= 1098; ++port)
    {
        EXPECT_EQ(MayFollow1020(own, static_cast<Port>(port)), 1021 <= port && port <= 1028);
    }
    HiddenStateFilter last(own);
    EXPECT_TRUE(last.Observe(Port{1098}, NOTHING));
    EXPECT_TRUE(last.Observe(Port{1000}, NOTHING)) << "wraps at an odd size as well";
    EXPECT_FALSE(HiddenStateFilter(own).Observe(FAILURE, AllBut(own.range, {1098})));
    EXPECT_TRUE(HiddenStateFilter(own).Observe(FAILURE, AllBut(own.range, {})));
}

TEST(SequenceWitness, AllowsSoManyJumpsAndNotOneMore)
{
    SequenceWitness witness({HUNDRED}, 1);
    EXPECT_TRUE(witness.Observe(Port{1020}, NOTHING));
    EXPECT_TRUE(witness.Observe(Port{1080}, NOTHING));
    EXPECT_TRUE(witness.Observe(Port{1082}, NOTHING));
    EXPECT_EQ(witness.Found().jumps, 1u);
    EXPECT_EQ(witness.Found().impossible, 0u);
    EXPECT_FALSE(witness.Observe(Port{1020}, NOTHING));
    EXPECT_FALSE(witness.Observe(Port{1022}, NOTHING)) << "not looked at any more";

    EXPECT_EQ(witness.Found().choices, 4u);
    EXPECT_EQ(witness.Found().jumps, 1u);
    EXPECT_EQ(witness.Found().impossible, 1u);
}

TEST(SequenceWitness, TakesNoJumpForAnExcuseWhereNoOffsetGivesThePort)
{
    SequenceWitness witness({HUNDRED}, 5);

    EXPECT_FALSE(witness.Observe(Port{1021}, NOTHING));
    EXPECT_EQ(witness.Found().impossible, 1u);
}
