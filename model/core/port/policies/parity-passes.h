// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PARITY_PASSES_H
#define PORTLAB_PARITY_PASSES_H

#include "model/core/port/port-range.h"
#include "model/core/port/search-plan.h"

#include <algorithm>
#include <cstdint>

namespace portlab
{

/// The length of two passes: as Linux does, an odd range is rounded down, but for a single port.
inline std::uint32_t
EvenCount(const PortRange& range)
{
    return range.Count() > 1 ? range.Count() & ~1u : 1;
}

/// Appends one of Linux's passes: every other port from `first` on; what lies behind the range
/// comes back by EvenCount(). Both passes have the same length, so a range of odd size leaves its
/// first port out of its pass, unless the pass starts there.
inline void
AddParityPass(SearchPlan& plan, const PortRange& range, std::uint32_t first)
{
    const std::uint32_t even = EvenCount(range);
    const std::uint32_t length = std::max(even / 2, 1u);
    const std::uint32_t straight =
        first > range.Last() ? 0 : std::min(length, (range.Last() - first) / 2 + 1);
    plan.Add(first, 2, straight);
    plan.Add(first + 2 * straight - even, 2, length - straight);
}

} // namespace portlab

#endif // PORTLAB_PARITY_PASSES_H
