// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/port-plans.h"

#include "model/core/base/check.h"

#include <algorithm>

namespace portlab
{

namespace
{

constexpr std::uint32_t NUMBERS_OF_16_BITS = 65536;

} // namespace

SearchPlan
RandomStartPlan(const PortRange& range, Random& random)
{
    SearchPlan plan;
    plan.AddCyclic(range, random.Below(range.Count()), range.Count());
    return plan;
}

SearchPlan
LinearPlan(const PortRange& range, std::uint32_t retries, Random& random)
{
    SearchPlan plan;
    const std::uint32_t start = random.Below(range.Count());
    plan.AddCyclic(range, start, std::min(retries, range.Count() - 1) + 1);
    return plan;
}

SearchPlan
UpThenDownPlan(const PortRange& range, Random& random)
{
    SearchPlan plan;
    const std::uint32_t below = random.Below(range.Count());
    plan.Add(range.First() + below, 1, range.Count() - below);
    plan.Add(range.First() + below - 1, -1, below);
    return plan;
}

SearchPlan
InOrderPlan(const PortRange& range)
{
    SearchPlan plan;
    plan.Add(range.First(), 1, range.Count());
    return plan;
}

WindowedSearch::WindowedSearch(const PortRange& range, bool startsBy16Bits)
    : m_range(range),
      m_startsBy16Bits(startsBy16Bits),
      m_width(std::min(range.Count(), std::uint32_t{128}))
{
}

SearchPlan
WindowedSearch::Next(Random& random)
{
    Check(!IsOver(), "a search that has failed has no more windows");
    SearchPlan window;
    if (m_startsBy16Bits)
    {
        const std::uint32_t start = random.Below(NUMBERS_OF_16_BITS);
        window.AddCounted(m_range, 0, start, NUMBERS_OF_16_BITS, m_width);
    }
    else
    {
        window.AddCyclic(m_range, random.Below(m_range.Count()), m_width);
    }
    constexpr std::uint32_t leastThatIsHalved = 16;
    const bool isLast = m_width >= m_range.Count() || m_width < leastThatIsHalved;
    m_width = isLast ? 0 : m_width / 2;
    return window;
}

} // namespace portlab
