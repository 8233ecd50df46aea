// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_OUTCOME_H
#define PORTLAB_OUTCOME_H

#include "model/core/flow/results.h"

#include <cstdint>
#include <optional>

namespace portlab
{

/// What everybody who simulates the same load test must find.
struct Outcome
{
    std::uint64_t attempts{0};
    std::uint64_t connected{0};
    std::uint64_t failed{0};
    std::uint64_t heldPeak{0};
    std::uint64_t waitingPeak{0};
    std::uint64_t usedPeak{0};
    double probesMean{0};
    std::optional<Duration> reuseMin;

    friend bool operator==(const Outcome& a, const Outcome& b)
    {
        return a.attempts == b.attempts && a.connected == b.connected && a.failed == b.failed &&
               a.heldPeak == b.heldPeak && a.waitingPeak == b.waitingPeak &&
               a.usedPeak == b.usedPeak && a.probesMean == b.probesMean && a.reuseMin == b.reuseMin;
    }
};

/// What our own run found, of one host and one destination.
inline Outcome
OutcomeOf(const RunResult& result)
{
    const HostResult& host = result.hosts.front();
    Outcome outcome;
    outcome.attempts = host.attempts;
    outcome.connected = host.connected;
    outcome.failed = Total(host.failed);
    outcome.heldPeak = host.portsHeldPeak;
    outcome.waitingPeak = host.timeWaitPeak;
    outcome.usedPeak = result.pairs.front().portsUsedPeak;
    outcome.probesMean = host.probesMean.value_or(0);
    outcome.reuseMin = host.portReuseMin;
    return outcome;
}

} // namespace portlab

#endif // PORTLAB_OUTCOME_H
