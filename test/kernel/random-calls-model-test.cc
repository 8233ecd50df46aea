// SPDX-License-Identifier: GPL-2.0-only

// The random calls with a model in place of the kernel: that they are fair, and that they find out.

#include "test/kernel/random-script.h"
#include "test/machine/model-machine.h"

#include <gtest/gtest.h>

namespace
{

using portlab::test::ModelKernel;
using portlab::test::RunRandomScript;

} // namespace

TEST(RandomCallsToAModel, AreAnsweredAsTheSameModelSays)
{
    for (const char* const profile : {"linux-6.18", "linux-6.17", "linux-6.7"})
    {
        for (std::uint64_t seed = 1; seed <= 8; ++seed)
        {
            ModelKernel kernel(profile, seed);
            EXPECT_EQ(RunRandomScript(kernel, profile, seed), "") << profile;
        }
    }
}

/// Before 6.18, a port stayed with bind() until nobody used it any more.
TEST(RandomCallsToAModel, FindOutTheModelOfTheReleaseBefore)
{
    int foundOut = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
    {
        ModelKernel kernel("linux-6.18", seed);
        foundOut += RunRandomScript(kernel, "linux-6.17", seed).empty() ? 0 : 1;
    }

    EXPECT_GE(foundOut, 19);
}
