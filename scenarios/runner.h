// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_RUNNER_H
#define PORTLAB_RUNNER_H

#include "scenarios/report.h"
#include "scenarios/scenario.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace portlab
{

/// Told from time to time how far a run is; answers whether to go on.
using RunProgress = std::function<bool(Duration simulated, std::uint64_t attempts)>;

/// How far the engine may lag behind ns-3's simulator; results do not depend on it.
constexpr Duration DEFAULT_QUANTUM = std::chrono::seconds(1);

/// Runs replication `run` of a scenario in ns-3's simulator, of which a process has only one.
/// Empty if `progress` said to stop. `pcap`: what the names of packet captures begin with; empty:
/// none.
std::optional<RunRecord> RunScenario(const Scenario& scenario,
                                     std::uint64_t run,
                                     Duration quantum = DEFAULT_QUANTUM,
                                     const RunProgress& progress = {},
                                     const std::string& pcap = "");

} // namespace portlab

#endif // PORTLAB_RUNNER_H
