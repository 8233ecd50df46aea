// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TIME_H
#define PORTLAB_TIME_H

#include <chrono>
#include <cstdint>

namespace portlab
{

/// A length of simulated time, in whole nanoseconds.
using Duration = std::chrono::duration<std::int64_t, std::nano>;

/// The clock that nobody reads: core code is told the time and never asks for it.
struct SimulatedClock
{
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<SimulatedClock, Duration>;
    static constexpr bool is_steady = true;
};

/// A moment of simulated time. The simulation starts at Instant{}.
using Instant = SimulatedClock::time_point;

/// Later than everything that can happen.
constexpr Instant NEVER = Instant::max();

/// The moment that lies `sinceStart` after the start of the simulation.
constexpr Instant
At(Duration sinceStart)
{
    return Instant{sinceStart};
}

/// For output only: time as a bare number of seconds.
constexpr double
InSeconds(Duration duration)
{
    return std::chrono::duration<double>(duration).count();
}

constexpr double
InSeconds(Instant instant)
{
    return InSeconds(instant.time_since_epoch());
}

/// The duration nearest to a number of seconds; the caller makes sure that it fits (292 years).
constexpr Duration
FromSeconds(double seconds)
{
    return Duration{static_cast<std::int64_t>(seconds * 1e9 + (seconds < 0 ? -0.5 : 0.5))};
}

} // namespace portlab

#endif // PORTLAB_TIME_H
