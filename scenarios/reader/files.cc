// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/files.h"

#include "model/core/base/quoted.h"
#include "model/core/port/units.h"
#include "scenarios/reader/limits.h"
#include "scenarios/trace/gzip-file.h"
#include "scenarios/trace/line-reader.h"

#include <stdexcept>

namespace portlab
{

namespace
{

std::string_view
Trimmed(std::string_view line)
{
    const std::size_t first = line.find_first_not_of(" \t");
    return first == std::string_view::npos
               ? std::string_view()
               : line.substr(first, line.find_last_not_of(" \t") - first + 1);
}

Duration
ReadHoldTime(std::string_view text, const LineReader& at)
{
    const bool bare = text.find_first_not_of("0123456789.") == std::string_view::npos;
    Duration hold{0};
    try
    {
        hold = ParseDuration(bare ? std::string(text) + "s" : std::string(text));
    }
    catch (const std::invalid_argument&)
    {
        at.RefuseLine(Quoted(text) + ": expected a hold time in seconds, as 0.25, or with its " +
                      "unit, as 250ms");
    }
    if (hold > MAX_WAIT)
    {
        at.RefuseLine(Quoted(text) + ": expected at most " + FormatDuration(MAX_WAIT));
    }
    return hold;
}

} // namespace

ScenarioFiles
FilesOnDisk()
{
    return {ReadTrace, ReadHoldTimes};
}

std::vector<Duration>
ReadHoldTimes(const std::string& path)
{
    GzipFile file(path);
    LineReader lines(path, [&](char* to, std::size_t count) { return file.Read(to, count); });
    std::vector<Duration> holds;
    for (bool first = true; lines.Next(); first = false)
    {
        const std::string_view text = Trimmed(lines.Line());
        const bool header = first && text.find_first_of("0123456789") == std::string_view::npos;
        if (text.empty() || header)
        {
            continue;
        }
        if (holds.size() == MAX_HOLD_SAMPLES)
        {
            lines.RefuseFile("more than 10,000,000 hold times");
        }
        holds.push_back(ReadHoldTime(text, lines));
    }
    if (holds.empty())
    {
        lines.RefuseFile("no hold time in it: expected one a line, as 0.25 or 250ms");
    }
    return holds;
}

} // namespace portlab
