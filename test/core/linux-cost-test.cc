// SPDX-License-Identifier: GPL-2.0-only

// How far Linux walks for a port as the ports fill: the cliff at one half. What a probe costs in
// time is another matter: `portlab profiles linux-6.18` gives the measured 40 to 50 ns
// (probe_cost).

#include "test/core/linux-machine.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <gtest/gtest.h>
#include <utility>
#include <vector>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Instant;
using portlab::Pick;
using portlab::Port;
using portlab::PortRange;
using portlab::Random;
using portlab::StreamKey;
using portlab::test::LinuxEra;
using portlab::test::LinuxMachine;
using portlab::test::SpecOf;

constexpr PortRange DEFAULT_PORTS{32768, 60999};
constexpr std::uint32_t HALF = 14116;
constexpr std::uint64_t SEED = 1;

double
Mean(const std::vector<std::uint32_t>& probes, std::size_t from, std::size_t to)
{
    double sum = 0;
    for (std::size_t i = from; i < to; ++i)
    {
        sum += probes[i];
    }
    return sum / static_cast<double>(to - from);
}

TEST(LinuxSearch, IsShortUntilHalfOfThePortsAreTakenAndThenWalksTheOtherHalfFirst)
{
    LinuxMachine machine(SpecOf(LinuxEra::V5x18), DEFAULT_PORTS, SEED);
    std::vector<std::uint32_t> probes;
    Instant now = At(0s);
    for (Pick pick = machine.Choose(now); pick.port; pick = machine.Choose(now))
    {
        machine.Take(*pick.port);
        probes.push_back(pick.probes);
        now += 15us; // As fast as the kernel fills its range over loopback.
    }

    ASSERT_EQ(probes.size(), 2 * HALF) << "seed " << SEED;
    EXPECT_LT(Mean(probes, 0, HALF / 2), 1.5);
    EXPECT_LT(Mean(probes, 0, HALF * 9 / 10), 3);
    EXPECT_GT(probes[HALF], HALF);
    EXPECT_EQ(*std::min_element(probes.begin() + HALF, probes.end()), HALF + 1);
    EXPECT_LT(Mean(probes, HALF, HALF * 3 / 2), 1.001 * HALF);
    EXPECT_LT(Mean(probes, HALF, 2 * HALF), 1.02 * HALF);
    EXPECT_EQ(machine.Choose(now).probes, 2 * HALF) << "a refusal has seen every port";
}

/// The mean number of probes with so many ports in use, when one is closed for each one opened.
double
ChurnProbes(std::uint32_t size, double utilisation)
{
    LinuxMachine machine(SpecOf(LinuxEra::V5x18),
                         PortRange(30000, static_cast<Port>(30000 + size - 1)),
                         SEED);
    Random random(StreamKey(SEED, 1).With("who leaves"));
    std::vector<Port> open;
    const auto target = static_cast<std::size_t>(utilisation * size);
    double sum = 0;
    constexpr std::size_t settling = 40'000;
    constexpr std::size_t counted = 20'000;
    for (std::size_t i = 0; i < settling + counted; ++i)
    {
        if (open.size() >= target)
        {
            const auto leaver = random.Below(static_cast<std::uint32_t>(open.size()));
            std::swap(open[leaver], open.back());
            machine.GiveBack(open.back());
            open.pop_back();
        }
        const Pick pick = machine.Choose(At(i * 20us));
        machine.Take(*pick.port);
        open.push_back(*pick.port);
        sum += i >= settling ? pick.probes : 0;
    }
    return sum / counted;
}

/// Measured with 4,000 ports (medians, less the 12.9 us of the handshake, at 45 ns a probe): 1,015,
/// 1,359, 1,775 and 1,795 probes at 51, 75, 90 and 99 % of the ports.
TEST(LinuxSearch, JumpsAtOneHalfUnderChurnAndStaysThere)
{
    constexpr std::uint32_t size = 4000;
    const double below = ChurnProbes(size, 0.49);
    EXPECT_LT(ChurnProbes(size, 0.40), 0.005 * size);
    EXPECT_LT(below, 0.02 * size);
    const std::vector<std::pair<double, double>> measured{{0.51, 1015},
                                                          {0.75, 1359},
                                                          {0.90, 1775},
                                                          {0.99, 1795}};
    for (const auto& [utilisation, probes] : measured)
    {
        const double ours = ChurnProbes(size, utilisation);
        EXPECT_GT(ours, 10 * below) << utilisation << ", seed " << SEED;
        EXPECT_NEAR(ours, probes, 0.25 * probes) << utilisation << ", seed " << SEED;
    }
}

/// Holes that lie anywhere: a search meets one after 1/(1-u) probes, whatever the parity.
TEST(LinuxSearch, CostsLittleWhileItsHolesLieAnywhere)
{
    constexpr std::uint32_t size = 8000;
    Random random(StreamKey(SEED, 1).With("holes"));
    for (const double free : {0.5, 0.25, 0.10, 0.05, 0.01})
    {
        double sum = 0;
        constexpr int searches = 1000;
        for (int i = 0; i < searches; ++i)
        {
            LinuxMachine machine(SpecOf(LinuxEra::V5x18),
                                 PortRange(30000, 30000 + size - 1),
                                 static_cast<std::uint64_t>(i));
            for (std::uint32_t port = 30000; port < 30000 + size; ++port)
            {
                if (random.Unit() > free)
                {
                    machine.Take(static_cast<Port>(port));
                }
            }
            sum += machine.Choose(At(0s)).probes;
        }
        // The number of probes is geometric: its standard deviation is near its mean.
        const double mean = sum / searches;
        EXPECT_NEAR(mean * free, 1, 5 / std::sqrt(searches)) << free << ", seed " << SEED;
    }
}

} // namespace
