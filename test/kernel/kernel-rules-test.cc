// SPDX-License-Identifier: GPL-2.0-only

// Every experiment on the kernel of this computer, a test for each: it has to answer what the rule
// of its release says. False alarm: 2e-5 for all of them together, while nothing else connects on
// this computer.

#include "test/kernel/live-machine.h"
#include "test/machine/experiment.h"

#include <gtest/gtest.h>
#include <iostream>
#include <utility>

namespace
{

using portlab::test::Covers;
using portlab::test::Experiment;
using portlab::test::Experiments;
using portlab::test::Finding;
using portlab::test::LiveKernel;
using portlab::test::NameOf;
using portlab::test::NameReleases;
using portlab::test::NotPossible;

class ThisKernel : public testing::Test
{
  public:
    explicit ThisKernel(const Experiment& experiment)
        : m_experiment(experiment)
    {
    }

    void TestBody() override
    {
        const std::string obstacle = LiveKernel::Obstacle();
        if (!obstacle.empty())
        {
            GTEST_SKIP() << obstacle;
        }
        LiveKernel kernel;
        if (!Covers(m_experiment, kernel.Version()))
        {
            GTEST_SKIP() << "a rule of Linux " << NameReleases(m_experiment);
        }
        try
        {
            const Finding finding = m_experiment.run(kernel);
            EXPECT_EQ(finding.answer, m_experiment.rule) << finding.figures;
        }
        catch (const NotPossible& reason)
        {
            GTEST_SKIP() << reason.what();
        }
    }

  private:
    Experiment m_experiment;
};

bool
RegisterTests()
{
    for (const Experiment& experiment : Experiments())
    {
        testing::RegisterTest("ThisKernel",
                              NameOf(experiment).c_str(),
                              nullptr,
                              nullptr,
                              __FILE__,
                              __LINE__,
                              [experiment]() { return new ThisKernel(experiment); });
    }
    return true;
}

const bool REGISTERED = RegisterTests();

} // namespace

/// Says once which release the others are about.
TEST(TheKernelOfThisComputer, IsNewEnoughForTheseRules)
{
    const std::string obstacle = LiveKernel::Obstacle();
    if (!obstacle.empty())
    {
        GTEST_SKIP() << obstacle;
    }
    const portlab::LinuxVersion version = LiveKernel().Version();
    std::cout << "Linux " << version.major << "." << version.minor << "."
              << version.patch.value_or(0) << "\n";

    EXPECT_TRUE(REGISTERED);
    EXPECT_GE(std::pair(version.major, version.minor), std::pair(5u, 18u));
}
