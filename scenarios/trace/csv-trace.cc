// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/trace/columns.h"
#include "scenarios/trace/trace-formats.h"
#include "scenarios/trace/trace-values.h"

#include <algorithm>

namespace portlab
{

namespace
{

constexpr FieldNames
    CSV_NAMES{"time_s", "proto", "src", "src_port", "dst", "dst_port", "duration_s"};

std::optional<ClosedBy>
ReadCloses(std::string_view text, const LineReader& at)
{
    if (text.empty())
    {
        return std::nullopt;
    }
    if (text == "client")
    {
        return ClosedBy::Client;
    }
    if (text == "server")
    {
        return ClosedBy::Server;
    }
    if (text != "reset")
    {
        at.RefuseLine("closes is " + Quoted(text) +
                      ": it is client, server, reset, or nothing where it is not known.");
    }
    return ClosedBy::Reset;
}

} // namespace

bool
IsCsvHeader(std::string_view line)
{
    std::vector<std::string_view> fields;
    SplitFields(line, ",", fields);
    return std::any_of(fields.begin(), fields.end(), [](std::string_view field) {
        return field == CSV_NAMES.time || field == CSV_NAMES.protocol ||
               field == CSV_NAMES.source || field == CSV_NAMES.sourcePort ||
               field == CSV_NAMES.destination || field == CSV_NAMES.destinationPort;
    });
}

void
ReadCsv(LineReader& lines, TraceBuilder& builder)
{
    std::vector<std::string_view> fields;
    SplitFields(lines.Line(), ",", fields);
    const Columns columns(fields, CSV_NAMES, lines);
    const auto duration = columns.Find(CSV_NAMES.duration, lines);
    const auto closes = columns.Find("closes", lines);
    while (lines.Next())
    {
        SplitFields(lines.Line(), ",", fields);
        columns.CheckCount(fields.size(), lines);
        TraceRow row = columns.Row(fields, lines);
        if (duration && !fields[*duration].empty())
        {
            row.duration = fields[*duration];
        }
        if (closes)
        {
            row.closedBy = ReadCloses(fields[*closes], lines);
        }
        builder.Add(row, CSV_NAMES, lines);
    }
}

} // namespace portlab
