// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TCP_TRACKING_H
#define PORTLAB_TCP_TRACKING_H

#include "model/core/nat/nat-state.h"

#include <cstdint>

namespace portlab
{

/// Which way a packet goes.
enum class Direction : std::uint8_t
{
    Outbound, ///< From inside to the remote end.
    Inbound,
};

/// Whether a sequence number lies ahead of another, as TCP compares them.
constexpr bool
IsAhead(std::uint32_t sequence, std::uint32_t other)
{
    return static_cast<std::int32_t>(sequence - other) > 0;
}

/// What a NAT reads in a segment's header.
struct TcpSegment
{
    bool syn{false};
    bool ack{false};
    bool fin{false};
    bool reset{false};
    std::uint32_t begin{0}; ///< Sequence number.
    std::uint32_t end{0};   ///< Behind its last byte; SYN and FIN count as one.
    /// After this segment, data of either side waits for its acknowledgement, or was repeated more
    /// often than the NAT thinks usual.
    bool leavesUnacked{false};
};

/// What a segment does to its mapping.
enum class TcpEffect : std::uint8_t
{
    Refresh, ///< The mapping enters `state`, and `timer` begins anew.
    Pass,    ///< It goes through; at most `seenReply` changes.
    /// A new connection between the same ends: the mapping ends, and is looked for anew. The step
    /// is that of a first SYN, for a device that keeps it instead.
    Reopen,
    End,     ///< It goes through, and the mapping is gone.
    Invalid, ///< It belongs to no connection: nobody translates it, and nothing changes.
};

struct TcpStep
{
    TcpEffect effect;
    NatState state;
    NatTimer timer;
    bool seenReply; ///< From now on.
    bool isAssured;
    bool canReopen{true}; ///< See TcpProgress.
};

/// Where a connection stands before a segment.
struct TcpProgress
{
    NatState state;
    bool seenReply; ///< A segment has come from the side that did not send the first one.
    bool isAssured;
    bool startedOutside;
    /// In Close: whether a SYN of the side that opened the connection may open another one; false
    /// if the other side's reset alone has closed it.
    bool canReopen{true};
};

/// The state of a connection after one more segment, as Linux's conntrack follows it.
///
/// It looks at no sequence numbers, and remembers less than the kernel: not which segment came
/// last. So a few rare ways are left out; nat-tcp-states-test.cc lists them.
///
/// Source: net/netfilter/nf_conntrack_proto_tcp.c as of Linux 6.18, and what Linux 6.18.44 did:
/// tcp-states.csv and tcp-corners.csv of test/data/netfilter-6.18.
TcpStep Track(const TcpProgress& progress, Direction direction, const TcpSegment& segment);

/// The state and timer after the first segment of a connection: a SYN, or an ACK met midway. Null
/// for all others, which do not make a mapping.
const TcpStep* TrackFirst(const TcpSegment& segment);

} // namespace portlab

#endif // PORTLAB_TCP_TRACKING_H
