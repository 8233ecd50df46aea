// SPDX-License-Identifier: GPL-2.0-only

// The statistics of a run against the same, computed from single events.

#include "model/core/base/log-histogram.h"
#include "test/flow/port-counts.h"

#include <algorithm>
#include <chrono>
#include <gtest/gtest.h>
#include <map>
#include <string>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Duration;
using portlab::Histogram;
using portlab::HostResult;
using portlab::Instant;
using portlab::LogHistogram;
using portlab::RunResult;
using portlab::Workload;
using portlab::test::Count;
using portlab::test::HeldBy;
using portlab::test::OneClient;
using portlab::test::Story;
using portlab::test::ThreeClients;
using portlab::test::Told;
using portlab::test::WaitingOf;

const Histogram&
HistogramOf(const RunResult& result, const std::string& quantity)
{
    return *std::find_if(
        result.histograms.begin(),
        result.histograms.end(),
        [&](const Histogram& histogram) { return histogram.quantity == quantity; });
}

/// The bins that a histogram of these values ought to have, with their limits divided by `unit`.
void
ExpectBins(const Histogram& histogram, const LogHistogram& expected, double unit)
{
    std::uint64_t count = 0;
    for (const Histogram::Bin& bin : histogram.bins)
    {
        std::uint64_t within = 0;
        for (std::size_t number = 0; number < expected.BinCount(); ++number)
        {
            within += static_cast<double>(LogHistogram::LowOf(number)) / unit == bin.low
                          ? expected.CountIn(number)
                          : 0;
        }
        EXPECT_EQ(bin.count, within) << "from " << bin.low;
        EXPECT_LE(bin.low, bin.high);
        count += bin.count;
    }
    EXPECT_EQ(count, expected.Count());
}

} // namespace

TEST(PortsHeldAndTimeWait, AreTheIntegralsOfWhatHappened)
{
    const Story story(ThreeClients());
    const Instant from = At(20s);
    const Instant until = At(100s);
    double held = 0;
    double waiting = 0;
    int heldPeak = 0;
    int waitingPeak = 0;
    for (std::uint32_t host = 0; host < 3; ++host)
    {
        const Count holds = HeldBy(story, host);
        const Count waits = WaitingOf(story, host);
        held += holds.Area(from, until) / 80 / 3;
        waiting += waits.Area(from, until) / 80 / 3;
        heldPeak = std::max(heldPeak, holds.Peak(from, until));
        waitingPeak = std::max(waitingPeak, waits.Peak(from, until));
    }

    const HostResult& result = story.result.hosts[0];
    EXPECT_GT(portlab::Total(result.failed), 0u);
    EXPECT_NEAR(result.portsHeldMean, held, 1e-9 * held);
    EXPECT_NEAR(result.timeWaitMean, waiting, 1e-9 * waiting);
    EXPECT_EQ(result.portsHeldPeak, static_cast<std::uint64_t>(heldPeak));
    EXPECT_EQ(result.timeWaitPeak, static_cast<std::uint64_t>(waitingPeak));
}

/// In order, with a port free at once: one probe, two, three ... and all 50 when there is none.
TEST(Probes, AreThoseOfTheGrantsAndOfTheFailures)
{
    const Story story(ThreeClients());
    LogHistogram expected;
    for (const Told& told : story.diary.all)
    {
        if (told.time >= At(20s) && told.what == Told::What::Granted)
        {
            expected.Add(told.probes);
        }
        else if (told.time >= At(20s) && told.what == Told::What::Failed)
        {
            expected.Add(50);
        }
    }

    const HostResult& host = story.result.hosts[0];
    ExpectBins(HistogramOf(story.result, "probes"), expected, 1);
    EXPECT_EQ(expected.Count(), host.attempts);
    EXPECT_DOUBLE_EQ(*host.probesMean,
                     static_cast<double>(expected.Sum()) / static_cast<double>(expected.Count()));
    EXPECT_EQ(host.probesMax, 50u);
    EXPECT_EQ(host.probesP50, static_cast<std::uint64_t>(expected.Quantile(0.5)));
    EXPECT_GT(*host.probesP99, *host.probesP50);
}

