// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_LINUX_BIND_H
#define PORTLAB_LINUX_BIND_H

#include "model/core/port/free-ports.h"
#include "model/core/port/policies/parity-passes.h"
#include "model/core/port/port-ask.h"

namespace portlab
{

/// bind() to port 0 on Linux, TCP: inet_csk_find_open_port() in net/ipv4/inet_connection_sock.c,
/// from 4.6 on (ea8add2b1903). A random start at each call and no memory. The parity opposite to
/// the lowest port's comes first, because connect() prefers the other. With SO_REUSEADDR the lower
/// half of the range, both parities, comes before the upper one.
class LinuxBindPolicy
{
  public:
    Pick Choose(const FreePorts& free, const PortAsk& ask) const
    {
        const PortRange range = ask.socketRange.value_or(free.Range());
        SearchPlan plan;
        if (!ask.reuseAddress || range.Count() < SMALLEST_TO_HALVE)
        {
            AddBothPasses(plan, range, ask.random);
            return free.FirstFree(plan);
        }
        const std::uint32_t half = range.Count() / 4 * 2;
        const auto upper = static_cast<Port>(range.First() + half);
        const PortRange lowerHalf(range.First(), static_cast<Port>(upper - 1));
        AddBothPasses(plan, lowerHalf, ask.random);
        AddBothPasses(plan, PortRange(upper, range.Last()), ask.random);
        return free.FirstFree(plan);
    }

  private:
    static constexpr std::uint32_t SMALLEST_TO_HALVE = 4;

    static void AddBothPasses(SearchPlan& plan, const PortRange& range, Random& random)
    {
        const std::uint32_t offset = random.Below(EvenCount(range)) | 1u;
        AddParityPass(plan, range, range.First() + offset);
        AddParityPass(plan, range, range.First() + offset - 1);
    }
};

} // namespace portlab

#endif // PORTLAB_LINUX_BIND_H
