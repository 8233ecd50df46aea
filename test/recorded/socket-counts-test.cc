// SPDX-License-Identifier: GPL-2.0-only

// Scripts of bind(), connect() and UDP whose answers follow from the rules: how many sockets get a
// port, of which kind in which order, and what the others are told. Each is asked of the recordings
// and of the model.

#include "test/machine/scripts.h"
#include "test/recorded/socket-scripts.h"
#include "test/recorded/two-samples.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace
{

using portlab::Port;
using portlab::test::AskModel;
using portlab::test::CallResult;
using portlab::test::ChanceOfSameShare;
using portlab::test::ParityOf;
using portlab::test::Part;
using portlab::test::ReadRuns;
using portlab::test::RECORDED_RARE;
using portlab::test::ScriptRun;
using portlab::test::Select;
using portlab::test::Stretches;

/// Up to the first failure: a search of an odd range may find a port that the one before missed.
std::vector<Port>
PortsOf(const ScriptRun& run)
{
    std::vector<Port> ports;
    for (const CallResult& result : run.results)
    {
        if (!result.port)
        {
            break;
        }
        ports.push_back(*result.port);
    }
    return ports;
}

/// "50 odd, 50 even, then EADDRINUSE"
std::string
Describe(const ScriptRun& run)
{
    const std::vector<Port> ports = PortsOf(run);
    std::string text = Stretches(ports, ParityOf);
    const bool isDistinct = std::set<Port>(ports.begin(), ports.end()).size() == ports.size();
    text += isDistinct ? "" : ", some twice";
    std::set<std::string> errors;
    for (const CallResult& result : run.results)
    {
        if (!result.port)
        {
            errors.insert(result.error);
        }
    }
    for (const std::string& error : errors)
    {
        text += (text.empty() ? "" : ", then ") + error;
    }
    return text;
}

std::string
NameOf(const ScriptRun& run)
{
    return run.variant + " " + std::to_string(run.range.First()) + "-" +
           std::to_string(run.range.Last());
}

/// What each script may answer.
using Expected = std::map<std::string, std::set<std::string>>;

void
ExpectAnswers(const std::vector<ScriptRun>& runs, const Expected& expected, const char* who)
{
    std::map<std::string, int> asked;
    for (const ScriptRun& run : runs)
    {
        const auto answers = expected.find(NameOf(run));
        if (answers != expected.end())
        {
            ++asked[NameOf(run)];
            EXPECT_EQ(answers->second.count(Describe(run)), 1u)
                << who << ", " << NameOf(run) << ": " << Describe(run);
        }
    }
    EXPECT_EQ(asked.size(), expected.size()) << who;
}

void
ExpectAnswersOfBoth(const char* recording, const Expected& expected)
{
    const std::vector<ScriptRun> recorded = ReadRuns(recording);
    ExpectAnswers(recorded, expected, "kernel");
    for (std::uint64_t seed = 1; seed <= 3; ++seed)
    {
        ExpectAnswers(AskModel(recorded, seed), expected, "model");
    }
}

/// How often a search of an odd range left a port out.
Part
Short(const std::vector<ScriptRun>& runs, std::size_t size)
{
    Part part;
    for (const ScriptRun& run : runs)
    {
        if (run.range.Count() == size)
        {
            ++part.total;
            part.count += PortsOf(run).size() < size ? 1 : 0;
        }
    }
    return part;
}

} // namespace

TEST(BindToPortZero, TakesTheOtherParityFirstAndNeverShares)
{
    ExpectAnswersOfBoth(
        "bind0-narrow-ranges",
        {
            {"plain 32768-32867", {"50 odd, 50 even, then EADDRINUSE"}},
            {"plain_lo 32768-32867", {"50 odd, 50 even, then EADDRINUSE"}},
            {"reuseport 32768-32867", {"50 odd, 50 even, then EADDRINUSE"}},
            {"plain 32769-32869",
             {"50 even, 50 odd, then EADDRINUSE", "50 even, 51 odd, then EADDRINUSE"}},
            {"plain 32768-32768", {"1 even, then EADDRINUSE"}},
            {"plain 32768-32769", {"1 odd, 1 even, then EADDRINUSE"}},
            {"plain 32768-32770", {"1 odd, 1 even, then EADDRINUSE"}},
        });
}

/// SO_REUSEADDR does not share ports, but takes the lower half of the range first.
TEST(BindToPortZero, WithReuseAddressTakesTheLowerHalfFirst)
{
    const std::string halves = "25 odd, 25 even, 25 odd, 25 even, then EADDRINUSE";
    ExpectAnswersOfBoth("bind0-narrow-ranges",
                        {
                            {"reuseaddr 32768-32867", {halves}},
                            {"reuseboth 32768-32867", {halves}},
                            {"reuseaddr 32769-32869",
                             {"25 even, 25 odd, 25 even, 25 odd, then EADDRINUSE",
                              "25 even, 25 odd, 25 even, 26 odd, then EADDRINUSE"}},
                            {"reuseaddr 32768-32768", {"1 even, then EADDRINUSE"}},
                            {"reuseaddr 32768-32769", {"1 odd, 1 even, then EADDRINUSE"}},
                            {"reuseaddr 32768-32770", {"1 odd, 1 even, then EADDRINUSE"}},
                        });
}

