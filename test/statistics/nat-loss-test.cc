// SPDX-License-Identifier: GPL-2.0-only

// Poisson arrivals to one destination through a NAT lose what Erlang B says, if its search looks at
// all ports: each external port is a server, and a stay lasts as long as the connection is open and
// then as the timer of closed ones.

#include "test/core/chance.h"
#include "test/core/lone-nat.h"
#include "test/statistics/loss-system.h"

#include <chrono>
#include <deque>
#include <functional>
#include <gtest/gtest.h>
#include <vector>

namespace
{

using namespace std::chrono_literals;
using namespace portlab;
using namespace portlab::test;

constexpr Duration OPEN = 20s;
constexpr Duration CLOSED = 40s;
constexpr Duration STAY = OPEN + CLOSED;

using Mistake = std::function<void(NatPreset&)>;

/// One NAT and connections to one destination.
struct NatSystem
{
    const char* preset;
    std::uint32_t ports;
    double load{1}; ///< Arrivals in one stay, per port.
    int window{10}; ///< Stays that count.
    int replications{20};
    std::uint64_t seed{1};
    Mistake mistake{[](NatPreset&) {}};
};

/// The device alone: what it has is the ports.
NatPreset
PresetOf(const NatSystem& system)
{
    NatPreset preset = FindNatPreset(system.preset);
    preset.ports.value = PortRange(1024, static_cast<Port>(1024 + system.ports - 1));
    preset.lowClasses.value = {};
    preset.preservesAnyPort.value = false;
    preset.ofDestination.value = {};
    preset.ofTable.value = {};
    preset.expiryGrid.value = 0s;
    preset.tcp.timeWait.value = CLOSED;
    preset.rests = {{0s}, {0s}, {0s}, {0s}};
    system.mistake(preset);
    return preset;
}

/// Connections that come and close at their time.
class Office
{
  public:
    explicit Office(const NatPreset& preset, StreamKey key)
        : m_nat(preset, 1, key)
    {
    }

    bool Open(Instant now)
    {
        while (!m_open.empty() && m_open.front().second <= now)
        {
            m_nat.Device().CatchUp(m_open.front().second);
            m_nat.Device().Advance(m_open.front().first,
                                   NatState::TimeWait,
                                   false,
                                   m_open.front().second);
            m_open.pop_front();
        }
        const std::uint32_t number = m_count++;
        const Endpoint inside{Inside(number / 1000), static_cast<Port>(1 + number % 1000)};
        const Translation grant = m_nat.Out(Tcp(inside, {Remote(0), 443}), SYN, now);
        if (grant.passed)
        {
            m_nat.Device().Advance(grant.mapping, NatState::Established, true, now);
            m_open.emplace_back(grant.mapping, now + OPEN);
        }
        return grant.passed;
    }

