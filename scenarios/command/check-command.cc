// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/command/command-line.h"
#include "scenarios/command/commands.h"
#include "scenarios/scenario.h"

#include <fmt/format.h>
#include <iostream>
#include <stdexcept>

namespace portlab
{

namespace
{

std::string
Summary(const Scenario& scenario)
{
    std::uint64_t hosts = 0;
    for (const HostGroup& group : scenario.workload.hosts)
    {
        hosts += group.count;
    }
    return fmt::format("{}: ok. {} hosts, {} services, {} traffics, {} calls, {} s.",
                       scenario.file,
                       hosts,
                       scenario.workload.services.size(),
                       scenario.workload.traffic.size(),
                       scenario.workload.calls.size(),
                       InSeconds(scenario.workload.duration));
}

} // namespace

int
CheckCommand(const std::vector<std::string>& words)
{
    CommandLine line{"check",
                     "SCENARIO...",
                     "Reads scenarios and says whether they can run.",
                     {},
                     -1};
    const auto found = line.Read(words);
    if (line.isHelp)
    {
        return 0;
    }
    if (found.count("words") == 0)
    {
        throw std::invalid_argument(
            "portlab check: which scenario? Usage: portlab check SCENARIO...");
    }
    bool isGood = true;
    for (const std::string& file : found["words"].as<std::vector<std::string>>())
    {
        try
        {
            const Scenario scenario = ReadScenario(file);
            std::cout << Summary(scenario) << "\n";
            for (const std::string& note : scenario.notes)
            {
                std::cout << "  note: " << note << "\n";
            }
        }
        catch (const std::invalid_argument& error)
        {
            std::cerr << error.what() << "\n";
            isGood = false;
        }
    }
    return isGood ? 0 : 2;
}

} // namespace portlab
