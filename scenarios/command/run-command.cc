// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/command/command-line.h"
#include "scenarios/command/commands.h"
#include "scenarios/command/run-options.h"

#include <stdexcept>

namespace portlab
{

int
RunCommand(const std::vector<std::string>& words)
{
    CommandLine line{"run", "SCENARIO [options]", "Runs a scenario and says what gave.", {}, 1};
    AddRunOptions(line.options);
    const auto found = line.Read(words);
    if (line.isHelp)
    {
        return 0;
    }
    if (found.count("words") == 0)
    {
        throw std::invalid_argument("portlab run: which scenario? Usage: portlab run SCENARIO");
    }
    const RunOptions options = ReadRunOptions(found);
    const Scenario scenario =
        ReadScenario(found["words"].as<std::vector<std::string>>().front(), options.overrides);
    CheckOutputs(options);
    CheckCaptures(scenario, options);
    std::vector<PlannedRun> plan;
    for (std::uint64_t run = 1; run <= options.runs; ++run)
    {
        plan.push_back({&scenario, run, options.overrides.set});
    }
    Report report = BeginReport(scenario);
    report.notes = scenario.notes;
    return RunAndReport(plan, std::move(report), options);
}

} // namespace portlab
