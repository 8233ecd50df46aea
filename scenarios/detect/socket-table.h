// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SOCKET_TABLE_H
#define PORTLAB_SOCKET_TABLE_H

#include "model/core/port/port-range.h"
#include "scenarios/trace/line-reader.h"

#include <string>
#include <vector>

namespace portlab
{

/// What a socket does, as far as its port is concerned.
enum class SocketUse
{
    Established,
    TimeWait,
    Listening,
    Other, ///< Opening or closing.
};

/// One TCP socket of a machine. An IPv4 address inside an IPv6 one is written as IPv4, because
/// both share one space of ports.
struct SocketEntry
{
    std::string localAddress;
    Port localPort{0};
    std::string remoteAddress;
    Port remotePort{0};
    SocketUse use{SocketUse::Other};
};

/// Reads /proc/net/tcp or tcp6 of a little-endian machine. Throws std::invalid_argument with file
/// and line for a line that is not as proc_pid_net(5) and the kernel's
/// Documentation/networking/proc_net_tcp.rst have it.
std::vector<SocketEntry> ReadSocketTable(LineReader& reader);

} // namespace portlab

#endif // PORTLAB_SOCKET_TABLE_H
