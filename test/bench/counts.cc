// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/flow/flow-engine.h"
#include "scenarios/output/readable.h"
#include "scenarios/runner.h"
#include "test/bench/ns3-peer.h"
#include "test/bench/sections.h"
#include "test/bench/workloads.h"

#include "ns3/simulator.h"

#include <malloc.h>

namespace portlab
{

namespace
{

/// Enough for all ports to have been in TIME_WAIT several times.
constexpr double COUNTED_CONNECTIONS = 2e5;

std::string
PerConnection(std::uint64_t count, const RunResult& result)
{
    return Rounded(static_cast<double>(count) / static_cast<double>(result.connections));
}

/// How often anything happened: moments at which the engine has events of its own. That two of them
/// happen in the same nanosecond is too rare to matter.
std::uint64_t
CountMoments(const Workload& workload)
{
    FlowEngine engine(workload, 1);
    std::uint64_t moments = 0;
    for (Instant next = engine.NextEvent(); next <= At(workload.duration);
         next = engine.NextEvent())
    {
        engine.RunUntil(next);
        ++moments;
    }
    return moments;
}

Markdown::Row
CountEvents(const std::string& name, const Scenario& scenario, bool hasPeer)
{
    std::uint64_t simulatorEvents = 0;
    const auto listen = [&simulatorEvents](Duration, std::uint64_t) {
        simulatorEvents = ns3::Simulator::GetEventCount();
        return true;
    };
    const RunResult result = RunScenario(scenario, 1, DEFAULT_QUANTUM, listen)->result;
    const HostResult& host = result.hosts.front();
    std::string peer = NOTHING;
    if (hasPeer)
    {
        const PeerRun run = RunNs3Peer(scenario.workload, 1, "ns3::MapScheduler");
        peer = PerConnection(run.simulatorEvents, result);
    }
    return {name,
            Percent(host.failedShare.value_or(0)),
            PerConnection(CountMoments(scenario.workload), result),
            PerConnection(simulatorEvents, result),
            peer,
            Rounded(host.probesMean.value_or(0)),
            Thousands(host.probesP99.value_or(0)),
            Thousands(host.probesMax.value_or(0))};
}

void
WriteEvents(Markdown& out)
{
    Overrides reuse;
    reuse.set = {{"hosts.generator.tuned.tcp_tw_reuse", "1"}};
    Overrides windows;
    windows.os = "windows-11";
    const double count = COUNTED_CONNECTIONS;
    out.Write({{"per connection",
                "failed",
                "own events",
                "ns-3 events",
                "peer's",
                "probes",
                "p99",
                "max"},
               CountEvents("25 %", LoadTest(LOAD_25, count), true),
               CountEvents("nearly full", LoadTest(LOAD_NEARLY_FULL, count), true),
               CountEvents("overloaded", LoadTest(LOAD_TOO_MUCH, count), true),
               CountEvents("25 %, windows-11", LoadTestAtShare(0.25, count, windows), false),
               CountEvents("25 %, tcp_tw_reuse = 1", LoadTest(LOAD_25, count, reuse), false)});
}

struct Bytes
{
    double ports; ///< In use, held or waiting.
    double all;   ///< Of the heap.
    double ledger;
};

std::size_t
HeapBytes()
{
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/// What an engine needs at the workload's end.
Bytes
MeasureBytes(Scenario scenario)
{
    scenario.workload.sampleInterval = Duration{0};
    const std::size_t before = HeapBytes();
    FlowEngine engine(scenario.workload, 1);
    engine.RunUntil(At(scenario.workload.duration));
    const PortLedger& ledger = engine.Machines().ledger;
    std::uint64_t ports = 0;
    for (std::uint32_t host = 0; host < engine.Machines().HostCount(); ++host)
    {
        ports += ledger.Held(host).Count() + ledger.Waiting(host).Count();
    }
    return {static_cast<double>(ports),
            static_cast<double>(HeapBytes() - before),
            static_cast<double>(ledger.MemoryBytes())};
}

/// One host whose ports are nearly all held, or nearly all in TIME_WAIT.
Bytes
MeasureLoadTest(double arrivalsPerSecond, bool isHeld)
{
    Scenario scenario = LoadTest(arrivalsPerSecond, 400 * arrivalsPerSecond);
    Traffic& traffic = scenario.workload.traffic.front();
    if (isHeld)
    {
        traffic.hold = ExponentialHold{std::chrono::seconds(60)};
        traffic.closes = {0, 0, 1};
    }
    return MeasureBytes(scenario);
}

/// What each further port in use needs.
Markdown::Row
MoreBytes(const std::string& name, bool isHeld)
{
    const Bytes few = MeasureLoadTest(150, isHeld);
    const Bytes many = MeasureLoadTest(300, isHeld);
    const double more = many.ports - few.ports;
    return {name, Rounded((many.all - few.all) / more), Rounded((many.ledger - few.ledger) / more)};
}

Markdown::Row
AllBytes(const std::string& name, const Bytes& bytes)
{
    return {name, Rounded(bytes.all / bytes.ports), Rounded(bytes.ledger / bytes.ports)};
}

void
WriteBytes(Markdown& out)
{
    const Bytes clients = MeasureBytes(Clients(10000));
    out.Write({{"bytes", "heap", "of it, ledger"},
               MoreBytes("for one more live connection", true),
               MoreBytes("for one more port in TIME_WAIT", false),
               AllBytes("everything, for each port in use: one host, 9,000 in TIME_WAIT",
                        MeasureLoadTest(150, false)),
               AllBytes("... 10,000 hosts x 5 destinations, 12 in TIME_WAIT each", clients)});
}

} // namespace

void
WriteCounts(Markdown& out)
{
    out.Write("## Counts: the same on every machine\n\n"
              "*Own events* pass through our queue, *ns-3 events* through the simulator; *peer's* "
              "are those of one ns-3 event a\ntransition. *Probes* are what the modelled kernel "
              "examines: we model their cost and do not pay it.");
    WriteEvents(out);
    WriteBytes(out);
    WriteMappingBytes(out);
}

} // namespace portlab
