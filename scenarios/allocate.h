// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_ALLOCATE_H
#define PORTLAB_ALLOCATE_H

#include "model/core/flow/draws.h"
#include "model/core/port/os-profile.h"
#include "model/core/port/port-ledger.h"
#include "model/core/port/transport.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace portlab
{

/// A destination as people write it, and in its parts.
struct Destination
{
    std::string text;    ///< "198.51.100.7:443", "[2001:db8::7]:443".
    std::string address; ///< Without the port and the brackets.
    Port port;
    bool isLoopback{false}; ///< 127.0.0.0/8 or ::1.
};

/// Reads ADDRESS:PORT. Throws std::invalid_argument saying what was expected.
Destination ParseDestination(const std::string& text);

/// What becomes of each connection of an experiment.
struct CloseRule
{
    std::optional<Ending> ending; ///< Empty: never closed.
    Duration after{0};            ///< From connect() to then.
};

/// One host of one system that connects again and again.
struct AllocateExperiment
{
    OsProfile profile;
    std::vector<Destination> destinations; ///< Taken in turn; never empty.
    std::uint32_t count{10};               ///< Requests.
    Duration every{std::chrono::milliseconds(10)};
    Transport transport{Transport::Tcp};
    SocketOptions socket{}; ///< But for loopback and timestamps, which follow from who talks.
    CloseRule close{};
    std::uint64_t seed{1};
};

/// What came of one request.
struct AllocateRow
{
    std::uint32_t request; ///< From 1.
    Instant time;
    std::size_t destination; ///< Index.
    std::optional<Port> port;
    std::uint32_t probes;
    std::optional<std::int64_t> searchNs; ///< What the search cost, where that is known.
    std::string outcome;                  ///< "ok", or the system's name of the error.
    std::string why;                      ///< One sentence about this choice.
};

/// Runs the experiment. Deterministic: the same experiment gives the same rows.
std::vector<AllocateRow> RunAllocate(const AllocateExperiment& experiment);

} // namespace portlab

#endif // PORTLAB_ALLOCATE_H
