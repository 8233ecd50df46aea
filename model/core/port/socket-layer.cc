// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/socket-layer.h"

#include "model/core/base/check.h"

namespace portlab
{

Grant
SocketLayer::Bind(SocketPort& socket, std::optional<Address> address, Port port, Instant now)
{
    Check(!socket.port, "a socket was bound twice");
    socket.address = address;
    socket.options.manner = port == 0 ? PortManner::Bind : PortManner::Fixed;
    socket.options.fixedPort = port;
    socket.options.wildcard = !address;
    socket.isChosen = port != 0;
    const Grant grant = Take(socket, TowardsNobody(socket), now);
    if (!grant.port)
    {
        socket.options.manner = PortManner::Connect;
        socket.isChosen = false;
    }
    return grant;
}

Grant
SocketLayer::Listen(SocketPort& socket, Instant now)
{
    if (!socket.port)
    {
        const Grant bound = Bind(socket, socket.address, 0, now);
        if (!bound.port)
        {
            return bound;
        }
    }
    const Port port = *socket.port;
    const bool sharedBefore = socket.options.reuseAddress;
    Release(socket, now);
    socket.options.reuseAddress = false;
    const Grant grant = TakeAgain(socket, port, TowardsNobody(socket), now);
    if (!grant.port)
    {
        socket.options.reuseAddress = sharedBefore;
        KeepPort(socket, port, now);
    }
    return grant;
}

Grant
SocketLayer::Connect(SocketPort& socket, const Flow& flow, Instant now)
{
    if (!socket.port)
    {
        return Take(socket, flow, now);
    }
    if (socket.transport == Transport::Udp)
    {
        return {socket.port, {}, 0};
    }
    const Port port = *socket.port;
    Release(socket, now);
    const Grant grant = TakeAgain(socket, port, flow, now);
    if (!grant.port)
    {
        StayBound(socket, port, now);
    }
    return grant;
}

Grant
SocketLayer::ConnectAlong(SocketPort& socket,
                          PortLedger::PathId path,
                          const Flow& flow,
                          Instant now)
{
    const Grant grant = m_ledger.Ask(path, now, m_random);
    if (grant.port)
    {
        socket.port = grant.port;
        socket.path = path;
        socket.flow = flow;
    }
    return grant;
}

void
SocketLayer::Abandon(SocketPort& socket, Instant now)
{
    if (socket.port)
    {
        const Port port = *socket.port;
        Release(socket, now);
        StayBound(socket, port, now);
    }
}

void
SocketLayer::Release(SocketPort& socket, Instant now)
{
    if (socket.port)
    {
        m_ledger.Release(socket.path, *socket.port, now);
        socket.port.reset();
        if (!IsConnected(socket.flow))
        {
            m_nobodies.push_back(socket.flow.remote);
        }
    }
}

std::optional<Instant>
SocketLayer::Wait(SocketPort& socket, Instant now)
{
    Check(socket.port && IsConnected(socket.flow), "only a connection can be in TIME_WAIT");
    const bool waits = m_ledger.Wait(socket.path, *socket.port, now);
    socket.port.reset();
    return waits ? std::optional(m_ledger.EndOfWait(socket.path, now)) : std::nullopt;
}

/// Asks for a port for this flow.
Grant
SocketLayer::Take(SocketPort& socket, const Flow& flow, Instant now)
{
    const auto path = m_ledger.OpenPath(m_host, socket.transport, flow, socket.options);
    const Grant grant = ConnectAlong(socket, path, flow, now);
    if (!grant.port && !IsConnected(flow))
    {
        m_nobodies.push_back(flow.remote);
    }
    return grant;
}

/// Asks for the port that the socket has just had, for another flow.
Grant
SocketLayer::TakeAgain(SocketPort& socket, Port port, const Flow& flow, Instant now)
{
    socket.options.manner = PortManner::Fixed;
    socket.options.fixedPort = port;
    return Take(socket, flow, now);
}

/// What is left of a socket's port after a connect() that failed.
void
SocketLayer::StayBound(SocketPort& socket, Port port, Instant now)
{
    if (socket.isChosen)
    {
        KeepPort(socket, port, now);
    }
    else
    {
        socket.options.manner = PortManner::Connect;
    }
}

/// Back to nobody with a port that the socket had until now: nobody can object.
void
SocketLayer::KeepPort(SocketPort& socket, Port port, Instant now)
{
    Check(TakeAgain(socket, port, TowardsNobody(socket), now).port.has_value(),
          "a socket keeps the port that it has");
}

/// The flow of a bound socket that is not connected: its own, so that only bind() can object.
Flow
SocketLayer::TowardsNobody(const SocketPort& socket)
{
    Address nobody = m_nextNobody;
    if (m_nobodies.empty())
    {
        ++m_nextNobody;
    }
    else
    {
        nobody = m_nobodies.back();
        m_nobodies.pop_back();
    }
    return {socket.address.value_or(m_any), nobody, 0};
}

} // namespace portlab
