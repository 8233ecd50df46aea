// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/command/run-options.h"

#include "model/core/port/units.h"
#include "scenarios/output/csv-output.h"
#include "scenarios/output/json-output.h"
#include "scenarios/output/sha256.h"
#include "scenarios/output/sqlite-output.h"
#include "scenarios/output/table-output.h"
#include "scenarios/output/writable.h"
#include "scenarios/runner.h"

#include <algorithm>
#include <iostream>
#include <stdexcept>

namespace portlab
{

namespace po = boost::program_options;

namespace
{

constexpr std::uint32_t JOBS_MAX = 1024;

std::pair<std::string, std::string>
SplitSetting(const std::string& text)
{
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
    {
        throw std::invalid_argument("--set " + text +
                                    ": a key and a value are needed, as in "
                                    "--set traffic.main.arrivals=900/s");
    }
    return {text.substr(0, equals), text.substr(equals + 1)};
}

/// Whole numbers of at least 1; boost would read -1 as a very large one.
std::uint64_t
ReadCount(const po::variables_map& found, const std::string& name, std::uint64_t limit)
{
    const std::string text = found[name].as<std::string>();
    const bool isNumber =
        !text.empty() && text.size() < 19 && std::all_of(text.begin(), text.end(), [](char letter) {
            return '0' <= letter && letter <= '9';
        });
    const std::uint64_t value = isNumber ? std::stoull(text) : 0;
    if (value < 1 || value > limit)
    {
        throw std::invalid_argument("--" + name + " " + text + ": a whole number from 1 to " +
                                    std::to_string(limit) + " is needed");
    }
    return value;
}

} // namespace

void
AddRunOptions(po::options_description& options)
{
    using Words = std::vector<std::string>;
    options.add_options()(
        "set",
        po::value<Words>()->value_name("KEY=VALUE"),
        "change a key of the scenario, as traffic.main.arrivals=900/s; may be repeated")(
        "seed",
        po::value<std::string>()->value_name("N"),
        "the scenario's seed")("runs",
                               po::value<std::string>()->value_name("N")->default_value("1"),
                               "replications, with fresh random numbers each")(
        "jobs",
        po::value<std::string>()->value_name("N")->default_value("1"),
        "processes that run them")(
        "format",
        po::value<std::string>()->value_name("FORMAT")->default_value("table"),
        "table, json or csv, on standard output")(
        "details",
        "with several runs: print each in full below the comparison")(
        "out",
        po::value<std::string>()->value_name("FILE.sqlite"),
        "append the results to an SQLite file")("csv",
                                                po::value<std::string>()->value_name("DIR"),
                                                "write CSV files into a directory")(
        "pcap",
        po::value<std::string>()->value_name("DIR"),
        "capture the packets of every host, and of the outside of every NAT, into a directory")(
        "quantum",
        po::value<std::string>()->value_name("TIME")->default_value("1s"),
        "how far the engine may lag behind ns-3; changes no result")("quiet", "no progress bar");
}

RunOptions
ReadRunOptions(const po::variables_map& found)
{
    RunOptions options;
    if (found.count("set") != 0)
    {
        for (const std::string& text : found["set"].as<std::vector<std::string>>())
        {
            options.overrides.set.push_back(SplitSetting(text));
        }
    }
    if (found.count("seed") != 0)
    {
        options.overrides.set.emplace_back("seed", found["seed"].as<std::string>());
    }
    options.runs = ReadCount(found, "runs", 1'000'000);
    options.manner.jobs = static_cast<std::uint32_t>(ReadCount(found, "jobs", JOBS_MAX));
    options.manner.isQuiet = found.count("quiet") != 0;
    try
    {
        options.manner.quantum = ParseDuration(found["quantum"].as<std::string>());
    }
    catch (const std::invalid_argument& error)
    {
        throw std::invalid_argument(std::string("--quantum ") + error.what());
    }
    options.format = ReadOutputFormat(found["format"].as<std::string>());
    options.details = found.count("details") != 0;
    options.out = found.count("out") != 0 ? found["out"].as<std::string>() : "";
    options.csv = found.count("csv") != 0 ? found["csv"].as<std::string>() : "";
    options.manner.pcap = found.count("pcap") != 0 ? found["pcap"].as<std::string>() : "";
    return options;
}

OutputFormat
ReadOutputFormat(const std::string& name)
{
    if (name == "table")
    {
        return OutputFormat::Table;
    }
    if (name == "json")
    {
        return OutputFormat::Json;
    }
    if (name == "csv")
    {
        return OutputFormat::Csv;
    }
    throw std::invalid_argument("--format " + name + ": table, json or csv is needed");
}

Report
BeginReport(const Scenario& scenario)
{
    Report report;
    report.scenarioFile = scenario.file;
    report.scenarioName = scenario.name;
    report.question = scenario.question;
    report.scenarioText = scenario.text;
    report.scenarioSha256 = Sha256(scenario.text);
    return report;
}

void
CheckOutputs(const RunOptions& options)
{
    if (!options.out.empty())
    {
        CheckSqliteWritable(options.out);
    }
    if (!options.csv.empty())
    {
        CheckCsvWritable(options.csv);
    }
}

void
CheckCaptures(const Scenario& scenario, const RunOptions& options)
{
    const std::string& directory = options.manner.pcap;
    if (directory.empty())
    {
        return;
    }
    if (scenario.fidelity != Fidelity::Packet)
    {
        throw std::invalid_argument("--pcap " + directory +
                                    ": there are no packets at connection level; add --set "
                                    "fidelity=packet");
    }
    CheckDirectoryMakeable(directory);
    MakeDirectory(directory);
}

namespace
{

void
Print(const Report& report, const RunOptions& options)
{
    switch (options.format)
    {
    case OutputFormat::Table:
        WriteTable(report, std::cout, {100, options.details});
        break;
    case OutputFormat::Json:
        WriteJson(report, std::cout);
        break;
    case OutputFormat::Csv:
        WriteCsvTable(report, "hosts", std::cout);
        break;
    }
}

} // namespace

int
RunAndReport(const std::vector<PlannedRun>& plan, Report report, const RunOptions& options)
{
    Outcome outcome = CarryOut(plan, options.manner);
    report.runs = std::move(outcome.runs);
    if (!report.runs.empty())
    {
        if (!options.out.empty())
        {
            WriteSqlite(report, options.out);
        }
        if (!options.csv.empty())
        {
            WriteCsv(report, options.csv);
        }
        Print(report, options);
    }
    if (outcome.wasInterrupted)
    {
        std::cerr << "Interrupted: " << report.runs.size() << " of " << plan.size()
                  << " runs were finished and are kept.\n";
        return 1;
    }
    return 0;
}

} // namespace portlab
