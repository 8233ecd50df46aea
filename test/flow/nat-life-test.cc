// SPDX-License-Identifier: GPL-2.0-only

// What a NAT does to connections: its ports run out and come back, and hosts notice late.

#include "test/flow/nat-test-support.h"

#include <gtest/gtest.h>

namespace
{

using namespace std::chrono_literals;
using namespace portlab;
using namespace portlab::test;

/// The workload's one host makes TCP connections at these moments, each held for one second.
Workload
Connecting(Workload load, const std::vector<Instant>& starts)
{
    load.traffic = {AsRecorded(starts)};
    load.duration = 400s;
    return load;
}

TEST(NatOfTwoPorts, DropsTheThirdSynAndTheNextRepetitionThatFindsAPort)
{
    // Mappings end 120 s after the client's: at 0 + 10 ms + 1 s + 10 ms + 120 s = 121.02 s and a
    // second later. SYNs of the third leave at 2, 3, 5, 9, 17, 33, 65 s, and it gives up at 129 s.
    const Workload load = Connecting(BehindNat(NatInOrder(1024, 1025)), {At(0s), At(1s), At(2s)});
    const Story story(load);

    EXPECT_EQ(story.result.nats[0].granted, 2u);
    EXPECT_EQ(DropsOf(story.result, "no_port"), 7u);
    EXPECT_EQ(FailuresOf(story.result, Failure::NatNoPort), 1u);
    EXPECT_EQ(FailuresOf(story.result, Failure::ConnectTimeout), 0u);
    EXPECT_EQ(story.Text().back(), "129.000000000 client frees 50002");
}

TEST(NatOfTwoPorts, LetsASynThroughOnceAMappingHasEnded)
{
    // The third connection's last SYN leaves 63 s after connect(), just when and just before the
    // first mapping ends.
    NatPreset preset = NatInOrder(1024, 1025);
    const Instant end = At(121020ms);
    for (const Duration late : {0ns, 1ns})
    {
        const Instant asked = end - 63s - late;
        const Story story(Connecting(BehindNat(preset), {At(0s), At(1s), asked}));
        const bool fits = late == 0ns;

        EXPECT_EQ(story.result.nats[0].granted, fits ? 3u : 2u) << late.count();
        EXPECT_EQ(FailuresOf(story.result, Failure::NatNoPort), fits ? 0u : 1u);
        EXPECT_EQ(story.result.pairs[0].attempts, 3u);
    }
}

TEST(DroppedSyn, ShowsAsConnectDelayBeforeItShowsAsFailure)
{
    NatPreset preset = NatInOrder(1024, 1024);
    preset.tcp.timeWait = {5s};
    const Story story(Connecting(BehindNat(preset), {At(0s), At(1s)}));

    // The first mapping ends at 6.02 s; the second SYN's repetitions leave at 2, 4 and 8 s.
    EXPECT_EQ(story.result.hosts[0].connected, 2u);
    EXPECT_NEAR(InSeconds(*story.result.traffic[0].connectDelayP99), 7.01, 0.2);
    EXPECT_EQ(DropsOf(story.result, "no_port"), 3u);
}

TEST(DroppedSyn, IsNoFailureOfTheNatWhenTheProgramHasRetriedInTime)
{
    NatPreset preset = NatInOrder(1024, 1024);
    preset.tcp.timeWait = {5s};
    Workload load = Connecting(BehindNat(preset), {At(0s), At(1s)});
    load.traffic[0].connectTimeout = 500ms;
    load.traffic[0].retry = {20, 500ms, 1.0};
    const Story story(load);

    EXPECT_EQ(story.result.hosts[0].connected, 2u);
    EXPECT_EQ(story.result.traffic[0].requestsFailed, 0u);
    EXPECT_EQ(FailuresOf(story.result, Failure::NatNoPort), story.result.traffic[0].retries);
}

TEST(Nat, HoldsAMappingOfAnAttemptThatTheServerNeverAnswered)
{
    Workload load = Connecting(BehindNat(NatInOrder(1024, 1024)), {At(0s), At(100s)});
    load.services[0].silent = {{At(0s), At(90s)}};
    load.traffic[0].connectTimeout = 1s;
    const Story story(load);

    // The half-open mapping of the first lasts until 120 s, and the second gives up at 101 s.
    EXPECT_EQ(FailuresOf(story.result, Failure::ConnectTimeout), 1u);
    EXPECT_EQ(FailuresOf(story.result, Failure::NatNoPort), 1u);
}

TEST(Nat, ForgetsAResetConnectionByItsOwnTimer)
{
    NatPreset preset = NatInOrder(1024, 1024);
    preset.tcp.close = {10s};
    // Reset at 1.01 s: the port is free at 11.01 s.
    for (const Duration late : {0ns, 1ns})
    {
        Workload load = Connecting(BehindNat(preset), {At(0s), At(11010ms) - late});
        load.traffic[0].closes = Always(Ending::Reset);
        load.traffic[0].connectTimeout = 100ms;
        const Story story(load);

        EXPECT_EQ(story.result.nats[0].granted, late == 0ns ? 2u : 1u);
    }
}

TEST(Nat, GivesOneDestinationsPortsToAnother)
{
    Workload load = BehindNat(NatInOrder(1024, 1024));
    load.services.push_back(ServiceCalled("db"));
    load.traffic = {AsRecorded({At(0s)}), AsRecorded({At(0s)})};
    load.traffic[1].name = "other";
    load.traffic[1].to = 1;
    load.duration = 10s;

    EXPECT_EQ(Story(load).result.nats[0].granted, 2u);
    load.nats[0].preset.tcpUnique = {NatUniqueness::Endpoint};
    EXPECT_EQ(Story(load).result.nats[0].granted, 1u);
}

TEST(ForgottenConnection, IsCountedAsLostAndEndsByAResetOrLikeAnyOther)
{
    NatPreset preset = NatInOrder(1024, 1024);
    preset.tcp.established = {350s};
    for (const auto rule : {UnknownFlowRule::Reset, UnknownFlowRule::Drop})
    {
        preset.onUnknownFlow = {rule};
        Workload load = BehindNat(preset);
        load.traffic = {AsRecorded({At(0s)})};
        load.traffic[0].arrivals =
            RecordedArrivals{std::make_shared<std::vector<RecordedConnection>>(
                std::vector<RecordedConnection>{{At(0s), 360s, 0, 0, Transport::Tcp}})};
        load.traffic[0].speaksEvery = 600s;
        load.duration = 400s;
        const Story story(load);
        const bool resets = rule == UnknownFlowRule::Reset;

        EXPECT_EQ(story.result.nats[0].lost, 1u);
        EXPECT_EQ(DropsOf(story.result, "unknown_flow"), 1u);
        EXPECT_EQ(story.Text().back(),
                  resets ? "360.020000000 client frees 50000" : "360.020000000 client waits 50000");
    }
}

TEST(BusyConnection, IsNotForgotten)
{
    NatPreset preset = NatInOrder(1024, 1024);
    preset.tcp.established = {350s};
    for (const Duration every : {0s, 349s})
    {
        Workload load = BehindNat(preset);
        load.traffic = {AsRecorded({At(0s)})};
        load.traffic[0].arrivals =
            RecordedArrivals{std::make_shared<std::vector<RecordedConnection>>(
                std::vector<RecordedConnection>{{At(0s), 2000s, 0, 0, Transport::Tcp}})};
        load.traffic[0].speaksEvery = every;
        load.duration = 1999s;
        const Story story(load);

        EXPECT_EQ(story.result.nats[0].lost, 0u);
        EXPECT_NEAR(story.result.nats[0].mappingsMean, 1, 1e-9);
    }
}

TEST(Datagram, ThatANatDropsFailsWhenTheProgramHasWaitedLongEnough)
{
    Workload load = BehindNat(NatInOrder(1024, 1024));
    load.traffic = {AsRecorded({At(0s), At(1s)}, Transport::Udp)};
    load.traffic[0].connectTimeout = 5s;
    load.duration = 100s;
    const Story story(load);

    EXPECT_EQ(FailuresOf(story.result, Failure::NatNoPort), 1u);
    EXPECT_EQ(story.Text().back(), "6.000000000 client frees 50001");
}

TEST(UdpMapping, LastsAsLongAsItsLastPacketAndItsAgeSay)
{
    // Held for a second: no stream, and free 30 s after its last packet. For three: 120 s.
    for (const Duration held : {1s, 3s})
    {
        const Duration end = held + (held == 1s ? 30s : 120s);
        for (const Duration late : {0ns, 1ns})
        {
            Workload load = BehindNat(NatInOrder(1024, 1024));
            load.traffic = {AsRecorded({}, Transport::Udp)};
            load.traffic[0].arrivals =
                RecordedArrivals{std::make_shared<std::vector<RecordedConnection>>(
                    std::vector<RecordedConnection>{{At(0s), held, 0, 0, Transport::Udp},
                                                    {At(end) - late, 1s, 0, 0, Transport::Udp}})};
            load.duration = 300s;

            EXPECT_EQ(Story(load).result.nats[0].granted, late == 0ns ? 2u : 1u);
        }
    }
}

TEST(NatSeries, ShowWhereMappingsStand)
{
    Workload load = Connecting(BehindNat(NatInOrder(1024, 2000)), {At(0s), At(1s)});
    load.services[0].rtt = 400ms;
    load.sampleInterval = 300ms;
    load.duration = 3s;
    const Story story(load);

    // SYN at 0 s, open at 0.4 s, closed at 1.4 s, last ACK at 1.8 s; the other a second later.
    EXPECT_EQ(ValuesOf(story.result, "nats", "mappings_syn_sent"),
              (std::vector<double>{1, 0, 0, 1, 0, 0, 0, 0, 0, 0}));
    EXPECT_EQ(ValuesOf(story.result, "nats", "mappings_established"),
              (std::vector<double>{0, 1, 1, 1, 2, 1, 1, 1, 1, 0}));
    EXPECT_EQ(ValuesOf(story.result, "nats", "mappings_time_wait"),
              (std::vector<double>{0, 0, 0, 0, 0, 1, 1, 1, 1, 2}));
}

} // namespace
