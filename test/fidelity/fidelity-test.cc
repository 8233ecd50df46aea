// SPDX-License-Identifier: GPL-2.0-only

// The same workload by connections and by packets: paired, because both make the same draws.

#include "test/fidelity/fidelity-cases.h"

#include <gtest/gtest.h>

using portlab::test::Compare;
using portlab::test::FidelityCase;
using portlab::test::FidelityCases;
using portlab::test::PairedFigure;

namespace
{

class Fidelities : public testing::TestWithParam<FidelityCase>
{
};

std::string
NameOf(const testing::TestParamInfo<FidelityCase>& info)
{
    std::string name;
    for (const char letter : info.param.name)
    {
        name += std::isalnum(static_cast<unsigned char>(letter)) != 0 ? std::string(1, letter) : "";
    }
    return name;
}

} // namespace

/// With two replications three standard errors say little; what has to be right is the half
/// percent.
TEST_P(Fidelities, Agree)
{
    for (const PairedFigure& figure : Compare(GetParam(), 2, 0.5))
    {
        EXPECT_TRUE(figure.Agrees())
            << figure.name << ": " << figure.ConnectionMean() << " by connections, "
            << figure.PacketMean() << " by packets, standard error " << figure.StandardError();
    }
}

INSTANTIATE_TEST_SUITE_P(All, Fidelities, testing::ValuesIn(FidelityCases()), NameOf);

TEST(PairedFigure, AgreesWithinHalfAPercentOrThreeStandardErrors)
{
    EXPECT_TRUE((PairedFigure{"connected", {1000, 1000}, {1005, 1005}}).Agrees());
    EXPECT_FALSE((PairedFigure{"connected", {1000, 1000}, {1006, 1006}}).Agrees());
    // A mean of 10 with a standard error of 4 is noise, one of 2 is not.
    EXPECT_TRUE((PairedFigure{"connected", {1000, 1000}, {1006, 1014}}).Agrees());
    EXPECT_FALSE((PairedFigure{"connected", {1000, 1000}, {1008, 1012}}).Agrees());
}

TEST(PairedFigure, HasEqualAttemptsOrDoesNotAgree)
{
    EXPECT_TRUE((PairedFigure{"attempts", {1000, 900}, {1000, 900}}).Agrees());
    EXPECT_FALSE((PairedFigure{"attempts", {1000, 900}, {1000, 901}}).Agrees());
}
