// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/policies/linux-udp.h"

#include <algorithm>

namespace portlab
{

namespace
{

constexpr std::uint32_t PORTS = 65536;

/// How many of the `count` ports from `first` on, modulo 65536, lie in the range.
std::uint32_t
CountInside(const PortRange& range, std::uint32_t first, std::uint32_t count)
{
    const auto below = [&range](std::uint32_t end) {
        // Of the ports 0 ... end-1, where `end` may lie a turn further on.
        const auto ofOneTurn = [&range](std::uint32_t limit) {
            const std::uint32_t begin = range.First();
            return limit <= begin ? 0 : std::min(limit - begin, range.Count());
        };
        return end <= PORTS ? ofOneTurn(end) : range.Count() + ofOneTurn(end - PORTS);
    };
    return below(first + count) - below(first);
}

} // namespace

Pick
LinuxUdpPolicy::Choose(const FreePorts& free, const PortAsk& ask) const
{
    const PortRange range = ask.socketRange.value_or(free.Range());
    const auto draw = static_cast<std::uint32_t>(ask.random.Bits() >> 32);
    const auto offset = static_cast<std::uint32_t>(std::uint64_t{draw} * range.Count() >> 32);
    if (free.IsFree(range.At(offset)))
    {
        return {range.At(offset), 1};
    }
    if (range.Count() <= m_slots)
    {
        SearchPlan plan;
        plan.AddCyclic(range, offset, range.Count());
        return free.FirstFree(plan);
    }
    return Search(free, range, range.First() + offset, (draw | 1u) * m_slots % PORTS);
}

/// Sixty-four slots at a time: a slot has a free port if one of its ports is free.
Pick
LinuxUdpPolicy::Search(const FreePorts& free,
                       const PortRange& range,
                       std::uint32_t first,
                       std::uint32_t jump) const
{
    const std::uint32_t perSlot = PORTS / m_slots;
    std::uint32_t probes = 0;
    for (std::uint32_t slot = 0; slot < m_slots; slot += 64)
    {
        std::uint64_t open = 0;
        for (std::uint32_t turn = 0; turn < perSlot; ++turn)
        {
            open |= free.Window(range, (first + slot + turn * jump) % PORTS);
        }
        const std::uint32_t closed =
            std::min(open != 0 ? static_cast<std::uint32_t>(__builtin_ctzll(open)) : 64u,
                     m_slots - slot);
        for (std::uint32_t turn = 0; turn < perSlot; ++turn)
        {
            probes += CountInside(range, (first + slot + turn * jump) % PORTS, closed);
        }
        if (closed < 64 && slot + closed < m_slots)
        {
            for (std::uint32_t port = (first + slot + closed) % PORTS;;
                 port = (port + jump) % PORTS)
            {
                const bool isInside = range.First() <= port && port <= range.Last();
                probes += isInside ? 1 : 0;
                if (isInside && free.IsFree(static_cast<Port>(port)))
                {
                    return {static_cast<Port>(port), probes};
                }
            }
        }
    }
    return {std::nullopt, probes};
}

} // namespace portlab
