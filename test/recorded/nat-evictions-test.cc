// SPDX-License-Identifier: GPL-2.0-only

// When a real kernel's NAT gave the port of a closed connection to another one, and whether the
// model does.

#include "test/recorded/nat-range.h"
#include "test/recorded/nat-recording.h"

#include <array>
#include <gtest/gtest.h>
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
constexpr InsideFlow HOLDER = Tcp({Inside(0), 5000}, SERVER);
constexpr InsideFlow RIVAL = Tcp({Inside(1), 6000}, SERVER);
constexpr std::uint32_t ISN = 1000000; ///< Of the holder.

/// Brings the holder's connection to a state by name; each needs the segments before it.
void
Bring(LoneNat& nat, const std::string& state, Instant now)
{
    TcpSegment fin = FIN;
    fin.begin = ISN + 1;
    fin.end = ISN + 2;
    nat.Out(HOLDER, Syn(ISN), now);
    if (state == "SYN_SENT")
    {
        return;
    }
    nat.Connect(HOLDER, now, Syn(ISN));
    if (state == "CLOSE")
    {
        nat.Out(HOLDER, RESET, now);
        return;
    }
    const std::array<std::pair<const char*, bool>, 4> steps{
        {{"FIN_WAIT", true}, {"CLOSE_WAIT", false}, {"LAST_ACK", false}, {"TIME_WAIT", true}}};
    for (std::size_t step = 0; state != "ESTABLISHED" && step < steps.size(); ++step)
    {
        const bool isFin = step % 2 == 0;
        steps[step].second ? nat.Out(HOLDER, isFin ? fin : ACK, now)
                           : nat.Answer(HOLDER, isFin ? FIN : ACK, now);
        if (state == steps[step].first)
        {
            return;
        }
    }
}

NatState
StateCalled(std::string name)
{
    for (std::size_t state = 0; state < NAT_STATE_COUNT; ++state)
    {
        std::string upper = NAT_STATE_NAMES[state];
        for (char& letter : upper)
        {
            letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
        }
        if (upper == name)
        {
            return static_cast<NatState>(state);
        }
    }
    throw std::out_of_range(name);
}

/// A range of so many ports, each of them held by a connection in TIME_WAIT.
LoneNat
AllInTimeWait(std::uint32_t size, Random& random)
{
    LoneNat nat(MasqueradeTo(PortsFrom1024(size)), 1, StreamKey(size, 1));
    for (std::uint32_t i = 0; i < size; ++i)
    {
        const InsideFlow flow = Tcp({Inside(0), static_cast<Port>(1024 + i)}, SERVER);
        nat.Connect(flow, At(1s), Syn(random.Below(~0u)));
        nat.Close(flow, At(1s));
        Check(nat.StateOf(flow, At(1s)) == NatState::TimeWait, "a test misses TIME_WAIT");
    }
    return nat;
}

} // namespace

/// Holder by holder: only TIME_WAIT and CLOSE make room, and only for a sequence number ahead.
TEST(PortOfAHolder, IsTakenByTheModelExactlyWhereItWas)
{
    const std::vector<CsvRow> rows = ReadNatRecording("evict-one-port");
    EXPECT_EQ(rows.size(), 14u);
    for (const CsvRow& row : rows)
    {
        SCOPED_TRACE(row.Name({"state", "new_isn_higher"}));
        LoneNat nat(MasqueradeTo(PortRange(40000, 40000)), 2);
        const std::string& state = row.Text("state");
        Bring(nat, state, At(1s));
        ASSERT_EQ(nat.StateOf(HOLDER, At(1s)), StateCalled(state));
        EXPECT_EQ(row.Number("delay_s"), 0u);

        const bool isAhead = row.Text("new_isn_higher") == "True";
        const Translation grant = nat.Out(RIVAL, Syn(isAhead ? ISN + 1000 : ISN - 1000), At(1s));
        EXPECT_EQ(grant.passed, !row.Text("ext_port").empty());
        EXPECT_TRUE(!grant.passed || grant.end.port == row.PortAt("ext_port"));
        EXPECT_EQ(nat.Device().Counters().evicted, grant.passed ? 1u : 0u);
        EXPECT_EQ(nat.Knows(HOLDER, At(1s)), !grant.passed);
    }
}

/// The holder's sequence ended at ISN + 2, for its FIN counts; and so does the rival's SYN.
TEST(PortOfAHolder, IsTakenFromTheFirstNumberAheadOn)
{
    for (const std::uint32_t ahead : {1u, 2u, 0x80000000u, 0x80000001u})
    {
        LoneNat nat(MasqueradeTo(PortRange(40000, 40000)), 2);
        Bring(nat, "TIME_WAIT", At(1s));
        const bool isAhead = ahead == 2 || ahead == 0x80000000u;
        EXPECT_EQ(nat.Out(RIVAL, Syn(ISN + ahead), At(1s)).passed, isAhead) << ahead;
    }
}

/// Facts, 6.5: with a timer of 3 s, another host with a lower number had the port after 3.01 s.
TEST(PortOfAHolder, IsFreeForAnyNumberWhenItsTimerEnds)
{
    for (const Duration late : {0ns, 1ns})
    {
        NatPreset preset = MasqueradeTo(PortRange(40000, 40000));
        preset.tcp.timeWait.value = 3s;
        LoneNat nat(preset, 2);
        Bring(nat, "TIME_WAIT", At(1s));
        EXPECT_EQ(nat.Out(RIVAL, Syn(ISN - 1000), At(4s) - late).passed, late == 0ns);
        EXPECT_EQ(nat.Device().Counters().evicted, 0u);
    }
}

