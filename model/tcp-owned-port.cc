// SPDX-License-Identifier: GPL-2.0-only

#include "model/tcp-owned-port.h"

#include "model/core/base/check.h"
#include "model/ns3-time.h"

#include <utility>

namespace portlab
{

TcpOwnedPort::TcpOwnedPort(std::shared_ptr<HostPorts> host)
    : m_host(std::move(host))
{
}

TcpOwnedPort::~TcpOwnedPort()
{
    Release();
}

void
TcpOwnedPort::SetHost(std::shared_ptr<HostPorts> host)
{
    Check(!Number(), "a socket with a port changed its host");
    m_host = std::move(host);
}

ns3::EphemeralPorts&
TcpOwnedPort::Ports() const
{
    Check(m_host && m_host->ports, "a socket lives on a node, and no longer than it");
    return *m_host->ports;
}

void
TcpOwnedPort::SetReuseAddress(bool mayShare)
{
    m_socket.options.reuseAddress = mayShare;
}

bool
TcpOwnedPort::Bind(const ns3::Address& local, Port port)
{
    const Grant grant = Ports().Bind(m_socket, local, port);
    m_lent = m_socket.port ? std::nullopt : grant.port;
    return grant.port.has_value();
}

bool
TcpOwnedPort::Listen()
{
    return Ports().Listen(m_socket).port.has_value() || m_lent;
}

bool
TcpOwnedPort::Connect(const ns3::Address& local, const ns3::Address& peer)
{
    return Ports().Connect(m_socket, local, peer).port.has_value();
}

std::uint32_t
TcpOwnedPort::InitialSequence() const
{
    return Ports().InitialSequence(m_socket);
}

void
TcpOwnedPort::Abandon()
{
    if (m_socket.port && m_host->ports)
    {
        m_host->ports->Abandon(m_socket);
    }
}

void
TcpOwnedPort::Release()
{
    if (m_socket.port && m_host->ports)
    {
        m_host->ports->Release(m_socket);
    }
    m_socket.port.reset();
    m_lent.reset();
    m_socket.options.manner = PortManner::Connect;
    m_socket.isChosen = false;
    m_socket.address.reset();
}

std::optional<Instant>
TcpOwnedPort::Wait()
{
    const auto end = Ports().Wait(m_socket);
    return end ? std::optional(At(FromNs3(*end))) : std::nullopt;
}

} // namespace portlab
