// SPDX-License-Identifier: GPL-2.0-only

#include "test/machine/steps.h"

#include "test/core/chance.h"
#include "test/machine/scripts.h"

namespace portlab::test
{

Steps::Steps(const PortRange& range, std::uint32_t largest)
    : m_range(range),
      m_largest(largest)
{
}

void
Steps::Add(const std::vector<Port>& ports)
{
    bool mayJump = true;
    for (std::size_t i = 1; i < ports.size(); ++i)
    {
        const std::uint32_t step = StepFrom(ports[i - 1], ports[i], m_range);
        if (step > m_largest && mayJump)
        {
            mayJump = false;
            continue;
        }
        ++m_counts[step];
        ++m_total;
    }
}

Finding
Steps::Describe() const
{
    std::vector<std::string> steps;
    std::vector<std::uint32_t> counts;
    for (const auto& [step, count] : m_counts)
    {
        steps.push_back(std::to_string(step));
        counts.push_back(count);
    }
    const double chance = counts.size() < 2 ? 1 : ChanceOfEvenCounts(counts);
    return {"steps of " + Joined(steps, " ") + ", " + AsExpected(chance),
            WithCommas(m_total) + " steps, p = " + WithDigits(chance, 3)};
}

std::uint32_t
StepFrom(Port last, Port port, const PortRange& range)
{
    return (port + range.Count() - last) % range.Count();
}

} // namespace portlab::test
