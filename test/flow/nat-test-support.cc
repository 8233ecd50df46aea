// SPDX-License-Identifier: GPL-2.0-only

#include "test/flow/nat-test-support.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace portlab::test
{

using namespace std::chrono_literals;

NatPreset
NatInOrder(Port first, Port last)
{
    NatPreset preset{};
    preset.name = "in-order";
    preset.addresses = {1};
    preset.tcpUnique = {NatUniqueness::Destination};
    preset.udpUnique = {NatUniqueness::Destination};
    preset.icmp = {true};
    preset.mapping = {MappingRule::AddressAndPortDependent};
    preset.filtering = {Dependence::AddressAndPort};
    preset.pick = {PortPick::Search};
    preset.search = {PortSearch::InOrder};
    preset.ports = {PortRange(first, last)};
    preset.blocks = {BlockMode::None};
    preset.tcp = {{120s}, {120s}, {3600s}, {3600s}, {120s}, {120s}, {120s}, {120s}, {120s}};
    preset.udpNew = {30s};
    preset.udpStream = {120s};
    preset.udpStreamAfter = {2s};
    preset.icmpIdle = {30s};
    preset.refresh = {RefreshRule::Both};
    preset.reopensAnew = {true};
    preset.onUnknownFlow = {UnknownFlowRule::Drop};
    preset.counters = {{"no_port"}, {"table_full"}};
    return preset;
}

NatGroup
NatCalled(const std::string& name, const NatPreset& preset)
{
    NatGroup nat{name, preset};
    nat.insideHosts = {0};
    return nat;
}

Workload
BehindNat(const NatPreset& preset)
{
    Workload load = OneClient(50999);
    load.nats.push_back(NatCalled("egress", preset));
    return load;
}

std::uint64_t
DropsOf(const RunResult& result, const std::string& reason)
{
    const auto& drops = result.nats.at(0).dropped;
    const auto found = std::find_if(drops.begin(), drops.end(), [&](const auto& drop) {
        return drop.first == reason;
    });
    if (found == drops.end())
    {
        ADD_FAILURE() << "the NAT counts no " << reason;
        return 0;
    }
    return found->second;
}

std::uint64_t
FailuresOf(const RunResult& result, Failure reason)
{
    return result.pairs.at(0).failed[static_cast<std::size_t>(reason)];
}

std::vector<double>
ValuesOf(const RunResult& result, const std::string& entity, const std::string& quantity)
{
    for (const Series& series : result.series)
    {
        if (series.entity == entity && series.quantity == quantity)
        {
            std::vector<double> values;
            for (const Sample& sample : series.samples)
            {
                values.push_back(sample.value);
            }
            return values;
        }
    }
    ADD_FAILURE() << "there is no series " << quantity << " of " << entity;
    return {};
}

} // namespace portlab::test
