// SPDX-License-Identifier: GPL-2.0-only

// What RulesOf() makes of presets, and what it refuses.

#include "model/core/nat/nat-catalogue.h"

#include <array>
#include <gtest/gtest.h>
#include <stdexcept>

using namespace portlab;
using namespace std::chrono_literals;

namespace
{

NatPreset
With(std::string_view row, std::string_view knob, std::string_view value)
{
    NatPreset preset = FindNatPreset(row);
    EXPECT_TRUE(SetKnob(preset, knob, value).known) << row << ", " << knob;
    return preset;
}

/// What RulesOf() has against a preset; empty if it has nothing against it.
std::string
ErrorOf(const NatPreset& preset, std::uint32_t insideHosts)
{
    try
    {
        RulesOf(preset, insideHosts);
        return "";
    }
    catch (const std::invalid_argument& error)
    {
        return error.what();
    }
}

Duration
TimerOf(const NatRules& rules, NatTimer timer)
{
    return rules.timers[static_cast<std::size_t>(timer)];
}

} // namespace

TEST(NatRulesOfEveryPreset, StandForOneHostAndForAHundred)
{
    for (const NatPreset& row : NatPresets())
    {
        for (const std::uint32_t hosts : {1u, 100u})
        {
            EXPECT_EQ(ErrorOf(row, hosts), "") << row.name << ", " << hosts;
        }
    }
}

TEST(NatRulesOfAPreset, HaveItsValues)
{
    const NatRules rules = RulesOf(FindNatPreset("azure-nat-gateway"), 7);

    EXPECT_EQ(rules.unique[0], NatUniqueness::EndpointThenDestination);
    EXPECT_EQ(rules.unique[2], NatUniqueness::EndpointThenDestination);
    EXPECT_TRUE(rules.handles[0] && rules.handles[1]);
    EXPECT_FALSE(rules.handles[2]) << "ICMP does not pass";
    EXPECT_EQ(rules.limits.ofDestination, 50000u);
    EXPECT_EQ(rules.limits.ofTable, 2000000u);
    EXPECT_EQ(rules.limits.ofSubscriber, std::nullopt);
    EXPECT_EQ(TimerOf(rules, NatTimer::SynSent), Duration(30s));
    EXPECT_EQ(TimerOf(rules, NatTimer::Established), Duration(240s));
    EXPECT_EQ(TimerOf(rules, NatTimer::Unacked), Duration(240s));
    EXPECT_EQ(TimerOf(rules, NatTimer::TimeWait), Duration(0s));
    EXPECT_EQ(TimerOf(rules, NatTimer::Close), Duration(0s));
    EXPECT_EQ(TimerOf(rules, NatTimer::RestAfterFin), Duration(65s));
    EXPECT_EQ(TimerOf(rules, NatTimer::RestAfterReset), Duration(16s));
    EXPECT_EQ(TimerOf(rules, NatTimer::RestAfterAttempt), Duration(0s));
    EXPECT_EQ(TimerOf(rules, NatTimer::RestAfterIdle), Duration(65s));
    EXPECT_EQ(rules.onUnknownFlow, UnknownFlowRule::Reset);
}

TEST(NatRulesOfLinux, HaveItsTimersAndClasses)
{
    const NatRules rules = RulesOf(FindNatPreset("linux-masquerade"), 1);

    const std::array<Duration, 12>
        timers{120s, 60s, 120h, 120s, 60s, 30s, 120s, 10s, 30s, 120s, 30s, 300s};
    for (std::size_t i = 0; i < timers.size(); ++i)
    {
        EXPECT_EQ(rules.timers[i], timers[i]) << i;
    }
    EXPECT_EQ(rules.streamAfter, Duration(2s));
    const std::vector<PortClass> classes{{PortRange(1, 511), PortRange(1, 511)},
                                         {PortRange(512, 1023), PortRange(600, 1023)},
                                         {PortRange(0, 65535), PortRange(1024, 65535)}};
    EXPECT_EQ(rules.classes, classes);
    EXPECT_TRUE(rules.preservesAnyPort && rules.startsBy16Bits && rules.evictsClosing);
    EXPECT_EQ(rules.limits.buckets, 262144u);
}

TEST(NatRulesOfAzuresBalancer, TakeTheBlockFromTheTable)
{
    const NatPreset row = FindNatPreset("azure-lb-default");

    struct
    {
        std::uint32_t hosts;
        std::uint32_t ports;
    } const table[]{{1, 1024},
                    {50, 1024},
                    {51, 512},
                    {100, 512},
                    {101, 256},
                    {200, 256},
                    {201, 128},
                    {400, 128},
                    {401, 64},
                    {800, 64},
                    {801, 32},
                    {1000, 32}};

    for (const auto& expected : table)
    {
        EXPECT_EQ(RulesOf(row, expected.hosts).blocks.size, expected.ports) << expected.hosts;
    }
    EXPECT_EQ(ErrorOf(row, 1001),
              "azure-lb-default: it parcels out its ports among 1000 inside hosts at most, and "
              "here are 1001: take fewer for each device, or set block_size");
    EXPECT_EQ(RulesOf(With("azure-lb-default", "block_size", "8"), 1001).blocks.size, 8u);
}

