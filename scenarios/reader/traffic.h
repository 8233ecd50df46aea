// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TRAFFIC_H
#define PORTLAB_TRAFFIC_H

#include "scenarios/reader/connection.h"
#include "scenarios/scenario.h"

#include <optional>

namespace portlab
{

/// Reads [traffic.NAME], once hosts and services are there, and settles the workload's duration:
/// `stated`, else that of the longest trace, else what workload.h says.
void ReadTraffic(const Section& top,
                 const Surroundings& around,
                 std::optional<Duration> stated,
                 Scenario& scenario);

/// Reads [calls.NAME], once all else is there.
void ReadCalls(const Section& top, const Surroundings& around, Scenario& scenario);

} // namespace portlab

#endif // PORTLAB_TRAFFIC_H
