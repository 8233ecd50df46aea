// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_RATE_GATED_H
#define PORTLAB_RATE_GATED_H

#include "model/core/port/boot-phase.h"
#include "model/core/port/free-ports.h"
#include "model/core/port/os-profile.h"
#include "model/core/port/policies/random-start.h"
#include "model/core/port/port-ask.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>

namespace portlab
{

/// Counts the picks of a machine, and shuts for a while after each second that had too many.
/// Looked at once a second, on the machine's own beat, for all transports together.
/// Source: ipport_tick(), sys/netinet/in_pcb.c, FreeBSD 5 to 13.
class RateGate
{
  public:
    RateGate(const PolicySpec& spec, Duration boot)
        : m_rate(spec.gateRate),
          m_seconds(spec.gateSeconds),
          m_boot(boot)
    {
    }

    /// One more pick at `now`; returns whether the gate was open for it.
    bool Pass(Instant now)
    {
        CatchUp(now);
        ++m_picks;
        return m_shutFor == 0;
    }

  private:
    static constexpr Duration BEAT = std::chrono::seconds(1);

    void CatchUp(Instant now)
    {
        const std::int64_t beat = (now.time_since_epoch() + m_boot) / BEAT;
        if (beat > m_beat)
        {
            m_shutFor = m_picks > m_rate ? m_seconds : std::max<std::int64_t>(m_shutFor - 1, 0);
            // No picks since: every further beat was a quiet one.
            m_shutFor = std::max<std::int64_t>(m_shutFor - (beat - m_beat - 1), 0);
            m_picks = 0;
            m_beat = beat;
        }
    }

    std::uint32_t m_rate;
    std::int64_t m_seconds;
    Duration m_boot;
    std::int64_t m_beat{0};
    std::int64_t m_shutFor{0}; ///< Quiet seconds to go.
    std::uint32_t m_picks{0};  ///< Since the last beat.
};

/// Upward and around from a random start while the machine picks few ports, else from behind the
/// port found last: so a busy client's ports follow each other.
/// Source: in_pcb_lport(), sys/netinet/in_pcb.c, FreeBSD 5 to 13; UDP counts too, and stays random.
class RateGatedPolicy
{
  public:
    RateGatedPolicy(const PolicySpec& spec, StreamKey secret)
        : m_ignoresGate(spec.ignoresGate),
          m_bits(spec.randomBits),
          m_gate(std::make_shared<RateGate>(spec, TimeSinceBoot(secret)))
    {
    }

    /// TCP and UDP of one machine have one gate.
    void ShareGateOf(const RateGatedPolicy& other)
    {
        m_gate = other.m_gate;
    }

    Pick Choose(const FreePorts& free, const PortAsk& ask)
    {
        const PortRange& range = free.Range();
        const bool isRandom = m_gate->Pass(ask.now) || m_ignoresGate;
        const std::uint32_t start =
            isRandom ? StartBehindFirst(range, m_bits, ask.random) : m_next % range.Count();
        SearchPlan plan;
        plan.AddCyclic(range, start, range.Count());
        const Pick pick = free.FirstFree(plan);
        m_next = pick.port ? *pick.port - range.First() + 1u : start;
        return pick;
    }

  private:
    bool m_ignoresGate;
    std::uint32_t m_bits;
    std::uint32_t m_next{0}; ///< The cursor, as its distance from the first port.
    std::shared_ptr<RateGate> m_gate;
};

} // namespace portlab

#endif // PORTLAB_RATE_GATED_H
