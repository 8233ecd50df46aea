// SPDX-License-Identifier: GPL-2.0-only

// Which external ports a real kernel's NAT chose for flows that no other stood in the way of, and
// for those that clashed: against the law of its rules, and the model against the same law.

#include "test/recorded/nat-range.h"
#include "test/recorded/nat-recording.h"
#include "test/recorded/two-samples.h"

#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace
{

using namespace std::chrono_literals;
using namespace portlab;
using namespace portlab::test;

constexpr Instant NOW = At(1s);
constexpr std::uint32_t BIN = 1008; ///< Ports of each of 64 bins, from 1024 on.
using Counts = std::vector<std::uint32_t>;

NatPreset
Linux()
{
    return FindNatPreset("linux-masquerade");
}

/// A rule as the recordings write it.
NatPreset
RuleCalled(const std::string& rule)
{
    const bool isRandom = rule.find("random") != std::string::npos;
    const std::size_t colon = rule.find(':');
    NatPreset preset =
        FindNatPreset(isRandom ? "linux-masquerade-random-fully" : "linux-masquerade");
    if (colon != std::string::npos)
    {
        const int first = std::stoi(rule.substr(colon + 1));
        const int last = std::stoi(rule.substr(rule.find('-', colon) + 1));
        const PortRange ports(static_cast<Port>(first), static_cast<Port>(last));
        preset = isRandom ? RandomMasqueradeTo(ports) : MasqueradeTo(ports);
    }
    if (rule.find("persistent") != std::string::npos)
    {
        preset.addressPick.value = AddressPick::HashInside;
    }
    return preset;
}

/// A start is a 16-bit number modulo 64,512: the first 1,024 ports come up twice.
std::vector<double>
ExpectedBins(double total, bool startsBy16Bits = true)
{
    std::vector<double> bins;
    for (std::uint32_t first = 0; first < 64 * BIN; first += BIN)
    {
        const std::uint32_t twice = std::min(BIN, std::max(1024u, first) - first);
        bins.push_back(total * (startsBy16Bits ? (BIN + twice) / 65536.0 : 1 / 64.0));
    }
    return bins;
}

Counts
RecordedBins()
{
    Counts bins;
    for (const CsvRow& row : ReadNatRecording("collision-port-histogram"))
    {
        EXPECT_EQ(row.Number("bin_lo"), 1024 + bins.size() * BIN);
        EXPECT_EQ(row.Number("bin_hi"), 1024 + bins.size() * BIN + BIN - 1);
        bins.push_back(row.Number("count"));
    }
    return bins;
}

/// The recorded experiment: 2,000 hosts, one source port, one destination, so many rounds.
Counts
ModelBins(const NatPreset& preset, std::uint64_t seed, int rounds)
{
    Counts bins(64);
    for (int round = 0; round < rounds; ++round)
    {
        LoneNat nat(preset, 1, StreamKey(seed, static_cast<std::uint64_t>(round)));
        EXPECT_EQ(nat.Out(Tcp({Inside(0), 5000}, {Remote(0), 80}), SYN, NOW).end.port, 5000);
        for (std::uint32_t host = 1; host < 2000; ++host)
        {
            const Port port =
                nat.Out(Tcp({Inside(host), 5000}, {Remote(0), 80}), SYN, NOW).end.port;
            ++bins.at((port - 1024u) / BIN);
        }
    }
    return bins;
}

double
ChanceOfBins(const Counts& bins, bool startsBy16Bits = true)
{
    double total = 0;
    for (const std::uint32_t count : bins)
    {
        total += count;
    }
    return ChanceOfCounts(bins, ExpectedBins(total, startsBy16Bits));
}

/// The external ports of a cell like "[5000; 5000]".
std::vector<Port>
PortsAt(const CsvRow& row, const std::string& column)
{
    std::istringstream text(row.Text(column));
    std::vector<Port> ports;
    text.ignore(1);
    for (Port port = 0; text >> port; text.ignore(1))
    {
        ports.push_back(port);
    }
    return ports;
}

/// How many destinations see one external port, and whether it is the inside one.
struct Pattern
{
    std::size_t different;
    bool isKept;

    explicit Pattern(const std::vector<Port>& ports)
        : different(std::set<Port>(ports.begin(), ports.end()).size()),
          isKept(ports.front() == 5000)
    {
    }

    friend bool operator==(const Pattern& a, const Pattern& b)
    {
        return a.different == b.different && a.isKept == b.isKept;
    }
};

std::vector<Port>
AskModel(LoneNat& nat, std::uint32_t host, std::uint32_t destinations)
{
    std::vector<Port> ports;
    for (std::uint32_t remote = 0; remote < destinations; ++remote)
    {
        // The second host meets the first at its first destination only.
        const std::uint32_t where = remote == 0 ? 0 : 10 * host + remote;
        ports.push_back(nat.Out(Tcp({Inside(host), 5000}, {Remote(where), 80}), SYN, NOW).end.port);
    }
    return ports;
}

/// How many of 20,000 flows keep their port, and of how many that may. The recording does not say
/// how many destinations they had; ten make as many clashes as it shows.
Part
KeptByModel(const std::string& rule, std::uint64_t seed)
{
    LoneNat nat(RuleCalled(rule), 1, StreamKey(seed, 1));
    const PortRange range = nat.Device().Rules().classes.back().external;
    Random random(StreamKey(seed, 2));
    Part kept;
    for (std::uint32_t flow = 0; flow < 20000; ++flow)
    {
        const Endpoint inside{Inside(flow), static_cast<Port>(1024 + random.Below(64512))};
        const Translation grant = nat.Out(Tcp(inside, {Remote(flow % 10), 80}), SYN, NOW);
        kept.total += range.Contains(inside.port) ? 1 : 0;
        kept.count += grant.passed && grant.end.port == inside.port ? 1 : 0;
    }
    return kept;
}

} // namespace

