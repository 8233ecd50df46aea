// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SCENARIO_H
#define PORTLAB_SCENARIO_H

#include "model/core/flow/workload.h"

#include <string>
#include <utility>
#include <vector>

namespace portlab
{

enum class Fidelity
{
    Connection,
    Packet,
};

/// A scenario file, read and checked.
struct Scenario
{
    std::string file; ///< As the user named it.
    std::string text; ///< The file's bytes.
    std::string name;
    std::string question;
    Fidelity fidelity{Fidelity::Connection};
    Workload workload;
    /// Sentences the user should see: a knob that the real system lacks, uncertain values.
    std::vector<std::string> notes;
};

/// What the command line changes: `--set KEY=VALUE` and `--seed`, and compare's `--os`.
struct Overrides
{
    std::vector<std::pair<std::string, std::string>> set; ///< Key path and value, as typed.
    std::string os;                                       ///< Replaces every host's; empty: none.
    std::vector<std::string> osHosts;                     ///< Only these groups; empty: all.
};

/// Reads and checks a scenario. Throws std::invalid_argument with one message that says file, line
/// and column, what was expected and what to do.
Scenario ReadScenario(const std::string& path, const Overrides& overrides = {});

/// The same for text that is already in memory; `path` names it and resolves relative files.
Scenario ParseScenario(const std::string& text,
                       const std::string& path,
                       const Overrides& overrides = {});

} // namespace portlab

#endif // PORTLAB_SCENARIO_H
