// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TRACE_H
#define PORTLAB_TRACE_H

#include "model/core/base/time.h"
#include "model/core/port/port-range.h"
#include "model/core/port/transport.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portlab
{

/// How a recorded TCP connection ended.
enum class ClosedBy : std::uint8_t
{
    Client, ///< The source sent the first FIN and keeps the TIME_WAIT.
    Server, ///< The destination did.
    Reset,  ///< An RST was seen, from either side: nobody waits (RFC 9293, 3.10.7.4).
};

/// One recorded connection, or one UDP flow. Traces hold millions: 40 bytes each.
struct TraceConnection
{
    Instant start;                    ///< Since the trace's first connection.
    std::optional<Duration> duration; ///< Empty: not recorded.
    std::uint32_t source;             ///< Index in Trace::addresses.
    std::uint32_t destination;        ///< Index in Trace::addresses.
    Port sourcePort;
    Port destinationPort;
    Transport transport;
    std::optional<ClosedBy> closedBy; ///< Empty: not recorded, or UDP.
};

static_assert(sizeof(TraceConnection) <= 40, "millions of rows have to fit in memory");

/// What became of a trace's rows: rows = connections + icmpRows + otherProtocolRows.
struct TraceCounts
{
    std::uint64_t rows{0};              ///< Lines that describe a connection, skipped or not.
    std::uint64_t icmpRows{0};          ///< Skipped: ICMP has no ports.
    std::uint64_t otherProtocolRows{0}; ///< Skipped: neither TCP, nor UDP, nor ICMP.
    std::uint64_t unorderedRows{0};     ///< Kept, but they start before the kept row above them.
};

/// Recorded connections in order of time; rows of the same instant stay in the file's order.
struct Trace
{
    /// IPv4 and IPv6 in canonical text, each once, in order of appearance in the file.
    std::vector<std::string> addresses;
    std::vector<TraceConnection> connections; ///< Never empty.
    /// The first connection's time as the file gives it, now subtracted. Zeek counts from 1970.
    Duration origin{0};
    TraceCounts counts;
};

/// Reads a trace: portlab's CSV, Zeek's conn.log or Zeek's JSON lines, plain or gzip-compressed,
/// told apart by content and not by name. Times are exact to the nanosecond.
/// Throws std::invalid_argument with one message, "FILE:LINE: what, what was expected".
Trace ReadTrace(const std::string& path);

/// The same for uncompressed text that is already in memory; `name` stands for it in messages.
Trace ParseTrace(std::string_view text, const std::string& name);

} // namespace portlab

#endif // PORTLAB_TRACE_H
