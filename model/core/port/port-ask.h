// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PORT_ASK_H
#define PORTLAB_PORT_ASK_H

#include "model/core/base/random.h"
#include "model/core/base/time.h"
#include "model/core/port/port-range.h"

#include <cstdint>
#include <optional>

namespace portlab
{

/// An IPv4 or IPv6 address, interned to a number when the scenario is loaded.
using Address = std::uint32_t;

/// Who wants to talk to whom, before there is a local port. Remote port 0 stands for a socket that
/// is bound and not connected: each has a remote address that nobody else has.
struct Flow
{
    Address local;
    Address remote;
    Port remotePort;
};

constexpr bool
IsConnected(const Flow& flow)
{
    return flow.remotePort != 0;
}

/// What a keyed policy remembers of one flow, so that it need not hash for every connection.
struct FlowMemo
{
    static constexpr std::uint32_t UNSET = ~std::uint32_t{0};

    std::uint32_t epoch{UNSET};
    std::uint32_t offset{0};
    std::uint32_t cell{0};
};

/// One request for a port.
struct PortAsk
{
    Flow flow;
    Instant now;
    FlowMemo& memo;
    Random& random;
    /// The ports of the socket's own range, where it has one; a part of those that are searched.
    std::optional<PortRange> socketRange{};
    bool reuseAddress{false}; ///< SO_REUSEADDR is set.
};

/// The keyed hash of a flow. Real systems use SipHash or MD5 with a secret drawn at boot; of those
/// only uniformity and secrecy reach the ports, which any good mixer with a secret key has too.
constexpr std::uint64_t
HashFlow(StreamKey secret, const Flow& flow)
{
    const std::uint64_t addresses = std::uint64_t{flow.local} << 32 | flow.remote;
    return secret.With(addresses).With(flow.remotePort).Bits();
}

} // namespace portlab

#endif // PORTLAB_PORT_ASK_H
