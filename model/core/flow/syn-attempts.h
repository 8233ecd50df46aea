// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SYN_ATTEMPTS_H
#define PORTLAB_SYN_ATTEMPTS_H

#include "model/core/base/time.h"
#include "model/core/port/os-profile.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace portlab
{

/// The SYNs of one connect(), counted from its start: when each is sent, and when the system
/// gives up. Linux: tcp_retransmit_timer() and tcp_write_timeout() in net/ipv4/tcp_timer.c.
class SynTimes
{
  public:
    explicit SynTimes(const SynSchedule& schedule)
        : m_schedule(schedule),
          m_nextExpiry(schedule.firstTimeout),
          m_interval(schedule.firstTimeout)
    {
    }

    /// When the SYN now on its way was sent.
    Duration Sent() const
    {
        return m_sent;
    }

    /// When its retransmission timer runs out, or the system's patience, if that is sooner.
    Duration Expiry() const
    {
        return IsTooOld() ? m_schedule.giveUpAfter : m_nextExpiry;
    }

    /// The timer ran out: moves to the next SYN, or returns false if the system gives up instead.
    bool Retransmit()
    {
        const std::uint32_t limit = m_schedule.retries + m_schedule.linear;
        if (m_retransmits >= limit || IsTooOld() ||
            (m_schedule.boundedByElapsed && m_nextExpiry >= ElapsedBound()))
        {
            return false;
        }
        ++m_retransmits;
        m_sent = m_nextExpiry;
        m_interval = m_retransmits > m_schedule.linear ? 2 * m_interval : m_interval;
        m_nextExpiry += m_interval;
        return true;
    }

  private:
    bool IsTooOld() const
    {
        return m_schedule.giveUpAfter > Duration{0} && m_nextExpiry >= m_schedule.giveUpAfter;
    }

    /// As late as the retries alone, without linear ones, would have taken it.
    Duration ElapsedBound() const
    {
        return ((std::int64_t{2} << m_schedule.retries) - 1) * m_schedule.firstTimeout;
    }

    SynSchedule m_schedule;
    std::uint32_t m_retransmits{0};
    Duration m_sent{0};
    Duration m_nextExpiry;
    Duration m_interval;
};

/// How the SYNs of one connect() fare.
struct ConnectOutcome
{
    Duration delay;   ///< From connect() to established, or to the error.
    bool established; ///< Else it timed out.
};

/// Sends SYNs until one is answered. `answers` is told the moment a SYN reaches the server, counted
/// from connect(); `patience` is the program's own time-out.
template <typename Answers>
ConnectOutcome
TryToConnect(const SynSchedule& schedule,
             Duration rtt,
             std::optional<Duration> patience,
             Answers answers)
{
    SynTimes syn(schedule);
    const Duration limit = patience.value_or(Duration::max());
    while (!answers(syn.Sent() + rtt / 2))
    {
        const Duration expiry = syn.Expiry();
        if (expiry >= limit || !syn.Retransmit())
        {
            return {std::min(expiry, limit), false};
        }
    }
    const Duration delay = syn.Sent() + rtt;
    return delay <= limit ? ConnectOutcome{delay, true} : ConnectOutcome{limit, false};
}

} // namespace portlab

#endif // PORTLAB_SYN_ATTEMPTS_H
