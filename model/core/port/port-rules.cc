// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/port-rules.h"

#include "model/core/port/profiles/families.h"

#include <algorithm>
#include <stdexcept>

namespace portlab
{

namespace
{

/// Linux releases from here on; see BindTable.
constexpr std::uint32_t FIRST_TO_REPAIR_BUCKETS = LinuxRelease(6, 18);

} // namespace

PortRules::PortRules(const OsProfile& profile)
    : range(profile.ports.value),
      usable(range.Count()),
      uniqueness(profile.uniqueness.value),
      reuse(profile.reuse.value),
      reuseDelay(profile.reuseDelay.value),
      reuseClock(profile.reuseClock.value),
      timeWait(profile.timeWait.value),
      timeWaitGrid(profile.timeWaitGrid.value),
      maxTimeWait(profile.maxTimeWait.value),
      reconnectsAtOnce(profile.linuxSettings.has_value()),
      autobindReuse(profile.linuxSettings && profile.linuxSettings->autobindReuse.value),
      repairsBuckets(profile.linuxSettings &&
                     profile.linuxSettings->release >= FIRST_TO_REPAIR_BUCKETS)
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

std::uint32_t
PortRules::UsableIn(const PortRange& part) const
{
    std::uint32_t count = part.Count();
    for (std::uint32_t port = part.First(); reserved && port <= part.Last(); ++port)
    {
        count -= reserved->Contains(port) ? 1 : 0;
    }
    return count;
}

} // namespace portlab
