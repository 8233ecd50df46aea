// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SOCKET_LAYER_H
#define PORTLAB_SOCKET_LAYER_H

#include "model/core/port/port-ledger.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace portlab
{

/// The local port of one socket, and how it came by it.
struct SocketPort
{
    Transport transport{Transport::Tcp};
    SocketOptions options{};          ///< What the program has set; the manner is the layer's.
    std::optional<Address> address{}; ///< Where bind() put it; empty: any address.
    std::optional<Port> port{};       ///< Empty: none yet, or no longer.
    bool isChosen{false};             ///< The program has named this very port.
    PortLedger::PathId path{0};       ///< Of the port, while there is one.
    Flow flow{};                      ///< The same.
};

/// What the kernel of one host does about local ports in bind(), listen(), connect() and at the
/// end: the ledger in the words of the socket API.
///
/// The ledger takes bind() and connect() together, as one request. So a socket that is bound and
/// not connected stands on a path of its own towards nobody, and changes to the true one at
/// connect(). The ledger knows no listeners: here they are bound sockets that lost SO_REUSEADDR.
///
/// Times must not decrease.
class SocketLayer
{
  public:
    /// `any` stands for no local address in particular; no host has it. The ledger and the
    /// generator must outlive the layer. The host must have been added as one that binds.
    SocketLayer(PortLedger& ledger, PortLedger::HostId host, Random& random, Address any)
        : m_ledger(ledger),
          m_host(host),
          m_random(random),
          m_any(any)
    {
    }

    /// bind(), with port 0 for any port. The socket must have none yet.
    Grant Bind(SocketPort& socket, std::optional<Address> address, Port port, Instant now);

    /// listen(), after a bind() of its own if there was none. Refused if the port has other users,
    /// which SO_REUSEADDR allowed until now.
    Grant Listen(SocketPort& socket, Instant now);

    /// connect(): the port that the socket has, if this peer can be had from it, or an automatic
    /// one. A UDP socket keeps its port whatever happens.
    Grant Connect(SocketPort& socket, const Flow& flow, Instant now);

    /// connect() along a path that is open already, whose options count in place of the socket's.
    Grant ConnectAlong(SocketPort& socket, PortLedger::PathId path, const Flow& flow, Instant now);

    /// connect() got no connection. The socket has its port still if the program had named that;
    /// else it is as if it had never had one. Linux: SOCK_BINDPORT_LOCK, and tcp_set_state().
    void Abandon(SocketPort& socket, Instant now);

    /// The socket is gone, without TIME_WAIT.
    void Release(SocketPort& socket, Instant now);

    /// The socket is gone, and its port waits. When that is over; empty if it does not wait,
    /// because the host has as many entries as it may.
    std::optional<Instant> Wait(SocketPort& socket, Instant now);

  private:
    Grant Take(SocketPort& socket, const Flow& flow, Instant now);
    Grant TakeAgain(SocketPort& socket, Port port, const Flow& flow, Instant now);
    void StayBound(SocketPort& socket, Port port, Instant now);
    void KeepPort(SocketPort& socket, Port port, Instant now);
    Flow TowardsNobody(const SocketPort& socket);

    PortLedger& m_ledger;
    PortLedger::HostId m_host;
    Random& m_random;
    Address m_any;
    std::vector<Address> m_nobodies;   ///< Addresses that nobody has, used before and free again.
    Address m_nextNobody{0xf0000000u}; ///< 240.0.0.0/4 is given to nobody: RFC 1112, section 4.
};

} // namespace portlab

#endif // PORTLAB_SOCKET_LAYER_H
