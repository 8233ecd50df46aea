// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_FALLING_CURSOR_H
#define PORTLAB_FALLING_CURSOR_H

#include "model/core/port/free-ports.h"
#include "model/core/port/os-profile.h"
#include "model/core/port/port-ask.h"

namespace portlab
{

/// One cursor for all destinations, downward and around; it rests below the port found last, and
/// does not move when none is found. NetBSD: portalgo_bsd(), sys/netinet/portalgo.c.
class FallingCursorPolicy
{
  public:
    FallingCursorPolicy(const PolicySpec& spec, const PortRange& range)
        : m_next(spec.firstPick.value_or(range.Last()))
    {
    }

    Pick Choose(const FreePorts& free, const PortAsk&)
    {
        const PortRange& range = free.Range();
        const std::uint32_t below =
            range.Contains(m_next) ? m_next - range.First() + 1u : range.Count();
        SearchPlan plan;
        plan.Add(range.At(below - 1), -1, below);
        plan.Add(range.Last(), -1, range.Count() - below);
        const Pick pick = free.FirstFree(plan);
        if (pick.port)
        {
            m_next = *pick.port == range.First() ? range.Last() : static_cast<Port>(*pick.port - 1);
        }
        return pick;
    }

  private:
    Port m_next;
};

} // namespace portlab

#endif // PORTLAB_FALLING_CURSOR_H
