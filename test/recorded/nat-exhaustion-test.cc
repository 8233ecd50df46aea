// SPDX-License-Identifier: GPL-2.0-only

// How many flows to one destination a real kernel's NAT let through ranges of external ports, and
// how often a search found one of the last free ports: against the law of its search, and the model
// against the same law. Success while a range fills is in statistics/nat-filling-test.cc.

#include "test/core/binomial.h"
#include "test/recorded/nat-range.h"
#include "test/recorded/nat-recording.h"
#include "test/recorded/two-samples.h"
#include "test/recorded/window-search.h"
#include "test/statistics/student.h"

#include <cmath>
#include <gtest/gtest.h>
#include <iostream>
#include <string>
#include <vector>

namespace
{

using namespace portlab;
using namespace portlab::test;

/// The number behind a name in a cell like "{'found': 14184; 'drop': 200}"; 0 if it is not there.
std::uint64_t
CounterAt(const CsvRow& row, const std::string& name)
{
    const std::string& cell = row.Text("conntrack_S_delta");
    const std::size_t place = cell.find("'" + name + "': ");
    return place == std::string::npos ? 0 : std::stoull(cell.substr(place + name.size() + 4));
}

NatPreset
RuleOf(const CsvRow& row)
{
    const PortRange ports = PortsFrom1024(row.Number("range_size"));
    return row.Text("flag") == "default" ? MasqueradeTo(ports) : RandomMasqueradeTo(ports);
}

/// Clashes that failing searches of a range count as "found", each.
std::uint32_t
FoundByFailure(std::uint32_t size)
{
    return size > 128 ? 96 + 32 : size > 32 ? size - 32 : 0;
}

/// Of so many of all, as its law says; false alarm: NAT_RARE.
void
ExpectShare(const Part& part, double share, const std::string& whose)
{
    const double chance = ChanceOfShare(part.count, part.total, share);
    std::cout << whose << ": " << part.count << " of " << part.total << ", expected " << share
              << ", chance " << chance << "\n";
    EXPECT_GT(chance, NAT_RARE);
}

/// A range of 10,000 ports of which some are taken.
class Occupancy
{
  public:
    static constexpr std::uint32_t SIZE = 10000;

    static Occupancy WithHole(std::uint32_t at, std::uint32_t ports)
    {
        Occupancy some;
        some.m_taken.assign(SIZE, true);
        for (std::uint32_t i = 0; i < ports; ++i)
        {
            some.m_taken[(at + i) % SIZE] = false;
        }
        return some;
    }

    /// So many, all sets of them as likely.
    static Occupancy ByLot(std::uint32_t count, Random& random)
    {
        Occupancy some;
        some.m_taken.assign(SIZE, false);
        for (std::uint32_t left = count, i = 0; i < SIZE; ++i)
        {
            const bool isTaken = random.Below(SIZE - i) < left;
            some.m_taken[i] = isTaken;
            left -= isTaken ? 1 : 0;
        }
        return some;
    }

    double Chance(const WindowRule& rule = {}) const
    {
        return ChanceOfSuccess(m_taken, rule);
    }

    Part AskModel(std::uint32_t probes, std::uint64_t seed) const
    {
        NatRange range(MasqueradeTo(PortsFrom1024(SIZE)), StreamKey(seed, 1));
        for (std::uint32_t i = 0; i < SIZE; ++i)
        {
            if (m_taken[i])
            {
                range.Take(static_cast<Port>(1024 + i));
            }
        }
        Part part{0, probes};
        for (std::uint32_t probe = 0; probe < probes; ++probe)
        {
            if (range.Try())
            {
                ++part.count;
                range.GiveBack();
            }
        }
        return part;
    }

  private:
    std::vector<bool> m_taken;
};

/// What a row of success-uniform-occupancy.csv should have.
double
ChanceByLot(std::uint32_t taken, const WindowRule& rule)
{
    Random random(StreamKey(1, taken).With("occupancy"));
    constexpr int draws = 20;
    double chance = 0;
    for (int i = 0; i < draws; ++i)
    {
        chance += Occupancy::ByLot(taken, random).Chance(rule) / draws;
    }
    return chance;
}

std::uint32_t
TakenIn(const CsvRow& row)
{
    return static_cast<std::uint32_t>(std::lround(row.Seconds("utilisation") * Occupancy::SIZE));
}

} // namespace

