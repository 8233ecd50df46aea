// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_REPLICATIONS_H
#define PORTLAB_REPLICATIONS_H

#include "scenarios/output/progress-bar.h"
#include "scenarios/report.h"
#include "scenarios/scenario.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace portlab
{

/// One run that has been asked for.
struct PlannedRun
{
    const Scenario* scenario;
    std::uint64_t run;
    std::vector<std::pair<std::string, std::string>> set; ///< As in RunRecord.
};

/// How to carry runs out.
struct RunManner
{
    std::uint32_t jobs{1}; ///< Processes at a time.
    Duration quantum;
    bool isQuiet{false}; ///< No progress bar.
    std::string pcap{};  ///< Directory for packet captures; empty: none.
};

/// What came of it.
struct Outcome
{
    std::vector<RunRecord> runs; ///< Those that were finished, in the order planned.
    bool wasInterrupted{false};  ///< By Ctrl-C; unfinished runs are left out whole.
};

/// Carries the runs out. Results do not depend on the number of jobs. Throws std::runtime_error
/// when a run's process dies.
Outcome CarryOut(const std::vector<PlannedRun>& plan, const RunManner& manner);

} // namespace portlab

#endif // PORTLAB_REPLICATIONS_H
