// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TIMER_WHEEL_H
#define PORTLAB_TIMER_WHEEL_H

#include "model/core/base/time.h"
#include "model/core/port/boot-phase.h"
#include "model/core/port/os-profile.h"

#include <cstdint>

namespace portlab
{

/// When the timers of one machine really expire. Linux keeps them in a wheel (kernel/time/timer.c,
/// since 500462a9de65, 4.8) whose slots are the wider the further ahead they lie, so that a timer
/// fires up to an eighth of its delay late; and never early, because calc_index() adds a whole slot
/// before it rounds down.
struct TimerWheel
{
    std::uint32_t hz{0}; ///< Ticks a second; 0: timers are exact.
    bool coarse{true};   ///< Far timers have wide slots; else each has a slot of one tick.
    Duration boot{0};    ///< How long the machine had been up at the start: the slots' phase.

    /// The width of the slots in which timers of this delay are kept: level n has slots of 8^n
    /// ticks and serves delays below 63 of them. Needs `hz`.
    Duration Slot(Duration delay) const
    {
        constexpr std::uint32_t deepest = 8;
        constexpr Duration second = std::chrono::seconds(1);
        const Duration tick = second / hz;
        const std::int64_t ticks = (delay + tick - Duration{1}) / tick;
        std::uint32_t level = 0;
        while (coarse && level < deepest && ticks >= std::int64_t{63} << (3 * level))
        {
            ++level;
        }
        return second * (std::int64_t{1} << (3 * level)) / hz;
    }

    /// When a timer set at `from` fires.
    Instant Expiry(Instant from, Duration delay) const
    {
        return hz == 0 ? from + delay : NextBeat(from + delay, Slot(delay), boot);
    }
};

/// The wheel of a machine that had been up for `boot` at the start.
TimerWheel TimerWheelOf(const OsProfile& profile, Duration boot);

} // namespace portlab

#endif // PORTLAB_TIMER_WHEEL_H
