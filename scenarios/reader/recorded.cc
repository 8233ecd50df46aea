// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/recorded.h"

#include "model/core/port/units.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <unordered_map>
#include <utility>

namespace portlab
{

namespace
{

constexpr std::uint32_t NOT_SEEN = std::numeric_limits<std::uint32_t>::max();

/// What a replay makes of a trace.
struct Recording
{
    std::vector<std::string> hosts;
    std::vector<std::string> endpoints;
    std::vector<RecordedConnection> connections;
    std::uint64_t withoutHold{0};
    std::uint64_t withCloser{0};
};

std::string
EndpointName(const std::string& address, Port port)
{
    const bool v6 = address.find(':') != std::string::npos;
    return (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

/// A connection that outlasts the run need not say by how much, and two times stay addable.
std::optional<Duration>
HoldWithin(std::optional<Duration> hold, Instant end)
{
    return hold ? std::min(*hold, end.time_since_epoch()) : hold;
}

/// The connections that start before `end`, with hosts and endpoints in order of appearance.
Recording
Record(const Trace& trace, Instant end)
{
    Recording recording;
    std::vector<std::uint32_t> hostOf(trace.addresses.size(), NOT_SEEN);
    std::unordered_map<std::uint64_t, std::uint32_t> endpointOf;
    for (const TraceConnection& row : trace.connections)
    {
        if (row.start >= end)
        {
            break;
        }
        std::uint32_t& host = hostOf[row.source];
        if (host == NOT_SEEN)
        {
            host = static_cast<std::uint32_t>(recording.hosts.size());
            recording.hosts.push_back(trace.addresses[row.source]);
        }
        const std::uint64_t key = std::uint64_t{row.destination} << 16 | row.destinationPort;
        const auto next = static_cast<std::uint32_t>(recording.endpoints.size());
        const auto [endpoint, isNew] = endpointOf.try_emplace(key, next);
        if (isNew)
        {
            recording.endpoints.push_back(
                EndpointName(trace.addresses[row.destination], row.destinationPort));
        }
        recording.connections.push_back(
            {row.start, HoldWithin(row.duration, end), host, endpoint->second, row.transport});
        recording.withoutHold += row.duration ? 0u : 1u;
        recording.withCloser += row.closedBy ? 1u : 0u;
    }
    return recording;
}

/// Throws when the scenario gives something that stands for recorded machines what they have.
void
ForbidOwn(const Section& section, const std::vector<std::string>& keys, const std::string& trace)
{
    for (const std::string& key : keys)
    {
        section.Forbid(key,
                       section.Self().path + " stands for the machines in the trace of " + trace +
                           ", which says this: leave it out");
    }
}

[[noreturn]] void
RefuseShared(const Node& node, const std::string& kind, const std::string& name)
{
    Refuse(node,
           kind + "." + name + " stands for the machines of another trace already: " + "give " +
               "each trace its own");
}

void
CheckMachines(const Replay& replay, const Section& top, const Workload& workload)
{
    const Traffic& traffic = workload.traffic[replay.traffic];
    const HostGroup& group = workload.hosts[traffic.from];
    const Service& service = workload.services[traffic.to];
    const Section own(*replay.node, ScenarioFormat().traffic);
    if (!group.recordedAddresses.empty())
    {
        RefuseShared(own.Get("from"), "hosts", group.name);
    }
    if (!service.recordedEndpoints.empty())
    {
        RefuseShared(own.Get("to"), "services", service.name);
    }
    ForbidOwn(Section(*top.Get("hosts").Find(group.name), ScenarioFormat().host),
              {"count", "addresses"},
              replay.node->path);
    ForbidOwn(Section(*top.Get("services").Find(service.name), ScenarioFormat().service),
              {"addresses", "port", "balance", "vip", "runs_on"},
              replay.node->path);
    own.Forbid("transport", "the trace says which connections are TCP and which UDP: leave it out");
}

void
CheckHold(const Replay& replay, const Recording& recording, Scenario& scenario)
{
    const bool said = replay.node->Find("hold") != nullptr;
    const std::string count = std::to_string(recording.withoutHold);
    if (recording.withoutHold > 0 && !said)
    {
        RefuseAt(replay.node->where,
                 JoinPath(replay.node->path, "hold"),
                 "the key is missing, and " + count + " of the trace's " +
                     std::to_string(recording.connections.size()) +
                     " connections have no duration. Write hold = \"200ms\", or what they last");
    }
    if (recording.withoutHold == 0 && said)
    {
        scenario.notes.push_back(replay.node->path +
                                 ".hold is not used: the trace has every connection's duration.");
    }
}

void
NoteWhatIsLost(const Replay& replay, const Recording& recording, Scenario& scenario)
{
    const auto note = [&](std::uint64_t count, const std::string& what) {
        if (count > 0)
        {
            scenario.notes.push_back(replay.node->path + ": " + what);
        }
    };
    const TraceCounts& counts = replay.trace.counts;
    const std::uint64_t otherRows = counts.icmpRows + counts.otherProtocolRows;
    const std::size_t all = replay.trace.connections.size();
    const std::size_t late = all - recording.connections.size();
    note(late,
         std::to_string(late) + " of the trace's " + std::to_string(all) +
             " connections start after the end (" + FormatDuration(scenario.workload.duration) +
             ") and are left out.");
    note(otherRows,
         std::to_string(otherRows) + " of the trace's " + std::to_string(counts.rows) +
             " rows are neither TCP nor UDP and are left out.");
    note(recording.withCloser,
         "the trace says for " + std::to_string(recording.withCloser) + " of " +
             std::to_string(recording.connections.size()) +
             " connections who closed them; this version draws it from closes.");
}

} // namespace

Duration
LengthOf(const Trace& trace)
{
    const auto last = trace.connections.back().start.time_since_epoch();
    return std::chrono::floor<std::chrono::seconds>(last) + std::chrono::seconds(1);
}

void
BindReplay(const Replay& replay, const Section& top, Scenario& scenario)
{
    Workload& workload = scenario.workload;
    CheckMachines(replay, top, workload);
    Recording recording = Record(replay.trace, At(workload.duration));
    CheckHold(replay, recording, scenario);
    NoteWhatIsLost(replay, recording, scenario);

    Traffic& traffic = workload.traffic[replay.traffic];
    HostGroup& group = workload.hosts[traffic.from];
    Service& service = workload.services[traffic.to];
    group.count = static_cast<std::uint32_t>(recording.hosts.size());
    group.recordedAddresses = std::move(recording.hosts);
    service.addresses = static_cast<std::uint32_t>(recording.endpoints.size());
    service.recordedEndpoints = std::move(recording.endpoints);
    traffic.arrivals = RecordedArrivals{
        std::make_shared<const std::vector<RecordedConnection>>(std::move(recording.connections))};
}

} // namespace portlab
