// SPDX-License-Identifier: GPL-2.0-only

// What is there on average is the rate at which it comes times the mean time for which it stays.

#include "model/core/flow/flow-engine.h"
#include "model/core/port/profile-catalogue.h"
#include "test/statistics/loss-system.h"
#include "test/statistics/student.h"

#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Duration;
using portlab::ExponentialHold;
using portlab::FlowEngine;
using portlab::HostGroup;
using portlab::HostResult;
using portlab::InSeconds;
using portlab::PoissonArrivals;
using portlab::Service;
using portlab::Total;
using portlab::Traffic;
using portlab::Workload;
using portlab::test::ChanceOfMeanZero;
using portlab::test::ProfileWith;
using portlab::test::RARE;

constexpr Duration HOLD = 200ms;
constexpr Duration RTT = 10ms;
constexpr Duration WINDOW = 50 * Duration(60s);

/// 1,024 ports, 16 connections a second: nearly all of the ports are in TIME_WAIT, and some
/// connections fail. 20 TIME_WAITs are left out.
Workload
NearlyFull(const char* profile)
{
    Workload load;
    HostGroup client;
    client.name = "client";
    client.profile = ProfileWith(profile, 1024, 60s);
    load.hosts.push_back(client);
    Service api;
    api.name = "api";
    api.rtt = RTT;
    api.profile = client.profile;
    load.services.push_back(api);
    Traffic traffic;
    traffic.name = "main";
    traffic.arrivals = PoissonArrivals{16};
    traffic.hold = ExponentialHold{HOLD};
    load.traffic.push_back(traffic);
    load.warmup = 20 * 60s;
    load.duration = load.warmup + WINDOW;
    load.sampleInterval = 0s;
    return load;
}

/// Replications of how much more there was, in port seconds, than rate times stay.
struct Excess
{
    std::vector<double> held;
    std::vector<double> waiting;
};

Excess
ExcessOver(const char* profile, Duration held, Duration waiting)
{
    const Workload load = NearlyFull(profile);
    Excess excess;
    for (std::uint64_t run = 1; run <= 20; ++run)
    {
        FlowEngine engine(load, run);
        engine.RunUntil(At(load.duration));
        const HostResult host = engine.Finish().hosts.at(0);
        EXPECT_GT(Total(host.failed), 0u);
        const auto granted = static_cast<double>(host.attempts - Total(host.failed));
        excess.held.push_back(host.portsHeldMean * InSeconds(WINDOW) - granted * InSeconds(held));
        excess.waiting.push_back(host.timeWaitMean * InSeconds(WINDOW) -
                                 granted * InSeconds(waiting));
    }
    return excess;
}

} // namespace

/// A port is held for the handshake, the hold and the FIN exchange, and then waits.
TEST(LittlesLaw, GivesTheMeansOfPortsHeldAndInTimeWait)
{
    for (const char* profile : {"linux-6.18", "windows-11", "ns3-stock", "rfc6056-2"})
    {
        const Excess excess = ExcessOver(profile, HOLD + 2 * RTT, 60s);
        EXPECT_GT(ChanceOfMeanZero(excess.held), RARE) << profile;
        EXPECT_GT(ChanceOfMeanZero(excess.waiting), RARE) << profile;
    }
}

/// The power of the test above: half a round trip more, or TIME_WAIT 1 % longer.
TEST(LittlesLaw, TellsHalfARoundTripAndALongerTimeWaitApart)
{
    const Excess excess = ExcessOver("linux-6.18", HOLD + 2 * RTT + RTT / 2, 60600ms);

    EXPECT_LT(ChanceOfMeanZero(excess.held), RARE);
    EXPECT_LT(ChanceOfMeanZero(excess.waiting), RARE);
}
