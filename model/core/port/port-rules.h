// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PORT_RULES_H
#define PORTLAB_PORT_RULES_H

#include "model/core/port/os-profile.h"
#include "model/core/port/port-bitmap.h"
#include "model/core/port/transport.h"

#include <memory>
#include <optional>

namespace portlab
{

/// What the ledger has to know of a profile, in the form in which it asks: one object for all hosts
/// of a group.
struct PortRules
{
    /// Throws std::invalid_argument when the reserved ports leave none to hand out.
    explicit PortRules(const OsProfile& profile);

    PortRange range;
    std::unique_ptr<PortBitmap> reserved; ///< Null without reserved ports in the range.
    std::uint32_t usable;                 ///< Ports of the range that may be handed out.
    Uniqueness uniqueness;
    TimeWaitReuse reuse;
    Duration reuseDelay;
    Duration reuseClock;
    Duration timeWait;
    Duration timeWaitGrid;
    std::optional<std::uint32_t> maxTimeWait;
    /// A bound socket may connect() again to a peer towards which its port is in TIME_WAIT, if both
    /// ends use timestamps (Linux).
    bool reconnectsAtOnce;
    bool autobindReuse; ///< bind(0) may share ports when all are taken (ip_autobind_reuse).
    bool
        repairsBuckets; ///< A port is connect()'s again when its last owner is gone; see BindTable.

    /// Ports that a socket with a range of its own may be given.
    std::uint32_t UsableIn(const PortRange& part) const;
};

} // namespace portlab

#endif // PORTLAB_PORT_RULES_H
