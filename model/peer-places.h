// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PEER_PLACES_H
#define PORTLAB_PEER_PLACES_H

#include "model/core/port/peer-place.h"

#include "ns3/address.h"
#include "ns3/node.h"

namespace portlab
{

/// Where an Ipv4Address or Ipv6Address is for a node, by the addresses and masks of its interfaces.
PeerPlace PlaceOfPeer(const ns3::Node& node, const ns3::Address& peer);

} // namespace portlab

#endif // PORTLAB_PEER_PLACES_H
