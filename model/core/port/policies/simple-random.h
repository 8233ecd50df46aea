// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SIMPLE_RANDOM_H
#define PORTLAB_SIMPLE_RANDOM_H

#include "model/core/port/free-ports.h"
#include "model/core/port/port-ask.h"

namespace portlab
{

/// A uniform start, then upward and around: RFC 6056 algorithm 1, and UDP on Linux.
class SimpleRandomPolicy
{
  public:
    Pick Choose(const FreePorts& free, const PortAsk& ask)
    {
        const std::uint32_t count = free.Range().Count();
        SearchPlan plan;
        plan.AddCyclic(free.Range(), ask.random.Below(count), count);
        return free.FirstFree(plan);
    }
};

} // namespace portlab

#endif // PORTLAB_SIMPLE_RANDOM_H
