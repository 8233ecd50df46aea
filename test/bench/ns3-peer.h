// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NS3_PEER_H
#define PORTLAB_NS3_PEER_H

#include "model/core/flow/workload.h"
#include "test/bench/outcome.h"

#include <cstdint>
#include <string>

namespace portlab
{

struct PeerRun
{
    Outcome outcome;
    std::uint64_t simulatorEvents;
};

/// A load test as one would write it in ns-3: an event of the simulator for each transition of each
/// connection. Draws, port rules and counters are the core's, so that only the handling of events
/// is another. One host, one destination, whose clients close.
///
/// Left out, in its favour: time series and first failures.
PeerRun RunNs3Peer(const Workload& workload, std::uint64_t run, const std::string& scheduler);

} // namespace portlab

#endif // PORTLAB_NS3_PEER_H
