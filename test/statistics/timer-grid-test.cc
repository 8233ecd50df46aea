// SPDX-License-Identifier: GPL-2.0-only

// Linux's TIME_WAITs end in batches, at the slots of the timer wheel, and so more connections fail
// than Erlang B says for holds of the same mean. There is no formula; but a simulation of ports and
// slots alone, without anything of the model, is short enough to be believed.

#include "model/core/base/random.h"
#include "model/core/port/profile-catalogue.h"
#include "test/core/chance.h"
#include "test/statistics/loss-system.h"
#include "test/statistics/student.h"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <deque>
#include <functional>
#include <gtest/gtest.h>
#include <iostream>
#include <utility>
#include <vector>

namespace
{

using namespace std::chrono_literals;

using portlab::FindProfile;
using portlab::InSeconds;
using portlab::OsProfile;
using portlab::PortRange;
using portlab::Random;
using portlab::SetKnob;
using portlab::StreamKey;
using portlab::test::ChanceOfUniforms;
using portlab::test::Counts;
using portlab::test::ErlangB;
using portlab::test::LossSystem;
using portlab::test::MeanAndError;
using portlab::test::MeanOf;
using portlab::test::RARE;
using portlab::test::Replicate;
using portlab::test::StudentTails;

constexpr double TIME_WAIT = 60;
constexpr double GRID = 2.048;
constexpr double MEAN_HOLD = TIME_WAIT + GRID / 2;

/// Poisson arrivals to ports that are held for a minute and until the next slot begins.
struct GridSystem
{
    std::uint32_t ports;
    double rate; ///< Arrivals a second.
    int discarded;
    int window; ///< In TIME_WAITs, as what is discarded.
};

/// One replication, from empty.
Counts
Simulate(const GridSystem& system, Random random)
{
    const double begin = system.discarded * TIME_WAIT;
    const double end = begin + system.window * TIME_WAIT;
    const double phase = random.Unit();
    std::deque<std::pair<std::uint64_t, std::uint32_t>> slots; // Number of a slot, ports it frees.
    std::uint32_t free = system.ports;
    Counts counts;
    for (double now = random.Exponential() / system.rate; now < end;
         now += random.Exponential() / system.rate)
    {
        while (!slots.empty() && static_cast<double>(slots.front().first) <= now / GRID + phase)
        {
            free += slots.front().second;
            slots.pop_front();
        }
        counts.attempts += now >= begin ? 1 : 0;
        counts.failed += now >= begin && free == 0 ? 1 : 0;
        if (free == 0)
        {
            continue;
        }
        --free;
        const auto slot = static_cast<std::uint64_t>((now + TIME_WAIT) / GRID + phase) + 1;
        if (slots.empty() || slots.back().first != slot)
        {
            slots.emplace_back(slot, 0u);
        }
        ++slots.back().second;
    }
    return counts;
}

/// Of each replication, the share of the expected arrivals that was not served. What is served
/// depends little on how many come, so this varies far less than the failed share of those that
/// came, and its mean is the same.
std::vector<double>
LossesOf(const std::vector<Counts>& counts, double expected)
{
    std::vector<double> losses;
    for (const Counts& run : counts)
    {
        const auto served = static_cast<double>(run.attempts - run.failed);
        losses.push_back(1 - served / expected);
    }
    return losses;
}

std::vector<double>
SimulatedLosses(const GridSystem& system, int replications)
{
    std::vector<Counts> counts;
    for (int run = 1; run <= replications; ++run)
    {
        const StreamKey key(1, static_cast<std::uint64_t>(run));
        counts.push_back(Simulate(system, Random(key.With("timer grid"))));
    }
    return LossesOf(counts, system.rate * system.window * TIME_WAIT);
}

/// The same system in the model, with a profile that has these ports.
std::vector<double>
ModelsLosses(const GridSystem& system,
             const OsProfile& profile,
             int replications,
             std::uint64_t seed)
{
    const double timeWait = InSeconds(profile.timeWait.value);
    LossSystem model{profile};
    model.load = system.rate * timeWait / system.ports;
    model.discarded = system.discarded;
    model.window = system.window;
    model.replications = replications;
    model.seed = seed;
    return LossesOf(Replicate(model), system.rate * system.window * timeWait);
}

/// The chance that samples of one mean differ as much: Student's test between replications, with
/// the degrees of freedom of B. L. Welch, Biometrika 34 (1947).
double
ChanceOfSameMean(const std::vector<double>& a, const std::vector<double>& b)
{
    const MeanAndError first = MeanOf(a);
    const MeanAndError second = MeanOf(b);
    const double varianceA = first.error * first.error;
    const double varianceB = second.error * second.error;
    const double both = varianceA + varianceB;
    const double degrees = both * both /
                           (varianceA * varianceA / static_cast<double>(a.size() - 1) +
                            varianceB * varianceB / static_cast<double>(b.size() - 1));
    return StudentTails((first.mean - second.mean) / std::sqrt(both), degrees);
}

/// Linux as it is in the catalogue, at this rate, against the simulation; false alarm: RARE. Erlang
/// B is far off.
void
ExpectLossOfLinux(const GridSystem& system, double known, int replications)
{
    const std::vector<double> simulated = SimulatedLosses(system, 40);
    const MeanAndError oracle = MeanOf(simulated);
    const OsProfile profile = FindProfile("linux-6.18").profile;
    const std::vector<double> losses = ModelsLosses(system, profile, replications, 1);
    const MeanAndError model = MeanOf(losses);
    const double erlang = ErlangB(system.ports, system.rate * MEAN_HOLD);
    std::cout << "model: a share of " << model.mean << " lost, standard error " << model.error
              << "; simulation: " << oracle.mean << ", standard error " << oracle.error
              << "; Erlang B: " << erlang << "\n";

    EXPECT_GT(ChanceOfSameMean(losses, simulated), RARE);
    EXPECT_NEAR(oracle.mean, known, 1e-4);
    EXPECT_GT(model.mean - erlang, 10 * model.error);
}

} // namespace

