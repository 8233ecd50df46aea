// SPDX-License-Identifier: GPL-2.0-only

// Plain connections take a short cut through the engine: two events and no record of the request.
// It leads where the long way does.

#include "test/flow/flow-test-support.h"

#include <algorithm>
#include <chrono>
#include <gtest/gtest.h>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Call;
using portlab::Duration;
using portlab::HostGroup;
using portlab::Instant;
using portlab::LognormalHold;
using portlab::PoissonArrivals;
using portlab::RunResult;
using portlab::Traffic;
using portlab::Transport;
using portlab::Workload;
using portlab::test::OneClient;
using portlab::test::PortsInOrder;
using portlab::test::Story;
using portlab::test::TextOf;

/// Clients whose connections end in all ways, over TCP and UDP, and now and then find no port.
Workload
PlainTraffic()
{
    Workload load = OneClient(50079);
    load.hosts[0].count = 3;
    HostGroup pods;
    pods.name = "pods";
    pods.count = 2;
    pods.profile = PortsInOrder(40000, 40009);
    load.hosts.push_back(pods);
    load.services[0].addresses = 2;
    load.services[0].rtt = 70ms;
    Traffic traffic;
    traffic.name = "main";
    traffic.arrivals = PoissonArrivals{5};
    traffic.hold = LognormalHold{300ms, 1};
    traffic.closes = {0.4, 0.3, 0.2, 0.1};
    traffic.retry = {3, 100ms, 2};
    load.traffic = {traffic, traffic};
    load.traffic[1].name = "lookups";
    load.traffic[1].transport = Transport::Udp;
    load.duration = 100s;
    load.warmup = 10s;
    load.sampleInterval = 1s;
    return load;
}

/// The same, where the service could make calls and makes none, so that every request has to be
/// remembered.
Workload
TheLongWay()
{
    Workload load = PlainTraffic();
    load.services[0].runsOn = 1;
    Call none;
    none.name = "none";
    none.count = 0;
    load.calls = {none};
    return load;
}

/// Without the rows of the call that is never made.
RunResult
WithoutTheCall(RunResult result)
{
    const auto isOfCall = [](const auto& row) { return row.name == "none"; };
    const auto isOfPods = [](const auto& row) { return row.from == "pods"; };
    const auto isOfPair = [](const auto& row) { return row.name == "pods->api"; };
    auto& traffic = result.traffic;
    traffic.erase(std::remove_if(traffic.begin(), traffic.end(), isOfCall), traffic.end());
    auto& histograms = result.histograms;
    histograms.erase(std::remove_if(histograms.begin(), histograms.end(), isOfCall),
                     histograms.end());
    auto& pairs = result.pairs;
    pairs.erase(std::remove_if(pairs.begin(), pairs.end(), isOfPods), pairs.end());
    auto& series = result.series;
    series.erase(std::remove_if(series.begin(), series.end(), isOfPair), series.end());
    return result;
}

} // namespace

TEST(ShortCut, LeadsWhereTheLongWayDoes)
{
    for (const Instant stop : {At(5s), At(10s + 50ms), At(31s + 1ms), At(77777ms), At(100s)})
    {
        const Story plain(PlainTraffic(), 1, stop);
        const Story remembered(TheLongWay(), 1, stop);

        EXPECT_TRUE(plain.diary.all == remembered.diary.all) << "stopped at " << TextOf(stop);
        EXPECT_EQ(TextOf(plain.result), TextOf(WithoutTheCall(remembered.result)))
            << "stopped at " << TextOf(stop);
    }
}

/// Or else the test above would compare little.
TEST(ShortCut, IsTakenByConnectionsOfAllKinds)
{
    const RunResult result = Story(PlainTraffic()).result;

    EXPECT_GT(result.hosts[0].connected, 2000u);
    EXPECT_GT(portlab::Total(result.hosts[0].failed), 50u);
    EXPECT_GT(result.services[0].tupleCollisions, 10u);
    EXPECT_GT(result.traffic[0].retries, 50u);
}
