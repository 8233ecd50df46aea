// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/table-output.h"

#include "scenarios/output/comparison-table.h"
#include "scenarios/output/readable.h"
#include "scenarios/output/run-tables.h"

#include <fmt/format.h>

namespace portlab
{

namespace
{

constexpr std::size_t INDENT = 2; ///< Of further lines of what is not the verdict.

void
WriteWrapped(const std::string& text,
             std::ostream& out,
             std::size_t width,
             std::size_t indent = INDENT)
{
    for (const auto& line : Wrap(Printable(text), width, indent))
    {
        out << line << '\n';
    }
}

/// "run 1, seed 7, with hosts.generator.count = 2"
std::string
NameOf(const RunRecord& record)
{
    auto name = fmt::format("run {}, seed {}", record.run, record.seed);
    const char* separator = ", with ";
    for (const auto& [key, value] : record.set)
    {
        name += fmt::format("{}{} = {}", separator, key, value);
        separator = ", ";
    }
    return name;
}

std::string
CostOf(const RunRecord& record)
{
    const auto& result = record.result;
    auto cost = fmt::format("{} connections in {} of simulated and {} of wall time",
                            Thousands(result.connections),
                            TimeText(InSeconds(result.simulated)),
                            TimeText(record.wallSeconds));
    if (record.wallSeconds > 0)
    {
        cost += fmt::format(" ({} connections/s)",
                            Rounded(static_cast<double>(result.connections) / record.wallSeconds));
    }
    return cost;
}

void
WriteRun(const RunRecord& record, std::ostream& out, std::size_t width)
{
    WriteWrapped(record.result.verdict.sentence, out, width, 0);
    WriteRunTables(record.result, out, width);
    out << '\n';
    WriteWrapped(CostOf(record), out, width);
}

/// "load-test: load-test.toml (sha256 9f2c...), portlab 0.1.0 (a1b2c3d4e5f6), ns-3 3.37"
std::string
OriginOf(const Report& report, const BuildInfo& build)
{
    constexpr std::size_t SHOWN_DIGITS = 12; // As many as of a commit; JSON has them all.
    return fmt::format("{}: {} (sha256 {}), portlab {} ({}), ns-3 {}",
                       report.scenarioName,
                       report.scenarioFile,
                       report.scenarioSha256.substr(0, SHOWN_DIGITS),
                       build.version,
                       build.commit,
                       build.ns3Version);
}

} // namespace

void
WriteTable(const Report& report,
           std::ostream& out,
           const TableOptions& options,
           const BuildInfo& build)
{
    const bool isComparison = report.runs.size() > 1;
    if (isComparison)
    {
        WriteComparison(report, out, options.width);
    }
    if (!isComparison || options.details)
    {
        for (const auto& record : report.runs)
        {
            if (isComparison)
            {
                out << '\n';
                WriteWrapped("== " + NameOf(record), out, options.width);
            }
            WriteRun(record, out, options.width);
        }
    }
    else
    {
        out << '\n';
    }
    const auto run = report.runs.size() == 1 ? NameOf(report.runs.front()) + "; " : "";
    WriteWrapped(run + OriginOf(report, build), out, options.width);
    for (const auto& note : report.notes)
    {
        WriteWrapped("note: " + note, out, options.width);
    }
}

} // namespace portlab
