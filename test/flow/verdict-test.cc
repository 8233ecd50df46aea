// SPDX-License-Identifier: GPL-2.0-only

// The sentence that a run opens with.

#include "test/flow/flow-test-support.h"

#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Duration;
using portlab::Ending;
using portlab::RecordedArrivals;
using portlab::RecordedConnection;
using portlab::Traffic;
using portlab::Transport;
using portlab::Verdict;
using portlab::Workload;
using portlab::test::Always;
using portlab::test::OneClient;
using portlab::test::PortsInOrder;
using portlab::test::ServiceCalled;
using portlab::test::Story;

/// So many connections of 1 s, one a second.
Traffic
OneASecond(const char* name, std::uint32_t to, std::uint32_t count)
{
    auto connections = std::make_shared<std::vector<RecordedConnection>>();
    for (std::uint32_t number = 1; number <= count; ++number)
    {
        connections->push_back({At(number * Duration(1s)), 1s, 0, 0, Transport::Tcp});
    }
    Traffic traffic;
    traffic.name = name;
    traffic.to = to;
    traffic.arrivals = RecordedArrivals{std::move(connections)};
    return traffic;
}

/// A client with ten ports, and so many connections to "api".
Workload
TenPorts(std::uint32_t count)
{
    Workload load = OneClient(50009);
    load.duration = 60s;
    load.traffic = {OneASecond("main", 0, count)};
    return load;
}

/// A proxy with ten ports and four upstreams.
Workload
FourUpstreams(std::uint32_t api, std::uint32_t files, std::uint32_t login, std::uint32_t reports)
{
    Workload load = TenPorts(api);
    load.hosts[0].name = "proxy";
    for (const char* name : {"files", "login", "reports"})
    {
        load.services.push_back(ServiceCalled(name));
    }
    load.traffic.push_back(OneASecond("files", 1, files));
    load.traffic.push_back(OneASecond("login", 2, login));
    load.traffic.push_back(OneASecond("reports", 3, reports));
    return load;
}

Verdict
VerdictOf(const Workload& load)
{
    return Story(load).result.verdict;
}

std::string
Sentence(const Workload& load)
{
    return VerdictOf(load).sentence;
}

} // namespace

TEST(Verdict, NamesTheNearestLimitIfNothingFailed)
{
    const Verdict verdict = VerdictOf(TenPorts(4));

    EXPECT_EQ(verdict.sentence,
              "Nothing failed. The nearest limit is the ports of client towards api: at most 4 of "
              "10 were in use (40.0 %), so it takes 2.50 times this load.");
    EXPECT_FALSE(verdict.limit);
    EXPECT_FALSE(verdict.since);
    EXPECT_EQ(verdict.where, "client -> api");
    EXPECT_EQ(verdict.used, 4u);
    EXPECT_EQ(verdict.usable, 10u);
    EXPECT_EQ(verdict.nextLimit, "ports of client towards api");
    EXPECT_DOUBLE_EQ(*verdict.nextLimitFactor, 2.5);
}

TEST(Verdict, NamesTheOnlyLimit)
{
    const Verdict verdict = VerdictOf(TenPorts(15));

    EXPECT_EQ(verdict.sentence,
              "client ran out of ports towards api at 11.0 s, with 10 of 10 held or in TIME_WAIT: "
              "5 of 15 connections failed (33.3 %). This scenario has no other limit.");
    EXPECT_EQ(verdict.limit, "no_free_port");
    EXPECT_EQ(verdict.where, "client -> api");
    EXPECT_EQ(verdict.since, At(11s));
    EXPECT_EQ(verdict.used, 10u);
    EXPECT_EQ(verdict.usable, 10u);
    EXPECT_FALSE(verdict.nextLimit);
    EXPECT_FALSE(verdict.nextLimitFactor);
}

TEST(Verdict, NamesTheCulpritAmongUpstreamsAndTheNextLimitBehindIt)
{
    const Verdict verdict = VerdictOf(FourUpstreams(12, 5, 1, 8));

    EXPECT_EQ(verdict.sentence,
              "proxy ran out of ports towards api at 11.0 s, with 10 of 10 held or in TIME_WAIT: 2 "
              "of 12 connections failed (16.7 %). Next limit: ports of proxy towards reports, 80.0 "
              "% used: it takes 1.25 times this load.");
    EXPECT_EQ(verdict.where, "proxy -> api");
    EXPECT_EQ(verdict.nextLimit, "ports of proxy towards reports");
    EXPECT_DOUBLE_EQ(*verdict.nextLimitFactor, 1.25);
}

