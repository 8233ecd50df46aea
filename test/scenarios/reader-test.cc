// SPDX-License-Identifier: GPL-2.0-only

#include "reader-samples.h"

#include <gtest/gtest.h>

using namespace portlab;
using namespace std::chrono_literals;

namespace
{

Traffic
TrafficWith(const std::string& part, const std::string& replacement)
{
    return Parse(SmallestWith(part, replacement)).workload.traffic.at(0);
}

/// The smallest scenario's service on hosts of their own, followed by more lines.
std::string
OnPods(const std::string& more)
{
    return SMALLEST +
           "[hosts.pods]\n"
           "os = \"linux-5.18\"\n"
           "count = 3\n"
           "tuned.ports = \"2000-2999\"\n"
           "[services.shop]\n"
           "runs_on = \"pods\"\n" +
           more;
}

} // namespace

TEST(Scenario, HasDefaultsForAllThatItNeedNotSay)
{
    const Scenario scenario = Parse(SMALLEST);
    const Workload& workload = scenario.workload;

    EXPECT_EQ(scenario.file, "small.toml");
    EXPECT_EQ(scenario.text, SMALLEST);
    EXPECT_EQ(scenario.name, "small");
    EXPECT_EQ(scenario.question, "");
    EXPECT_EQ(scenario.fidelity, Fidelity::Connection);
    EXPECT_TRUE(scenario.notes.empty());
    EXPECT_EQ(workload.duration, 300s);
    EXPECT_EQ(workload.warmup, 0s);
    EXPECT_EQ(workload.sampleInterval, 1s);
    EXPECT_EQ(workload.seed, 1u);
    EXPECT_TRUE(workload.calls.empty());
}

TEST(HostGroup, HasDefaultsForAllButItsSystem)
{
    const HostGroup group = Parse(SMALLEST).workload.hosts.at(0);

    EXPECT_EQ(group.name, "generator");
    EXPECT_EQ(group.count, 1u);
    EXPECT_EQ(group.profile.name, "linux-6.18");
    EXPECT_EQ(group.addresses, 1u);
    EXPECT_EQ(group.hostsPerKernel, 1u);
    EXPECT_TRUE(group.recordedAddresses.empty());
}

TEST(Service, HasDefaultsForEverything)
{
    const Service service = Parse(SmallestWith("port = 8443\n", "")).workload.services.at(0);

    EXPECT_EQ(service.name, "api");
    EXPECT_EQ(service.addresses, 1u);
    EXPECT_EQ(service.port, 443);
    EXPECT_EQ(service.rtt, 1ms);
    EXPECT_EQ(service.profile.name, "linux-6.18");
    EXPECT_EQ(service.balance, Balance::Random);
    EXPECT_TRUE(service.silent.empty());
    EXPECT_FALSE(service.runsOn);
    EXPECT_FALSE(service.vip);
}

TEST(Traffic, HasDefaultsForAllButItsEndsItsRateAndItsHoldTime)
{
    const Traffic traffic = Parse(SMALLEST).workload.traffic.at(0);

    EXPECT_EQ(traffic.name, "main");
    EXPECT_EQ(std::get<PoissonArrivals>(traffic.arrivals).rate, 600.0);
    EXPECT_EQ(std::get<ExponentialHold>(traffic.hold).mean, 200ms);
    EXPECT_EQ(traffic.closes.client, 1.0);
    EXPECT_EQ(traffic.closes.server, 0.0);
    EXPECT_EQ(traffic.closes.reset, 0.0);
    EXPECT_EQ(traffic.transport, Transport::Tcp);
    EXPECT_FALSE(traffic.connectTimeout);
    EXPECT_EQ(traffic.retry.attempts, 1u);
}

TEST(Scenario, KeepsTheOrderOfItsFile)
{
    const Scenario scenario = Parse("[hosts.zebra]\nos = \"linux\"\n" + SMALLEST.substr(15) +
                                        "[hosts.ape]\nos = \"linux\"\n",
                                    {{{"name", "order"}}, "", {}});

    ASSERT_EQ(scenario.workload.hosts.size(), 3u);
    EXPECT_EQ(scenario.workload.hosts[0].name, "zebra");
    EXPECT_EQ(scenario.workload.hosts[1].name, "generator");
    EXPECT_EQ(scenario.workload.hosts[2].name, "ape");
    EXPECT_EQ(scenario.workload.traffic[0].from, 1u);
}

TEST(Scenario, SaysHowLongItRunsAndWhatItCounts)
{
    const Scenario scenario = Parse(SmallestWith("name = \"small\"",
                                                 "name = \"small\"\n"
                                                 "question = \"How many?\"\n"
                                                 "duration = \"10min\"\n"
                                                 "warmup = \"599.999999999s\"\n"
                                                 "seed = 9223372036854775807\n"
                                                 "fidelity = \"connection\"\n"
                                                 "sample_interval = \"0s\"\n"));

    EXPECT_EQ(scenario.question, "How many?");
    EXPECT_EQ(scenario.workload.duration, 600s);
    EXPECT_EQ(scenario.workload.warmup, 600s - 1ns);
    EXPECT_EQ(scenario.workload.seed, 9223372036854775807u);
    EXPECT_EQ(scenario.workload.sampleInterval, 0s);
}