/// Fisher's exact test; false alarm: RECORDED_RARE for each.
TEST(BindToPortZero, LeavesAPortOfAnOddRangeOutAsOftenInTheModelAsInTheKernel)
{
    const std::vector<ScriptRun> recorded = ReadRuns("bind0-narrow-ranges");
    for (const char* variant : {"plain", "reuseaddr"})
    {
        const Part kernel = Short(Select(recorded, variant), 101);
        Part model;
        for (std::uint64_t seed = 1; seed <= 10; ++seed)
        {
            const Part some = Short(AskModel(Select(recorded, variant), seed), 101);
            model.count += some.count;
            model.total += some.total;
        }
        std::cout << variant << ", 101 ports, one unused: kernel " << kernel.count << " of "
                  << kernel.total << ", model " << model.count << " of " << model.total << "\n";
        EXPECT_GT(ChanceOfSameShare(kernel, model), RECORDED_RARE) << variant;
    }
}

/// With ip_autobind_reuse, sockets with SO_REUSEADDR share once all ports are taken. The second
/// round begins in the lower half and finds every port there free for sharing: the odd ones.
TEST(BindToPortZero, SharesWithAutobindReuseOnceAllIsTaken)
{
    const std::vector<ScriptRun> recorded =
        Select(ReadRuns("bind0-narrow-ranges"), "reuseaddr_autobindreuse");
    EXPECT_EQ(recorded.size(), 10u);
    for (const auto& runs : {recorded, AskModel(recorded, 1)})
    {
        for (const ScriptRun& run : runs)
        {
            EXPECT_EQ(Describe(run), "25 odd, 25 even, 25 odd, 25 even, 150 odd, some twice");
            const std::vector<Port> ports = PortsOf(run);
            EXPECT_EQ(std::set<Port>(ports.begin(), ports.begin() + 100).size(), 100u);
            for (std::size_t i = 100; i < ports.size(); ++i)
            {
                EXPECT_LT(ports[i], run.range.First() + 50);
            }
        }
    }
}

TEST(BindToPortZero, TakesTwoThousandOfTheOtherParityInTheDefaultRange)
{
    ExpectAnswersOfBoth("bind0-default-range",
                        {
                            {"plain 32768-60999", {"2000 odd"}},
                            {"reuseaddr 32768-60999", {"2000 odd"}},
                        });
}

/// What bind() has, connect() may not touch; and the other way, but for bind() to a chosen port if
/// both have set SO_REUSEADDR.
TEST(BindAndConnect, BlockEachOtherInTheModelAsInTheKernel)
{
    const std::string taken = "EADDRINUSE";
    ExpectAnswersOfBoth(
        "bind0-and-connect-mixed",
        {
            {"A_connect25_then_bind0_all__connect 32768-32867", {"25 even"}},
            {"A_connect25_then_bind0_all__bind 32768-32867", {"50 odd, 25 even, then EADDRINUSE"}},
            {"A_then_bind0_reuseaddr 32768-32867", {taken}},
            {"A_then_connect 32768-32867", {"EADDRNOTAVAIL"}},
            {"A_then_connect_other_dest 32768-32867", {"25 even, then EADDRNOTAVAIL"}},
            {"B_bind50_then_connect__bind 32768-32867", {"50 odd"}},
            {"B_bind50_then_connect__connect 32768-32867", {"50 even, then EADDRNOTAVAIL"}},
            {"C_noport_bind_connect_3dest 32768-32867",
             {"150 even, 150 odd, some twice, then EADDRNOTAVAIL"}},
            {"D_bind0_connect_3dest 32768-32867", {"50 odd, 50 even, then EADDRINUSE"}},
            {"D2_bind0_reuseaddr_connect_3dest 32768-32867",
             {"25 odd, 25 even, 25 odd, 25 even, then EADDRINUSE"}},
            {"E_listen_autobind 32768-32867", {"50 odd, 50 even, then EADDRINUSE"}},
            {"F_bind0_two_addresses 32768-32867",
             {"100 odd, 100 even, some twice, then EADDRINUSE"}},
            {"G_explicit_bind_on_connected_port_plain 32768-32867", {taken}},
            {"G_explicit_bind_on_connected_port_reuseaddr_new_only 32768-32867", {taken}},
            {"G_explicit_bind_on_connected_port_reuseaddr_both 32768-32867", {"1 even"}},
            {"G_then_connect_same_dest 32768-32867", {"EADDRNOTAVAIL"}},
        });
}

