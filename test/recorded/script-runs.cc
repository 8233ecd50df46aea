// SPDX-License-Identifier: GPL-2.0-only

#include "test/recorded/script-runs.h"

namespace portlab::test
{

namespace
{

PortRange
RangeOf(const CsvRow& row, bool isOwn)
{
    const Port low = row.PortAt("low");
    const Port high = row.PortAt("high");
    return isOwn ? PortRange(DEFAULT_PORTS.Contains(low) ? low : DEFAULT_PORTS.First(),
                             DEFAULT_PORTS.Contains(high) ? high : DEFAULT_PORTS.Last())
                 : PortRange(low, high);
}

} // namespace

std::vector<ScriptRun>
ReadRuns(const std::string& recording)
{
    std::vector<ScriptRun> runs;
    for (const CsvRow& row : ReadRecording(recording))
    {
        ScriptRun run{row.Text("variant"), row.Text("rep"), DEFAULT_PORTS, row.Results("results")};
        run.range = RangeOf(row, HasOwnRange(run));
        runs.push_back(run);
    }
    return runs;
}

std::vector<ScriptRun>
Select(const std::vector<ScriptRun>& runs, const std::string& variant)
{
    std::vector<ScriptRun> selected;
    for (const ScriptRun& run : runs)
    {
        if (run.variant == variant)
        {
            selected.push_back(run);
        }
    }
    return selected;
}

bool
HasOwnRange(const ScriptRun& run)
{
    return run.variant.rfind("lpr_", 0) == 0;
}

const std::vector<Port>&
RecordedReservedPorts()
{
    static const std::vector<Port> ports{32770, 32771, 32772, 32775, 32780, 32781, 32782, 32783};
    return ports;
}

} // namespace portlab::test
