// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/flow/sampler.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace portlab
{

Sampler::Sampler(Topology& topology, FlowStatistics& statistics, Duration interval)
    : m_topology(topology),
      m_statistics(statistics),
      m_interval(interval),
      m_next(interval > Duration{0} ? At(interval) : NEVER)
{
    const Workload& workload = topology.workload;
    for (const HostGroup& group : workload.hosts)
    {
        for (const char* quantity : {"ports_held", "time_wait", "probes_mean"})
        {
            m_series.push_back({"hosts", group.name, quantity, {}});
        }
    }
    for (const Pair& pair : topology.pairs)
    {
        const std::string name =
            workload.hosts[pair.group].name + "->" + workload.services[pair.service].name;
        for (const char* quantity : {"attempts_per_s", "failed_per_s", "ports_used"})
        {
            m_series.push_back({"pairs", name, quantity, {}});
        }
    }
    for (const Service& service : workload.services)
    {
        m_series.push_back({"services", service.name, "time_wait", {}});
    }
    for (const NatGroup& nat : workload.nats)
    {
        m_series.push_back({"nats", nat.name, "mappings", {}});
        for (const char* const state : NAT_STATE_NAMES)
        {
            m_series.push_back({"nats", nat.name, std::string("mappings_") + state, {}});
        }
        m_series.push_back({"nats", nat.name, "ports_in_use", {}});
        m_series.push_back({"nats", nat.name, "block_ports_in_use", {}});
        m_series.push_back({"nats", nat.name, "dropped_per_s", {}});
    }
    m_totals.resize(m_series.size(), 0);
    m_attempts.resize(workload.hosts.size(), 0);
}

void
Sampler::Take(PeerWaits& peerWaits)
{
    m_column = 0;
    for (std::uint32_t group = 0; group < m_topology.workload.hosts.size(); ++group)
    {
        SampleGroup(group);
    }
    SamplePairs();
    SampleServices(peerWaits);
    for (std::uint32_t nat = 0; nat < m_topology.workload.nats.size(); ++nat)
    {
        SampleNats(nat);
    }
    m_next += m_interval;
}

void
Sampler::Add(double value)
{
    m_series[m_column++].samples.push_back({m_next, value});
}

/// A counter that only grows, as its growth per second since the last sample.
void
Sampler::AddRate(std::uint64_t total)
{
    const std::uint64_t before = m_totals[m_column];
    m_totals[m_column] = total;
    Add(static_cast<double>(total - before) / InSeconds(m_interval));
}

/// Means over the group's hosts.
void
Sampler::SampleGroup(std::uint32_t group)
{
    const std::uint32_t count = m_topology.workload.hosts[group].count;
    const std::uint32_t first = m_topology.groupFirstHost[group];
    std::uint64_t held = 0;
    std::uint64_t waiting = 0;
    for (std::uint32_t host = first; host < first + count; ++host)
    {
        m_topology.ledger.CatchUp(host, m_next);
        held += m_topology.ledger.Held(host).Count();
        waiting += m_topology.ledger.Waiting(host).Count();
    }
    Add(static_cast<double>(held) / count);
    Add(static_cast<double>(waiting) / count);
    AddProbes(group);
}

/// Candidates per connect() since the last sample; NaN without any connect().
void
Sampler::AddProbes(std::uint32_t group)
{
    std::uint64_t attempts = 0;
    std::uint64_t probes = 0;
    for (std::uint32_t pair = 0; pair < m_topology.pairs.size(); ++pair)
    {
        if (m_topology.pairs[pair].group == group)
        {
            attempts += m_statistics.pairs[pair].attemptsOfRun;
            probes += m_statistics.pairs[pair].probesOfRun;
        }
    }
    const std::uint64_t attemptsBefore = std::exchange(m_attempts[group], attempts);
    const std::uint64_t probesBefore = std::exchange(m_totals[m_column], probes);
    Add(attempts == attemptsBefore ? std::numeric_limits<double>::quiet_NaN()
                                   : static_cast<double>(probes - probesBefore) /
                                         static_cast<double>(attempts - attemptsBefore));
}

/// Rates of the whole pair, and the ports in use towards its busiest destination.
void
Sampler::SamplePairs()
{
    std::vector<std::uint32_t> used(m_topology.pairs.size(), 0);
    for (std::uint32_t path = 0; path < m_topology.paths.size(); ++path)
    {
        if (m_topology.paths[path].pair != PathInfo::NOBODY)
        {
            std::uint32_t& most = used[m_topology.paths[path].pair];
            most = std::max(most, m_topology.ledger.UsedBy(path));
        }
    }
    for (std::uint32_t number = 0; number < used.size(); ++number)
    {
        const PairStatistics& pair = m_statistics.pairs[number];
        AddRate(pair.attemptsOfRun);
        AddRate(pair.failuresOfRun);
        Add(used[number]);
    }
}

/// TIME_WAIT entries on all machines of a service.
void
Sampler::SampleServices(PeerWaits& peerWaits)
{
    for (const auto& endpoints : m_topology.endpoints)
    {
        std::uint64_t waiting = 0;
        for (const ServiceEndpoint& endpoint : endpoints)
        {
            peerWaits.CatchUp(endpoint.machine, m_next);
            waiting += peerWaits.Waiting(endpoint.machine).Count();
        }
        Add(static_cast<double>(waiting));
    }
}

/// Of all devices of a group together; ports in use are those of the fullest address.
void
Sampler::SampleNats(std::uint32_t group)
{
    Border& border = m_topology.border;
    const std::uint32_t first = border.FirstDevice(group);
    std::uint64_t mappings = 0;
    std::array<std::uint64_t, NAT_STATE_COUNT> inState{};
    std::uint32_t fullest = 0;
    std::uint64_t inBlocks = 0;
    std::uint64_t dropped = 0;
    for (std::uint32_t device = first; device < first + border.DeviceCount(group); ++device)
    {
        Nat& nat = border.Device(device);
        nat.CatchUp(m_next);
        mappings += nat.Mappings().Count();
        for (std::size_t state = 0; state < NAT_STATE_COUNT; ++state)
        {
            inState[state] += nat.Table().CountIn(static_cast<NatState>(state));
        }
        fullest = std::max(fullest, nat.Ports().Fullest());
        inBlocks += nat.BlockPortsInUse();
        dropped += nat.DroppedOfRun();
    }
    Add(static_cast<double>(mappings));
    for (const std::uint64_t count : inState)
    {
        Add(static_cast<double>(count));
    }
    Add(fullest);
    Add(static_cast<double>(inBlocks));
    AddRate(dropped);
}

} // namespace portlab
