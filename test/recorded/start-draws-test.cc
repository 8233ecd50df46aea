// SPDX-License-Identifier: GPL-2.0-only

// bind(0) and UDP begin their searches anywhere, and remember nothing: of which ports a real kernel
// and the model choose how often, while ports are taken one after another.

#include "test/recorded/search-laws.h"
#include "test/recorded/socket-scripts.h"
#include "test/recorded/two-samples.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <iostream>
#include <string>
#include <vector>

namespace
{

using portlab::test::AskModel;
using portlab::test::ChanceOfSameCounts;
using portlab::test::ChanceOfSameLaw;
using portlab::test::ChanceOfUniforms;
using portlab::test::DrawLots;
using portlab::test::Judge;
using portlab::test::LawOf;
using portlab::test::NormalTails;
using portlab::test::ReadRuns;
using portlab::test::RECORDED_RARE;
using portlab::test::ScriptRun;
using portlab::test::SearchLaw;
using portlab::test::Select;
using portlab::test::StartWitness;
using portlab::test::StretchClasses;

struct Script
{
    const char* recording;
    const char* variant;
};

/// Those with a thousand calls and more.
const std::vector<Script> LONG_SCRIPTS{
    {"bind0-narrow-ranges", "plain"},
    {"bind0-narrow-ranges", "reuseaddr"},
    {"bind0-narrow-ranges", "plain_lo"},
    {"bind0-narrow-ranges", "reuseport"},
    {"bind0-narrow-ranges", "reuseboth"},
    {"bind0-default-range", "plain"},
    {"bind0-default-range", "reuseaddr"},
    {"bind0-and-connect-mixed", "D_bind0_connect_3dest"},
    {"bind0-and-connect-mixed", "D2_bind0_reuseaddr_connect_3dest"},
    {"bind0-and-connect-mixed", "E_listen_autobind"},
    {"bind0-and-connect-mixed", "F_bind0_two_addresses"},
    {"udp", "udp_bind0"},
    {"udp", "udp_connect"},
    {"udp", "udp_sendto"},
    {"udp", "udp_bind0_two_addr"},
    {"udp", "udp_bind0_default"},
    {"udp", "udp_connect_default"},
    {"udp", "udp_sendto_default"},
};

const std::vector<Script> SHORT_SCRIPTS{
    {"bind0-and-connect-mixed", "B_bind50_then_connect__bind"},
    {"reserved-ports-and-socket-range", "resv_bind0"},
    {"reserved-ports-and-socket-range", "lpr_bind0_40000_40019"},
    {"reserved-ports-and-socket-range", "resv_udp_bind0"},
    {"reserved-ports-and-socket-range", "lpr_udp_bind0_40000_40019"},
};

/// Scripts in which ports are shared from the first on.
const std::vector<Script> SHARING_SCRIPTS{
    {"udp", "udp_bind0_reuseaddr"},
    {"udp", "udp_bind0_reuseport"},
};

/// The runs of a script, and their law.
struct Case
{
    std::string name;
    std::vector<ScriptRun> runs;
    SearchLaw law;
};

std::vector<Case>
CasesOf(const std::vector<Script>& scripts)
{
    std::vector<Case> cases;
    cases.reserve(scripts.size());
    for (const auto& [recording, variant] : scripts)
    {
        cases.push_back({std::string(recording) + " " + variant,
                         Select(ReadRuns(recording), variant),
                         LawOf(variant)});
    }
    return cases;
}

std::vector<Case>
AllCases()
{
    std::vector<Case> all = CasesOf(LONG_SCRIPTS);
    for (const auto& scripts : {SHORT_SCRIPTS, SHARING_SCRIPTS})
    {
        const std::vector<Case> some = CasesOf(scripts);
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

Case
CaseOf(const char* recording, const char* variant)
{
    return CasesOf({{recording, variant}}).front();
}

/// The chance of being as far from the rule.
double
ChanceByRule(const StartWitness& witness)
{
    return witness.Impossible() > 0 ? 0 : NormalTails(witness.ByRule().Normal());
}

double
ChanceByLot(const StartWitness& witness)
{
    return NormalTails(witness.ByLot().Normal());
}

SearchLaw
WithKind(const Case& each, SearchLaw::Kind kind)
{
    SearchLaw law = each.law;
    law.kind = kind;
    return law;
}

/// In how many of twenty seeds the model's choices are found not to follow this law.
int
FoundOut(const Case& each, const SearchLaw& law)
{
    int count = 0;
    for (std::uint64_t seed = 101; seed <= 120; ++seed)
    {
        count += ChanceByRule(Judge(AskModel(each.runs, seed), law, seed)) < RECORDED_RARE ? 1 : 0;
    }
    return count;
}

/// In how many of twenty seeds lots are found not to follow the law.
int
LotsFoundOut(const Case& each)
{
    int count = 0;
    for (std::uint64_t seed = 101; seed <= 120; ++seed)
    {
        const auto lots = DrawLots(each.runs, each.law, seed);
        count += ChanceByRule(Judge(lots, each.law, seed)) < RECORDED_RARE ? 1 : 0;
    }
    return count;
}

} // namespace

/// False alarm: RECORDED_RARE for each script, and the same for its starts.
TEST(SearchesWithoutMemory, FollowTheirLawInTheRecordings)
{
    for (const Case& each : AllCases())
    {
        const StartWitness witness = Judge(each.runs, each.law, 1);
        std::cout << each.name << ": " << witness.Choices() << " choices, " << witness.Impossible()
                  << " impossible; standard deviations from the rule " << witness.ByRule().Normal()
                  << ", from a lot among free ports " << witness.ByLot().Normal()
                  << "; chance of uniform starts " << ChanceOfUniforms(witness.Starts()) << "\n";
        EXPECT_EQ(witness.Impossible(), 0u) << each.name;
        EXPECT_GT(ChanceByRule(witness), RECORDED_RARE) << each.name;
        EXPECT_GT(ChanceOfUniforms(witness.Starts()), RECORDED_RARE) << each.name;
    }
}

/// False alarm: RECORDED_RARE for each script and each of four comparisons.
TEST(SearchesWithoutMemory, FollowTheirLawInTheModel)
{
    std::uint64_t seed = 0;
    for (const Case& each : AllCases())
    {
        const StartWitness recorded = Judge(each.runs, each.law, ++seed);
        const StartWitness model = Judge(AskModel(each.runs, seed), each.law, seed);
        EXPECT_EQ(model.Impossible(), 0u) << each.name;
        EXPECT_EQ(model.Choices(), recorded.Choices());
        EXPECT_GT(ChanceByRule(model), RECORDED_RARE) << each.name;
        EXPECT_GT(ChanceOfUniforms(model.Starts()), RECORDED_RARE) << each.name;
        EXPECT_GT(ChanceOfSameLaw(recorded.Starts(), model.Starts()), RECORDED_RARE) << each.name;
        EXPECT_GT(ChanceOfSameCounts(StretchClasses(recorded), StretchClasses(model)),
                  RECORDED_RARE)
            << each.name;
    }
}

/// The control: a port behind a busy stretch is taken more often than any other.
TEST(SearchesWithoutMemory, DrawNoLotsAmongFreePorts)
{
    for (const auto& scripts : {LONG_SCRIPTS, SHORT_SCRIPTS})
    {
        for (const Case& each : CasesOf(scripts))
        {
            EXPECT_LT(ChanceByLot(Judge(each.runs, each.law, 1)), RECORDED_RARE) << each.name;
        }
    }
}

/// More controls: what differs by one idea.
TEST(SearchesWithoutMemory, OfTheRecordingsDoNotFollowTheLawsNextDoor)
{
    using Kind = SearchLaw::Kind;
    const Case plain = CaseOf("bind0-narrow-ranges", "plain_lo");
    const Case reuse = CaseOf("bind0-narrow-ranges", "reuseaddr");
    const Case udp = CaseOf("udp", "udp_bind0");
    EXPECT_GT(Judge(plain.runs, WithKind(plain, Kind::BindHalves), 1).Impossible(), 200u);
    EXPECT_GT(Judge(reuse.runs, WithKind(reuse, Kind::Bind), 1).Impossible(), 200u);
    EXPECT_GT(Judge(udp.runs, WithKind(udp, Kind::Bind), 1).Impossible(), 200u);
    for (const char* variant : {"udp_bind0_default", "udp_connect_default", "udp_sendto_default"})
    {
        const Case each = CaseOf("udp", variant);
        const StartWitness witness = Judge(each.runs, WithKind(each, Kind::EveryPort), 1);
        EXPECT_LT(ChanceByRule(witness), RECORDED_RARE)
            << variant << ": the slots of the hash table matter in a range that is larger";
    }
}

/// The power of the tests above, with as many choices.
TEST(TestOfSearchesWithoutMemory, FindsLotsOut)
{
    EXPECT_GE(LotsFoundOut(CaseOf("bind0-narrow-ranges", "plain_lo")), 19);
    EXPECT_GE(LotsFoundOut(CaseOf("bind0-narrow-ranges", "reuseboth")), 19);
    EXPECT_GE(LotsFoundOut(CaseOf("udp", "udp_connect")), 19);
    EXPECT_GE(LotsFoundOut(CaseOf("udp", "udp_bind0_two_addr")), 19);
}

TEST(TestOfSearchesWithoutMemory, FindsTheLawsNextDoorOut)
{
    using Kind = SearchLaw::Kind;
    const Case plain = CaseOf("bind0-narrow-ranges", "plain_lo");
    const Case reuse = CaseOf("bind0-narrow-ranges", "reuseboth");
    const Case udp = CaseOf("udp", "udp_bind0_default");
    EXPECT_GE(FoundOut(plain, WithKind(plain, Kind::BindHalves)), 19);
    EXPECT_GE(FoundOut(reuse, WithKind(reuse, Kind::Bind)), 19);
    EXPECT_GE(FoundOut(udp, WithKind(udp, Kind::EveryPort)), 19);
}

/// Kolmogorov and Smirnov over twenty seeds of the model; false alarm: 1e-3 for each of six.
TEST(TestOfSearchesWithoutMemory, RaisesFalseAlarmsAsOftenAsItSays)
{
    for (const Case& each :
         {CaseOf("bind0-narrow-ranges", "plain_lo"), CaseOf("udp", "udp_connect")})
    {
        std::vector<double> byRule;
        std::vector<double> starts;
        std::vector<double> twoSamples;
        for (std::uint64_t seed = 101; seed <= 120; ++seed)
        {
            const StartWitness one = Judge(AskModel(each.runs, seed), each.law, seed);
            const StartWitness other = Judge(AskModel(each.runs, seed + 100), each.law, seed + 100);
            byRule.push_back(ChanceByRule(one));
            starts.push_back(ChanceOfUniforms(one.Starts()));
            twoSamples.push_back(ChanceOfSameCounts(StretchClasses(one), StretchClasses(other)));
        }
        EXPECT_GT(ChanceOfUniforms(byRule), 1e-3) << each.name;
        EXPECT_GT(ChanceOfUniforms(starts), 1e-3) << each.name;
        EXPECT_GT(ChanceOfUniforms(twoSamples), 1e-3) << each.name;
    }
}