TEST(ExactCount, WasEveryPortAndNeverAPortTwice)
{
    const std::vector<CsvRow> rows = ReadNatRecording("exact-count");
    EXPECT_EQ(rows.size(), 14u);
    for (const CsvRow& row : rows)
    {
        const std::uint32_t size = row.Number("range_size");
        EXPECT_EQ(row.Number("allocated"), size);
        EXPECT_EQ(row.Number("distinct_ports"), size);
        const std::uint32_t drops = row.Number("attempts") - size;
        EXPECT_EQ(CounterAt(row, "insert_failed"), drops);
        EXPECT_EQ(CounterAt(row, "drop"), drops);
        EXPECT_TRUE(size > 128 || row.Number("last_success_attempt") == size) << size;
    }
}

TEST(ExactCount, IsEveryPortInTheModel)
{
    for (const CsvRow& row : ReadNatRecording("exact-count"))
    {
        SCOPED_TRACE(row.Name({"range_size", "flag"}));
        const std::uint32_t size = row.Number("range_size");
        const std::uint32_t attempts = row.Number("attempts");
        NatRange range(RuleOf(row), StreamKey(size, 1));
        std::uint32_t lastSuccess = 0;
        for (std::uint32_t attempt = 1; attempt <= attempts; ++attempt)
        {
            lastSuccess = range.Try() ? attempt : lastSuccess;
        }
        const NatCounters& counters = range.Lone().Device().Counters();

        EXPECT_EQ(counters.granted, size);
        EXPECT_EQ(counters.dropped[static_cast<std::size_t>(NatDrop::NoPort)], attempts - size);
        EXPECT_TRUE(size > 128 || lastSuccess == size) << lastSuccess;
    }
}

/// The kernel counts clashes, which shows how far its searches go: a failing one has found 96 in
/// its first window and 32 in the second; what it looks up in the last 32 of each is not counted.
/// What the successful ones have found is left, and is as much as the model's; about normal, for it
/// is the sum of many; false alarm: NAT_RARE for each row.
TEST(FoundClashes, AreAsManyAsTheWindowsOfTheModelHave)
{
    for (const CsvRow& row : ReadNatRecording("exact-count"))
    {
        const std::uint32_t size = row.Number("range_size");
        const std::uint32_t failures = row.Number("attempts") - size;
        std::vector<double> models;
        for (std::uint64_t run = 1; run <= 1000; ++run)
        {
            WindowFill fill(size, StreamKey(size, run));
            std::uint32_t drops = 0;
            while (fill.Taken() < size)
            {
                drops += fill.Try() ? 0 : 1;
            }
            models.push_back(static_cast<double>(fill.Found()) - FoundByFailure(size) * drops);
        }
        const MeanAndError mean = MeanOf(models);
        const double spread = std::max(mean.error * std::sqrt(1000.0), 1e-9);
        const double recorded = static_cast<double>(CounterAt(row, "found")) -
                                static_cast<double>(FoundByFailure(size)) * failures;
        std::cout << row.Name({"range_size", "flag"}) << ": found " << recorded
                  << " by successes, model " << mean.mean << " +- " << spread << "\n";
        EXPECT_GT(NormalTails((recorded - mean.mean) / spread), NAT_RARE);
    }
}

/// A first window of 256 ports would have found 224 + 96 + 32 with every failure.
TEST(TestOfFoundClashes, FindsWiderWindowsOut)
{
    for (const CsvRow& row : ReadNatRecording("exact-count"))
    {
        const std::uint32_t size = row.Number("range_size");
        const std::uint64_t failures = row.Number("attempts") - size;
        EXPECT_TRUE(size < 256 || CounterAt(row, "found") < failures * (224 + 96 + 32)) << size;
    }
}

