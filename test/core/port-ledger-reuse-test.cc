// SPDX-License-Identifier: GPL-2.0-only

// Linux, tcp_tw_reuse: connect() may take a port out of TIME_WAIT after a delay.

#include "test/core/port-test-support.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <gtest/gtest.h>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Census;
using portlab::Duration;
using portlab::Instant;
using portlab::OsProfile;
using portlab::Port;
using portlab::PortLedger;
using portlab::PortRules;
using portlab::Random;
using portlab::StreamKey;
using portlab::TimeWaitReuse;
using portlab::Transport;
using portlab::Uniqueness;
using portlab::test::BANK;
using portlab::test::InOrder;
using portlab::test::LoneHost;
using portlab::test::SHOP;

OsProfile
EarlyReuse(Port first, Port last, Duration delay = 1s)
{
    OsProfile profile = InOrder(first, last);
    profile.reuse = {TimeWaitReuse::AfterDelay};
    profile.reuseDelay = {delay};
    return profile;
}

/// Takes the next port and closes it at once.
void
Visit(LoneHost& host, Instant now)
{
    const auto grant = host.Ask(SHOP, now);
    ASSERT_TRUE(grant.port) << now.time_since_epoch().count() << " ns";
    host.Close(SHOP, *grant.port, now);
}

} // namespace

TEST(EarlyReuse, GivesAPortBackExactlyWhenTheDelayIsOver)
{
    LoneHost host(EarlyReuse(50000, 50000));
    Visit(host, At(10s));

    EXPECT_EQ(host.Ask(SHOP, At(11s - 1ns)).port, std::nullopt);
    EXPECT_EQ(host.Ask(SHOP, At(11s)).port, 50000);
}