TEST(HostGroup, IsTunedByNameOrByTheSystemsOwnNameQuotedOrNot)
{
    for (const auto* tuned : {"tuned.ports = \"1024-65535\"\n",
                              "tuned = { ports = \"1024-65535\" }\n",
                              "tuned.net.ipv4.ip_local_port_range = \"1024-65535\"\n",
                              "[hosts.generator.tuned]\n"
                              "net.ipv4.ip_local_port_range = \"1024-65535\"\n",
                              "[hosts.generator.tuned]\n"
                              "\"net.ipv4.ip_local_port_range\" = \"1024-65535\"\n"})
    {
        const std::string os = "os = \"linux-6.18\"\n";
        const Scenario scenario = Parse(SmallestWith(os, os + tuned));

        EXPECT_EQ(scenario.workload.hosts[0].profile.ports.value, PortRange(1024, 65535)) << tuned;
    }
}

TEST(HostGroup, IsTunedWithNumbersFlagsAndLists)
{
    const OsProfile profile = Parse(SmallestWith("os = \"linux-6.18\"",
                                                 "os = \"linux-6.18\"\n"
                                                 "tuned.tcp_tw_reuse = true\n"
                                                 "tuned.tcp_max_tw_buckets = 5\n"
                                                 "tuned.reserved = [33000, \"34000-34010\"]\n"))
                                  .workload.hosts.at(0)
                                  .profile;

    EXPECT_EQ(profile.reuse.value, TimeWaitReuse::AfterDelay);
    EXPECT_EQ(profile.maxTimeWait.value, 5u);
    EXPECT_EQ(profile.reserved.value, (PortList{{33000, 33000}, {34000, 34010}}));
}

TEST(HostGroup, TellsWhatTheUserShouldKnowOfItsProfile)
{
    const auto notes = Parse(SmallestWith("os = \"linux-6.18\"",
                                          "os = \"linux\"\n"
                                          "tuned.time_wait = \"30s\"\n"))
                           .notes;

    ASSERT_EQ(notes.size(), 2u);
    EXPECT_EQ(notes[0], "hosts.generator: \"linux\" means linux-6.18.");
    EXPECT_EQ(notes[1].rfind("hosts.generator: Linux cannot change time_wait", 0), 0u) << notes[1];
}

TEST(Service, SaysAllThatAWorkloadCanExpress)
{
    const Service service = Parse(SmallestWith("port = 8443",
                                               "port = 65535\n"
                                               "addresses = 1000000\n"
                                               "rtt = \"0s\"\n"
                                               "os = \"windows-11\"\n"
                                               "balance = \"round-robin\"\n"
                                               "silent = [[\"0s\",\"1s\"], [\"1s\",\"2s\"]]\n"))
                                .workload.services.at(0);

    EXPECT_EQ(service.port, 65535);
    EXPECT_EQ(service.addresses, 1'000'000u);
    EXPECT_EQ(service.rtt, 0s);
    EXPECT_EQ(service.profile.name, "windows-11");
    EXPECT_EQ(service.balance, Balance::RoundRobin);
    ASSERT_EQ(service.silent.size(), 2u);
    EXPECT_EQ(service.silent[0].until, At(1s));
    EXPECT_EQ(service.silent[1].from, At(1s));
}

TEST(Service, ThatRunsOnHostsIsAsTheyAre)
{
    const Service service = Parse(OnPods("")).workload.services.at(1);

    EXPECT_EQ(service.runsOn, 1u);
    EXPECT_EQ(service.addresses, 3u);
    EXPECT_EQ(service.profile.name, "linux-5.18");
    EXPECT_EQ(service.profile.ports.value, PortRange(2000, 2999));
}

TEST(Service, ThatRunsOnHostsMayShowOneAddressForAll)
{
    const Service service = Parse(OnPods("vip = true\n")).workload.services.at(1);

    EXPECT_TRUE(service.vip);
    EXPECT_EQ(service.addresses, 1u);
}

TEST(Arrivals, AreAnyOfSixThings)
{
    const auto of = [](const std::string& arrivals) {
        return TrafficWith("\"600/s\"", arrivals).arrivals;
    };

    EXPECT_EQ(std::get<PoissonArrivals>(of("\"0/s\"")).rate, 0.0);
    EXPECT_EQ(std::get<ConstantArrivals>(of("{ constant = \"90/min\" }")).rate, 1.5);
    const auto steps = std::get<SteppedArrivals>(of("{ steps = [[\"0s\", \"1/s\"],"
                                                    " [\"60s\", \"0/s\"]] }"))
                           .steps;
    ASSERT_EQ(steps.size(), 2u);
    EXPECT_EQ(steps[0].from, At(0s));
    EXPECT_EQ(steps[1].from, At(60s));
    EXPECT_EQ(steps[1].rate, 0.0);
    const auto users = std::get<UserArrivals>(of("{ users = 200, think = \"0s\" }"));
    EXPECT_EQ(users.users, 200u);
    EXPECT_EQ(users.think, 0s);
    EXPECT_EQ(std::get<PoissonArrivals>(of("{ total = \"10/s\" }")).rate, 10.0);
}