TEST(Verdict, SaysIfTheNextLimitGaveAsWell)
{
    EXPECT_EQ(Sentence(FourUpstreams(5, 13, 11, 8)),
              "proxy ran out of ports towards files at 11.0 s, with 10 of 10 held or in TIME_WAIT: "
              "3 of 13 connections failed (23.1 %). Next limit: ports of proxy towards login, "
              "which gave as well.");
}

/// Ports that all destinations share are one limit, whoever runs into it.
TEST(Verdict, SpeaksOfAllDestinationsWherePortsAreNotShared)
{
    Workload load = FourUpstreams(2, 3, 1, 6);
    load.hosts[0].profile.uniqueness.value = portlab::Uniqueness::LocalPort;
    load.traffic[3] = OneASecond("reports", 3, 8);

    EXPECT_EQ(Sentence(load),
              "proxy ran out of ports for all destinations at 5.0 s, with 10 of 10 held or in "
              "TIME_WAIT: 4 of 8 connections failed (50.0 %). This scenario has no other limit.");
}

TEST(Verdict, NamesAllDestinationsAsTheNearestLimit)
{
    Workload load = FourUpstreams(2, 3, 1, 1);
    load.hosts[0].profile.uniqueness.value = portlab::Uniqueness::LocalPort;

    EXPECT_EQ(Sentence(load),
              "Nothing failed. The nearest limit is the ports of proxy (all destinations): at most "
              "7 of 10 were in use (70.0 %), so it takes 1.43 times this load.");
}

/// Hosts of another group have ports of their own.
TEST(Verdict, FindsTheNextLimitOnOtherHosts)
{
    Workload load = TenPorts(12);
    load.hosts[0].profile.uniqueness.value = portlab::Uniqueness::LocalPort;
    load.hosts.push_back(load.hosts[0]);
    load.hosts[1].name = "office";
    load.traffic.push_back(OneASecond("office", 0, 5));
    load.traffic[1].from = 1;

    EXPECT_EQ(VerdictOf(load).nextLimit, "ports of office (all destinations)");
    EXPECT_DOUBLE_EQ(*VerdictOf(load).nextLimitFactor, 2);
}

TEST(Verdict, SpeaksOfTimeoutsAndLooksForTheNextLimitEverywhere)
{
    Workload load = TenPorts(5);
    load.services[0].silent = {{At(3500ms), At(1h)}};
    load.traffic[0].connectTimeout = 5s;

    const Verdict verdict = VerdictOf(load);
    EXPECT_EQ(verdict.sentence,
              "api did not answer client, which gave up for the first time at 9.0 s: 2 of 5 "
              "connections failed (40.0 %). Next limit: ports of client towards api, 50.0 % used: "
              "it takes 2.00 times this load.");
    EXPECT_EQ(verdict.limit, "connect_timeout");
    EXPECT_FALSE(verdict.used);
    EXPECT_FALSE(verdict.usable);
}

TEST(Verdict, SpeaksOfTheServersTimeWait)
{
    Workload load = TenPorts(4);
    load.hosts[0].profile.ports.value = portlab::PortRange(50000, 50001);
    load.services[0].profile.synInTimeWait.value = portlab::SynInTimeWait::Ignore;
    load.traffic[0].closes = Always(Ending::Server);
    load.traffic[0].connectTimeout = 1500ms;

    EXPECT_EQ(Sentence(load),
              "api kept ignoring SYNs of client whose 4-tuple is in its own TIME_WAIT; the first "
              "was given up at 4.5 s: 2 of 4 connections failed (50.0 %). Next limit: ports of "
              "client towards api, 100.0 % used: it takes 1.00 times this load.");
}

