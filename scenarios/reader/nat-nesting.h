// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NAT_NESTING_H
#define PORTLAB_NAT_NESTING_H

#include "model/core/flow/workload.h"
#include "scenarios/reader/section.h"

namespace portlab
{

/// Whether NATs can stand as they do: none inside itself, one way from each host to each service,
/// devices that share nothing they cannot share, and ports for all. Throws std::invalid_argument
/// that names the table at fault.
void CheckNesting(const Section& top, const Workload& workload);

} // namespace portlab

#endif // PORTLAB_NAT_NESTING_H
