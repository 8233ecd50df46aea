// SPDX-License-Identifier: GPL-2.0-only

#include "reader-samples.h"

#include <gtest/gtest.h>

using namespace portlab;
using namespace std::chrono_literals;

namespace
{

/// A replay of SAMPLE_TRACE, one of whose connections has no duration.
const std::string REPLAY = "name = \"replay\"\n"
                           "[hosts.recorded]\n"
                           "os = \"linux-6.18\"\n"
                           "[services.others]\n"
                           "rtt = \"5ms\"\n"
                           "[traffic.replay]\n"
                           "from = \"recorded\"\n"
                           "to = \"others\"\n"
                           "arrivals = { trace = \"sample.csv\" }\n"
                           "hold = \"1s\"\n";

std::string
ReplayWith(const std::string& part, const std::string& replacement)
{
    return std::string(REPLAY).replace(REPLAY.find(part), part.size(), replacement);
}

} // namespace

TEST(Replay, MakesHostsOfSourcesAndEndpointsOfDestinationsInOrderOfAppearance)
{
    const Workload workload = Parse(REPLAY).workload;

    EXPECT_EQ(workload.hosts.at(0).count, 2u);
    EXPECT_EQ(workload.hosts.at(0).recordedAddresses,
              (std::vector<std::string>{"192.0.2.2", "192.0.2.1"}));
    EXPECT_EQ(workload.services.at(0).recordedEndpoints,
              (std::vector<std::string>{"[2001:db8::1]:443", "198.51.100.7:53"}));
    EXPECT_EQ(workload.services.at(0).rtt, 5ms);
}

TEST(Replay, KeepsTimesAndDurationsAndDrawsThoseThatAreMissing)
{
    const auto arrivals = Parse(REPLAY).workload.traffic.at(0).arrivals;
    const auto& rows = *std::get<RecordedArrivals>(arrivals).connections;

    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0].start, At(0s));
    EXPECT_EQ(rows[0].hold, 1500ms);
    EXPECT_EQ(rows[1].host, 1u);
    EXPECT_EQ(rows[1].endpoint, 1u);
    EXPECT_EQ(rows[1].transport, Transport::Udp);
    EXPECT_EQ(rows[2].start, At(2500ms));
    EXPECT_EQ(rows[2].host, 0u);
    EXPECT_EQ(rows[2].endpoint, 1u);
    EXPECT_EQ(rows[2].hold, std::nullopt);
}

TEST(Replay, LastsAsLongAsItsTraceInWholeSeconds)
{
    EXPECT_EQ(Parse(REPLAY).workload.duration, 3s);
    EXPECT_EQ(Parse("duration = \"1h\"\n" + REPLAY).workload.duration, 1h);
}

TEST(Replay, LeavesOutWhatStartsAfterTheEndAndSaysSo)
{
    const Scenario cut = Parse("duration = \"1s\"\n" + REPLAY);

    EXPECT_EQ(cut.workload.hosts.at(0).count, 1u);
    ASSERT_EQ(cut.notes.size(), 2u);
    EXPECT_EQ(cut.notes[0],
              "traffic.replay.hold is not used: the trace has every connection's duration.");
    EXPECT_EQ(cut.notes[1],
              "traffic.replay: 2 of the trace's 3 connections start after the end (1s) and are "
              "left out.");
    EXPECT_TRUE(Parse("duration = \"2.500000001s\"\n" + REPLAY).notes.empty());
}

TEST(Replay, HoldsNoConnectionLongerThanItsRun)
{
    const ScenarioFiles files{[](const std::string& path) {
                                  return ParseTrace(
                                      "time_s,proto,src,src_port,dst,dst_port,duration_s\n"
                                      "0,tcp,192.0.2.2,40000,198.51.100.7,443,9223372036\n",
                                      path);
                              },
                              nullptr};
    const auto workload =
        ParseScenarioWith(files, "duration = \"100d\"\nsample_interval = \"0s\"\n" + REPLAY, "x")
            .workload;

    EXPECT_EQ(std::get<RecordedArrivals>(workload.traffic[0].arrivals).connections->at(0).hold,
              100 * 24h);
}

TEST(Replay, NeedsAHoldTimeWhereTheTraceHasNone)
{
    const std::string silent = ReplayWith("hold = \"1s\"\n", "");

    EXPECT_EQ(ErrorOf(silent),
              "small.toml:6:1: traffic.replay.hold: the key is missing, and 1 of the trace's 3 "
              "connections have no duration. Write hold = \"200ms\", or what they last");
    EXPECT_EQ(ErrorOf("duration = \"2s\"\n" + silent), "");
}

