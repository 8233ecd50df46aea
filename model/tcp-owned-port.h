// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TCP_OWNED_PORT_H
#define PORTLAB_TCP_OWNED_PORT_H

#include "model/core/port/socket-layer.h"
#include "model/ephemeral-ports.h"

#include "ns3/address.h"
#include "ns3/nstime.h"
#include "ns3/ptr.h"

#include <cstdint>
#include <memory>
#include <optional>

namespace portlab
{

/// Where the sockets of a node get their ports; nowhere any more when the node is disposed of.
struct HostPorts
{
    ns3::Ptr<ns3::EphemeralPorts> ports;
};

/// The local port of one TCP socket, given back by whoever comes first: the connection's end, or
/// the socket's.
class TcpOwnedPort
{
  public:
    explicit TcpOwnedPort(std::shared_ptr<HostPorts> host = nullptr);
    ~TcpOwnedPort();
    TcpOwnedPort(const TcpOwnedPort&) = delete;
    TcpOwnedPort& operator=(const TcpOwnedPort&) = delete;

    void SetHost(std::shared_ptr<HostPorts> host);

    const std::shared_ptr<HostPorts>& Host() const
    {
        return m_host;
    }

    /// Fails where the socket was made without a factory of ours.
    ns3::EphemeralPorts& Ports() const;

    void SetReuseAddress(bool mayShare);

    bool GetReuseAddress() const
    {
        return m_socket.options.reuseAddress;
    }

    /// In host order; empty: none.
    std::optional<Port> Number() const
    {
        return m_socket.port ? m_socket.port : m_lent;
    }

    /// False: there is none to give.
    bool Bind(const ns3::Address& local, Port port);
    bool Listen();
    bool Connect(const ns3::Address& local, const ns3::Address& peer);

    /// The sequence number of the SYN, right after Connect().
    std::uint32_t InitialSequence() const;

    /// connect() got no connection: a port that the program has chosen stays.
    void Abandon();
    void Release();

    /// Empty if TIME_WAIT is not kept.
    std::optional<Instant> Wait();

  private:
    std::shared_ptr<HostPorts> m_host;
    SocketPort m_socket;
    std::optional<Port> m_lent{}; ///< bind()'s, where somebody else keeps the ledger.
};

} // namespace portlab

#endif // PORTLAB_TCP_OWNED_PORT_H
