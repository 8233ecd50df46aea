// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_LOSS_SYSTEM_H
#define PORTLAB_TEST_LOSS_SYSTEM_H

#include "model/core/port/os-profile.h"
#include "test/statistics/erlang.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace portlab::test
{

/// Each comparison with a law may raise a false alarm this often. There are fewer than 40 of them
/// in all statistics together, so all of them together raise one with a chance below 1e-3, once,
/// when the seeds were chosen: they are fixed, and a test that is green stays green.
constexpr double RARE = 2.5e-5;

/// One host that opens connections to one destination and closes them at once: Poisson arrivals,
/// no round trip, no hold, and TIME_WAIT on the spot. Each port is a server, each TIME_WAIT a stay.
struct LossSystem
{
    OsProfile profile;
    double load{1}; ///< Arrivals in one TIME_WAIT, per port.
    int window{10}; ///< TIME_WAITs that count.
    int replications{20};
    std::uint64_t seed{1};
    /// So many TIME_WAITs pass before the window, from a start without any connection. If there is
    /// a law instead, the run begins in its steady state, and the window at once.
    int discarded{0};
    std::optional<LossLaw> steady{};
};

/// A profile by name with so many ports and such a TIME_WAIT, which ends on the spot.
OsProfile ProfileWith(const char* name, std::uint32_t ports, Duration timeWait);

/// What happened in the window of one replication.
struct Counts
{
    std::uint64_t attempts{0};
    std::uint64_t failed{0};

    friend bool operator==(const Counts& a, const Counts& b)
    {
        return a.attempts == b.attempts && a.failed == b.failed;
    }
};

/// Runs 1, 2, 3 ...
std::vector<Counts> Replicate(const LossSystem& system);

/// The failed share, over all replications.
double FailedShare(const std::vector<Counts>& counts);

/// The chance that a system of this loss would fail as often, or as rarely: Student's test between
/// replications, because failures within one are correlated. For each replication failures minus
/// loss times attempts has the expectation 0, which the quotient of the two has not.
double ChanceOfLoss(const std::vector<Counts>& counts, double loss);

} // namespace portlab::test

#endif // PORTLAB_TEST_LOSS_SYSTEM_H