TEST(EarlyReuse, CountsAPortAsWaitingUntilItIsTaken)
{
    LoneHost host(EarlyReuse(50000, 50001));
    Visit(host, At(0s));

    EXPECT_EQ(host.Count(SHOP, At(30s)), (Census{0, 1, 0, 1}));
    EXPECT_EQ(host.Ledger().TakenFrom(host.Path(SHOP)), 0u);
    EXPECT_EQ(host.Ledger().UsedBy(host.Path(SHOP)), 1u);
    host.Ask(SHOP, At(30s));
    EXPECT_EQ(host.Count(SHOP, At(30s)), (Census{1, 1, 0, 0}));
    host.Ask(SHOP, At(31s));
    EXPECT_EQ(host.Count(SHOP, At(31s)), (Census{2, 0, 0, 0}));
    EXPECT_EQ(host.Ledger().UsedBy(host.Path(SHOP)), 2u);
    EXPECT_EQ(host.Waiting(At(40s)).AreaAt(At(40s)), 31'000'000'000u);
}

TEST(EarlyReuse, StillEndsTheTimeWaitThatNobodyTook)
{
    LoneHost host(EarlyReuse(50000, 50001));
    Visit(host, At(0s));

    EXPECT_EQ(host.Count(SHOP, At(60s - 1ns)), (Census{0, 1, 0, 1}));
    EXPECT_EQ(host.Count(SHOP, At(60s)), (Census{0, 0, 0, 2}));
}

/// The old entry would have ended at 60 s, when the port has other owners.
TEST(EarlyReuse, NeverFreesAPortThatWasTakenAgain)
{
    LoneHost host(EarlyReuse(50000, 50000));
    Visit(host, At(0s));
    ASSERT_EQ(host.Ask(SHOP, At(5s)).port, 50000);
    EXPECT_EQ(host.Count(SHOP, At(60s)), (Census{1, 0, 0, 0}));
    EXPECT_EQ(host.Ask(SHOP, At(60s)).port, std::nullopt);
    host.Close(SHOP, 50000, At(60s));

    EXPECT_EQ(host.Ask(SHOP, At(61s - 1ns)).port, std::nullopt);
    EXPECT_EQ(host.Count(SHOP, At(120s - 1ns)), (Census{0, 1, 0, 0}));
    EXPECT_EQ(host.Count(SHOP, At(120s)), (Census{0, 0, 0, 1}));
}

TEST(EarlyReuse, NeverTakesAPortThatWaitsAgain)
{
    LoneHost host(EarlyReuse(50000, 50000));
    Visit(host, At(0s));
    Visit(host, At(59500ms));

    EXPECT_EQ(host.Ask(SHOP, At(60s)).port, std::nullopt);
    EXPECT_EQ(host.Ask(SHOP, At(60500ms - 1ns)).port, std::nullopt);
    EXPECT_EQ(host.Ask(SHOP, At(60500ms)).port, 50000);
}

/// Such waits begin and end alike and are still two: the one was taken, the other was not.
TEST(EarlyReuse, WithoutADelayKeepsApartWaitsThatBeganInOneInstant)
{
    LoneHost host(EarlyReuse(50000, 50000, 0s));
    for (int i = 0; i < 4; ++i)
    {
        Visit(host, At(7s));
    }

    EXPECT_EQ(host.Waiting(At(7s)).Count(), 1u);
    EXPECT_EQ(host.Count(SHOP, At(67s - 1ns)), (Census{0, 1, 0, 0}));
    EXPECT_EQ(host.Count(SHOP, At(67s)), (Census{0, 0, 0, 1}));
    EXPECT_EQ(host.Waiting(At(90s)).AreaAt(At(90s)), 60'000'000'000u);
    EXPECT_LT(host.Ledger().MemoryBytes(), 4096u);
}

/// A bug of the first version: the end of an entry whose port was taken was announced.
TEST(EarlyReuse, AnnouncesNoReturnOfAPortThatIsTaken)
{
    LoneHost host(EarlyReuse(50000, 50002));
    Visit(host, At(0s));
    Visit(host, At(1s));
    Visit(host, At(2s));
    EXPECT_EQ(host.NextReturn(), At(60s));
    ASSERT_EQ(host.Ask(SHOP, At(5s)).port, 50000);

    EXPECT_EQ(host.NextReturn(), At(61s));
    ASSERT_EQ(host.Ask(SHOP, At(5s)).port, 50001);
    ASSERT_EQ(host.Ask(SHOP, At(5s)).port, 50002);
    EXPECT_EQ(host.NextReturn(), portlab::NEVER);
}

/// A bug of the first version: where peers may not share ports, a port that one had left in
/// TIME_WAIT and another took was held and waiting at once, and the free ports counted below zero.
TEST(EarlyReuse, ByAnotherPeerEndsTheWaitToo)
{
    OsProfile profile = EarlyReuse(50000, 50000);
    profile.uniqueness = {Uniqueness::LocalPort};
    LoneHost host(profile);
    Visit(host, At(0s));
    ASSERT_EQ(host.Ask(BANK, At(1s)).port, 50000);

    EXPECT_EQ(host.Count(SHOP, At(1s)), (Census{1, 0, 0, 0}));
    EXPECT_EQ(host.Waiting(At(1s)).Count(), 0u);
    EXPECT_EQ(host.Ledger().UsedBy(host.Path(SHOP)), 0u);
    EXPECT_EQ(host.Ledger().UsedBy(host.Path(BANK)), 1u);
    EXPECT_EQ(host.Count(SHOP, At(60s)), (Census{1, 0, 0, 0}));
}

TEST(EarlyReuse, IsNotMissedWhenTimeWaitIsShorterThanTheDelay)
{
    OsProfile profile = EarlyReuse(50000, 50000, 5s);
    profile.timeWait = {3s};
    LoneHost host(profile);
    Visit(host, At(0s));

    EXPECT_EQ(host.Ask(SHOP, At(3s - 1ns)).port, std::nullopt);
    EXPECT_EQ(host.Ask(SHOP, At(3s)).port, 50000);
}

/// 1,000 ports and a delay of a second give 1,000 connections a second, as was measured.
TEST(EarlyReuse, GivesAThousandConnectionsASecondOnAThousandPorts)
{
    LoneHost host(EarlyReuse(50000, 50999));
    int granted = 0;
    for (int i = 0; i < 20 * 6000; ++i)
    {
        const Instant now = At(i * 50us); // 20,000 attempts a second for 6 s.
        if (const auto port = host.Ask(SHOP, now).port)
        {
            host.Close(SHOP, *port, now);
            ++granted;
        }
    }

    EXPECT_EQ(granted, 6000);
}

TEST(EarlyReuse, OfOnePortAHundredThousandTimesTakesNoMemory)
{
    LoneHost host(EarlyReuse(50000, 50000, 1ms));
    std::size_t most = 0;
    for (int i = 0; i < 100'000; ++i)
    {
        ASSERT_NO_FATAL_FAILURE(Visit(host, At(i * 1ms)));
        most = std::max(most, host.Ledger().MemoryBytes());
    }

    EXPECT_LT(most, 8192u);
    EXPECT_EQ(host.Waiting(At(100s)).Count(), 1u);
}

/// The worst case for a line: an old entry that stays in front of all those that are taken.
TEST(EarlyReuse, BehindAWaitThatNobodyTakesNeedsLittleMemory)
{
    PortLedger ledger;
    const OsProfile profile = EarlyReuse(50000, 50001, 1ms);
    const auto host = ledger.AddHost(ledger.AddKernel(profile, StreamKey(1, 1)),
                                     std::make_shared<const PortRules>(profile));
    const auto bank = ledger.OpenPath(host, Transport::Tcp, BANK);
    const auto shop = ledger.OpenPath(host, Transport::Tcp, SHOP);
    Random random(StreamKey(1, 1));
    ledger.Wait(bank, *ledger.Ask(bank, At(0s), random).port, At(0s));
    std::size_t most = 0;
    for (int i = 0; i < 50'000; ++i)
    {
        const Instant now = At(i * 1ms);
        ledger.Wait(shop, *ledger.Ask(shop, now, random).port, now);
        most = std::max(most, ledger.MemoryBytes());
        ASSERT_EQ(ledger.UsedBy(bank), 1u) << i;
        ASSERT_LE(ledger.UsedBy(shop), 2u) << i;
        ASSERT_EQ(ledger.Waiting(host).Count(), 1 + ledger.UsedBy(shop)) << i;
        ASSERT_EQ(ledger.NextReturn(host), At(60s)) << i;
    }

    EXPECT_LT(most, 8192u);
}

/// A bug of the first version: the table of waits was indexed by bits that hardly differ, so that
/// 200 destinations with 500 ports each had their entries in a few long rows, and the table grew
/// without need: four times the memory, and forty times the time.
TEST(EarlyReuse, OfManyDestinationsOnFewPortsTakesLittleMemory)
{
    LoneHost host(EarlyReuse(50000, 50499));
    for (std::uint32_t peer = 0; peer < 200; ++peer)
    {
        const portlab::Flow flow{SHOP.local, SHOP.remote + peer, 443};
        for (Port port = 50000; port <= 50499; ++port)
        {
            const auto granted = host.Ask(flow, At(0s)).port;
            ASSERT_TRUE(granted);
            host.Close(flow, *granted, At(0s));
        }
    }

    EXPECT_EQ(host.Waiting(At(0s)).Count(), 100'000u);
    EXPECT_LT(host.Ledger().MemoryBytes(), 100'000u * 100);
    EXPECT_EQ(host.Waiting(At(60s)).Count(), 0u);
}
