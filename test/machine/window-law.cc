// SPDX-License-Identifier: GPL-2.0-only

#include "test/machine/window-law.h"

#include "test/core/chance.h"
#include "test/machine/scripts.h"

#include <algorithm>
#include <cmath>

namespace portlab::test
{

namespace
{

/// Of each free port, itself and the taken ports right below it, around the end; 0 of taken ones.
std::vector<std::size_t>
StartsOf(const std::vector<bool>& taken)
{
    const std::size_t count = taken.size();
    std::vector<std::size_t> starts(count, 0);
    std::size_t gap = 0;
    for (std::size_t place = 0; place < 2 * count; ++place) // The first round finds the last gap.
    {
        ++gap;
        if (!taken[place % count])
        {
            starts[place % count] = gap;
            gap = 0;
        }
    }
    return starts;
}

/// An upper bound of the chance that trials succeed so much more or less often than expected, when
/// the chance of each may depend on those before. Source: D. A. Freedman, "On tail probabilities
/// for martingales", 1975, theorem 1.6.
double
ChanceOfSum(double sum, double expected, double variance)
{
    const double distance = std::abs(sum - expected);
    return distance > 0
               ? std::min(1.0, 2 * std::exp(-distance * distance / 2 / (variance + distance / 3)))
               : 1;
}

} // namespace

WindowLaw::WindowLaw(const std::vector<bool>& taken)
    : m_chances(taken.size(), 0),
      m_none(1)
{
    const std::size_t count = taken.size();
    const std::vector<std::size_t> starts = StartsOf(taken);
    std::size_t width = std::min<std::size_t>(count, 128);
    bool isOver = false;
    while (!isOver)
    {
        double found = 0;
        for (std::size_t port = 0; port < count; ++port)
        {
            const auto ways = static_cast<double>(std::min(starts[port], width));
            const double chance = m_none * ways / static_cast<double>(count);
            m_chances[port] += chance;
            found += chance;
        }
        m_none = std::max(0.0, m_none - found);
        isOver = width == count || width < 16;
        width /= 2;
    }
}

double
WindowLaw::RankOf(std::size_t port, Random& random) const
{
    double before = 0;
    double alike = 0;
    for (const double chance : m_chances)
    {
        before += chance > m_chances.at(port) ? chance : 0;
        alike += chance == m_chances.at(port) ? chance : 0;
    }
    return (before + alike * random.Unit()) / (1 - m_none);
}

void
WindowSearches::Add(std::optional<std::size_t> found)
{
    const WindowLaw law(m_taken);
    const double failure = law.ChanceOfNone();
    m_expected += failure;
    m_variance += failure * (1 - failure);
    if (found)
    {
        const bool isPossible = *found < m_taken.size() && !m_taken[*found];
        m_impossible += isPossible ? 0 : 1;
        if (isPossible)
        {
            m_ranks.push_back(law.RankOf(*found, m_random));
            m_taken[*found] = true;
        }
        return;
    }
    ++m_failures;
    if (!m_hasFailed)
    {
        const auto taken = std::count(m_taken.begin(), m_taken.end(), true);
        m_firstFailures.push_back(
            WithDigits(static_cast<double>(taken) / static_cast<double>(m_taken.size()), 3));
        m_hasFailed = true;
    }
}

void
WindowSearches::BeginAnew()
{
    m_taken.assign(m_taken.size(), false);
    m_hasFailed = false;
}

Finding
WindowSearches::Describe() const
{
    const double ports = ChanceOfUniforms(m_ranks);
    const double failures = ChanceOfSum(m_failures, m_expected, m_variance);
    return {"ports " + AsExpected(ports) + ", failures " + AsExpected(failures) + ", " +
                WithCommas(m_impossible) + " impossible",
            WithCommas(m_ranks.size()) + " ports, p = " + WithDigits(ports, 3) + "; " +
                WithCommas(m_failures) + " failures where " + WithDigits(m_expected, 1) +
                " were likely, p <= " + WithDigits(failures, 3) + ", the first with " +
                Joined(m_firstFailures) + " of the ports taken"};
}

} // namespace portlab::test
