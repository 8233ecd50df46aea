// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/port-rules.h"

#include "model/core/port/profiles/families.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace portlab
{

namespace
{

/// Linux releases from here on; see BindTable.
constexpr std::uint32_t FIRST_TO_REPAIR_BUCKETS = LinuxRelease(6, 18);

/// connect()'s: the auto-reuse range where there is one.
const PortRange&
ConnectRange(const OsProfile& profile)
{
    return profile.autoReuse.value ? *profile.autoReuse.value : profile.ports.value;
}

/// bind()'s where connect() has an auto-reuse range: what that leaves of the other ports.
std::optional<PortPool>
BindPool(const OsProfile& profile)
{
    if (!profile.autoReuse.value)
    {
        return std::nullopt;
    }
    PortList blocks = profile.reserved.value;
    blocks.push_back(*profile.autoReuse.value);
    return PortPool(profile.ports.value, blocks, true);
}

std::optional<PortPool>
UdpPool(const OsProfile& profile)
{
    if (!profile.udpPorts.value && !profile.autoReuse.value)
    {
        return std::nullopt;
    }
    return PortPool(profile.udpPorts.value.value_or(profile.ports.value), profile.reserved.value);
}

} // namespace

PortPool::PortPool(const PortRange& ports, const PortList& blocks, bool mayBeEmpty)
    : range(ports),
      usable(ports.Count())
{
    auto taken = std::make_unique<PortBitmap>(range);
    for (const PortRange& block : blocks)
    {
        const std::uint32_t last = std::min(block.Last(), range.Last());
        for (std::uint32_t port = std::max(block.First(), range.First()); port <= last; ++port)
        {
            taken->Insert(static_cast<Port>(port));
        }
    }
    if (taken->Count() == range.Count() && !mayBeEmpty)
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
PortPool::UsableIn(const PortRange& part) const
{
    std::uint32_t count = part.Count();
    for (std::uint32_t port = part.First(); reserved && port <= part.Last(); ++port)
    {
        count -= reserved->Contains(static_cast<Port>(port)) ? 1 : 0;
    }
    return count;
}

PortRules::PortRules(const OsProfile& profile)
    : tcp(ConnectRange(profile), profile.reserved.value),
      bind(BindPool(profile)),
      udp(UdpPool(profile)),
      uniqueness(profile.autoReuse.value ? Uniqueness::Destination : profile.uniqueness.value),
      ipVersions(profile.ipVersions.value),
      reuse(profile.autoReuse.value ? TimeWaitReuse::Never : profile.reuse.value),
      reuseDelay(profile.reuseDelay.value),
      reuseClock(profile.reuseClock.value),
      timeWait{profile.timeWait.value,
               profile.timeWaitNear.value.value_or(profile.timeWait.value),
               profile.timeWaitOwn.value.value_or(profile.timeWait.value)},
      timeWaitGrid(profile.timeWaitGrid.value),
      maxTimeWait(profile.maxTimeWait.value),
      whenFull(profile.whenFull.value),
      maxSockets(profile.maxSockets.value),
      reconnectsAtOnce(profile.linuxSettings.has_value()),
      autobindReuse(profile.linuxSettings && profile.linuxSettings->autobindReuse.value),
      repairsBuckets(profile.linuxSettings &&
                     profile.linuxSettings->release >= FIRST_TO_REPAIR_BUCKETS),
      bindsOverTimeWait(profile.bindsOverTimeWait.value)
{
    const bool isTakenEarly =
        reuse == TimeWaitReuse::AfterDelay || reuse == TimeWaitReuse::AfterDelayOnLoopback;
    if (isTakenEarly && !WaitsAlike())
    {
        throw std::invalid_argument("time_wait_reuse after a delay needs a TIME_WAIT that is the "
                                    "same towards all peers: set time_wait_near and time_wait_own "
                                    "to as-remote");
    }
}

const PortPool&
PortRules::PoolOf(Transport transport, PortManner manner) const
{
    if (transport == Transport::Udp)
    {
        return udp ? *udp : tcp;
    }
    return bind && manner != PortManner::Connect ? *bind : tcp;
}

bool
PortRules::WaitsAlike() const
{
    return timeWait.sameNetwork == timeWait.remote && timeWait.thisMachine == timeWait.remote;
}

} // namespace portlab
