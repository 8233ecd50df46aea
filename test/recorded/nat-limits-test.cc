// SPDX-License-Identifier: GPL-2.0-only

// A real kernel's NAT when its table is full, when most ports are taken, and when two processors
// look for a port at the same instant: what facts/nat.md, section 6, and insertion-race.csv say,
// against the model and its laws.

#include "test/core/binomial.h"
#include "test/core/chance.h"
#include "test/recorded/nat-range.h"
#include "test/recorded/nat-recording.h"
#include "test/recorded/two-samples.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <gtest/gtest.h>
#include <iostream>
#include <vector>

namespace
{

using namespace std::chrono_literals;
using namespace portlab;
using namespace portlab::test;

constexpr Endpoint SERVER{Remote(0), 443};
constexpr Instant NOW = At(1s);

NatPreset
SmallTable()
{
    NatPreset preset = FindNatPreset("linux-masquerade");
    preset.ofTable.value = 1000;
    return preset;
}

/// 3,000 half-open connections: so many of the 2,000 that met a full table were let in.
std::uint32_t
EarlyDrops(const NatPreset& preset, std::uint64_t seed)
{
    LoneNat nat(preset, 1, StreamKey(seed, 1));
    for (std::uint32_t flow = 0; flow < 3000; ++flow)
    {
        nat.Out(Tcp({Inside(0), static_cast<Port>(2000 + flow)}, SERVER), SYN, NOW);
    }
    const NatCounters& counters = nat.Device().Counters();
    EXPECT_EQ(nat.Device().Table().Count(), 1000u);
    EXPECT_EQ(counters.granted, 1000 + counters.earlyDropped);
    EXPECT_EQ(counters.dropped[static_cast<std::size_t>(NatDrop::TableFull)],
              2000 - counters.earlyDropped);
    return static_cast<std::uint32_t>(counters.earlyDropped);
}

/// Eight buckets are looked at, and 1,000 entries hang in two of 262,144 each.
const double EARLY = 1 - std::exp(-16 * 1000 / 262144.0);

/// Kept fractions that were measured, by how many flows are open.
struct KeptShare
{
    std::uint32_t open; ///< From here on, 2,500 flows of each of three runs.
    double share;
};

const std::vector<KeptShare> KEPT{{0, 0.956},
                                  {10000, 0.645},
                                  {20000, 0.387},
                                  {30000, 0.173},
                                  {40000, 0.018}};

/// 50,000 flows to one destination whose source ports are drawn from 32768 to 60999: how many of
/// each 2,500 kept theirs, and how many should have, for the ports of that range that were taken
/// already; and if those that clashed had never taken one.
struct Keeping
{
    std::vector<std::uint32_t> kept = std::vector<std::uint32_t>(20);
    std::vector<double> expected = std::vector<double>(20);
    std::vector<double> spared = std::vector<double>(20);
};

Keeping
Fill(std::uint64_t seed)
{
    constexpr PortRange sources(32768, 60999);
    LoneNat nat(FindNatPreset("linux-masquerade"), 1, StreamKey(seed, 1));
    Random random(StreamKey(seed, 2));
    Keeping keeping;
    const double count = sources.Count();
    std::uint32_t taken = 0;
    double keepers = 0;
    for (std::uint32_t flow = 0; flow < 50000; ++flow)
    {
        const Endpoint inside{Inside(flow), sources.At(random.Below(sources.Count()))};
        keeping.expected[flow / 2500] += 1 - taken / count;
        keeping.spared[flow / 2500] += 1 - keepers / count;
        keepers += 1 - keepers / count;
        const Translation grant = nat.Out(Tcp(inside, SERVER), SYN, NOW);
        keeping.kept[flow / 2500] += grant.passed && grant.end.port == inside.port ? 1 : 0;
        taken += grant.passed && sources.Contains(grant.end.port) ? 1 : 0;
    }
    return keeping;
}

/// How many of so many pairs of SYNs, so far apart, lose the second one.
std::uint32_t
LostOf(std::uint32_t pairs, const char* name, Duration window, Duration skew)
{
    NatPreset preset = FindNatPreset(name);
    preset.raceWindow.value = window;
    LoneNat nat(preset, 2);
    Instant now = NOW;
    for (std::uint32_t pair = 0; pair < pairs; ++pair, now += 1ms)
    {
        const Port port = static_cast<Port>(1024 + pair);
        EXPECT_TRUE(nat.Out(Tcp({Inside(0), port}, SERVER), SYN, now).passed);
        nat.Out(Tcp({Inside(1), port}, SERVER), SYN, now + skew);
    }
    const NatCounters& counters = nat.Device().Counters();
    return static_cast<std::uint32_t>(
        counters.dropped[static_cast<std::size_t>(NatDrop::LostRace)]);
}

} // namespace

/// Facts, 6.8: 1,116 of 3,000 half-open connections were let in. Binomial; false alarm:
/// NAT_RARE for each.
TEST(FullTable, MakesRoomAsOftenAsItDid)
{
    EXPECT_GT(ChanceOfShare(116, 2000, EARLY), NAT_RARE);
    const std::uint32_t model = EarlyDrops(SmallTable(), 1);
    std::cout << "early drops: kernel 116, model " << model << ", expected " << 2000 * EARLY
              << "\n";
    EXPECT_GT(ChanceOfShare(model, 2000, EARLY), NAT_RARE);
}

