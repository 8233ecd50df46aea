// SPDX-License-Identifier: GPL-2.0-only

#include "test/statistics/loss-system.h"

#include "model/core/base/random.h"
#include "model/core/flow/flow-engine.h"
#include "model/core/port/profile-catalogue.h"
#include "test/statistics/student.h"

#include <chrono>
#include <memory>

namespace portlab::test
{

namespace
{

using namespace std::chrono_literals;

/// Connections that are there when the run begins: as many as a draw from the law says, each with
/// a uniform rest of its TIME_WAIT. Here they hold their ports for that time and are reset.
Traffic
SteadyState(const LossSystem& system, std::uint64_t run)
{
    Random random(StreamKey(system.seed, run).With("steady state"));
    auto connections = std::make_shared<std::vector<RecordedConnection>>();
    const double timeWait = InSeconds(system.profile.timeWait.value);
    for (std::uint32_t busy = system.steady->BusyAt(random.Unit()); busy > 0; --busy)
    {
        connections->push_back(
            {At(0s), FromSeconds(timeWait * random.Unit()), 0, 0, Transport::Tcp});
    }
    Traffic traffic;
    traffic.name = "steady state";
    traffic.arrivals = RecordedArrivals{std::move(connections)};
    traffic.closes = {0, 0, 1};
    return traffic;
}

Workload
WorkloadOf(const LossSystem& system, std::uint64_t run)
{
    Workload load;
    HostGroup client;
    client.name = "client";
    client.profile = system.profile;
    load.hosts.push_back(client);
    Service api;
    api.name = "api";
    api.rtt = 0s;
    api.profile = system.profile;
    load.services.push_back(api);
    Traffic traffic;
    traffic.name = "main";
    const Duration timeWait = system.profile.timeWait.value;
    traffic.arrivals =
        PoissonArrivals{system.load * system.profile.ports.value.Count() / InSeconds(timeWait)};
    traffic.hold = FixedHold{0s};
    load.traffic.push_back(traffic);
    if (system.steady)
    {
        load.traffic.push_back(SteadyState(system, run));
    }
    // One nanosecond is enough to leave out what is there at the start.
    load.warmup = system.discarded * timeWait + 1ns;
    load.duration = load.warmup + system.window * timeWait;
    load.sampleInterval = 0s;
    load.seed = system.seed;
    return load;
}

} // namespace

OsProfile
ProfileWith(const char* name, std::uint32_t ports, Duration timeWait)
{
    OsProfile profile = FindProfile(name).profile;
    constexpr Port first = 32768;
    profile.ports.value = PortRange(first, static_cast<Port>(first + ports - 1));
    profile.timeWait.value = timeWait;
    profile.timeWaitGrid.value = 0s;
    return profile;
}

std::vector<Counts>
Replicate(const LossSystem& system)
{
    std::vector<Counts> counts;
    for (int run = 1; run <= system.replications; ++run)
    {
        const Workload load = WorkloadOf(system, static_cast<std::uint64_t>(run));
        FlowEngine engine(load, static_cast<std::uint64_t>(run));
        engine.RunUntil(At(load.duration));
        const HostResult host = engine.Finish().hosts.at(0);
        counts.push_back({host.attempts, Total(host.failed)});
    }
    return counts;
}

double
FailedShare(const std::vector<Counts>& counts)
{
    double attempts = 0;
    double failed = 0;
    for (const Counts& run : counts)
    {
        attempts += static_cast<double>(run.attempts);
        failed += static_cast<double>(run.failed);
    }
    return failed / attempts;
}

double
ChanceOfLoss(const std::vector<Counts>& counts, double loss)
{
    std::vector<double> excess;
    for (const Counts& run : counts)
    {
        excess.push_back(static_cast<double>(run.failed) -
                         loss * static_cast<double>(run.attempts));
    }
    return ChanceOfMeanZero(excess);
}

} // namespace portlab::test
