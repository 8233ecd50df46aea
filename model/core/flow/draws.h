// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_DRAWS_H
#define PORTLAB_DRAWS_H

#include "model/core/base/random.h"
#include "model/core/flow/workload.h"

namespace portlab
{

/// Who ends a connection.
enum class Ending : std::uint8_t
{
    Client,     ///< Closes first: its port waits.
    Server,     ///< Closes first: its own side waits.
    Reset,      ///< Nobody waits.
    HalfClosed, ///< The client closes, the server's program never does.
};

/// How long one connection is held.
Duration DrawHold(const HoldTime& hold, Random& random);

/// Who ends one connection. Takes a draw only if the shares leave a choice.
Ending DrawEnding(const ClosingShares& shares, Random& random);

/// The pause before a program's attempt number `attempt` (the second is 2).
Duration RetryPause(const RetryRule& rule, std::uint32_t attempt);

/// When a host's first request comes; NEVER if none does. Not for users and recordings.
Instant FirstArrival(const Arrivals& arrivals, Random& random);

/// When the next request comes after one at `now`; NEVER if none does.
Instant NextArrival(const Arrivals& arrivals, Instant now, Random& random);

} // namespace portlab

#endif // PORTLAB_DRAWS_H
