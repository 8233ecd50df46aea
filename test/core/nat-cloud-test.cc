// SPDX-License-Identifier: GPL-2.0-only

// What clouds and carriers promise, in numbers, of the presets that carry their names.

#include "test/core/lone-nat.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace
{

using namespace std::chrono_literals;
using namespace portlab;
using namespace portlab::test;

constexpr Endpoint SERVER{Remote(0), 443};
constexpr Endpoint OTHER_PORT{Remote(0), 80};
constexpr Endpoint OTHER_HOST{Remote(1), 443};
constexpr Instant NOW = At(1s);
constexpr std::uint32_t PORTS_OF_HOST = 60000;

NatPreset
Preset(const char* name, std::uint32_t addresses = 1)
{
    NatPreset preset = FindNatPreset(name);
    preset.addresses.value = addresses;
    return preset;
}

/// Flows to one end, with as many inside hosts as it takes, until the first drop; nobody needs more
/// than `most`.
struct Crowd
{
    std::uint32_t granted{0};
    std::optional<NatDrop> reason{};
};

Crowd
Push(LoneNat& nat, const Endpoint& remote, std::uint32_t most, NatProtocol protocol)
{
    Crowd crowd;
    for (; crowd.granted < most; ++crowd.granted)
    {
        const Endpoint inside{Inside(crowd.granted / PORTS_OF_HOST),
                              static_cast<Port>(1 + crowd.granted % PORTS_OF_HOST)};
        const Translation grant = nat.Out({protocol, inside, remote}, SYN, NOW);
        if (!grant.passed)
        {
            crowd.reason = grant.reason;
            break;
        }
    }
    return crowd;
}

Crowd
Push(LoneNat& nat, const Endpoint& remote, std::uint32_t most = 1000000)
{
    return Push(nat, remote, most, NatProtocol::Tcp);
}

/// The same of one inside host.
Crowd
PushFrom(LoneNat& nat, std::uint32_t host, const Endpoint& remote, NatProtocol protocol)
{
    Crowd crowd;
    for (Port port = 1; port < PORTS_OF_HOST; ++port, ++crowd.granted)
    {
        const Translation grant = nat.Out({protocol, {Inside(host), port}, remote}, SYN, NOW);
        if (!grant.passed)
        {
            crowd.reason = grant.reason;
            break;
        }
    }
    return crowd;
}

Crowd
PushFrom(LoneNat& nat, std::uint32_t host, const Endpoint& remote = SERVER)
{
    return PushFrom(nat, host, remote, NatProtocol::Tcp);
}

} // namespace

TEST(AwsNatGateway, Has55000ConnectionsToEachDestination)
{
    LoneNat nat(Preset("aws-nat-gateway"), 10);
    for (const Endpoint& remote : {SERVER, OTHER_PORT, OTHER_HOST})
    {
        const Crowd crowd = Push(nat, remote);
        EXPECT_EQ(crowd.granted, 55000u);
        EXPECT_EQ(crowd.reason, NatDrop::DestinationLimit);
    }
    EXPECT_EQ(Push(nat, SERVER, 1000000, NatProtocol::Udp).granted, 55000u);
    EXPECT_EQ(nat.Device().PortsUsable(), 55000u);
}

TEST(AwsNatGateway, Has440000With8Addresses)
{
    LoneNat nat(Preset("aws-nat-gateway", 8), 10);
    const Crowd crowd = Push(nat, SERVER);

    EXPECT_EQ(crowd.granted, 440000u);
    EXPECT_EQ(crowd.reason, NatDrop::DestinationLimit);
    EXPECT_EQ(nat.Device().Ports().Fullest(), 55000u);
}

/// 1024-65535 are 64,512 ports.
TEST(AwsNatGateway, StopsAtItsLimitAndNotAtItsPorts)
{
    NatPreset preset = Preset("aws-nat-gateway");
    preset.ofDestination.value = 64513;
    LoneNat nat(preset, 10);
    const Crowd crowd = Push(nat, SERVER);

    EXPECT_EQ(crowd.granted, 64512u);
    EXPECT_EQ(crowd.reason, NatDrop::NoPort);
}

