// SPDX-License-Identifier: GPL-2.0-only

// Windows: when nothing clean is left, a port in TIME_WAIT serves again, for another peer.

#include "test/core/port-test-support.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Census;
using portlab::Grant;
using portlab::Instant;
using portlab::OsProfile;
using portlab::Port;
using portlab::PortRange;
using portlab::Refusal;
using portlab::TimeWaitReuse;
using portlab::Uniqueness;
using portlab::test::BANK;
using portlab::test::InOrder;
using portlab::test::LoneHost;
using portlab::test::POST;
using portlab::test::SHOP;

OsProfile
Windows(Port first, Port last)
{
    OsProfile profile = InOrder(first, last);
    profile.uniqueness = {Uniqueness::LocalPort};
    profile.reuse = {TimeWaitReuse::OtherPeersWhenExhausted};
    profile.timeWait = {120s};
    return profile;
}

/// Asks and closes at once, so that the port waits towards the peer.
void
Visit(LoneHost& host, const portlab::Flow& flow, Port port, Instant now)
{
    ASSERT_EQ(host.Ask(flow, now).port, port);
    host.Close(flow, port, now);
}

} // namespace

TEST(ExhaustedWindows, PrefersAnyCleanPort)
{
    LoneHost host(Windows(50000, 50002));
    Visit(host, SHOP, 50000, At(0s));
    ASSERT_EQ(host.Ask(BANK, At(0s)).port, 50001);
    host.Release(BANK, 50001, At(0s));
    Visit(host, BANK, 50002, At(0s));

    const Grant grant = host.Ask(BANK, At(0s));
    EXPECT_EQ(grant.port, 50001);
    EXPECT_EQ(grant.probes, 2u);
}

TEST(ExhaustedWindows, SearchesTwiceAndReusesForAnotherPeer)
{
    LoneHost host(Windows(50000, 50002));
    Visit(host, SHOP, 50000, At(0s));
    Visit(host, BANK, 50001, At(0s));
    Visit(host, SHOP, 50002, At(0s));

    const Grant grant = host.Ask(SHOP, At(1s));
    EXPECT_EQ(grant.port, 50001);
    EXPECT_EQ(grant.probes, 3u + 2u);
    EXPECT_EQ(host.Count(SHOP, At(1s)), (Census{1, 2, 0, 0}));
}

TEST(ExhaustedWindows, ReportsACollisionWhenAllThatIsLeftWaitsTowardsThisPeer)
{
    LoneHost host(Windows(50000, 50001));
    Visit(host, SHOP, 50000, At(0s));
    ASSERT_EQ(host.Ask(BANK, At(0s)).port, 50001);

    const Grant grant = host.Ask(SHOP, At(0s));
    EXPECT_EQ(grant.port, std::nullopt);
    EXPECT_EQ(grant.refusal, Refusal::TimeWaitCollision);
    EXPECT_EQ(grant.probes, 4u);
}

TEST(ExhaustedWindows, ReportsNoFreePortWhenAllAreInUse)
{
    OsProfile profile = Windows(50000, 50002);
    profile.reserved.value = {PortRange(50002, 50002)};
    LoneHost host(profile);
    host.Ask(SHOP, At(0s));
    host.Ask(BANK, At(0s));

    const Grant grant = host.Ask(POST, At(0s));
    EXPECT_EQ(grant.port, std::nullopt);
    EXPECT_EQ(grant.refusal, Refusal::NoFreePort);
    EXPECT_EQ(grant.probes, 6u);
}

TEST(ExhaustedWindows, NeverReusesAReservedPort)
{
    OsProfile profile = Windows(50000, 50001);
    profile.reserved.value = {PortRange(50000, 50000)};
    LoneHost host(profile);
    Visit(host, SHOP, 50001, At(0s));

    EXPECT_EQ(host.Ask(BANK, At(0s)).port, 50001);
    EXPECT_EQ(host.Ask(POST, At(0s)).refusal, Refusal::NoFreePort);
}

TEST(ExhaustedWindows, KnowsThePeerByItsAddressAndItsPort)
{
    LoneHost host(Windows(50000, 50000));
    Visit(host, BANK, 50000, At(0s));

    EXPECT_EQ(host.Ask(BANK, At(0s)).refusal, Refusal::TimeWaitCollision);
    EXPECT_EQ(host.Ask(POST, At(0s)).port, 50000); // The same address, port 25 and not 443.
}

