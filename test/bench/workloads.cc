// SPDX-License-Identifier: GPL-2.0-only

#include "test/bench/workloads.h"

#include "model/core/port/port-rules.h"

namespace portlab
{

namespace
{

const std::string LOAD_TEST = PORTLAB_SOURCE_DIR "/scenarios/load-test.toml";
const std::string CLIENTS = PORTLAB_SOURCE_DIR "/test/bench/clients.toml";
const std::string BEHIND_NAT = PORTLAB_SOURCE_DIR "/test/bench/behind-nat.toml";

void
SetArrivals(Scenario& scenario, double perSecond, double connections)
{
    scenario.workload.traffic.front().arrivals = PoissonArrivals{perSecond};
    scenario.workload.duration = FromSeconds(connections / perSecond);
}

} // namespace

Scenario
BehindNat(const std::string& preset)
{
    Overrides overrides;
    overrides.set = {{"nats.egress.preset", preset}};
    return ReadScenario(BEHIND_NAT, overrides);
}

Scenario
LoadTestBehindNat(double arrivalsPerSecond, double connections)
{
    Overrides overrides;
    overrides.set = {{"hosts.client.count", "1"}, {"services.api.addresses", "1"}};
    Scenario scenario = ReadScenario(BEHIND_NAT, overrides);
    SetArrivals(scenario, arrivalsPerSecond, connections);
    return scenario;
}

Scenario
LoadTest(double arrivalsPerSecond, double connections, const Overrides& overrides)
{
    Scenario scenario = ReadScenario(LOAD_TEST, overrides);
    SetArrivals(scenario, arrivalsPerSecond, connections);
    return scenario;
}

Scenario
LoadTestAtShare(double share, double connections, const Overrides& overrides)
{
    Scenario scenario = ReadScenario(LOAD_TEST, overrides);
    const PortRules rules(scenario.workload.hosts.front().profile);
    const auto hold = std::get<ExponentialHold>(scenario.workload.traffic.front().hold).mean;
    SetArrivals(scenario,
                share * rules.tcp.usable / InSeconds(hold + rules.timeWait.remote),
                connections);
    return scenario;
}

Scenario
Clients(std::uint32_t count)
{
    Overrides overrides;
    overrides.set = {{"hosts.client.count", std::to_string(count)}};
    return ReadScenario(CLIENTS, overrides);
}

} // namespace portlab
