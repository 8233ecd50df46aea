// SPDX-License-Identifier: GPL-2.0-only

#include "model/nat-answers.h"

#include "ns3/icmpv4.h"
#include "ns3/ipv4-address.h"
#include "ns3/node.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-l4-protocol.h"

namespace portlab
{

using ns3::Packet;
using ns3::Ptr;

Ptr<Packet>
MakeReset(const PacketReading& segment)
{
    ns3::TcpHeader reset;
    reset.SetSourcePort(segment.destination.port);
    reset.SetDestinationPort(segment.source.port);
    if (segment.segment.ack)
    {
        reset.SetFlags(ns3::TcpHeader::RST);
        reset.SetSequenceNumber(ns3::SequenceNumber32(segment.acknowledgement));
    }
    else
    {
        reset.SetFlags(ns3::TcpHeader::RST | ns3::TcpHeader::ACK);
        reset.SetSequenceNumber(ns3::SequenceNumber32(0));
        reset.SetAckNumber(ns3::SequenceNumber32(segment.segment.end));
    }
    if (ns3::Node::ChecksumEnabled())
    {
        reset.EnableChecksums();
    }
    reset.InitializeChecksum(ns3::Ipv4Address(segment.destination.address),
                             ns3::Ipv4Address(segment.source.address),
                             ns3::TcpL4Protocol::PROT_NUMBER);
    const auto packet = ns3::Create<Packet>();
    packet->AddHeader(reset);
    return packet;
}

Ptr<Packet>
MakeProhibited(const ns3::Ipv4Header& header, Ptr<const Packet> packet)
{
    constexpr std::uint8_t ADMINISTRATIVELY_PROHIBITED = 13; // ns-3 has no name for it.
    ns3::Icmpv4DestinationUnreachable quoted;
    quoted.SetNextHopMtu(0);
    quoted.SetHeader(header);
    quoted.SetData(packet);
    ns3::Icmpv4Header error;
    error.SetType(ns3::Icmpv4Header::ICMPV4_DEST_UNREACH);
    error.SetCode(ADMINISTRATIVELY_PROHIBITED);
    if (ns3::Node::ChecksumEnabled())
    {
        error.EnableChecksum();
    }
    const auto answer = ns3::Create<Packet>();
    answer->AddHeader(quoted);
    answer->AddHeader(error);
    return answer;
}

} // namespace portlab
