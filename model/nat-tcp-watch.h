// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NAT_TCP_WATCH_H
#define PORTLAB_NAT_TCP_WATCH_H

#include "model/core/nat/mapping-table.h"
#include "model/core/nat/tcp-tracking.h"
#include "model/nat-packet.h"

#include <array>
#include <cstdint>
#include <vector>

namespace portlab
{

/// What a NAT has to remember of sequence numbers to fill in TcpSegment::leavesUnacked, which is
/// not in any one header.
///
/// Source: tcp_in_window() in net/netfilter/nf_conntrack_proto_tcp.c: data waits until the other
/// side acknowledges the last byte, and a segment that comes once more than three times
/// (nf_conntrack_tcp_max_retrans) counts like that, too. Selective acknowledgements and windows are
/// not looked at.
class NatTcpWatch
{
  public:
    /// The mapping is new; numbers of mappings are used again.
    void Begin(MappingId id, Direction direction, const PacketReading& segment)
    {
        At(id) = {};
        See(id, direction, segment);
    }

    /// A segment of a mapping's connection passes; whether it leaves data that waits.
    bool See(MappingId id, Direction direction, const PacketReading& segment)
    {
        Connection& connection = At(id);
        Side& sender = connection.sides[static_cast<std::size_t>(direction)];
        Side& receiver = connection.sides[1 - static_cast<std::size_t>(direction)];
        const bool isFurther = sender.isKnown && IsAhead(segment.segment.end, sender.end);
        if (isFurther || !sender.isKnown)
        {
            sender = {segment.segment.end, true, isFurther};
        }
        if (segment.segment.ack)
        {
            receiver.waits = receiver.waits && segment.acknowledgement != receiver.end;
            CountRepeats(connection, direction, segment);
        }
        return sender.waits || receiver.waits || connection.repeats >= MOST_REPEATS;
    }

  private:
    static constexpr std::uint32_t MOST_REPEATS = 3;

    struct Side
    {
        std::uint32_t end{0}; ///< Behind the last byte that it sent.
        bool isKnown{false};
        bool waits{false};
    };

    struct Connection
    {
        std::array<Side, 2> sides{};
        Direction lastDirection{Direction::Outbound};
        PacketReading last{};
        std::uint32_t repeats{0};
    };

    static void CountRepeats(Connection& connection,
                             Direction direction,
                             const PacketReading& segment)
    {
        const PacketReading& last = connection.last;
        const bool isSame = connection.lastDirection == direction && last.segment.ack &&
                            last.segment.begin == segment.segment.begin &&
                            last.segment.end == segment.segment.end &&
                            last.acknowledgement == segment.acknowledgement &&
                            last.window == segment.window;
        connection.repeats = isSame ? connection.repeats + 1 : 0;
        connection.lastDirection = direction;
        connection.last = segment;
    }

    Connection& At(MappingId id)
    {
        if (id >= m_connections.size())
        {
            m_connections.resize(id + 1);
        }
        return m_connections[id];
    }

    std::vector<Connection> m_connections; ///< By mapping.
};

} // namespace portlab

#endif // PORTLAB_NAT_TCP_WATCH_H
