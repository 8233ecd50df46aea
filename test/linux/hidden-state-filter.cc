// SPDX-License-Identifier: GPL-2.0-only

#include "test/linux/hidden-state-filter.h"

#include <algorithm>

namespace portlab::test
{

HiddenStateFilter::HiddenStateFilter(const SearchRule& rule)
    : m_rule(rule),
      m_step(rule.ownRange ? 1 : 2),
      m_modulus(rule.range.Count())
{
    if (m_step == 2 && m_modulus > 1)
    {
        m_modulus -= m_modulus % 2;
    }
    Forget();
}

void
HiddenStateFilter::Forget()
{
    m_possible.clear();
    for (std::uint32_t offset = 0; offset < m_modulus; offset += m_step)
    {
        m_possible.push_back(offset);
    }
}

bool
HiddenStateFilter::Observe(std::optional<Port> port, const PortFlags& unusable)
{
    std::vector<std::uint32_t> successors;
    for (const std::uint32_t offset : m_possible)
    {
        const Walk walk = Search(offset, unusable);
        if (walk.port != port)
        {
            continue;
        }
        if (port)
        {
            AddSuccessors(offset, walk.length, successors);
        }
        else
        {
            successors.push_back(offset); // A failure changes nothing.
        }
    }
    if (successors.empty())
    {
        return false;
    }
    std::sort(successors.begin(), successors.end());
    successors.erase(std::unique(successors.begin(), successors.end()), successors.end());
    m_possible = std::move(successors);
    return true;
}

HiddenStateFilter::Walk
HiddenStateFilter::Search(std::uint32_t offset, const PortFlags& unusable) const
{
    const std::uint32_t passes = m_step == 1 || m_modulus == 1 ? 1 : 2;
    for (std::uint32_t pass = 0; pass < passes; ++pass)
    {
        std::uint32_t port = m_rule.range.First() + offset + pass;
        for (std::uint32_t length = 0; length < m_modulus; length += m_step, port += m_step)
        {
            if (port > m_rule.range.Last())
            {
                port -= m_modulus;
            }
            if (!unusable[port])
            {
                return {static_cast<Port>(port), length};
            }
        }
    }
    return {std::nullopt, 0};
}

void
HiddenStateFilter::AddSuccessors(std::uint32_t offset,
                                 std::uint32_t length,
                                 std::vector<std::uint32_t>& successors) const
{
    constexpr std::uint32_t draws = 8;
    for (std::uint32_t draw = 0; draw < draws; ++draw)
    {
        const std::uint32_t random = draw * m_step;
        const std::uint32_t advance = m_rule.advance == Advance::Linux5x18
                                          ? std::max(length, random)
                                      : m_rule.advance == Advance::Linux4x6 ? length
                                                                            : random;
        successors.push_back((offset + advance + m_step) % m_modulus);
    }
}

Findings&
Findings::operator+=(const Findings& other)
{
    choices += other.choices;
    impossible += other.impossible;
    jumps += other.jumps;
    return *this;
}

SequenceWitness::SequenceWitness(const SearchRule& rule, std::uint32_t jumpsAllowed)
    : m_filter(rule),
      m_jumpsAllowed(jumpsAllowed)
{
}

bool
SequenceWitness::Observe(std::optional<Port> port, const PortFlags& unusable)
{
    if (m_found.impossible > 0)
    {
        return false;
    }
    ++m_found.choices;
    if (m_filter.Observe(port, unusable))
    {
        return true;
    }
    if (m_found.jumps < m_jumpsAllowed)
    {
        ++m_found.jumps;
        m_filter.Forget();
        if (m_filter.Observe(port, unusable))
        {
            return true;
        }
    }
    ++m_found.impossible;
    return false;
}

} // namespace portlab::test
