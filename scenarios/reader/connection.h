// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_CONNECTION_H
#define PORTLAB_CONNECTION_H

#include "model/core/flow/workload.h"
#include "scenarios/reader/files.h"
#include "scenarios/reader/section.h"

#include <optional>
#include <string>

namespace portlab
{

/// Where the files are that a scenario names.
struct Surroundings
{
    std::string folder; ///< The scenario's own, which relative names start from.
    ScenarioFiles files;
    bool hasBorder{false}; ///< NATs or firewalls, which may drop what UDP sends.

    /// The path of a file that the node names. Throws std::invalid_argument for names that no file
    /// can have.
    std::string PathOf(const Node& node) const;
};

/// What [traffic.NAME] and [calls.NAME] say alike about each connection.
struct ConnectionKeys
{
    std::optional<HoldTime> hold; ///< Empty: not said.
    ClosingShares closes;
    Transport transport;
    std::optional<Duration> connectTimeout;
    RetryRule retry;
    std::uint64_t sends;
    Duration speaksEvery;
};

/// Reads hold, closes, transport, connect_timeout, on_failure, sends and speaks_every.
ConnectionKeys ReadConnectionKeys(const Section& section, const Surroundings& around);

/// The value of a hold key, in any of its forms.
HoldTime ReadHold(const Node& node, const Surroundings& around);

} // namespace portlab

#endif // PORTLAB_CONNECTION_H
