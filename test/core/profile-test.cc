// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/profile-catalogue.h"
#include "model/core/port/profiles/families.h"
#include "test/core/expected-rows.h"

#include <gtest/gtest.h>

using namespace portlab;
using namespace portlab::test;
using namespace std::chrono_literals;

namespace
{

OsProfile
Row(std::string_view name)
{
    return FindProfile(name).profile;
}

std::string
Text(const Fact<ErrorCode>& error)
{
    return error.value.name + " " + std::to_string(error.value.number);
}

/// Calls `visit(name, fact)` for every fact of a row.
template <typename Visit>
void
ForEachFact(const OsProfile& row, Visit visit)
{
    visit("ports", row.ports);
    visit("reserved", row.reserved);
    visit("tcp", row.tcp);
    visit("udp", row.udp);
    visit("uniqueness", row.uniqueness);
    visit("timeWait", row.timeWait);
    visit("timeWaitGrid", row.timeWaitGrid);
    visit("reuse", row.reuse);
    visit("reuseDelay", row.reuseDelay);
    visit("maxTimeWait", row.maxTimeWait);
    visit("synInTimeWait", row.synInTimeWait);
    visit("syn", row.syn);
    visit("noPort", row.noPort);
    visit("udpNoPort", row.udpNoPort);
    visit("collision", row.collision);
    visit("inUse", row.inUse);
    visit("bind", row.bind);
    visit("reuseClock", row.reuseClock);
    visit("timestamps", row.timestamps);
    visit("orphans", row.orphans);
    visit("maxOrphans", row.maxOrphans);
    visit("probeCost", row.probeCost);
    visit("udpPorts", row.udpPorts);
    visit("autoReuse", row.autoReuse);
    visit("ipVersions", row.ipVersions);
    visit("timeWaitNear", row.timeWaitNear);
    visit("timeWaitOwn", row.timeWaitOwn);
    visit("whenFull", row.whenFull);
    visit("maxSockets", row.maxSockets);
    visit("bindsOverTimeWait", row.bindsOverTimeWait);
    visit("noPortIpv6", row.noPortIpv6);
    if (row.linuxSettings)
    {
        visit("twReuse", row.linuxSettings->twReuse);
        visit("hz", row.linuxSettings->hz);
        visit("rfc1337", row.linuxSettings->rfc1337);
        visit("autobindReuse", row.linuxSettings->autobindReuse);
    }
}

bool
Contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

TEST(Catalogue, HasTheRowsOfThisVersionInOrder)
{
    ASSERT_EQ(Profiles().size(), Table().size());
    for (std::size_t i = 0; i < Table().size(); ++i)
    {
        EXPECT_EQ(Profiles()[i].name, Table()[i].name);
    }
}

TEST(Catalogue, HoldsTheNumbersOfItsSources)
{
    for (const Expected& expected : Table())
    {
        SCOPED_TRACE(expected.name);
        const OsProfile row = Row(expected.name);
        EXPECT_EQ(row.family, expected.family);
        EXPECT_EQ(row.ports.value, expected.ports);
        EXPECT_EQ(row.reserved.value.empty(), row.family != "openbsd");
        EXPECT_EQ(row.tcp.value.algorithm, expected.tcp);
        EXPECT_EQ(row.udp.value.algorithm, expected.udp);
        EXPECT_EQ(row.uniqueness.value, expected.uniqueness);
        EXPECT_EQ(row.timeWait.value, expected.timeWait);
        EXPECT_EQ(row.timeWaitGrid.value, expected.grid);
        EXPECT_EQ(row.reuse.value, expected.reuse);
        EXPECT_EQ(row.synInTimeWait.value, expected.synInTimeWait);
        EXPECT_EQ(Text(row.noPort) + ", " + Text(row.udpNoPort) + ", " + Text(row.collision) +
                      ", " + Text(row.inUse),
                  expected.errors);
    }
}

TEST(Catalogue, GivesEveryFactOfEveryRowASource)
{
    for (const OsProfile& row : Profiles())
    {
        EXPECT_FALSE(row.title.empty()) << row.name;
        ForEachFact(row, [&](const char* name, const auto& fact) {
            EXPECT_FALSE(fact.source.empty()) << row.name << ", " << name;
            EXPECT_FALSE(Contains(fact.source, "facts/")) << row.name << ", " << name;
            EXPECT_FALSE(Contains(fact.source, "/work")) << row.name << ", " << name;
        });
    }
}

TEST(Catalogue, BoundsEveryUncertainDurationAndNoCertainOne)
{
    for (const OsProfile& row : Profiles())
    {
        for (const auto* fact : {&row.timeWait, &row.timeWaitGrid, &row.reuseDelay})
        {
            SCOPED_TRACE(row.name + ": " + fact->source);
            EXPECT_EQ(fact->evidence == Evidence::Uncertain, fact->low.has_value());
            EXPECT_EQ(fact->low.has_value(), fact->high.has_value());
            if (fact->low && fact->high)
            {
                EXPECT_LE(*fact->low, fact->value);
                EXPECT_LE(fact->value, *fact->high);
                EXPECT_LT(*fact->low, *fact->high);
            }
        }
    }
}

TEST(Catalogue, ClaimsMeasurementsOfOurOwnForOneKernelOnly)
{
    for (const char* name : {"linux-5.18", "linux-5.12", "linux-4.6", "linux-6.17", "linux-7.0"})
    {
        ForEachFact(Row(name), [&](const char* fact, const auto& known) {
            EXPECT_NE(known.evidence, Evidence::Measured) << name << ", " << fact;
        });
    }
    EXPECT_EQ(Row("linux-6.18").tcp.evidence, Evidence::Measured);
}

TEST(LinuxRows, DifferInHowConnectLooksForAPort)
{
    struct
    {
        const char* name;
        Parity parity;
        std::uint32_t cells;
        std::uint32_t randomSteps;
        Duration rekeyEvery;
    } const table[]{{"linux-7.1", Parity::TwoPasses, 65536, 8, 10s},
                    {"linux-6.18", Parity::TwoPasses, 65536, 8, 10s},
                    {"linux-5.18", Parity::TwoPasses, 65536, 8, 10s},
                    {"linux-5.12", Parity::TwoPasses, 256, 0, 0s},
                    {"linux-4.6", Parity::TwoPasses, 1, 0, 0s},
                    {"linux-4.2", Parity::EvenStart, 1, 0, 0s},
                    {"linux-2.6", Parity::Ignored, 1, 0, 0s}};

    for (const auto& expected : table)
    {
        SCOPED_TRACE(expected.name);
        const PolicySpec spec = Row(expected.name).tcp.value;
        EXPECT_EQ(spec.parity, expected.parity);
        EXPECT_EQ(spec.cells, expected.cells);
        EXPECT_EQ(spec.randomSteps, expected.randomSteps);
        EXPECT_EQ(spec.rekeyEvery, expected.rekeyEvery);
    }
}

TEST(LinuxRows, DifferInTheirSettings)
{
    struct
    {
        const char* name;
        std::uint32_t twReuse;
        Duration reuseDelay;
        Duration reuseClock;
        std::uint32_t maxTimeWait;
        Duration synTimeout;
        std::uint32_t linear;
        std::uint32_t retries;
    } const table[]{{"linux-6.18", 2, 1s, 1ms, 131072, 1s, 4, 6},
                    {"linux-5.18", 2, 0s, 1s, 131072, 1s, 0, 6},
                    {"linux-5.12", 2, 0s, 1s, 131072, 1s, 0, 6},
                    {"linux-4.6", 0, 1s, 1s, 131072, 1s, 0, 6},
                    {"linux-4.2", 0, 1s, 1s, 131072, 1s, 0, 6},
                    {"linux-2.6", 0, 1s, 1s, 180000, 3s, 0, 5}};

    for (const auto& expected : table)
    {
        SCOPED_TRACE(expected.name);
        const OsProfile row = Row(expected.name);
        ASSERT_TRUE(row.linuxSettings);
        EXPECT_EQ(row.linuxSettings->twReuse.value, expected.twReuse);
        EXPECT_EQ(row.linuxSettings->hz.value, 250u);
        EXPECT_EQ(row.reuseDelay.value, expected.reuseDelay);
        EXPECT_EQ(row.reuseClock.value, expected.reuseClock);
        EXPECT_EQ(row.maxTimeWait.value, expected.maxTimeWait);
        EXPECT_EQ(row.maxTimeWait.evidence, Evidence::Uncertain) << "it follows the memory";
        EXPECT_EQ(row.syn.value.firstTimeout, expected.synTimeout);
        EXPECT_EQ(row.syn.value.linear, expected.linear);
        EXPECT_EQ(row.syn.value.retries, expected.retries);
        EXPECT_TRUE(row.syn.value.boundedByElapsed);
        EXPECT_EQ(row.syn.value.giveUpAfter, 0s);
    }
}

TEST(WindowsRows, SayWhatIsNotKnownAboutThem)
{
    const OsProfile row = Row("windows-11");

    EXPECT_EQ(row.timeWait.evidence, Evidence::Uncertain);
    EXPECT_EQ(row.timeWait.low, Duration(30s));
    EXPECT_EQ(row.timeWait.high, Duration(240s));
    EXPECT_EQ(row.tcp.evidence, Evidence::Uncertain);
    EXPECT_EQ(row.tcp.value.firstPick, std::nullopt) << "anywhere in the range";
    EXPECT_EQ(row.reuse.evidence, Evidence::Uncertain);
    EXPECT_EQ(Row("windows-11-documented").timeWait.evidence, Evidence::Documented);
}

TEST(WindowsRows, GiveUpConnectingAfterTwentyOneSeconds)
{
    const SynSchedule vista = Row("windows-11").syn.value;
    EXPECT_EQ(vista.firstTimeout, Duration(1s));
    EXPECT_EQ(vista.retries, 4u);
    EXPECT_EQ(vista.giveUpAfter, Duration(21s));

    const SynSchedule xp = Row("windows-xp").syn.value;
    EXPECT_EQ(xp.firstTimeout * ((1 << (xp.retries + 1)) - 1), Duration(21s));
    EXPECT_EQ(xp.giveUpAfter, Duration(0s));
}

TEST(Ns3Row, CountsUpFromTheSecondPortAndSendsSixSyns)
{
    const OsProfile row = Row("ns3-stock");

    EXPECT_EQ(row.tcp.value.firstPick, Port{49153});
    EXPECT_EQ(row.udp.value.firstPick, Port{49153});
    EXPECT_EQ(row.syn.value.firstTimeout, Duration(3s));
    EXPECT_EQ(row.syn.value.retries, 5u);
    EXPECT_EQ(row.syn.value.linear, 0u);
    ForEachFact(row, [](const char* name, const auto& fact) {
        const bool isWritten = std::string(name) != "probeCost"; // Nobody has measured it.
        EXPECT_EQ(fact.evidence, isWritten ? Evidence::Documented : Evidence::Chosen) << name;
    });
}

TEST(RfcRows, HaveTheParametersThatTheRfcNames)
{
    EXPECT_EQ(Row("rfc6056-4").tcp.value.cells, 10u);
    EXPECT_EQ(Row("rfc6056-5").tcp.value.increment, 500u);
    EXPECT_EQ(Row("rfc6056-1").timeWait.evidence, Evidence::Chosen);
    const SynSchedule syn = Row("rfc6056-1").syn.value;
    EXPECT_GE(syn.firstTimeout * ((1 << (syn.retries + 1)) - 1), Duration(180s)) << "RFC 9293";
    EXPECT_LT(syn.firstTimeout * ((1 << syn.retries) - 1), Duration(180s)) << "and no more";
}
