// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/nat-catalogue.h"

#include <gtest/gtest.h>
#include <stdexcept>
#include <type_traits>

using namespace portlab;
using namespace std::chrono_literals;

namespace
{

template <typename T>
struct IsOptional : std::false_type
{
};

template <typename T>
struct IsOptional<std::optional<T>> : std::true_type
{
};

/// Calls `visit(name, fact)` for every fact of a preset.
template <typename Visit>
void
ForEachFact(const NatPreset& row, Visit visit)
{
    visit("addresses", row.addresses);
    visit("mostAddresses", row.mostAddresses);
    visit("tcpUnique", row.tcpUnique);
    visit("udpUnique", row.udpUnique);
    visit("icmp", row.icmp);
    visit("mapping", row.mapping);
    visit("filtering", row.filtering);
    visit("pick", row.pick);
    visit("search", row.search);
    visit("retries", row.retries);
    visit("ports", row.ports);
    visit("lowClasses", row.lowClasses);
    visit("reserved", row.reserved);
    visit("preservesAnyPort", row.preservesAnyPort);
    visit("startsBy16Bits", row.startsBy16Bits);
    visit("addressPick", row.addressPick);
    visit("spills", row.spills);
    visit("blocks", row.blocks);
    visit("blockSize", row.blockSize);
    visit("blockSizeByHosts", row.blockSizeByHosts);
    visit("mostBlocks", row.mostBlocks);
    visit("mostPortsOfHost", row.mostPortsOfHost);
    visit("blockActive", row.blockActive);
    visit("ofSubscriber", row.ofSubscriber);
    visit("ofDestination", row.ofDestination);
    visit("ofTable", row.ofTable);
    visit("buckets", row.buckets);
    visit("tcp.synSent", row.tcp.synSent);
    visit("tcp.synRecv", row.tcp.synRecv);
    visit("tcp.established", row.tcp.established);
    visit("tcp.unacked", row.tcp.unacked);
    visit("tcp.finWait", row.tcp.finWait);
    visit("tcp.closeWait", row.tcp.closeWait);
    visit("tcp.lastAck", row.tcp.lastAck);
    visit("tcp.timeWait", row.tcp.timeWait);
    visit("tcp.close", row.tcp.close);
    visit("udpNew", row.udpNew);
    visit("udpStream", row.udpStream);
    visit("udpStreamAfter", row.udpStreamAfter);
    visit("icmpIdle", row.icmpIdle);
    visit("rests.afterFin", row.rests.afterFin);
    visit("rests.afterReset", row.rests.afterReset);
    visit("rests.afterAttempt", row.rests.afterAttempt);
    visit("rests.afterIdle", row.rests.afterIdle);
    visit("expiryGrid", row.expiryGrid);
    visit("refresh", row.refresh);
    visit("reopensAnew", row.reopensAnew);
    visit("evictsClosing", row.evictsClosing);
    visit("onExhaustion", row.onExhaustion);
    visit("onUnknownFlow", row.onUnknownFlow);
    visit("hairpins", row.hairpins);
    visit("raceWindow", row.raceWindow);
    visit("counters.noPort", row.counters.noPort);
    visit("counters.tableFull", row.counters.tableFull);
}

/// What a row has to say, as its sources say it.
struct Expected
{
    const char* name;
    PortRange ports;
    NatUniqueness unique;
    MappingRule mapping;
    PortPick pick;
    Duration established;
    Duration timeWait;
    Duration udpStream;
    const char* noPort;
};

const std::vector<Expected>&
Table()
{
    constexpr auto byPeer = NatUniqueness::Destination;
    constexpr auto byPort = NatUniqueness::Endpoint;
    constexpr auto first = NatUniqueness::EndpointThenDestination;
    constexpr auto inherit = MappingRule::InheritLatest;
    constexpr auto any = MappingRule::EndpointIndependent;
    constexpr auto none = MappingRule::AddressAndPortDependent;
    constexpr auto keep = PortPick::Keep;
    constexpr auto preserve = PortPick::PreserveThenSearch;
    constexpr auto search = PortPick::Search;
    const PortRange high(1024, 65535);
    const PortRange all(1, 65535);
    static const std::vector<Expected> table{
        {"linux-masquerade", high, byPeer, inherit, preserve, 120h, 120s, 120s, "insert_failed"},
        {"linux-masquerade-random-fully",
         high,
         byPeer,
         none,
         search,
         120h,
         120s,
         120s,
         "insert_failed"},
        {"home-router", high, byPeer, inherit, preserve, 7440s, 120s, 180s, "insert_failed"},
        {"aws-vpc-cni", high, byPeer, none, search, 120h, 120s, 120s, "insert_failed"},
        {"aws-nat-gateway", high, byPeer, none, search, 350s, 60s, 350s, "ErrorPortAllocation"},
        {"aws-nlb", high, byPeer, none, search, 350s, 60s, 120s, "PortAllocationErrorCount"},
        {"aws-nlb-client-ip", all, byPeer, none, keep, 350s, 60s, 120s, "no_port"},
        {"ec2-connection-tracking", all, byPeer, none, keep, 120h, 30s, 180s, "no_port"},
        {"gcp-cloud-nat-static", high, byPeer, none, search, 1200s, 120s, 30s, "OUT_OF_RESOURCES"},
        {"gcp-cloud-nat-dynamic", high, byPeer, none, search, 1200s, 120s, 30s, "OUT_OF_RESOURCES"},
        {"azure-nat-gateway",
         high,
         first,
         none,
         search,
         240s,
         0s,
         240s,
         "SNATConnectionCount failed"},
        {"azure-lb-default",
         PortRange(1024, 65023),
         byPeer,
         none,
         search,
         240s,
         240s,
         240s,
         "SnatConnectionCount failed"},
        {"cgn-pba", high, byPort, any, search, 7440s, 240s, 300s, "no_port"},
        {"cgn-deterministic", high, byPort, any, search, 7440s, 240s, 300s, "no_port"},
        {"openbsd-pf", PortRange(50001, 65535), byPeer, none, search, 24h, 90s, 60s, "no_port"},
        {"winnat", high, byPort, any, preserve, 1800s, 120s, 120s, "no_port"},
        {"cilium",
         PortRange(32768, 65535),
         byPeer,
         none,
         preserve,
         8000s,
         10s,
         60s,
         "No mapping for NAT masquerade"},
        {"cisco-ios", high, byPort, none, preserve, 24h, 60s, 300s, "no_port"},
        {"full-cone", high, byPort, any, preserve, 7440s, 240s, 300s, "no_port"},
        {"restricted-cone", high, byPort, any, preserve, 7440s, 240s, 300s, "no_port"},
        {"port-restricted-cone", high, byPort, any, preserve, 7440s, 240s, 300s, "no_port"},
        {"symmetric", high, byPeer, none, search, 7440s, 240s, 300s, "no_port"}};
    return table;
}

} // namespace

