// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PORT_USAGE_H
#define PORTLAB_PORT_USAGE_H

#include "scenarios/detect/socket-table.h"

#include <cstdint>
#include <string>
#include <vector>

namespace portlab
{

/// The connections that a machine opened from one of its addresses to one remote endpoint.
struct DestinationUse
{
    std::string from;
    std::string to;
    Port port{0};
    std::uint32_t established{0};
    std::uint32_t timeWait{0};
    std::uint32_t other{0};
    std::uint32_t portsUsed{0}; ///< Of those that connect() can choose.
    std::uint32_t portsFree{0}; ///< So many more connections can be opened.
};

/// How many of its ports a machine uses, by destination.
struct PortUsage
{
    std::uint32_t usable{0};    ///< Ports of the range, but for reserved ones and listeners'.
    std::uint32_t reserved{0};  ///< Ports of the range that are reserved.
    std::uint32_t listening{0}; ///< Further ports of the range that a listener owns.
    std::vector<DestinationUse> destinations; ///< The one with the most ports in use first.
};

/// Sums up. Connections that a listener accepted do not count: their port is the listener's. Ports
/// that some other bind() owns cannot be told from here, so portsFree is what is left at most.
PortUsage SumUpPorts(const std::vector<SocketEntry>& sockets,
                     const PortRange& range,
                     const PortList& reserved);

} // namespace portlab

#endif // PORTLAB_PORT_USAGE_H
