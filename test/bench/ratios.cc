// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/readable.h"
#include "scenarios/runner.h"
#include "test/bench/cpu-time.h"
#include "test/bench/limit.h"
#include "test/bench/ns3-peer.h"
#include "test/bench/sections.h"
#include "test/bench/workloads.h"

#include <array>
#include <sstream>
#include <stdexcept>

namespace portlab
{

namespace
{

constexpr int ROUNDS = 3;

const char* const DEFAULT_SCHEDULER = "ns3::MapScheduler";
const char* const BEST_SCHEDULER = "ns3::PriorityQueueScheduler";

/// Connections a second of CPU time, of one round or of the medians.
struct Rates
{
    double ours;
    double peer;
    double bestPeer;
    double limit;
};

std::string
Describe(const Outcome& outcome)
{
    std::ostringstream text;
    text << outcome.attempts << " attempts, " << outcome.connected << " connected, "
         << outcome.failed << " failed, peaks " << outcome.heldPeak << " held "
         << outcome.waitingPeak << " waiting " << outcome.usedPeak << " used, "
         << outcome.probesMean << " probes";
    return text.str();
}

void
CheckSame(const Outcome& ours, const Outcome& theirs, const std::string& whose)
{
    if (!(ours == theirs))
    {
        throw std::runtime_error("no ratio of different things: ours had " + Describe(ours) + "; " +
                                 whose + " had " + Describe(theirs));
    }
}

Rates
RunRound(const Scenario& scenario)
{
    const Workload& workload = scenario.workload;
    Outcome ours;
    Outcome peer;
    Outcome bestPeer;
    std::uint64_t limitAttempts = 0;
    const double count = CONNECTIONS;
    Rates rates{};
    rates.ours = RatePerSecond(count, [&] { ours = OutcomeOf(RunScenario(scenario, 1)->result); });
    rates.peer =
        RatePerSecond(count, [&] { peer = RunNs3Peer(workload, 1, DEFAULT_SCHEDULER).outcome; });
    rates.bestPeer =
        RatePerSecond(count, [&] { bestPeer = RunNs3Peer(workload, 1, BEST_SCHEDULER).outcome; });
    rates.limit = RatePerSecond(count, [&] { limitAttempts = RunLimit(workload, 1); });
    CheckSame(ours, peer, DEFAULT_SCHEDULER);
    CheckSame(ours, bestPeer, BEST_SCHEDULER);
    if (limitAttempts != ours.attempts)
    {
        throw std::runtime_error("the limit drew other arrivals than ours");
    }
    return rates;
}

/// The median over the rounds of what `read` makes of each: of a ratio, of the rounds' ratios.
template <typename Read>
std::string
Middle(const std::vector<Rates>& rounds, Read read)
{
    std::vector<double> values;
    for (const Rates& round : rounds)
    {
        values.push_back(read(round));
    }
    return Rounded(Median(values));
}

Markdown::Row
Race(const std::string& name, double arrivalsPerSecond)
{
    const Scenario scenario = LoadTest(arrivalsPerSecond, CONNECTIONS);
    std::vector<Rates> rounds;
    for (int round = 0; round < ROUNDS; ++round)
    {
        rounds.push_back(RunRound(scenario));
    }
    return {name,
            Middle(rounds, [](const Rates& r) { return r.ours / 1e6; }),
            Middle(rounds, [](const Rates& r) { return r.peer / 1e6; }),
            Middle(rounds, [](const Rates& r) { return r.bestPeer / 1e6; }),
            Middle(rounds, [](const Rates& r) { return r.limit / 1e6; }),
            Middle(rounds, [](const Rates& r) { return r.ours / r.peer; }),
            Middle(rounds, [](const Rates& r) { return r.ours / r.bestPeer; }),
            Middle(rounds, [](const Rates& r) { return r.limit / r.ours; })};
}

} // namespace

void
WriteRatios(Markdown& out)
{
    out.Write("## Ratios: in one process, in turn\n\n"
              "Million connections of the load test a second of CPU time. *Map* and "
              "*PriorityQueue* are the peer: an event\nof ns-3's for each transition, with ns-3's "
              "default scheduler and its fastest, and our ports and counters.\nIt finds the same "
              "attempts, failures, peaks and probes, or this table would not be here. *Limit*: the "
              "random\ndraws and a FIFO, nothing else. Medians of " +
              std::to_string(ROUNDS) + " rounds, of ratios too.");
    out.Write({{"load test",
                "ours",
                "Map",
                "PriorityQueue",
                "limit",
                "ours / Map",
                "ours / PriorityQueue",
                "limit / ours"},
               Race("25 %: 117/s", LOAD_25),
               Race("nearly full: 465/s", LOAD_NEARLY_FULL)});
}

} // namespace portlab
