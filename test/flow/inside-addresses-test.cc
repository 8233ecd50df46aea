// SPDX-License-Identifier: GPL-2.0-only

// The arithmetic against a device for each thing, with a list of the addresses that it sees.

#include "model/core/base/random.h"
#include "model/core/flow/inside-addresses.h"
#include "model/core/flow/nat-chain.h"
#include "model/core/flow/placement.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <tuple>

using namespace portlab;

namespace
{

/// What hosts must have in common to share a device.
std::uint32_t
KeyOf(NatSpan span, const HostPlace& host)
{
    return span == NatSpan::Host   ? host.host
           : span == NatSpan::Node ? host.node
           : span == NatSpan::Zone ? host.zone
                                   : 0;
}

std::uint32_t
NaiveMost(const Workload& load, std::uint32_t nat)
{
    using Source = std::tuple<bool, std::uint32_t, std::uint32_t>; // NAT or host, group, which.
    const Placement placement(load);
    std::map<std::uint32_t, std::map<Source, std::uint32_t>> devices;
    for (std::uint32_t group = 0; group < load.hosts.size(); ++group)
    {
        const auto& hosts = load.nats[nat].insideHosts;
        const bool isNext = std::count(hosts.begin(), hosts.end(), group) > 0;
        for (std::uint32_t i = 0; i < load.hosts[group].count; ++i)
        {
            const HostPlace place = placement.Of(group, i);
            auto& device = devices[KeyOf(load.nats[nat].span, place)];
            if (isNext)
            {
                device[{false, group, i}] = load.hosts[group].addresses;
            }
            for (const std::uint32_t inner : load.nats[nat].insideNats)
            {
                if (IsInside(load, group, inner))
                {
                    device[{true, inner, KeyOf(load.nats[inner].span, place)}] =
                        load.nats[inner].addresses;
                }
            }
        }
    }
    std::uint32_t most = 0;
    for (const auto& device : devices)
    {
        std::uint32_t sum = 0;
        for (const auto& source : device.second)
        {
            sum += source.second;
        }
        most = std::max(most, sum);
    }
    return most;
}

HostGroup
RandomHosts(const Workload& load, Random& random)
{
    HostGroup hosts;
    hosts.count = 1 + random.Below(12);
    hosts.addresses = 1 + random.Below(3);
    if (!load.nodes.empty() && random.Below(2) == 0)
    {
        hosts.nodes = random.Below(static_cast<std::uint32_t>(load.nodes.size()));
        return hosts;
    }
    hosts.hostsPerKernel = 1 + random.Below(4);
    hosts.zones = 1 + random.Below(4);
    return hosts;
}

/// NATs in order from the narrowest to the widest, each with some hosts and some of those before.
Workload
RandomWorkload(Random& random)
{
    Workload load;
    for (std::uint32_t i = random.Below(3); i > 0; --i)
    {
        NodeGroup nodes;
        nodes.count = 1 + random.Below(6);
        nodes.zones = 1 + random.Below(nodes.count);
        load.nodes.push_back(nodes);
    }
    for (std::uint32_t i = 1 + random.Below(3); i > 0; --i)
    {
        load.hosts.push_back(RandomHosts(load, random));
    }
    for (const NatSpan span : {NatSpan::Host, NatSpan::Node, NatSpan::Zone, NatSpan::All})
    {
        for (std::uint32_t i = random.Below(3); i > 0; --i)
        {
            NatGroup nat;
            nat.span = span;
            nat.addresses = 1 + random.Below(3);
            for (std::uint32_t hosts = 0; hosts < load.hosts.size(); ++hosts)
            {
                if (random.Below(2) == 0)
                {
                    nat.insideHosts.push_back(hosts);
                }
            }
            for (std::uint32_t inner = 0; inner < load.nats.size(); ++inner)
            {
                if (random.Below(2) == 0)
                {
                    nat.insideNats.push_back(inner);
                }
            }
            load.nats.push_back(nat);
        }
    }
    return load;
}

} // namespace

TEST(InsideAddresses, AreThoseThatTheFullestDeviceSees)
{
    std::uint32_t compared = 0;
    for (std::uint64_t seed = 0; seed < 3000; ++seed)
    {
        Random random(StreamKey(seed, 0));
        const Workload load = RandomWorkload(random);
        for (std::uint32_t nat = 0; nat < load.nats.size(); ++nat)
        {
            ASSERT_EQ(MostInsideAddresses(load, nat), NaiveMost(load, nat))
                << "seed " << seed << ", NAT " << nat;
            ++compared;
        }
    }
    EXPECT_GT(compared, 9000u);
}

TEST(InsideAddresses, OfManyHostsTakeNoTimeAndDoNotOverflow)
{
    Workload load;
    HostGroup hosts;
    hosts.count = 1'000'000;
    hosts.addresses = 1'000'000;
    load.hosts.push_back(hosts);
    NatGroup nat;
    nat.insideHosts = {0};
    load.nats.push_back(nat);

    EXPECT_EQ(MostInsideAddresses(load, 0), 4'294'967'295u);
    load.hosts[0].addresses = 4;
    EXPECT_EQ(MostInsideAddresses(load, 0), 4'000'000u);
}
