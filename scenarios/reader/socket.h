// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SOCKET_H
#define PORTLAB_SOCKET_H

#include "model/core/flow/workload.h"
#include "scenarios/reader/section.h"

#include <string>

namespace portlab
{

/// What --allocate and `allocate` may say: "connect", "bind", "bind-no-port", "fixed:PORT". Throws
/// std::invalid_argument, without a place, for all else.
SocketOptions ParseAllocate(const std::string& text);

/// Why a system does not have what a program asks of its sockets, or nothing. `key` is what was
/// asked: "allocate", "reuse_address", "reuse_port" or "local_port_range".
std::string WhyNoSuchSocket(const OsProfile& profile,
                            const std::string& key,
                            const std::string& value);

/// Why a socket cannot have this range of its own, or nothing.
std::string WhyNoSuchRange(const OsProfile& profile, const PortRange& range);

/// Reads allocate, reuse_address, reuse_port and local_port_range, for programs on hosts of a group
/// of the workload.
SocketOptions ReadSocket(const Section& section, const Workload& workload, std::uint32_t group);

} // namespace portlab

#endif // PORTLAB_SOCKET_H
