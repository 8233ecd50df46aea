// SPDX-License-Identifier: GPL-2.0-only

// Which devices a connection passes: NATs one inside of the other, one for each host, node or zone,
// for some destinations only; and firewalls inside and outside of them.

#include "model/core/flow/nat-chain.h"
#include "test/flow/nat-test-support.h"

#include <gtest/gtest.h>

namespace
{

using namespace std::chrono_literals;
using namespace portlab;
using namespace portlab::test;

/// One connection of each host of the first group at each of these moments, for ten seconds.
Workload
AllConnecting(Workload load, const std::vector<Instant>& starts)
{
    auto connections = std::make_shared<std::vector<RecordedConnection>>();
    for (const Instant start : starts)
    {
        for (std::uint32_t host = 0; host < load.hosts[0].count; ++host)
        {
            connections->push_back({start, 1s, host, 0, Transport::Tcp});
        }
    }
    Traffic traffic;
    traffic.name = "main";
    traffic.arrivals = RecordedArrivals{std::move(connections)};
    traffic.connectTimeout = 1s;
    load.traffic = {traffic};
    load.duration = 10s;
    return load;
}

TEST(ChainOfNats, AsksTheInnerOneFirstAndShowsTheOuterOneItsAddress)
{
    Workload load = BehindNat(NatInOrder(1024, 2000));
    load.hosts[0].count = 3;
    load.nats.push_back(NatCalled("carrier", NatInOrder(3000, 3000)));
    load.nats[1].insideHosts = {};
    load.nats[1].insideNats = {0};
    const Story story(AllConnecting(load, {At(0s)}));

    EXPECT_EQ(story.result.nats[0].granted, 3u);
    EXPECT_EQ(story.result.nats[0].subscribers, 3u);
    EXPECT_EQ(story.result.nats[1].asked, 3u);
    EXPECT_EQ(story.result.nats[1].granted, 1u);
    EXPECT_EQ(story.result.nats[1].subscribers, 1u) << "it sees the first NAT alone";
    EXPECT_EQ(story.result.pairs[0].through, (std::vector<std::string>{"egress", "carrier"}));
    EXPECT_EQ(FailuresOf(story.result, Failure::NatNoPort), 2u);
}

TEST(ChainOfNats, IsInOrderHoweverTheyAreListed)
{
    Workload load = OneClient(50999);
    load.nats = {NatCalled("outer", NatInOrder(1024, 2000)),
                 NatCalled("middle", NatInOrder(1024, 2000)),
                 NatCalled("inner", NatInOrder(1024, 2000))};
    load.nats[0].insideHosts = {};
    load.nats[0].insideNats = {1};
    load.nats[1].insideHosts = {};
    load.nats[1].insideNats = {2};

    EXPECT_EQ(NatChain(load, 0, 0), (std::vector<std::uint32_t>{2, 1, 0}));
    load.nats[1].bypass = {0};
    EXPECT_EQ(NatChain(load, 0, 0), (std::vector<std::uint32_t>{2, 0}));
}

TEST(ManyNatsWithinEachOther, AreSortedOutAtOnce)
{
    // Both of each pair stand inside of both of the next: 2^32 ways lead from the first to the
    // last.
    Workload load = OneClient(50999);
    for (std::uint32_t number = 0; number < 64; ++number)
    {
        load.nats.push_back(NatCalled("nat", NatInOrder(1024, 2000)));
        load.nats[number].only = {number == 63 ? 0u : 1u};
        load.nats[number].insideHosts = {};
        if (number < 2)
        {
            load.nats[number].insideHosts = {0};
        }
        else
        {
            load.nats[number].insideNats = {number / 2 * 2 - 2, number / 2 * 2 - 1};
        }
    }

    EXPECT_EQ(NatChain(load, 0, 0), (std::vector<std::uint32_t>{63}));
}

TEST(NatSpan, DecidesHowManyDevicesThereAre)
{
    // Six hosts on three nodes in two zones, and a device has two ports.
    for (const auto& [span, devices, granted] : {std::tuple{NatSpan::All, 1u, 2u},
                                                 std::tuple{NatSpan::Host, 6u, 6u},
                                                 std::tuple{NatSpan::Node, 3u, 6u},
                                                 std::tuple{NatSpan::Zone, 2u, 4u}})
    {
        Workload load = BehindNat(NatInOrder(1024, 1025));
        load.nodes = {{"node", 3, 2}};
        load.hosts[0].count = 6;
        load.hosts[0].nodes = 0;
        load.nats[0].span = span;
        const Story story(AllConnecting(load, {At(0s)}));

        EXPECT_EQ(story.result.nats[0].devices, devices);
        EXPECT_EQ(story.result.nats[0].granted, granted);
    }
}

TEST(NatSpan, CountsOnlyNodesWithHostsInside)
{
    Workload load = BehindNat(NatInOrder(1024, 1025));
    load.hosts.push_back(load.hosts[0]);
    load.hosts[1].name = "others";
    load.hosts[1].count = 10;
    load.nats[0].span = NatSpan::Node;

    EXPECT_EQ(Story(AllConnecting(load, {At(0s)})).result.nats[0].devices, 1u);
}

TEST(Nat, LeavesAloneWhatBypassesIt)
{
    Workload load = BehindNat(NatInOrder(1024, 1024));
    load.nats[0].bypass = {0};
    EXPECT_EQ(Story(AllConnecting(load, {At(0s), At(1s)})).result.nats[0].asked, 0u);

    load.nats[0].bypass = {};
    load.services.push_back(ServiceCalled("db"));
    load.nats[0].only = {1};
    EXPECT_EQ(Story(AllConnecting(load, {At(0s), At(1s)})).result.nats[0].asked, 0u);
    load.nats[0].only = {0};
    EXPECT_EQ(Story(AllConnecting(load, {At(0s), At(1s)})).result.nats[0].granted, 1u);
}

TEST(Firewall, SeesPortsInsideOrOutsideOfTheNat)
{
    for (const bool outside : {false, true})
    {
        for (const PortRange& allowed : {PortRange(1024, 1024), PortRange(50000, 50000)})
        {
            Workload load = BehindNat(NatInOrder(1024, 1024));
            load.firewalls = {{"acl", {0}, outside, {allowed}}};
            const Story story(AllConnecting(load, {At(0s)}));
            const bool passes = outside == (allowed.First() == 1024);

            EXPECT_EQ(story.result.hosts[0].connected, passes ? 1u : 0u);
            EXPECT_EQ(FailuresOf(story.result, Failure::Firewall), passes ? 0u : 1u);
            EXPECT_EQ(story.result.nats[0].granted, 1u) << "the SYN passes all the same";
        }
    }
}

TEST(Firewall, NeedsNoNat)
{
    Workload load = OneClient(50001);
    load.firewalls = {{"acl", {0}, true, {PortRange(50001, 60000)}}};
    const Story story(AllConnecting(load, {At(0s), At(1500ms)}));

    EXPECT_EQ(FailuresOf(story.result, Failure::Firewall), 1u);
    EXPECT_EQ(story.result.hosts[0].connected, 1u);
}

TEST(Firewall, StandsNotBetweenAHostAndItself)
{
    Workload load = OneClient(50001);
    load.services[0].place = portlab::PeerPlace::Loopback;
    load.firewalls = {{"acl", {0}, false, {PortRange(60000, 60000)}}};

    EXPECT_EQ(Story(AllConnecting(load, {At(0s)})).result.hosts[0].connected, 1u);
}

TEST(ServerInTimeWait, CannotCompareTwoHostsBehindOneNat)
{
    // The server closes first, the NAT forgets at once, and each next host gets the same external
    // port: half of these SYNs look older than the connection before.
    NatPreset preset = NatInOrder(1024, 1024);
    preset.tcp.timeWait = {1s};
    preset.tcp.synSent = {1s};
    Workload load = BehindNat(preset);
    load.hosts[0].count = 200;
    load.services[0].profile.synInTimeWait = {SynInTimeWait::Ignore};
    auto connections = std::make_shared<std::vector<RecordedConnection>>();
    for (std::uint32_t host = 0; host < 200; ++host)
    {
        connections->push_back({At(5s * host), 1s, host, 0, Transport::Tcp});
    }
    load.traffic = {AsRecorded({})};
    load.traffic[0].arrivals = RecordedArrivals{connections};
    load.traffic[0].closes = Always(Ending::Server);
    load.traffic[0].connectTimeout = 500ms;
    load.duration = 1100s;
    const Story ignoring(load);
    load.services[0].profile.linuxSettings = LinuxSettings{6018, {0}, {250}};
    load.services[0].profile.linuxSettings->rfc1337 = {true};
    load.services[0].profile.synInTimeWait = {SynInTimeWait::Accept};
    const Story onLinux(load);

    EXPECT_GT(FailuresOf(ignoring.result, Failure::PeerTimeWait), 180u);
    EXPECT_GT(onLinux.result.services[0].tupleCollisions, 150u);
    const std::uint64_t older = FailuresOf(onLinux.result, Failure::PeerTimeWait);
    EXPECT_GT(older, 60u); // Of some 190, each by a coin: 60 to 130 but once in 10^6.
    EXPECT_LT(older, 130u);
}

TEST(Verdict, NamesTheNatThatHadNoPort)
{
    Workload load = BehindNat(NatInOrder(1024, 1025));
    load.hosts[0].count = 3;
    const Verdict verdict = Story(AllConnecting(load, {At(2s)})).result.verdict;

    EXPECT_EQ(
        verdict.sentence,
        "egress found no external port towards api at 2.0 s, with 2 of 2 in use: 1 of 3 "
        "connections failed (33.3 %). Next limit: ports of client[0] towards api, 0.1 % used: "
        "it takes 1,000 times this load.");
    EXPECT_EQ(verdict.limit, "nat_no_port");
    EXPECT_EQ(verdict.used, 2u);
    EXPECT_EQ(verdict.usable, 2u);
}

TEST(Verdict, NamesTheTableOfANatThatIsFull)
{
    NatPreset preset = NatInOrder(1024, 65535);
    preset.ofTable = {2u};
    Workload load = BehindNat(preset);
    load.hosts[0].count = 3;
    const Verdict verdict = Story(AllConnecting(load, {At(2s)})).result.verdict;

    EXPECT_EQ(verdict.sentence.substr(0, 62),
              "the table of egress was full at 2.0 s, with 2 of 2 mappings: 1");
    EXPECT_EQ(verdict.limit, "nat_table_full");
}

/// Two blocks of two ports, and two hosts that can have one each.
NatPreset
InBlocks()
{
    NatPreset preset = NatInOrder(1024, 1027);
    preset.blocks = {BlockMode::Static};
    preset.blockSize = {2};
    return preset;
}

TEST(Verdict, NamesTheBlocksOfANatThatAreGone)
{
    Workload load = BehindNat(InBlocks());
    load.hosts[0].count = 3;
    const Verdict verdict = Story(AllConnecting(load, {At(2s)})).result.verdict;

    EXPECT_EQ(verdict.sentence.substr(0, 93),
              "egress had no block of ports left for client[2] at 2.0 s, with 4 of 4 ports in "
              "blocks: 1 of 3");
}

TEST(Verdict, NamesTheBlockOfAHostAsTheNearestLimit)
{
    NatPreset preset = InBlocks();
    preset.ports.value = PortRange(1024, 1043); // Ten blocks, of which one is taken.
    const Verdict verdict = Story(AllConnecting(BehindNat(preset), {At(0s)})).result.verdict;

    EXPECT_EQ(verdict.nextLimit, "ports of one host behind egress");
    EXPECT_EQ(verdict.nextLimitFactor, 2.0);
}

TEST(Verdict, NamesWhatOneHostMayHaveAsTheNearestLimit)
{
    NatPreset preset = NatInOrder(1024, 65535);
    preset.ofSubscriber = {4u};
    const Verdict verdict = Story(AllConnecting(BehindNat(preset), {At(0s)})).result.verdict;

    EXPECT_EQ(verdict.nextLimit, "mappings of one host behind egress");
    EXPECT_EQ(verdict.nextLimitFactor, 4.0);
}

TEST(Verdict, NamesANatAsTheNearestLimit)
{
    const Verdict verdict =
        Story(AllConnecting(BehindNat(NatInOrder(1024, 1027)), {At(0s)})).result.verdict;

    EXPECT_EQ(verdict.nextLimit, "external ports of egress");
    EXPECT_EQ(verdict.where, "egress");
    EXPECT_EQ(verdict.nextLimitFactor, 4.0);
}

} // namespace
