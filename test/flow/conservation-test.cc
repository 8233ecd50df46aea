// SPDX-License-Identifier: GPL-2.0-only

// What must add up, in a workload that does all that a workload can do, whenever it is stopped.

#include "test/flow/flow-test-support.h"

#include <chrono>
#include <gtest/gtest.h>
#include <map>
#include <string>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Duration;
using portlab::Failure;
using portlab::FailureCounts;
using portlab::Histogram;
using portlab::Instant;
using portlab::NatDrop;
using portlab::Random;
using portlab::RunResult;
using portlab::StreamKey;
using portlab::Total;
using portlab::Transport;
using portlab::Workload;
using portlab::test::EverythingAtOnce;
using portlab::test::Story;
using portlab::test::Told;

/// Moments of the minute at which a run is stopped: some at random, and the borders.
std::vector<Instant>
StopTimes(std::uint64_t seed)
{
    std::vector<Instant> times{At(0s), At(1s), At(7500ms), At(10s), At(60s)};
    Random random(StreamKey(seed, 1).With("stops"));
    for (int i = 0; i < 12; ++i)
    {
        times.push_back(At(Duration{random.Below(60'000)} * 1'000'000 + 123'457ns));
    }
    return times;
}

struct Sums
{
    std::uint64_t attempts{0};
    std::uint64_t failed{0};
};

template <typename Rows>
Sums
SumOf(const Rows& rows)
{
    Sums sums;
    for (const auto& row : rows)
    {
        sums.attempts += row.attempts;
        sums.failed += Total(row.failed);
    }
    return sums;
}

bool
IsAboutPorts(Failure reason)
{
    return reason == Failure::NoFreePort || reason == Failure::TimeWaitCollision;
}

/// connect() calls that the observer has seen: each is granted a port or refused one.
std::uint64_t
AttemptsIn(const Story& story)
{
    std::uint64_t count = 0;
    for (const Told& told : story.diary.all)
    {
        count += told.what == Told::What::Granted ||
                         (told.what == Told::What::Failed && IsAboutPorts(told.reason))
                     ? 1
                     : 0;
    }
    return count;
}

std::uint64_t
CountOf(const RunResult& result, const std::string& entity, const std::string& quantity)
{
    std::uint64_t count = 0;
    for (const Histogram& histogram : result.histograms)
    {
        for (const Histogram::Bin& bin : histogram.bins)
        {
            count += histogram.entity == entity && histogram.quantity == quantity ? bin.count : 0;
        }
    }
    return count;
}

void
ExpectConservation(const RunResult& result)
{
    const Sums hosts = SumOf(result.hosts);
    const Sums pairs = SumOf(result.pairs);
    EXPECT_EQ(pairs.attempts, hosts.attempts);
    EXPECT_EQ(pairs.failed, hosts.failed);
    std::uint64_t attempts = 0;
    for (const auto& traffic : result.traffic)
    {
        EXPECT_EQ(traffic.attempts, traffic.requests + traffic.retries) << traffic.name;
        EXPECT_LE(traffic.requestsFailed, traffic.requests) << traffic.name;
        attempts += traffic.attempts;
    }
    EXPECT_EQ(attempts, hosts.attempts);
    std::uint64_t connected = 0;
    for (const auto& host : result.hosts)
    {
        EXPECT_EQ(host.attempts, host.connected + Total(host.failed) + host.pending) << host.name;
        connected += host.connected;
    }
    const std::uint64_t established = connected;
    for (const auto& service : result.services)
    {
        EXPECT_LE(service.accepted, connected);
        connected -= service.accepted;
    }
    EXPECT_EQ(connected, 0u);
    EXPECT_EQ(CountOf(result, "traffic", "connect_delay_s"), established);
    EXPECT_EQ(CountOf(result, "hosts", "probes"), hosts.attempts);
}

/// What each NAT was asked for it has granted or dropped, and what it granted is there or ended in
/// one of the known ways.
void
ExpectConservationOfMappings(const Story& story)
{
    const portlab::Border& border = story.engine.Machines().border;
    for (std::uint32_t number = 0; number < border.DeviceCount(); ++number)
    {
        SCOPED_TRACE(story.result.nats[border.GroupOf(number)].name);
        const portlab::Nat& nat = border.Device(number);
        const portlab::NatCounters& counters = nat.Counters();
        std::uint64_t dropped = 0;
        for (const NatDrop reason : {NatDrop::NoPort, NatDrop::TableFull})
        {
            dropped += counters.dropped[std::size_t(reason)];
        }
        EXPECT_EQ(counters.asked, counters.granted + dropped);
        EXPECT_EQ(nat.Ended(),
                  counters.expired + counters.evicted + counters.earlyDropped + counters.reopened);
        EXPECT_EQ(nat.Mappings().Count(), nat.Table().Count()); // None rests here.
    }
}

} // namespace

TEST(Everything, AddsUpWheneverItIsStopped)
{
    for (const Duration warmup : {0ns, Duration(7500ms)})
    {
        Workload load = EverythingAtOnce();
        load.warmup = warmup;
        constexpr std::uint64_t SEED = 1;
        for (const Instant stop : StopTimes(SEED))
        {
            SCOPED_TRACE("stopped at " + portlab::test::TextOf(stop));
            const Story story(load, 1, stop);
            ExpectConservation(story.result);
            ExpectConservationOfMappings(story);
        }
    }
}

/// The workload is one worth testing: nothing is left out, and much fails.
TEST(Everything, HappensInEverything)
{
    const RunResult result = Story(EverythingAtOnce()).result;
    std::map<Failure, std::uint64_t> failed;
    for (const auto& host : result.hosts)
    {
        for (std::size_t reason = 0; reason < portlab::FAILURE_COUNT; ++reason)
        {
            failed[Failure(reason)] += host.failed[reason];
        }
    }
    for (const Failure reason : {Failure::NoFreePort,
                                 Failure::TimeWaitCollision,
                                 Failure::ConnectTimeout,
                                 Failure::PeerTimeWait,
                                 Failure::NatNoPort,
                                 Failure::NatTableFull,
                                 Failure::Firewall})
    {
        EXPECT_GT(failed[reason], 0u) << portlab::FAILURE_NAMES[std::size_t(reason)];
    }
    std::uint64_t pending = 0;
    std::uint64_t collisions = 0;
    for (const auto& traffic : result.traffic)
    {
        EXPECT_GT(traffic.attempts, 50u) << traffic.name;
    }
    for (const auto& host : result.hosts)
    {
        pending += host.pending;
    }
    for (const auto& service : result.services)
    {
        collisions += service.tupleCollisions;
    }
    EXPECT_GT(pending, 0u);
    EXPECT_GT(collisions, 0u);
    for (const auto& nat : result.nats)
    {
        EXPECT_GT(nat.granted, 50u) << nat.name;
    }
}

TEST(Everything, CountsWhatTheObserverIsTold)
{
    Workload load = EverythingAtOnce();
    load.warmup = 0s;
    const Story story(load);

    FailureCounts told{};
    for (const Told& entry : story.diary.all)
    {
        told[std::size_t(entry.reason)] += entry.what == Told::What::Failed ? 1 : 0;
    }
    FailureCounts counted{};
    for (const auto& host : story.result.hosts)
    {
        for (std::size_t reason = 0; reason < portlab::FAILURE_COUNT; ++reason)
        {
            counted[reason] += host.failed[reason];
        }
    }
    EXPECT_EQ(counted, told);
    EXPECT_EQ(story.result.connections, AttemptsIn(story));
    EXPECT_EQ(SumOf(story.result.hosts).attempts, AttemptsIn(story));
}

/// Every port that is granted comes back, once, and never while it is free.
TEST(Everything, GivesEveryPortBackThatItTook)
{
    Workload load = EverythingAtOnce();
    for (auto& traffic : load.traffic)
    {
        traffic.arrivals = portlab::SteppedArrivals{{{At(0s), 3}, {At(30s), 0}}};
    }
    const Story story(load, 1, At(2000s));

    std::map<std::pair<std::uint32_t, portlab::Port>, int> held;
    std::uint64_t grants = 0;
    for (const Told& told : story.diary.all)
    {
        if (told.what == Told::What::Granted)
        {
            ++grants;
            EXPECT_EQ(++held[std::make_pair(told.path, told.port)], 1);
        }
        else if (told.what != Told::What::Failed)
        {
            EXPECT_EQ(--held[std::make_pair(told.path, told.port)], 0);
        }
    }
    EXPECT_GT(grants, 500u);
    for (const auto& [port, count] : held)
    {
        EXPECT_EQ(count, 0) << port.second;
    }
    for (const auto& host : story.result.hosts)
    {
        EXPECT_EQ(host.pending, 0u) << host.name;
    }
}

TEST(Everything, IsToldInOrderOfTime)
{
    const Story story(EverythingAtOnce());
    for (std::size_t i = 1; i < story.diary.all.size(); ++i)
    {
        ASSERT_GE(story.diary.all[i].time, story.diary.all[i - 1].time);
    }
}

/// Where every SYN is answered, a connection counts one round trip after its grant, or at once for
/// UDP, and not before.
TEST(PlainConnections, AreConnectedExactlyOneRoundTripAfterTheirGrants)
{
    Workload load = EverythingAtOnce();
    load.traffic = {load.traffic[2], load.traffic[3]};
    load.traffic[0].arrivals = portlab::PoissonArrivals{30};
    load.traffic[0].closes = {0.5, 0, 0.5};
    load.traffic[0].connectTimeout.reset();
    load.calls.clear();
    load.nats.clear();
    load.firewalls.clear();
    load.hosts[2].profile.ports.value = portlab::PortRange(1024, 65535);
    load.warmup = 0s;
    for (const Instant stop : StopTimes(2))
    {
        const Story story(load, 1, stop);
        std::uint64_t connected = 0;
        for (const Told& told : story.diary.all)
        {
            const auto& path = story.engine.Machines().paths[told.path];
            const auto& service = load.services[story.engine.Machines().pairs[path.pair].service];
            const Duration rtt = service.name == "names" ? Duration{0} : service.rtt;
            connected += told.what == Told::What::Granted && told.time + rtt <= stop ? 1 : 0;
        }
        EXPECT_EQ(story.result.hosts[2].connected, connected)
            << "stopped at " << portlab::test::TextOf(stop);
    }
}
