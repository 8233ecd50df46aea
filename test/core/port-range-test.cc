// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/port-range.h"

#include <gtest/gtest.h>
#include <stdexcept>
#include <string>

namespace
{

using portlab::Port;
using portlab::PortRange;

} // namespace

TEST(PortRange, CountsAllSixtyFiveThousandFiveHundredThirtySix)
{
    EXPECT_EQ(PortRange(0, 65535).Count(), 65536u);
    EXPECT_EQ(PortRange(1, 65535).Count(), 65535u);
    EXPECT_EQ(PortRange(0, 65535).At(65535), 65535);
    EXPECT_EQ(PortRange(0, 65535).At(65536), 0);
}

TEST(PortRange, OfOnePortHasOnePort)
{
    for (const Port port : {Port{0}, Port{1}, Port{65535}})
    {
        const PortRange range(port, port);
        EXPECT_EQ(range.Count(), 1u);
        EXPECT_EQ(range.At(0), port);
        EXPECT_EQ(range.At(7), port);
        EXPECT_TRUE(range.Contains(port));
    }
}

TEST(PortRange, ContainsItsEndsAndNothingBeyond)
{
    const PortRange range(32768, 60999);

    EXPECT_EQ(range.Count(), 28232u);
    EXPECT_FALSE(range.Contains(32767));
    EXPECT_TRUE(range.Contains(32768));
    EXPECT_TRUE(range.Contains(60999));
    EXPECT_FALSE(range.Contains(61000));
}

TEST(PortRange, WrapsBehindItsLastPort)
{
    const PortRange range(50001, 50003);

    EXPECT_EQ(range.At(2), 50003);
    EXPECT_EQ(range.At(3), 50001);
    EXPECT_EQ(range.At(~std::uint64_t{0}), 50001); // 2^64 - 1 is a multiple of 3.
}

TEST(PortRange, WhoseEndsAreSwappedIsRefusedInWords)
{
    try
    {
        PortRange(60999, 32768);
        FAIL() << "nobody complained";
    }
    catch (const std::invalid_argument& error)
    {
        EXPECT_STREQ(error.what(),
                     "port range 60999-32768 is empty: the first port must not exceed the last");
    }
}

TEST(PortRange, EqualsRangesWithTheSameEndsOnly)
{
    EXPECT_TRUE(PortRange(1, 9) == PortRange(1, 9));
    EXPECT_FALSE(PortRange(1, 9) == PortRange(1, 8));
    EXPECT_FALSE(PortRange(1, 9) == PortRange(2, 9));
}
