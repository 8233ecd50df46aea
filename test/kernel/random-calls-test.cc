// SPDX-License-Identifier: GPL-2.0-only

// Sequences of calls that nobody thought of, on the kernel of this computer. False alarm: 1e-6,
// when in two scripts one after the other two sequences of connect() share a cell of the kernel's
// table.

#include "test/kernel/live-machine.h"
#include "test/kernel/random-script.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <vector>

namespace
{

using portlab::test::LiveKernel;
using portlab::test::RunRandomScript;

/// One to eight, or the one in the environment: PORTLAB_SEED.
std::vector<std::uint64_t>
Seeds()
{
    const char* const wish = std::getenv("PORTLAB_SEED");
    if (wish != nullptr)
    {
        return {std::strtoull(wish, nullptr, 10)};
    }
    return {1, 2, 3, 4, 5, 6, 7, 8};
}

} // namespace

TEST(RandomCalls, AreAnsweredByThisKernelAsTheModelSays)
{
    const std::string obstacle = LiveKernel::Obstacle();
    if (!obstacle.empty())
    {
        GTEST_SKIP() << obstacle;
    }
    LiveKernel kernel;
    const portlab::LinuxVersion version = kernel.Version();
    const std::string profile =
        "linux-" + std::to_string(version.major) + "." + std::to_string(version.minor);
    for (const std::uint64_t seed : Seeds())
    {
        EXPECT_EQ(RunRandomScript(kernel, profile, seed), "");
    }
}
