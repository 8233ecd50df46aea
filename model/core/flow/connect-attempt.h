// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_CONNECT_ATTEMPT_H
#define PORTLAB_CONNECT_ATTEMPT_H

#include "model/core/flow/segment-times.h"

#include <algorithm>
#include <optional>

namespace portlab
{

/// What a server sends back for a SYN.
enum class SynAnswer
{
    Nothing,
    SynAck,   ///< The connection opens.
    StrayAck, ///< An ACK of an older connection, which the client answers with a reset.
};

/// How the SYNs of one connect() fare.
struct ConnectOutcome
{
    Duration delay;   ///< From connect() to established, or to the error.
    bool established; ///< Else it timed out.
};

/// The client's side of a handshake.
struct SynSender
{
    SegmentTimes times;
    Duration rtt;
    std::optional<Duration> patience; ///< The program's own time-out.
    bool repeatsAfterStrayAck{false};
};

/// One connect(), SYN by SYN.
class ConnectAttempt
{
  public:
    explicit ConnectAttempt(const SynSender& syn)
        : m_syn(syn)
    {
    }

    /// When the SYN that is on its way left, counted from connect().
    Duration Sent() const
    {
        return m_syn.times.Sent();
    }

    /// What comes of the answer to that SYN. Empty: another SYN leaves at Sent().
    std::optional<ConnectOutcome> Hear(SynAnswer answer)
    {
        const Duration limit = m_syn.patience.value_or(Duration::max());
        const Duration heard = Sent() + m_syn.rtt;
        if (answer == SynAnswer::SynAck)
        {
            return heard <= limit ? ConnectOutcome{heard, true} : ConnectOutcome{limit, false};
        }
        if (answer == SynAnswer::StrayAck && m_syn.repeatsAfterStrayAck)
        {
            m_syn.times.Hurry(heard);
        }
        const Duration expiry = m_syn.times.Expiry();
        if (expiry >= limit || !m_syn.times.Repeat())
        {
            return ConnectOutcome{std::min(expiry, limit), false};
        }
        return std::nullopt;
    }

  private:
    SynSender m_syn;
};

/// Sends SYNs until one is answered. `answer` is told the moment a SYN reaches the server, counted
/// from connect().
template <typename Answer>
ConnectOutcome
TryToConnect(const SynSender& syn, Answer answer)
{
    ConnectAttempt attempt(syn);
    std::optional<ConnectOutcome> outcome;
    while (!outcome)
    {
        outcome = attempt.Hear(answer(attempt.Sent() + syn.rtt / 2));
    }
    return *outcome;
}

} // namespace portlab

#endif // PORTLAB_CONNECT_ATTEMPT_H
