// SPDX-License-Identifier: GPL-2.0-only

#include "reader-samples.h"

#include <gtest/gtest.h>

using namespace portlab;
using namespace std::chrono_literals;

namespace
{

Overrides
Set(const std::string& path, const std::string& typed)
{
    return {{{path, typed}}, "", {}};
}

Workload
WorkloadWith(const std::string& path, const std::string& typed)
{
    return Parse(SMALLEST, Set(path, typed)).workload;
}

std::string
ErrorWith(const std::string& path, const std::string& typed)
{
    return ErrorOf(SMALLEST, Set(path, typed));
}

/// The smallest scenario with a tuned generator.
std::string
Tuned(const std::string& knobs)
{
    return SmallestWith("os = \"linux-6.18\"", "os = \"linux-6.18\"\n" + knobs);
}

} // namespace

TEST(SetOption, NeedsNoQuotes)
{
    const auto arrivals = WorkloadWith("traffic.main.arrivals", "900/s").traffic[0].arrivals;
    EXPECT_EQ(std::get<PoissonArrivals>(arrivals).rate, 900.0);
    EXPECT_EQ(WorkloadWith("hosts.generator.count", "3").hosts[0].count, 3u);
    EXPECT_EQ(
        WorkloadWith("hosts.generator.tuned.ports", "1024-65535").hosts[0].profile.ports.value,
        PortRange(1024, 65535));
    EXPECT_EQ(WorkloadWith("services.api.balance", "round-robin").services[0].balance,
              Balance::RoundRobin);
    EXPECT_EQ(WorkloadWith("duration", "1h").duration, 1h);
    EXPECT_EQ(Parse(SMALLEST, Set("question", "42")).question, "42");
    EXPECT_EQ(Parse(SMALLEST, Set("question", "what = [1, ?")).question, "what = [1, ?");
    EXPECT_EQ(Parse(SMALLEST, Set("question", "")).question, "");
}

TEST(SetOption, TakesTomlToo)
{
    EXPECT_EQ(WorkloadWith("duration", "\"1h\"").duration, 1h);
    EXPECT_EQ(WorkloadWith("services.api.silent", "[[\"1s\", \"2s\"]]").services[0].silent.size(),
              1u);
    const auto hold = WorkloadWith("traffic.main.hold", "{ fixed = \"2s\" }").traffic[0].hold;
    EXPECT_EQ(std::get<FixedHold>(hold).length, 2s);
}

TEST(SetOption, ReachesIntoFormsAndMakesThem)
{
    const auto hold = WorkloadWith("traffic.main.hold.fixed", "2s").traffic[0].hold;
    EXPECT_EQ(std::get<FixedHold>(hold).length, 2s);

    const Overrides users{
        {{"traffic.main.arrivals.users", "5"}, {"traffic.main.arrivals.think", "1s"}},
        "",
        {}};
    const auto arrivals = Parse(SMALLEST, users).workload.traffic[0].arrivals;
    EXPECT_EQ(std::get<UserArrivals>(arrivals).users, 5u);
}

TEST(SetOption, ReachesKnobsByNamesWithDotsAndWinsOverTheirOtherName)
{
    const std::string sysctl = "hosts.generator.tuned.net.ipv4.tcp_tw_reuse";
    const auto reuse = [&](const std::string& knobs) {
        return Parse(Tuned(knobs), Set(sysctl, "1")).workload.hosts[0].profile.reuse.value;
    };

    EXPECT_EQ(reuse(""), TimeWaitReuse::AfterDelay);
    EXPECT_EQ(reuse("tuned.tcp_tw_reuse = 0\n"), TimeWaitReuse::AfterDelay);
    EXPECT_EQ(reuse("tuned.net.ipv4.tcp_tw_reuse = 0\n"), TimeWaitReuse::AfterDelay);
    EXPECT_EQ(reuse("tuned.\"net.ipv4.tcp_tw_reuse\" = 0\n"), TimeWaitReuse::AfterDelay);
}

TEST(SetOption, LaterWinsOverEarlier)
{
    const Overrides overrides{{{"seed", "7"}, {"seed", "8"}}, "", {}};

    EXPECT_EQ(Parse(SMALLEST, overrides).workload.seed, 8u);
}

