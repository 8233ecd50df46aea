// SPDX-License-Identifier: GPL-2.0-only

// Poisson arrivals to one destination lose what Erlang B says, whatever the allocator: who fails
// depends on how many ports are taken and not on which.

#include "test/statistics/loss-system.h"

#include <chrono>
#include <gtest/gtest.h>
#include <string>
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

/// Every profile whose search finds a port whenever there is one.
const std::vector<const char*> THOROUGH{"linux-6.18",
                                        "linux-5.18",
                                        "linux-5.12",
                                        "linux-4.6",
                                        "linux-4.2",
                                        "linux-2.6",
                                        "windows-11",
                                        "windows-11-documented",
                                        "windows-xp",
                                        "ns3-stock",
                                        "rfc6056-1"};

/// These are thorough if the size of the range divides 65536. Else their 16-bit counters leave some
/// ports out of a search in which they start again at 0, which may lose a connection while less
/// than a handful of ports is free. Algorithms 2 and 5 have a test of their own.
const std::vector<const char*> COUNTING{"rfc6056-3", "rfc6056-4"};

struct Case
{
    std::uint32_t ports;
    Duration timeWait;
    double load;
    double loss;      ///< As published.
    int window;       ///< In TIME_WAITs.
    int replications; ///< Of the first profile.
    int repeated;     ///< By each of the others.
};

LossSystem
SystemOf(const Case& each, const char* profile)
{
    LossSystem system{ProfileWith(profile, each.ports, each.timeWait)};
    system.load = each.load;
    system.window = each.window;
    system.replications = each.replications;
    return system;
}

void
ExpectLoss(const std::vector<Counts>& counts, double loss)
{
    EXPECT_GT(ChanceOfLoss(counts, loss), RARE)
        << "a share of " << FailedShare(counts) << " failed, expected " << loss;
}

/// One profile loses the share that Erlang B says; all others, with the same arrivals, the very
/// same connections: not one more or less in any replication.
void
ExpectErlangB(const Case& each)
{
    LossSystem system = SystemOf(each, THOROUGH.front());
    const double offered = each.load * each.ports;
    system.steady = LossLaw(each.ports, offered, [](std::uint32_t) { return 1.0; });
    const std::vector<Counts> first = Replicate(system);
    EXPECT_NEAR(ErlangB(each.ports, offered), each.loss, 5e-5);
    ExpectLoss(first, ErlangB(each.ports, offered));

    system.replications = each.repeated;
    const std::vector<Counts> expected(first.begin(), first.begin() + each.repeated);
    for (const char* profile : THOROUGH)
    {
        system.profile = ProfileWith(profile, each.ports, each.timeWait);
        EXPECT_TRUE(Replicate(system) == expected) << profile;
    }
    for (const char* profile : COUNTING)
    {
        system.profile = ProfileWith(profile, each.ports, each.timeWait);
        const std::vector<Counts> counts = Replicate(system);
        EXPECT_TRUE(counts == expected || 65536 % each.ports != 0) << profile;
        EXPECT_NEAR(FailedShare(counts), FailedShare(expected), 2e-5) << profile;
    }
}

} // namespace

TEST(OneDestination, LosesWhatErlangBSaysWith64PortsAtLoad1)
{
    ExpectErlangB({64, 60s, 1.0, 0.0934, 500, 20, 20});
}

TEST(OneDestination, LosesWhatErlangBSaysWith64PortsAtLoad1Point1)
{
    ExpectErlangB({64, 60s, 1.1, 0.1511, 500, 20, 20});
}

TEST(OneDestination, LosesWhatErlangBSaysWith1024PortsAtLoad1)
{
    ExpectErlangB({1024, 60s, 1.0, 0.02452, 100, 20, 20});
}

TEST(OneDestination, LosesWhatErlangBSaysWith1024PortsAtLoad1Point1)
{
    ExpectErlangB({1024, 60s, 1.1, 0.09847, 100, 20, 20});
}

/// The range of Windows, at 150.2 connections a second.
TEST(OneDestination, LosesWhatErlangBSaysWith16384PortsAndTwoMinutesAtLoad1Point1)
{
    ExpectErlangB({16384, 120s, 1.1, 0.0915, 5, 20, 20});
}

/// The range of Linux, at 470.53 connections a second.
TEST(OneDestination, LosesWhatErlangBSaysWith28232PortsAtLoad1)
{
    ExpectErlangB({28232, 60s, 1.0, 0.00473, 20, 20, 4});
}

/// At 517.59 connections a second.
TEST(OneDestination, LosesWhatErlangBSaysWith28232PortsAtLoad1Point1)
{
    ExpectErlangB({28232, 60s, 1.1, 0.0912, 5, 20, 12});
}

/// The tests above begin in the steady state. A user's run begins with no connection at all, and
/// gets there: slowly at load 1, where 300 TIME_WAITs are left out, and soon at load 1.1.
TEST(OneDestination, ComesToErlangBFromEmptyAtLoad1Point1)
{
    LossSystem system = SystemOf({28232, 60s, 1.1, 0, 10, 12, 0}, "linux-6.18");
    system.seed = 2;
    system.discarded = 20;

    ExpectLoss(Replicate(system), ErlangB(28232, 1.1 * 28232));
}

TEST(OneDestination, ComesToErlangBFromEmptyAtLoad1)
{
    LossSystem system = SystemOf({28232, 60s, 1.0, 0, 100, 8, 0}, "linux-6.18");
    system.seed = 2;
    system.discarded = 300;

    ExpectLoss(Replicate(system), ErlangB(28232, 28232));
}
