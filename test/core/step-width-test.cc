// SPDX-License-Identifier: GPL-2.0-only

// ip_local_port_step_width, of a Linux to come.

#include "test/core/linux-machine.h"

#include <gtest/gtest.h>
#include <set>

namespace
{

using portlab::At;
using portlab::Pick;
using portlab::PolicySpec;
using portlab::PortRange;
using portlab::test::LinuxEra;
using portlab::test::LinuxMachine;
using portlab::test::RANGE_SIZES;
using portlab::test::SpecOf;

using namespace std::chrono_literals;

PolicySpec
WithWidth(std::uint32_t width)
{
    PolicySpec spec = SpecOf(LinuxEra::V5x18);
    spec.stepWidth = width;
    return spec;
}

PortRange
RangeOf(std::uint32_t size)
{
    return {static_cast<portlab::Port>(65536 - size), 65535};
}

/// All steps are coprime to the length of a pass, so that none leaves a port out: but for the one
/// that an odd range may lose, as without it.
TEST(StepWidth, LeavesNoPortUnused)
{
    for (const std::uint32_t width : {1u, 2u, 7u, 1000u, 65535u})
    {
        for (const std::uint32_t size : {1u, 2u, 3u, 9u, 16u, 99u, 100u, 1000u})
        {
            LinuxMachine machine(WithWidth(width), RangeOf(size), width * size);
            std::uint32_t granted = 0;
            for (Pick pick = machine.Choose(At(0s)); pick.port; pick = machine.Choose(At(0s)))
            {
                machine.Take(*pick.port);
                ++granted;
            }
            EXPECT_GE(granted, size - (size > 1 && size % 2 == 1 ? 1 : 0)) << width;
            EXPECT_LE(granted, size);
            EXPECT_EQ(machine.Choose(At(0s)).probes, size > 1 ? size / 2 * 2 : 1);
        }
    }
}

/// The low parity still comes first.
TEST(StepWidth, KeepsTheTwoPasses)
{
    LinuxMachine machine(WithWidth(64), PortRange(40000, 40999), 1);
    for (int i = 0; i < 1000; ++i)
    {
        const Pick pick = machine.Choose(At(0s));
        ASSERT_TRUE(pick.port);
        EXPECT_EQ(*pick.port % 2, i < 500 ? 0 : 1);
        machine.Take(*pick.port);
    }
}

/// Ports 40010 and 40012 are free, and the search often starts below both: by steps of 2 it meets
/// 40010 first unless it starts between them.
TEST(StepWidth, JumpsOverFreePortsAsSteppingByTwoCannot)
{
    const auto farFirst = [](std::uint32_t width) {
        int count = 0;
        for (std::uint64_t seed = 1; seed <= 400; ++seed)
        {
            LinuxMachine machine(WithWidth(width), PortRange(40000, 40999), seed);
            for (std::uint32_t port = 40000; port <= 40999; ++port)
            {
                if (port != 40010 && port != 40012)
                {
                    machine.Take(static_cast<portlab::Port>(port));
                }
            }
            count += *machine.Choose(At(0s)).port == 40012 ? 1 : 0;
        }
        return count;
    };
    EXPECT_LT(farFirst(0), 10);
    EXPECT_LT(farFirst(1), 10);
    EXPECT_GT(farFirst(500), 100);
}

} // namespace
