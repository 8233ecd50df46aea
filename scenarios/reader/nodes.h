// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NODES_H
#define PORTLAB_NODES_H

#include "scenarios/reader/section.h"
#include "scenarios/scenario.h"

namespace portlab
{

/// Reads [nodes.NAME] into the scenario.
void ReadNodes(const Section& top, Scenario& scenario);

/// Reads where hosts stand: node, shares_kernel and zones of [hosts.NAME].
void ReadPlace(const Section& section, const Workload& workload, HostGroup& group);

} // namespace portlab

#endif // PORTLAB_NODES_H
