// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_RUN_OPTIONS_H
#define PORTLAB_RUN_OPTIONS_H

#include "scenarios/command/output-format.h"
#include "scenarios/replications.h"
#include "scenarios/report.h"
#include "scenarios/scenario.h"

#include <boost/program_options.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace portlab
{

/// What all commands that run scenarios have in common.
struct RunOptions
{
    Overrides overrides;
    std::uint64_t runs{1};
    RunManner manner;
    std::string out; ///< SQLite file; empty: none.
    std::string csv; ///< Directory; empty: none.
    OutputFormat format{OutputFormat::Table};
    bool details{false};
};

/// Declares the common options.
void AddRunOptions(boost::program_options::options_description& options);

/// Reads them. Throws std::invalid_argument with one sentence.
RunOptions ReadRunOptions(const boost::program_options::variables_map& found);

/// "table", "json" or "csv".
OutputFormat ReadOutputFormat(const std::string& name);

/// The beginning of a report on a scenario.
Report BeginReport(const Scenario& scenario);

/// Makes sure that results can be written where they are asked for; creates nothing.
void CheckOutputs(const RunOptions& options);

/// Makes the directory for packet captures, if they are wanted and the scenario has packets.
void CheckCaptures(const Scenario& scenario, const RunOptions& options);

/// Carries the runs out and writes what is asked for. The exit code: 0, or 1 after Ctrl-C.
int RunAndReport(const std::vector<PlannedRun>& plan, Report report, const RunOptions& options);

} // namespace portlab

#endif // PORTLAB_RUN_OPTIONS_H
