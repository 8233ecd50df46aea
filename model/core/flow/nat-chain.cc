// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/flow/nat-chain.h"

#include <algorithm>

namespace portlab
{

namespace
{

bool
Contains(const std::vector<std::uint32_t>& list, std::uint32_t number)
{
    return std::find(list.begin(), list.end(), number) != list.end();
}

} // namespace

std::vector<std::uint32_t>
WithInner(const Workload& workload, std::uint32_t nat)
{
    std::vector<std::uint32_t> found{nat};
    for (std::size_t next = 0; next < found.size(); ++next)
    {
        for (const std::uint32_t inner : workload.nats[found[next]].insideNats)
        {
            if (!Contains(found, inner))
            {
                found.push_back(inner);
            }
        }
    }
    return found;
}

bool
IsInside(const Workload& workload, std::uint32_t hosts, std::uint32_t nat)
{
    const std::vector<std::uint32_t> group = WithInner(workload, nat);
    return std::any_of(group.begin(), group.end(), [&](std::uint32_t some) {
        return Contains(workload.nats[some].insideHosts, hosts);
    });
}

bool
Translates(const NatGroup& nat, std::uint32_t service)
{
    return nat.only.empty() ? !Contains(nat.bypass, service) : Contains(nat.only, service);
}

std::vector<std::uint32_t>
NatChain(const Workload& workload, std::uint32_t hosts, std::uint32_t service)
{
    std::vector<std::uint32_t> chain;
    for (std::uint32_t nat = 0; nat < workload.nats.size(); ++nat)
    {
        if (Translates(workload.nats[nat], service) && IsInside(workload, hosts, nat))
        {
            const auto behind = std::find_if(chain.begin(), chain.end(), [&](std::uint32_t other) {
                return Contains(WithInner(workload, other), nat);
            });
            chain.insert(behind, nat);
        }
    }
    return chain;
}

} // namespace portlab
