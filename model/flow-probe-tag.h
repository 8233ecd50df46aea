// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_FLOW_PROBE_TAG_H
#define PORTLAB_FLOW_PROBE_TAG_H

#include "ns3/ipv4-header.h"
#include "ns3/packet.h"

namespace portlab
{

/// Puts the byte tags of a packet on its translation, which has as many bytes and may have lost
/// some where headers were taken off. `before` and `after` are their IPv4 headers.
///
/// FlowMonitor marks packets by such a tag, with the addresses that they had at their sender, and
/// takes one that comes with others for the inside of a tunnel: it would count all packets behind a
/// NAT as lost. So those addresses are translated as well. Tags of types that ns-3 cannot make by
/// name are lost.
void CarryByteTags(const ns3::Packet& packet,
                   ns3::Packet& translated,
                   const ns3::Ipv4Header& before,
                   const ns3::Ipv4Header& after);

} // namespace portlab

#endif // PORTLAB_FLOW_PROBE_TAG_H
