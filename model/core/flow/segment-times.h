// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SEGMENT_TIMES_H
#define PORTLAB_SEGMENT_TIMES_H

#include "model/core/base/time.h"
#include "model/core/port/os-profile.h"
#include "model/core/port/timer-wheel.h"

#include <algorithm>
#include <cstdint>

namespace portlab
{

/// How a system repeats a segment that nobody answers, and when it gives up.
struct RepeatRule
{
    Duration first;           ///< Time until the first repetition.
    std::uint32_t linear{0};  ///< So many further waits are as long; then they double.
    std::uint32_t retries{0}; ///< Repetitions, apart from the linear ones.
    Duration longest{0};      ///< No wait is longer; 0: no such limit.
    Duration giveUpAfter{0};  ///< Gives up at this age if not before; 0: no such limit.
    Duration elapsed{0};      ///< Gives up at the first expiry that is as late; 0: no such limit.
    Duration slop{0};         ///< Every wait but the first is longer by this.
};

/// The rule for SYNs.
RepeatRule RuleOf(const SynSchedule& schedule);

/// The rule for the FIN of a program that has closed, over a path of this round trip: Linux's
/// tcp_orphan_retries. Source of the first wait: RFC 6298 with the 200 ms of TCP_RTO_MIN,
/// include/net/tcp.h, in whole ticks of the machine.
RepeatRule FinRule(const OsProfile& profile, const TimerWheel& wheel, Duration rtt);

/// One segment and its repetitions, counted from the first: when each is sent, and when the system
/// gives up. Linux: tcp_retransmit_timer() and tcp_write_timeout() in net/ipv4/tcp_timer.c.
class SegmentTimes
{
  public:
    /// The machine's timers, and when the first segment leaves.
    explicit SegmentTimes(const RepeatRule& rule, const TimerWheel& wheel = {}, Instant start = {})
        : m_rule(rule),
          m_wheel(wheel),
          m_start(start),
          m_wait(rule.first)
    {
        SetTimer(m_wait);
    }

    /// When the segment now on its way was sent.
    Duration Sent() const
    {
        return m_sent;
    }

    /// When its timer runs out, or the system's patience, if that is sooner.
    Duration Expiry() const
    {
        return IsTooOld() ? m_rule.giveUpAfter : m_expiry;
    }

    /// The timer ran out: moves to the next segment, or returns false if the system gives up
    /// instead.
    bool Repeat()
    {
        const bool isLate = m_rule.elapsed > Duration{0} && m_expiry >= m_rule.elapsed;
        if (m_repeats >= m_rule.retries + m_rule.linear || IsTooOld() || isLate)
        {
            return false;
        }
        ++m_repeats;
        m_sent = m_expiry;
        m_wait = m_repeats > m_rule.linear ? std::min(2 * m_wait, Longest()) : m_wait;
        SetTimer(std::min(m_wait + m_rule.slop, Longest()));
        return true;
    }

    /// Something came that lets the system repeat the very first segment two ticks later: see
    /// RepeatsAfterStrayAck().
    void Hurry(Duration now)
    {
        if (m_repeats == 0 && now < m_expiry)
        {
            const Duration ticks = 2 * Duration(std::chrono::seconds(1)) / m_wheel.hz;
            m_expiry = m_wheel.Expiry(m_start + now, ticks) - m_start;
        }
    }

  private:
    bool IsTooOld() const
    {
        return m_rule.giveUpAfter > Duration{0} && m_expiry >= m_rule.giveUpAfter;
    }

    /// Where a system has no limit, a year is one: doubling would leave 64 bits.
    Duration Longest() const
    {
        return m_rule.longest > Duration{0} ? m_rule.longest : std::chrono::hours(24 * 365);
    }

    void SetTimer(Duration wait)
    {
        m_expiry = m_wheel.Expiry(m_start + m_sent, wait) - m_start;
    }

    RepeatRule m_rule;
    TimerWheel m_wheel;
    Instant m_start;
    std::uint32_t m_repeats{0};
    Duration m_sent{0};
    Duration m_wait;
    Duration m_expiry{0};
};

/// Whether a client whose SYN is answered by an ACK of an old connection sends the next SYN two
/// ticks later instead of a second: Linux, tcp_rcv_synsent_state_process() in
/// net/ipv4/tcp_input.c, since 9603d47bad46 (5.6).
bool RepeatsAfterStrayAck(const OsProfile& profile);

} // namespace portlab

#endif // PORTLAB_SEGMENT_TIMES_H
