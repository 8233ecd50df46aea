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

/// Sends SYNs until one is answered. `answer` is told the moment a SYN reaches the server, counted
/// from connect().
template <typename Answer>
ConnectOutcome
TryToConnect(SynSender syn, Answer answer)
{
    const Duration limit = syn.patience.value_or(Duration::max());
    for (;;)
    {
        const SynAnswer reply = answer(syn.times.Sent() + syn.rtt / 2);
        const Duration heard = syn.times.Sent() + syn.rtt;
        if (reply == SynAnswer::SynAck)
        {
            return heard <= limit ? ConnectOutcome{heard, true} : ConnectOutcome{limit, false};
        }
        if (reply == SynAnswer::StrayAck && syn.repeatsAfterStrayAck)
        {
            syn.times.Hurry(heard);
        }
        const Duration expiry = syn.times.Expiry();
        if (expiry >= limit || !syn.times.Repeat())
        {
            return {std::min(expiry, limit), false};
        }
    }
}

} // namespace portlab

#endif // PORTLAB_CONNECT_ATTEMPT_H
