// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TRACE_FORMATS_H
#define PORTLAB_TRACE_FORMATS_H

#include "scenarios/trace/line-reader.h"
#include "scenarios/trace/trace-builder.h"

#include <string_view>

namespace portlab
{

// One reader for each format. Each begins at the reader's current line, reads to the end, and
// throws std::invalid_argument at the first line that is wrong.

/// Whether the line names at least one column that portlab's CSV needs.
bool IsCsvHeader(std::string_view line);

/// portlab's CSV. Its header names the columns, in any order: time_s, proto, src, src_port, dst,
/// dst_port; optionally duration_s (seconds, or nothing) and closes (client, server, reset, or
/// nothing); others are passed over.
void ReadCsv(LineReader& lines, TraceBuilder& builder);

/// Whether a Zeek log can begin with the line.
bool IsZeekHeader(std::string_view line);

/// Zeek's conn.log in its own form, including several logs one after another.
/// Source: doc/scripts/base/frameworks/logging/writers/ascii.zeek.rst, zeek/zeek@2059bff84a19, and
/// src/logging/writers/ascii/Ascii.cc, zeek/zeek@046eb58b7519, for the # lines.
void ReadZeekTsv(LineReader& lines, TraceBuilder& builder);

/// Zeek's conn.log as JSON, one object a line. A time is a number of seconds, a whole number of
/// milliseconds (twelve digits or more: no such second can be represented), or an ISO 8601 string.
/// Source: src/threading/formatters/JSON.cc, zeek/zeek@01138287c363.
void ReadZeekJson(LineReader& lines, TraceBuilder& builder);

} // namespace portlab

#endif // PORTLAB_TRACE_FORMATS_H
