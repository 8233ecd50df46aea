// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_LIMIT_H
#define PORTLAB_LIMIT_H

#include "model/core/flow/workload.h"

#include <cstdint>

namespace portlab
{

/// What no event handling can do without: the random draws of a load test, with a first-in
/// first-out queue of what waits, and nothing else: no ports, no order of events, no statistics.
/// Answers the number of connections.
std::uint64_t RunLimit(const Workload& workload, std::uint64_t run);

} // namespace portlab

#endif // PORTLAB_LIMIT_H