TEST(NatCatalogue, HoldsTheNumbersOfItsSourcesInOrder)
{
    ASSERT_EQ(NatPresets().size(), Table().size());
    for (std::size_t i = 0; i < Table().size(); ++i)
    {
        const Expected& expected = Table()[i];
        const NatPreset& row = NatPresets()[i];
        SCOPED_TRACE(expected.name);
        EXPECT_EQ(row.name, expected.name);
        EXPECT_EQ(row.ports.value, expected.ports);
        EXPECT_EQ(row.tcpUnique.value, expected.unique);
        EXPECT_EQ(row.mapping.value, expected.mapping);
        EXPECT_EQ(row.pick.value, expected.pick);
        EXPECT_EQ(row.tcp.established.value, expected.established);
        EXPECT_EQ(row.tcp.timeWait.value, expected.timeWait);
        EXPECT_EQ(row.udpStream.value, expected.udpStream);
        EXPECT_EQ(row.counters.noPort.value, expected.noPort);
    }
}

TEST(NatCatalogue, GivesEveryFactOfEveryPresetASource)
{
    for (const NatPreset& row : NatPresets())
    {
        EXPECT_FALSE(row.title.empty()) << row.name;
        ForEachFact(row, [&](const char* name, const auto& fact) {
            EXPECT_FALSE(fact.source.empty()) << row.name << ", " << name;
            EXPECT_EQ(fact.source.find("facts/"), std::string::npos) << row.name << ", " << name;
        });
    }
}

TEST(NatCatalogue, BoundsWhatIsUncertainAndNothingElse)
{
    for (const NatPreset& row : NatPresets())
    {
        ForEachFact(row, [&](const char* name, const auto& fact) {
            SCOPED_TRACE(row.name + ", " + name);
            using T = std::decay_t<decltype(fact.value)>;
            EXPECT_EQ(fact.low.has_value(), fact.high.has_value());
            EXPECT_TRUE(fact.evidence == Evidence::Uncertain || !fact.low);
            if constexpr (std::is_same_v<T, Duration> || std::is_same_v<T, std::uint32_t>)
            {
                EXPECT_EQ(fact.evidence == Evidence::Uncertain, fact.low.has_value());
            }
            if constexpr (std::is_same_v<T, Duration> || std::is_same_v<T, std::uint32_t> ||
                          IsOptional<T>::value)
            {
                if (fact.low && fact.high)
                {
                    EXPECT_LE(*fact.low, fact.value);
                    EXPECT_LE(fact.value, *fact.high);
                    EXPECT_LT(*fact.low, *fact.high);
                }
            }
        });
    }
}

TEST(NatCatalogue, ClaimsMeasurementsOfOurOwnOfLinuxOnly)
{
    for (const NatPreset& row : NatPresets())
    {
        const bool isLinux = row.family == "linux" || row.family == "aws-vpc-cni";
        ForEachFact(row, [&](const char* name, const auto& fact) {
            EXPECT_TRUE(isLinux || fact.evidence != Evidence::Measured) << row.name << ", " << name;
        });
    }
    EXPECT_EQ(FindNatPreset("linux-masquerade").search.evidence, Evidence::Measured);
}

TEST(NatCatalogue, CallsKindsByNameAChoice)
{
    for (const char* name : {"full-cone", "restricted-cone", "port-restricted-cone", "symmetric"})
    {
        ForEachFact(FindNatPreset(name), [&](const char* fact, const auto& known) {
            EXPECT_EQ(known.evidence, Evidence::Chosen) << name << ", " << fact;
        });
    }
    EXPECT_EQ(FindNatPreset("full-cone").filtering.value, Dependence::None);
    EXPECT_EQ(FindNatPreset("restricted-cone").filtering.value, Dependence::RemoteAddress);
    EXPECT_EQ(FindNatPreset("port-restricted-cone").filtering.value, Dependence::AddressAndPort);
    EXPECT_EQ(FindNatPreset("symmetric").filtering.value, Dependence::AddressAndPort);
}

TEST(NatCatalogue, NamesTheNearest)
{
    try
    {
        FindNatPreset("aws-nat-gatway");
        FAIL();
    }
    catch (const std::invalid_argument& error)
    {
        const std::string message = error.what();
        EXPECT_EQ(message.substr(0, message.find(" Known: ")),
                  "no such NAT \"aws-nat-gatway\". Did you mean aws-nat-gateway?");
    }
}