TEST(GcpStatic, Gives64PortsToEachVmFor1008VmsAnAddress)
{
    for (const std::uint32_t addresses : {1u, 2u})
    {
        LoneNat nat(Preset("gcp-cloud-nat-static", addresses), 1008 * addresses);
        for (std::uint32_t vm = 0; vm < 1008 * addresses; ++vm)
        {
            ASSERT_EQ(PushFrom(nat, vm).granted, 64u) << vm;
        }
        EXPECT_EQ(PushFrom(nat, 1008 * addresses).granted, 0u);
        EXPECT_EQ(nat.Device().BlockPortsInUse(), 64512u * addresses);
        EXPECT_EQ(PushFrom(nat, 5, OTHER_HOST).granted, 64u); // Towards another end, once more.
    }
}

TEST(GcpDynamic, DoublesABlockUpToItsMost)
{
    for (const std::uint32_t most : {32u, 64u, 1024u, 32768u})
    {
        NatPreset preset = Preset("gcp-cloud-nat-dynamic");
        preset.mostPortsOfHost.value = most;
        LoneNat nat(preset, 2);
        std::set<std::uint64_t> sizes;
        for (Port port = 1; port <= most; ++port)
        {
            ASSERT_TRUE(nat.Out(Tcp({Inside(0), port}, SERVER), SYN, NOW).passed) << port;
            sizes.insert(nat.Device().BlockPortsInUse());
        }
        std::set<std::uint64_t> powers;
        for (std::uint64_t size = 32; size <= most; size *= 2)
        {
            powers.insert(size);
        }
        EXPECT_EQ(sizes, powers);
        const Translation more = nat.Out(Tcp({Inside(0), 60000}, SERVER), SYN, NOW);
        EXPECT_FALSE(more.passed);
        EXPECT_EQ(more.reason, NatDrop::SubscriberLimit);
        EXPECT_TRUE(nat.Out(Tcp({Inside(1), 60000}, SERVER), SYN, NOW).passed);
    }
}

/// 64,512 ports do not hold a block of 32,768 beside 32,768 others that are not aligned to it.
TEST(GcpDynamic, GetsHalfOfItsMostFromOneAddress)
{
    LoneNat nat(Preset("gcp-cloud-nat-dynamic"), 1);
    const Crowd crowd = PushFrom(nat, 0);

    EXPECT_EQ(crowd.granted, 32768u);
    EXPECT_EQ(crowd.reason, NatDrop::NoPort);
}

TEST(AzureNatGateway, Has50000ConnectionsToEachDestinationAndAddress)
{
    LoneNat nat(Preset("azure-nat-gateway"), 10);
    for (const Endpoint& remote : {SERVER, OTHER_HOST})
    {
        const Crowd crowd = Push(nat, remote);
        EXPECT_EQ(crowd.granted, 50000u);
        EXPECT_EQ(crowd.reason, NatDrop::DestinationLimit);
    }
    LoneNat two(Preset("azure-nat-gateway", 2), 10);
    EXPECT_EQ(Push(two, SERVER).granted, 100000u);
}

/// Ports that nobody uses come first: 64,512 flows to many ends have one each, and only then does
/// one serve a second.
TEST(AzureNatGateway, SharesNoPortBeforeAllAreUsed)
{
    LoneNat nat(Preset("azure-nat-gateway"), 10);
    std::vector<int> uses(65536);
    for (std::uint32_t flow = 0; flow < 64512 + 1000; ++flow)
    {
        const Endpoint inside{Inside(flow / PORTS_OF_HOST),
                              static_cast<Port>(1 + flow % PORTS_OF_HOST)};
        const Translation grant = nat.Out(Tcp(inside, {Remote(flow % 7), 443}), SYN, NOW);
        ASSERT_TRUE(grant.passed);
        const int use = ++uses[grant.end.port];
        ASSERT_EQ(use > 1, flow >= 64512) << flow;
        ASSERT_GE(grant.end.port, 1024);
    }
}

