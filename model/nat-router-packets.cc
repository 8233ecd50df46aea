// SPDX-License-Identifier: GPL-2.0-only

// What becomes of packets.

#include "model/nat-router.h"
#include "model/ns3-time.h"

#include "ns3/ipv4-route.h"
#include "ns3/node.h"

#include <algorithm>

namespace ns3
{

using portlab::Direction;
using portlab::MappingId;
using portlab::NatDrop;
using portlab::NatProtocol;
using portlab::PacketEnd;
using portlab::PacketKind;
using portlab::SimulatorNow;
using portlab::Translation;

bool
NatRouter::RouteInput(Ptr<const Packet> packet,
                      const Ipv4Header& header,
                      Ptr<const NetDevice> device,
                      portlab::RouteInputArgument<3> forward,
                      portlab::RouteInputArgument<4> multicast,
                      portlab::RouteInputArgument<5> deliver,
                      portlab::RouteInputArgument<6> fail)
{
    GetDevice(); // Made with the first packet, and with it the list of external addresses.
    const Arrival arrival{device, forward, multicast, deliver, fail};
    const int32_t interface = InterfaceOf(device);
    const bool isFromInside = m_inside.count(interface) > 0;
    if (IsExternal(header.GetDestination()) && (isFromInside || m_outside.count(interface) > 0))
    {
        const Passage passage{packet, header, portlab::ReadPacket(header, *packet), arrival};
        return isFromInside ? RouteHairpin(passage) : RouteFromOutside(passage);
    }
    if (!isFromInside || m_exempt.count(header.GetDestination().Get()) > 0)
    {
        return RouteOn(packet, header, arrival);
    }
    // The callback may be kept until the inner protocol has found a route, beside those of others.
    Arrival watched = arrival;
    watched.forward = UnicastForwardCallback(
        [this, arrival](Ptr<Ipv4Route> route, Ptr<const Packet> routed, const Ipv4Header& as) {
            ForwardFromInside({routed, as, portlab::ReadPacket(as, *routed), arrival}, route);
        });
    return RouteOn(packet, header, watched);
}

bool
NatRouter::RouteOn(Ptr<const Packet> packet, const Ipv4Header& header, const Arrival& arrival)
{
    return m_inner->RouteInput(packet,
                               header,
                               arrival.device,
                               arrival.forward,
                               arrival.multicast,
                               arrival.deliver,
                               arrival.fail);
}

bool
NatRouter::RouteFromOutside(const Passage& passage)
{
    switch (passage.reading.kind)
    {
    case PacketKind::Flow:
        return RouteFlowFromOutside(passage);
    case PacketKind::Error:
        return RouteErrorFromOutside(passage);
    case PacketKind::LaterFragment:
        return RouteLaterFragment(passage);
    default:
        return RouteToItself(passage, NameOf(NatDrop::NotHandled));
    }
}

bool
NatRouter::RouteFlowFromOutside(const Passage& passage)
{
    const portlab::PacketReading& reading = passage.reading;
    if (reading.protocol == NatProtocol::Icmp && !reading.isEchoReply)
    {
        return RouteToItself(passage, NameOf(NatDrop::Filtered)); // Nobody inside can be asked.
    }
    if (RefusesFragment(passage.header))
    {
        return DropFragment(passage);
    }
    if (passage.header.GetTtl() <= 1 &&
        (IsForwarded(reading) ||
         FindReply(reading.protocol, ToCore(reading.destination), ToCore(reading.source)) !=
             portlab::NO_MAPPING))
    {
        return Expire(passage);
    }
    const Translation translation = GetDevice().Inbound(reading.protocol,
                                                        IndexOf(reading.destination.address),
                                                        reading.destination.port,
                                                        ToCore(reading.source),
                                                        SegmentOf(reading, Direction::Inbound),
                                                        SimulatorNow());
    if (!translation.passed)
    {
        return Refuse(passage, translation.reason, false);
    }
    Note(translation, reading, Direction::Inbound);
    Ipv4Header after = passage.header;
    const Ptr<Packet> packet = portlab::RewriteFlow(after,
                                                    passage.packet,
                                                    PacketEnd::Destination,
                                                    FromCore(translation.end));
    Forwarded(passage, packet, after);
    return RouteOn(packet, after, passage.arrival);
}

bool
NatRouter::RouteErrorFromOutside(const Passage& passage)
{
    const portlab::PacketReading& reading = passage.reading;
    const MappingId id =
        FindReply(reading.protocol, ToCore(reading.source), ToCore(reading.destination));
    if (id == portlab::NO_MAPPING)
    {
        return RouteToItself(passage, NameOf(NatDrop::UnknownFlow));
    }
    if (passage.header.GetTtl() <= 1)
    {
        return Expire(passage);
    }
    Ipv4Header after = passage.header;
    const Ptr<Packet> packet = portlab::RewriteError(after,
                                                     passage.packet,
                                                     PacketEnd::Destination,
                                                     FromCore(GetDevice()[id].Flow().inside));
    Forwarded(passage, packet, after);
    return RouteOn(packet, after, passage.arrival);
}

bool
NatRouter::RouteLaterFragment(const Passage& passage)
{
    const auto ends = m_fragments.Find(passage.header, SimulatorNow());
    if (!m_translatesFragments || !ends)
    {
        return DropFragment(passage);
    }
    if (ends->destination == passage.header.GetDestination())
    {
        return RouteOn(passage.packet, passage.header, passage.arrival); // The router's own.
    }
    if (passage.header.GetTtl() <= 1)
    {
        return Expire(passage);
    }
    Ipv4Header after = passage.header;
    const Ptr<Packet> packet =
        portlab::RewriteAddresses(after, passage.packet, ends->source, ends->destination);
    m_translated(packet, passage.header, after);
    return RouteOn(packet, after, passage.arrival);
}

/// For the router's own sockets, if there can be any: an address of the pool that no interface has
/// would only be routed back to where the packet came from.
bool
NatRouter::RouteToItself(const Passage& passage, const std::string& reason)
{
    if (m_ipv4->GetInterfaceForAddress(passage.header.GetDestination()) < 0)
    {
        return Drop(passage, reason);
    }
    if (portlab::IsFragment(passage.header))
    {
        m_fragments.Add(passage.header,
                        {passage.header.GetSource(), passage.header.GetDestination()},
                        SimulatorNow());
    }
    return RouteOn(passage.packet, passage.header, passage.arrival);
}

/// The packet may live no longer: ns-3 drops it on the way out, and tells its sender. It looks at
/// no more of a route than its device.
bool
NatRouter::Expire(const Passage& passage)
{
    const auto interface = static_cast<uint32_t>(InterfaceOf(passage.arrival.device));
    const auto route = Create<Ipv4Route>();
    route->SetDestination(passage.header.GetDestination());
    route->SetSource(passage.header.GetDestination());
    route->SetGateway(passage.header.GetSource());
    route->SetOutputDevice(m_ipv4->GetNetDevice(interface));
    passage.arrival.forward(route, passage.packet, passage.header);
    return true;
}

bool
NatRouter::Drop(const Passage& passage, const std::string& reason)
{
    m_dropped(passage.packet, passage.header, reason);
    passage.arrival.fail(passage.packet, passage.header, Socket::ERROR_NOROUTETOHOST);
    return true;
}

bool
NatRouter::DropFragment(const Passage& passage)
{
    ++m_droppedFragments;
    return Drop(passage, "fragment");
}

/// The device has refused a packet to one of its addresses.
bool
NatRouter::Refuse(const Passage& passage, NatDrop reason, bool isInside)
{
    if (reason == NatDrop::Filtered || reason == NatDrop::Hairpin)
    {
        return RouteToItself(passage, NameOf(reason));
    }
    Drop(passage, NameOf(reason));
    Answer(passage, reason, isInside);
    return true;
}

/// A packet from inside has its route.
void
NatRouter::ForwardFromInside(const Passage& passage, Ptr<Ipv4Route> route)
{
    const bool isToOutside = m_outside.count(InterfaceOf(route->GetOutputDevice())) > 0;
    if (!isToOutside || passage.header.GetTtl() <= 1)
    {
        passage.arrival.forward(route, passage.packet, passage.header);
        return;
    }
    Ipv4Header after = passage.header;
    const Ptr<Packet> packet = TranslateFromInside(passage, after);
    if (packet)
    {
        Forwarded(passage, packet, after);
        passage.arrival.forward(route, packet, after);
    }
}

/// The packet for outside; null if it was dropped.
Ptr<Packet>
NatRouter::TranslateFromInside(const Passage& passage, Ipv4Header& after)
{
    switch (passage.reading.kind)
    {
    case PacketKind::Flow:
        return TranslateFlowFromInside(passage, after);
    case PacketKind::Error: {
        const Ptr<Packet> packet = TranslateErrorFromInside(passage, after);
        if (!packet)
        {
            GetDevice().MeetUnknown();
            Drop(passage, NameOf(NatDrop::UnknownFlow));
        }
        return packet;
    }
    case PacketKind::LaterFragment: {
        const auto ends = m_fragments.Find(passage.header, SimulatorNow());
        if (m_translatesFragments && ends)
        {
            return portlab::RewriteAddresses(after,
                                             passage.packet,
                                             ends->source,
                                             ends->destination);
        }
        DropFragment(passage);
        return nullptr;
    }
    default:
        Drop(passage, NameOf(NatDrop::NotHandled));
        return nullptr;
    }
}

Ptr<Packet>
NatRouter::TranslateFlowFromInside(const Passage& passage, Ipv4Header& after)
{
    const portlab::PacketReading& reading = passage.reading;
    if (RefusesFragment(passage.header))
    {
        DropFragment(passage);
        return nullptr;
    }
    if (reading.isEchoReply)
    {
        GetDevice().MeetUnknown(); // Nobody outside could have asked.
        Drop(passage, NameOf(NatDrop::UnknownFlow));
        return nullptr;
    }
    const Translation translation = GetDevice().Outbound(InsideFlowOf(reading),
                                                         SegmentOf(reading, Direction::Outbound),
                                                         SimulatorNow());
    if (!translation.passed)
    {
        Drop(passage, NameOf(translation.reason));
        Answer(passage, translation.reason, true);
        return nullptr;
    }
    Note(translation, reading, Direction::Outbound);
    return portlab::RewriteFlow(after,
                                passage.packet,
                                PacketEnd::Source,
                                FromCore(translation.end));
}

/// Null if the error is about nothing that was translated.
Ptr<Packet>
NatRouter::TranslateErrorFromInside(const Passage& passage, Ipv4Header& after)
{
    const portlab::PacketReading& reading = passage.reading;
    const MappingId id =
        GetDevice().Find({reading.protocol, ToCore(reading.destination), ToCore(reading.source)},
                         SimulatorNow());
    if (id == portlab::NO_MAPPING)
    {
        return nullptr;
    }
    return portlab::RewriteError(after,
                                 passage.packet,
                                 PacketEnd::Source,
                                 FromCore(GetDevice().External(id)));
}

/// A translated packet goes on; what follows of its datagram goes the same way.
void
NatRouter::Forwarded(const Passage& passage, Ptr<const Packet> packet, const Ipv4Header& after)
{
    if (portlab::IsFragment(passage.header) && passage.reading.kind != PacketKind::LaterFragment)
    {
        m_fragments.Add(passage.header,
                        {after.GetSource(), after.GetDestination()},
                        SimulatorNow());
    }
    m_translated(packet, passage.header, after);
}

} // namespace ns3
