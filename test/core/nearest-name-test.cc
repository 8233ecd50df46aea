// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/base/nearest-name.h"

#include <gtest/gtest.h>

using namespace portlab;

TEST(NearestName, CountsSlipsOfTheHand)
{
    const std::vector<std::string> names{"ports", "reserved", "time_wait", "time_wait_grid"};

    EXPECT_EQ(NearestName("prots", names), "ports");
    EXPECT_EQ(NearestName("port", names), "ports");
    EXPECT_EQ(NearestName("timewait", names), "time_wait");
    EXPECT_EQ(NearestName("time_wiat_grid", names), "time_wait_grid");
    EXPECT_EQ(NearestName("qqqqq", names), "");
    EXPECT_EQ(NearestName("pqqts", names), "") << "two slips in five letters";
    EXPECT_EQ(NearestName("rqqerved", names), "reserved") << "two slips in eight";
    EXPECT_EQ(NearestName(std::string(100000, 'x'), names), "");
}
