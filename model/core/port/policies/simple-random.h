// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SIMPLE_RANDOM_H
#define PORTLAB_SIMPLE_RANDOM_H

#include "model/core/port/free-ports.h"
#include "model/core/port/os-profile.h"
#include "model/core/port/policies/random-start.h"
#include "model/core/port/port-ask.h"

namespace portlab
{

/// A random start, then upward and around: RFC 6056 algorithm 1. Systems differ in how they draw
/// the start.
class SimpleRandomPolicy
{
  public:
    explicit SimpleRandomPolicy(const PolicySpec& spec)
        : m_start(spec.start),
          m_bits(spec.randomBits)
    {
    }

    Pick Choose(const FreePorts& free, const PortAsk& ask)
    {
        SearchPlan plan;
        plan.AddCyclic(free.Range(), Start(free.Range(), ask.random), free.Range().Count());
        return free.FirstFree(plan);
    }

  private:
    std::uint32_t Start(const PortRange& range, Random& random) const
    {
        switch (m_start)
        {
        case RandomStart::Anywhere:
            return random.Below(range.Count());
        case RandomStart::BehindFirst:
            return StartBehindFirst(range, m_bits, random);
        case RandomStart::Folded:
            return FoldedStart(range, random);
        }
        return 0;
    }

    RandomStart m_start;
    std::uint32_t m_bits;
};

} // namespace portlab

#endif // PORTLAB_SIMPLE_RANDOM_H
