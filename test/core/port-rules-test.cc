// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/port-rules.h"
#include "test/core/port-test-support.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <stdexcept>

namespace
{

using portlab::OsProfile;
using portlab::Port;
using portlab::PortList;
using portlab::PortRange;
using portlab::PortRules;
using portlab::test::InOrder;

PortRules
RulesWithReserved(const PortList& blocks)
{
    OsProfile profile = InOrder(32768, 60999);
    profile.reserved.value = blocks;
    return PortRules(profile);
}

} // namespace

TEST(PortRules, WithoutReservedPortsInTheRangeKeepNoBitmap)
{
    for (const PortList& blocks :
         {PortList{}, PortList{PortRange(1, 32767), PortRange(61000, 65535)}})
    {
        const PortRules rules = RulesWithReserved(blocks);
        EXPECT_EQ(rules.tcp.reserved, nullptr);
        EXPECT_EQ(rules.tcp.usable, 28232u);
    }
}

TEST(PortRules, ReserveBothEndsOfABlockAndNothingBeyond)
{
    const PortRules rules = RulesWithReserved({PortRange(40000, 40009), PortRange(50000, 50000)});

    ASSERT_NE(rules.tcp.reserved, nullptr);
    EXPECT_EQ(rules.tcp.usable, 28232u - 11);
    for (const auto& [port, isReserved] : {std::pair{Port{39999}, false},
                                           {Port{40000}, true},
                                           {Port{40009}, true},
                                           {Port{40010}, false},
                                           {Port{49999}, false},
                                           {Port{50000}, true},
                                           {Port{50001}, false}})
    {
        EXPECT_EQ(rules.tcp.reserved->Contains(port), isReserved) << port;
    }
}

TEST(PortRules, CutBlocksAtTheEndsOfTheRange)
{
    const PortRules rules = RulesWithReserved({PortRange(0, 32768), PortRange(60998, 65535)});

    EXPECT_EQ(rules.tcp.usable, 28232u - 3);
    EXPECT_TRUE(rules.tcp.reserved->Contains(32768));
    EXPECT_FALSE(rules.tcp.reserved->Contains(32769));
    EXPECT_FALSE(rules.tcp.reserved->Contains(60997));
    EXPECT_TRUE(rules.tcp.reserved->Contains(60999));
}

TEST(PortRules, CountAPortThatIsReservedTwiceOnce)
{
    const PortRules rules = RulesWithReserved({PortRange(40000, 40009), PortRange(40005, 40019)});

    EXPECT_EQ(rules.tcp.usable, 28232u - 20);
}

TEST(PortRules, LeaveAtLeastOnePortToHandOut)
{
    EXPECT_EQ(RulesWithReserved({PortRange(32769, 65535)}).tcp.usable, 1u);
    EXPECT_THROW(RulesWithReserved({PortRange(32768, 60999)}), std::invalid_argument);
}
