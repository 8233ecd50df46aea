// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/trace/trace.h"

#include "scenarios/trace/gzip-file.h"
#include "scenarios/trace/line-reader.h"
#include "scenarios/trace/trace-builder.h"
#include "scenarios/trace/trace-formats.h"
#include "scenarios/trace/trace-values.h"

#include <algorithm>
#include <utility>

namespace portlab
{

namespace
{

constexpr const char* KNOWN_FORMATS =
    "portlab reads its own CSV (header time_s,proto,src,src_port,dst,dst_port), Zeek's conn.log "
    "with its # lines, and Zeek's conn.log as JSON lines, each of them plain or compressed with "
    "gzip.";

void
ReadRows(LineReader& lines, TraceBuilder& builder)
{
    const std::string_view first = lines.Line();
    if (IsZeekHeader(first))
    {
        ReadZeekTsv(lines, builder);
    }
    else if (first.front() == '{')
    {
        ReadZeekJson(lines, builder);
    }
    else if (IsCsvHeader(first))
    {
        ReadCsv(lines, builder);
    }
    else
    {
        lines.RefuseFile("is not a trace, it begins with " + Quoted(first) + ": " + KNOWN_FORMATS);
    }
}

Trace
ReadLines(LineReader lines)
{
    if (!lines.Next())
    {
        lines.RefuseFile(std::string("is empty: ") + KNOWN_FORMATS);
    }
    TraceBuilder builder;
    ReadRows(lines, builder);
    return builder.Finish(lines);
}

} // namespace

Trace
ReadTrace(const std::string& path)
{
    GzipFile file(path);
    return ReadLines(
        LineReader(path, [&file](char* to, std::size_t count) { return file.Read(to, count); }));
}

Trace
ParseTrace(std::string_view text, const std::string& name)
{
    return ReadLines(LineReader(name, [text](char* to, std::size_t count) mutable {
        const std::string_view chunk = text.substr(0, count);
        text.remove_prefix(chunk.size());
        std::copy(chunk.begin(), chunk.end(), to);
        return chunk.size();
    }));
}

} // namespace portlab
