// SPDX-License-Identifier: GPL-2.0-only

// What the carrier does with datagrams.

#include "helper/packet-carrier.h"
#include "model/core/base/check.h"
#include "model/ephemeral-ports.h"
#include "model/ns3-time.h"

#include "ns3/packet.h"
#include "ns3/simulator.h"
#include "ns3/udp-socket-factory.h"

namespace portlab
{

namespace
{

using Told = ns3::Callback<void, ns3::Ptr<ns3::Socket>>;

constexpr std::uint32_t BYTES = 32; // Of a question, and of its answer.

/// Links take no time, but events of one moment come one after another.
constexpr Duration MOMENT{1};

/// Answers each datagram.
void
Answer(const ns3::Ptr<ns3::Socket>& server)
{
    ns3::Address from;
    while (server->RecvFrom(from))
    {
        server->SendTo(ns3::Create<ns3::Packet>(BYTES), 0, from);
    }
}

} // namespace

void
PacketCarrier::ListenToDatagrams(const ns3::Ptr<ns3::Node>& node, const ns3::InetSocketAddress& own)
{
    const SocketPtr server = ns3::Socket::CreateSocket(node, ns3::UdpSocketFactory::GetTypeId());
    Check(server->Bind(own) == 0, "a service could not listen to datagrams");
    server->SetRecvCallback(Told([](SocketPtr socket) { Answer(socket); }));
    m_listeners.push_back(server);
}

/// A socket takes a datagram whether it arrives or not.
Grant
PacketCarrier::SendDatagram(std::uint32_t request, const Intent& intent)
{
    const SocketPtr socket = NewSocket(intent, ns3::UdpSocketFactory::GetTypeId());
    const Grant grant = socket->GetNode()->GetObject<ns3::EphemeralPorts>()->LastGrant();
    if (!grant.port)
    {
        return grant;
    }
    const CallId id = AddCall(request, intent, *grant.port, socket);
    socket->Send(ns3::Create<ns3::Packet>(BYTES));
    ns3::Simulator::Schedule(ToNs3(MOMENT), [this, id]() { OnDatagramSent(id); });
    return grant;
}

/// It has passed the NATs next to the host, or was dropped there: of that the program learns when
/// it has waited long enough.
void
PacketCarrier::OnDatagramSent(CallId id)
{
    Call& call = *Find(id);
    if (!call.wasDropped)
    {
        m_asking.erase(call.flow);
        const std::uint32_t request = call.request;
        m_engine->Tell([request](FlowEngine& engine, Instant now) {
            engine.Opened(request, now - MOMENT, now);
        });
        return;
    }
    const Topology& machines = m_engine->Machines();
    const Stream& stream = machines.streams[machines.sources[call.intent.source].stream];
    call.timeout = ns3::Simulator::Schedule(ToNs3(stream.connectTimeout.value_or(call.intent.hold)),
                                            [this, id]() { OnTimeout(id); });
}

} // namespace portlab
