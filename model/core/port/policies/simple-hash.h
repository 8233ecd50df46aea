// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SIMPLE_HASH_H
#define PORTLAB_SIMPLE_HASH_H

#include "model/core/port/free-ports.h"
#include "model/core/port/os-profile.h"
#include "model/core/port/port-ask.h"

#include <vector>

namespace portlab
{

/// RFC 6056 algorithms 3 and 4: an offset keyed by the flow plus a 16-bit counter that advances
/// with every candidate, taken or not. Algorithm 3 has one counter; algorithm 4 has a small table
/// of them, indexed by a second keyed hash.
class SimpleHashPolicy
{
  public:
    SimpleHashPolicy(const PolicySpec& spec, StreamKey secret)
        : m_secret(secret)
    {
        for (std::uint32_t cell = 0; cell < spec.cells; ++cell)
        {
            const auto bits = secret.With("counter").With(cell).Bits();
            m_counters.push_back(static_cast<std::uint16_t>(bits));
        }
    }

    Pick Choose(const FreePorts& free, const PortAsk& ask)
    {
        if (ask.memo.epoch == FlowMemo::UNSET)
        {
            const auto cells = static_cast<std::uint32_t>(m_counters.size());
            ask.memo.offset = static_cast<std::uint32_t>(HashFlow(m_secret, ask.flow));
            ask.memo.cell =
                Random(m_secret.With(HashFlow(m_secret.With("cell"), ask.flow))).Below(cells);
            ask.memo.epoch = 0;
        }
        std::uint16_t& counter = m_counters[ask.memo.cell];
        SearchPlan plan;
        plan.AddCounted(free.Range(), ask.memo.offset, counter, 0x10000, free.Range().Count());
        const Pick pick = free.FirstFree(plan);
        counter = static_cast<std::uint16_t>(counter + pick.probes);
        return pick;
    }

  private:
    StreamKey m_secret;
    std::vector<std::uint16_t> m_counters;
};

} // namespace portlab

#endif // PORTLAB_SIMPLE_HASH_H
