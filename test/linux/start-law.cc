// SPDX-License-Identifier: GPL-2.0-only

#include "test/linux/start-law.h"

#include <cmath>

namespace portlab::test
{

StartRule
BindRule(const PortRange& range)
{
    const std::uint32_t even = range.Count() > 1 ? range.Count() & ~1u : 1;
    const auto walk = [range, even](std::uint32_t start,
                                    const PortFlags& unusable) -> std::optional<Port> {
        for (std::uint32_t pass = 0; pass < 2; ++pass)
        {
            std::uint32_t port = range.First() + 2 * start + (pass == 0 ? 1 : 0);
            for (std::uint32_t walked = 0; walked < even; walked += 2, port += 2)
            {
                port -= port > range.Last() ? even : 0;
                if (!unusable[port])
                {
                    return static_cast<Port>(port);
                }
            }
        }
        return std::nullopt;
    };
    return {even > 1 ? even / 2 : 1, walk};
}

StartRule
UdpRule(const PortRange& range, std::uint32_t slots)
{
    // Of the random stride, no more matters than whether its odd factor is 1 or 3 modulo 4: that
    // is all there is for tables of a quarter of all ports, and more.
    const auto walk = [range, slots](std::uint32_t start,
                                     const PortFlags& unusable) -> std::optional<Port> {
        const std::uint32_t stride = slots * (start % 2 == 0 ? 1 : 3);
        for (std::uint32_t slot = 0; slot < slots; ++slot)
        {
            const auto first = static_cast<Port>(range.First() + start / 2 + slot);
            Port port = first;
            do
            {
                if (range.Contains(port) && !unusable[port])
                {
                    return port;
                }
                port = static_cast<Port>(port + stride);
            } while (port != first);
        }
        return std::nullopt;
    };
    return {2 * range.Count(), walk};
}

StartRule
EveryPortRule(const PortRange& range)
{
    const auto walk = [range](std::uint32_t start,
                              const PortFlags& unusable) -> std::optional<Port> {
        for (std::uint32_t walked = 0; walked < range.Count(); ++walked)
        {
            const Port port = range.At(start + walked);
            if (!unusable[port])
            {
                return port;
            }
        }
        return std::nullopt;
    };
    return {range.Count(), walk};
}

double
Excess::Normal() const
{
    return variance > 0 ? sum / std::sqrt(variance) : 0;
}

StartLaw::StartLaw(const StartRule& rule)
    : m_rule(rule)
{
    for (std::uint32_t start = 0; start < rule.starts; ++start)
    {
        m_ends[m_rule.walk(start, m_unusable)].push_back(start);
    }
    for (const auto& [end, starts] : m_ends)
    {
        Count(starts, 1);
    }
}

void
StartLaw::Count(const Starts& starts, double sign)
{
    const auto count = static_cast<double>(starts.size());
    m_squares += sign * count * count;
    m_cubes += sign * count * count * count;
}

/// Only the searches that ended there go on.
void
StartLaw::Block(Port port)
{
    m_unusable.set(port);
    const auto found = m_ends.find(port);
    if (found == m_ends.end())
    {
        return;
    }
    const Starts moved = found->second;
    m_ends.erase(found);
    Count(moved, -1);
    for (const std::uint32_t start : moved)
    {
        Starts& others = m_ends[m_rule.walk(start, m_unusable)];
        Count(others, -1);
        others.push_back(start);
        Count(others, 1);
    }
}

Judged
StartLaw::Judge(std::optional<Port> port) const
{
    Judged judged;
    const auto found = m_ends.find(port);
    if (found != m_ends.end())
    {
        judged.starts = found->second;
    }
    const double all = m_rule.starts;
    const auto count = static_cast<double>(m_ends.size());
    const auto here = static_cast<double>(judged.starts.size());
    const double byRule = m_squares / all;
    const double byLot = all / count;
    judged.chance = here / all;
    judged.byRule = {(here - byRule) / all, (m_cubes / all - byRule * byRule) / all / all};
    judged.byLot = {(here - byLot) / all, (m_squares / count - byLot * byLot) / all / all};
    return judged;
}

std::vector<Port>
StartLaw::Possible() const
{
    std::vector<Port> ports;
    for (const auto& [end, starts] : m_ends)
    {
        if (end)
        {
            ports.push_back(*end);
        }
    }
    return ports;
}

bool
StartLaw::IsUsedUp() const
{
    return m_ends.size() == 1 && !m_ends.begin()->first;
}

void
StartWitness::Add(const StartLaw& law, std::optional<Port> port, Random& random)
{
    const Judged judged = law.Judge(port);
    ++m_choices;
    if (judged.starts.empty())
    {
        ++m_impossible;
        return;
    }
    m_byRule.sum += judged.byRule.sum;
    m_byRule.variance += judged.byRule.variance;
    m_byLot.sum += judged.byLot.sum;
    m_byLot.variance += judged.byLot.variance;
    const std::uint32_t start =
        judged.starts[random.Below(static_cast<std::uint32_t>(judged.starts.size()))];
    m_stretches.push_back(static_cast<std::uint32_t>(judged.starts.size()));
    m_starts.push_back((start + random.Unit()) / law.CountStarts());
}

} // namespace portlab::test
