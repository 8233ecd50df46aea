// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/command/command-line.h"
#include "scenarios/command/commands.h"
#include "scenarios/command/run-options.h"

#include <algorithm>
#include <stdexcept>

namespace portlab
{

namespace po = boost::program_options;

namespace
{

using Words = std::vector<std::string>;

Words
WordsOf(const po::variables_map& found, const std::string& name)
{
    return found.count(name) != 0 ? found[name].as<Words>() : Words{};
}

/// What the runs of one system change: the common settings and every replaced host's system.
std::vector<std::pair<std::string, std::string>>
SettingsOf(const Scenario& scenario, const Overrides& overrides)
{
    auto set = overrides.set;
    for (const HostGroup& group : scenario.workload.hosts)
    {
        const auto& only = overrides.osHosts;
        if (only.empty() || std::find(only.begin(), only.end(), group.name) != only.end())
        {
            set.emplace_back("hosts." + group.name + ".os", group.profile.name);
        }
    }
    return set;
}

void
AddNotes(std::vector<std::string>& notes, const std::vector<std::string>& more)
{
    for (const std::string& note : more)
    {
        if (std::find(notes.begin(), notes.end(), note) == notes.end())
        {
            notes.push_back(note);
        }
    }
}

CommandLine
DeclareWords()
{
    CommandLine line{"compare",
                     "SCENARIO --os NAME --os NAME [options]",
                     "Runs a scenario with each of several operating systems on its hosts.",
                     {},
                     1};
    line.options.add_options()("os",
                               po::value<Words>()->value_name("NAME"),
                               "a system, as `portlab profiles` names it; repeat for each")(
        "hosts",
        po::value<Words>()->value_name("NAME"),
        "replace only this host group's system; may be repeated");
    AddRunOptions(line.options);
    return line;
}

/// The scenario once for each system.
std::vector<Scenario>
ReadScenarios(const std::string& file, const Words& systems, Overrides overrides)
{
    std::vector<Scenario> scenarios;
    for (const std::string& system : systems)
    {
        overrides.os = system;
        scenarios.push_back(ReadScenario(file, overrides));
    }
    return scenarios;
}

} // namespace

int
CompareCommand(const Words& words)
{
    CommandLine line = DeclareWords();
    const auto found = line.Read(words);
    if (line.isHelp)
    {
        return 0;
    }
    const Words systems = WordsOf(found, "os");
    if (found.count("words") == 0 || systems.size() < 2)
    {
        throw std::invalid_argument(
            "portlab compare: one scenario and at least two systems are needed. Usage: portlab "
            "compare SCENARIO --os linux --os windows");
    }
    RunOptions options = ReadRunOptions(found);
    options.overrides.osHosts = WordsOf(found, "hosts");
    const std::vector<Scenario> scenarios =
        ReadScenarios(found["words"].as<Words>().front(), systems, options.overrides);
    CheckOutputs(options);
    if (!options.manner.pcap.empty())
    {
        throw std::invalid_argument("--pcap " + options.manner.pcap +
                                    ": captures of several systems would have the same names; use "
                                    "portlab run for each");
    }
    Report report = BeginReport(scenarios.front());
    std::vector<PlannedRun> plan;
    for (const Scenario& scenario : scenarios)
    {
        AddNotes(report.notes, scenario.notes);
        for (std::uint64_t run = 1; run <= options.runs; ++run)
        {
            plan.push_back({&scenario, run, SettingsOf(scenario, options.overrides)});
        }
    }
    return RunAndReport(plan, std::move(report), options);
}

} // namespace portlab
