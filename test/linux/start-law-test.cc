// SPDX-License-Identifier: GPL-2.0-only

// The laws of searches without memory, by hand.

#include "test/linux/start-law.h"

#include <gtest/gtest.h>
#include <initializer_list>

namespace
{

using portlab::Port;
using portlab::PortRange;
using portlab::Random;
using portlab::StreamKey;
using portlab::test::BindRule;
using portlab::test::EveryPortRule;
using portlab::test::PortFlags;
using portlab::test::StartLaw;
using portlab::test::StartRule;
using portlab::test::StartWitness;
using portlab::test::UdpRule;

constexpr auto FAILURE = std::nullopt;
const PortRange TEN(1000, 1009);

double
Chance(const StartRule& rule, std::initializer_list<Port> busy, std::optional<Port> port)
{
    StartLaw law(rule);
    for (const Port each : busy)
    {
        law.Block(each);
    }
    return law.Judge(port).chance;
}

} // namespace

TEST(BindRule, BeginsWithTheOtherParityAndWalksByTwo)
{
    for (Port port = 1000; port <= 1009; ++port)
    {
        EXPECT_DOUBLE_EQ(Chance(BindRule(TEN), {}, port), port % 2 == 1 ? 0.2 : 0) << port;
    }
    EXPECT_DOUBLE_EQ(Chance(BindRule(TEN), {1003, 1005}, Port{1007}), 0.6);
    EXPECT_DOUBLE_EQ(Chance(BindRule(TEN), {1007, 1009}, Port{1001}), 0.6) << "wraps";
    EXPECT_DOUBLE_EQ(Chance(BindRule(TEN), {1001, 1003, 1005, 1007}, Port{1009}), 1.0);
    EXPECT_DOUBLE_EQ(Chance(BindRule(TEN), {1001, 1003, 1005, 1007}, Port{1000}), 0.0);
    EXPECT_DOUBLE_EQ(Chance(BindRule(TEN), {1001, 1003, 1005, 1007, 1009}, Port{1000}), 0.2);
    EXPECT_DOUBLE_EQ(Chance(BindRule(TEN), {1001, 1003, 1005, 1007, 1009}, FAILURE), 0.0);
}

/// 1000 to 1004: the second pass comes by 1000 only from there, and then not by 1004.
TEST(BindRule, LeavesAPortOfAnOddRangeOut)
{
    const StartRule five = BindRule(PortRange(1000, 1004));
    EXPECT_DOUBLE_EQ(Chance(five, {1001, 1003}, Port{1000}), 0.5);
    EXPECT_DOUBLE_EQ(Chance(five, {1001, 1003}, Port{1002}), 0.5);
    EXPECT_DOUBLE_EQ(Chance(five, {1001, 1002, 1003, 1004}, Port{1000}), 0.5);
    EXPECT_DOUBLE_EQ(Chance(five, {1001, 1002, 1003, 1004}, FAILURE), 0.5);
    EXPECT_DOUBLE_EQ(Chance(BindRule(PortRange(1000, 1002)), {1001}, Port{1000}), 1.0);
    EXPECT_DOUBLE_EQ(Chance(BindRule(PortRange(1000, 1002)), {1000, 1001}, FAILURE), 1.0);
    EXPECT_DOUBLE_EQ(Chance(BindRule(PortRange(1000, 1000)), {}, Port{1000}), 1.0);
    EXPECT_DOUBLE_EQ(Chance(BindRule(PortRange(1000, 1000)), {1000}, FAILURE), 1.0);
}

TEST(EveryPortRule, WalksAroundTheRange)
{
    EXPECT_DOUBLE_EQ(Chance(EveryPortRule(TEN), {}, Port{1000}), 0.1);
    EXPECT_DOUBLE_EQ(Chance(EveryPortRule(TEN), {1003, 1004}, Port{1005}), 0.3);
    EXPECT_DOUBLE_EQ(Chance(EveryPortRule(TEN), {1003, 1004}, Port{1002}), 0.1);
    EXPECT_DOUBLE_EQ(Chance(EveryPortRule(TEN), {1009, 1000}, Port{1001}), 0.3);
    EXPECT_DOUBLE_EQ(Chance(EveryPortRule(PortRange(1000, 1000)), {1000}, FAILURE), 1.0);
}

