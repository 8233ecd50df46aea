// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_UDP_NET_H
#define PORTLAB_TEST_UDP_NET_H

#include "helper/portlab-host-helper.h"

#include "ns3/address.h"
#include "ns3/node-container.h"
#include "ns3/nstime.h"
#include "ns3/socket.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace portlab::test
{

/// Two hosts and a link between them: 192.0.2.1 and .2, and IPv6.
class TwoHosts
{
  public:
    /// Puts the stacks on both hosts.
    using Installer = std::function<void(const ns3::NodeContainer&)>;

    explicit TwoHosts(const Installer& install);
    ~TwoHosts();
    TwoHosts(const TwoHosts&) = delete;
    TwoHosts& operator=(const TwoHosts&) = delete;

    /// Nodes 0 and 1.
    ns3::NodeContainer hosts;

    /// A port of the second host.
    ns3::Address There(std::uint16_t port) const;
    ns3::Address There6(std::uint16_t port) const;

    /// Both by the second host's addresses: the client sends 3 datagrams and gets them back.
    /// The count of answers, and where the server saw them come from.
    std::vector<ns3::Address> Echo(const ns3::Address& server);

    /// Every frame that the first host's device sees, with its time.
    void Record();

    std::string Recorded() const
    {
        return m_recorded;
    }

    static void RunUntil(ns3::Time time);

  private:
    void OnFrame(ns3::Ptr<const ns3::Packet> frame);

    ns3::NetDeviceContainer m_devices;
    ns3::Ipv6Address m_there6;
    std::string m_recorded;
};

/// Installs a system with some knobs set.
TwoHosts::Installer System(const std::string& name,
                           const std::vector<std::pair<std::string, std::string>>& knobs = {});

ns3::Ptr<ns3::Socket> MakeUdp(const ns3::Ptr<ns3::Node>& node,
                              const std::string& factory = "ns3::UdpSocketFactory");

/// Of GetSockName().
std::uint16_t PortOf(const ns3::Ptr<ns3::Socket>& socket);

/// Of a socket address.
std::uint16_t PortOf(const ns3::Address& address);

std::uint32_t Held(const ns3::Ptr<ns3::Node>& node);

/// Expects an std::invalid_argument that says `part`.
void ExpectSentence(const std::string& part, const std::function<void()>& act);

} // namespace portlab::test

#endif // PORTLAB_TEST_UDP_NET_H
