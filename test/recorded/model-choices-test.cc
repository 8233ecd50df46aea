// SPDX-License-Identifier: GPL-2.0-only

// The model chooses no port that the rule of a real kernel cannot choose, as far as an observer can
// tell who knows the rule and sees the ports.

#include "test/linux/common-beat.h"
#include "test/recorded/connect-machine.h"
#include "test/recorded/socket-scripts.h"

#include <algorithm>
#include <chrono>
#include <gtest/gtest.h>
#include <iostream>
#include <string>
#include <vector>

namespace
{

using namespace std::chrono_literals;

using portlab::Duration;
using portlab::Port;
using portlab::PortList;
using portlab::PortRange;
using portlab::Random;
using portlab::StreamKey;
using portlab::test::Advance;
using portlab::test::AskModel;
using portlab::test::BeatSearch;
using portlab::test::ConnectCalls;
using portlab::test::ConnectMachine;
using portlab::test::ConnectRecordings;
using portlab::test::ConnectsAmongBinds;
using portlab::test::ConnectsWithOwnRanges;
using portlab::test::ConnectsWithReservedPorts;
using portlab::test::CountRejected;
using portlab::test::DEFAULT_PORTS;
using portlab::test::Findings;
using portlab::test::HasOwnRange;
using portlab::test::JudgeSequences;
using portlab::test::PortFlags;
using portlab::test::ProfileOf;
using portlab::test::ReadConnects;
using portlab::test::ReadRuns;
using portlab::test::ScriptRun;
using portlab::test::SequenceWitness;
using portlab::test::TimedChoice;
using portlab::test::Total;

/// Connects and resets at random, so that ports are busy here and there, up to none left: what the
/// recordings do not show.
Findings
JudgeChurn(const PortRange& range, const PortList& reserved, double openShare, std::uint64_t seed)
{
    constexpr int operations = 6000;
    ConnectMachine machine(ProfileOf("linux-6.18"), seed);
    machine.Enter("churn", range, reserved);
    PortFlags unusable;
    for (const PortRange& part : reserved)
    {
        for (std::uint32_t port = part.First(); port <= part.Last(); ++port)
        {
            unusable.set(port);
        }
    }
    Random random(StreamKey(seed, 1).With("churn"));
    SequenceWitness witness({range}, 0);
    std::vector<Port> open;
    for (int i = 0; i < operations; ++i)
    {
        if (open.empty() || random.Unit() < openShare)
        {
            const auto port = machine.Connect(0);
            EXPECT_TRUE(witness.Observe(port, unusable)) << "seed " << seed << ", step " << i;
            if (port)
            {
                unusable.set(*port);
                open.push_back(*port);
            }
            continue;
        }
        std::swap(open[random.Below(static_cast<std::uint32_t>(open.size()))], open.back());
        unusable.reset(open.back());
        machine.Reset(0, open.back());
        open.pop_back();
    }
    return witness.Found();
}

/// One hundred connections to each of so many destinations, in turn, on one machine.
ConnectCalls
InTurn(std::uint32_t destinations)
{
    ConnectCalls calls;
    for (std::uint32_t i = 0; i < 100 * destinations; ++i)
    {
        const std::string name = "0/" + std::to_string(i % destinations);
        calls.push_back({name, name, std::nullopt});
    }
    return calls;
}

std::uint32_t
RejectedOf(const char* profile, std::uint32_t destinations, Advance advance)
{
    const ConnectCalls calls = AskModel(InTurn(destinations), ProfileOf(profile), 1);
    const auto sequences = JudgeSequences(calls, advance, 1);
    EXPECT_EQ(sequences.size(), destinations);
    return CountRejected(sequences);
}

} // namespace

