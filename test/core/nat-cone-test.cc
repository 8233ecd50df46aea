// SPDX-License-Identifier: GPL-2.0-only

// NATs by the names that people give to what they do: one external port for all destinations or
// one for each, and who gets in.

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
constexpr Endpoint SPOKEN_TO{Remote(0), 80};
constexpr Endpoint OTHER_PORT{Remote(0), 81};
constexpr Endpoint OTHER_HOST{Remote(1), 80};
constexpr Instant NOW = At(1s);

/// What RFC 3489, section 5, says of the four kinds.
struct Kind
{
    const char* name;
    bool hasOnePort; ///< The same external port for every destination.
    bool letsOtherPortsIn;
    bool letsOtherHostsIn;
};

const std::vector<Kind> KINDS{{"full-cone", true, true, true},
                              {"restricted-cone", true, true, false},
                              {"port-restricted-cone", true, false, false},
                              {"symmetric", false, false, false}};

TcpSegment
FirstOf(NatProtocol protocol)
{
    return protocol == NatProtocol::Tcp ? SYN : NO_SEGMENT;
}

void
ExpectEntry(const Kind& kind, NatProtocol protocol)
{
    LoneNat nat(FindNatPreset(kind.name), 2);
    const TcpSegment first = FirstOf(protocol);
    const Endpoint external = nat.Out({protocol, HOST, SPOKEN_TO}, first, NOW).end;
    const auto getsIn = [&](const Endpoint& remote) {
        const Translation entry = nat.In(protocol, remote, external, first, NOW);
        EXPECT_TRUE(!entry.passed || entry.end == HOST);
        EXPECT_TRUE(entry.passed || entry.reason == NatDrop::Filtered);
        return entry.passed;
    };

    EXPECT_TRUE(nat.Answer({protocol, HOST, SPOKEN_TO}, SYN_ACK, NOW).passed);
    EXPECT_EQ(getsIn(OTHER_PORT), kind.letsOtherPortsIn);
    EXPECT_EQ(getsIn(OTHER_HOST), kind.letsOtherHostsIn);

    nat.Out({protocol, HOST, OTHER_HOST}, first, NOW);
    EXPECT_EQ(getsIn(OTHER_HOST), kind.hasOnePort); // Now the hole is punched, if it is this one.
}

} // namespace

TEST(KindsOfNat, HaveOneExternalPortForAllDestinationsOrOneForEach)
{
    for (const Kind& kind : KINDS)
    {
        SCOPED_TRACE(kind.name);
        LoneNat nat(FindNatPreset(kind.name), 2);
        const Endpoint first = nat.Out(Udp(HOST, SPOKEN_TO), NO_SEGMENT, NOW).end;

        for (const Endpoint& remote : {OTHER_PORT, OTHER_HOST})
        {
            const Translation next = nat.Out(Udp(HOST, remote), NO_SEGMENT, NOW);
            EXPECT_EQ(next.end == first, kind.hasOnePort);
        }
        EXPECT_EQ(nat.Device().Counters().inherited, kind.hasOnePort ? 2u : 0u);
        const Endpoint other = nat.Out(Udp(NEIGHBOUR, SPOKEN_TO), NO_SEGMENT, NOW).end;
        EXPECT_FALSE(other == first);
    }
}

TEST(KindsOfNat, LetInWhomTheirNamesSay)
{
    for (const Kind& kind : KINDS)
    {
        for (const NatProtocol protocol : {NatProtocol::Tcp, NatProtocol::Udp, NatProtocol::Icmp})
        {
            SCOPED_TRACE(kind.name + std::string(", protocol ") +
                         std::to_string(static_cast<int>(protocol)));
            ExpectEntry(kind, protocol);
        }
    }
}

TEST(FullCone, KeepsTheExternalPortAsLongAsAnyFlowUsesIt)
{
    NatPreset preset = FindNatPreset("full-cone");
    preset.ports.value = PortRange(5000, 5000);
    LoneNat nat(preset, 2);
    nat.Out(Udp(HOST, SPOKEN_TO), NO_SEGMENT, At(0s));
    nat.In(NatProtocol::Udp, OTHER_HOST, {External(0), 5000}, NO_SEGMENT, At(100s));

    // The first flow ends at 300 s, and what the stranger began at 400 s.
    EXPECT_FALSE(nat.Out(Udp(NEIGHBOUR, SPOKEN_TO), NO_SEGMENT, At(350s)).passed);
    EXPECT_FALSE(nat.Out(Udp(NEIGHBOUR, SPOKEN_TO), NO_SEGMENT, At(400s) - 1ns).passed);
    EXPECT_TRUE(nat.Out(Udp(NEIGHBOUR, SPOKEN_TO), NO_SEGMENT, At(400s)).passed);
}