/// Half or twice as many buckets looked at; twenty seeds, of which the shares lie as they should:
/// Kolmogorov and Smirnov for the normal approximation; false alarm: 1e-3.
TEST(TestOfFullTable, FindsOtherNumbersOutAndRaisesFalseAlarmsAsOftenAsItSays)
{
    for (const double entries : {8000.0, 32000.0})
    {
        EXPECT_LT(ChanceOfShare(116, 2000, 1 - std::exp(-entries / 262144)), NAT_RARE);
    }
    std::vector<double> chances;
    for (std::uint64_t seed = 101; seed <= 120; ++seed)
    {
        const double z =
            (EarlyDrops(SmallTable(), seed) - 2000 * EARLY) / std::sqrt(2000 * EARLY * (1 - EARLY));
        chances.push_back(NormalTails(z));
    }
    EXPECT_GT(ChanceOfUniforms(chances), 1e-3);
}

/// Facts, 6.8: 300 SYNs met 1,000 open or closed connections, and none was let in.
TEST(FullTable, MakesNoRoomWhereAllHaveBeenAnswered)
{
    for (const bool closes : {false, true})
    {
        LoneNat nat(SmallTable());
        for (std::uint32_t flow = 0; flow < 1000; ++flow)
        {
            const InsideFlow open = Tcp({Inside(0), static_cast<Port>(2000 + flow)}, SERVER);
            nat.Connect(open, NOW);
            if (closes)
            {
                nat.Close(open, NOW);
            }
        }
        for (std::uint32_t flow = 0; flow < 300; ++flow)
        {
            const Endpoint inside{Inside(1), static_cast<Port>(3000 + flow)};
            const Translation refusal = nat.Out(Tcp(inside, SERVER), SYN, NOW);
            EXPECT_TRUE(!refusal.passed && refusal.reason == NatDrop::TableFull);
        }
        EXPECT_TRUE(nat.Out(Tcp({Inside(0), 2000}, SERVER), closes ? SYN : ACK, NOW).passed);
    }
}

/// Facts, 6.9: a source port is kept with the chance that nobody has it. Normal, for kept less
/// expected is a sum of chances that came out; false alarm: NAT_RARE for each 2,500 flows.
TEST(Preservation, FallsWithTheLoadAsItDid)
{
    const Keeping keeping = Fill(1);
    for (std::size_t part = 0; part < keeping.kept.size(); ++part)
    {
        const double share = keeping.expected[part] / 2500;
        const double spread = std::sqrt(std::max(2500 * share * (1 - share), 1e-9));
        EXPECT_GT(NormalTails((keeping.kept[part] - keeping.expected[part]) / spread), NAT_RARE)
            << part;
    }
    for (const KeptShare& each : KEPT)
    {
        const double share = keeping.expected[each.open / 2500] / 2500;
        const auto kept = static_cast<std::uint32_t>(std::lround(each.share * 7500));
        std::cout << each.open << " open: kernel kept " << each.share << ", law " << share << "\n";
        EXPECT_GT(ChanceOfShare(kept, 7500, share), NAT_RARE) << each.open;
    }
}

TEST(TestOfPreservation, FindsOutClashesThatSpareTheSourcePorts)
{
    const Keeping keeping = Fill(1);
    double least = 1;
    for (const KeptShare& each : KEPT)
    {
        const auto kept = static_cast<std::uint32_t>(std::lround(each.share * 7500));
        least = std::min(least, ChanceOfShare(kept, 7500, keeping.spared[each.open / 2500] / 2500));
    }
    EXPECT_LT(least, NAT_RARE);
}

TEST(InsertionRace, IsLostByNobodyWithoutAWindow)
{
    EXPECT_EQ(LostOf(2000, "linux-masquerade", 0ns, 0ns), 0u);
}

/// Two hours of one machine differ: the share that facts/nat.md has (6.7), and that of the
/// recording. The model lies between them, as far as 2 us; of later pairs one in a hundred was
/// lost, and none is here. Its own share scatters by 0.04 at most, at five standard errors.
TEST(InsertionRace, IsLostAsOftenAsBetweenTwoRecordings)
{
    double last = 1;
    for (const CsvRow& row : ReadNatRecording("insertion-race"))
    {
        if (row.Text("case") != "TCP two hosts same sport same dst" ||
            row.Text("rule") != "masquerade")
        {
            continue;
        }
        const Duration skew{row.Number("skew_ns")};
        const double facts = skew == 0ns     ? 0.84
                             : skew == 500ns ? 0.76
                             : skew == 2us   ? 0.11
                             : skew == 5us   ? 0.007
                                             : 0.001;
        const double here = row.Number("one_lost") / static_cast<double>(row.Number("pairs"));
        const double model = LostOf(4000, "linux-masquerade", 1500ns, skew) / 4000.0;
        std::cout << skew.count() << " ns apart: lost " << here << " and " << facts << ", model "
                  << model << "\n";
        const bool isLate = skew > 2us;
        EXPECT_GE(model, isLate ? 0 : here - 0.04);
        EXPECT_LE(model, isLate ? 0 : facts + 0.04);
        EXPECT_LE(model, last);
        last = model;
    }
    EXPECT_EQ(last, 0);
}

TEST(InsertionRace, IsLostByNobodyWhoDraws)
{
    for (const CsvRow& row : ReadNatRecording("insertion-race"))
    {
        const bool isTcp = row.Text("case").find("TCP") == 0;
        const bool draws = row.Text("rule").find("random") != std::string::npos;
        EXPECT_TRUE(!isTcp || !draws || row.Number("one_lost") == 0);
    }
    EXPECT_LE(LostOf(8000, "linux-masquerade-random-fully", 1500ns, 0ns), 2u);
}
