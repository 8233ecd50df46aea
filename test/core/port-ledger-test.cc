// SPDX-License-Identifier: GPL-2.0-only

// The plain life of a port: asked for, held, in TIME_WAIT, free again; and who may share it.

#include "model/core/port/boot-phase.h"
#include "model/core/port/port-ledger.h"
#include "test/core/port-test-support.h"

#include <chrono>
#include <cstdint>
#include <gtest/gtest.h>
#include <stdexcept>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Census;
using portlab::Duration;
using portlab::Flow;
using portlab::Grant;
using portlab::Instant;
using portlab::OsProfile;
using portlab::Port;
using portlab::PortLedger;
using portlab::PortRange;
using portlab::PortRules;
using portlab::Random;
using portlab::Refusal;
using portlab::StreamKey;
using portlab::Transport;
using portlab::Uniqueness;
using portlab::test::BANK;
using portlab::test::InOrder;
using portlab::test::LoneHost;
using portlab::test::POST;
using portlab::test::SHOP;

constexpr Flow SHOP_FROM_ELSEWHERE{portlab::test::HERE + 1, SHOP.remote, SHOP.remotePort};

LoneHost
HostWithPorts(Port first, Port last, Uniqueness uniqueness)
{
    OsProfile profile = InOrder(first, last);
    profile.uniqueness = {uniqueness};
    return LoneHost(profile);
}

} // namespace

TEST(PortInTimeWait, IsRefusedUntilTheLastNanosecondAndGrantedOnTheNext)
{
    LoneHost host(InOrder(50000, 50000));
    ASSERT_EQ(host.Ask(SHOP, At(0s)).port, 50000);
    host.Close(SHOP, 50000, At(10s));

    EXPECT_EQ(host.Ask(SHOP, At(70s - 1ns)).port, std::nullopt);
    EXPECT_EQ(host.Ask(SHOP, At(70s)).port, 50000);
}

TEST(PortInTimeWait, StaysUsableTowardsAnotherPeer)
{
    LoneHost host(InOrder(50000, 50000));
    host.Ask(SHOP, At(0s));
    host.Close(SHOP, 50000, At(0s));

    EXPECT_EQ(host.Ask(BANK, At(1s)).port, 50000);
}

TEST(PortInTimeWait, OnAGridIsFreeOnTheNextMultipleOfTheMachinesOwnPhase)
{
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
    {
        const StreamKey secret(seed, 1);
        OsProfile profile = InOrder(50000, 50000);
        profile.timeWaitGrid = {2048ms};
        LoneHost host(profile, secret);
        host.Ask(SHOP, At(0s));
        host.Close(SHOP, 50000, At(5s));
        const Duration boot = TimeSinceBoot(secret.With("tcp"));
        const Instant end = At(65s + 2048ms - (65s + boot) % 2048ms);

        EXPECT_EQ(host.NextReturn(), end) << "seed " << seed;
        EXPECT_EQ(host.Ask(SHOP, end - 1ns).port, std::nullopt) << "seed " << seed;
        EXPECT_EQ(host.Ask(SHOP, end).port, 50000) << "seed " << seed;
    }
}

TEST(PortInTimeWait, OnAGridComesBackTogetherWithItsWholeBatch)
{
    OsProfile profile = InOrder(50000, 50099);
    profile.timeWaitGrid = {2048ms};
    LoneHost host(profile);
    for (Port port = 50000; port < 50100; ++port)
    {
        const Instant now = At((port - 50000) * 20ms); // 1.98 s from first to last.
        host.Ask(SHOP, now);
        host.Close(SHOP, port, now);
    }
    const Instant first = host.NextReturn();
    EXPECT_EQ(host.Count(SHOP, first - 1ns).waiting, 100u);
    const std::uint32_t left = host.Count(SHOP, first).waiting;

    EXPECT_LT(left, 100u);
    if (left > 0)
    {
        EXPECT_EQ(host.NextReturn(), first + 2048ms);
        EXPECT_EQ(host.Count(SHOP, first + 2048ms - 1ns).waiting, left);
    }
    EXPECT_EQ(host.Count(SHOP, first + 2048ms).waiting, 0u);
}

