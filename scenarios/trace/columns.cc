// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/trace/columns.h"

#include "scenarios/trace/trace-values.h"

namespace portlab
{

void
SplitFields(std::string_view line,
            std::string_view separator,
            std::vector<std::string_view>& fields)
{
    fields.clear();
    std::size_t begin = 0;
    while (true)
    {
        const std::size_t end = line.find(separator, begin);
        fields.push_back(line.substr(begin, end - begin));
        if (end == std::string_view::npos)
        {
            return;
        }
        begin = end + separator.size();
    }
}

Columns::Columns(const std::vector<std::string_view>& header,
                 const FieldNames& names,
                 const LineReader& at)
    : m_header(header.begin(), header.end()),
      m_line(at.Number()),
      m_names(&names),
      m_time(Require(names.time, at)),
      m_protocol(Require(names.protocol, at)),
      m_source(Require(names.source, at)),
      m_sourcePort(Require(names.sourcePort, at)),
      m_destination(Require(names.destination, at)),
      m_destinationPort(Require(names.destinationPort, at))
{
}

std::optional<std::size_t>
Columns::Find(std::string_view name, const LineReader& at) const
{
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < m_header.size(); ++i)
    {
        if (m_header[i] == name && found)
        {
            at.RefuseLine("column " + std::string(name) +
                          " stands twice in the header: name "
                          "each column once.");
        }
        if (m_header[i] == name)
        {
            found = i;
        }
    }
    return found;
}

void
Columns::CheckCount(std::size_t fieldCount, const LineReader& at) const
{
    if (fieldCount != m_header.size())
    {
        at.RefuseLine("the line has " + std::to_string(fieldCount) +
                      " fields, but the header in line " + std::to_string(m_line) + " names " +
                      std::to_string(m_header.size()) + ".");
    }
}

TraceRow
Columns::Row(const std::vector<std::string_view>& fields, const LineReader& at) const
{
    TraceRow row;
    row.time = ReadTime(fields[m_time], m_names->time, at);
    row.protocol = fields[m_protocol];
    row.source = fields[m_source];
    row.sourcePort = fields[m_sourcePort];
    row.destination = fields[m_destination];
    row.destinationPort = fields[m_destinationPort];
    return row;
}

std::size_t
Columns::Require(std::string_view name, const LineReader& at) const
{
    const auto index = Find(name, at);
    if (!index)
    {
        std::string needed;
        for (const char* other : {m_names->time,
                                  m_names->protocol,
                                  m_names->source,
                                  m_names->sourcePort,
                                  m_names->destination,
                                  m_names->destinationPort})
        {
            needed += (needed.empty() ? "" : ", ") + std::string(other);
        }
        at.RefuseLine("column " + std::string(name) + " is missing: a trace needs " + needed + ".");
    }
    return *index;
}

} // namespace portlab
