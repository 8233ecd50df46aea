// SPDX-License-Identifier: GPL-2.0-only

// What a NAT does with packets in special cases: who refreshes, what is unknown, what opens again,
// what is full.

#include "test/core/lone-nat.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace
{

using namespace std::chrono_literals;
using namespace portlab;
using namespace portlab::test;

constexpr Endpoint HOST{Inside(0), 5000};
constexpr Endpoint NEIGHBOUR{Inside(1), 5000};
constexpr Endpoint SERVER{Remote(0), 443};
constexpr Endpoint OTHER{Remote(1), 443};

NatPreset
Linux()
{
    return FindNatPreset("linux-masquerade");
}

/// Linux, and no port may be kept, so that who has lost one notices.
NatPreset
LinuxRandom()
{
    return FindNatPreset("linux-masquerade-random-fully");
}

std::uint64_t
DropsOf(LoneNat& nat, NatDrop reason)
{
    return nat.Device().Counters().dropped[static_cast<std::size_t>(reason)];
}

} // namespace

TEST(Refresh, IsByPacketsOfTheRightDirectionOnly)
{
    for (const RefreshRule rule : {RefreshRule::Outbound, RefreshRule::Inbound, RefreshRule::Both})
    {
        for (const bool isOutbound : {true, false})
        {
            SCOPED_TRACE(std::to_string(static_cast<int>(rule)) + (isOutbound ? " out" : " in"));
            NatPreset preset = Linux();
            preset.refresh.value = rule;
            LoneNat nat(preset);
            const InsideFlow flow = Udp(HOST, SERVER);
            nat.Out(flow, NO_SEGMENT, At(0s));
            isOutbound ? nat.Out(flow, NO_SEGMENT, At(20s)) : nat.Answer(flow, NO_SEGMENT, At(20s));

            const bool refreshes =
                rule == RefreshRule::Both || (rule == RefreshRule::Outbound) == isOutbound;
            const Instant end = At(refreshes ? 50s : 30s);
            EXPECT_TRUE(nat.Knows(flow, end - 1ns));
            EXPECT_FALSE(nat.Knows(flow, end));
        }
    }
}

/// A stream gets its longer timer from whatever packet makes it one.
TEST(Refresh, ComesWithEveryNewState)
{
    NatPreset preset = Linux();
    preset.refresh.value = RefreshRule::Outbound;
    LoneNat nat(preset);
    const InsideFlow flow = Udp(HOST, SERVER);
    nat.Out(flow, NO_SEGMENT, At(0s));
    nat.Answer(flow, NO_SEGMENT, At(1s));
    nat.Answer(flow, NO_SEGMENT, At(10s));

    EXPECT_EQ(nat.StateOf(flow, At(10s)), NatState::UdpStream);
    EXPECT_TRUE(nat.Knows(flow, At(130s) - 1ns));
    EXPECT_FALSE(nat.Knows(flow, At(130s)));
}

TEST(UnknownFlow, IsDroppedUnlessTheDevicePicksItUp)
{
    for (const UnknownFlowRule rule :
         {UnknownFlowRule::Drop, UnknownFlowRule::Reset, UnknownFlowRule::PickUp})
    {
        NatPreset preset = Linux();
        preset.onUnknownFlow.value = rule;
        LoneNat nat(preset);
        const bool picksUp = rule == UnknownFlowRule::PickUp;
        EXPECT_EQ(nat.Out(Tcp(HOST, SERVER), ACK, At(0s)).passed, picksUp);
        EXPECT_EQ(DropsOf(nat, NatDrop::UnknownFlow), picksUp ? 0u : 1u);

        for (const TcpSegment& segment : {FIN, RESET, SYN_ACK})
        {
            const Translation end = nat.Out(Tcp(HOST, OTHER), segment, At(0s));
            EXPECT_FALSE(end.passed);
            EXPECT_EQ(end.reason, NatDrop::UnknownFlow);
        }
        EXPECT_EQ(nat.Device().Counters().asked, picksUp ? 1u : 0u);
    }
}

TEST(UnknownFlow, IsTrustedForFiveMinutesOnly)
{
    LoneNat nat(Linux());
    const InsideFlow flow = Tcp(HOST, SERVER);
    nat.Out(flow, ACK, At(0s));

    EXPECT_EQ(nat.StateOf(flow, At(0s)), NatState::Established);
    EXPECT_TRUE(nat.Knows(flow, At(300s) - 1ns));
    EXPECT_FALSE(nat.Knows(flow, At(300s)));
    EXPECT_EQ(nat.Device().Counters().lost, 1u);
}