TEST(ExhaustedWindows, RefusesThePeerUntilTheLastNanosecondOfItsTimeWait)
{
    LoneHost host(Windows(50000, 50000));
    Visit(host, SHOP, 50000, At(0s));
    Visit(host, BANK, 50000, At(10s));

    EXPECT_EQ(host.Ask(SHOP, At(120s - 1ns)).refusal, Refusal::TimeWaitCollision);
    EXPECT_EQ(host.Ask(SHOP, At(120s)).port, 50000);
}

TEST(CrowdedPort, IsFreeOnlyWhenTheLastOfItsWaitsIsOver)
{
    LoneHost host(Windows(50000, 50000));
    Visit(host, SHOP, 50000, At(0s));
    Visit(host, BANK, 50000, At(10s));
    Visit(host, POST, 50000, At(20s));
    EXPECT_EQ(host.Waiting(At(20s)).Count(), 3u);
    EXPECT_EQ(host.Count(SHOP, At(20s)), (Census{0, 1, 0, 0}));

    EXPECT_EQ(host.Count(SHOP, At(130s)), (Census{0, 1, 0, 0}));
    EXPECT_EQ(host.Count(SHOP, At(140s - 1ns)), (Census{0, 1, 0, 0}));
    EXPECT_EQ(host.Count(SHOP, At(140s)), (Census{0, 0, 0, 1}));
    EXPECT_EQ(host.Waiting(At(140s)).AreaAt(At(140s)), 360'000'000'000u);
}

/// A port waits towards two peers, and a third holds it. Whatever ends first, and last: it is free
/// when all three have left, and never before.
TEST(CrowdedPort, SurvivesItsOwnersInEveryOrder)
{
    // Shop's wait is over at 120 s, the bank's at 130 s; the third one leaves at each of these.
    const std::vector<Instant>
        leavings{At(30s), At(120s - 1ns), At(120s), At(125s), At(130s - 1ns), At(130s), At(150s)};
    for (const Instant leaving : leavings)
    {
        for (const bool isClosed : {false, true})
        {
            SCOPED_TRACE((isClosed ? "closed at " : "released at ") +
                         std::to_string(leaving.time_since_epoch().count()) + " ns");
            LoneHost host(Windows(50000, 50000));
            Visit(host, SHOP, 50000, At(0s));
            Visit(host, BANK, 50000, At(10s));
            ASSERT_EQ(host.Ask(POST, At(20s)).port, 50000);
            EXPECT_EQ(host.Count(POST, At(20s)), (Census{1, 0, 0, 0}));
            EXPECT_EQ(host.Count(POST, leaving), (Census{1, 0, 0, 0}));
            isClosed ? host.Close(POST, 50000, leaving) : host.Release(POST, 50000, leaving);
            const Instant last = std::max(At(130s), isClosed ? leaving + 120s : leaving);
            if (last > leaving)
            {
                EXPECT_EQ(host.Count(POST, leaving), (Census{0, 1, 0, 0}));
                EXPECT_EQ(host.Count(POST, last - 1ns), (Census{0, 1, 0, 0}));
            }
            EXPECT_EQ(host.Count(POST, last), (Census{0, 0, 0, 1}));
            ASSERT_EQ(host.Ask(SHOP, last).port, 50000);
            host.Release(SHOP, 50000, last);
            EXPECT_EQ(host.Count(POST, last), (Census{0, 0, 0, 1}));
        }
    }
}

TEST(CrowdedPort, MayCrowdAgainAfterItWasEmpty)
{
    LoneHost host(Windows(50000, 50000));
    for (int round = 0; round < 3; ++round)
    {
        const Instant start = At(round * 1000s);
        ASSERT_NO_FATAL_FAILURE(Visit(host, SHOP, 50000, start));
        ASSERT_NO_FATAL_FAILURE(Visit(host, BANK, 50000, start));
        EXPECT_EQ(host.Ask(SHOP, start).refusal, Refusal::TimeWaitCollision);
        EXPECT_EQ(host.Ask(POST, start).port, 50000);
        host.Release(POST, 50000, start);
        EXPECT_EQ(host.Count(POST, start + 120s), (Census{0, 0, 0, 1}));
    }
}