/// 32768 and 49152 are of one slot of 16384, the others of their own.
TEST(UdpRule, TakesThePortsOfOneSlotBeforeTheNextSlot)
{
    const PortRange range(32768, 50000);
    const double one = 1.0 / range.Count();
    EXPECT_DOUBLE_EQ(Chance(UdpRule(range, 16384), {}, Port{32768}), one);
    EXPECT_DOUBLE_EQ(Chance(UdpRule(range, 16384), {32768}, Port{49152}), 2 * one);
    EXPECT_DOUBLE_EQ(Chance(UdpRule(range, 16384), {32768}, Port{32769}), one);
    EXPECT_DOUBLE_EQ(Chance(UdpRule(range, 16384), {32768, 49152}, Port{32769}), 2 * one);
    EXPECT_DOUBLE_EQ(Chance(UdpRule(range, 16384), {32768, 49152}, Port{49153}), 2 * one);
}

/// In a range of three of a slot's ports, the random stride says which comes next: 32768 is
/// followed by 49152 with a factor of 1 and, as 16384 and 0 are not of the range, by 65535 - 16383
/// as well with 3.
TEST(UdpRule, DrawsTheOrderWithinASlot)
{
    const PortRange range(16384, 65535);
    const double one = 1.0 / range.Count();
    EXPECT_DOUBLE_EQ(Chance(UdpRule(range, 16384), {16384}, Port{32768}), 1.5 * one);
    EXPECT_DOUBLE_EQ(Chance(UdpRule(range, 16384), {16384}, Port{49152}), 1.5 * one);
    EXPECT_DOUBLE_EQ(Chance(UdpRule(range, 16384), {32768}, Port{49152}), 1.5 * one);
    EXPECT_DOUBLE_EQ(Chance(UdpRule(range, 16384), {32768}, Port{16384}), 1.5 * one);
}

TEST(UdpRule, WalksAroundARangeThatIsNoLargerThanTheTable)
{
    const PortRange range(40000, 40099);
    for (const Port port : {Port{40000}, Port{40001}, Port{40050}, Port{40099}})
    {
        EXPECT_DOUBLE_EQ(Chance(UdpRule(range, 256), {40098, 40099, 40000}, port),
                         Chance(EveryPortRule(range), {40098, 40099, 40000}, port));
    }
}

/// With 1003 and 1004 taken, 1005 has 3 starts of 10, and each of the others 1. By the rule the
/// chance of a choice is (3*3+7)/100 on average; by lot among eight ports, (3+7)/80.
TEST(StartLaw, SaysHowMuchMoreProbableAChoiceWasThanOnAverage)
{
    StartLaw law(EveryPortRule(TEN));
    law.Block(1003);
    law.Block(1004);

    EXPECT_DOUBLE_EQ(law.Judge(Port{1005}).byRule.sum, 0.3 - 0.16);
    EXPECT_DOUBLE_EQ(law.Judge(Port{1000}).byRule.sum, 0.1 - 0.16);
    EXPECT_NEAR(law.Judge(Port{1000}).byRule.variance, (27.0 + 7) / 1000 - 0.16 * 0.16, 1e-15);
    EXPECT_DOUBLE_EQ(law.Judge(Port{1005}).byLot.sum, 0.3 - 0.125);
    EXPECT_NEAR(law.Judge(Port{1005}).byLot.variance, (9.0 + 7) / 800 - 0.125 * 0.125, 1e-15);
}

TEST(StartWitness, CountsChoicesThatTheRuleCannotMake)
{
    StartLaw law(BindRule(TEN));
    StartWitness witness;
    Random random(StreamKey(1, 1));
    witness.Add(law, Port{1001}, random);
    witness.Add(law, Port{1002}, random);

    EXPECT_EQ(witness.Choices(), 2u);
    EXPECT_EQ(witness.Impossible(), 1u);
    EXPECT_EQ(witness.Starts().size(), 1u);
    EXPECT_GE(witness.Starts()[0], 0.0);
    EXPECT_LE(witness.Starts()[0], 0.2);
}
