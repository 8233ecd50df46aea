// SPDX-License-Identifier: GPL-2.0-only

// The yardsticks of the other tests.

#include "test/statistics/erlang.h"
#include "test/statistics/student.h"

#include <cmath>
#include <gtest/gtest.h>

namespace
{

using portlab::test::ChanceOfMeanZero;
using portlab::test::ErlangB;
using portlab::test::LossLaw;
using portlab::test::StudentTails;

double
AlwaysAccepted(std::uint32_t)
{
    return 1;
}

} // namespace

/// By hand: a/(1+a), and a^2/2 / (1 + a + a^2/2).
TEST(ErlangB, IsRightForOneServerAndForTwo)
{
    EXPECT_DOUBLE_EQ(ErlangB(1, 1), 0.5);
    EXPECT_DOUBLE_EQ(ErlangB(1, 3), 0.75);
    EXPECT_DOUBLE_EQ(ErlangB(2, 2), 2.0 / 5);
}

/// The rates that people know the ranges by: 28,232 ports and 60 s, 16,384 and 120 s, old Windows'
/// 3,977 and 240 s.
TEST(ErlangB, GivesTheNumbersThatOthersComputed)
{
    EXPECT_NEAR(ErlangB(28232, 470.53 * 60), 0.004734, 1e-5);
    EXPECT_NEAR(ErlangB(28232, 494.06 * 60), 0.04828, 1e-5);
    EXPECT_NEAR(ErlangB(28232, 517.59 * 60), 0.09123, 1e-5);
    EXPECT_NEAR(ErlangB(16384, 1.1 * 136.53 * 120), 0.0915, 1e-4);
    EXPECT_NEAR(ErlangB(3977, 16.57 * 240), 0.012546, 1e-4);
    EXPECT_NEAR(ErlangB(1024, 1024), 0.02452, 5e-6);
    EXPECT_NEAR(ErlangB(1024, 1.1 * 1024), 0.09847, 5e-6);
    EXPECT_NEAR(ErlangB(64, 64), 0.0934, 5e-5);
    EXPECT_NEAR(ErlangB(64, 1.1 * 64), 0.1511, 5e-5);
}

TEST(LossLaw, IsErlangBIfOnlyAFullSystemRefuses)
{
    for (const std::uint32_t servers : {1u, 2u, 64u, 28232u})
    {
        for (const double load : {0.5, 1.0, 1.1})
        {
            EXPECT_NEAR(LossLaw(servers, load * servers, AlwaysAccepted).Loss(),
                        ErlangB(servers, load * servers),
                        1e-12);
        }
    }
}

/// Two servers, offered 1, the second taken by half of those who find one busy: the chances are as
/// 1, 1, 1/4. The loss is half of the second and all of the third.
TEST(LossLaw, CountsThoseWhoAreRefusedEarly)
{
    const LossLaw law(2, 1, [](std::uint32_t busy) { return busy == 0 ? 1.0 : 0.5; });

    EXPECT_DOUBLE_EQ(law.Loss(), (0.5 + 0.25) / 2.25);
    EXPECT_EQ(law.BusyAt(0.1), 2u);
    EXPECT_EQ(law.BusyAt(0.2), 1u);
    EXPECT_EQ(law.BusyAt(0.55), 1u);
    EXPECT_EQ(law.BusyAt(0.56), 0u);
    EXPECT_EQ(law.BusyAt(1), 0u);
}

/// Source: the tables of any textbook.
TEST(Student, HasTheTailsOfTheTables)
{
    EXPECT_NEAR(StudentTails(12.7062, 1), 0.05, 1e-6);
    EXPECT_NEAR(StudentTails(1, 1), 0.5, 1e-9);
    EXPECT_NEAR(StudentTails(3.18245, 3), 0.05, 1e-6);
    EXPECT_NEAR(StudentTails(2.09302, 19), 0.05, 1e-6);
    EXPECT_NEAR(StudentTails(-2.86093, 19), 0.01, 1e-6);
    EXPECT_NEAR(StudentTails(3.29053, 1e7), 0.001, 1e-6);
    EXPECT_DOUBLE_EQ(StudentTails(0, 19), 1);
}

TEST(Student, ComparesAMeanWithItsError)
{
    EXPECT_DOUBLE_EQ(ChanceOfMeanZero({-1, 0, 1}), 1);
    EXPECT_NEAR(ChanceOfMeanZero({0, 1, 2}), StudentTails(std::sqrt(3), 2), 1e-12);
    EXPECT_DOUBLE_EQ(ChanceOfMeanZero({1, 1, 1}), 0);
}