/// Over the first host of the group, for each port and peer.
TEST(PortReuse, IsTheTimeBetweenTwoGrantsOfAPortToAPeer)
{
    const Story story(ThreeClients());
    std::map<std::pair<std::uint32_t, portlab::Port>, Instant> last;
    LogHistogram expected;
    Duration least = Duration::max();
    for (const Told& told : story.diary.all)
    {
        if (told.what != Told::What::Granted || story.HostOf(told) != 0)
        {
            continue;
        }
        const auto [entry, isNew] = last.try_emplace({told.path, told.port}, told.time);
        if (!isNew && told.time >= At(20s))
        {
            expected.Add(static_cast<std::uint64_t>((told.time - entry->second) / 1ms));
            least = std::min(least, told.time - entry->second);
        }
        entry->second = told.time;
    }

    EXPECT_GT(expected.Count(), 100u);
    ExpectBins(HistogramOf(story.result, "port_reuse_s"), expected, 1e3);
    EXPECT_EQ(story.result.hosts[0].portReuseMin, least);
}

TEST(ConnectDelays, AreOneForEachConnectionMade)
{
    for (const Duration warmup : {0ns, Duration(20s)})
    {
        Workload load = ThreeClients();
        load.warmup = warmup;
        load.traffic[0].arrivals = portlab::SteppedArrivals{{{At(0s), 15}, {At(99s), 0}}};
        const RunResult result = Story(load).result;
        std::uint64_t count = 0;
        for (const Histogram::Bin& bin : HistogramOf(result, "connect_delay_s").bins)
        {
            EXPECT_LE(bin.low, 0.01);
            EXPECT_GE(bin.high, 0.01);
            count += bin.count;
        }
        EXPECT_EQ(count, result.hosts[0].connected);
        EXPECT_EQ(result.traffic[0].connectDelayP50, 10ms);
        EXPECT_EQ(result.traffic[0].connectDelayP99, 10ms);
    }
}

TEST(FirstFailure, IsThatOfTheGroupsFirstHostToFail)
{
    const Story story(ThreeClients());
    const auto first =
        std::find_if(story.diary.all.begin(), story.diary.all.end(), [](const Told& told) {
            return told.what == Told::What::Failed;
        });

    ASSERT_NE(first, story.diary.all.end());
    EXPECT_EQ(story.result.hosts[0].firstFailure, first->time);
    EXPECT_EQ(story.result.pairs[0].firstFailure, first->time);
}

TEST(Utilisation, IsThePeakOfThePortsOfOneHostTowardsOneAddress)
{
    Workload load = OneClient(50049);
    load.hosts[0].profile.reserved.value = {portlab::PortRange(50000, 50009)};
    load.services[0].addresses = 2;
    auto connections = std::make_shared<std::vector<portlab::RecordedConnection>>();
    for (const std::uint32_t endpoint : {0u, 1u, 1u, 1u, 0u})
    {
        connections->push_back({At(1s), 1s, 0, endpoint, portlab::Transport::Tcp});
    }
    load.traffic = {portlab::test::AsRecorded({})};
    load.traffic[0].arrivals = portlab::RecordedArrivals{connections};

    const RunResult result = Story(load).result;
    EXPECT_EQ(result.pairs[0].portsUsable, 40u);
    EXPECT_EQ(result.pairs[0].portsUsedPeak, 3u);
    EXPECT_DOUBLE_EQ(result.pairs[0].utilisationPeak, 3.0 / 40);
    EXPECT_EQ(result.hosts[0].portsHeldPeak, 5u);
}

/// With nothing asked there is nothing to say, and no zero to divide by.
TEST(EmptyRun, HasEmptyStatistics)
{
    const RunResult result = Story(OneClient(50009)).result;

    EXPECT_FALSE(result.hosts[0].failedShare);
    EXPECT_FALSE(result.hosts[0].probesMean);
    EXPECT_FALSE(result.hosts[0].firstFailure);
    EXPECT_FALSE(result.hosts[0].portReuseMin);
    EXPECT_EQ(result.verdict.sentence, "Nothing failed.");
    EXPECT_FALSE(result.verdict.where);
    EXPECT_EQ(Story(OneClient(50009), 1, At(0s)).result.hosts[0].portsHeldMean, 0);
}
