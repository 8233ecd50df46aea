// SPDX-License-Identifier: GPL-2.0-only

// Packets from inside to one of the NAT's own addresses.

#include "model/nat-router.h"
#include "model/ns3-time.h"

namespace ns3
{

using portlab::Direction;
using portlab::MappingId;
using portlab::NatDrop;
using portlab::NatProtocol;
using portlab::PacketEnd;
using portlab::PacketKind;
using portlab::SimulatorNow;

bool
NatRouter::RouteHairpin(const Passage& passage)
{
    switch (passage.reading.kind)
    {
    case PacketKind::Flow:
        return passage.reading.protocol == NatProtocol::Icmp
                   ? RouteToItself(passage, NameOf(NatDrop::Hairpin))
                   : RouteFlowHairpin(passage);
    case PacketKind::Error:
        return RouteErrorHairpin(passage);
    case PacketKind::LaterFragment:
        return RouteLaterFragment(passage);
    default:
        return RouteToItself(passage, NameOf(NatDrop::NotHandled));
    }
}

bool
NatRouter::RouteFlowHairpin(const Passage& passage)
{
    if (RefusesFragment(passage.header))
    {
        return DropFragment(passage);
    }
    if (passage.header.GetTtl() <= 1 && GetDevice().Rules().hairpins)
    {
        return Expire(passage);
    }
    const portlab::PacketReading& reading = passage.reading;
    const portlab::Nat::HairpinTranslation both =
        GetDevice().Hairpin(InsideFlowOf(reading),
                            SegmentOf(reading, Direction::Outbound),
                            SimulatorNow());
    if (!both.outbound.passed)
    {
        return Refuse(passage, both.outbound.reason, true);
    }
    Note(both.outbound, reading, Direction::Outbound);
    if (!both.inbound.passed)
    {
        return Refuse(passage, both.inbound.reason, true);
    }
    Note(both.inbound, reading, Direction::Inbound);
    if (reading.protocol == NatProtocol::Tcp && !both.inbound.isNew &&
        both.inbound.mapping != portlab::NO_MAPPING)
    {
        m_watch.See(both.inbound.mapping, Direction::Inbound, reading);
    }
    Ipv4Header after = passage.header;
    Ptr<Packet> packet =
        portlab::RewriteFlow(after, passage.packet, PacketEnd::Source, FromCore(both.outbound.end));
    packet =
        portlab::RewriteFlow(after, packet, PacketEnd::Destination, FromCore(both.inbound.end));
    Forwarded(passage, packet, after);
    return RouteOn(packet, after, passage.arrival);
}

/// An inside host has something against a packet of another one: both ends are translated, as those
/// of the packet were.
bool
NatRouter::RouteErrorHairpin(const Passage& passage)
{
    Ipv4Header after = passage.header;
    Ptr<Packet> packet = TranslateErrorFromInside(passage, after);
    if (!packet)
    {
        return RouteToItself(passage, NameOf(NatDrop::UnknownFlow));
    }
    const portlab::PacketReading outside = portlab::ReadPacket(after, *packet);
    const MappingId id =
        FindReply(outside.protocol, ToCore(outside.source), ToCore(outside.destination));
    if (id == portlab::NO_MAPPING)
    {
        return RouteToItself(passage, NameOf(NatDrop::UnknownFlow));
    }
    packet = portlab::RewriteError(after,
                                   packet,
                                   PacketEnd::Destination,
                                   FromCore(GetDevice()[id].Flow().inside));
    Forwarded(passage, packet, after);
    return RouteOn(packet, after, passage.arrival);
}

} // namespace ns3