TEST(Arrivals, InTotalAreDividedEvenlyOverTheHosts)
{
    const Traffic traffic = Parse(SmallestWith("\"600/s\"", "{ total = \"600/s\" }"),
                                  {{{"hosts.generator.count", "1000"}}, "", {}})
                                .workload.traffic.at(0);

    EXPECT_DOUBLE_EQ(std::get<PoissonArrivals>(traffic.arrivals).rate, 0.6);
}

TEST(Arrivals, WhoseLastStepNeverComesAreNoted)
{
    const std::string text =
        SmallestWith("\"600/s\"", "{ steps = [[\"0s\", \"1/s\"], [\"10s\", \"2/s\"]] }");

    EXPECT_TRUE(Parse(text, {{{"duration", "10.000000001s"}}, "", {}}).notes.empty());
    EXPECT_EQ(Parse(text, {{{"duration", "10s"}}, "", {}}).notes.at(0),
              "traffic.main.arrivals: its last step begins after the end (10s).");
}

TEST(HoldTime, IsAnyOfFourThings)
{
    const auto of = [](const std::string& hold) { return TrafficWith("\"200ms\"", hold).hold; };

    EXPECT_EQ(std::get<ExponentialHold>(of("\"0s\"")).mean, 0s);
    EXPECT_EQ(std::get<FixedHold>(of("{ fixed = \"2s\" }")).length, 2s);
    const auto lognormal =
        std::get<LognormalHold>(of("{ lognormal = { median = \"80ms\", sigma = 1 } }"));
    EXPECT_EQ(lognormal.median, 80ms);
    EXPECT_EQ(lognormal.sigma, 1.0);
    EXPECT_EQ(std::get<SampledHold>(of("{ samples = \"x.csv\" }")).samples,
              (std::vector<Duration>{1s, 2s}));
}

TEST(Closes, IsOneSideOrSharesWhoseRestIsZero)
{
    const auto of = [](const std::string& closes) {
        return TrafficWith("hold", "closes = " + closes + "\nhold").closes;
    };

    EXPECT_EQ(of("\"server\"").server, 1.0);
    EXPECT_EQ(of("\"server\"").client, 0.0);
    EXPECT_EQ(of("\"reset\"").reset, 1.0);
    EXPECT_DOUBLE_EQ(of("{ client = 0.7, server = 0.3 }").client, 0.7);
    EXPECT_DOUBLE_EQ(of("{ client = 0.7, server = 0.3 }").reset, 0.0);
    EXPECT_DOUBLE_EQ(of("{ server = 1 }").server, 1.0);
    EXPECT_DOUBLE_EQ(of("{ client = 0.1, server = 0.2, reset = 0.7 }").reset, 0.7);
}

TEST(Traffic, SaysAllThatAWorkloadCanExpress)
{
    const Traffic traffic = TrafficWith("hold",
                                        "connect_timeout = \"5s\"\n"
                                        "on_failure = { retry = \"exponential\","
                                        " first = \"100ms\", attempts = 5 }\n"
                                        "allocate = \"connect\"\n"
                                        "transport = \"tcp\"\n"
                                        "hold");

    EXPECT_EQ(traffic.connectTimeout, 5s);
    EXPECT_EQ(traffic.retry.attempts, 5u);
    EXPECT_EQ(traffic.retry.first, 100ms);
    EXPECT_EQ(traffic.retry.factor, 2.0);
    EXPECT_EQ(TrafficWith("hold", "transport = \"udp\"\nhold").transport, Transport::Udp);
}

TEST(OnFailure, RetriesAtAFixedPaceOrNotAtAll)
{
    const auto of = [](const std::string& rule) {
        return TrafficWith("hold", "on_failure = " + rule + "\nhold").retry;
    };

    const auto fixed = of("{ retry = \"fixed\", first = \"1s\", attempts = 1000 }");
    EXPECT_EQ(fixed.factor, 1.0);
    EXPECT_EQ(fixed.attempts, 1000u);
    EXPECT_EQ(of("{ retry = \"none\" }").attempts, 1u);
}

TEST(Call, HasDefaultsForAllButItsEndsAndItsHoldTime)
{
    const Call call =
        Parse(OnPods("[calls.a]\nat = \"shop\"\nto = \"api\"\nhold = { fixed = \"3ms\" }\n"))
            .workload.calls.at(0);

    EXPECT_EQ(call.name, "a");
    EXPECT_EQ(call.at, 1u);
    EXPECT_EQ(call.to, 0u);
    EXPECT_EQ(call.count, 1u);
    EXPECT_EQ(std::get<FixedHold>(call.hold).length, 3ms);
    EXPECT_EQ(call.closes.client, 1.0);
    EXPECT_EQ(call.transport, Transport::Tcp);
    EXPECT_FALSE(call.connectTimeout);
    EXPECT_EQ(call.retry.attempts, 1u);
}
