// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NAT_ROUTER_H
#define PORTLAB_NAT_ROUTER_H

#include "model/core/nat/nat-preset.h"
#include "model/core/nat/nat.h"
#include "model/nat-fragments.h"
#include "model/nat-packet.h"
#include "model/nat-tcp-watch.h"
#include "model/ns3-versions.h"

#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-routing-protocol.h"
#include "ns3/ipv4.h"
#include "ns3/traced-callback.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace ns3
{

/**
 * @ingroup portlab
 *
 * Makes a router translate addresses and ports as a real NAT does, packet by packet. It wraps the
 * node's own routing protocol, which keeps deciding where packets go, and needs no change to ns-3.
 *
 * Install it after everything that asks the node for its routing protocol by type, as
 * Ipv4StaticRoutingHelper does: from then on Ipv4::GetRoutingProtocol() gives this object, and
 * GetInner() the other one.
 *
 * From outside to an external address: the device's mappings lead inside. What it does not know is
 * the router's own, as on Linux, and goes to the node untranslated: its sockets get it, or it
 * answers with a reset or an ICMP error. The device counts it as filtered all the same. To an
 * address of the pool that no interface has, it is dropped. From inside to outside: the source is
 * translated. From inside to an external address: both ends are (hairpin), or it is the router's
 * own. All else is only routed, and so is what the router itself sends; as on Linux, its own ports
 * are not kept from mappings.
 *
 * ICMP errors about translated packets are translated with the packet that they quote, and neither
 * make nor refresh mappings. A packet that may live no longer is not translated, so that its sender
 * recognizes it in the Time Exceeded. Dropped packets show up in the trace source "Dropped" here
 * and in "Drop" of Ipv4L3Protocol, as DROP_ROUTE_ERROR, where FlowMonitor counts them.
 *
 * Identifications of fragments are not translated: those of two inside hosts can be mixed up by the
 * receiver, as behind real NATs.
 */
class NatRouter : public Ipv4RoutingProtocol
{
  public:
    /**
     * @brief Get the type ID.
     * @return The object TypeId.
     */
    static TypeId GetTypeId();

    NatRouter();
    ~NatRouter() override;

    /**
     * Takes the place of the routing protocol of a node, and keeps that one inside.
     *
     * @param ipv4 The node's IPv4, which has a routing protocol.
     */
    void Wrap(Ptr<Ipv4> ipv4);

    /** @return The routing protocol that was there before. */
    Ptr<Ipv4RoutingProtocol> GetInner() const;

    /**
     * Packets that come in here are translated if they go outside.
     *
     * @param interface The interface's number in the node's Ipv4.
     */
    void AddInside(uint32_t interface);

    /**
     * Packets that go out here are translated if they came from inside. The first one's primary
     * address is the first external address.
     *
     * @param interface The interface's number in the node's Ipv4.
     */
    void AddOutside(uint32_t interface);

    /**
     * Adds an external address to the outside interface's own. No interface need have it where the
     * routes of others lead here; on a link with ARP, it has to be a further address of the
     * interface.
     *
     * @param address The address.
     */
    void AddAddress(Ipv4Address address);

    /**
     * Leaves packets from inside to this address alone, as iptables' ACCEPT before a MASQUERADE
     * does.
     *
     * @param remote The address.
     */
    void AddExempt(Ipv4Address remote)
    {
        m_exempt.insert(remote.Get());
    }

    /** @return The external addresses, in the device's order. */
    std::vector<Ipv4Address> GetAddresses() const;

    /**
     * Chooses the kind of device, and takes back what SetKnob() has set.
     *
     * @param name A name that `portlab nats` prints.
     */
    void SetPreset(std::string name);

    /** @return The preset's name. */
    std::string GetPreset() const;

    /**
     * Changes one rule of the preset.
     *
     * @param name The name of a knob, or its alias, as `portlab nats PRESET` prints them.
     * @param value Its value, written as there.
     */
    void SetKnob(const std::string& name, const std::string& value);

    /**
     * Sends what strangers send to a port of any external address to an inside end.
     *
     * @param protocol 6 (TCP) or 17 (UDP).
     * @param port The external port.
     * @param inside The inside end.
     */
    void AddForward(uint8_t protocol, uint16_t port, const InetSocketAddress& inside);

    /**
     * Uses a device of someone else, who has to outlive this object or its packets: an engine of
     * connections whose load shares the ports. It has to have this router's external addresses in
     * their order, and the simulator's clock. Preset, knobs and forwards of this object do not
     * change it.
     *
     * @param device The device.
     * @param toCore The device's number for an address; empty: Ipv4Address::Get(). It is asked
     *        before each packet that the device is shown, and so is the place where a lender that
     *        lags behind the simulator catches up.
     * @param fromCore The address of a number; empty: the other way round.
     */
    void Borrow(portlab::Nat& device,
                std::function<portlab::Address(Ipv4Address)> toCore = {},
                std::function<Ipv4Address(portlab::Address)> fromCore = {});

    /**
     * The device, for its counters and mappings. It is made at the first packet or call of this,
     * and nothing can be set from then on.
     *
     * @return The device.
     */
    portlab::Nat& GetDevice();

    /** Throws std::invalid_argument with a sentence if something is missing or contradictory. */
    void CheckRules() const;

    /**
     * Writes what the device knows of flows, a line for each, as `conntrack -L` does on Linux:
     * "tcp ESTABLISHED 10.1.0.2:40000 -> 198.51.100.2:80 as 203.0.113.1:40000 431999 s". These are
     * the inside end, the remote one, what that sees of the inside one, and how long the mapping
     * stays without another packet. "<-": the remote end began. "[UNREPLIED]": the other side has
     * not been heard. An echo has its identifier for a port. In order of protocol, inside and
     * remote end.
     *
     * @param out Where to.
     */
    void PrintMappings(std::ostream& out) const;

    /** @return Fragments that were dropped, because their first one was or came later. */
    uint64_t GetDroppedFragments() const;

    /**
     * Fixes the random numbers that this object uses; call it before the first packet. The node's
     * id is the stream unless it is set.
     *
     * @param stream The stream's number.
     * @return The count of streams assigned: 1.
     */
    int64_t AssignStreams(int64_t stream);

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

    /**
     * TracedCallback signature for translated packets.
     *
     * @param [in] packet The packet behind its IP header, translated.
     * @param [in] before The header as the packet came.
     * @param [in] after The header as it goes on.
     */
    typedef void (*TranslatedCallback)(Ptr<const Packet> packet,
                                       const Ipv4Header& before,
                                       const Ipv4Header& after);

    /**
     * TracedCallback signature for dropped packets.
     *
     * @param [in] packet The packet behind its IP header.
     * @param [in] header The header.
     * @param [in] reason What the real device calls it, as "insert_failed"; or as in the
     *             statistics, as "unknown_flow"; or "fragment".
     */
    typedef void (*DroppedCallback)(Ptr<const Packet> packet,
                                    const Ipv4Header& header,
                                    std::string reason);

    /**
     * TracedCallback signature for new mappings. For ICMP, the identifier of an echo is a port.
     *
     * @param [in] inside The inside end.
     * @param [in] external What the remote end sees of it.
     * @param [in] remote The remote end.
     * @param [in] protocol The protocol's number: 6, 17 or 1.
     */
    typedef void (*MappingAddedCallback)(const InetSocketAddress& inside,
                                         const InetSocketAddress& external,
                                         const InetSocketAddress& remote,
                                         uint8_t protocol);

  protected:
    void DoDispose() override;

  private:
    /// How a packet came, and the ways that ns-3 offers for it.
    struct Arrival
    {
        Ptr<const NetDevice> device;
        UnicastForwardCallback forward;
        MulticastForwardCallback multicast;
        LocalDeliverCallback deliver;
        ErrorCallback fail;
    };

    /// A packet on its way through the router, and what was read in it.
    struct Passage
    {
        Ptr<const Packet> packet;
        const Ipv4Header& header;
        portlab::PacketReading reading;
        const Arrival& arrival;
    };

    // nat-router.cc: the object.
    void CheckUnused(const std::string& what) const;
    portlab::NatRules MakeRules() const;
    portlab::StreamKey Streams() const;

    // nat-router-packets.cc: what becomes of packets. They return what RouteInput() returns.
    bool RouteOn(Ptr<const Packet> packet, const Ipv4Header& header, const Arrival& arrival);
    bool RouteFromOutside(const Passage& passage);
    bool RouteFlowFromOutside(const Passage& passage);
    bool RouteErrorFromOutside(const Passage& passage);
    bool RouteLaterFragment(const Passage& passage);
    bool RouteToItself(const Passage& passage, const std::string& reason);
    bool Expire(const Passage& passage);
    bool Drop(const Passage& passage, const std::string& reason);
    bool DropFragment(const Passage& passage);
    bool Refuse(const Passage& passage, portlab::NatDrop reason, bool isInside);
    void ForwardFromInside(const Passage& passage, Ptr<Ipv4Route> route);
    Ptr<Packet> TranslateFromInside(const Passage& passage, Ipv4Header& after);
    Ptr<Packet> TranslateFlowFromInside(const Passage& passage, Ipv4Header& after);
    Ptr<Packet> TranslateErrorFromInside(const Passage& passage, Ipv4Header& after);
    void Forwarded(const Passage& passage, Ptr<const Packet> packet, const Ipv4Header& after);

    // nat-router-hairpin.cc: the same for packets that turn back.
    bool RouteHairpin(const Passage& passage);
    bool RouteFlowHairpin(const Passage& passage);
    bool RouteErrorHairpin(const Passage& passage);

    // nat-router-flows.cc: questions to the device, and its words.
    int32_t InterfaceOf(Ptr<const NetDevice> device) const;
    bool IsExternal(Ipv4Address address) const;
    portlab::ExternalIndex IndexOf(uint32_t address) const;
    bool RefusesFragment(const Ipv4Header& header) const;
    portlab::Endpoint ToCore(const portlab::Endpoint& end) const;
    portlab::Endpoint FromCore(const portlab::Endpoint& end) const;
    portlab::InsideFlow InsideFlowOf(const portlab::PacketReading& reading) const;
    portlab::MappingId FindReply(portlab::NatProtocol protocol,
                                 const portlab::Endpoint& external,
                                 const portlab::Endpoint& remote);
    bool IsForwarded(const portlab::PacketReading& reading) const;
    portlab::TcpSegment SegmentOf(const portlab::PacketReading& reading,
                                  portlab::Direction direction);
    void Note(const portlab::Translation& translation,
              const portlab::PacketReading& reading,
              portlab::Direction direction);
    std::string NameOf(portlab::NatDrop reason) const;
    void Answer(const Passage& passage, portlab::NatDrop reason, bool isInside);
    void SendReset(const Passage& passage);

    // nat-router-print.cc: what it shows of its device.
    void PrintMapping(std::ostream& out, portlab::MappingId id) const;

    struct StaticForward
    {
        portlab::NatProtocol protocol;
        uint16_t port;
        InetSocketAddress inside;
    };

    Ptr<Ipv4> m_ipv4;
    Ptr<Ipv4RoutingProtocol> m_inner;
    std::set<int32_t> m_inside;
    std::set<uint32_t> m_exempt; ///< Remote addresses that are left alone.
    std::set<int32_t> m_outside;
    std::optional<uint32_t> m_firstOutside; ///< Whose primary address is external.
    std::vector<Ipv4Address> m_pool;        ///< Beside that one.
    std::vector<Ipv4Address> m_external;    ///< All, once there is a device.
    std::vector<StaticForward> m_forwards;
    portlab::NatPreset m_preset;
    uint32_t m_insideHosts;
    bool m_translatesFragments;
    int64_t m_stream; ///< -1: not assigned.
    std::unique_ptr<portlab::Nat> m_owned;
    portlab::Nat* m_device{nullptr}; ///< The owned one, or a borrowed one.
    std::function<portlab::Address(Ipv4Address)> m_toCore;
    std::function<Ipv4Address(portlab::Address)> m_fromCore;
    portlab::NatTcpWatch m_watch;
    portlab::NatFragments m_fragments;
    uint64_t m_droppedFragments{0};
    TracedCallback<Ptr<const Packet>, const Ipv4Header&, const Ipv4Header&> m_translated;
    TracedCallback<Ptr<const Packet>, const Ipv4Header&, std::string> m_dropped;
    TracedCallback<const InetSocketAddress&,
                   const InetSocketAddress&,
                   const InetSocketAddress&,
                   uint8_t>
        m_mappingAdded;
};

} // namespace ns3

#endif // PORTLAB_NAT_ROUTER_H
