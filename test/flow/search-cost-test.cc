// SPDX-License-Identifier: GPL-2.0-only

// What port searches cost: probes, and the time that they are estimated to take.

#include "model/core/flow/search-cost.h"
#include "model/core/port/profile-catalogue.h"
#include "test/flow/flow-test-support.h"

#include <chrono>
#include <cmath>
#include <gtest/gtest.h>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::FindProfile;
using portlab::HostResult;
using portlab::LogHistogram;
using portlab::PortManner;
using portlab::PortRange;
using portlab::SearchCost;
using portlab::Series;
using portlab::Transport;
using portlab::Workload;
using portlab::test::AsRecorded;
using portlab::test::OneClient;
using portlab::test::Story;

LogHistogram
Probes(std::initializer_list<std::uint64_t> values)
{
    LogHistogram probes;
    for (const std::uint64_t value : values)
    {
        probes.Add(value);
    }
    return probes;
}

/// Connections to one destination that find the ports before theirs in use: 1, 2, 3 ... probes.
Workload
Crowding()
{
    Workload load = OneClient(50009);
    load.hosts[0].profile.tcp.value.algorithm = portlab::Algorithm::RisingCursor;
    load.hosts[0].profile.probeCost.value = {45ns, 115ns};
    load.traffic = {AsRecorded({At(0s), At(1ms), At(2ms)})};
    return load;
}

} // namespace

TEST(SearchCost, IsProbesTimesWhatOneCosts)
{
    SearchCost cost;
    cost.Add(Probes({1, 2, 3, 10}), 45ns);

    EXPECT_TRUE(cost.IsKnown());
    EXPECT_DOUBLE_EQ(cost.Mean(), 4 * 45);
    EXPECT_DOUBLE_EQ(cost.Quantile(0.5), 2 * 45);
    EXPECT_DOUBLE_EQ(cost.Quantile(0.75), 3 * 45);
    EXPECT_DOUBLE_EQ(cost.Quantile(0.76), 10 * 45);
    EXPECT_DOUBLE_EQ(cost.Max(), 10 * 45);
}

/// One probe of bind() costs more than two of connect().
TEST(SearchCost, OfSeveralKindsIsSortedByTime)
{
    SearchCost cost;
    cost.Add(Probes({1, 2, 4}), 45ns);
    cost.Add(Probes({1}), 115ns);

    EXPECT_DOUBLE_EQ(cost.Mean(), (7 * 45 + 115) / 4.0);
    EXPECT_DOUBLE_EQ(cost.Quantile(0.5), 90);
    EXPECT_DOUBLE_EQ(cost.Quantile(0.75), 115);
    EXPECT_DOUBLE_EQ(cost.Quantile(1), 180);
    EXPECT_DOUBLE_EQ(cost.Max(), 180);
}

TEST(SearchCost, IsNotKnownIfThatOfOneKindIsNot)
{
    SearchCost cost;
    EXPECT_FALSE(cost.IsKnown()) << "of nothing";
    cost.Add(Probes({}), 0ns);
    cost.Add(Probes({1}), 45ns);
    EXPECT_TRUE(cost.IsKnown()) << "a kind that nobody used";
    cost.Add(Probes({1}), 0ns);
    EXPECT_FALSE(cost.IsKnown());
}

TEST(SearchTime, IsReportedForTheGroupThatSearched)
{
    Workload load = Crowding();
    load.hosts[0].profile.uniqueness.value = portlab::Uniqueness::Destination;
    const Story story(load);
    const HostResult& host = story.result.hosts[0];

    ASSERT_TRUE(host.searchNsMean);
    EXPECT_DOUBLE_EQ(*host.searchNsMean, *host.probesMean * 45);
    EXPECT_EQ(*host.searchNsMax, *host.probesMax * 45);
    EXPECT_EQ(*host.searchNsP50, *host.probesP50 * 45);
    EXPECT_EQ(*host.searchNsP99, *host.probesP99 * 45);
}

TEST(SearchTime, IsThatOfBindForProgramsThatBind)
{
    Workload load = Crowding();
    load.traffic[0].socket.manner = PortManner::Bind;
    const Story story(load);
    const HostResult& host = story.result.hosts[0];

    EXPECT_DOUBLE_EQ(*host.searchNsMean, *host.probesMean * 115);
}

TEST(SearchTime, IsNotKnownWhereNobodyMeasured)
{
    Workload load = Crowding();
    load.hosts[0].profile.probeCost.value = {};
    EXPECT_FALSE(Story(load).result.hosts[0].searchNsMean);

    load = Crowding();
    load.traffic = {AsRecorded({At(0s)}, Transport::Udp)};
    EXPECT_FALSE(Story(load).result.hosts[0].searchNsMean) << "the figures are those of TCP";
}

/// Probes per connect() of each interval, and nothing where nobody connects.
TEST(ProbesSeries, HasAMeanForEachInterval)
{
    Workload load = OneClient(50009);
    load.traffic = {AsRecorded({At(100ms), At(200ms), At(2100ms)})};
    load.duration = 3s;
    load.sampleInterval = 1s;
    const Story story(load);

    const Series& probes = story.result.series.at(2);
    EXPECT_EQ(probes.entity, "hosts");
    EXPECT_EQ(probes.quantity, "probes_mean");
    ASSERT_EQ(probes.samples.size(), 3u);
    EXPECT_EQ(probes.samples[0].value, 1);
    EXPECT_TRUE(std::isnan(probes.samples[1].value));
    EXPECT_EQ(probes.samples[2].value, 1);
}

/// The cliff: with more than half of the ports in use, connect() walks over the even half first.
TEST(ProbesSeries, OfLinuxJumpsWhenHalfOfThePortsAreInUse)
{
    Workload load = OneClient(50000);
    load.hosts[0].profile = FindProfile("linux-6.18").profile;
    load.hosts[0].profile.ports.value = PortRange(40000, 40999);
    load.services[0].silent = {};
    std::vector<portlab::Instant> starts;
    for (int number = 0; number < 900; ++number)
    {
        starts.push_back(At(number * 10ms));
    }
    load.traffic = {AsRecorded(starts)};
    load.duration = 9s;
    load.sampleInterval = 1s;
    const Story story(load);

    const auto& samples = story.result.series.at(2).samples;
    EXPECT_LT(samples.at(3).value, 15);  // 300 to 400 of 1000 ports
    EXPECT_GT(samples.at(5).value, 500); // 500 to 600
}