/// Facts, 6.5: an uncontended endpoint keeps its port, a contended one draws another.
TEST(SynInTimeWait, OpensAnewOnLinux)
{
    LoneNat nat(Linux(), 2);
    nat.Connect(Tcp(HOST, SERVER), At(0s));
    const Endpoint drawn = nat.Connect(Tcp(NEIGHBOUR, SERVER), At(0s)).end;
    for (const InsideFlow& flow : {Tcp(HOST, SERVER), Tcp(NEIGHBOUR, SERVER)})
    {
        nat.Close(flow, At(1s));
        EXPECT_EQ(nat.StateOf(flow, At(1s)), NatState::TimeWait);
        EXPECT_TRUE(nat.Out(flow, SYN, At(2s)).isNew); // The same sequence number: any will do.
        EXPECT_EQ(nat.StateOf(flow, At(2s)), NatState::SynSent);
    }

    EXPECT_EQ(nat.ExternalOf(Tcp(HOST, SERVER), At(2s)).port, HOST.port);
    EXPECT_FALSE(nat.ExternalOf(Tcp(NEIGHBOUR, SERVER), At(2s)) == drawn);
    EXPECT_EQ(nat.Device().Counters().reopened, 2u);
    EXPECT_EQ(nat.Device().Counters().granted, 4u);
}

TEST(SynInTimeWait, KeepsThePortWhereTheDeviceKeepsTheMapping)
{
    NatPreset preset = LinuxRandom();
    preset.reopensAnew.value = false;
    LoneNat nat(preset);
    const InsideFlow flow = Tcp(HOST, SERVER);
    const Endpoint drawn = nat.Connect(flow, At(0s)).end;
    nat.Close(flow, At(1s));
    const Translation again = nat.Connect(flow, At(2s));

    EXPECT_TRUE(again.passed && !again.isNew);
    EXPECT_TRUE(again.end == drawn);
    EXPECT_EQ(nat.StateOf(flow, At(2s)), NatState::Established);
    EXPECT_EQ(nat.Device().Counters().reopened, 0u);
    EXPECT_EQ(nat.Device().Counters().granted, 1u);
}

/// The flow's place is free then, but nothing leads inside.
TEST(SynInTimeWait, GetsInFromOutsideOnlyWhereStrangersDo)
{
    for (const bool isOpen : {true, false})
    {
        NatPreset preset = FindNatPreset("cgn-pba");
        preset.reopensAnew.value = true;
        preset.filtering.value = isOpen ? Dependence::None : Dependence::AddressAndPort;
        LoneNat nat(preset);
        const InsideFlow flow = Tcp(HOST, SERVER);
        const Endpoint external = nat.Connect(flow, At(0s)).end;
        nat.Connect(Tcp(HOST, OTHER), At(0s)); // Shares the external port.
        nat.Close(flow, At(1s));

        EXPECT_EQ(nat.In(NatProtocol::Tcp, SERVER, external, SYN, At(2s)).passed, isOpen);
        EXPECT_EQ(nat.Knows(flow, At(2s)), isOpen);
        EXPECT_TRUE(nat.Knows(Tcp(HOST, OTHER), At(2s)));
    }
}

/// An engine without packets says Close; what an earlier mapping of the same record remembered of
/// its reset must not count.
TEST(SynInClose, OpensAnewWhateverTheRecordHeldBefore)
{
    LoneNat nat(Linux());
    const InsideFlow flow = Tcp(HOST, SERVER);
    nat.Connect(flow, At(0s));
    nat.Answer(flow, RESET, At(1s)); // From the remote end alone: a SYN would only be passed on.
    EXPECT_FALSE(nat.Out(flow, SYN, At(2s)).isNew);

    const MappingId id = nat.Out(flow, SYN, At(20s)).mapping;
    nat.Device().Advance(id, NatState::Established, true, At(20s));
    nat.Device().Advance(id, NatState::Close, false, At(21s));
    EXPECT_TRUE(nat.Out(flow, SYN, At(22s)).isNew);
}

/// Its hosts have addresses of their own: they cannot clash.
TEST(TrackerThatTranslatesNothing, TellsHostsWithTheSamePortApart)
{
    LoneNat nat(FindNatPreset("aws-nlb-client-ip"), 2);
    for (const Endpoint& host : {HOST, NEIGHBOUR})
    {
        const Translation grant = nat.Out(Tcp(host, SERVER), SYN, At(0s));
        ASSERT_TRUE(grant.passed);
        EXPECT_TRUE(grant.end == host);
    }
    for (const Endpoint& host : {HOST, NEIGHBOUR})
    {
        const ExternalIndex number = host == HOST ? 0 : 1;
        const Translation answer =
            nat.Device().Inbound(NatProtocol::Tcp, number, host.port, SERVER, SYN_ACK, At(0s));
        EXPECT_TRUE(answer.passed && answer.end == host);
    }
}

