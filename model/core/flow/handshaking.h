// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_HANDSHAKING_H
#define PORTLAB_HANDSHAKING_H

#include "model/core/flow/connect-attempt.h"
#include "model/core/flow/former-connection.h"
#include "model/core/flow/results.h"
#include "model/core/flow/workload.h"

#include <algorithm>
#include <optional>

namespace portlab
{

/// One handshake, whose SYNs reach the server one after another.
struct Handshaking
{
    const Service& service;
    SynInTimeWait rule;
    bool isLinux;                           ///< The server.
    std::optional<FormerConnection> former; ///< Whose TIME_WAIT the SYNs meet; until it is over.
    NewSyn syn;
    bool endsTimeWait{false};
    Failure failure{Failure::ConnectTimeout}; ///< Why the last SYN was not answered.

    /// What the server makes of a SYN that reaches it at `now`.
    SynAnswer Answer(Instant now)
    {
        failure = Failure::ConnectTimeout;
        if (service.IsSilent(now))
        {
            return SynAnswer::Nothing;
        }
        if (!former || former->until <= now)
        {
            return SynAnswer::SynAck;
        }
        failure = Failure::PeerTimeWait;
        if (rule == SynInTimeWait::Ignore)
        {
            return SynAnswer::Nothing;
        }
        syn.sent = now - service.rtt / 2;
        if (!isLinux || IsNewer(syn, *former))
        {
            endsTimeWait = true;
            return SynAnswer::SynAck;
        }
        if (!service.profile.linuxSettings->rfc1337.value)
        {
            // The client's reset is back after a round trip, and ends it.
            former->until = std::min(former->until, now + service.rtt);
            endsTimeWait = true;
        }
        return SynAnswer::StrayAck;
    }
};

} // namespace portlab

#endif // PORTLAB_HANDSHAKING_H
