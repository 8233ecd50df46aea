// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PACKET_CARRIER_H
#define PORTLAB_PACKET_CARRIER_H

#include "helper/packet-network.h"
#include "model/connection-engine.h"

#include "ns3/event-id.h"
#include "ns3/inet-socket-address.h"
#include "ns3/node.h"
#include "ns3/ptr.h"
#include "ns3/socket.h"
#include "ns3/type-id.h"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace portlab
{

/// Plays an engine's connections with sockets of ns-3. A TCP client says who it is in the first
/// eight bytes, so that its server can be told when to close; a datagram is answered by another
/// one.
class PacketCarrier : public Carrier
{
  public:
    /// All services listen from now on. The engine has been initialised at time 0; it and the
    /// network must outlive the carrier, and the carrier the simulation.
    PacketCarrier(ns3::Ptr<ns3::ConnectionEngine> engine, PacketNetwork& network);

    Grant Connect(std::uint32_t request, const Intent& intent) override;
    void Close(std::uint32_t request) override;

  private:
    using CallId = std::uint64_t;
    using SocketPtr = ns3::Ptr<ns3::Socket>;

    /// One connection. It may outlive its request.
    struct Call
    {
        std::uint32_t request;
        Intent intent;
        InsideFlow flow;
        Failure failure{Failure::ConnectTimeout}; ///< Why the last packet was not answered.
        bool wasDropped{false};                   ///< On its way.
        bool hasMetTimeWait{false};               ///< The service's.
        bool isClosing{false};                    ///< The engine has said so.
        SocketPtr client{};
        SocketPtr server{};     ///< Once the client has said who it is.
        ns3::EventId timeout{}; ///< The program's patience.
    };

    /// What the program behind a server's socket knows.
    struct Served
    {
        std::optional<CallId> call{}; ///< Once the client has said who it is.
    };

    /// In the order of their ends, for a map.
    struct IsBefore
    {
        bool operator()(const InsideFlow& a, const InsideFlow& b) const;
    };

    CallId AddCall(std::uint32_t request, const Intent& intent, Port port, const SocketPtr& client);
    InsideFlow FlowOf(const Intent& intent, Port port) const;
    SocketPtr NewSocket(const Intent& intent, const ns3::TypeId& factory);
    void Listen(std::uint32_t service, std::uint32_t endpoint);
    void ListenToDatagrams(const ns3::Ptr<ns3::Node>& node, const ns3::InetSocketAddress& own);
    Grant ConnectStream(std::uint32_t request, const Intent& intent);
    Grant SendDatagram(std::uint32_t request, const Intent& intent);
    void OnDatagramSent(CallId id);
    void OnAccepted(const SocketPtr& server);
    void OnHeard(const SocketPtr& server, Served& served);
    void OnPeerClosed(const SocketPtr& server, const Served& served);
    void OnServerWaits(CallId id);
    void OnOpened(CallId id);
    void OnRefused(CallId id);
    void OnTimeout(CallId id);
    void OnClientEnded(CallId id, const SocketPtr& client);
    void NotOpened(CallId id, Failure reason);
    Call* Find(CallId id);
    Call* FindAsking(const InsideFlow& flow);
    void Blame(const InsideFlow& flow, Failure failure);
    static void Finish(const Call& call);

    void OnDropped(std::uint32_t device,
                   const ns3::Ptr<const ns3::Packet>& packet,
                   const ns3::Ipv4Header& header);
    std::optional<NatDrop> LatestDrop(std::uint32_t device);
    void OnTimeWaitMet(const ns3::Address& server, const ns3::Address& client);

    ns3::Ptr<ns3::ConnectionEngine> m_engine;
    PacketNetwork& m_network;
    CallId m_nextCall{0};
    std::unordered_map<CallId, Call> m_calls;
    std::unordered_map<std::uint32_t, CallId> m_callOf; ///< Of each request that has one.
    std::map<InsideFlow, CallId, IsBefore> m_asking;    ///< Calls that wait for an answer.
    std::vector<std::array<std::uint64_t, NAT_DROP_COUNT>> m_drops; ///< Of each device, so far.
    std::vector<SocketPtr> m_listeners;
};

} // namespace portlab

#endif // PORTLAB_PACKET_CARRIER_H
