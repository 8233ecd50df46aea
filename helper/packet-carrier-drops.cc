// SPDX-License-Identifier: GPL-2.0-only

// What the carrier learns of packets that NATs drop.

#include "helper/packet-carrier.h"
#include "model/ns3-time.h"

#include "ns3/packet.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-l4-protocol.h"

namespace portlab
{

/// A NAT has dropped a packet. If it is a SYN, its call knows why nobody answers.
void
PacketCarrier::OnDropped(std::uint32_t device,
                         const ns3::Ptr<const ns3::Packet>& packet,
                         const ns3::Ipv4Header& header)
{
    const std::optional<NatDrop> reason = LatestDrop(device);
    const bool isTcp = header.GetProtocol() == ns3::TcpL4Protocol::PROT_NUMBER;
    std::uint8_t bytes[14]{}; // TCP's flags are in the last; ports stand where UDP has them.
    packet->CopyData(bytes, sizeof bytes);
    const int flags = bytes[13] & (ns3::TcpHeader::SYN | ns3::TcpHeader::ACK);
    if (!reason || (isTcp && flags != ns3::TcpHeader::SYN))
    {
        return;
    }
    const auto portAt = [&](int place) {
        return static_cast<Port>(bytes[place] << 8 | bytes[place + 1]);
    };
    const NatProtocol protocol = isTcp ? NatProtocol::Tcp : NatProtocol::Udp;
    const Endpoint inside{m_network.CoreOf(header.GetSource()), portAt(0)};
    const Endpoint remote{m_network.CoreOf(header.GetDestination()), portAt(2)};
    const InsideFlow flow{protocol, m_network.HostBehind(protocol, inside, remote), remote};
    if (FindAsking(flow) != nullptr)
    {
        Blame(flow, *reason == NatDrop::TableFull ? Failure::NatTableFull : Failure::NatNoPort);
        m_engine->Machines().border.NoteDrop(device,
                                             *reason,
                                             {protocol, inside, remote},
                                             SimulatorNow());
    }
}

/// Which of the device's counters has moved since it was last looked at.
std::optional<NatDrop>
PacketCarrier::LatestDrop(std::uint32_t device)
{
    const auto& now = m_engine->Machines().border.Device(device).Counters().dropped;
    std::optional<NatDrop> latest;
    for (std::size_t reason = 0; reason < now.size(); ++reason)
    {
        latest = now[reason] > m_drops[device][reason] ? std::optional(NatDrop(reason)) : latest;
    }
    m_drops[device] = now;
    return latest;
}

/// Unless the server takes it for new, this SYN is not answered.
void
PacketCarrier::OnTimeWaitMet(const ns3::Address& server, const ns3::Address& client)
{
    const auto endOf = [this](const ns3::Address& address) {
        const auto inet = ns3::InetSocketAddress::ConvertFrom(address);
        return Endpoint{m_network.CoreOf(inet.GetIpv4()), inet.GetPort()};
    };
    const Endpoint remote = endOf(server);
    Call* const call = FindAsking(
        {NatProtocol::Tcp, m_network.HostBehind(NatProtocol::Tcp, endOf(client), remote), remote});
    if (call == nullptr)
    {
        return;
    }
    call->failure = call->wasDropped ? call->failure : Failure::PeerTimeWait;
    if (!call->hasMetTimeWait)
    {
        call->hasMetTimeWait = true;
        const std::uint32_t request = call->request;
        m_engine->Tell(
            [request](FlowEngine& engine, Instant now) { engine.MetTimeWait(request, now); });
    }
}

} // namespace portlab
