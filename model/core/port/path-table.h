// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PATH_TABLE_H
#define PORTLAB_PATH_TABLE_H

#include "model/core/base/random.h"
#include "model/core/port/port-ask.h"
#include "model/core/port/socket-options.h"
#include "model/core/port/transport.h"

#include <cstdint>
#include <optional>
#include <tsl/robin_map.h>

namespace portlab
{

/// What a system can tell flows apart by; parts that it does not look at stay empty.
struct FlowKey
{
    std::uint32_t host;
    Transport transport;
    std::optional<Address> local{};
    std::optional<Address> remote{};
    std::optional<Port> remotePort{};
    SocketOptions options{};
    std::uint8_t space{0}; ///< Where the host has several port spaces: which.

    friend bool operator==(const FlowKey& a, const FlowKey& b)
    {
        return a.host == b.host && a.transport == b.transport && a.local == b.local &&
               a.remote == b.remote && a.remotePort == b.remotePort && a.options == b.options &&
               a.space == b.space;
    }
};

struct FlowKeyHash
{
    std::size_t operator()(const FlowKey& key) const
    {
        std::uint64_t bits = Mix(std::uint64_t{key.host} << 16 | std::uint64_t{key.space} << 8 |
                                 static_cast<std::uint64_t>(key.transport));
        bits = Mix(bits ^ key.local.value_or(0));
        bits = Mix(bits ^ key.remote.value_or(0));
        bits = Mix(bits ^ key.remotePort.value_or(0));
        return Mix(bits ^ key.options.Bits());
    }
};

/// Numbers for flows, in order of first mention. Asked while a scenario is loaded and for traces.
using PathTable = tsl::robin_map<FlowKey, std::uint32_t, FlowKeyHash>;

} // namespace portlab

#endif // PORTLAB_PATH_TABLE_H
