// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NATS_H
#define PORTLAB_NATS_H

#include "scenarios/reader/section.h"
#include "scenarios/scenario.h"

namespace portlab
{

/// Reads [nats.NAME], once hosts, services and traffic are settled: how ports are shared may depend
/// on how many hosts there are.
void ReadNats(const Section& top, Scenario& scenario);

} // namespace portlab

#endif // PORTLAB_NATS_H