TEST(NatRulesOfBlocks, AreThoseOfTheirPresets)
{
    const BlockRules google = RulesOf(FindNatPreset("gcp-cloud-nat-dynamic"), 1).blocks;
    EXPECT_EQ(google.mode, BlockMode::Doubling);
    EXPECT_EQ(google.size, 32u);
    EXPECT_EQ(google.mostPorts, 65536u);

    const BlockRules carrier = RulesOf(FindNatPreset("cgn-pba"), 1).blocks;
    EXPECT_EQ(carrier.mode, BlockMode::OnDemand);
    EXPECT_EQ(carrier.size, 128u);
    EXPECT_EQ(carrier.most, 8u);

    const BlockRules computed = RulesOf(FindNatPreset("cgn-deterministic"), 16).blocks;
    EXPECT_EQ(computed.mode, BlockMode::Deterministic);
    EXPECT_EQ(computed.subscribers, 16u);
    EXPECT_EQ(RulesOf(FindNatPreset("linux-masquerade"), 16).blocks.mode, BlockMode::None);
}

TEST(NatRulesOfBlocks, AreRefusedWhenTheyContradictThePorts)
{
    EXPECT_EQ(ErrorOf(With("cgn-pba", "ports", "1024-1151"), 1), "") << "one block";
    EXPECT_EQ(ErrorOf(With("cgn-pba", "ports", "1024-1150"), 1),
              "cgn-pba: a block of 128 ports is larger than 1024-1150, 127 ports: set a smaller "
              "block_size, or more ports");
    EXPECT_EQ(ErrorOf(With("cgn-pba", "block_size", "0"), 1),
              "cgn-pba: a block of no ports serves nobody: set block_size to 1 or more");
    EXPECT_EQ(ErrorOf(With("gcp-cloud-nat-dynamic", "most_ports_per_host", "32"), 1), "");
    EXPECT_EQ(ErrorOf(With("gcp-cloud-nat-dynamic", "most_ports_per_host", "31"), 1),
              "gcp-cloud-nat-dynamic: the first block, 32 ports, is more than a host may have, 31: "
              "set a smaller block_size or a larger most_ports_per_host");
    EXPECT_NE(ErrorOf(With("linux-masquerade", "blocks", "static"), 1).find("preserve_any_port"),
              std::string::npos);
    EXPECT_NE(ErrorOf(With("cgn-pba", "flows_per_destination", "10"), 1).find("set flows_per_"),
              std::string::npos);
    EXPECT_NE(ErrorOf(With("aws-nlb-client-ip", "blocks", "deterministic"), 1).find("pick = keep"),
              std::string::npos);
}

TEST(NatRulesOfDeterministicBlocks, LeaveEachHostAPort)
{
    NatPreset row = With("cgn-deterministic", "ports", "1024-1123");
    EXPECT_EQ(ErrorOf(row, 100), "");
    EXPECT_EQ(ErrorOf(row, 101),
              "cgn-deterministic: 101 inside hosts cannot share the 100 ports of one address: give "
              "it more addresses");
    row.addresses.value = 2;
    EXPECT_EQ(ErrorOf(row, 200), "");
    EXPECT_NE(ErrorOf(row, 201), "");
    EXPECT_NE(ErrorOf(row, 4294967295u), "");
}

TEST(NatRulesOfKeptAddresses, TellSoManyHostsApart)
{
    const NatPreset preset = FindNatPreset("ec2-connection-tracking");
    EXPECT_EQ(ErrorOf(preset, 65536), "");
    EXPECT_EQ(ErrorOf(preset, 65537),
              "ec2-connection-tracking: a device that keeps addresses tells 65536 inside hosts "
              "apart, and here are 65537: take fewer for each device");
}

TEST(NatRulesOfReservedPorts, LeaveOneAtLeast)
{
    NatPreset row = With("openbsd-pf", "ports", "50001-50003");
    SetKnob(row, "reserved", "50001,50003-60000");
    EXPECT_EQ(RulesOf(row, 1).reservedPorts.size(), 9999u);
    EXPECT_EQ(RulesOf(row, 1).reservedPorts[1], 50003);

    SetKnob(row, "reserved", "50001,50002-65535");
    EXPECT_EQ(ErrorOf(row, 1),
              "openbsd-pf: no external port is left: all of 50001-50003 are reserved. Reserve "
              "fewer, or give it more ports");
}