TEST(TrackerThatTranslatesNothing, LosesNoRaces)
{
    NatPreset preset = FindNatPreset("ec2-connection-tracking");
    preset.raceWindow.value = 1500ns;
    LoneNat nat(preset, 2);
    for (Port port = 1; port <= 50; ++port)
    {
        EXPECT_TRUE(nat.Out(Tcp({Inside(0), port}, SERVER), SYN, At(0s)).passed);
    }
}

/// An ICMP identifier may be 0, and no port is.
TEST(EchoWithIdentifierZero, GetsAnother)
{
    LoneNat nat(Linux());
    const Translation grant =
        nat.Out({NatProtocol::Icmp, {HOST.address, 0}, {SERVER.address, 0}}, NO_SEGMENT, At(0s));
    EXPECT_TRUE(grant.passed);
    EXPECT_GE(grant.end.port, 1024);
}

/// The flow of a mapping that rests is forgotten: it takes no room, and cannot be dropped early.
TEST(FullTable, NeitherCountsNorDropsMappingsThatRest)
{
    NatPreset preset = Linux();
    preset.ofTable.value = 100;
    preset.buckets.value = 1; // So that an unassured one is found each time.
    preset.rests.afterIdle = {1h};
    LoneNat nat(preset);
    for (Port port = 1; port <= 100; ++port)
    {
        nat.Out(Udp({HOST.address, port}, SERVER), NO_SEGMENT, At(0s));
    }
    const Instant later = At(31s);
    for (Port port = 101; port <= 200; ++port)
    {
        EXPECT_TRUE(nat.Out(Udp({HOST.address, port}, SERVER), NO_SEGMENT, later).passed);
    }
    EXPECT_EQ(nat.Device().Counters().earlyDropped, 0u);

    EXPECT_TRUE(nat.Out(Udp({HOST.address, 201}, SERVER), NO_SEGMENT, later).passed);
    EXPECT_EQ(nat.Device().Counters().earlyDropped, 1u);
    EXPECT_EQ(nat.Device().Table().CountIn(NatState::Resting), 100u);
}

/// A full table makes room for each SYN at the instant of the one before: the same record is taken
/// twice inside of the window.
TEST(ReservedPorts, AreNotUsable)
{
    NatPreset preset = Linux();
    preset.ports.value = PortRange(1024, 2023);
    preset.reserved.value = {PortRange(1, 1033), PortRange(2000, 3000)};
    LoneNat nat(preset);
    EXPECT_EQ(nat.Device().PortsUsable(), 1000u - 10u - 24u);
}

TEST(RaceWindow, StandsTheEndOfAMappingThatNobodySawYet)
{
    NatPreset preset = Linux();
    preset.ofTable.value = 3;
    preset.buckets.value = 1;
    preset.raceWindow.value = 1500ns;
    LoneNat nat(preset);
    std::uint64_t granted = 0;
    for (Port port = 1; port <= 200; ++port)
    {
        granted += nat.Out(Tcp({HOST.address, port}, SERVER), SYN, At(1s)).passed ? 1 : 0;
    }
    EXPECT_EQ(granted, 200u); // No two of them want the same port.
}

/// What a verdict says of the first drop: never more than there is.
TEST(LoadOfADrop, IsThatOfWhatWasShort)
{
    const InsideFlow flow = Tcp(HOST, SERVER);
    LoneNat vm(FindNatPreset("gcp-cloud-nat-static"), 2);
    for (Port port = 1; port <= 64; ++port)
    {
        vm.Out(Tcp({HOST.address, port}, SERVER), SYN, At(0s));
        vm.Out(Tcp({HOST.address, port}, OTHER), SYN, At(0s));
    }
    const NatLoad ports = vm.Device().LoadOf(NatDrop::SubscriberLimit, flow);
    EXPECT_TRUE(ports.used == 64 && ports.usable == 64) << ports.used;

    NatPreset preset = FindNatPreset("full-cone");
    preset.ofSubscriber.value = 3;
    LoneNat limited(preset, 1);
    for (Port port = 1; port <= 3; ++port)
    {
        limited.Out(Udp(HOST, {SERVER.address, port}), NO_SEGMENT, At(0s));
    }
    const NatLoad mappings = limited.Device().LoadOf(NatDrop::SubscriberLimit, flow);
    EXPECT_TRUE(mappings.used == 3 && mappings.usable == 3) << mappings.used;

    LoneNat table(Linux(), 1);
    table.Out(flow, SYN, At(0s));
    EXPECT_EQ(table.Device().LoadOf(NatDrop::TableFull, flow).used, 1u);
    EXPECT_EQ(table.Device().LoadOf(NatDrop::TableFull, flow).usable, 262144u);
    EXPECT_EQ(table.Device().LoadOf(NatDrop::NoPort, flow).used, 1u);
    EXPECT_EQ(table.Device().LoadOf(NatDrop::NoPort, flow).usable, 64512u);
}
