// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TRACE_BUILDER_H
#define PORTLAB_TRACE_BUILDER_H

#include "scenarios/trace/line-reader.h"
#include "scenarios/trace/trace.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace portlab
{

/// What one format calls the parts of a connection.
struct FieldNames
{
    const char* time;
    const char* protocol;
    const char* source;
    const char* sourcePort;
    const char* destination;
    const char* destinationPort;
    const char* duration;
};

/// One line's fields, as the file spells them.
struct TraceRow
{
    Duration time{0}; ///< As the file counts: from the capture's start, or from 1970.
    std::string_view protocol;
    std::string_view source;
    std::string_view sourcePort;
    std::string_view destination;
    std::string_view destinationPort;
    std::optional<std::string_view> duration; ///< Empty: the file says that it is not known.
    std::optional<ClosedBy> closedBy;
};

/// Makes a trace of rows in any order, whatever the format: checks them, counts what it skips,
/// stores each address once.
class TraceBuilder
{
  public:
    /// Throws std::invalid_argument, which names the field as `names` does and the line as `at`.
    void Add(const TraceRow& row, const FieldNames& names, const LineReader& at);

    /// The trace, sorted and counted from its first connection. Throws std::invalid_argument when
    /// there is no connection in it. Call it last and once.
    Trace Finish(const LineReader& at);

  private:
    std::uint32_t AddressId(std::string_view text, const char* name, const LineReader& at);
    std::uint32_t StoreAddress(const std::string& canonical);
    void Remember(std::string_view spelling, std::uint32_t id);

    Trace m_trace;
    /// Every spelling met so far. The keys live in m_spellings, which never moves them.
    std::unordered_map<std::string_view, std::uint32_t> m_ids;
    std::deque<std::string> m_spellings;
};

/// A time in decimal seconds. Throws std::invalid_argument, which names the field as `name`.
Duration ReadTime(std::string_view text, const char* name, const LineReader& at);

} // namespace portlab

#endif // PORTLAB_TRACE_BUILDER_H
