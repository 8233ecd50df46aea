// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_INITIAL_SEQUENCE_H
#define PORTLAB_INITIAL_SEQUENCE_H

#include "model/core/base/random.h"
#include "model/core/base/time.h"
#include "model/core/port/port-ask.h"

#include <cstdint>

namespace portlab
{

/// The sequence number of a connection's SYN: an offset for each pair of ends, and a clock of 64
/// ns. Source: net/core/secure_seq.c of Linux, whose secret is left out; other systems' rules
/// differ in the clock.
inline std::uint32_t
InitialSequence(const Flow& flow, Port port, Instant asked)
{
    constexpr std::int64_t tick = 64;
    const std::uint64_t inside = std::uint64_t{flow.local} << 16 | port;
    const std::uint64_t remote = std::uint64_t{flow.remote} << 16 | flow.remotePort;
    // The factor is odd, so that no two remote ends fall together; Mix() does the rest.
    return static_cast<std::uint32_t>(
        Mix(inside + remote * 0x9e3779b97f4a7c15u) +
        static_cast<std::uint64_t>(asked.time_since_epoch().count() / tick));
}

} // namespace portlab

#endif // PORTLAB_INITIAL_SEQUENCE_H
