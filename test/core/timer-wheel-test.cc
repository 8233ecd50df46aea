// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/profile-catalogue.h"
#include "model/core/port/timer-wheel.h"

#include <chrono>
#include <gtest/gtest.h>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Duration;
using portlab::Instant;
using portlab::TimerWheel;

TEST(TimerWheel, HasWiderSlotsForLongerDelays)
{
    EXPECT_EQ(TimerWheel{250}.Slot(60s), Duration(2048ms));  // 15000 ticks, slots of 512
    EXPECT_EQ(TimerWheel{1000}.Slot(60s), Duration(4096ms)); // 60000 ticks, slots of 4096
    EXPECT_EQ(TimerWheel{100}.Slot(60s), Duration(5120ms));  // 6000 ticks, slots of 512
    EXPECT_EQ(TimerWheel{1000}.Slot(62ms), Duration(1ms));
    EXPECT_EQ(TimerWheel{1000}.Slot(63ms), Duration(8ms));
    EXPECT_EQ(TimerWheel{1000}.Slot(503ms), Duration(8ms));
    EXPECT_EQ(TimerWheel{1000}.Slot(504ms), Duration(64ms));
    EXPECT_EQ(TimerWheel{1000}.Slot(0s), Duration(1ms));
}

TEST(TimerWheel, FiresAtTheFirstSlotAfterTheDelayAndNeverOnIt)
{
    const TimerWheel wheel{250};
    EXPECT_EQ(wheel.Expiry(At(0s), 60s), At(61440ms)); // 30 slots of 2.048 s
    EXPECT_EQ(wheel.Expiry(At(1440ms - 1ns), 60s), At(61440ms));
    EXPECT_EQ(wheel.Expiry(At(1440ms), 60s), At(63488ms));
}

TEST(TimerWheel, TurnsSinceItsMachineWasStarted)
{
    const TimerWheel wheel{250, true, 1s};
    EXPECT_EQ(wheel.Expiry(At(0s), 60s), At(60440ms));
    EXPECT_EQ(wheel.Expiry(At(440ms), 60s), At(62488ms));
}

TEST(TimerWheel, OfOldKernelsIsExactToTheTick)
{
    const TimerWheel wheel{250, false};
    EXPECT_EQ(wheel.Expiry(At(0s), 60s), At(60004ms));
    EXPECT_EQ(wheel.Expiry(At(4ms - 1ns), 60s), At(60004ms));
    EXPECT_EQ(wheel.Expiry(At(4ms), 60s), At(60008ms));
}

TEST(TimerWheel, IsExactWhereNoTicksAreKnown)
{
    EXPECT_EQ(TimerWheel{}.Expiry(At(1ns), 60s), At(60s + 1ns));
}

TEST(TimerWheel, IsCoarseOnLinuxSinceItsRelease4x8)
{
    const auto wheelOf = [](const char* name) {
        return TimerWheelOf(portlab::FindProfile(name).profile, 3s);
    };
    EXPECT_TRUE(wheelOf("linux-4.8").coarse);
    EXPECT_FALSE(wheelOf("linux-4.7").coarse);
    EXPECT_EQ(wheelOf("linux-6.18").hz, 250u);
    EXPECT_EQ(wheelOf("linux-6.18").boot, Duration(3s));
    EXPECT_EQ(wheelOf("windows-11").hz, 0u);
}

} // namespace
