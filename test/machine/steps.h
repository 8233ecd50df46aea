// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_STEPS_H
#define PORTLAB_TEST_STEPS_H

#include "model/core/port/port-range.h"
#include "test/machine/experiment.h"

#include <cstdint>
#include <map>
#include <vector>

namespace portlab::test
{

/// How far each port of a sequence lies above the one before, on the circle of all ports of a
/// range. A kernel changes its key every 10 s, so one step of each sequence may fit nothing, and is
/// left out if it is larger than all of the rule.
class Steps
{
  public:
    Steps(const PortRange& range, std::uint32_t largest);

    void Add(const std::vector<Port>& ports);

    /// Which steps there were, and whether all of them as often.
    Finding Describe() const;

  private:
    PortRange m_range;
    std::uint32_t m_largest;
    std::map<std::uint32_t, std::uint32_t> m_counts;
    std::size_t m_total{0};
};

/// The step from one port to the next.
std::uint32_t StepFrom(Port last, Port port, const PortRange& range);

} // namespace portlab::test

#endif // PORTLAB_TEST_STEPS_H
