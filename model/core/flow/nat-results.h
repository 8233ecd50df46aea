// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NAT_RESULTS_H
#define PORTLAB_NAT_RESULTS_H

#include "model/core/flow/border.h"
#include "model/core/flow/results.h"

namespace portlab
{

/// What the devices of a group of NATs have counted by `now`, in the last `counted` of the run.
NatResult NatResultOf(const NatGroup& group,
                      std::uint32_t number,
                      Border& border,
                      Duration counted,
                      Instant now);

} // namespace portlab

#endif // PORTLAB_NAT_RESULTS_H