TEST(FreePort, WasKeptAlways)
{
    for (const CsvRow& row : ReadNatRecording("preservation-when-free"))
    {
        EXPECT_EQ(row.Number("sent"), 3014u);
        EXPECT_EQ(row.Number("seen"), 3014u);
        EXPECT_EQ(row.Number("kept"), 3014u);
    }
}

TEST(FreePort, IsKeptByTheModelFromTheFirstToTheLast)
{
    for (const CsvRow& row : ReadNatRecording("preservation-when-free"))
    {
        LoneNat nat(RuleCalled(row.Text("rule")));
        for (std::uint32_t port = 1; port <= 65535; ++port)
        {
            const Endpoint inside{Inside(0), static_cast<Port>(port)};
            const Translation grant = nat.Out(Tcp(inside, {Remote(0), 80}), SYN, NOW);
            ASSERT_TRUE(grant.passed && grant.end.port == port) << port;
        }
        EXPECT_EQ(nat.Device().Counters().preserved, 65535u);
    }
}

/// Pearson's test; that no port is drawn twice in a round makes it err a little on the side of no
/// alarm; false alarm: NAT_RARE for each.
TEST(ClashingFlows, WereSpreadAsTheModelSpreadsThem)
{
    const Counts recorded = RecordedBins();
    const Counts model = ModelBins(Linux(), 1, 30);
    std::cout << "chance of the recorded ports " << ChanceOfBins(recorded) << ", of the model's "
              << ChanceOfBins(model) << ", of both alike " << ChanceOfSameCounts(recorded, model)
              << "\n";

    EXPECT_EQ(recorded.size(), 64u);
    EXPECT_GT(ChanceOfBins(recorded), NAT_RARE);
    EXPECT_GT(ChanceOfBins(model), NAT_RARE);
    EXPECT_GT(ChanceOfSameCounts(recorded, model), NAT_RARE);
}

