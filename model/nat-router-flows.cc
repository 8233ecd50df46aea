// SPDX-License-Identifier: GPL-2.0-only

// Between the router and its device: questions, and the device's words.

#include "model/core/base/check.h"
#include "model/nat-answers.h"
#include "model/nat-router.h"
#include "model/ns3-time.h"

#include "ns3/icmpv4-l4-protocol.h"
#include "ns3/tcp-l4-protocol.h"

#include <algorithm>
#include <array>

namespace ns3
{

using portlab::Direction;
using portlab::MappingId;
using portlab::NatDrop;
using portlab::NatProtocol;
using portlab::SimulatorNow;

int32_t
NatRouter::InterfaceOf(Ptr<const NetDevice> device) const
{
    return m_ipv4->GetInterfaceForDevice(device);
}

bool
NatRouter::IsExternal(Ipv4Address address) const
{
    return std::find(m_external.begin(), m_external.end(), address) != m_external.end();
}

portlab::ExternalIndex
NatRouter::IndexOf(uint32_t address) const
{
    const auto place = std::find(m_external.begin(), m_external.end(), Ipv4Address(address));
    portlab::Check(place != m_external.end(), "an address of others was taken for the NAT's own");
    return static_cast<portlab::ExternalIndex>(place - m_external.begin());
}

/// Only first fragments are asked for; later ones follow them.
bool
NatRouter::RefusesFragment(const Ipv4Header& header) const
{
    return !m_translatesFragments && portlab::IsFragment(header);
}

portlab::Endpoint
NatRouter::ToCore(const portlab::Endpoint& end) const
{
    return {m_toCore ? m_toCore(Ipv4Address(end.address)) : end.address, end.port};
}

portlab::Endpoint
NatRouter::FromCore(const portlab::Endpoint& end) const
{
    return {m_fromCore ? m_fromCore(end.address).Get() : end.address, end.port};
}

/// The flow of a packet from inside.
portlab::InsideFlow
NatRouter::InsideFlowOf(const portlab::PacketReading& reading) const
{
    return {reading.protocol, ToCore(reading.source), ToCore(reading.destination)};
}

/// The live mapping that an answer would belong to, without a trace of the question. `external`
/// and `remote` in the device's numbers.
MappingId
NatRouter::FindReply(NatProtocol protocol,
                     const portlab::Endpoint& external,
                     const portlab::Endpoint& remote)
{
    const Ipv4Address address(FromCore(external).address);
    if (!IsExternal(address))
    {
        return portlab::NO_MAPPING;
    }
    GetDevice().CatchUp(SimulatorNow());
    const MappingId id =
        GetDevice().Table().FindReply(protocol, IndexOf(address.Get()), external.port, remote);
    const bool isLive =
        id != portlab::NO_MAPPING && GetDevice()[id].State() != portlab::NatState::Resting;
    return isLive ? id : portlab::NO_MAPPING;
}

bool
NatRouter::IsForwarded(const portlab::PacketReading& reading) const
{
    return std::any_of(m_forwards.begin(), m_forwards.end(), [&](const StaticForward& forward) {
        return forward.protocol == reading.protocol && forward.port == reading.destination.port;
    });
}

/// What the device wants to know of a segment; nothing for other protocols.
portlab::TcpSegment
NatRouter::SegmentOf(const portlab::PacketReading& reading, Direction direction)
{
    portlab::TcpSegment segment = reading.segment;
    if (reading.protocol != NatProtocol::Tcp)
    {
        return segment;
    }
    portlab::InsideFlow flow = InsideFlowOf(reading);
    if (direction == Direction::Inbound)
    {
        const MappingId reply =
            FindReply(reading.protocol, ToCore(reading.destination), ToCore(reading.source));
        if (reply == portlab::NO_MAPPING)
        {
            return segment;
        }
        flow = {reading.protocol, GetDevice()[reply].Flow().inside, ToCore(reading.source)};
    }
    const MappingId id = GetDevice().Find(flow, SimulatorNow());
    if (id != portlab::NO_MAPPING)
    {
        segment.leavesUnacked = m_watch.See(id, direction, reading);
    }
    return segment;
}

/// What the device did with a packet, for those who watch.
void
NatRouter::Note(const portlab::Translation& translation,
                const portlab::PacketReading& reading,
                Direction direction)
{
    if (translation.mapping == portlab::NO_MAPPING)
    {
        return;
    }
    const portlab::InsideFlow flow = GetDevice()[translation.mapping].Flow();
    if (translation.isNew && flow.protocol == NatProtocol::Tcp)
    {
        m_watch.Begin(translation.mapping, direction, reading);
    }
    if (translation.isNew && !m_mappingAdded.IsEmpty())
    {
        constexpr std::array<uint8_t, portlab::NAT_PROTOCOL_COUNT> numbers{6, 17, 1};
        const auto socket = [this](const portlab::Endpoint& core) {
            const portlab::Endpoint end = FromCore(core);
            return InetSocketAddress(Ipv4Address(end.address), end.port);
        };
        m_mappingAdded(socket(flow.inside),
                       socket(GetDevice().External(translation.mapping)),
                       socket(flow.remote),
                       numbers.at(static_cast<std::size_t>(flow.protocol)));
    }
}

/// What the device itself calls a drop. Many have one counter for several reasons.
std::string
NatRouter::NameOf(NatDrop reason) const
{
    const std::string own = portlab::NAT_DROP_NAMES.at(static_cast<std::size_t>(reason));
    const std::string& noPort = m_preset.counters.noPort.value;
    switch (reason)
    {
    case NatDrop::NoPort:
        return noPort;
    case NatDrop::DestinationLimit:
    case NatDrop::SubscriberLimit:
    case NatDrop::LostRace:
        return noPort == portlab::NAT_DROP_NAMES[0] ? own : noPort;
    case NatDrop::TableFull:
        return m_preset.counters.tableFull.value;
    default:
        return own;
    }
}

/// Tells the sender of a dropped packet, if the device does that.
void
NatRouter::Answer(const Passage& passage, NatDrop reason, bool isInside)
{
    const portlab::NatRules& rules = GetDevice().Rules();
    const bool isReset = passage.reading.segment.reset; // Resets are not answered.
    const bool canReset = passage.reading.protocol == NatProtocol::Tcp && !isReset;
    switch (reason)
    {
    case NatDrop::UnknownFlow:
        if (canReset && rules.onUnknownFlow == portlab::UnknownFlowRule::Reset)
        {
            SendReset(passage);
        }
        return;
    case NatDrop::NoPort:
    case NatDrop::DestinationLimit:
    case NatDrop::SubscriberLimit:
    case NatDrop::TableFull:
        break;
    default:
        return;
    }
    if (!isInside || isReset || rules.onExhaustion == portlab::ExhaustionRule::Silent)
    {
        return;
    }
    if (canReset && rules.onExhaustion == portlab::ExhaustionRule::Reset)
    {
        SendReset(passage);
        return;
    }
    const auto interface = static_cast<uint32_t>(InterfaceOf(passage.arrival.device));
    m_ipv4->Send(portlab::MakeProhibited(passage.header, passage.packet),
                 m_ipv4->GetAddress(interface, 0).GetLocal(),
                 passage.header.GetSource(),
                 Icmpv4L4Protocol::PROT_NUMBER,
                 nullptr);
}

/// In the name of the packet's destination.
void
NatRouter::SendReset(const Passage& passage)
{
    m_ipv4->Send(portlab::MakeReset(passage.reading),
                 passage.header.GetDestination(),
                 passage.header.GetSource(),
                 TcpL4Protocol::PROT_NUMBER,
                 nullptr);
}

} // namespace ns3
