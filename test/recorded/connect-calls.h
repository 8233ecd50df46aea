// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_CONNECT_CALLS_H
#define PORTLAB_TEST_CONNECT_CALLS_H

#include "test/linux/hidden-state-filter.h"
#include "test/recorded/script-runs.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace portlab::test
{

/// One call of connect(), by a real kernel or by the model.
struct ConnectCall
{
    std::string sequence;     ///< Calls that name the same one share one hidden offset.
    std::string scope;        ///< Calls that name the same one cannot have the same port.
    std::optional<Port> port; ///< Empty: EADDRNOTAVAIL.
    PortRange range{DEFAULT_PORTS};
    bool ownRange{false}; ///< The range is the socket's own, IP_LOCAL_PORT_RANGE.
    bool staysOpen{true}; ///< Else it is closed, and its port free, before the next call.
    /// Ports that are reserved, or that others hold by bind(); null: none.
    std::shared_ptr<const PortFlags> blocked{};
};

using ConnectCalls = std::vector<ConnectCall>;

/// What the filter says of each sequence, all of them being made by one rule, if the machine may
/// have changed its key so often in each.
std::map<std::string, Findings> JudgeSequences(const ConnectCalls& calls,
                                               Advance advance,
                                               std::uint32_t jumpsAllowed);

Findings Total(const std::map<std::string, Findings>& sequences);

/// How many sequences have a choice that the rule cannot make.
std::uint32_t CountRejected(const std::map<std::string, Findings>& sequences);

/// The recordings of connect() alone: connect-*.csv, but for connect-64-seconds.
const std::vector<std::string>& ConnectRecordings();
ConnectCalls ReadConnects(const std::string& name);

// The calls of connect() among those of scripts.

/// A: 25 connect to a first destination, bind(0) takes all other ports, one more to the first and
/// 26 to a second destination. B: 50 bind(0), then connect. C: to three destinations in turn, bound
/// with IP_BIND_ADDRESS_NO_PORT.
ConnectCalls ConnectsAmongBinds(const std::vector<ScriptRun>& runs);
ConnectCalls ConnectsWithReservedPorts(const std::vector<ScriptRun>& runs);
ConnectCalls ConnectsWithOwnRanges(const std::vector<ScriptRun>& runs);

} // namespace portlab::test

#endif // PORTLAB_TEST_CONNECT_CALLS_H
