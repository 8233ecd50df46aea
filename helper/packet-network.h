// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PACKET_NETWORK_H
#define PORTLAB_PACKET_NETWORK_H

#include "helper/address-book.h"
#include "model/core/flow/topology.h"
#include "model/nat-router.h"

#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address.h"
#include "ns3/ipv4-header.h"
#include "ns3/node.h"
#include "ns3/nstime.h"
#include "ns3/packet.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace portlab
{

/// The machines of a workload as nodes of ns-3: a tree of point-to-point links without delay under
/// one node that stands for everything between. That one keeps each packet for half of its
/// service's round trip, and loses what goes to a silent service. NATs are routers next to the
/// hosts.
///
/// Ports and mappings are the topology's own, so that its engine can report on them.
class PacketNetwork
{
  public:
    /// The topology must outlive the network, and the network the simulation.
    explicit PacketNetwork(Topology& topology);

    PacketNetwork(const PacketNetwork&) = delete;
    PacketNetwork& operator=(const PacketNetwork&) = delete;

    ns3::Ptr<ns3::Node> NodeOfHost(std::uint32_t host) const
    {
        return m_hosts[host];
    }

    /// The node that a service listens on, at one of its endpoints.
    ns3::Ptr<ns3::Node> NodeOfEndpoint(std::uint32_t service, std::uint32_t endpoint) const;

    ns3::Ptr<ns3::NatRouter> RouterOf(std::uint32_t device) const
    {
        return m_routers[device];
    }

    /// Of an address of the topology; it must have one.
    ns3::Ipv4Address AddressOf(Address core) const;

    /// The contrary.
    Address CoreOf(ns3::Ipv4Address address);

    /// The host that the world knows by this end, as NATs translate it now; the end itself where
    /// there is no NAT, or none knows it.
    Endpoint HostBehind(NatProtocol protocol,
                        const Endpoint& outside,
                        const Endpoint& remote) const;

    /// Whom to tell that a firewall dropped the answer of `remote` to a host.
    void OnBlocked(std::function<void(const InsideFlow&)> tell)
    {
        m_tellBlocked = std::move(tell);
    }

    /// Captures the link of every host and of every NAT towards the middle, and so both sides of
    /// each NAT, into files of their names, with this before.
    void EnablePcap(const std::string& prefix) const;

  private:
    /// A node's link towards the middle.
    struct Uplink
    {
        ns3::Ptr<ns3::Node> upper;
        std::uint32_t down; ///< The upper node's interface.
        std::uint32_t up;   ///< The lower node's interface.
    };

    static ns3::InternetStackHelper Stack();
    static ns3::Ptr<ns3::Node> NewRouter();
    ns3::Ptr<ns3::Node> NewMachine(OsProfile profile);
    void AddHosts();
    void AddServices();
    void AddRouters();
    std::vector<std::uint32_t> DevicesOf(const HostPlace& host) const;
    void LinkHost(const HostPlace& host);
    void Link(const ns3::Ptr<ns3::Node>& upper,
              const ns3::Ptr<ns3::Node>& lower,
              const std::vector<Address>& addresses);
    void Translate(std::uint32_t device);
    std::optional<ns3::Time> Pass(const ns3::Ptr<const ns3::Packet>& packet,
                                  const ns3::Ipv4Header& header);
    std::string NameOf(const ns3::Ptr<ns3::Node>& node) const;
    bool IsLetIn(NatProtocol protocol, const Endpoint& outside, const Endpoint& remote);

    Topology& m_topology;
    AddressBook m_book;
    std::unordered_map<std::uint64_t, std::uint32_t> m_serviceAt; ///< By address and port.
    std::unordered_map<std::uint32_t, Uplink> m_uplinks;          ///< By the lower node's number.
    ns3::Ptr<ns3::Node> m_middle;
    std::vector<ns3::Ptr<ns3::Node>> m_hosts;
    std::unordered_map<Address, ns3::Ptr<ns3::Node>> m_servers;
    std::vector<ns3::Ptr<ns3::Node>> m_routerNodes;
    std::vector<ns3::Ptr<ns3::NatRouter>> m_routers;
    std::uint32_t m_links{0};
    std::unordered_map<Address, std::uint32_t> m_hostAt;   ///< By address.
    std::unordered_map<Address, std::uint32_t> m_deviceAt; ///< By external address.
    std::function<void(const InsideFlow&)> m_tellBlocked;
};

} // namespace portlab

#endif // PORTLAB_PACKET_NETWORK_H
