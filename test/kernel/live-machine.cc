// SPDX-License-Identifier: GPL-2.0-only

#include "test/kernel/live-machine.h"

#include "model/core/base/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace portlab::test
{

namespace
{

/// Nothing on loopback takes as long, unless it never ends.
constexpr int PATIENCE_MS = 5000;

/// Source: include/uapi/linux/in.h, torvalds/linux (91d0b78c5177, 6.3); too new for C libraries.
constexpr int LOCAL_PORT_RANGE = 51;

sockaddr_in
ToSystem(const Endpoint& endpoint)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(endpoint.address);
    address.sin_port = htons(endpoint.port);
    return address;
}

int
BindSocket(const FileDescriptor& socket, const Endpoint& own)
{
    const sockaddr_in address = ToSystem(own);
    return ::bind(socket.Number(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

int
ConnectSocket(const FileDescriptor& socket, const Endpoint& peer)
{
    const sockaddr_in address = ToSystem(peer);
    return ::connect(socket.Number(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

void
SwitchOn(const FileDescriptor& socket, int level, int option)
{
    const int on = 1;
    Must(::setsockopt(socket.Number(), level, option, &on, sizeof on), "setsockopt");
}

/// Waits until something has happened to the socket.
void
Await(const FileDescriptor& socket, short event)
{
    pollfd wait{socket.Number(), event, 0};
    Check(Must(::poll(&wait, 1, PATIENCE_MS), "poll") == 1, "loopback answers within seconds");
}

Answer
PortOf(const FileDescriptor& socket)
{
    sockaddr_in own{};
    socklen_t size = sizeof own;
    Must(::getsockname(socket.Number(), reinterpret_cast<sockaddr*>(&own), &size), "getsockname");
    return {ntohs(own.sin_port), ""};
}

Answer
Failure(int error)
{
    return {std::nullopt, ErrorName(error)};
}

/// Closes, and returns when the peer has acknowledged the FIN. With no time for that, resets.
void
CloseWithin(FileDescriptor& socket, int seconds)
{
    const linger patience{1, seconds};
    Must(::setsockopt(socket.Number(), SOL_SOCKET, SO_LINGER, &patience, sizeof patience),
         "SO_LINGER");
    socket.Close();
}

/// One end closes, then the other.
void
CloseInOrder(FileDescriptor& first, FileDescriptor& second)
{
    CloseWithin(first, PATIENCE_MS / 1000);
    Await(second, POLLIN);
    CloseWithin(second, PATIENCE_MS / 1000);
}

} // namespace

SocketId
LiveMachine::Open(const SocketSettings& settings)
{
    const int type = settings.transport == Transport::Tcp ? SOCK_STREAM : SOCK_DGRAM;
    m_sockets.push_back({m_network.OpenSocket(type)});
    const FileDescriptor& socket = m_sockets.back().own;
    if (settings.reuseAddress)
    {
        SwitchOn(socket, SOL_SOCKET, SO_REUSEADDR);
    }
    if (settings.reusePort)
    {
        SwitchOn(socket, SOL_SOCKET, SO_REUSEPORT);
    }
    if (settings.bindAddressNoPort)
    {
        SwitchOn(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
    }
    return m_sockets.size() - 1;
}

std::string
LiveMachine::LimitPorts(SocketId socket, const PortBounds& bounds)
{
    const std::uint32_t both = bounds.low | std::uint32_t{bounds.high} << 16;
    const int number = m_sockets.at(socket).own.Number();
    return ::setsockopt(number, IPPROTO_IP, LOCAL_PORT_RANGE, &both, sizeof both) == 0
               ? ""
               : ErrorName(errno);
}

Answer
LiveMachine::Bind(SocketId socket, const Endpoint& own)
{
    const FileDescriptor& file = m_sockets.at(socket).own;
    return BindSocket(file, own) == 0 ? PortOf(file) : Failure(errno);
}

Answer
LiveMachine::Listen(SocketId socket)
{
    const FileDescriptor& file = m_sockets.at(socket).own;
    return ::listen(file.Number(), SOMAXCONN) == 0 ? PortOf(file) : Failure(errno);
}

Answer
LiveMachine::Connect(SocketId socket, const Endpoint& peer)
{
    Socket& opened = m_sockets.at(socket);
    if (ConnectSocket(opened.own, peer) == 0)
    {
        return PortOf(opened.own); // UDP.
    }
    const auto server = m_servers.find(peer);
    if (errno != EINPROGRESS || server == m_servers.end() || server->second.reply == Reply::Silence)
    {
        return Failure(errno);
    }
    Await(opened.own, POLLOUT);
    Answer answer = Progress(socket);
    if (answer.port)
    {
        Accept(opened, peer);
    }
    return answer;
}

Answer
LiveMachine::Progress(SocketId socket)
{
    const FileDescriptor& file = m_sockets.at(socket).own;
    pollfd state{file.Number(), POLLOUT, 0};
    if (Must(::poll(&state, 1, 0), "poll") == 0)
    {
        return Failure(EINPROGRESS);
    }
    int error = 0;
    socklen_t size = sizeof error;
    Must(::getsockopt(file.Number(), SOL_SOCKET, SO_ERROR, &error, &size), "SO_ERROR");
    return error == 0 ? PortOf(file) : Failure(error);
}

void
LiveMachine::Close(SocketId socket, Closing manner)
{
    Socket& opened = m_sockets.at(socket);
    if (!opened.peer.IsOpen())
    {
        opened.own.Close();
        return;
    }
    switch (manner)
    {
    case Closing::First:
        CloseInOrder(opened.own, opened.peer);
        break;
    case Closing::Second:
        CloseInOrder(opened.peer, opened.own);
        break;
    case Closing::Reset:
        CloseWithin(opened.own, 0);
        opened.peer.Close();
        break;
    case Closing::Alone:
        CloseWithin(opened.own, PATIENCE_MS / 1000);
        break;
    case Closing::HalfClosed:
        Must(::shutdown(opened.own.Number(), SHUT_WR), "shutdown");
        Await(opened.peer, POLLIN);
        break;
    }
}

std::string
LiveMachine::Set(const std::string& name, const std::string& value)
{
    return m_network.WriteSysctl(name, value);
}

void
LiveMachine::Serve(const Endpoint& own, Reply reply)
{
    if (!IsLoopback(own.address))
    {
        m_network.AddAddress(own.address);
    }
    Server& server = m_servers[own];
    server.reply = reply;
    if (reply == Reply::Refuses)
    {
        return;
    }
    server.listener = m_network.OpenSocket(SOCK_STREAM);
    SwitchOn(server.listener, SOL_SOCKET, SO_REUSEADDR);
    Must(BindSocket(server.listener, own), "bind of a server");
    const int backlog = reply == Reply::Accepts ? SOMAXCONN : 0;
    Must(::listen(server.listener.Number(), backlog), "listen");
    if (reply == Reply::Silence)
    {
        FillQueue(own, server);
    }
}

/// A queue of length 0 has room for one connection; then the kernel drops every SYN.
/// Source: sk_acceptq_is_full(), include/net/sock.h, and tcp_conn_request(), torvalds/linux.
void
LiveMachine::FillQueue(const Endpoint& own, Server& server)
{
    server.filler = m_network.OpenSocket(SOCK_STREAM);
    Must(BindSocket(server.filler, {own.address, static_cast<Port>(own.port - 1000)}),
         "bind of a filler");
    Check(ConnectSocket(server.filler, own) != 0 && errno == EINPROGRESS,
          "a socket that does not block says that it is in progress");
    Await(server.listener, POLLIN);
}

void
LiveMachine::Accept(Socket& socket, const Endpoint& peer)
{
    const FileDescriptor& listener = m_servers.at(peer).listener;
    Await(listener, POLLIN);
    sockaddr_in from{};
    socklen_t size = sizeof from;
    socket.peer = FileDescriptor(Must(::accept4(listener.Number(),
                                                reinterpret_cast<sockaddr*>(&from),
                                                &size,
                                                SOCK_NONBLOCK | SOCK_CLOEXEC),
                                      "accept4"));
    Check(ntohs(from.sin_port) == PortOf(socket.own).port, "connections are accepted in order");
}

} // namespace portlab::test