/// The 25 ports that connect() may use for another destination are those that it has already.
TEST(BindAndConnect, LeaveConnectItsOwnPorts)
{
    const std::vector<ScriptRun> recorded = ReadRuns("bind0-and-connect-mixed");
    for (const auto& runs : {recorded, AskModel(recorded, 1)})
    {
        const auto first = Select(runs, "A_connect25_then_bind0_all__connect");
        const auto other = Select(runs, "A_then_connect_other_dest");
        ASSERT_EQ(first.size(), other.size());
        for (std::size_t i = 0; i < first.size(); ++i)
        {
            const std::vector<Port> before = PortsOf(first[i]);
            const std::vector<Port> after = PortsOf(other[i]);
            EXPECT_EQ(std::set<Port>(before.begin(), before.end()),
                      std::set<Port>(after.begin(), after.end()));
        }
    }
}

/// Every port of the range once for each address, in no order of parity; and whoever binds to any
/// address with SO_REUSEADDR or SO_REUSEPORT gets a port for ever. What connect() says differs.
TEST(Udp, TakesAllPortsInTheModelAsInTheKernel)
{
    const std::map<std::string, std::string> failures{{"udp_bind0", "EADDRINUSE"},
                                                      {"udp_bind0_two_addr", "EADDRINUSE"},
                                                      {"udp_connect", "EAGAIN"},
                                                      {"udp_sendto", "EAGAIN"}};
    const std::vector<ScriptRun> recorded = ReadRuns("udp");
    for (const auto& runs : {recorded, AskModel(recorded, 1)})
    {
        for (const ScriptRun& run : runs)
        {
            const std::size_t ports = PortsOf(run).size();
            const auto failure = failures.find(run.variant);
            if (failure == failures.end())
            {
                EXPECT_EQ(ports, run.results.size()) << NameOf(run);
                continue;
            }
            const bool isTwo = run.variant == "udp_bind0_two_addr";
            EXPECT_EQ(ports, run.range.Count() * (isTwo ? 2 : 1)) << NameOf(run);
            ASSERT_EQ(run.results.size(), ports + 2) << NameOf(run);
            EXPECT_EQ(run.results[ports].error, failure->second) << NameOf(run);
            EXPECT_EQ(run.results[ports + 1].error, failure->second) << NameOf(run);
        }
    }
}

/// In the default range no port comes twice, but with SO_REUSEADDR or SO_REUSEPORT one soon does.
TEST(Udp, SharesPortsFromTheFirstOnOnlyIfAllAreWilling)
{
    const std::vector<ScriptRun> recorded = ReadRuns("udp");
    for (const auto& runs : {recorded, AskModel(recorded, 1)})
    {
        for (const ScriptRun& run : runs)
        {
            const std::vector<Port> ports = PortsOf(run);
            const bool shares = run.variant.find("reuse") != run.variant.npos;
            const bool hasTwo = run.variant == "udp_bind0_two_addr";
            EXPECT_EQ(std::set<Port>(ports.begin(), ports.end()).size() < ports.size(),
                      shares || hasTwo)
                << NameOf(run);
            EXPECT_EQ(std::set<Port>(ports.begin(), ports.begin() + ports.size() / 4).size() <
                          ports.size() / 4,
                      shares || (hasTwo && ports.size() / 4 > 40))
                << NameOf(run);
        }
    }
}

/// Reserved ports are nobody's but his who names them; a socket's own range is a part of the
/// system's, in which bind() keeps its passes and connect() has none.
TEST(ReservedPortsAndOwnRanges, CountForAllThreeKindsOfSockets)
{
    const std::vector<ScriptRun> recorded = ReadRuns("reserved-ports-and-socket-range");
    for (const char* variant : {"resv_bind0", "lpr_bind0_40000_40019"})
    {
        const auto runs = Select(recorded, variant);
        EXPECT_EQ(runs.size(), 20u);
        for (const auto& asked : {runs, AskModel(runs, 1)})
        {
            for (const ScriptRun& run : asked)
            {
                const bool isReserved = std::string(variant) == "resv_bind0";
                EXPECT_EQ(Describe(run),
                          isReserved ? "6 odd, 6 even, then EADDRINUSE"
                                     : "10 odd, 10 even, then EADDRINUSE");
            }
        }
    }
    for (const auto& [variant, count, error] :
         {std::tuple("resv_connect", 12u, "EADDRNOTAVAIL"),
          std::tuple("resv_udp_bind0", 12u, "EADDRINUSE"),
          std::tuple("lpr_connect_40000_40019", 20u, "EADDRNOTAVAIL"),
          std::tuple("lpr_udp_bind0_40000_40019", 20u, "EADDRINUSE")})
    {
        const auto runs = Select(recorded, variant);
        EXPECT_EQ(runs.size(), 20u);
        for (const auto& asked : {runs, AskModel(runs, 1)})
        {
            for (const ScriptRun& run : asked)
            {
                EXPECT_EQ(PortsOf(run).size(), count) << variant;
                EXPECT_EQ(run.results.back().error, error) << variant;
            }
        }
    }
}
