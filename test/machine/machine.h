// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_MACHINE_H
#define PORTLAB_TEST_MACHINE_H

#include "model/core/base/time.h"
#include "model/core/port/linux-version.h"
#include "model/core/port/port-ask.h"
#include "model/core/port/transport.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace portlab::test
{

class NatBox;
struct NatRule;

/// An experiment asks for something that is not to be had here.
class NotPossible : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

/// An IPv4 address and a port, in host order; for bind(), port 0 asks for any.
struct Endpoint
{
    Address address{0};
    Port port{0};

    friend bool operator<(const Endpoint& a, const Endpoint& b)
    {
        return std::pair(a.address, a.port) < std::pair(b.address, b.port);
    }
};

constexpr Address ANY_ADDRESS = 0;
constexpr Address LOOPBACK = 0x7f000001u;

/// 127.0.0.0/8, for which tcp_tw_reuse = 2 is meant.
constexpr bool
IsLoopback(Address address)
{
    return address >> 24 == 127;
}

/// What a program asks of a socket before it uses it.
struct SocketSettings
{
    Transport transport{Transport::Tcp};
    bool reuseAddress{false};      ///< SO_REUSEADDR
    bool reusePort{false};         ///< SO_REUSEPORT
    bool bindAddressNoPort{false}; ///< IP_BIND_ADDRESS_NO_PORT
};

/// IP_LOCAL_PORT_RANGE; 0: no bound on this side.
struct PortBounds
{
    Port low{0};
    Port high{0};
};

/// What a system call answered.
struct Answer
{
    std::optional<Port> port{}; ///< The socket's own, when the call succeeded.
    std::string error{};        ///< As errno calls it, "EADDRINUSE"; empty when it succeeded.
};

/// What becomes of a SYN that is sent to an endpoint.
enum class Reply
{
    Accepts,
    Refuses,
    Silence, ///< As if every SYN were lost.
};

/// How a connection ends.
enum class Closing
{
    First,     ///< This side, then the peer: TIME_WAIT is here.
    Second,    ///< The peer, then this side: TIME_WAIT is there.
    Reset,     ///< This side, by RST.
    Alone,     ///< This side; the peer never does: FIN_WAIT2, without a socket.
    HalfClosed ///< This side only says that it sends no more, and keeps its socket: FIN_WAIT2.
};

using SocketId = std::size_t;

/// One network namespace, spoken to in the words of the socket API. Sockets stay open until they
/// are closed or the machine is gone.
class Machine
{
  public:
    virtual ~Machine() = default;

    virtual SocketId Open(const SocketSettings& settings) = 0;

    /// Sets IP_LOCAL_PORT_RANGE; answers the error, or nothing.
    virtual std::string LimitPorts(SocketId socket, const PortBounds& bounds) = 0;

    virtual Answer Bind(SocketId socket, const Endpoint& own) = 0;

    virtual Answer Listen(SocketId socket) = 0;

    /// Returns when the connection is open, refused, or has been waiting for a reply long enough to
    /// say EINPROGRESS.
    virtual Answer Connect(SocketId socket, const Endpoint& peer) = 0;

    /// What has become of a connect() that was EINPROGRESS.
    virtual Answer Progress(SocketId socket) = 0;

    /// Returns when all FINs that are due have been acknowledged. Sockets without a connection are
    /// closed whatever the manner.
    virtual void Close(SocketId socket, Closing manner) = 0;

    /// Writes net.ipv4.`name`; answers the error, or nothing.
    virtual std::string Set(const std::string& name, const std::string& value) = 0;

    /// From now on, this machine replies to connect() towards `own`.
    virtual void Serve(const Endpoint& own, Reply reply) = 0;
};

/// Whether an address lies in 127.0.0.0/8, or is one that the machine has besides.
enum class Network
{
    Loopback,
    Other,
};

/// A real kernel or a model of one: its clock, and the machines that run on it.
class Kernel
{
  public:
    virtual ~Kernel() = default;

    virtual LinuxVersion Version() const = 0;

    virtual std::unique_ptr<Machine> NewMachine() = 0;

    /// A router with inside hosts and remote ones.
    virtual std::unique_ptr<NatBox> NewNat(const NatRule& rule) = 0;

    /// An address and a port, outside the default range, that nobody on this kernel has used.
    virtual Endpoint NewEndpoint(Network network) = 0;

    virtual Instant Now() const = 0;

    virtual void Sleep(Duration duration) = 0;
};

} // namespace portlab::test

#endif // PORTLAB_TEST_MACHINE_H
