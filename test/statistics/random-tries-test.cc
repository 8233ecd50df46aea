// SPDX-License-Identifier: GPL-2.0-only

// RFC 6056 algorithms 2 and 5 try as often as the range has ports, at random, and so fail now and
// then while ports are free: more than Erlang B says, and how much more follows.
//
// With k of n ports taken, n tries all miss with the chance (k/n)^n: 1/e if one port is left. A
// loss system that takes arrivals with the chance 1 - (k/n)^n has a law as Erlang's.
//
// Algorithm 5 visits ports by a 16-bit counter in steps of 1 to 500, modulo n. Its steps spread
// over the range within a few tries, so its tries hit the free ports as random ones do: uniformly
// where n divides 65536; else some ports come up m times and others m+1 times in each turn of the
// counter.

#include "test/statistics/loss-system.h"

#include <chrono>
#include <cmath>
#include <gtest/gtest.h>
#include <vector>

namespace
{

using namespace std::chrono_literals;

using portlab::Duration;
using portlab::test::ChanceOfLoss;
using portlab::test::Counts;
using portlab::test::ErlangB;
using portlab::test::FailedShare;
using portlab::test::LossLaw;
using portlab::test::LossSystem;
using portlab::test::ProfileWith;
using portlab::test::RARE;
using portlab::test::Replicate;

/// With so many tries that hit each port equally often.
LossLaw
RandomTries(std::uint32_t ports, double load, double tries)
{
    return LossLaw(ports, load * ports, [ports, tries](std::uint32_t taken) {
        return -std::expm1(tries * std::log(static_cast<double>(taken) / ports));
    });
}

std::vector<Counts>
RunOf(const char* profile, std::uint32_t ports, Duration timeWait, double load, int window)
{
    LossSystem system{ProfileWith(profile, ports, timeWait)};
    system.load = load;
    system.window = window;
    system.steady = RandomTries(ports, load, ports);
    return Replicate(system);
}

void
ExpectLossOfRandomTries(std::uint32_t ports, Duration timeWait, double load, int window)
{
    const double loss = RandomTries(ports, load, ports).Loss();
    for (const char* profile : {"rfc6056-2", "rfc6056-5"})
    {
        const std::vector<Counts> counts = RunOf(profile, ports, timeWait, load, window);
        EXPECT_GT(ChanceOfLoss(counts, loss), RARE)
            << profile << ": a share of " << FailedShare(counts) << " failed, expected " << loss;
    }
}

} // namespace

/// How much more than Erlang B: 7 % with 64 ports, 2 % with 1,024, next to nothing with 28,232.
TEST(RandomTries, LoseMoreTheFewerPortsThereAre)
{
    EXPECT_NEAR(RandomTries(64, 1.0, 64).Loss() / ErlangB(64, 64), 1.071, 0.001);
    EXPECT_NEAR(RandomTries(1024, 1.0, 1024).Loss() / ErlangB(1024, 1024), 1.020, 0.001);
    EXPECT_NEAR(RandomTries(28232, 1.0, 28232).Loss() / ErlangB(28232, 28232), 1.004, 0.001);
    EXPECT_NEAR(RandomTries(28232, 1.1, 28232).Loss(), 0.0912, 1e-4);
    EXPECT_NEAR(RandomTries(16384, 1.1, 16384).Loss(), 0.0915, 1e-4);
}

/// 65536 is 2 * 28232 and 9072 more: 9072 ports come up 3 times and the rest twice in a turn of the
/// counter. Whichever are free, the loss lies between those of all ports coming up as often.
TEST(RandomTries, LoseAsMuchWithTheUnevenTurnsOfACounter)
{
    for (const double load : {1.0, 1.1})
    {
        const double even = RandomTries(28232, load, 28232).Loss();
        EXPECT_NEAR(RandomTries(28232, load, 28232 * 2.0 / 65536 * 28232).Loss(), even, 1e-5);
        EXPECT_NEAR(RandomTries(28232, load, 28232 * 3.0 / 65536 * 28232).Loss(), even, 1e-5);
    }
}

TEST(RandomTries, FailAsTheirLawSaysWith64Ports)
{
    ExpectLossOfRandomTries(64, 60s, 1.0, 500);
    ExpectLossOfRandomTries(64, 60s, 1.1, 500);
}

/// The law differs enough from Erlang B to be told apart.
TEST(RandomTries, DoNotFailAsErlangBSaysWith64Ports)
{
    for (const char* profile : {"rfc6056-2", "rfc6056-5"})
    {
        EXPECT_LT(ChanceOfLoss(RunOf(profile, 64, 60s, 1.0, 500), ErlangB(64, 64)), RARE)
            << profile;
    }
}

TEST(RandomTries, FailAsTheirLawSaysWith1024Ports)
{
    ExpectLossOfRandomTries(1024, 60s, 1.0, 50);
    ExpectLossOfRandomTries(1024, 60s, 1.1, 25);
}

TEST(RandomTries, FailAsTheirLawSaysWith16384PortsAndTwoMinutes)
{
    ExpectLossOfRandomTries(16384, 120s, 1.1, 1);
}

TEST(RandomTries, FailAsTheirLawSaysWith28232PortsAtLoad1)
{
    ExpectLossOfRandomTries(28232, 60s, 1.0, 2);
}

/// Algorithm 5 is walked, and a failure takes 28,232 steps: the window is short.
TEST(RandomTries, FailAsTheirLawSaysWith28232PortsAtLoad1Point1)
{
    ExpectLossOfRandomTries(28232, 60s, 1.1, 1);
}
