// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_RISING_CURSOR_H
#define PORTLAB_RISING_CURSOR_H

#include "model/core/port/free-ports.h"
#include "model/core/port/os-profile.h"
#include "model/core/port/port-ask.h"

namespace portlab
{

/// One cursor for all destinations, upward and around; it rests behind the port found last, and
/// does not move when none is found. Windows, and ns-3's own sockets.
class RisingCursorPolicy
{
  public:
    RisingCursorPolicy(const PolicySpec& spec, const PortRange& range, StreamKey secret)
        : m_next(
              spec.firstPick.value_or(range.At(Random(secret.With("cursor")).Below(range.Count()))))
    {
    }

    Pick Choose(const FreePorts& free, const PortAsk&)
    {
        const PortRange& range = free.Range();
        const std::uint32_t start = range.Contains(m_next) ? m_next - range.First() : 0;
        SearchPlan plan;
        plan.AddCyclic(range, start, range.Count());
        const Pick pick = free.FirstFree(plan);
        if (pick.port)
        {
            m_next = *pick.port == range.Last() ? range.First() : static_cast<Port>(*pick.port + 1);
        }
        return pick;
    }

  private:
    Port m_next;
};

} // namespace portlab

#endif // PORTLAB_RISING_CURSOR_H
