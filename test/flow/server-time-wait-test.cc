// SPDX-License-Identifier: GPL-2.0-only

// What becomes of a connection whose 4-tuple the server still keeps in TIME_WAIT: one client port,
// 10 ms away, held for 1 s; the server closes, and waits from 1.02 s to 61.02 s.

#include "test/flow/flow-test-support.h"

#include <chrono>
#include <gtest/gtest.h>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Duration;
using portlab::Ending;
using portlab::Failure;
using portlab::FailureCounts;
using portlab::Instant;
using portlab::SynInTimeWait;
using portlab::Workload;
using portlab::test::Always;
using portlab::test::AsRecorded;
using portlab::test::Lines;
using portlab::test::OneClient;
using portlab::test::Story;

/// A connection at 0 that leaves the server waiting, and a second one.
Workload
SecondConnectionAt(Instant start, SynInTimeWait rule)
{
    Workload load = OneClient(50000);
    load.services[0].profile.synInTimeWait.value = rule;
    load.traffic = {AsRecorded({At(0s), start})};
    load.traffic[0].closes = Always(Ending::Server);
    return load;
}

std::uint64_t
Collisions(const Workload& load)
{
    return Story(load).result.services[0].tupleCollisions;
}

/// Of the second connection.
Duration
ConnectDelay(const Workload& load)
{
    const Story story(load);
    EXPECT_EQ(story.result.hosts[0].connected, 2u);
    return *story.result.traffic[0].connectDelayP99;
}

} // namespace

TEST(ServerThatAcceptsSynsInTimeWait, TakesTheConnectionAtOnce)
{
    const Story story(SecondConnectionAt(At(10s), SynInTimeWait::Accept));

    EXPECT_EQ(story.Text(),
              (Lines{"0.000000000 client granted 50000",
                     "1.025000000 client frees 50000",
                     "10.000000000 client granted 50000",
                     "11.025000000 client frees 50000"}));
    EXPECT_EQ(story.result.services[0].tupleCollisions, 1u);
    EXPECT_EQ(story.result.services[0].accepted, 2u);
    EXPECT_EQ(story.result.services[0].timeWaitPeak, 1u);
    EXPECT_EQ(story.result.traffic[0].connectDelayP99, 10ms);
}

/// The second connection's TIME_WAIT is the one that counts: from 11.02 s to 71.02 s.
TEST(ServerThatAcceptsSynsInTimeWait, WaitsAnewAfterTheSecondConnection)
{
    Workload load = SecondConnectionAt(At(10s), SynInTimeWait::Accept);
    load.traffic[0] = AsRecorded({At(0s), At(10s), At(71015ms - 1ns)});
    load.traffic[0].closes = Always(Ending::Server);
    EXPECT_EQ(Collisions(load), 2u);

    load.traffic[0] = AsRecorded({At(0s), At(10s), At(71015ms)});
    load.traffic[0].closes = Always(Ending::Server);
    EXPECT_EQ(Collisions(load), 1u);
}

/// The second connection is reset, so nobody waits when the third one comes.
TEST(ServerThatAcceptsSynsInTimeWait, WaitsNoLonger)
{
    Workload load = SecondConnectionAt(At(100s), SynInTimeWait::Accept);
    load.traffic.push_back(AsRecorded({At(10s), At(20s)}));
    load.traffic[1].name = "reset";
    load.traffic[1].closes = Always(Ending::Reset);
    load.sampleInterval = 500ms;

    const Story story(load);
    EXPECT_EQ(story.result.services[0].tupleCollisions, 1u);
    const auto& waiting = story.result.series.back();
    ASSERT_EQ(waiting.entity, "services");
    EXPECT_EQ(waiting.samples.at(18).value, 1); // At 9.5 s.
    EXPECT_EQ(waiting.samples.at(19).value, 0); // At 10 s.
}

/// The SYN arrives half a round trip after connect(): at the end of TIME_WAIT, or just before.
TEST(Server, MeetsATupleInTimeWaitUntilItsLastNanosecond)
{
    for (const SynInTimeWait rule : {SynInTimeWait::Accept, SynInTimeWait::Ignore})
    {
        EXPECT_EQ(Collisions(SecondConnectionAt(At(61015ms - 1ns), rule)), 1u);
        EXPECT_EQ(Collisions(SecondConnectionAt(At(61015ms), rule)), 0u);
        EXPECT_EQ(Collisions(SecondConnectionAt(At(70s), rule)), 0u);
    }
}

/// One TIME_WAIT ends at 61.02 s as the other begins.
TEST(Server, NeverHasATimeWaitTwiceAtOneMoment)
{
    Workload load = SecondConnectionAt(At(60s), SynInTimeWait::Accept);
    load.hosts[0].profile.ports.value = portlab::PortRange(50000, 50001);
    EXPECT_EQ(Story(load).result.services[0].timeWaitPeak, 1u);

    load.traffic[0] = AsRecorded({At(0s), At(60s - 1ns)});
    load.traffic[0].closes = Always(Ending::Server);
    EXPECT_EQ(Story(load).result.services[0].timeWaitPeak, 2u);
}

