// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/flow/flow-statistics.h"

#include <algorithm>

namespace portlab
{

namespace
{

constexpr std::uint32_t UNSEEN = 0;
constexpr std::uint32_t UNWATCHED = ~std::uint32_t{0};

} // namespace

FlowStatistics::FlowStatistics(const Topology& topology)
    : pairs(topology.pairs.size()),
      streams(topology.streams.size()),
      groups(topology.workload.hosts.size()),
      tupleCollisions(topology.workload.services.size(), 0),
      m_topology(topology),
      m_watchedOfGroup(groups.size(), 0)
{
}

void
FlowStatistics::Asked(std::uint32_t stream,
                      std::uint32_t pair,
                      Search search,
                      std::uint32_t probes,
                      bool isCounted)
{
    ++pairs[pair].attemptsOfRun;
    pairs[pair].probesOfRun += probes;
    if (isCounted)
    {
        ++streams[stream].attempts;
        groups[m_topology.pairs[pair].group].probes[static_cast<std::size_t>(search)].Add(probes);
    }
}

void
FlowStatistics::Granted(std::uint32_t path, Port port, Instant now, bool isCounted)
{
    PairStatistics& pair = pairs[m_topology.paths[path].pair];
    RaisePeaks(pair, path);
    const std::uint32_t host = m_topology.ledger.HostOf(path);
    if (host == m_topology.groupFirstHost[m_topology.hostGroups[host]])
    {
        WatchReuse(path, port, now, isCounted);
    }
}

void
FlowStatistics::RaisePeaks(PairStatistics& pair, std::uint32_t path) const
{
    const PortLedger& ledger = m_topology.ledger;
    RaisePeak(pair.used, path, ledger.UsedBy(path));
    RaisePeak(pair.taken, path, ledger.TakenFrom(path));
}

void
FlowStatistics::RaisePeak(PortPeak& peak, std::uint32_t path, std::uint32_t ports) const
{
    const bool isHigher = peak.path == path || peak.path == NO_PATH
                              ? ports > peak.ports
                              : std::uint64_t{ports} * UsableBy(peak.path) >
                                    std::uint64_t{peak.ports} * UsableBy(path);
    if (isHigher)
    {
        peak = {ports, path};
    }
}

std::uint32_t
FlowStatistics::Usable(std::uint32_t pair, const PortPeak& peak) const
{
    const std::uint32_t host = m_topology.groupFirstHost[m_topology.pairs[pair].group];
    return peak.path != NO_PATH ? UsableBy(peak.path) : m_topology.ledger.Rules(host).tcp.usable;
}

/// A port that a program chose is one of many: that it is in use does not mean that ports run out.
std::uint32_t
FlowStatistics::UsableBy(std::uint32_t path) const
{
    const PortLedger& ledger = m_topology.ledger;
    return ledger.HasFixedPort(path) ? ledger.Pool(path).usable : ledger.Usable(path);
}

LogHistogram
GroupStatistics::AllProbes() const
{
    LogHistogram all;
    for (const LogHistogram& some : probes)
    {
        all.Add(some);
    }
    return all;
}

void
FlowStatistics::WatchReuse(std::uint32_t path, Port port, Instant now, bool isCounted)
{
    const std::uint32_t host = m_topology.ledger.HostOf(path);
    const std::uint32_t group = m_topology.hostGroups[host];
    const PortRange& range = m_topology.ledger.Pool(path).range;
    if (path >= m_watched.size())
    {
        m_watched.resize(path + 1, UNSEEN);
    }
    if (m_watched[path] == UNSEEN)
    {
        const bool hasRoom = m_watchedOfGroup[group] < WATCHED_PATHS;
        m_watched[path] = UNWATCHED;
        if (hasRoom)
        {
            ++m_watchedOfGroup[group];
            m_lastGrants.emplace_back(range.Count() + 1, NEVER);
            m_watched[path] = static_cast<std::uint32_t>(m_lastGrants.size());
        }
    }
    if (m_watched[path] == UNWATCHED)
    {
        return;
    }
    // The one fixed port of a path may lie outside: its place is behind the range.
    const std::uint32_t place =
        range.Contains(port) ? std::uint32_t{port} - range.First() : range.Count();
    Instant& last = m_lastGrants[m_watched[path] - 1][place];
    if (last != NEVER && isCounted)
    {
        GroupStatistics& statistics = groups[group];
        const Duration apart = now - last;
        statistics.reuseMin = std::min(statistics.reuseMin.value_or(apart), apart);
        statistics.reuse.Add(static_cast<std::uint64_t>(apart / std::chrono::milliseconds(1)));
    }
    last = now;
}

void
FlowStatistics::HandshakeBegan(std::uint32_t stream,
                               Transport transport,
                               Instant now,
                               Instant established)
{
    CatchUp(stream, now);
    if (transport == Transport::Udp)
    {
        ++streams[stream].plain[static_cast<std::size_t>(transport)];
        ++pairs[m_topology.streams[stream].pair].connected;
        return;
    }
    streams[stream].handshakes.push_back(established);
}

void
FlowStatistics::CatchUp(std::uint32_t stream, Instant now)
{
    StreamStatistics& statistics = streams[stream];
    while (!statistics.handshakes.empty() && statistics.handshakes.front() <= now)
    {
        statistics.handshakes.pop_front();
        ++statistics.plain[static_cast<std::size_t>(Transport::Tcp)];
        ++pairs[m_topology.streams[stream].pair].connected;
    }
}

void
FlowStatistics::Failed(std::uint32_t path, const FailureScene& scene, bool isCounted)
{
    PairStatistics& pair = pairs[m_topology.paths[path].pair];
    ++pair.failuresOfRun;
    if (isCounted)
    {
        ++pair.failed[static_cast<std::size_t>(scene.reason)];
    }
    auto& first = pair.firstFailures[static_cast<std::size_t>(scene.reason)];
    if (!first)
    {
        first = scene;
    }
}

void
FlowStatistics::BecomeWarm()
{
    for (PairStatistics& pair : pairs)
    {
        pair.attemptsBeforeWarm = pair.attemptsOfRun;
        pair.used = {};
        pair.taken = {};
    }
    for (std::uint32_t path = 0; path < m_topology.paths.size(); ++path)
    {
        if (m_topology.paths[path].pair != PathInfo::NOBODY)
        {
            RaisePeaks(pairs[m_topology.paths[path].pair], path);
        }
    }
}

std::uint64_t
FlowStatistics::AttemptsOfRun() const
{
    std::uint64_t sum = 0;
    for (const PairStatistics& pair : pairs)
    {
        sum += pair.attemptsOfRun;
    }
    return sum;
}

} // namespace portlab
