// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/timer-wheel.h"

namespace portlab
{

TimerWheel
TimerWheelOf(const OsProfile& profile, Duration boot)
{
    // Before 4.8 (500462a9de65) every timer had a tick of its own, however far ahead.
    constexpr std::uint32_t firstCoarse = 4008;
    if (!profile.linuxSettings)
    {
        return {0, false, boot};
    }
    return {profile.linuxSettings->hz.value, profile.linuxSettings->release >= firstCoarse, boot};
}

} // namespace portlab
