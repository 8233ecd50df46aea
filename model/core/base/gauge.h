// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_GAUGE_H
#define PORTLAB_GAUGE_H

#include "model/core/base/time.h"

#include <algorithm>
#include <cstdint>

namespace portlab
{

/// How many things are there now, how many there were at most, and the area under that curve.
///
/// The area is the sum over all stays of their end minus their start, kept modulo 2^64: each
/// passage costs one addition, stays may end in any order and be told late, and the true area (at
/// most 2^63 ns: a million things for 2.5 hours, or 28,232 for ten years) comes out exactly.
class Gauge
{
  public:
    void Enter(Instant now)
    {
        ++m_count;
        m_peak = std::max(m_peak, m_count);
        m_area -= Bits(now);
    }

    /// One of the things left; `now` is when it really did.
    void Leave(Instant now)
    {
        --m_count;
        m_area += Bits(now);
    }

    std::uint32_t Count() const
    {
        return m_count;
    }

    std::uint32_t Peak() const
    {
        return m_peak;
    }

    /// The area from the start of the simulation to `now`, in thing-nanoseconds.
    std::uint64_t AreaAt(Instant now) const
    {
        return m_area + m_count * Bits(now);
    }

    /// Forgets the peak, not what is there: for the end of a warm-up.
    void ResetPeak()
    {
        m_peak = m_count;
    }

  private:
    static std::uint64_t Bits(Instant now)
    {
        return static_cast<std::uint64_t>(now.time_since_epoch().count());
    }

    std::uint32_t m_count{0};
    std::uint32_t m_peak{0};
    std::uint64_t m_area{0};
};

} // namespace portlab

#endif // PORTLAB_GAUGE_H