TEST(UdpPort, IsFreeAtOnceBecauseUdpHasNoTimeWait)
{
    LoneHost host(InOrder(50000, 50000));
    host.Ask(SHOP, At(0s), Transport::Udp);
    EXPECT_EQ(host.Ask(BANK, At(0s), Transport::Udp).port, std::nullopt);
    host.Close(SHOP, 50000, At(1s), Transport::Udp);

    EXPECT_EQ(host.Waiting(At(1s)).Count(), 0u);
    EXPECT_EQ(host.Ask(BANK, At(1s), Transport::Udp).port, 50000);
}

TEST(UdpPort, IsNobodysButLeavesTheTcpPortAlone)
{
    LoneHost host = HostWithPorts(50000, 50000, Uniqueness::Destination);
    host.Ask(SHOP, At(0s), Transport::Udp);

    EXPECT_EQ(host.Ask(SHOP_FROM_ELSEWHERE, At(0s), Transport::Udp).port, std::nullopt);
    EXPECT_EQ(host.Ask(SHOP, At(0s)).port, 50000);
}

TEST(UniqueLocalPort, IsSharedWithNobody)
{
    LoneHost host = HostWithPorts(50000, 50000, Uniqueness::LocalPort);
    host.Ask(SHOP, At(0s));

    EXPECT_EQ(host.Ask(BANK, At(0s)).port, std::nullopt);
    EXPECT_EQ(host.Ask(SHOP_FROM_ELSEWHERE, At(0s)).port, std::nullopt);
    host.Release(SHOP, 50000, At(0s));
    EXPECT_EQ(host.Ask(SHOP_FROM_ELSEWHERE, At(0s)).port, 50000);
}

TEST(UniqueLocalAddressAndPort, IsSharedBetweenLocalAddressesOnly)
{
    LoneHost host = HostWithPorts(50000, 50000, Uniqueness::LocalAddressAndPort);
    host.Ask(SHOP, At(0s));

    EXPECT_EQ(host.Ask(BANK, At(0s)).port, std::nullopt);
    EXPECT_EQ(host.Ask(SHOP_FROM_ELSEWHERE, At(0s)).port, 50000);
}

TEST(UniqueDestination, IsEveryPartOfIt)
{
    LoneHost host = HostWithPorts(50000, 50000, Uniqueness::Destination);
    host.Ask(SHOP, At(0s));

    EXPECT_EQ(host.Ask(SHOP, At(0s)).port, std::nullopt);
    EXPECT_EQ(host.Ask(SHOP_FROM_ELSEWHERE, At(0s)).port, 50000);
    EXPECT_EQ(host.Ask(BANK, At(0s)).port, 50000);
    EXPECT_EQ(host.Ask(POST, At(0s)).port, 50000);
    EXPECT_EQ(host.Ask(POST, At(0s)).port, std::nullopt);
}

TEST(Hosts, OnOneMachineShareItsCursorAndNotItsPorts)
{
    PortLedger ledger;
    const OsProfile profile = InOrder(50000, 50009);
    const auto kernel = ledger.AddKernel(profile, StreamKey(1, 1));
    const auto rules = std::make_shared<const PortRules>(profile);
    const auto one = ledger.OpenPath(ledger.AddHost(kernel, rules), Transport::Tcp, SHOP);
    const auto other = ledger.OpenPath(ledger.AddHost(kernel, rules), Transport::Tcp, SHOP);
    Random random(StreamKey(1, 1));

    EXPECT_EQ(ledger.Ask(one, At(0s), random).port, 50000);
    EXPECT_EQ(ledger.Ask(other, At(0s), random).port, 50001);
    EXPECT_EQ(ledger.TakenFrom(one), 1u);
    EXPECT_EQ(ledger.TakenFrom(other), 1u);
}

