// SPDX-License-Identifier: GPL-2.0-only

#include "test/fidelity/fidelity-cases.h"

#include "model/core/port/units.h"
#include "scenarios/runner.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace portlab::test
{

namespace
{

double
Mean(const std::vector<double>& values)
{
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<double>
Differences(const PairedFigure& figure)
{
    std::vector<double> differences;
    std::transform(figure.packet.begin(),
                   figure.packet.end(),
                   figure.connection.begin(),
                   std::back_inserter(differences),
                   std::minus<>());
    return differences;
}

} // namespace

const std::vector<FidelityCase>&
FidelityCases()
{
    static const std::vector<FidelityCase> cases{
        {"load test",
         "one host with 1,000 ports, at 18 connections a second where 16.6 can be sustained",
         "load-test.toml",
         {{"hosts.generator.tuned.ports", "40000-40999"},
          {"traffic.main.arrivals", "18/s"},
          {"duration", "600s"}}},
        {"thousand clients",
         "1,000 hosts with 10 ports each towards five services, of which one closes first itself",
         "thousand-clients.toml",
         {{"hosts.client.tuned.ports", "40000-40009"},
          {"traffic.web.arrivals", "{ total = \"30/s\" }"},
          {"traffic.search.arrivals", "{ total = \"60/s\" }"},
          {"traffic.login.arrivals", "{ total = \"5/s\" }"},
          {"traffic.images.arrivals", "{ total = \"20/s\" }"},
          {"traffic.metrics.arrivals", "{ constant = \"1/min\" }"},
          {"warmup", "0s"},
          {"duration", "120s"}}},
        {"fan-out",
         "users, pages and the calls that each page makes, in a shop whose pods run out of ports",
         "microservice-fan-out.toml",
         {{"traffic.pages.arrivals", "{ total = \"12/s\" }"},
          {"hosts.catalog-pods.tuned.ports", "40000-40199"},
          {"duration", "120s"},
          {"warmup", "0s"}}},
        {"linux-masquerade",
         "50 hosts behind one Linux router with 2,000 ports, at 17 connections a second",
         "behind-masquerade.toml",
         {}}};
    return cases;
}

Scenario
ScenarioOf(const FidelityCase& what, Fidelity fidelity, double share)
{
    Overrides overrides;
    overrides.set = what.set;
    overrides.set.emplace_back("fidelity", fidelity == Fidelity::Packet ? "packet" : "connection");
    const std::string own = PORTLAB_FIDELITY_SCENARIOS "/" + what.file;
    Scenario scenario =
        ReadScenario(what.set.empty() ? own : PORTLAB_SCENARIOS "/" + what.file, overrides);
    const double seconds = share * InSeconds(scenario.workload.duration);
    scenario.workload.duration = FromSeconds(seconds);
    return scenario;
}

Figures
FiguresOf(const Scenario& scenario, std::uint64_t run)
{
    const RunResult result = RunScenario(scenario, run)->result;
    Figures figures;
    for (const HostResult& host : result.hosts)
    {
        figures["attempts"] += static_cast<double>(host.attempts);
        figures["connected"] += static_cast<double>(host.connected);
        for (std::size_t reason = 0; reason < FAILURE_COUNT; ++reason)
        {
            figures[std::string("failed: ") + FAILURE_NAMES[reason]] +=
                static_cast<double>(host.failed[reason]);
        }
        double& peak = figures["TIME_WAIT at most, of a host"];
        peak = std::max(peak, static_cast<double>(host.timeWaitPeak));
    }
    for (const ServiceResult& service : result.services)
    {
        double& peak = figures["TIME_WAIT at most, of a server"];
        peak = std::max(peak, static_cast<double>(service.timeWaitPeak));
    }
    for (const NatResult& nat : result.nats)
    {
        figures["mappings asked for"] += static_cast<double>(nat.asked);
        figures["mappings granted"] += static_cast<double>(nat.granted);
        figures["mappings evicted"] += static_cast<double>(nat.evicted);
        figures["ports preserved, %"] += 100 * nat.preservedShare.value_or(0);
    }
    return figures;
}

double
PairedFigure::ConnectionMean() const
{
    return Mean(connection);
}

double
PairedFigure::PacketMean() const
{
    return Mean(packet);
}

double
PairedFigure::MeanDifference() const
{
    return Mean(Differences(*this));
}

double
PairedFigure::StandardError() const
{
    const std::vector<double> differences = Differences(*this);
    const double mean = Mean(differences);
    double squares = 0;
    for (const double difference : differences)
    {
        squares += (difference - mean) * (difference - mean);
    }
    const auto count = static_cast<double>(differences.size());
    return count < 2 ? 0 : std::sqrt(squares / (count - 1) / count);
}

bool
PairedFigure::Agrees() const
{
    if (name == "attempts")
    {
        return connection == packet;
    }
    // A peak is one machine's at one moment: a few connections more or less.
    const double share = name.rfind("TIME_WAIT at most", 0) == 0 ? 0.01 : 0.005;
    const double difference = std::abs(MeanDifference());
    return difference <= share * ConnectionMean() || difference <= 3 * StandardError();
}

std::vector<PairedFigure>
Compare(const FidelityCase& what, std::uint64_t runs, double share)
{
    std::map<std::string, PairedFigure> figures;
    for (std::uint64_t run = 1; run <= runs; ++run)
    {
        for (const auto& [name, value] :
             FiguresOf(ScenarioOf(what, Fidelity::Connection, share), run))
        {
            figures[name].connection.push_back(value);
        }
        for (const auto& [name, value] : FiguresOf(ScenarioOf(what, Fidelity::Packet, share), run))
        {
            figures[name].packet.push_back(value);
        }
    }
    std::vector<PairedFigure> all;
    for (auto& [name, figure] : figures)
    {
        figure.name = name;
        if (figure.ConnectionMean() > 0 || figure.PacketMean() > 0)
        {
            all.push_back(std::move(figure));
        }
    }
    return all;
}

} // namespace portlab::test
