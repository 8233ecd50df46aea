// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SOCKET_OPTIONS_H
#define PORTLAB_SOCKET_OPTIONS_H

#include "model/core/port/peer-place.h"
#include "model/core/port/port-range.h"

#include <cstdint>
#include <optional>

namespace portlab
{

/// When a socket gets its local port.
enum class PortManner : std::uint8_t
{
    Connect, ///< At connect(), when the destination is known; so too after bind() with
             ///< IP_BIND_ADDRESS_NO_PORT.
    Bind,    ///< At bind() to port 0, for whatever destination.
    Fixed,   ///< At bind() to a port that the program chose.
};

/// What a program has asked of a socket before it connects, and what its peers make of it.
struct SocketOptions
{
    PortManner manner{PortManner::Connect};
    Port fixedPort{0};                ///< PortManner::Fixed: this one, inside the range or not.
    bool wildcard{false};             ///< Bound to no address, so that it overlaps with all.
    bool reuseAddress{false};         ///< SO_REUSEADDR.
    bool reusePort{false};            ///< SO_REUSEPORT; all sockets belong to one user.
    std::optional<PortRange> range{}; ///< IP_LOCAL_PORT_RANGE, a part of the system's range.
    PeerPlace place{PeerPlace::Remote};
    bool ipv6{false};
    bool timestamps{true}; ///< Both ends use TCP timestamps.

    friend bool operator==(const SocketOptions& a, const SocketOptions& b)
    {
        return a.Bits() == b.Bits();
    }

    /// All of the above in one number, different for different options.
    constexpr std::uint64_t Bits() const
    {
        std::uint64_t bits = range ? std::uint64_t{range->First()} << 16 | range->Last() : 0;
        bits = bits << 16 | fixedPort;
        bits = bits << 2 | static_cast<std::uint64_t>(manner);
        bits = bits << 2 | static_cast<std::uint64_t>(place);
        for (const bool flag : {wildcard, reuseAddress, reusePort, ipv6, timestamps})
        {
            bits = bits << 1 | (flag ? 1u : 0u);
        }
        return bits;
    }
};

} // namespace portlab

#endif // PORTLAB_SOCKET_OPTIONS_H
