// SPDX-License-Identifier: GPL-2.0-only

// Time series against what happened, and against the totals of their run.

#include "test/flow/port-counts.h"

#include <algorithm>
#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Duration;
using portlab::InSeconds;
using portlab::Instant;
using portlab::RunResult;
using portlab::Series;
using portlab::Workload;
using portlab::test::EverythingAtOnce;
using portlab::test::HeldBy;
using portlab::test::Story;
using portlab::test::ThreeClients;
using portlab::test::WaitingOf;

const Series&
SeriesOf(const RunResult& result, const std::string& entity, const std::string& quantity)
{
    return *std::find_if(result.series.begin(), result.series.end(), [&](const Series& series) {
        return series.entity == entity && series.quantity == quantity;
    });
}

} // namespace

/// A sample is what was there at its moment, that moment's own events included: the mean of hosts.
TEST(Series, OfPortsAreWhatWasThere)
{
    const Story story(ThreeClients());
    const auto& held = SeriesOf(story.result, "hosts", "ports_held").samples;
    const auto& waiting = SeriesOf(story.result, "hosts", "time_wait").samples;
    ASSERT_EQ(held.size(), 100u);
    ASSERT_EQ(waiting.size(), 100u);
    for (std::size_t number = 0; number < 100; ++number)
    {
        const Instant time = At((number + 1) * Duration(1s));
        double holds = 0;
        double waits = 0;
        for (std::uint32_t host = 0; host < 3; ++host)
        {
            holds += HeldBy(story, host).At(time) / 3.0;
            waits += WaitingOf(story, host).At(time) / 3.0;
        }
        EXPECT_EQ(held[number].time, time);
        EXPECT_NEAR(held[number].value, holds, 1e-9);
        EXPECT_NEAR(waiting[number].value, waits, 1e-9);
    }
}

/// To the nanosecond: granted at 1 s, waiting from 3 s on, free at 13 s.
TEST(Series, ContainTheEventsOfTheirMoments)
{
    Workload load = portlab::test::OneClient(50009);
    load.hosts[0].profile.timeWait.value = 10s;
    portlab::RecordedConnection connection{At(1s), 1980ms, 0, 0, portlab::Transport::Tcp};
    load.traffic = {portlab::test::AsRecorded({})};
    load.traffic[0].arrivals = portlab::RecordedArrivals{
        std::make_shared<const std::vector<portlab::RecordedConnection>>(1, connection)};
    load.sampleInterval = 1s;
    load.duration = 14s;
    const RunResult result = Story(load).result;

    const auto valuesOf = [&result](const char* entity, const char* quantity) {
        std::vector<double> values;
        for (const auto& sample : SeriesOf(result, entity, quantity).samples)
        {
            values.push_back(sample.value);
        }
        return values;
    };
    EXPECT_EQ(valuesOf("pairs", "attempts_per_s"),
              (std::vector<double>{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
    EXPECT_EQ(valuesOf("hosts", "ports_held"),
              (std::vector<double>{1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
    EXPECT_EQ(valuesOf("hosts", "time_wait"),
              (std::vector<double>{0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}));
}

TEST(Series, OfRatesAddUpToTheTotals)
{
    Workload load = EverythingAtOnce();
    load.warmup = 0s;
    for (const Duration interval : {Duration(1s), Duration(250ms), Duration(60s)})
    {
        load.sampleInterval = interval;
        const RunResult result = Story(load).result;
        double attempts = 0;
        double failed = 0;
        for (const Series& series : result.series)
        {
            for (const auto& sample : series.samples)
            {
                attempts += series.quantity == "attempts_per_s" ? sample.value : 0;
                failed += series.quantity == "failed_per_s" ? sample.value : 0;
            }
        }
        std::uint64_t failures = 0;
        for (const auto& host : result.hosts)
        {
            failures += portlab::Total(host.failed);
        }
        EXPECT_NEAR(attempts * InSeconds(interval), static_cast<double>(result.connections), 1e-6);
        EXPECT_NEAR(failed * InSeconds(interval), static_cast<double>(failures), 1e-6);
    }
}

/// The ports used of the busiest of all paths, and the server's own TIME_WAIT.
TEST(Series, OfPairsAndServicesReachTheirPeaks)
{
    Workload load = ThreeClients();
    load.traffic[0].closes = {0, 1, 0};
    load.services[0].profile.timeWait.value = 500s;
    load.hosts[0].profile.ports.value = portlab::PortRange(1024, 65535);
    const Story story(load);
    const auto& used = SeriesOf(story.result, "pairs", "ports_used").samples;
    const auto& waiting = SeriesOf(story.result, "services", "time_wait").samples;

    double mostUsed = 0;
    for (const auto& sample : used)
    {
        mostUsed = std::max(mostUsed, sample.value);
    }
    EXPECT_GT(mostUsed, 1);
    EXPECT_LE(mostUsed, static_cast<double>(story.result.pairs[0].portsUsedPeak));
    // Nothing that began to wait has ended, so the last sample holds all but the newest.
    EXPECT_GT(waiting.back().value, 4000);
    EXPECT_LE(waiting.back().value,
              2.0 * static_cast<double>(story.result.services[0].timeWaitPeak));
}
