// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NAT_PACKET_H
#define PORTLAB_NAT_PACKET_H

#include "model/core/nat/nat-flow.h"
#include "model/core/nat/tcp-tracking.h"

#include "ns3/ipv4-header.h"
#include "ns3/packet.h"

#include <cstdint>

namespace portlab
{

// Between packets and a NAT: what it reads in their headers, and what it writes there. An
// endpoint's address is the number in the header here, Ipv4Address::Get().

/// What a packet is to a NAT.
enum class PacketKind : std::uint8_t
{
    Flow,          ///< Of TCP, UDP or an ICMP echo; also the first fragment of one.
    Error,         ///< An ICMP error about such a packet.
    LaterFragment, ///< Without a header of its own that would tell.
    Other,         ///< Nothing that a NAT can translate.
};

/// What a NAT reads in a packet.
struct PacketReading
{
    PacketKind kind{PacketKind::Other};
    // The rest has a meaning for flows and errors; of an error, it is what stands in the packet
    // that the error is about.
    NatProtocol protocol{NatProtocol::Tcp};
    /// The ends. One of an echo's two has the identifier for a port, the other one 0: who asks has
    /// a socket, who answers has none.
    Endpoint source{};
    Endpoint destination{};
    bool isEchoReply{false};
    // Of TCP.
    TcpSegment segment{};             ///< Without leavesUnacked, which no single packet tells.
    std::uint32_t acknowledgement{0}; ///< The acknowledged sequence number.
    std::uint16_t window{0};
};

/// Which end of a packet is rewritten.
enum class PacketEnd : std::uint8_t
{
    Source,
    Destination,
};

/// A fragment, the first one included.
inline bool
IsFragment(const ns3::Ipv4Header& header)
{
    return !header.IsLastFragment() || header.GetFragmentOffset() != 0;
}

/// `packet` begins behind the header.
PacketReading ReadPacket(const ns3::Ipv4Header& header, const ns3::Packet& packet);

/// Rewrites one end of a packet of a flow, in the header and in a copy of the packet, and keeps its
/// checksums as right or wrong as they were: RFC 1624. Tags stay.
ns3::Ptr<ns3::Packet> RewriteFlow(ns3::Ipv4Header& header,
                                  ns3::Ptr<const ns3::Packet> packet,
                                  PacketEnd end,
                                  const Endpoint& with);

/// The same for an ICMP error: `with` takes the place of `end` of the error itself (its address
/// only) and of the other end of the packet that it is about.
ns3::Ptr<ns3::Packet> RewriteError(ns3::Ipv4Header& header,
                                   ns3::Ptr<const ns3::Packet> packet,
                                   PacketEnd end,
                                   const Endpoint& with);

/// The same for a later fragment, which has addresses and no ports.
ns3::Ptr<ns3::Packet> RewriteAddresses(ns3::Ipv4Header& header,
                                       ns3::Ptr<const ns3::Packet> packet,
                                       ns3::Ipv4Address source,
                                       ns3::Ipv4Address destination);

} // namespace portlab

#endif // PORTLAB_NAT_PACKET_H
