// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_INSIDE_ADDRESSES_H
#define PORTLAB_INSIDE_ADDRESSES_H

#include "model/core/flow/workload.h"

#include <cstdint>

namespace portlab
{

/// How many inside addresses a device of this group of NATs can see, the one that has the most:
/// those of the hosts next to it, and the external ones of the NATs inside of it. What RulesOf()
/// asks for. Takes no time for each host. NATs must not be inside themselves.
std::uint32_t MostInsideAddresses(const Workload& workload, std::uint32_t nat);

} // namespace portlab

#endif // PORTLAB_INSIDE_ADDRESSES_H