/// The documented rests: 65 s after FIN, 16 s after RST, none for what never opened.
TEST(AzureNatGateway, LetsPortsRestAsLongAsMicrosoftSays)
{
    struct Ending
    {
        const char* name;
        Duration rest; ///< From the end of the mapping.
    };

    for (const Ending& ending :
         {Ending{"fin", 65s}, Ending{"reset", 16s}, Ending{"half-open", 30s}})
    {
        SCOPED_TRACE(ending.name);
        NatPreset preset = Preset("azure-nat-gateway");
        preset.ports.value = PortRange(1024, 1024);
        LoneNat nat(preset, 2);
        const InsideFlow flow = Tcp({Inside(0), 5000}, SERVER);
        const InsideFlow rival = Tcp({Inside(1), 5000}, SERVER);
        const std::string name = ending.name;
        name == "half-open" ? nat.Out(flow, SYN, NOW) : nat.Connect(flow, NOW);
        if (name == "fin")
        {
            nat.Close(flow, NOW);
        }
        else if (name == "reset")
        {
            nat.Out(flow, RESET, NOW);
        }

        EXPECT_FALSE(nat.Out(rival, SYN, NOW + ending.rest - 1ns).passed);
        EXPECT_TRUE(nat.Out(rival, SYN, NOW + ending.rest).passed);
    }
}

TEST(AzureLoadBalancer, ParcelsPortsOutByTheSizeOfThePool)
{
    const std::vector<std::pair<std::uint32_t, std::uint32_t>> table{{50, 1024},
                                                                     {100, 512},
                                                                     {200, 256},
                                                                     {400, 128},
                                                                     {800, 64},
                                                                     {1000, 32}};
    for (std::size_t row = 0; row < table.size(); ++row)
    {
        const auto [most, ports] = table[row];
        const std::uint32_t least = row == 0 ? 1 : table[row - 1].first + 1;
        for (const std::uint32_t hosts : {least, most})
        {
            LoneNat nat(Preset("azure-lb-default"), hosts);
            EXPECT_EQ(PushFrom(nat, 0).granted, ports) << hosts;
            EXPECT_EQ(PushFrom(nat, hosts - 1, OTHER_PORT).granted, ports) << hosts;
        }
    }
    EXPECT_THROW(RulesOf(FindNatPreset("azure-lb-default"), 1001), std::invalid_argument);
}

/// TCP has each port once for each destination, UDP once for each destination address.
TEST(AzureLoadBalancer, UsesPortsAgainTowardsOthers)
{
    for (const NatProtocol protocol : {NatProtocol::Tcp, NatProtocol::Udp})
    {
        const bool isTcp = protocol == NatProtocol::Tcp;
        LoneNat nat(Preset("azure-lb-default"), 1);
        EXPECT_EQ(PushFrom(nat, 0, SERVER, protocol).granted, 1024u);
        EXPECT_EQ(PushFrom(nat, 0, OTHER_PORT, protocol).granted, isTcp ? 1024u : 0u);
        EXPECT_EQ(PushFrom(nat, 0, OTHER_HOST, protocol).granted, 1024u);
    }
}

TEST(CarrierNat, GivesAHost8BlocksOf128PortsAndTakesThemBack)
{
    LoneNat nat(Preset("cgn-pba"), 70);
    std::set<Port> ports;
    for (Port port = 1; port <= 1024; ++port)
    {
        const Translation grant = nat.Out(Tcp({Inside(0), port}, SERVER), SYN, NOW);
        ASSERT_TRUE(grant.passed);
        EXPECT_EQ(nat.Device().BlockPortsInUse(), (port + 127u) / 128 * 128);
        ports.insert(grant.end.port);
    }
    EXPECT_EQ(ports.size(), 1024u);
    const Translation more = nat.Out(Tcp({Inside(0), 2000}, SERVER), SYN, NOW);
    EXPECT_EQ(more.reason, NatDrop::SubscriberLimit);

    // Half-open connections last 240 s, and their ports rest for 120 s more.
    nat.Device().CatchUp(NOW + 360s - 1ns);
    EXPECT_EQ(nat.Device().BlockPortsInUse(), 1024u);
    nat.Device().CatchUp(NOW + 360s);
    EXPECT_EQ(nat.Device().BlockPortsInUse(), 0u);
    EXPECT_EQ(nat.Device().Counters().blocksReturned, 8u);
}

