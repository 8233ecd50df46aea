// SPDX-License-Identifier: GPL-2.0-only

#include "model/nat-packet.h"

#include "model/checksum-change.h"
#include "model/core/base/check.h"
#include "model/flow-probe-tag.h"
#include "model/wire-header.h"

#include "ns3/icmpv4.h"
#include "ns3/node.h"
#include "ns3/tcp-header.h"
#include "ns3/udp-header.h"

namespace portlab
{

namespace
{

using ns3::Ipv4Address;
using ns3::Ipv4Header;
using ns3::Packet;
using ns3::Ptr;

// IANA's numbers: protocols, and types of ICMP. RFC 792, 768 and 9293 have the layouts.
constexpr std::uint8_t ICMP = 1;
constexpr std::uint8_t TCP = 6;
constexpr std::uint8_t UDP = 17;
constexpr std::uint8_t ECHO_REPLY = 0;
constexpr std::uint8_t ECHO_REQUEST = 8;
constexpr std::uint8_t DESTINATION_UNREACHABLE = 3;
constexpr std::uint8_t SOURCE_QUENCH = 4;
constexpr std::uint8_t TIME_EXCEEDED = 11;
constexpr std::uint8_t PARAMETER_PROBLEM = 12;

constexpr std::size_t ICMP_SIZE = 8;      ///< Of the header of an echo or an error.
constexpr std::size_t IP_SIZE_LEAST = 20; ///< Of a header without options.
constexpr std::size_t QUOTED_SIZE = 8;    ///< Of the data that an ICMP error has to quote.

std::size_t
SizeOfIp(const WireBytes& bytes, std::size_t at)
{
    return std::size_t{bytes.At8(at) & 0x0fu} * 4;
}

std::size_t
SizeOfTcp(const WireBytes& bytes)
{
    return static_cast<std::size_t>(bytes.At8(12) >> 4u) * 4;
}

/// Reads ports, or an echo's identifier, at `at`. False if they are none.
bool
ReadEnds(const WireBytes& bytes, std::size_t at, std::uint8_t protocol, PacketReading& reading)
{
    if (protocol == TCP || protocol == UDP)
    {
        reading.protocol = protocol == TCP ? NatProtocol::Tcp : NatProtocol::Udp;
        reading.source.port = bytes.At16(at);
        reading.destination.port = bytes.At16(at + 2);
        return true;
    }
    const std::uint8_t type = bytes.At8(at);
    if (protocol != ICMP || (type != ECHO_REQUEST && type != ECHO_REPLY))
    {
        return false;
    }
    reading.protocol = NatProtocol::Icmp;
    reading.isEchoReply = type == ECHO_REPLY;
    (reading.isEchoReply ? reading.destination : reading.source).port = bytes.At16(at + 4);
    return true;
}

void
ReadSegment(const WireBytes& bytes, std::size_t size, PacketReading& reading)
{
    const std::uint8_t flags = bytes.At8(13);
    TcpSegment& segment = reading.segment;
    segment.fin = (flags & ns3::TcpHeader::FIN) != 0;
    segment.syn = (flags & ns3::TcpHeader::SYN) != 0;
    segment.reset = (flags & ns3::TcpHeader::RST) != 0;
    segment.ack = (flags & ns3::TcpHeader::ACK) != 0;
    segment.begin = bytes.At32(4);
    const std::size_t data = size - SizeOfTcp(bytes);
    segment.end = segment.begin + static_cast<std::uint32_t>(data) + (segment.syn ? 1 : 0) +
                  (segment.fin ? 1 : 0);
    reading.acknowledgement = bytes.At32(8);
    reading.window = bytes.At16(14);
}

bool
IsError(std::uint8_t type)
{
    return type == DESTINATION_UNREACHABLE || type == SOURCE_QUENCH || type == TIME_EXCEEDED ||
           type == PARAMETER_PROBLEM;
}

/// Reads the packet that an ICMP error quotes.
PacketReading
ReadError(const Packet& packet)
{
    const WireBytes bytes(packet, ICMP_SIZE + 60 + QUOTED_SIZE);
    if (!IsError(bytes.At8(0)) || bytes.Size() < ICMP_SIZE + IP_SIZE_LEAST + QUOTED_SIZE)
    {
        return {};
    }
    const std::size_t ports = ICMP_SIZE + SizeOfIp(bytes, ICMP_SIZE);
    const bool isLaterFragment = (bytes.At16(ICMP_SIZE + 6) & 0x1fffu) != 0;
    if (ports < ICMP_SIZE + IP_SIZE_LEAST || bytes.Size() < ports + QUOTED_SIZE || isLaterFragment)
    {
        return {};
    }
    PacketReading reading;
    reading.source.address = bytes.At32(ICMP_SIZE + 12);
    reading.destination.address = bytes.At32(ICMP_SIZE + 16);
    if (ReadEnds(bytes, ports, bytes.At8(ICMP_SIZE + 9), reading))
    {
        reading.kind = PacketKind::Error;
    }
    return reading;
}

/// Where a flow's packets have a checksum behind the IP header.
std::size_t
ChecksumOf(NatProtocol protocol)
{
    return protocol == NatProtocol::Tcp ? 16 : (protocol == NatProtocol::Udp ? 6 : 2);
}

/// Rewrites the port of one end at `at`, where a header of `reading.protocol` begins, and corrects
/// its checksum if it is among the bytes. `beneath`: what changed in addresses.
void
RewritePort(WireBytes& bytes,
            std::size_t at,
            const PacketReading& reading,
            PacketEnd end,
            Port port,
            const ChecksumChange& beneath)
{
    const bool isIcmp = reading.protocol == NatProtocol::Icmp;
    ChecksumChange change = isIcmp ? ChecksumChange{} : beneath; // ICMP sums up no addresses.
    const bool isSource = end == PacketEnd::Source;
    if (!isIcmp)
    {
        Put(bytes, at + (isSource ? 0 : 2), port, change);
    }
    else if (isSource != reading.isEchoReply)
    {
        Put(bytes, at + 4, port, change); // The end that has the identifier.
    }
    const std::size_t checksum = at + ChecksumOf(reading.protocol);
    if (checksum + 2 <= bytes.Size())
    {
        change.Correct(bytes, checksum);
    }
}

/// Whether a datagram has no checksum, and none to be given: it says so by a 0 (RFC 768), as those
/// of Linux may. ns-3 writes 0 also where the sum comes to 0, and its receivers expect a sum
/// whatever stands there. Of a fragment nobody can tell.
bool
LacksChecksum(const Ipv4Header& header, const Packet& packet, const PacketReading& reading)
{
    const bool isZero = reading.protocol == NatProtocol::Udp &&
                        WireBytes(packet, 8).At16(ChecksumOf(reading.protocol)) == 0;
    if (!isZero || !ns3::Node::ChecksumEnabled() || IsFragment(header))
    {
        return isZero;
    }
    ns3::UdpHeader udp;
    udp.EnableChecksums();
    udp.InitializeChecksum(header.GetSource(), header.GetDestination(), UDP);
    packet.PeekHeader(udp);
    return !udp.IsChecksumOk();
}

/// Rewrites an address of the header; what that changes under checksums.
ChecksumChange
RewriteAddress(Ipv4Header& header, PacketEnd end, Address with)
{
    ChecksumChange change;
    if (end == PacketEnd::Source)
    {
        change.Replace32(header.GetSource().Get(), with);
        header.SetSource(Ipv4Address(with));
    }
    else
    {
        change.Replace32(header.GetDestination().Get(), with);
        header.SetDestination(Ipv4Address(with));
    }
    return change;
}

/// Takes the first header off a packet, lets `rewrite` change its bytes, and puts it back.
template <typename Header, typename Rewrite>
void
RewriteHeader(const Ptr<Packet>& packet, std::size_t size, const Rewrite& rewrite)
{
    WireHeader<Header> wire(size);
    packet->RemoveHeader(wire);
    rewrite(wire.Bytes());
    packet->AddHeader(wire);
}

/// The same for an ICMP message, of which ns-3 makes two headers: `Body` is the second.
template <typename Body, typename Rewrite>
void
RewriteMessage(const Ptr<Packet>& packet, const Rewrite& rewrite)
{
    constexpr std::size_t front = 4;
    WireHeader<ns3::Icmpv4Header> head(front);
    packet->RemoveHeader(head);
    WireHeader<Body> body(packet->GetSize());
    packet->RemoveHeader(body);
    WireBytes whole = head.Bytes() + body.Bytes();
    rewrite(whole);
    body.Bytes() = whole.From(front);
    packet->AddHeader(body);
    head.Bytes() = whole.UpTo(front);
    packet->AddHeader(head);
}

/// Rewrites the packet that an error quotes, and the error's checksum with it.
void
RewriteQuoted(WireBytes& bytes, const PacketReading& reading, PacketEnd end, const Endpoint& with)
{
    const WireBytes before = bytes;
    const std::size_t address = ICMP_SIZE + (end == PacketEnd::Source ? 12 : 16);
    ChecksumChange addresses;
    addresses.Replace32(bytes.At32(address), with.address);
    bytes.Put32(address, with.address);
    addresses.Correct(bytes, ICMP_SIZE + 10);
    const std::size_t ports = ICMP_SIZE + SizeOfIp(bytes, ICMP_SIZE);
    RewritePort(bytes, ports, reading, end, with.port, addresses);
    const std::size_t checksum = ports + ChecksumOf(reading.protocol);
    if (reading.protocol == NatProtocol::Udp && before.At16(checksum) == 0)
    {
        bytes.Put16(checksum, 0);
    }
    ChecksumChange all;
    for (std::size_t at = ICMP_SIZE; at + 2 <= bytes.Size(); at += 2)
    {
        all.Replace(before.At16(at), bytes.At16(at));
    }
    all.Correct(bytes, 2);
}

} // namespace

PacketReading
ReadPacket(const Ipv4Header& header, const Packet& packet)
{
    PacketReading reading;
    if (header.GetFragmentOffset() != 0)
    {
        reading.kind = PacketKind::LaterFragment;
        return reading;
    }
    const WireBytes bytes(packet, 20);
    const std::uint8_t protocol = header.GetProtocol();
    if (protocol == ICMP && bytes.Size() >= ICMP_SIZE && IsError(bytes.At8(0)))
    {
        return ReadError(packet);
    }
    const bool isWhole = protocol == TCP ? bytes.Size() == 20 && SizeOfTcp(bytes) >= 20 &&
                                               SizeOfTcp(bytes) <= packet.GetSize()
                                         : bytes.Size() >= 8;
    reading.source.address = header.GetSource().Get();
    reading.destination.address = header.GetDestination().Get();
    if (isWhole && ReadEnds(bytes, 0, protocol, reading))
    {
        reading.kind = PacketKind::Flow;
    }
    if (reading.kind == PacketKind::Flow && protocol == TCP)
    {
        ReadSegment(bytes, packet.GetSize(), reading);
    }
    return reading;
}

Ptr<Packet>
RewriteFlow(Ipv4Header& header, Ptr<const Packet> packet, PacketEnd end, const Endpoint& with)
{
    const PacketReading reading = ReadPacket(header, *packet);
    Check(reading.kind == PacketKind::Flow, "a packet was rewritten that is of no flow");
    const Ipv4Header before = header;
    const ChecksumChange addresses = RewriteAddress(header, end, with.address);
    const bool lacksChecksum = LacksChecksum(before, *packet, reading);
    const auto rewrite = [&](WireBytes& bytes) {
        RewritePort(bytes, 0, reading, end, with.port, addresses);
        if (lacksChecksum)
        {
            bytes.Put16(ChecksumOf(reading.protocol), 0);
        }
    };
    const Ptr<Packet> rewritten = packet->Copy();
    switch (reading.protocol)
    {
    case NatProtocol::Tcp:
        RewriteHeader<ns3::TcpHeader>(rewritten, SizeOfTcp(WireBytes(*packet, 20)), rewrite);
        break;
    case NatProtocol::Udp:
        RewriteHeader<ns3::UdpHeader>(rewritten, 8, rewrite);
        break;
    case NatProtocol::Icmp:
        RewriteMessage<ns3::Icmpv4Echo>(rewritten, rewrite);
        break;
    }
    CarryByteTags(*packet, *rewritten, before, header);
    return rewritten;
}

Ptr<Packet>
RewriteError(Ipv4Header& header, Ptr<const Packet> packet, PacketEnd end, const Endpoint& with)
{
    const PacketReading reading = ReadPacket(header, *packet);
    Check(reading.kind == PacketKind::Error, "an ICMP error was rewritten that is none");
    const Ipv4Header before = header;
    RewriteAddress(header, end, with.address);
    const PacketEnd quoted = end == PacketEnd::Source ? PacketEnd::Destination : PacketEnd::Source;
    const auto rewrite = [&](WireBytes& bytes) { RewriteQuoted(bytes, reading, quoted, with); };
    const Ptr<Packet> rewritten = packet->Copy();
    if (WireBytes(*packet, 1).At8(0) == TIME_EXCEEDED)
    {
        RewriteMessage<ns3::Icmpv4TimeExceeded>(rewritten, rewrite);
    }
    else
    {
        RewriteMessage<ns3::Icmpv4DestinationUnreachable>(rewritten, rewrite);
    }
    CarryByteTags(*packet, *rewritten, before, header);
    return rewritten;
}

Ptr<Packet>
RewriteAddresses(Ipv4Header& header,
                 Ptr<const Packet> packet,
                 Ipv4Address source,
                 Ipv4Address destination)
{
    const Ipv4Header before = header;
    header.SetSource(source);
    header.SetDestination(destination);
    const Ptr<Packet> rewritten = packet->Copy();
    CarryByteTags(*packet, *rewritten, before, header);
    return rewritten;
}

} // namespace portlab