/// What the statistics fill instead of a device is the same, draw by draw.
TEST(WindowFill, TakesThePortsThatTheDeviceTakes)
{
    for (const std::uint32_t size : {1u, 8u, 32u, 100u, 128u, 129u, 256u, 1000u, 10000u, 64512u})
    {
        SCOPED_TRACE(size);
        const StreamKey key(size, 1);
        NatRange range(RandomMasqueradeTo(PortsFrom1024(size)), key);
        WindowFill fill(size, key.With("ports"));
        int drops = 0;
        for (std::uint32_t attempt = 0; attempt < size + 2000; ++attempt)
        {
            const std::optional<Port> port = range.Try();
            const std::optional<std::uint32_t> place = fill.Try();
            ASSERT_EQ(port.has_value(), place.has_value()) << attempt;
            ASSERT_TRUE(!port || *port == 1024 + *place) << attempt;
            drops += port ? 0 : 1;
        }
        EXPECT_GE(drops, 1000);
        EXPECT_EQ(range.Lone().Device().Ports().Fullest(), fill.Taken());
    }
}

/// The law without the range's unevenness, as in the facts: 1 - (1 - (w - 1 + h) / n) ... for each
/// window of w ports.
TEST(OneHole, IsFoundAsOftenAsTheLawSays)
{
    for (const CsvRow& row : ReadNatRecording("success-one-hole"))
    {
        const std::uint32_t hole = row.Number("hole");
        SCOPED_TRACE(hole);
        double failure = 1;
        for (const std::uint32_t width : {128u, 64u, 32u, 16u, 8u})
        {
            failure *= 1 - (width - 1.0 + hole) / Occupancy::SIZE;
        }
        const Occupancy low = Occupancy::WithHole(1000, hole);  // Starts there: 7 of 65536 numbers.
        const Occupancy high = Occupancy::WithHole(8000, hole); // 6 of them.
        EXPECT_LT(high.Chance(), 1 - failure);
        EXPECT_GT(low.Chance(), 1 - failure);
        EXPECT_LT(low.Chance() / high.Chance(), 7.0 / 6);
        ExpectShare({row.Number("ok"), row.Number("probes")}, 1 - failure, "kernel");
        ExpectShare(low.AskModel(5000, hole), low.Chance(), "model, low");
        ExpectShare(high.AskModel(5000, hole), high.Chance(), "model, high");
    }
}

/// There are too few tries to tell windows twice as wide; for these, see the next test but one.
TEST(TestOfOneHole, FindsOutASearchOfAllPorts)
{
    for (const CsvRow& row : ReadNatRecording("success-one-hole"))
    {
        const Occupancy some = Occupancy::WithHole(5000, row.Number("hole"));
        const double chance = some.Chance(EXHAUSTIVE);
        EXPECT_LT(ChanceOfShare(row.Number("ok"), row.Number("probes"), chance), NAT_RARE);
    }
}

TEST(UniformOccupancy, LeavesAsManySuccessesAsTheLawSays)
{
    for (const CsvRow& row : ReadNatRecording("success-uniform-occupancy"))
    {
        const std::uint32_t taken = TakenIn(row);
        SCOPED_TRACE(taken);
        const double share = static_cast<double>(taken) / Occupancy::SIZE;
        const double chance = ChanceByLot(taken, {});
        EXPECT_NEAR(chance, 1 - std::pow(share, 248), 0.01); // The law of the facts.
        ExpectShare({row.Number("ok"), row.Number("probes")}, chance, "kernel");

        Random random(StreamKey(2, taken));
        const Occupancy some = Occupancy::ByLot(taken, random);
        ExpectShare(some.AskModel(4000, taken), some.Chance(), "model");
    }
}

/// The recordings tell the windows from others that are twice or half as wide; that the last has 8
/// ports, only the model can, which is asked more often.
TEST(TestOfUniformOccupancy, FindsOtherWindowsOut)
{
    for (const WindowRule& wrong : {WindowRule{256}, WindowRule{64}, EXHAUSTIVE})
    {
        double least = 1;
        for (const CsvRow& row : ReadNatRecording("success-uniform-occupancy"))
        {
            least = std::min(least,
                             ChanceOfShare(row.Number("ok"),
                                           row.Number("probes"),
                                           ChanceByLot(TakenIn(row), wrong)));
        }
        EXPECT_LT(least, NAT_RARE) << wrong.first;
    }
    Random random(StreamKey(3, 1));
    const Occupancy some = Occupancy::ByLot(9950, random);
    const Part part = some.AskModel(60000, 1);
    ExpectShare(part, some.Chance(), "model");
    EXPECT_LT(ChanceOfShare(part.count, part.total, some.Chance({128, 16})), NAT_RARE);
}
