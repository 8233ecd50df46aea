// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PORT_RULES_H
#define PORTLAB_PORT_RULES_H

#include "model/core/port/os-profile.h"
#include "model/core/port/port-bitmap.h"
#include "model/core/port/socket-options.h"
#include "model/core/port/transport.h"

#include <memory>
#include <optional>

namespace portlab
{

/// Ports that sockets of one kind choose from.
struct PortPool
{
    /// Throws std::invalid_argument when the reserved ports leave none to hand out, unless
    /// `mayBeEmpty`.
    PortPool(const PortRange& ports, const PortList& blocks, bool mayBeEmpty = false);

    PortRange range;
    std::unique_ptr<PortBitmap> reserved; ///< Null without reserved ports in the range.
    std::uint32_t usable;                 ///< Ports of the range that may be handed out.

    /// Ports that a socket with a range of its own may be given.
    std::uint32_t UsableIn(const PortRange& part) const;
};

/// What the ledger has to know of a profile, in the form in which it asks: one object for all hosts
/// of a group.
struct PortRules
{
    /// Throws std::invalid_argument when the reserved ports leave none to hand out, or rules
    /// exclude each other.
    explicit PortRules(const OsProfile& profile);

    PortPool tcp;                   ///< For connect(), and for bind() unless it has its own.
    std::optional<PortPool> bind{}; ///< TCP's bind(), beside an auto-reuse range.
    std::optional<PortPool> udp{};  ///< Where UDP's ports are others.
    Uniqueness uniqueness;
    IpVersions ipVersions;
    TimeWaitReuse reuse;
    Duration reuseDelay;
    Duration reuseClock;
    TimeWaitLengths timeWait;
    Duration timeWaitGrid;
    std::optional<std::uint32_t> maxTimeWait;
    WhenFull whenFull;
    std::optional<std::uint32_t> maxSockets;
    /// A bound socket may connect() again to a peer towards which its port is in TIME_WAIT, if both
    /// ends use timestamps (Linux).
    bool reconnectsAtOnce;
    bool autobindReuse; ///< bind(0) may share ports when all are taken (ip_autobind_reuse).
    bool
        repairsBuckets; ///< A port is connect()'s again when its last owner is gone; see BindTable.
    bool bindsOverTimeWait; ///< bind() to a chosen port disregards TIME_WAIT (Windows).

    /// The ports of sockets that ask for them in this manner.
    const PortPool& PoolOf(Transport transport, PortManner manner) const;

    /// Whether TIME_WAIT is as long towards every peer.
    bool WaitsAlike() const;
};

} // namespace portlab

#endif // PORTLAB_PORT_RULES_H