/// As many arrivals in a mean hold as there are ports: Erlang B says 0.0047.
TEST(TimerGrid, LosesMoreThanErlangBAtLoad1)
{
    ExpectLossOfLinux({28232, 462.64, 300, 100}, 0.0174, 4);
}

/// A tenth more: Erlang B says 0.0912.
TEST(TimerGrid, LosesMoreThanErlangBAtLoad1Point1)
{
    ExpectLossOfLinux({28232, 508.9, 20, 20}, 0.1029, 12);
}

namespace
{

/// Few ports, for many replications: as many arrivals in a mean hold as there are ports.
const GridSystem FEW{256, 256 / MEAN_HOLD, 40, 100};

/// The comparison as above, of a model that may have a mistake.
double
Chance(const std::function<void(OsProfile&)>& mistake, std::uint64_t seed)
{
    static const std::vector<double> oracle = SimulatedLosses(FEW, 1000);
    OsProfile profile = FindProfile("linux-6.18").profile;
    profile.ports.value = PortRange(32768, 32768 + 255);
    mistake(profile);
    return ChanceOfSameMean(ModelsLosses(FEW, profile, 20, seed), oracle);
}

int
FoundOut(const std::function<void(OsProfile&)>& mistake)
{
    int found = 0;
    for (std::uint64_t seed = 101; seed <= 120; ++seed)
    {
        found += Chance(mistake, seed) < RARE ? 1 : 0;
    }
    return found;
}

} // namespace

/// The power of the comparison, with far fewer connections.
TEST(TestOfTheTimerGrid, FindsOtherGridsOut)
{
    EXPECT_GE(FoundOut([](OsProfile& profile) { SetKnob(profile, "hz", "1000"); }), 19);
    EXPECT_GE(FoundOut([](OsProfile& profile) { SetKnob(profile, "hz", "100"); }), 19);
    EXPECT_GE(FoundOut([](OsProfile& profile) {
                  profile.timeWait.value = 61024ms;
                  SetKnob(profile, "time_wait_grid", "off");
              }),
              19);
}

/// Kolmogorov and Smirnov over twenty seeds; false alarm: 1e-3.
TEST(TestOfTheTimerGrid, RaisesFalseAlarmsAsOftenAsItSays)
{
    std::vector<double> chances;
    for (std::uint64_t seed = 101; seed <= 120; ++seed)
    {
        chances.push_back(Chance([](OsProfile&) {}, seed));
    }

    EXPECT_GT(ChanceOfUniforms(chances), 1e-3);
}
