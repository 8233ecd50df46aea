// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_SCRIPTS_H
#define PORTLAB_TEST_SCRIPTS_H

#include "test/machine/machine.h"

#include <functional>
#include <string>
#include <vector>

namespace portlab::test
{

// What experiments say to machines again and again.

/// A socket and what its last call answered.
struct Opened
{
    SocketId socket;
    Answer answer;
};

/// "OK", or the error.
std::string ToText(const Answer& answer);
std::string ToText(const Opened& opened);

/// Settings by what they have set.
SocketSettings Tcp();
SocketSettings Udp();
SocketSettings ReuseAddress(SocketSettings settings = {});
SocketSettings ReusePort(SocketSettings settings = {});

/// A new socket, connected, without or after bind().
Opened ConnectNew(Machine& machine, const Endpoint& peer, const SocketSettings& settings = {});
Opened ConnectFrom(Machine& machine,
                   const Endpoint& own,
                   const Endpoint& peer,
                   SocketSettings settings = {});

/// A new socket with a local port.
Opened BindNew(Machine& machine, const Endpoint& own, const SocketSettings& settings = {});

/// An endpoint of `machine` that accepts connections.
Endpoint NewServer(Kernel& kernel, Machine& machine, Network network = Network::Loopback);

/// ip_local_port_range.
void SetRange(Machine& machine, Port low, Port high);

/// Sets what has to be possible; throws std::runtime_error if it is not.
void MustSet(Machine& machine, const std::string& name, const std::string& value);

/// Sockets opened one after another until one fails, or there are as many as wanted.
struct Harvest
{
    std::vector<SocketId> sockets; ///< Of those that succeeded.
    std::vector<Port> ports;       ///< The same.
    std::string error;             ///< Of the one that failed, or empty.
};

Harvest UntilRefused(const std::function<Opened()>& open, std::size_t most = 2000);

/// "50 odd, 50 even": lengths of stretches of ports of one kind.
std::string Stretches(const std::vector<Port>& ports, const std::function<std::string(Port)>& kind);

/// "odd" or "even".
std::string ParityOf(Port port);

/// "a, b, c"
std::string Joined(const std::vector<std::string>& parts, const std::string& between = ", ");

/// How often something fits, in figures: "20 of 20".
std::string OutOf(std::size_t some, std::size_t all);

/// "12,345"
std::string WithCommas(std::size_t count);

/// A number with so many digits behind the point.
std::string WithDigits(double number, int digits);

} // namespace portlab::test

#endif // PORTLAB_TEST_SCRIPTS_H