/// Windows reuses ports in TIME_WAIT for other peers, but not for this one.
TEST(Verdict, SpeaksOfPortsThatWaitTowardsThisPeer)
{
    Workload load = TenPorts(12);
    load.hosts[0].profile.uniqueness.value = portlab::Uniqueness::LocalPort;
    load.hosts[0].profile.reuse.value = portlab::TimeWaitReuse::OtherPeersWhenExhausted;

    const Verdict verdict = VerdictOf(load);
    EXPECT_EQ(verdict.sentence,
              "client had no port left at 11.0 s but those in TIME_WAIT towards api, with 10 of 10 "
              "held or in TIME_WAIT: 2 of 12 connections failed (16.7 %). This scenario has no "
              "other limit.");
    EXPECT_EQ(verdict.limit, "time_wait_collision");
}

/// One early mishap is not what gave.
TEST(Verdict, SpeaksOfTheCommonestReason)
{
    Workload load = TenPorts(15);
    load.services[0].silent = {{At(1s), At(1500ms)}};
    load.traffic[0].connectTimeout = 500ms;

    const Verdict verdict = VerdictOf(load);
    EXPECT_EQ(verdict.limit, "no_free_port");
    EXPECT_EQ(verdict.since, At(12s));
    EXPECT_EQ(verdict.sentence,
              "client ran out of ports towards api at 12.0 s, with 10 of 10 held or in TIME_WAIT: "
              "5 of 15 connections failed (33.3 %). This scenario has no other limit.");
}

/// Whichever it is: here one port that is taken for a moment, and then a service that falls silent.
TEST(Verdict, SpeaksOfTheCommonestReasonEvenIfPortsFailedFirst)
{
    Workload load = TenPorts(12);
    load.hosts[0].profile.ports.value = portlab::PortRange(50000, 50000);
    load.hosts[0].profile.timeWait.value = 100ms;
    load.services[0].silent = {{At(2500ms), At(1h)}};
    load.traffic[0].connectTimeout = 500ms;

    const Verdict verdict = VerdictOf(load);
    EXPECT_EQ(verdict.limit, "connect_timeout");
    EXPECT_EQ(verdict.since, At(3500ms));
    EXPECT_EQ(verdict.sentence,
              "api did not answer client, which gave up for the first time at 3.5 s: 11 of 12 "
              "connections failed (91.7 %). Next limit: ports of client towards api, which gave as "
              "well.");
}

TEST(Verdict, NamesTheHostAndTheAddressThatFailedFirst)
{
    Workload load = TenPorts(0);
    load.hosts[0].count = 3;
    load.services[0].addresses = 2;
    auto connections = std::make_shared<std::vector<RecordedConnection>>();
    for (std::uint32_t number = 0; number < 11; ++number)
    {
        connections->push_back({At(number * Duration(1s)), 1s, 2, 1, Transport::Tcp});
    }
    load.traffic[0].arrivals = RecordedArrivals{connections};

    EXPECT_EQ(Sentence(load),
              "client[2] ran out of ports towards api[1] at 10.0 s, with 10 of 10 held or in "
              "TIME_WAIT: 1 of 11 connections failed (9.1 %). This scenario has no other limit.");
}

TEST(Verdict, DoesNotSpeakOfTheWarmup)
{
    Workload load = TenPorts(15);
    load.warmup = 40s;

    EXPECT_EQ(Sentence(load),
              "Nothing failed. The nearest limit is the ports of client towards api: at most 10 of "
              "10 were in use (100.0 %), so it takes 1.00 times this load.");
}

TEST(Verdict, WritesLargeNumbersAndSmallSharesForPeople)
{
    Workload load = TenPorts(0);
    load.hosts[0].profile.ports.value = portlab::PortRange(32768, 60999);
    auto connections = std::make_shared<std::vector<RecordedConnection>>();
    connections->assign(28'233, {At(1234567ms), 1s, 0, 0, Transport::Tcp});
    load.traffic[0].arrivals = RecordedArrivals{connections};
    load.duration = 1300s;
    EXPECT_EQ(Sentence(load),
              "client ran out of ports towards api at 1234.6 s, with 28,232 of 28,232 held or in "
              "TIME_WAIT: 1 of 28,233 connections failed (0.0035 %). This scenario has no other "
              "limit.");

    connections->resize(20);
    EXPECT_EQ(Sentence(load),
              "Nothing failed. The nearest limit is the ports of client towards api: at most 20 of "
              "28,232 were in use (0.071 %), so it takes 1,411 times this load.");
}