TEST(SetOption, IsBlamedForItsValueAndNoLineOfTheFileIs)
{
    EXPECT_EQ(ErrorWith("traffic.main.hold", "200"),
              "--set traffic.main.hold=200: a duration needs a unit. Did you mean 200ms? "
              "(ns us ms s min h d)");
    EXPECT_EQ(ErrorWith("hosts.generator.count", "0"),
              "--set hosts.generator.count=0: expected a whole number from 1 to 1,000,000");
    EXPECT_EQ(ErrorWith("services.api.silent", "[[\"2s\", \"1s\"]]"),
              "--set services.api.silent=[[\"2s\", \"1s\"]]: services.api.silent[0] = [\"2s\", "
              "\"1s\"]: the silence ends before it has begun: expected [FROM, UNTIL]");
    EXPECT_EQ(ErrorWith("traffic.main.from", "generatr"),
              "--set traffic.main.from=generatr: there is no host group of that name. Did you "
              "mean generator? (generator)");
    EXPECT_EQ(ErrorWith("seed.a", "1"),
              "--set seed.a=1: seed = { a = 1 }: expected a whole number from 0 to "
              "9,223,372,036,854,775,807");
}

TEST(SetOption, OfWhatDoesNotExistNamesTheNearest)
{
    EXPECT_EQ(ErrorWith("traffic.mian.arrivals", "900/s"),
              "--set traffic.mian.arrivals=900/s: there is no traffic.mian. Did you mean main? "
              "(main)");
    EXPECT_EQ(ErrorWith("calls.cart.count", "2"),
              "--set calls.cart.count=2: the scenario has no calls");
    EXPECT_EQ(ErrorWith("trafic.main.arrivals", "1/s"),
              "--set trafic.main.arrivals=1/s: trafic: there is no such key. Did you mean "
              "traffic? (name, question, duration, warmup, seed, fidelity, sample_interval, "
              "nodes, hosts, services, traffic, calls, nats, firewalls)");
    EXPECT_EQ(ErrorWith("services.api.prot", "80"),
              "--set services.api.prot=80: there is no such key. Did you mean port? (addresses, "
              "port, rtt, os, tuned, balance, vip, runs_on, silent, loopback, "
              "same_network, ip)");
    EXPECT_EQ(ErrorWith("nats.a.preset", "x"), "--set nats.a.preset=x: the scenario has no nats");
}

TEST(SetOption, NeedsAPath)
{
    for (const auto* path : {"", ".", "a.", ".a", "traffic..main"})
    {
        EXPECT_EQ(ErrorWith(path, "1"),
                  "--set " + std::string(path) +
                      "=1: expected KEY=VALUE, with a KEY such as traffic.main.arrivals");
    }
    EXPECT_EQ(ErrorWith("a.b.c.d.e.f.g.h.i", "1"),
              "--set a.b.c.d.e.f.g.h.i=1: the key has more dots than any key of a scenario");
}

TEST(SetOption, StaysReadableInErrors)
{
    EXPECT_EQ(ErrorWith("seed", "\n\xff"),
              "--set seed=\"\\x0a\\xff\": expected a whole number from 0 to "
              "9,223,372,036,854,775,807");
    EXPECT_LT(ErrorWith("seed", std::string(100'000, 'x')).size(), 300u);
}

TEST(OsOption, ReplacesEveryHostsSystemAndDropsWhatWasTuned)
{
    const Scenario scenario =
        Parse(Tuned("tuned.ports = \"1024-65535\"\ntuned.net.ipv4.tcp_tw_reuse = 1\n") +
                  "[hosts.other]\nos = \"linux-4.2\"\n",
              {{}, "windows-11", {}});

    EXPECT_EQ(scenario.workload.hosts[0].profile.name, "windows-11");
    EXPECT_EQ(scenario.workload.hosts[0].profile.ports.value, PortRange(49152, 65535));
    EXPECT_EQ(scenario.workload.hosts[1].profile.name, "windows-11");
    EXPECT_EQ(scenario.workload.services[0].profile.name, "linux-6.18");
    ASSERT_EQ(scenario.notes.size(), 1u);
    EXPECT_EQ(scenario.notes[0],
              "hosts.generator: compare with windows-11 drops tuned: ports, "
              "net.ipv4.tcp_tw_reuse.");
}

TEST(OsOption, CanBeNarrowedToGroups)
{
    const Workload workload =
        Parse(SMALLEST + "[hosts.other]\nos = \"linux-4.2\"\n", {{}, "windows-11", {"other"}})
            .workload;

    EXPECT_EQ(workload.hosts[0].profile.name, "linux-6.18");
    EXPECT_EQ(workload.hosts[1].profile.name, "windows-11");
    EXPECT_EQ(ErrorOf(SMALLEST, {{}, "windows-11", {"generatr"}}),
              "--hosts generatr: there is no host group of that name. Did you mean generator? "
              "(generator)");
}

TEST(OsOption, IsBlamedForItsValue)
{
    const std::string message = ErrorOf(SMALLEST, {{}, "windws", {}});

    EXPECT_EQ(message.rfind("--os windws: no such profile. Did you mean windows?", 0), 0u)
        << message;
}
