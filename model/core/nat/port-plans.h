// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PORT_PLANS_H
#define PORTLAB_PORT_PLANS_H

#include "model/core/base/random.h"
#include "model/core/port/port-range.h"
#include "model/core/port/search-plan.h"

#include <cstdint>

namespace portlab
{

// The orders in which NATs look at external ports, one for each PortSearch: what they stand for is
// written there. Each has at least one candidate.

SearchPlan RandomStartPlan(const PortRange& range, Random& random);

/// `retries` + 1 candidates, or all if there are fewer; the first port follows the last.
/// Source: snat_v4_new_mapping() in bpf/lib/nat.h of Cilium. Its arithmetic never arrives at the
/// last port, and in the range 32768-65535 goes up by two, both by mistake; ours does not.
SearchPlan LinearPlan(const PortRange& range, std::uint32_t retries, Random& random);

/// Source: pf_get_sport() in sys/net/pf_lb.c of OpenBSD.
SearchPlan UpThenDownPlan(const PortRange& range, Random& random);

SearchPlan InOrderPlan(const PortRange& range);

/// Linux's search: 128 ports from a random one upward, around the end; then 64, 32, 16 and 8 from
/// other random ones. So it looks at 248 ports at most, and at all of a range up to 128. Widths
/// count candidates: a window may meet again what an earlier one has met.
/// Source: nf_nat_l4proto_unique_tuple() in net/netfilter/nf_nat_core.c, since Linux 5.0.
class WindowedSearch
{
  public:
    /// `startsBy16Bits`: a start is a 16-bit number modulo the range, as in Linux. It prefers the
    /// first 65536 % Count() ports of the range, and where the counter goes from 65535 to 0 inside
    /// of a window, the window jumps. Otherwise all starts are as likely.
    WindowedSearch(const PortRange& range, bool startsBy16Bits);

    /// Whether all windows were handed out: the search has failed.
    bool IsOver() const
    {
        return m_width == 0;
    }

    /// The next window; the search must not be over.
    SearchPlan Next(Random& random);

    /// The candidates of a window of this many from which on, counted from 0, Linux 6.5 also takes
    /// ports of closing connections: its last 32. Source: nf_nat_used_tuple_harder().
    static constexpr std::uint32_t EvictsFrom(std::uint32_t width)
    {
        return width > 32 ? width - 32 : 0;
    }

  private:
    PortRange m_range;
    bool m_startsBy16Bits;
    std::uint32_t m_width; ///< Of the next window; 0 behind the last.
};

} // namespace portlab

#endif // PORTLAB_PORT_PLANS_H