  private:
    LoneNat m_nat;
    std::deque<std::pair<MappingId, Instant>> m_open; ///< All stay as long: the first closes first.
    std::uint32_t m_count{0};
};

/// Begins in the steady state, which connections of the last stay before make: as many as a draw
/// from the law says, at uniform times.
Counts
Run(const NatSystem& system, const NatPreset& preset, std::uint64_t run)
{
    const StreamKey key(system.seed, run);
    Random random(key.With("arrivals"));
    Office office(preset, key);
    const double offered = system.load * system.ports;
    const LossLaw law(system.ports, offered, [](std::uint32_t) { return 1.0; });
    std::vector<Duration> before(law.BusyAt(random.Unit()));
    for (Duration& time : before)
    {
        time = FromSeconds(InSeconds(STAY) * random.Unit());
    }
    std::sort(before.begin(), before.end());
    for (const Duration time : before)
    {
        office.Open(At(time));
    }
    Counts counts;
    const double mean = InSeconds(STAY) / offered;
    for (Instant now = At(STAY); now < At(STAY * (system.window + 1));
         now += FromSeconds(mean * random.Exponential()))
    {
        ++counts.attempts;
        counts.failed += office.Open(now) ? 0 : 1;
    }
    return counts;
}

std::vector<Counts>
Replicate(const NatSystem& system)
{
    const NatPreset preset = PresetOf(system);
    std::vector<Counts> counts;
    for (int run = 1; run <= system.replications; ++run)
    {
        counts.push_back(Run(system, preset, static_cast<std::uint64_t>(run)));
    }
    return counts;
}

double
Chance(const NatSystem& system)
{
    return ChanceOfLoss(Replicate(system), ErlangB(system.ports, system.load * system.ports));
}

/// One of each search that looks at all ports.
const std::vector<const char*> THOROUGH{"symmetric",
                                        "openbsd-pf",
                                        "aws-nat-gateway",
                                        "cisco-ios",
                                        "azure-nat-gateway"};

/// The first loses the share that Erlang B says, and the others the very same connections.
void
ExpectErlangB(NatSystem system, double published)
{
    const double loss = ErlangB(system.ports, system.load * system.ports);
    EXPECT_NEAR(loss, published, 5e-5);
    const std::vector<Counts> first = Replicate(system);
    EXPECT_GT(ChanceOfLoss(first, loss), RARE)
        << "a share of " << FailedShare(first) << " failed, expected " << loss;
    system.replications = 5;
    for (const char* preset : THOROUGH)
    {
        system.preset = preset;
        EXPECT_TRUE(Replicate(system) == std::vector<Counts>(first.begin(), first.begin() + 5))
            << preset;
    }
}

/// How many of twenty seeds show the mistake.
int
FoundOut(NatSystem system, const Mistake& mistake)
{
    system.mistake = mistake;
    int found = 0;
    for (system.seed = 101; system.seed <= 120; ++system.seed)
    {
        found += Chance(system) < RARE ? 1 : 0;
    }
    return found;
}

} // namespace

TEST(NatTowardsOneDestination, LosesWhatErlangBSaysWith64PortsAtLoad1)
{
    ExpectErlangB({"symmetric", 64, 1.0, 500}, 0.0934);
}

TEST(NatTowardsOneDestination, LosesWhatErlangBSaysWith1024PortsAtLoad1)
{
    ExpectErlangB({"symmetric", 1024, 1.0, 100}, 0.02452);
}

TEST(NatTowardsOneDestination, LosesWhatErlangBSaysWith1024PortsAtLoad1Point1)
{
    ExpectErlangB({"symmetric", 1024, 1.1, 50}, 0.09847);
}

TEST(TestOfNatLoss, FindsOutATimerThatIsThreePercentLong)
{
    EXPECT_GE(FoundOut({"symmetric", 64, 1.0, 300},
                       [](NatPreset& preset) { preset.tcp.timeWait.value = CLOSED + 1800ms; }),
              19);
}

TEST(TestOfNatLoss, FindsOutAPortThatIsNeverUsed)
{
    EXPECT_GE(FoundOut({"symmetric", 64, 1.0, 300},
                       [](NatPreset& preset) { preset.reserved.value = {PortRange(1024, 1024)}; }),
              19);
}

/// Linux gives up before it has looked at 1,024 ports.
TEST(TestOfNatLoss, FindsOutASearchByWindows)
{
    EXPECT_GE(FoundOut({"symmetric", 1024, 1.1, 25},
                       [](NatPreset& preset) { preset.search.value = PortSearch::Windowed; }),
              19);
}

/// Twenty seeds; Kolmogorov and Smirnov; false alarm: 1e-3.
TEST(TestOfNatLoss, RaisesFalseAlarmsAsOftenAsItSays)
{
    std::vector<double> chances;
    for (std::uint64_t seed = 101; seed <= 120; ++seed)
    {
        chances.push_back(Chance({"symmetric", 64, 1.0, 200, 20, seed}));
    }

    EXPECT_GT(ChanceOfUniforms(chances), 1e-3);
}
