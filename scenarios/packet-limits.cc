// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/packet-limits.h"

#include "model/core/flow/nat-chain.h"

#include <algorithm>
#include <set>
#include <vector>

namespace portlab
{

namespace
{

constexpr std::uint64_t MOST_BYTES = 100'000;

/// Of traffic and calls alike.
template <typename Requests>
std::optional<std::string>
WhyNotThese(const Requests& requests, const std::string& where)
{
    if (requests.speaksEvery > Duration{0})
    {
        return "has no silent connections yet: " + where + ".speaks_every";
    }
    if (requests.sends > MOST_BYTES)
    {
        return "sends at most 100,000 bytes on a connection: " + where + ".sends";
    }
    return std::nullopt;
}

std::optional<std::string>
WhyNotThis(const Workload& workload, const Service& service)
{
    const std::string where = "services." + service.name;
    if (service.place == PeerPlace::Loopback)
    {
        return "has no loopback yet: " + where + ".loopback";
    }
    for (std::uint32_t nat = 0; service.runsOn && !service.vip && nat < workload.nats.size(); ++nat)
    {
        if (IsInside(workload, *service.runsOn, nat))
        {
            return "has no services behind NATs yet: " + where + " runs inside nats." +
                   workload.nats[nat].name;
        }
    }
    return std::nullopt;
}

std::optional<std::string>
WhyNotThis(const NatGroup& nat)
{
    if (nat.preset.pick.value == PortPick::Keep)
    {
        return "has no devices that keep addresses yet: nats." + nat.name;
    }
    return std::nullopt;
}

/// Whatever a host talks to, its packets pass the same row of routers.
std::optional<std::string>
WhyNoRow(const Workload& workload, std::uint32_t group)
{
    std::vector<std::uint32_t> longest;
    std::set<std::uint32_t> all;
    for (std::uint32_t service = 0; service < workload.services.size(); ++service)
    {
        const auto chain = NatChain(workload, group, service);
        all.insert(chain.begin(), chain.end());
        longest = chain.size() > longest.size() ? chain : longest;
    }
    return all.size() > longest.size()
               ? std::optional("has no NATs side by side yet: hosts." + workload.hosts[group].name)
               : std::nullopt;
}

/// The first reason among those of single parts.
template <typename Parts, typename Why>
void
Look(const Parts& parts, const Why& why, std::optional<std::string>& first)
{
    for (const auto& part : parts)
    {
        first = first ? first : why(part);
    }
}

} // namespace

std::optional<std::string>
WhyNoPackets(const Workload& workload)
{
    std::optional<std::string> why;
    for (std::uint32_t group = 0; group < workload.hosts.size(); ++group)
    {
        why = why ? why : WhyNoRow(workload, group);
    }
    const auto ofHosts = [](const HostGroup& hosts) {
        return hosts.addresses > 1 ? std::optional("has one address for each host: hosts." +
                                                   hosts.name + ".addresses")
                                   : std::nullopt;
    };
    const auto ofTraffic = [](const Traffic& traffic) {
        return WhyNotThese(traffic, "traffic." + traffic.name);
    };
    const auto ofCalls = [](const Call& call) { return WhyNotThese(call, "calls." + call.name); };
    const auto ofService = [&](const Service& service) { return WhyNotThis(workload, service); };
    const auto ofNat = [](const NatGroup& nat) { return WhyNotThis(nat); };
    Look(workload.hosts, ofHosts, why);
    Look(workload.services, ofService, why);
    Look(workload.traffic, ofTraffic, why);
    Look(workload.calls, ofCalls, why);
    Look(workload.nats, ofNat, why);
    return why;
}

} // namespace portlab
