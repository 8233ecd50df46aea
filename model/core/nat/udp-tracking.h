// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_UDP_TRACKING_H
#define PORTLAB_UDP_TRACKING_H

#include "model/core/base/time.h"
#include "model/core/nat/nat-state.h"

#include <chrono>
#include <cstdint>

namespace portlab
{

/// When UDP counts as a stream, as in Linux's conntrack: when packets have gone both ways, and one
/// more comes some time after the first; two seconds in Linux. A mapping keeps nothing for it but
/// when that time is over, in its 32 bits of memory: whole milliseconds, modulo 2^32.
///
/// Source: nf_conntrack_udp_packet() in net/netfilter/nf_conntrack_proto_udp.c, in which streams
/// alone are assured, as on Linux 6.18.44 (udp-timeouts.csv); older kernels assured every answered
/// flow. Its comparison is strict: at exactly two seconds there is no stream yet.
class UdpTracking
{
  public:
    /// What a mapping has to remember from its first packet on. `when`: the end of the time in
    /// which it cannot be a stream.
    static constexpr std::uint32_t StreamFrom(Instant when)
    {
        return static_cast<std::uint32_t>(
            std::chrono::floor<std::chrono::milliseconds>(when.time_since_epoch()).count());
    }

    /// The state, and thereby the timer, that one more packet at `now` leads to, in whichever
    /// direction; streams are assured. `seenReply`: whether packets had gone both ways before it.
    ///
    /// A stream stays one. What is no stream for 24.8 days without a pause takes as long again.
    static constexpr NatState After(NatState state,
                                    std::uint32_t streamFrom,
                                    bool seenReply,
                                    Instant now)
    {
        const bool isLate = static_cast<std::int32_t>(StreamFrom(now) - streamFrom) > 0;
        return state == NatState::UdpStream || (seenReply && isLate) ? NatState::UdpStream
                                                                     : NatState::UdpNew;
    }
};

} // namespace portlab

#endif // PORTLAB_UDP_TRACKING_H
