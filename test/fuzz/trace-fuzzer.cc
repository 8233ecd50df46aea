// SPDX-License-Identifier: GPL-2.0-only

// Any bytes at all are either a trace that keeps its promises or one std::invalid_argument.

#include "model/core/base/check.h"
#include "scenarios/trace/trace.h"

#include <cstddef>
#include <cstdint>
#include <stdexcept>

using namespace portlab;

namespace
{

void
CheckPromises(const Trace& trace)
{
    const TraceCounts& counts = trace.counts;
    Check(!trace.connections.empty(), "a trace has a connection");
    Check(counts.rows == trace.connections.size() + counts.icmpRows + counts.otherProtocolRows,
          "every row is kept or counted as skipped");
    Check(trace.origin >= Duration{0}, "no time lies before the file's zero");
    Instant previous{};
    Check(trace.connections.front().start == previous, "a trace starts at zero");
    for (const TraceConnection& row : trace.connections)
    {
        Check(row.start >= previous, "rows are in order of time");
        Check(row.source < trace.addresses.size(), "the source has an address");
        Check(row.destination < trace.addresses.size(), "the destination has an address");
        Check(!row.duration || *row.duration >= Duration{0}, "no duration is negative");
        Check(!row.duration || *row.duration <= NEVER - row.start, "every end can be told");
        Check(!row.closedBy || row.transport == Transport::Tcp, "only TCP closes");
        previous = row.start;
    }
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    try
    {
        CheckPromises(ParseTrace({reinterpret_cast<const char*>(data), size}, "input"));
    }
    catch (const std::invalid_argument&)
    {
        // The user's mistake, said in a sentence.
    }
    return 0;
}