TEST(ExhaustedHost, SaysHowHardItLooked)
{
    LoneHost host(InOrder(50000, 50002));
    for (int i = 0; i < 3; ++i)
    {
        ASSERT_TRUE(host.Ask(SHOP, At(0s)).port);
    }
    const Grant refused = host.Ask(SHOP, At(0s));

    EXPECT_FALSE(refused.port);
    EXPECT_EQ(refused.refusal, Refusal::NoFreePort);
    EXPECT_EQ(refused.probes, 3u);
}

TEST(Census, CountsEveryPortOfTheRangeOnce)
{
    OsProfile profile = InOrder(50000, 50009);
    profile.reserved.value = {PortRange(50001, 50002)};
    LoneHost host(profile);
    for (int i = 0; i < 5; ++i)
    {
        host.Ask(SHOP, At(0s));
    }
    host.Close(SHOP, 50003, At(0s));
    host.Close(SHOP, 50004, At(0s));
    host.Release(SHOP, 50000, At(0s));

    EXPECT_EQ(host.Count(SHOP, At(0s)), (Census{2, 2, 2, 4}));
    EXPECT_EQ(host.Ledger().UsedBy(host.Path(SHOP)), 4u);
    EXPECT_EQ(host.Ledger().TakenFrom(host.Path(SHOP)), 4u);
    EXPECT_EQ(host.Count(SHOP, At(60s)), (Census{2, 0, 2, 6}));
}

TEST(FullTimeWaitTable, MakesNoEntryAndFreesThePortAtOnce)
{
    OsProfile profile = InOrder(50000, 50002);
    profile.maxTimeWait.value = 2;
    LoneHost host(profile);
    for (Port port = 50000; port <= 50002; ++port)
    {
        const Instant now = At((port - 50000) * 1s);
        host.Ask(SHOP, now);
        host.Close(SHOP, port, now);
    }

    EXPECT_EQ(host.Waiting(At(2s)).Count(), 2u);
    EXPECT_EQ(host.Ledger().Overflows(host.Id()), 1u);
    EXPECT_EQ(host.Ask(SHOP, At(2s)).port, 50002);
    host.Close(SHOP, 50002, At(60s)); // The first entry is gone at this very moment.
    EXPECT_EQ(host.Waiting(At(60s)).Count(), 2u);
    EXPECT_EQ(host.Ledger().Overflows(host.Id()), 1u);
}

TEST(FullTimeWaitTable, OfNoPlacesFreesEveryPortAtOnce)
{
    OsProfile profile = InOrder(50000, 50000);
    profile.maxTimeWait.value = 0;
    LoneHost host(profile);
    for (int i = 0; i < 9; ++i)
    {
        ASSERT_EQ(host.Ask(SHOP, At(0s)).port, 50000);
        host.Close(SHOP, 50000, At(0s));
    }

    EXPECT_EQ(host.Ledger().Overflows(host.Id()), 9u);
    EXPECT_EQ(host.NextReturn(), portlab::NEVER);
}

TEST(Host, ThatCatchesUpWithTheEndOfTimeHasNothingWaiting)
{
    LoneHost host(InOrder(50000, 50009));
    for (Port port = 50000; port < 50010; ++port)
    {
        const Instant now = At((port - 50000) * 1s);
        host.Ask(SHOP, now);
        host.Close(SHOP, port, now);
    }
    host.Ledger().CatchUp(host.Id(), portlab::NEVER);

    EXPECT_EQ(host.Ledger().Waiting(host.Id()).Count(), 0u);
    EXPECT_EQ(host.NextReturn(), portlab::NEVER);
}

TEST(PortLedger, BlamesWhoeverEndsAConnectionThatIsNotThere)
{
    LoneHost host(InOrder(50000, 50009));

    EXPECT_THROW(host.Release(SHOP, 50000, At(0s)), std::logic_error);
    EXPECT_THROW(host.Close(SHOP, 50000, At(0s)), std::logic_error);
    host.Ask(SHOP, At(0s));
    EXPECT_THROW(host.Release(SHOP, 50001, At(0s)), std::logic_error);
}
