// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_PACKET_H
#define PORTLAB_TEST_PACKET_H

#include "test/machine/nat-box.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace portlab::test
{

/// An IPv4 packet of UDP or TCP without data.
struct Packet
{
    NatProtocol protocol;
    portlab::Endpoint source;
    portlab::Endpoint destination;
    NumberedSegment segment{}; ///< Of TCP.
};

using Bytes = std::vector<std::uint8_t>;

/// As it is sent, with its checksums.
Bytes ToBytes(const Packet& packet);

/// A numbered packet of a protocol for experiments (RFC 3692), which no NAT translates.
Bytes Marker(std::uint16_t number, Address source, Address destination);
bool IsMarker(std::uint16_t number, const Bytes& bytes);

/// The ends of a packet of UDP or TCP, nothing of its segment; nothing of other packets.
std::optional<Packet> ReadEnds(const Bytes& bytes);

} // namespace portlab::test

#endif // PORTLAB_TEST_PACKET_H
