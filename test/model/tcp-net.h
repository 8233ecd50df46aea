// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_TCP_NET_H
#define PORTLAB_TEST_TCP_NET_H

#include "model/core/port/os-profile.h"
#include "model/ephemeral-ports.h"
#include "model/portlab-tcp-l4-protocol.h"
#include "test/model/cable.h"

#include "ns3/node.h"
#include "ns3/socket.h"
#include "ns3/tcp-header.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace portlab::test
{

/// What one program has heard of its socket.
struct TcpProgram
{
    ns3::Ptr<ns3::Socket> socket;
    int connected{0};
    int failed{0};
    int closed{0};
    int broken{0};
    bool closesBack{true};   ///< When the peer closes.
    bool closesFirst{false}; ///< When the connection opens.
};

/// A segment on its way.
struct SeenSegment
{
    ns3::Time when;
    ns3::TcpHeader header;
};

/// A client with a link of 1 Gbit/s and 1 ms to each of its servers: 192.0.2.0/30 and on, or
/// 2001:db8:n::/64. A system named "" is ns-3 without portlab.
class TcpNet
{
  public:
    struct Options
    {
        std::string client{"linux-6.18"};
        std::string server{"linux-6.18"};
        std::string ports{}; ///< Of the client.
        std::uint32_t servers{1};
        bool isIpv6{false}; ///< What programs use.
        bool hasIpv6{true}; ///< It sends packets of its own, at random times.
        std::function<void(OsProfile&)> changeClient{}; ///< What is not as in the catalogue.
        std::function<void(OsProfile&)> changeServer{};
        std::function<void(ns3::EphemeralPorts&)> prepareServer{}; ///< Before its first use.
        std::function<void(const TcpNet&)> prepare{};              ///< Before anything runs.
    };

    explicit TcpNet(const Options& options);
    ~TcpNet();
    TcpNet(const TcpNet&) = delete;
    TcpNet& operator=(const TcpNet&) = delete;

    ns3::Ptr<ns3::Node> Client() const;
    ns3::Ptr<ns3::Node> Server(std::uint32_t index = 0) const;
    ns3::Ptr<ns3::EphemeralPorts> Ports() const; ///< Of the client.

    static ns3::Ptr<ns3::PortlabTcpL4Protocol> Tcp(const ns3::Ptr<ns3::Node>& node);

    ns3::Address ClientAddress(std::uint32_t link = 0) const;
    ns3::Address ServerAddress(std::uint32_t index = 0) const;

    /// With a port: for connect() and bind().
    ns3::Address ServerAt(std::uint16_t port, std::uint32_t index = 0) const;
    ns3::Address ClientAt(std::uint16_t port, std::uint32_t link = 0) const;

    void Cut(bool isCut, std::uint32_t link = 0);
    void Congest(std::uint32_t link = 0);

    /// A program with a socket that nothing was done with.
    TcpProgram& Run(const ns3::Ptr<ns3::Node>& node);

    /// A server on all addresses; what it accepts is like it, and in Accepted().
    TcpProgram& Listen(std::uint16_t port, std::uint32_t index = 0);

    std::deque<TcpProgram>& Accepted();

    /// A client that has called connect(), after a bare bind().
    TcpProgram& Connect(std::uint16_t port, std::uint32_t index = 0);

    /// Lets that much time pass.
    static void Pass(ns3::Time time);

    /// Lets time pass until that moment.
    static void Until(ns3::Time moment);

    /// Local and remote port of a socket; 0: none.
    static std::uint16_t LocalPort(const ns3::Ptr<ns3::Socket>& socket);

    /// TCP segments that the node sends from now on.
    std::vector<SeenSegment>& Watch(const ns3::Ptr<ns3::Node>& node);

    /// A segment from the client, as the server receives it.
    void Inject(const ns3::TcpHeader& header,
                std::uint32_t payloadBytes = 0,
                std::uint32_t index = 0);

  private:
    void Install(const ns3::Ptr<ns3::Node>& node,
                 const std::string& system,
                 const std::function<void(OsProfile&)>& change);
    void LinkTo(std::uint32_t index);

    Options m_options;
    std::vector<ns3::Ptr<ns3::Node>> m_nodes; ///< The client, and then the servers.
    std::vector<ns3::Address> m_clientAddresses;
    std::vector<ns3::Address> m_serverAddresses;
    std::vector<ns3::Ptr<Cable>> m_cables;
    std::deque<TcpProgram> m_programs;
    std::deque<TcpProgram> m_accepted;
    std::deque<std::vector<SeenSegment>> m_seen;
};

} // namespace portlab::test

#endif // PORTLAB_TEST_TCP_NET_H
