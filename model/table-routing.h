// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TABLE_ROUTING_H
#define PORTLAB_TABLE_ROUTING_H

#include "model/ns3-versions.h"

#include "ns3/ipv4-header.h"
#include "ns3/ipv4-routing-protocol.h"
#include "ns3/nstime.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>

namespace ns3
{

/**
 * @ingroup portlab
 *
 * Routes to single addresses by a hash, and all others one way: what a study's stars and trees of
 * a hundred thousand hosts need, where Ipv4StaticRouting walks a list for each packet. On the way
 * through, a node may keep packets for a while, or lose them.
 *
 * There is no multicast, and every interface has to be a point-to-point one.
 */
class TableRouting : public Ipv4RoutingProtocol
{
  public:
    /// How long a packet that is passed on stays in the node; nothing: it is lost.
    using Passing = std::function<std::optional<Time>(Ptr<const Packet>, const Ipv4Header&)>;

    /**
     * @brief Get the type ID.
     * @return The object TypeId.
     */
    static TypeId GetTypeId();

    /**
     * @param destination An address.
     * @param interface Where packets to it leave.
     */
    void AddRoute(Ipv4Address destination, uint32_t interface);

    /** @param interface Where all other packets leave. */
    void SetDefault(uint32_t interface);

    /** @param passing What becomes of packets that are passed on; empty: they go on at once. */
    void SetPassing(Passing passing);

    Ptr<Ipv4Route> RouteOutput(Ptr<Packet> packet,
                               const Ipv4Header& header,
                               Ptr<NetDevice> device,
                               Socket::SocketErrno& error) override;
    bool RouteInput(Ptr<const Packet> packet,
                    const Ipv4Header& header,
                    Ptr<const NetDevice> device,
                    portlab::RouteInputArgument<3> forward,
                    portlab::RouteInputArgument<4> multicast,
                    portlab::RouteInputArgument<5> deliver,
                    portlab::RouteInputArgument<6> fail) override;
    void NotifyInterfaceUp(uint32_t interface) override;
    void NotifyInterfaceDown(uint32_t interface) override;
    void NotifyAddAddress(uint32_t interface, Ipv4InterfaceAddress address) override;
    void NotifyRemoveAddress(uint32_t interface, Ipv4InterfaceAddress address) override;
    void SetIpv4(Ptr<Ipv4> ipv4) override;
    void PrintRoutingTable(Ptr<OutputStreamWrapper> stream, Time::Unit unit) const override;

  protected:
    void DoDispose() override;

  private:
    Ptr<Ipv4Route> RouteTo(Ipv4Address destination) const;

    Ptr<Ipv4> m_ipv4;
    std::unordered_map<uint32_t, uint32_t> m_interfaces; ///< By destination.
    std::optional<uint32_t> m_default;
    Passing m_passing;
};

} // namespace ns3

#endif // PORTLAB_TABLE_ROUTING_H
