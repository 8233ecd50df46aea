// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_RECORDED_H
#define PORTLAB_RECORDED_H

#include "scenarios/reader/section.h"
#include "scenarios/scenario.h"
#include "scenarios/trace/trace.h"

#include <cstdint>

namespace portlab
{

/// A traffic that replays a trace.
struct Replay
{
    std::uint32_t traffic; ///< Index in the workload.
    const Node* node;      ///< The traffic's table.
    Trace trace;
};

/// How long a run must be for every connection of the trace to start in it: whole seconds.
Duration LengthOf(const Trace& trace);

/// Makes the host group and the service of a replay stand for the recorded machines, and its
/// arrivals for the connections that start before the workload's end. Throws
/// std::invalid_argument when the scenario says something that the trace says already, or when
/// the trace lacks hold times and the scenario has none.
void BindReplay(const Replay& replay, const Section& top, Scenario& scenario);

} // namespace portlab

#endif // PORTLAB_RECORDED_H
