// SPDX-License-Identifier: GPL-2.0-only

// What the comparison with Erlang B is worth: it finds out the rules next door, and it raises false
// alarms as often as it says.

#include "test/core/chance.h"
#include "test/statistics/loss-system.h"

#include <chrono>
#include <functional>
#include <gtest/gtest.h>
#include <vector>

namespace
{

using namespace std::chrono_literals;

using portlab::Duration;
using portlab::OsProfile;
using portlab::test::ChanceOfLoss;
using portlab::test::ChanceOfUniforms;
using portlab::test::ErlangB;
using portlab::test::LossLaw;
using portlab::test::LossSystem;
using portlab::test::ProfileWith;
using portlab::test::RARE;
using portlab::test::Replicate;

using Mistake = std::function<void(OsProfile&)>;

/// The comparison as in the tests of Erlang B, of a system that may have a mistake: connections
/// come and are expected to fail as without it.
double
Chance(std::uint32_t ports, double load, int window, std::uint64_t seed, const Mistake& mistake)
{
    LossSystem system{ProfileWith("linux-6.18", ports, 60s)};
    system.window = window;
    system.seed = seed;
    system.steady = LossLaw(ports, load * ports, [](std::uint32_t) { return 1.0; });
    mistake(system.profile);
    system.load = load * ports / system.profile.ports.value.Count() *
                  portlab::InSeconds(system.profile.timeWait.value) / 60;
    return ChanceOfLoss(Replicate(system), ErlangB(ports, load * ports));
}

/// In how many of twenty seeds the mistake is found out.
int
FoundOut(std::uint32_t ports, double load, int window, const Mistake& mistake)
{
    int found = 0;
    for (std::uint64_t seed = 101; seed <= 120; ++seed)
    {
        found += Chance(ports, load, window, seed, mistake) < RARE ? 1 : 0;
    }
    return found;
}

} // namespace

TEST(ErlangBTest, FindsATimeWaitOutThatIsTwoPercentTooLong)
{
    const Mistake mistake = [](OsProfile& profile) { profile.timeWait.value = 61200ms; };

    EXPECT_GE(FoundOut(64, 1.0, 500, mistake), 19);
    EXPECT_GE(FoundOut(1024, 1.1, 25, mistake), 19);
}

TEST(ErlangBTest, FindsATimeWaitOutThatIsTwoPercentTooShort)
{
    const Mistake mistake = [](OsProfile& profile) { profile.timeWait.value = 58800ms; };

    EXPECT_GE(FoundOut(64, 1.0, 500, mistake), 19);
    EXPECT_GE(FoundOut(1024, 1.1, 25, mistake), 19);
}

TEST(ErlangBTest, FindsOneMissingPortOutOf64)
{
    EXPECT_GE(FoundOut(64,
                       1.0,
                       500,
                       [](OsProfile& profile) {
                           profile.ports.value = portlab::PortRange(32768, 32768 + 62);
                       }),
              19);
}

TEST(ErlangBTest, FindsOnePortTooManyBeside64)
{
    EXPECT_GE(FoundOut(64,
                       1.0,
                       500,
                       [](OsProfile& profile) {
                           profile.ports.value = portlab::PortRange(32768, 32768 + 64);
                       }),
              19);
}

/// Linux's real timers, whose batches fail more than Erlang B says.
TEST(ErlangBTest, FindsATimerGridOut)
{
    EXPECT_GE(
        FoundOut(64, 1.0, 500, [](OsProfile& profile) { profile.timeWaitGrid.value = 2048ms; }),
        19);
}

TEST(ErlangBTest, FindsOutASearchThatMissesFreePorts)
{
    EXPECT_GE(FoundOut(64,
                       1.0,
                       500,
                       [](OsProfile& profile) {
                           profile.tcp.value.algorithm = portlab::Algorithm::RandomRetry;
                       }),
              19);
}

/// Without a mistake the chances of twenty seeds lie as uniform draws do. Kolmogorov and Smirnov;
/// false alarm: 1e-3 for each of the two.
TEST(ErlangBTest, RaisesFalseAlarmsAsOftenAsItSays)
{
    const Mistake none = [](OsProfile&) {};
    std::vector<double> few;
    std::vector<double> many;
    for (std::uint64_t seed = 101; seed <= 120; ++seed)
    {
        few.push_back(Chance(64, 1.0, 500, seed, none));
        many.push_back(Chance(1024, 1.1, 25, seed, none));
    }

    EXPECT_GT(ChanceOfUniforms(few), 1e-3);
    EXPECT_GT(ChanceOfUniforms(many), 1e-3);
}
