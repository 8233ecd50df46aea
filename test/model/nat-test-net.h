// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_NAT_TEST_NET_H
#define PORTLAB_TEST_NAT_TEST_NET_H

#include "helper/nat-helper.h"
#include "model/nat-router.h"

#include "ns3/icmpv4.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-header.h"
#include "ns3/net-device-container.h"
#include "ns3/node-container.h"
#include "ns3/nstime.h"
#include "ns3/packet.h"
#include "ns3/socket.h"
#include "ns3/tcp-header.h"

#include <cstdint>
#include <string>
#include <vector>

namespace portlab::test
{

/// An endpoint as people write it.
std::string Text(const ns3::InetSocketAddress& end);

/// Sites of clients behind routers, and servers, around one node that is the internet. A site's
/// clients have the addresses 10.SITE.CLIENT.2, its router has 203.0.113.(32 * SITE + 2), and the
/// next 28 addresses are routed to it as well. Servers have 198.51.100.(4 * NUMBER + 2).
class NatTestNet
{
  public:
    NatTestNet();
    ~NatTestNet();
    NatTestNet(const NatTestNet&) = delete;
    NatTestNet& operator=(const NatTestNet&) = delete;

    /// Returns its number, from 0.
    std::uint32_t AddSite(std::uint32_t clients);
    std::uint32_t AddServer();

    ns3::Ptr<ns3::NatRouter> Install(const ns3::NatHelper& helper, std::uint32_t site = 0);

    ns3::Ptr<ns3::Node> Internet() const;
    ns3::Ptr<ns3::Node> Router(std::uint32_t site = 0) const;
    ns3::Ptr<ns3::NetDevice> Outside(std::uint32_t site = 0) const;
    ns3::Ptr<ns3::Node> Client(std::uint32_t client = 0, std::uint32_t site = 0) const;
    ns3::Ptr<ns3::Node> Server(std::uint32_t server = 0) const;

    static ns3::Ipv4Address ClientAddress(std::uint32_t client = 0, std::uint32_t site = 0);
    static ns3::Ipv4Address External(std::uint32_t index = 0, std::uint32_t site = 0);
    static ns3::Ipv4Address ServerAddress(std::uint32_t server = 0);

    static void RunUntil(ns3::Time time);

  private:
    struct Site
    {
        ns3::Ptr<ns3::Node> router;
        ns3::Ptr<ns3::NetDevice> outside;
        ns3::NodeContainer clients;
    };

    ns3::NetDeviceContainer Link(const ns3::Ptr<ns3::Node>& first,
                                 const ns3::Ptr<ns3::Node>& second,
                                 ns3::Ipv4Address network,
                                 const char* mask) const;

    ns3::Ptr<ns3::Node> m_internet;
    std::vector<Site> m_sites;
    std::vector<ns3::Ptr<ns3::Node>> m_servers;
};

/// A UDP socket of a node, and what it has heard.
class UdpPeer
{
  public:
    struct Heard
    {
        std::uint32_t size;
        ns3::InetSocketAddress from;
    };

    UdpPeer(const ns3::Ptr<ns3::Node>& node, std::uint16_t port, bool echoes = false);
    ~UdpPeer();
    UdpPeer(const UdpPeer&) = delete;
    UdpPeer& operator=(const UdpPeer&) = delete;

    /// Sends when the simulation runs on, for nodes have to be initialised first.
    void Send(const ns3::InetSocketAddress& to, std::uint32_t size = 100);
    void SetTtl(std::uint8_t ttl);
    void Close();

    std::vector<Heard> heard;

  private:
    void Hear(ns3::Ptr<ns3::Socket> socket);

    ns3::Ptr<ns3::Socket> m_socket;
    bool m_echoes;
};

/// Says and hears packets of one protocol as they are, headers included.
class RawPeer
{
  public:
    struct Heard
    {
        ns3::Ipv4Header ip;
        ns3::Ptr<ns3::Packet> packet; ///< Behind the IP header.
    };

    RawPeer(const ns3::Ptr<ns3::Node>& node, std::uint8_t protocol);
    ~RawPeer();
    RawPeer(const RawPeer&) = delete;
    RawPeer& operator=(const RawPeer&) = delete;

    /// Sends when the simulation runs on.
    void Send(const ns3::Ptr<ns3::Packet>& packet, ns3::Ipv4Address to);
    void SetTtl(std::uint8_t ttl);

    std::vector<Heard> heard;

  private:
    void Hear(ns3::Ptr<ns3::Socket> socket);

    ns3::Ptr<ns3::Socket> m_socket;
};

/// An echo request with its ICMP header.
ns3::Ptr<ns3::Packet> Echo(std::uint16_t identifier, std::uint32_t size = 56);

/// The first ICMP message of a type that a peer has heard; without its ICMP header. Null: none.
ns3::Ptr<ns3::Packet> FirstOf(const RawPeer& peer, std::uint8_t type);
std::size_t CountOf(const RawPeer& peer, std::uint8_t type);

/// A node whose TCP is silent, so that a test can speak for it, segment by segment.
class TcpPuppet
{
  public:
    explicit TcpPuppet(const ns3::Ptr<ns3::Node>& node);

    /// `flags`: those of ns3::TcpHeader.
    void Say(std::uint16_t from,
             const ns3::InetSocketAddress& to,
             int flags,
             std::uint32_t sequence = 1000,
             std::uint32_t acknowledgement = 0,
             std::uint32_t data = 0);

    std::size_t Count() const;
    /// What it heard last; there must be something.
    ns3::TcpHeader Last() const;
    /// Where that came from.
    ns3::InetSocketAddress LastFrom() const;

  private:
    RawPeer m_raw;
};

} // namespace portlab::test

#endif // PORTLAB_TEST_NAT_TEST_NET_H