/// 64,512 / 128 blocks: 504 hosts have one each, or 63 hosts all of theirs.
TEST(CarrierNat, Has504BlocksAnAddress)
{
    LoneNat few(Preset("cgn-pba"), 64);
    for (std::uint32_t host = 0; host < 63; ++host)
    {
        ASSERT_EQ(PushFrom(few, host).granted, 1024u) << host;
    }
    const Crowd last = PushFrom(few, 63);
    EXPECT_EQ(last.granted, 0u);
    EXPECT_EQ(last.reason, NatDrop::NoPort);

    LoneNat many(Preset("cgn-pba"), 505);
    for (std::uint32_t host = 0; host <= 504; ++host)
    {
        ASSERT_EQ(many.Out(Tcp({Inside(host), 5000}, SERVER), SYN, NOW).passed, host < 504);
    }
}

/// Two minutes after a block was taken, new flows go to another one.
TEST(CarrierNat, ChangesTheBlockAfterItsActiveTime)
{
    NatPreset preset = Preset("cgn-pba");
    preset.blockActive.value = 120s;
    LoneNat nat(preset, 1);
    for (const Duration time : {0ns, Duration{120s} - 1ns, Duration{120s}, Duration{121s}})
    {
        nat.Out(Tcp({Inside(0), static_cast<Port>(5000 + time / 1ms)}, SERVER), SYN, NOW + time);
        EXPECT_EQ(nat.Device().BlockPortsInUse(), time < 120s ? 128u : 256u) << time.count();
    }
}

/// An endpoint keeps its external one whomever it speaks to: more destinations cost nothing.
TEST(CarrierNat, SharesAnExternalPortAmongDestinations)
{
    LoneNat nat(Preset("cgn-pba"), 1);
    for (std::uint32_t remote = 0; remote < 2000; ++remote)
    {
        EXPECT_TRUE(
            nat.Out(Tcp({Inside(0), 5000}, {Remote(0), static_cast<Port>(1 + remote)}), SYN, NOW)
                .passed);
    }
    EXPECT_EQ(nat.Device().AllSubscribers()[0].ports.Count(), 1u);
}

/// RFC 7422's arithmetic for 64,512 ports: hosts for each address, and ports of each.
TEST(DeterministicNat, GivesEachHostTheShareOfRfc7422)
{
    const std::vector<std::pair<std::uint32_t, std::uint32_t>>
        table{{16, 4032}, {32, 2016}, {64, 1008}, {128, 504}, {256, 252}, {512, 126}, {1024, 63}};
    for (const auto& [sharing, ports] : table)
    {
        constexpr std::uint32_t addresses = 2;
        LoneNat nat(Preset("cgn-deterministic", addresses), sharing * addresses);
        // In order of their first flow: the first one, the last of the first address, and so on.
        for (std::uint32_t host = 0; host < sharing * addresses; ++host)
        {
            const Translation grant = nat.Out(Tcp({Inside(host), 1}, SERVER), SYN, NOW);
            ASSERT_TRUE(grant.passed);
            const std::uint32_t first = 1024 + host % sharing * ports;
            ASSERT_EQ(grant.end.address, External(host / sharing));
            ASSERT_TRUE(first <= grant.end.port && grant.end.port < first + ports) << host;
        }
        for (const std::uint32_t host : {0u, sharing * addresses - 1})
        {
            Port port = 2;
            while (nat.Out(Tcp({Inside(host), port}, SERVER), SYN, NOW).passed)
            {
                ++port;
            }
            EXPECT_EQ(port - 1u, ports) << sharing;
        }
    }
}