/// The calls of the recordings, asked of the model.
TEST(ModelOfLinux618, ChoosesNoPortThatTheKernelCannotWhenAskedTheSame)
{
    Findings total;
    std::vector<std::pair<std::string, ConnectCalls>> recordings;
    for (const std::string& name : ConnectRecordings())
    {
        recordings.emplace_back(name, ReadConnects(name));
    }
    recordings.emplace_back("reserved ports",
                            ConnectsWithReservedPorts(ReadRuns("reserved-ports-and-socket-range")));
    for (const auto& [name, calls] : recordings)
    {
        const std::uint64_t seed = 1;
        const ConnectCalls answers = AskModel(calls, ProfileOf("linux-6.18"), seed);
        const Findings found = Total(JudgeSequences(answers, Advance::Linux5x18, 0));
        EXPECT_EQ(found.impossible, 0u) << name << ", seed " << seed;
        EXPECT_EQ(found.choices, calls.size()) << name;
        total += found;
    }
    std::cout << total.choices << " choices of the model, " << total.impossible << " impossible\n";

    EXPECT_GT(total.choices, 60'000u);
}

TEST(ModelOfLinux618, ChoosesNoPortThatTheKernelCannotWhileConnectionsComeAndGo)
{
    const PortList some{PortRange(32770, 32779), PortRange(32800, 32800), PortRange(32851, 33000)};
    Findings total;
    std::uint64_t seed = 0;
    for (const std::uint32_t count : {1u, 2u, 3u, 4u, 9u, 10u, 99u, 100u, 301u, 1000u})
    {
        for (const double openShare : {0.5, 0.8})
        {
            const PortRange range(32768, static_cast<Port>(32767 + count));
            total += JudgeChurn(range, {}, openShare, ++seed);
        }
    }
    for (const Port last : {Port{33100}, Port{33101}, Port{32900}})
    {
        total += JudgeChurn(PortRange(32769, last), some, 0.7, ++seed);
    }
    std::cout << total.choices << " choices of the model, " << total.impossible << " impossible\n";

    EXPECT_EQ(total.impossible, 0u);
    EXPECT_GT(total.choices, 80'000u);
}

/// With ports that bind() holds, with IP_BIND_ADDRESS_NO_PORT, and with IP_LOCAL_PORT_RANGE.
TEST(ModelOfLinux618, ChoosesNoPortThatTheKernelCannotAmongBindsAndInOwnRanges)
{
    const std::vector<ScriptRun> mixed = ReadRuns("bind0-and-connect-mixed");
    std::vector<ScriptRun> own;
    for (const ScriptRun& run : ReadRuns("reserved-ports-and-socket-range"))
    {
        if (HasOwnRange(run) && run.results.front().port != Port{0} &&
            run.results.front().error != "EINVAL")
        {
            own.push_back(run);
        }
    }
    Findings total;
    for (const std::uint64_t seed : {1u, 2u})
    {
        for (const ConnectCalls& calls : {ConnectsAmongBinds(AskModel(mixed, seed)),
                                          ConnectsWithOwnRanges(AskModel(own, seed))})
        {
            const Findings found = Total(JudgeSequences(calls, Advance::Linux5x18, 0));
            EXPECT_EQ(found.impossible, 0u) << "seed " << seed;
            total += found;
        }
    }
    std::cout << total.choices << " choices of the model, " << total.impossible << " impossible\n";

    EXPECT_EQ(total.choices, 2u * (4060 + 5444));
}

/// As the recording: four destinations every 50 ms, for 64 s.
TEST(ModelOfLinux618, JumpsEveryTenSecondsOnOneBeatAndNeverElse)
{
    for (const std::uint64_t seed : {1u, 2u})
    {
        ConnectMachine machine(ProfileOf("linux-6.18"), seed);
        machine.Enter("0", DEFAULT_PORTS);
        std::vector<TimedChoice> choices;
        for (std::uint32_t i = 0; i < 5120; ++i)
        {
            const Port port = machine.Connect(i % 4).value();
            machine.Reset(i % 4, port);
            choices.push_back({machine.Now().time_since_epoch(), i % 4, port});
            machine.Sleep(i % 4 == 3 ? Duration(50ms) : Duration(100us));
        }
        BeatSearch search({DEFAULT_PORTS}, choices);
        const auto phases = search.Find(10s);
        ASSERT_EQ(phases.size(), 1u) << "seed " << seed;
        EXPECT_LT(phases[0].atMost - phases[0].after, 60ms) << "seed " << seed;
        const Findings found = search.Judge({10s, phases[0].atMost});
        EXPECT_EQ(found.impossible, 0u) << "seed " << seed;
        EXPECT_EQ(found.jumps % 4, 0u) << "seed " << seed;
        EXPECT_GE(found.jumps, 24u) << "seed " << seed;
        EXPECT_LE(found.jumps, 28u) << "seed " << seed;
    }
}

/// One counter for all destinations: towards each of n in turn it steps by 2n. The filter takes up
/// to 16 for possible, so to one destination Linux 4.6 does nothing that 5.18 cannot; the test of
/// steps finds that out.
TEST(ModelOfLinux46, IsFoundOutByTheFilterWithNineDestinationsAndNotWithEight)
{
    EXPECT_EQ(RejectedOf("linux-4.6", 1, Advance::Linux5x18), 0u);
    EXPECT_EQ(RejectedOf("linux-4.6", 8, Advance::Linux5x18), 0u);
    EXPECT_EQ(RejectedOf("linux-4.6", 9, Advance::Linux5x18), 9u);
    EXPECT_EQ(RejectedOf("linux-4.6", 40, Advance::Linux5x18), 40u);
    EXPECT_EQ(RejectedOf("linux-6.18", 9, Advance::Linux5x18), 0u);
    EXPECT_EQ(RejectedOf("linux-6.18", 40, Advance::Linux5x18), 0u);
}

/// The filter with the old rule does take the old rule for possible.
TEST(ModelOfLinux46, IsNotFoundOutByTheFilterWithItsOwnRule)
{
    EXPECT_EQ(RejectedOf("linux-4.6", 1, Advance::Linux4x6), 0u);
    const ConnectCalls narrow =
        AskModel(ReadConnects("connect-narrow-ranges"), ProfileOf("linux-4.6"), 1);
    EXPECT_EQ(CountRejected(JudgeSequences(narrow, Advance::Linux4x6, 0)), 0u);
    EXPECT_EQ(RejectedOf("linux-6.18", 1, Advance::Linux4x6), 1u);
}
