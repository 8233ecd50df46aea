// SPDX-License-Identifier: GPL-2.0-only

// What happens before the warm-up's end leaves no trace in the statistics, but its consequences do.

#include "test/flow/flow-test-support.h"

#include <chrono>
#include <gtest/gtest.h>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Duration;
using portlab::Ending;
using portlab::Histogram;
using portlab::HostResult;
using portlab::Instant;
using portlab::RunResult;
using portlab::Total;
using portlab::Workload;
using portlab::test::Always;
using portlab::test::AsRecorded;
using portlab::test::EverythingAtOnce;
using portlab::test::OneClient;
using portlab::test::Story;

/// Connections of 1 s, 10 ms away, in a run of 300 s whose first 100 s are warm-up.
Workload
Warming(portlab::Port last, const std::vector<Instant>& starts)
{
    Workload load = OneClient(last);
    load.warmup = 100s;
    load.traffic = {AsRecorded(starts)};
    return load;
}

std::uint64_t
CountOf(const RunResult& result, const std::string& quantity)
{
    std::uint64_t count = 0;
    for (const Histogram& histogram : result.histograms)
    {
        for (const Histogram::Bin& bin : histogram.bins)
        {
            count += histogram.quantity == quantity ? bin.count : 0;
        }
    }
    return count;
}

} // namespace

TEST(Warmup, EndsJustBeforeItsLastMoment)
{
    const RunResult result =
        Story(Warming(50009, {At(0s), At(50s), At(100s - 1ns), At(100s)})).result;

    EXPECT_EQ(result.connections, 4u);
    EXPECT_EQ(result.hosts[0].attempts, 1u);
    EXPECT_EQ(result.hosts[0].connected, 1u);
    EXPECT_EQ(result.traffic[0].requests, 1u);
    EXPECT_EQ(result.traffic[0].attempts, 1u);
    EXPECT_EQ(result.services[0].accepted, 1u);
    EXPECT_EQ(CountOf(result, "probes"), 1u);
    EXPECT_EQ(CountOf(result, "connect_delay_s"), 1u);
}

/// Asked before, established after: it counts on neither side.
TEST(Warmup, TakesTheOutcomesOfItsAttemptsWithIt)
{
    const RunResult result = Story(Warming(50009, {At(100s - 1ms)})).result;

    EXPECT_EQ(result.hosts[0].attempts, 0u);
    EXPECT_EQ(result.hosts[0].connected, 0u);
    EXPECT_EQ(result.hosts[0].pending, 0u);
    EXPECT_FALSE(result.hosts[0].failedShare);
}

TEST(Warmup, TakesTheTimeoutsOfItsAttemptsWithIt)
{
    Workload load = Warming(50009, {At(100s - 1ns), At(100s)});
    load.services[0].silent = {{At(0s), At(1h)}};
    load.traffic[0].connectTimeout = 5s;

    const RunResult result = Story(load).result;
    EXPECT_EQ(result.hosts[0].attempts, 1u);
    EXPECT_EQ(Total(result.hosts[0].failed), 1u);
    EXPECT_EQ(result.traffic[0].requestsFailed, 1u);
}

/// The first attempt fails in the warm-up and the second one after it: an attempt and a retry that
/// count, of a request that does not.
TEST(Warmup, CountsARetryAtItsOwnTime)
{
    Workload load = Warming(50000, {At(98500ms), At(99s)});
    load.traffic[0].retry = {2, 2s, 1};

    const RunResult result = Story(load).result;
    EXPECT_EQ(result.traffic[0].requests, 0u);
    EXPECT_EQ(result.traffic[0].attempts, 1u);
    EXPECT_EQ(result.traffic[0].retries, 1u);
    EXPECT_EQ(result.traffic[0].requestsFailed, 0u);
    EXPECT_EQ(Total(result.hosts[0].failed), 1u);
}

TEST(Warmup, DoesNotHideTheFirstFailureOfTheRun)
{
    const RunResult result = Story(Warming(50000, {At(0s), At(500ms)})).result;

    EXPECT_EQ(Total(result.hosts[0].failed), 0u);
    EXPECT_EQ(result.hosts[0].firstFailure, At(500ms));
    EXPECT_EQ(result.pairs[0].firstFailure, At(500ms));
}

/// Five ports are in use at once before its end, two of them still in TIME_WAIT then, and one
/// connection follows.
TEST(Warmup, ForgetsThePeaksButNotWhatIsStillThere)
{
    const RunResult result =
        Story(Warming(50009, {At(0s), At(0s), At(0s), At(50s), At(50s), At(105s)})).result;

    EXPECT_EQ(result.hosts[0].portsHeldPeak, 1u);
    EXPECT_EQ(result.hosts[0].timeWaitPeak, 3u);
    EXPECT_EQ(result.pairs[0].portsUsedPeak, 3u);
}

TEST(Warmup, ForgetsThePeakOfTheServersTimeWait)
{
    Workload load = Warming(50009, {At(0s), At(0s), At(0s), At(50s), At(50s)});
    load.traffic[0].closes = Always(Ending::Server);

    EXPECT_EQ(Story(load).result.services[0].timeWaitPeak, 2u);
}

/// Held from 95 s to 105.02 s, waiting until 165.02 s: 5.02 s and 60 s of the 200 s that count.
TEST(Warmup, IsLeftOutOfTheMeans)
{
    Workload load = Warming(50009, {});
    portlab::RecordedConnection connection{At(95s), 10s, 0, 0, portlab::Transport::Tcp};
    load.traffic[0].arrivals = portlab::RecordedArrivals{
        std::make_shared<const std::vector<portlab::RecordedConnection>>(1, connection)};

    const HostResult host = Story(load).result.hosts[0];
    EXPECT_DOUBLE_EQ(host.portsHeldMean, 5.02 / 200);
    EXPECT_DOUBLE_EQ(host.timeWaitMean, 60.0 / 200);
}

/// A port granted at 0, 70 and 140 s: the distance of 70 s was seen once before the warm-up's end
/// and counts once after it.
TEST(Warmup, IsLeftOutOfPortReuse)
{
    const RunResult result = Story(Warming(50000, {At(0s), At(65s), At(140s)})).result;

    EXPECT_EQ(CountOf(result, "port_reuse_s"), 1u);
    EXPECT_EQ(result.hosts[0].portReuseMin, 75s);
}

TEST(Warmup, IsLeftOutOfTupleCollisions)
{
    Workload load = Warming(50000, {At(0s), At(50s), At(105s)});
    load.traffic[0].closes = Always(Ending::Server);

    EXPECT_EQ(Story(load).result.services[0].tupleCollisions, 1u);
}

/// Stopped before anything counts, nothing does.
TEST(Warmup, ThatDidNotEndLeavesNoStatistics)
{
    const RunResult result =
        Story(Warming(50009, {At(0s), At(1s), At(49s)}), 1, At(49500ms)).result;

    EXPECT_EQ(result.connections, 3u);
    EXPECT_EQ(result.hosts[0].attempts, 0u);
    EXPECT_EQ(result.hosts[0].pending, 0u);
    EXPECT_EQ(result.traffic[0].attempts, 0u);
    EXPECT_EQ(result.pairs[0].attempts, 0u);
}

/// What happens is the same with and without: only what is counted differs.
TEST(Warmup, ChangesNothingThatHappens)
{
    Workload load = EverythingAtOnce();
    const Story warm(load);
    load.warmup = 0s;
    const Story cold(load);

    EXPECT_EQ(warm.diary.all, cold.diary.all);
    EXPECT_LT(warm.result.hosts[0].attempts, cold.result.hosts[0].attempts);
}