TEST(Replay, SaysWhatTheTraceKnowsAndThisVersionDoesNotUse)
{
    const ScenarioFiles files{[](const std::string& path) {
                                  return ParseTrace(
                                      "time_s,proto,src,src_port,dst,dst_port,closes\n"
                                      "0,tcp,192.0.2.2,40000,198.51.100.7,443,server\n"
                                      "1,icmp,192.0.2.2,0,198.51.100.7,0,\n",
                                      path);
                              },
                              nullptr};
    const auto notes = ParseScenarioWith(files, REPLAY, "replay.toml").notes;

    ASSERT_EQ(notes.size(), 2u);
    EXPECT_EQ(notes[0],
              "traffic.replay: 1 of the trace's 2 rows are neither TCP nor UDP and are left out.");
    EXPECT_EQ(notes[1],
              "traffic.replay: the trace says for 1 of 1 connections who closed them; this version "
              "draws it from closes.");
}

TEST(Replay, RefusesWhatTheTraceSaysAlready)
{
    const std::string why =
        " stands for the machines in the trace of traffic.replay, which says this: leave it out";
    const std::string rtt = "rtt = \"5ms\"";

    EXPECT_EQ(ErrorOf(ReplayWith("[services", "count = 3\n[services")),
              "small.toml:4:9: hosts.recorded.count = 3: hosts.recorded" + why);
    EXPECT_EQ(ErrorOf(ReplayWith(rtt, "port = 80")),
              "small.toml:5:8: services.others.port = 80: services.others" + why);
    EXPECT_EQ(ErrorOf(ReplayWith(rtt, "addresses = 2")),
              "small.toml:5:13: services.others.addresses = 2: services.others" + why);
    EXPECT_EQ(ErrorOf(REPLAY + "transport = \"tcp\"\n"),
              "small.toml:11:13: traffic.replay.transport = \"tcp\": the trace says which "
              "connections are TCP and which UDP: leave it out");
}

TEST(Replay, SharesItsMachinesWithNoOtherTraceAndItsServiceWithNobody)
{
    const std::string keys = "arrivals = { trace = \"sample.csv\" }\nhold = \"1s\"\n";
    const std::string web = "[services.web]\n";

    EXPECT_EQ(ErrorOf(REPLAY + web + "[traffic.b]\nfrom = \"recorded\"\nto = \"web\"\n" + keys),
              "small.toml:13:8: traffic.b.from = \"recorded\": hosts.recorded stands for the "
              "machines of another trace already: give each trace its own");
    EXPECT_EQ(ErrorOf(REPLAY + "[traffic.b]\nfrom = \"recorded\"\nto = \"others\"\n"
                               "arrivals = \"1/s\"\nhold = \"1s\"\n"),
              "small.toml:13:6: traffic.b.to = \"others\": this stands for the machines in a "
              "trace, which only the trace can use: give this traffic a service of its own");
}

TEST(Replay, LetsItsHostsHaveOtherTrafficToo)
{
    const Workload workload = Parse(REPLAY + "[services.web]\n"
                                             "[traffic.b]\nfrom = \"recorded\"\nto = \"web\"\n"
                                             "arrivals = { total = \"10/s\" }\nhold = \"1s\"\n")
                                  .workload;

    EXPECT_EQ(std::get<PoissonArrivals>(workload.traffic.at(1).arrivals).rate, 5.0);
}

TEST(NameOfAFile, IsRelativeToTheScenariosFolder)
{
    std::string asked;
    const ScenarioFiles files{[&](const std::string& path) {
                                  asked = path;
                                  return ParseTrace(SAMPLE_TRACE, path);
                              },
                              nullptr};

    ParseScenarioWith(files, REPLAY, "some/where/replay.toml");
    EXPECT_EQ(asked, "some/where/sample.csv");
    ParseScenarioWith(files, REPLAY, "replay.toml");
    EXPECT_EQ(asked, "sample.csv");
    ParseScenarioWith(files, ReplayWith("sample.csv", "/tmp/sample.csv"), "some/replay.toml");
    EXPECT_EQ(asked, "/tmp/sample.csv");
    EXPECT_EQ(
        ErrorOf(ReplayWith("sample.csv", "a\\u0000b")),
        "small.toml:9:22: traffic.replay.arrivals.trace = \"a\\x00b\": expected the name of a "
        "file, relative to the scenario's folder");
}
