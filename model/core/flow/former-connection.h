// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_FORMER_CONNECTION_H
#define PORTLAB_FORMER_CONNECTION_H

#include "model/core/base/random.h"
#include "model/core/base/time.h"

#include <cstdint>

namespace portlab
{

/// Where a connection's sequence numbers began, and how far they went.
struct Origin
{
    Instant asked;       ///< Its connect().
    std::uint64_t bytes; ///< Sent by the client.
};

/// What a server in TIME_WAIT remembers of a connection.
struct FormerConnection
{
    Instant until;   ///< Its TIME_WAIT.
    Instant finSent; ///< The client's last segment left, with its last timestamp.
    Origin origin;
    /// Who it was: with a NAT between, several clients look alike to the server.
    std::uint32_t client{0};
};

/// A SYN for the same addresses and ports.
struct NewSyn
{
    Instant asked;      ///< Its connect(), which chose the sequence number.
    Instant sent;       ///< This SYN, or this repetition of it.
    bool hasTimestamps; ///< And so had the former connection.
    Duration clientUp;  ///< How long the client's machine had been up at the start.
    std::uint32_t client{0};
};

/// Whether a Linux server sees that the SYN is no stray of the former connection, and takes it at
/// once: tcp_timewait_state_process() in net/ipv4/tcp_minisocks.c. Timestamps tick once a
/// millisecond; the sequence number of a pair of endpoints moves on by 1 each 64 ns
/// (net/core/secure_seq.c), and is compared in 32 bits: after 137 s without data it looks old.
/// Another client's timestamps and sequence numbers have offsets of their own: it looks newer to
/// one half of all servers, whatever the time.
inline bool
IsNewer(const NewSyn& syn, const FormerConnection& former)
{
    if (syn.client != former.client)
    {
        return (Mix(Mix(former.client) ^ syn.client) & 1u) != 0;
    }
    constexpr Duration tick = std::chrono::milliseconds(1);
    constexpr Duration step{64};
    const auto ticks = [&](Instant moment) {
        return (moment.time_since_epoch() + syn.clientUp) / tick;
    };
    if (syn.hasTimestamps && ticks(syn.sent) > ticks(former.finSent))
    {
        return true;
    }
    constexpr std::uint64_t synAndFin = 2;
    const auto moved = static_cast<std::uint64_t>((syn.asked - former.origin.asked) / step);
    const auto ahead = static_cast<std::uint32_t>(moved - former.origin.bytes - synAndFin);
    return static_cast<std::int32_t>(ahead) > 0;
}

} // namespace portlab

#endif // PORTLAB_FORMER_CONNECTION_H