TEST(TestOfClashingFlows, FindsEvenStartsOut)
{
    EXPECT_LT(ChanceOfBins(RecordedBins(), false), NAT_RARE);
    NatPreset even = Linux();
    even.startsBy16Bits.value = false;
    int found = 0;
    for (std::uint64_t seed = 101; seed <= 120; ++seed)
    {
        const Counts bins = ModelBins(even, seed, 12);
        EXPECT_GT(ChanceOfBins(bins, false), NAT_RARE);
        found += ChanceOfBins(bins) < NAT_RARE ? 1 : 0;
    }
    EXPECT_GE(found, 19);
}

/// Twenty seeds; Kolmogorov and Smirnov; false alarm: 1e-3.
TEST(TestOfClashingFlows, RaisesFalseAlarmsAsOftenAsItSays)
{
    std::vector<double> chances;
    for (std::uint64_t seed = 101; seed <= 120; ++seed)
    {
        chances.push_back(ChanceOfBins(ModelBins(Linux(), seed, 5)));
    }

    EXPECT_GT(ChanceOfUniforms(chances), 1e-3);
}

/// Facts, 6.2: source port 100 clashes into 1-511, 512 and 1023 into 600-1023, others into
/// 1024-65535.
TEST(ClashingFlows, StayInTheClassOfTheirPort)
{
    struct Class
    {
        Port inside;
        PortRange external;
    };

    for (const Class& each : {Class{1, PortRange(1, 511)},
                              Class{100, PortRange(1, 511)},
                              Class{511, PortRange(1, 511)},
                              Class{512, PortRange(600, 1023)},
                              Class{1023, PortRange(600, 1023)},
                              Class{1024, PortRange(1024, 65535)}})
    {
        LoneNat nat(Linux());
        nat.Out(Tcp({Inside(0), each.inside}, {Remote(0), 80}), SYN, NOW);
        std::uint32_t least = 65535;
        std::uint32_t most = 0;
        for (std::uint32_t host = 1; host <= 300; ++host)
        {
            const Endpoint inside{Inside(host), each.inside};
            const Port port = nat.Out(Tcp(inside, {Remote(0), 80}), SYN, NOW).end.port;
            ASSERT_TRUE(each.external.Contains(port)) << each.inside << " got " << port;
            least = std::min<std::uint32_t>(least, port);
            most = std::max<std::uint32_t>(most, port);
        }
        EXPECT_GT(most - least, each.external.Count() * 9 / 10); // The ends are not left out.
    }
}

/// One host to five destinations, and another that clashes at its first and not at three more.
TEST(Mapping, IsInheritedAsTheModelInheritsIt)
{
    for (const CsvRow& row : ReadNatRecording("mapping"))
    {
        SCOPED_TRACE(row.Text("rule"));
        const std::vector<Port> first = PortsAt(row, "host1_5dest");
        const std::vector<Port> second = PortsAt(row, "host2_contended_then_3_fresh");
        ASSERT_TRUE(first.size() == 5 && second.size() == 4);
        LoneNat nat(RuleCalled(row.Text("rule")));

        EXPECT_TRUE(Pattern(AskModel(nat, 0, 5)) == Pattern(first));
        EXPECT_TRUE(Pattern(AskModel(nat, 1, 4)) == Pattern(second));
    }
}

/// Fisher's exact test; false alarm: NAT_RARE for each row. Who draws keeps its port by
/// accident only.
TEST(RandomFlags, KeepAsManyPortsAsTheModelDoes)
{
    std::uint64_t seed = 1;
    for (const CsvRow& row : ReadNatRecording("random-flags"))
    {
        const std::string rule = row.Text("rule");
        SCOPED_TRACE(rule);
        const bool isRandom = rule.find("random") != std::string::npos;
        const bool hasRange = rule.find(':') != std::string::npos;
        const Part recorded{row.Number("kept"), row.Number(hasRange ? "n_src_in_range" : "n")};
        const Part model = KeptByModel(rule, seed++);
        const double chance = ChanceOfSameShare(recorded, model);
        std::cout << rule << ": kept " << recorded.count << " of " << recorded.total << ", model "
                  << model.count << " of " << model.total << ", chance " << chance << "\n";

        EXPECT_GT(chance, NAT_RARE);
        EXPECT_EQ(isRandom, model.count < 10);
    }
}