TEST(PortOfAHolder, IsNotTakenWhereTheRuleIsOff)
{
    NatPreset preset = MasqueradeTo(PortRange(40000, 40000));
    preset.evictsClosing.value = false; // Linux before 6.5.
    LoneNat nat(preset, 2);
    Bring(nat, "TIME_WAIT", At(1s));
    EXPECT_FALSE(nat.Out(RIVAL, Syn(ISN + 1000), At(1s)).passed);
}

/// Only a SYN shows where a connection begins.
TEST(PortOfAHolder, IsNotTakenByAnotherProtocolOrMidway)
{
    LoneNat nat(MasqueradeTo(PortRange(40000, 40000)), 2);
    Bring(nat, "TIME_WAIT", At(1s));
    TcpSegment ack = ACK;
    ack.begin = ack.end = ISN + 1000;
    EXPECT_FALSE(nat.Out(RIVAL, ack, At(1s)).passed);
    EXPECT_TRUE(nat.Out(Udp({Inside(1), 6000}, SERVER), NO_SEGMENT, At(1s)).passed);
    EXPECT_TRUE(nat.Knows(HOLDER, At(1s)));
}

/// Facts, 6.5: ten of ten times another host with the same source port got another one: what looks
/// for a port to keep evicts nobody.
TEST(PortOfAHolder, IsNotTakenByWhoWouldOnlyKeepIt)
{
    for (std::uint64_t seed = 1; seed <= 10; ++seed)
    {
        LoneNat nat(FindNatPreset("linux-masquerade"), 2, StreamKey(seed, 1));
        Bring(nat, "TIME_WAIT", At(1s));
        const Translation grant = nat.Out(Tcp({Inside(1), 5000}, SERVER), Syn(ISN + 1000), At(1s));
        EXPECT_TRUE(grant.passed && grant.end.port != 5000) << seed;
        EXPECT_TRUE(nat.Knows(HOLDER, At(1s)));
    }
}

/// Ranges that are full of TIME_WAIT let in whoever came, with any sequence number: of 16 or more
/// candidates one is behind it, but for one time in 65,536.
TEST(RangeInTimeWait, LetsInWhoeverCameAsItDid)
{
    for (const CsvRow& row : ReadNatRecording("evict-many"))
    {
        SCOPED_TRACE(row.Text("range"));
        EXPECT_EQ(row.Number("ok"), row.Number("attempts"));
        EXPECT_EQ(row.Number("time_wait_entries"), row.Number("range"));
        const std::uint32_t size = row.Number("range");
        Random random(StreamKey(size, 2));
        LoneNat nat = AllInTimeWait(size, random);
        for (std::uint32_t attempt = 0; attempt < row.Number("attempts"); ++attempt)
        {
            const InsideFlow flow = Tcp({Inside(1 + attempt), 500}, SERVER);
            ASSERT_TRUE(nat.Connect(flow, At(2s), Syn(random.Below(~0u))).passed) << attempt;
            nat.Close(flow, At(2s)); // Makes the range full of TIME_WAIT again.
        }
        EXPECT_EQ(nat.Device().Counters().evicted, row.Number("attempts"));
        EXPECT_EQ(nat.Device().Table().Count(), size);
    }
}

/// What comes first is taken: in 32 ports of which one is free, that is nearly always a closed
/// connection's.
TEST(RangeInTimeWait, GivesTheFirstCandidateThatCanBeHad)
{
    int free = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed)
    {
        LoneNat nat(MasqueradeTo(PortsFrom1024(32)), 2, StreamKey(seed, 1));
        for (std::uint32_t i = 0; i < 31; ++i)
        {
            const InsideFlow flow = Tcp({Inside(0), static_cast<Port>(1024 + i)}, SERVER);
            nat.Connect(flow, At(1s), Syn(ISN));
            nat.Close(flow, At(1s));
        }
        const Translation ahead = nat.Out(RIVAL, Syn(ISN + 1000), At(1s));
        ASSERT_TRUE(ahead.passed && ahead.probes == 1);
        free += ahead.end.port == 1055 ? 1 : 0;
    }
    EXPECT_LT(free, 25); // One in 32 is expected.
}

/// Only the last 32 candidates of a window are asked, those of a window of 32 and less all. In 64
/// ports, those from the 33rd on; which these are the start decides.
TEST(RangeInTimeWait, GivesTheLast32CandidatesOfEachWindow)
{
    for (const std::uint32_t size : {32u, 33u, 64u})
    {
        std::set<Port> given;
        for (std::uint64_t seed = 1; seed <= 300; ++seed)
        {
            LoneNat nat(MasqueradeTo(PortsFrom1024(size)), 2, StreamKey(seed, 1));
            for (std::uint32_t i = 0; i < size; ++i)
            {
                const InsideFlow flow = Tcp({Inside(0), static_cast<Port>(1024 + i)}, SERVER);
                nat.Connect(flow, At(1s), Syn(ISN));
                nat.Close(flow, At(1s));
            }
            const Translation grant = nat.Out(RIVAL, Syn(ISN + 1000), At(1s));
            ASSERT_TRUE(grant.passed);
            ASSERT_EQ(grant.probes, size > 32 ? size - 32 + 1 : 1); // The first of them.
            given.insert(grant.end.port);
        }
        EXPECT_GT(given.size(), size / 2);
    }
}
