// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NAT_CHAIN_H
#define PORTLAB_NAT_CHAIN_H

#include "model/core/flow/workload.h"

#include <cstdint>
#include <vector>

namespace portlab
{

/// A group of NATs and all that stand inside of it, each once, however many ways lead there.
std::vector<std::uint32_t> WithInner(const Workload& workload, std::uint32_t nat);

/// Whether a group of NATs translates for a host group, itself or through NATs inside of it.
bool IsInside(const Workload& workload, std::uint32_t hosts, std::uint32_t nat);

/// Whether it translates what goes to a service.
bool Translates(const NatGroup& nat, std::uint32_t service);

/// The NATs between a host group and a service, innermost first. They are nested if the workload is
/// sound: of two, one stands inside of the other.
std::vector<std::uint32_t> NatChain(const Workload& workload,
                                    std::uint32_t hosts,
                                    std::uint32_t service);

} // namespace portlab

#endif // PORTLAB_NAT_CHAIN_H
