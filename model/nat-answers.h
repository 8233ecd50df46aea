// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NAT_ANSWERS_H
#define PORTLAB_NAT_ANSWERS_H

#include "model/nat-packet.h"

#include "ns3/ipv4-header.h"
#include "ns3/packet.h"

namespace portlab
{

// What a NAT tells the sender of a packet that it does not let through. These are packets without
// an IP header.

/// The reset that answers a segment, in the name of its destination: RFC 9293, section 3.10.7.1.
ns3::Ptr<ns3::Packet> MakeReset(const PacketReading& segment);

/// The ICMP error that a packet is not let through: destination unreachable, code 13
/// (administratively prohibited), RFC 5508, REQ-8.
ns3::Ptr<ns3::Packet> MakeProhibited(const ns3::Ipv4Header& header,
                                     ns3::Ptr<const ns3::Packet> packet);

} // namespace portlab

#endif // PORTLAB_NAT_ANSWERS_H
