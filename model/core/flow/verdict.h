// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_VERDICT_H
#define PORTLAB_VERDICT_H

#include "model/core/flow/flow-statistics.h"
#include "model/core/flow/results.h"

namespace portlab
{

/// Says in one sentence what gave, from when, at which limit, and which limit comes next; or that
/// nothing gave, and how far away the nearest limit is.
Verdict Judge(const Topology& topology, const FlowStatistics& statistics);

} // namespace portlab

#endif // PORTLAB_VERDICT_H
