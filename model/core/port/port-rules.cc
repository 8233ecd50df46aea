// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/port-rules.h"

#include <algorithm>
#include <stdexcept>

namespace portlab
{

PortRules::PortRules(const OsProfile& profile)
    : range(profile.ports.value),
      usable(range.Count()),
      uniqueness(profile.uniqueness.value),
      reuse(profile.reuse.value),
      reuseDelay(profile.reuseDelay.value),
      timeWait(profile.timeWait.value),
      timeWaitGrid(profile.timeWaitGrid.value),
      maxTimeWait(profile.maxTimeWait.value)
{
    auto taken = std::make_unique<PortBitmap>(range);
    for (const PortRange& block : profile.reserved.value)
    {
        const std::uint32_t last = std::min(block.Last(), range.Last());
        for (std::uint32_t port = std::max(block.First(), range.First()); port <= last; ++port)
        {
            taken->Insert(static_cast<Port>(port));
        }
    }
    if (taken->Count() == range.Count())
    {
        throw std::invalid_argument("every port of " + std::to_string(range.First()) + "-" +
                                    std::to_string(range.Last()) +
                                    " is reserved: leave some to hand out");
    }
    if (taken->Count() > 0)
    {
        usable -= taken->Count();
        reserved = std::move(taken);
    }
}

} // namespace portlab
