// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/trace/trace-builder.h"

#include "model/core/base/check.h"
#include "scenarios/trace/trace-values.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace portlab
{

namespace
{

std::string
Is(const char* name, std::string_view value)
{
    return std::string(name) + " is " + Quoted(value) + ": ";
}

Port
ReadPort(std::string_view text, const char* name, const LineReader& at)
{
    const auto port = ParsePort(text);
    if (!port)
    {
        at.RefuseLine(Is(name, text) + "a port is a whole number from 0 to 65535.");
    }
    return *port;
}

std::optional<Duration>
ReadDuration(const TraceRow& row, const char* name, const LineReader& at)
{
    if (!row.duration)
    {
        return std::nullopt;
    }
    const auto duration = ParseSeconds(*row.duration);
    if (!duration)
    {
        at.RefuseLine(Is(name, *row.duration) + "a duration is a number of seconds from 0 to " +
                      MOST_SECONDS + ".");
    }
    if (*duration > Duration::max() - row.time)
    {
        at.RefuseLine(Is(name, *row.duration) + "the connection would end later than " +
                      MOST_SECONDS + " seconds, the latest time there is.");
    }
    return duration;
}

} // namespace

Duration
ReadTime(std::string_view text, const char* name, const LineReader& at)
{
    const auto time = ParseSeconds(text);
    if (!time)
    {
        at.RefuseLine(Is(name, text) + "a time is a number of seconds from 0 to " + MOST_SECONDS +
                      ".");
    }
    return *time;
}

void
TraceBuilder::Add(const TraceRow& row, const FieldNames& names, const LineReader& at)
{
    ++m_trace.counts.rows;
    const bool isTcp = row.protocol == "tcp";
    if (!isTcp && row.protocol != "udp")
    {
        const bool isIcmp = row.protocol == "icmp" || row.protocol == "icmp6";
        ++(isIcmp ? m_trace.counts.icmpRows : m_trace.counts.otherProtocolRows);
        return;
    }
    TraceConnection connection{};
    connection.start = At(row.time);
    connection.duration = ReadDuration(row, names.duration, at);
    connection.source = AddressId(row.source, names.source, at);
    connection.destination = AddressId(row.destination, names.destination, at);
    connection.sourcePort = ReadPort(row.sourcePort, names.sourcePort, at);
    connection.destinationPort = ReadPort(row.destinationPort, names.destinationPort, at);
    connection.transport = isTcp ? Transport::Tcp : Transport::Udp;
    connection.closedBy = isTcp ? row.closedBy : std::nullopt;

    auto& connections = m_trace.connections;
    if (!connections.empty() && connection.start < connections.back().start)
    {
        ++m_trace.counts.unorderedRows;
    }
    connections.push_back(connection);
}

Trace
TraceBuilder::Finish(const LineReader& at)
{
    const TraceCounts& counts = m_trace.counts;
    auto& connections = m_trace.connections;
    if (connections.empty())
    {
        at.RefuseFile("holds no TCP or UDP connection: " + std::to_string(counts.rows) +
                      " rows, of which " + std::to_string(counts.icmpRows) + " are ICMP and " +
                      std::to_string(counts.otherProtocolRows) + " of other protocols.");
    }
    const auto byStart = [](const TraceConnection& a, const TraceConnection& b) {
        return a.start < b.start;
    };
    if (counts.unorderedRows > 0)
    {
        std::stable_sort(connections.begin(), connections.end(), byStart);
    }
    m_trace.origin = connections.front().start.time_since_epoch();
    for (TraceConnection& connection : connections)
    {
        connection.start -= m_trace.origin;
    }
    return std::move(m_trace);
}

std::uint32_t
TraceBuilder::AddressId(std::string_view text, const char* name, const LineReader& at)
{
    const auto known = m_ids.find(text);
    if (known != m_ids.end())
    {
        return known->second;
    }
    const auto canonical = CanonicalAddress(text);
    if (!canonical)
    {
        at.RefuseLine(Is(name, text) + "an address is IPv4 or IPv6 text, such as 192.0.2.1 or "
                                       "2001:db8::1.");
    }
    const std::uint32_t id = StoreAddress(*canonical);
    if (text != *canonical)
    {
        Remember(text, id);
    }
    return id;
}

std::uint32_t
TraceBuilder::StoreAddress(const std::string& canonical)
{
    const auto known = m_ids.find(canonical);
    if (known != m_ids.end())
    {
        return known->second;
    }
    Check(m_trace.addresses.size() < std::numeric_limits<std::uint32_t>::max(),
          "a trace has more addresses than 32 bits can number");
    const auto id = static_cast<std::uint32_t>(m_trace.addresses.size());
    m_trace.addresses.push_back(canonical);
    Remember(canonical, id);
    return id;
}

void
TraceBuilder::Remember(std::string_view spelling, std::uint32_t id)
{
    m_ids.emplace(m_spellings.emplace_back(spelling), id);
}

} // namespace portlab
