// SPDX-License-Identifier: GPL-2.0-only

#include "helper/packet-carrier.h"

#include "model/core/base/check.h"
#include "model/ephemeral-ports.h"
#include "model/ns3-time.h"
#include "model/portlab-tcp-l4-protocol.h"
#include "model/portlab-tcp-socket.h"

#include "ns3/simulator.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/tcp-socket.h"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace portlab
{

namespace
{

using Told = ns3::Callback<void, ns3::Ptr<ns3::Socket>>;

constexpr std::uint32_t NAME_BYTES = sizeof(std::uint64_t);

} // namespace

PacketCarrier::PacketCarrier(ns3::Ptr<ns3::ConnectionEngine> engine, PacketNetwork& network)
    : m_engine(std::move(engine)),
      m_network(network)
{
    const Topology& machines = m_engine->Machines();
    for (std::uint32_t service = 0; service < machines.endpoints.size(); ++service)
    {
        for (std::uint32_t place = 0; place < machines.endpoints[service].size(); ++place)
        {
            Listen(service, place);
        }
    }
    m_drops.resize(machines.border.DeviceCount());
    for (std::uint32_t device = 0; device < m_drops.size(); ++device)
    {
        m_network.RouterOf(device)->TraceConnectWithoutContext(
            "Dropped",
            ns3::Callback<void, ns3::Ptr<const ns3::Packet>, const ns3::Ipv4Header&, std::string>(
                [this, device](ns3::Ptr<const ns3::Packet> packet,
                               const ns3::Ipv4Header& header,
                               const std::string&) { OnDropped(device, packet, header); }));
    }
    m_network.OnBlocked([this](const InsideFlow& flow) { Blame(flow, Failure::Firewall); });
    m_engine->SetCarrier(this);
}

bool
PacketCarrier::IsBefore::operator()(const InsideFlow& a, const InsideFlow& b) const
{
    const auto words = [](const InsideFlow& flow) {
        return std::tuple(flow.protocol,
                          flow.inside.address,
                          flow.inside.port,
                          flow.remote.address,
                          flow.remote.port);
    };
    return words(a) < words(b);
}

/// The call that waits for its answer; null if there is none.
PacketCarrier::Call*
PacketCarrier::FindAsking(const InsideFlow& flow)
{
    const auto asking = m_asking.find(flow);
    return asking == m_asking.end() ? nullptr : Find(asking->second);
}

/// A packet of such a flow was dropped on its way. Its call, if it still waits, knows why.
void
PacketCarrier::Blame(const InsideFlow& flow, Failure failure)
{
    if (Call* const call = FindAsking(flow))
    {
        call->failure = failure;
        call->wasDropped = true;
    }
}

InsideFlow
PacketCarrier::FlowOf(const Intent& intent, Port port) const
{
    const Topology& machines = m_engine->Machines();
    const PathInfo& path = machines.paths[intent.path];
    const ServiceEndpoint& endpoint =
        machines.endpoints[machines.pairs[path.pair].service][path.endpoint];
    return {intent.transport == Transport::Tcp ? NatProtocol::Tcp : NatProtocol::Udp,
            {machines.HostAddress(machines.ledger.HostOf(intent.path)), port},
            {endpoint.address, endpoint.port}};
}

void
PacketCarrier::Listen(std::uint32_t service, std::uint32_t place)
{
    const ServiceEndpoint& endpoint = m_engine->Machines().endpoints[service][place];
    const SocketPtr listener = ns3::Socket::CreateSocket(m_network.NodeOfEndpoint(service, place),
                                                         ns3::TcpSocketFactory::GetTypeId());
    const ns3::InetSocketAddress own(m_network.AddressOf(endpoint.address), endpoint.port);
    ListenToDatagrams(listener->GetNode(), own);
    Check(listener->Bind(own) == 0 && listener->Listen() == 0, "a service could not listen");
    listener->SetAcceptCallback(
        ns3::MakeNullCallback<bool, SocketPtr, const ns3::Address&>(),
        ns3::Callback<void, SocketPtr, const ns3::Address&>(
            [this](SocketPtr server, const ns3::Address&) { OnAccepted(server); }));
    m_listeners.push_back(listener);
    listener->GetNode()->GetObject<ns3::PortlabTcpL4Protocol>()->TraceConnectWithoutContext(
        "SynInTimeWait",
        ns3::Callback<void, const ns3::Address&, const ns3::Address&>(
            [this, own](const ns3::Address& server, const ns3::Address& client) {
                if (ns3::InetSocketAddress::ConvertFrom(server).GetPort() == own.GetPort())
                {
                    OnTimeWaitMet(server, client);
                }
            }));
}

Grant
PacketCarrier::Connect(std::uint32_t request, const Intent& intent)
{
    return intent.transport == Transport::Tcp ? ConnectStream(request, intent)
                                              : SendDatagram(request, intent);
}

/// A socket of the host, which asks for its port along the intent's path.
PacketCarrier::SocketPtr
PacketCarrier::NewSocket(const Intent& intent, const ns3::TypeId& factory)
{
    const auto node = m_network.NodeOfHost(m_engine->Machines().ledger.HostOf(intent.path));
    node->GetObject<ns3::EphemeralPorts>()->UsePath(intent.path);
    const SocketPtr socket = ns3::Socket::CreateSocket(node, factory);
    const Endpoint to = FlowOf(intent, 0).remote;
    socket->Connect(ns3::InetSocketAddress(m_network.AddressOf(to.address), to.port));
    return socket;
}

PacketCarrier::CallId
PacketCarrier::AddCall(std::uint32_t request,
                       const Intent& intent,
                       Port port,
                       const SocketPtr& client)
{
    const CallId id = m_nextCall++;
    Call call{request, intent, FlowOf(intent, port)};
    call.client = client;
    m_asking[call.flow] = id;
    m_callOf[request] = id;
    m_calls.emplace(id, std::move(call));
    return id;
}

Grant
PacketCarrier::ConnectStream(std::uint32_t request, const Intent& intent)
{
    const SocketPtr socket = NewSocket(intent, ns3::TcpSocketFactory::GetTypeId());
    const Grant grant = socket->GetNode()->GetObject<ns3::EphemeralPorts>()->LastGrant();
    if (!grant.port)
    {
        return grant;
    }
    const CallId id = AddCall(request, intent, *grant.port, socket);
    socket->SetConnectCallback(Told([this, id](SocketPtr) { OnOpened(id); }),
                               Told([this, id](SocketPtr) { OnRefused(id); }));
    const auto ended = [this, id](SocketPtr client) { OnClientEnded(id, client); };
    socket->SetCloseCallbacks(Told(ended), Told(ended));
    const Topology& machines = m_engine->Machines();
    const Stream& stream = machines.streams[machines.sources[intent.source].stream];
    if (stream.connectTimeout)
    {
        Find(id)->timeout = ns3::Simulator::Schedule(ToNs3(*stream.connectTimeout),
                                                     [this, id]() { OnTimeout(id); });
    }
    return grant;
}

PacketCarrier::Call*
PacketCarrier::Find(CallId id)
{
    const auto known = m_calls.find(id);
    return known == m_calls.end() ? nullptr : &known->second;
}

/// The connection is open: the client says who it is, and the engine how long it stays.
void
PacketCarrier::OnOpened(CallId id)
{
    Call& call = *Find(id);
    call.timeout.Cancel();
    m_asking.erase(call.flow);
    std::uint8_t name[NAME_BYTES];
    std::memcpy(name, &id, sizeof name);
    call.client->Send(name, sizeof name, 0);
    const Topology& machines = m_engine->Machines();
    const std::uint64_t bytes = machines.streams[machines.sources[call.intent.source].stream].sends;
    if (bytes > sizeof name)
    {
        const auto more = static_cast<std::uint32_t>(bytes - sizeof name);
        call.client->Send(ns3::Create<ns3::Packet>(more));
    }
    const std::uint32_t request = call.request;
    m_engine->Tell(
        [request](FlowEngine& engine, Instant now) { engine.Opened(request, now, now); });
}

/// connect() has failed by itself: its SYNs were not answered, or by a reset.
void
PacketCarrier::OnRefused(CallId id)
{
    if (const Call* call = Find(id))
    {
        NotOpened(id, call->failure);
    }
}

/// The program has no more patience.
void
PacketCarrier::OnTimeout(CallId id)
{
    const Call& call = *Find(id);
    const SocketPtr client = call.client;
    const Failure reason = call.failure;
    client->SetConnectCallback(Told(), Told());
    client->SetCloseCallbacks(Told(), Told());
    client->Close();
    NotOpened(id, reason);
}

void
PacketCarrier::NotOpened(CallId id, Failure reason)
{
    Call& call = *Find(id);
    const std::uint32_t request = call.request;
    call.timeout.Cancel();
    m_asking.erase(call.flow);
    m_calls.erase(id);
    m_callOf.erase(request);
    m_engine->Tell([request, reason](FlowEngine& engine, Instant now) {
        engine.NotOpened(request, reason, now);
    });
}

void
PacketCarrier::Close(std::uint32_t request)
{
    const CallId id = m_callOf.at(request);
    m_callOf.erase(request);
    Call& call = *Find(id);
    call.isClosing = true;
    const bool isTcp = call.intent.transport == Transport::Tcp;
    Finish(call);
    if (!isTcp)
    {
        m_calls.erase(id);
    }
}

/// The end that closes first does so; a server only when it knows for whom. The call may be gone
/// afterwards, and its sockets with it.
void
PacketCarrier::Finish(const Call& call)
{
    const bool isTcp = call.intent.transport == Transport::Tcp;
    const Ending ending = isTcp ? call.intent.ending : Ending::Client;
    const SocketPtr first = ending == Ending::Server ? call.server : call.client;
    if (ending == Ending::Reset)
    {
        ns3::DynamicCast<ns3::PortlabTcpSocket>(first)->Abort();
    }
    else if (first)
    {
        first->Close();
    }
}

/// The client's end is over, or its server has closed it: then the client closes as well.
void
PacketCarrier::OnClientEnded(CallId id, const SocketPtr& client)
{
    const Call* const call = Find(id);
    if (call == nullptr)
    {
        return;
    }
    if (call->intent.ending == Ending::Server && call->isClosing)
    {
        client->Close();
    }
    else if (call->isClosing)
    {
        m_calls.erase(id);
    }
}

void
PacketCarrier::OnAccepted(const SocketPtr& server)
{
    const auto served = std::make_shared<Served>();
    server->SetRecvCallback(Told([this, served](SocketPtr socket) { OnHeard(socket, *served); }));
    server->SetCloseCallbacks(
        Told([this, served](SocketPtr socket) { OnPeerClosed(socket, *served); }),
        Told([](SocketPtr) {}));
}

/// The client has said who it is, or goes on to talk. What was not read would make a reset of the
/// server's close.
void
PacketCarrier::OnHeard(const SocketPtr& server, Served& served)
{
    std::uint8_t name[NAME_BYTES];
    const bool isNew = !served.call && server->GetRxAvailable() >= sizeof name;
    if (isNew)
    {
        server->Recv(name, sizeof name, 0);
    }
    while (served.call || isNew ? server->Recv() : nullptr)
    {
    }
    if (!isNew)
    {
        return;
    }
    CallId id = 0;
    std::memcpy(&id, name, sizeof name);
    served.call = id;
    Call* const call = Find(id);
    if (call == nullptr || call->intent.ending != Ending::Server)
    {
        return;
    }
    call->server = server;
    server->TraceConnectWithoutContext(
        "State",
        ns3::Callback<void, ns3::TcpSocket::TcpStates_t, ns3::TcpSocket::TcpStates_t>(
            [this, id](ns3::TcpSocket::TcpStates_t, ns3::TcpSocket::TcpStates_t now) {
                if (now == ns3::TcpSocket::TIME_WAIT)
                {
                    OnServerWaits(id);
                }
            }));
    if (call->isClosing)
    {
        Finish(*call);
    }
}

/// The client has closed first, or answers the server's close.
void
PacketCarrier::OnPeerClosed(const SocketPtr& server, const Served& served)
{
    const Call* const call = served.call ? Find(*served.call) : nullptr;
    if (call == nullptr || call->intent.ending != Ending::HalfClosed)
    {
        server->Close();
    }
}

void
PacketCarrier::OnServerWaits(CallId id)
{
    const Call& call = *Find(id);
    const std::uint32_t path = call.intent.path;
    const Port port = call.flow.inside.port;
    m_calls.erase(id);
    m_engine->Tell(
        [path, port](FlowEngine& engine, Instant now) { engine.ServerWaits(path, port, now); });
}

} // namespace portlab
