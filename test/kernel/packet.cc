// SPDX-License-Identifier: GPL-2.0-only

#include "test/kernel/packet.h"

#include <arpa/inet.h>
#include <cstring>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>

namespace portlab::test
{

namespace
{

constexpr std::uint8_t PROTOCOL_FOR_EXPERIMENTS = 253;

template <typename Header>
void
Append(Bytes& bytes, const Header& header)
{
    const auto* const first = reinterpret_cast<const std::uint8_t*>(&header);
    bytes.insert(bytes.end(), first, first + sizeof header);
}

/// A header at this place, if the bytes reach so far.
template <typename Header>
std::optional<Header>
HeaderAt(const Bytes& bytes, std::size_t place)
{
    if (bytes.size() < place + sizeof(Header))
    {
        return std::nullopt;
    }
    Header header;
    std::memcpy(&header, bytes.data() + place, sizeof header);
    return header;
}

/// The internet checksum of RFC 1071, in network order, of an even number of bytes.
std::uint16_t
ChecksumOf(const Bytes& bytes)
{
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 2)
    {
        sum += static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]);
    }
    while (sum > 0xffff)
    {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return htons(static_cast<std::uint16_t>(~sum));
}

iphdr
IpHeader(Address source,
         Address destination,
         std::uint8_t protocol,
         std::uint16_t id,
         std::size_t payload)
{
    iphdr header{};
    header.version = 4;
    header.ihl = sizeof header / 4;
    header.tot_len = htons(static_cast<std::uint16_t>(sizeof header + payload));
    header.id = htons(id);
    header.ttl = 64;
    header.protocol = protocol;
    header.saddr = htonl(source);
    header.daddr = htonl(destination);
    Bytes bytes;
    Append(bytes, header);
    header.check = ChecksumOf(bytes);
    return header;
}

/// Without a checksum, which is a sender's right: RFC 768.
udphdr
UdpHeader(const Packet& packet)
{
    udphdr header{};
    header.source = htons(packet.source.port);
    header.dest = htons(packet.destination.port);
    header.len = htons(sizeof header);
    return header;
}

/// What the checksum of TCP covers besides: RFC 9293, section 3.1.
struct PseudoHeader
{
    std::uint32_t source;
    std::uint32_t destination;
    std::uint16_t protocol;
    std::uint16_t length;
};

tcphdr
TcpHeader(const Packet& packet)
{
    tcphdr header{};
    header.source = htons(packet.source.port);
    header.dest = htons(packet.destination.port);
    header.seq = htonl(packet.segment.begin);
    header.ack_seq = htonl(packet.segment.acknowledged);
    header.doff = sizeof header / 4;
    header.syn = packet.segment.syn;
    header.ack = packet.segment.ack;
    header.fin = packet.segment.fin;
    header.rst = packet.segment.reset;
    header.window = htons(65535);
    Bytes bytes;
    Append(bytes,
           PseudoHeader{htonl(packet.source.address),
                        htonl(packet.destination.address),
                        htons(IPPROTO_TCP),
                        htons(sizeof header)});
    Append(bytes, header);
    header.check = ChecksumOf(bytes);
    return header;
}

} // namespace

Bytes
ToBytes(const Packet& packet)
{
    const Address source = packet.source.address;
    const Address destination = packet.destination.address;
    Bytes bytes;
    if (packet.protocol == NatProtocol::Tcp)
    {
        Append(bytes, IpHeader(source, destination, IPPROTO_TCP, 0, sizeof(tcphdr)));
        Append(bytes, TcpHeader(packet));
    }
    else
    {
        Append(bytes, IpHeader(source, destination, IPPROTO_UDP, 0, sizeof(udphdr)));
        Append(bytes, UdpHeader(packet));
    }
    return bytes;
}

Bytes
Marker(std::uint16_t number, Address source, Address destination)
{
    Bytes bytes;
    Append(bytes, IpHeader(source, destination, PROTOCOL_FOR_EXPERIMENTS, number, 0));
    return bytes;
}

bool
IsMarker(std::uint16_t number, const Bytes& bytes)
{
    const auto ip = HeaderAt<iphdr>(bytes, 0);
    return ip && ip->protocol == PROTOCOL_FOR_EXPERIMENTS && ntohs(ip->id) == number;
}

std::optional<Packet>
ReadEnds(const Bytes& bytes)
{
    const auto ip = HeaderAt<iphdr>(bytes, 0);
    if (!ip || (ip->protocol != IPPROTO_UDP && ip->protocol != IPPROTO_TCP))
    {
        return std::nullopt;
    }
    // Both begin with their ports.
    const auto ports = HeaderAt<udphdr>(bytes, ip->ihl * std::size_t{4});
    if (!ports)
    {
        return std::nullopt;
    }
    return Packet{ip->protocol == IPPROTO_TCP ? NatProtocol::Tcp : NatProtocol::Udp,
                  {ntohl(ip->saddr), ntohs(ports->source)},
                  {ntohl(ip->daddr), ntohs(ports->dest)}};
}

} // namespace portlab::test