/// SYNs at 10, 11, 13, 17, 25, 41 and 73 s; the last one arrives after 61.02 s.
TEST(ServerThatIgnoresSynsInTimeWait, TakesTheFirstSynAfterItsTimeWait)
{
    EXPECT_EQ(ConnectDelay(SecondConnectionAt(At(10s), SynInTimeWait::Ignore)), 63010ms);
}

/// The SYN of second 1 arrives at 61.02 s exactly, or a nanosecond too early: then that of second 3
/// is answered.
TEST(ServerThatIgnoresSynsInTimeWait, TakesASynAtTheEndOfTimeWaitAndNotANanosecondBefore)
{
    EXPECT_EQ(ConnectDelay(SecondConnectionAt(At(60015ms), SynInTimeWait::Ignore)), 1010ms);
    EXPECT_EQ(ConnectDelay(SecondConnectionAt(At(60015ms - 1ns), SynInTimeWait::Ignore)), 3010ms);
}

TEST(ServerThatIgnoresSynsInTimeWait, CostsTheClientItsPortUntilItGivesUp)
{
    Workload load = SecondConnectionAt(At(2s), SynInTimeWait::Ignore);
    load.hosts[0].profile.syn.value.retries = 4;

    const Story story(load);
    EXPECT_EQ(story.Text(),
              (Lines{"0.000000000 client granted 50000",
                     "1.025000000 client frees 50000",
                     "2.000000000 client granted 50000",
                     "33.000000000 client failed peer_time_wait",
                     "33.000000000 client frees 50000"}));
    EXPECT_EQ(story.result.services[0].tupleCollisions, 1u);
    EXPECT_EQ(story.result.services[0].accepted, 1u);
    EXPECT_EQ(story.result.hosts[0].failed, (FailureCounts{0, 0, 0, 0, 0, 0, 1, 0}));
}

TEST(ServerThatIgnoresSynsInTimeWait, IsBlamedWhenTheProgramGivesUpSooner)
{
    Workload load = SecondConnectionAt(At(2s), SynInTimeWait::Ignore);
    load.traffic[0].connectTimeout = 5s;

    EXPECT_EQ(Story(load).Text().back(), "7.000000000 client frees 50000");
    EXPECT_EQ(Story(load).result.hosts[0].failed[std::size_t(Failure::PeerTimeWait)], 1u);
}

/// The cause of the last drop counts: here the service falls silent after its TIME_WAIT.
TEST(ServerThatIgnoresSynsInTimeWait, IsNotBlamedIfItIsSilentInTheEnd)
{
    Workload load = SecondConnectionAt(At(10s), SynInTimeWait::Ignore);
    load.services[0].silent = {{At(60s), At(1h)}};

    const Story story(load);
    EXPECT_EQ(story.Text().back(), "137.000000000 client frees 50000");
    EXPECT_EQ(story.result.hosts[0].failed[std::size_t(Failure::ConnectTimeout)], 1u);
    EXPECT_EQ(story.result.services[0].tupleCollisions, 1u);
}

/// Another port of the same client is another 4-tuple.
TEST(ServerThatIgnoresSynsInTimeWait, TakesOtherPortsOfTheSameClient)
{
    Workload load = SecondConnectionAt(At(10s), SynInTimeWait::Ignore);
    load.hosts[0].profile.ports.value = portlab::PortRange(50000, 50001);

    EXPECT_EQ(Collisions(load), 0u);
    EXPECT_EQ(ConnectDelay(load), 10ms);
}

/// So is the same port of another client.
TEST(ServerThatIgnoresSynsInTimeWait, TakesTheSamePortOfAnotherClient)
{
    Workload load = SecondConnectionAt(At(10s), SynInTimeWait::Ignore);
    load.hosts.push_back(load.hosts[0]);
    load.hosts[1].name = "other";
    load.traffic = {AsRecorded({At(0s)}), AsRecorded({At(10s)})};
    load.traffic[0].closes = Always(Ending::Server);
    load.traffic[1].name = "second";
    load.traffic[1].from = 1;

    EXPECT_EQ(Collisions(load), 0u);
}

/// A connection that its client closes leaves nothing on the server.
TEST(Server, DoesNotWaitIfTheClientClosesOrResets)
{
    for (const Ending ending : {Ending::Client, Ending::Reset})
    {
        Workload load = SecondConnectionAt(At(30s), SynInTimeWait::Ignore);
        load.hosts[0].profile.timeWait.value = 10s;
        load.traffic[0].closes = Always(ending);
        load.traffic.push_back(AsRecorded({At(100s)}));
        load.traffic[1].name = "third";
        load.traffic[1].closes = Always(Ending::Server);

        EXPECT_EQ(Collisions(load), 0u);
    }
}
