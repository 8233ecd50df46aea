// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_COLUMNS_H
#define PORTLAB_COLUMNS_H

#include "scenarios/trace/line-reader.h"
#include "scenarios/trace/trace-builder.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portlab
{

/// Cuts a line at every separator, which is not empty; reuses the memory of `fields`.
void SplitFields(std::string_view line,
                 std::string_view separator,
                 std::vector<std::string_view>& fields);

/// A header line's column names, and where each part of a connection stands among them.
class Columns
{
  public:
    /// Reads the header at the reader's current line. Throws std::invalid_argument when a column
    /// that a connection needs is missing, or when one stands twice.
    Columns(const std::vector<std::string_view>& header,
            const FieldNames& names,
            const LineReader& at);

    /// Where the column stands, if it does. Throws when it stands twice.
    std::optional<std::size_t> Find(std::string_view name, const LineReader& at) const;

    /// Throws std::invalid_argument unless the line has as many fields as the header.
    void CheckCount(std::size_t fieldCount, const LineReader& at) const;

    /// A row of the fields that every format has; its duration is left empty.
    TraceRow Row(const std::vector<std::string_view>& fields, const LineReader& at) const;

  private:
    std::size_t Require(std::string_view name, const LineReader& at) const;

    std::vector<std::string> m_header;
    std::uint64_t m_line;
    const FieldNames* m_names;
    std::size_t m_time;
    std::size_t m_protocol;
    std::size_t m_source;
    std::size_t m_sourcePort;
    std::size_t m_destination;
    std::size_t m_destinationPort;
};

} // namespace portlab

#endif // PORTLAB_COLUMNS_H