/// Ports differ by destination, and yet strangers get in: RFC 4787 keeps the two apart, and so do
/// some devices.
TEST(FullCone, KeepsThePortOfAStrangersFlowAlsoWithAPortForEachDestination)
{
    NatPreset preset = FindNatPreset("full-cone");
    preset.mapping.value = MappingRule::AddressAndPortDependent;
    preset.ports.value = PortRange(5000, 5000);
    LoneNat nat(preset, 2);
    nat.Out(Udp(HOST, SPOKEN_TO), NO_SEGMENT, At(0s));
    nat.In(NatProtocol::Udp, OTHER_HOST, {External(0), 5000}, NO_SEGMENT, At(100s));

    EXPECT_FALSE(nat.Out(Udp(NEIGHBOUR, SPOKEN_TO), NO_SEGMENT, At(350s)).passed);
    EXPECT_TRUE(nat.Out(Udp(NEIGHBOUR, SPOKEN_TO), NO_SEGMENT, At(400s)).passed);
}

/// Where two hosts share a port towards different destinations, nobody could tell whose a third
/// end's packet is, whatever the filtering would let in.
TEST(SharedPort, LetsNobodyInWhoWasNotSpokenTo)
{
    for (const Dependence filtering : {Dependence::None, Dependence::RemoteAddress})
    {
        NatPreset preset = FindNatPreset("aws-nat-gateway");
        preset.filtering.value = filtering;
        preset.ports.value = PortRange(5000, 5000);
        LoneNat nat(preset, 2);
        const Endpoint shared = nat.Out(Udp(HOST, SPOKEN_TO), NO_SEGMENT, NOW).end;
        ASSERT_TRUE(nat.Out(Udp(NEIGHBOUR, OTHER_PORT), NO_SEGMENT, NOW).end == shared);

        const auto leadsTo = [&](const Endpoint& remote) {
            return nat.In(NatProtocol::Udp, remote, shared, NO_SEGMENT, NOW);
        };
        EXPECT_TRUE(leadsTo(SPOKEN_TO).end == HOST);
        EXPECT_TRUE(leadsTo(OTHER_PORT).end == NEIGHBOUR);
        EXPECT_EQ(leadsTo({Remote(0), 82}).reason, NatDrop::Filtered);
        EXPECT_EQ(leadsTo(OTHER_HOST).reason, NatDrop::Filtered);
    }
}

TEST(Hairpin, TurnsPacketsAroundBetweenTheExternalEndpointsOfTwoHosts)
{
    LoneNat nat(FindNatPreset("full-cone"), 2);
    const Endpoint target = nat.Out(Udp(NEIGHBOUR, SPOKEN_TO), NO_SEGMENT, NOW).end;
    const auto there = nat.Device().Hairpin(Udp(HOST, target), NO_SEGMENT, NOW);
    ASSERT_TRUE(there.outbound.passed && there.inbound.passed);
    EXPECT_EQ(there.outbound.end.address, External(0)); // Not the sender's own address: RFC 4787.
    EXPECT_TRUE(there.inbound.end == NEIGHBOUR);

    const auto back = nat.Device().Hairpin(Udp(NEIGHBOUR, there.outbound.end), NO_SEGMENT, NOW);
    EXPECT_TRUE(back.outbound.end == target);
    EXPECT_TRUE(back.inbound.end == HOST);
    EXPECT_FALSE(back.inbound.isNew);
}

TEST(Hairpin, IsFilteredAsIfItCameFromOutside)
{
    LoneNat nat(FindNatPreset("port-restricted-cone"), 2);
    const Endpoint neighbours = nat.Out(Udp(NEIGHBOUR, SPOKEN_TO), NO_SEGMENT, NOW).end;
    const auto first = nat.Device().Hairpin(Udp(HOST, neighbours), NO_SEGMENT, NOW);
    EXPECT_TRUE(first.outbound.passed);
    EXPECT_FALSE(first.inbound.passed);
    EXPECT_EQ(first.inbound.reason, NatDrop::Filtered);

    // Once the other host has spoken to it, both get through: a hole is punched.
    const auto second = nat.Device().Hairpin(Udp(NEIGHBOUR, first.outbound.end), NO_SEGMENT, NOW);
    EXPECT_TRUE(second.inbound.passed);
    const auto third = nat.Device().Hairpin(Udp(HOST, neighbours), NO_SEGMENT, NOW);
    EXPECT_TRUE(third.inbound.passed);
}

TEST(Hairpin, IsDroppedWhereTheDeviceHasNone)
{
    NatPreset preset = FindNatPreset("full-cone");
    preset.hairpins.value = false;
    LoneNat nat(preset, 2);
    const Endpoint target = nat.Out(Udp(NEIGHBOUR, SPOKEN_TO), NO_SEGMENT, NOW).end;
    const auto there = nat.Device().Hairpin(Udp(HOST, target), NO_SEGMENT, NOW);

    EXPECT_FALSE(there.outbound.passed || there.inbound.passed);
    EXPECT_EQ(there.outbound.reason, NatDrop::Hairpin);
    EXPECT_EQ(nat.Device().Counters().asked, 1u); // It opened nothing.
}
