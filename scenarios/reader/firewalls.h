// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_FIREWALLS_H
#define PORTLAB_FIREWALLS_H

#include "scenarios/reader/section.h"
#include "scenarios/scenario.h"

namespace portlab
{

/// Reads [firewalls.NAME], once the hosts are there.
void ReadFirewalls(const Section& top, Scenario& scenario);

} // namespace portlab

#endif // PORTLAB_FIREWALLS_H
