// SPDX-License-Identifier: GPL-2.0-only

// What a run has to say at its end.

#include "model/core/base/check.h"
#include "model/core/flow/flow-engine.h"
#include "model/core/flow/nat-chain.h"
#include "model/core/flow/nat-results.h"
#include "model/core/flow/search-cost.h"
#include "model/core/flow/verdict.h"

#include <algorithm>
#include <cmath>

namespace portlab
{

namespace
{

template <typename T>
void
TakeEarlier(std::optional<T>& earliest, const std::optional<T>& other)
{
    if (other && (!earliest || *other < *earliest))
    {
        earliest = other;
    }
}

std::optional<Instant>
FirstFailureOf(const PairStatistics& pair)
{
    std::optional<Instant> first;
    for (const auto& scene : pair.firstFailures)
    {
        TakeEarlier(first, scene ? std::optional(scene->time) : std::nullopt);
    }
    return first;
}

void
AddProbes(const LogHistogram& probes, HostResult& result)
{
    if (probes.Count() == 0)
    {
        return;
    }
    result.probesMean = static_cast<double>(probes.Sum()) / static_cast<double>(probes.Count());
    result.probesP50 = static_cast<std::uint64_t>(std::llround(probes.Quantile(0.5)));
    result.probesP99 = static_cast<std::uint64_t>(std::llround(probes.Quantile(0.99)));
    result.probesMax = probes.Max();
}

/// What the searches of TCP cost, if all their costs are known.
void
AddSearchCost(const GroupStatistics& group, const ProbeCost& cost, HostResult& result)
{
    SearchCost sum;
    sum.Add(group.probes[static_cast<std::size_t>(Search::Connect)], cost.connect);
    sum.Add(group.probes[static_cast<std::size_t>(Search::Bind)], cost.bind);
    if (!sum.IsKnown())
    {
        return;
    }
    result.searchNsMean = sum.Mean();
    result.searchNsP50 = static_cast<std::uint64_t>(std::llround(sum.Quantile(0.5)));
    result.searchNsP99 = static_cast<std::uint64_t>(std::llround(sum.Quantile(0.99)));
    result.searchNsMax = static_cast<std::uint64_t>(std::llround(sum.Max()));
}

/// The bins in use, with their limits divided by `unit`.
Histogram
Bins(const LogHistogram& source,
     const char* entity,
     const std::string& name,
     const char* quantity,
     double unit)
{
    Histogram histogram{entity, name, quantity, {}};
    for (std::size_t bin = 0; bin < source.BinCount(); ++bin)
    {
        if (source.CountIn(bin) > 0)
        {
            histogram.bins.push_back({static_cast<double>(LogHistogram::LowOf(bin)) / unit,
                                      static_cast<double>(LogHistogram::HighOf(bin)) / unit,
                                      source.CountIn(bin)});
        }
    }
    return histogram;
}

} // namespace

RunResult
FlowEngine::Finish()
{
    for (std::uint32_t stream = 0; stream < m_topology.streams.size(); ++stream)
    {
        m_statistics.CatchUp(stream, m_now);
    }
    for (PairStatistics& pair : m_statistics.pairs)
    {
        pair.attemptsBeforeWarm = m_isWarm ? pair.attemptsBeforeWarm : pair.attemptsOfRun;
    }
    RunResult result;
    result.simulated = m_now.time_since_epoch();
    result.connections = m_statistics.AttemptsOfRun();
    for (std::uint32_t group = 0; group < m_workload.hosts.size(); ++group)
    {
        result.hosts.push_back(GroupResult(group));
    }
    for (std::uint32_t stream = 0; stream < m_topology.streams.size(); ++stream)
    {
        result.traffic.push_back(StreamResult(stream));
    }
    for (std::uint32_t pair = 0; pair < m_topology.pairs.size(); ++pair)
    {
        result.pairs.push_back(PairResultOf(pair));
    }
    for (std::uint32_t service = 0; service < m_workload.services.size(); ++service)
    {
        result.services.push_back(ServiceResultOf(service));
    }
    for (std::uint32_t nat = 0; nat < m_workload.nats.size(); ++nat)
    {
        const Duration counted = m_now > m_warmup ? m_now - m_warmup : Duration{0};
        result.nats.push_back(
            NatResultOf(m_workload.nats[nat], nat, m_topology.border, counted, m_now));
    }
    result.series = m_sampler.AllSeries();
    result.histograms = Histograms();
    result.verdict = Judge(m_topology, m_statistics);
    return result;
}

HostResult
FlowEngine::GroupResult(std::uint32_t group)
{
    const HostGroup& hosts = m_workload.hosts[group];
    HostResult result;
    result.name = hosts.name;
    result.os = hosts.profile.name;
    result.count = hosts.count;
    for (std::uint32_t number = 0; number < m_topology.pairs.size(); ++number)
    {
        const PairStatistics& pair = m_statistics.pairs[number];
        if (m_topology.pairs[number].group == group)
        {
            result.attempts += pair.Attempts();
            result.connected += pair.connected;
            for (std::size_t reason = 0; reason < FAILURE_COUNT; ++reason)
            {
                result.failed[reason] += pair.failed[reason];
            }
            TakeEarlier(result.firstFailure, FirstFailureOf(pair));
        }
    }
    const std::uint64_t settled = result.connected + Total(result.failed);
    Check(settled <= result.attempts, "more outcomes than attempts");
    result.pending = result.attempts - settled;
    if (result.attempts > 0)
    {
        result.failedShare =
            static_cast<double>(Total(result.failed)) / static_cast<double>(result.attempts);
    }
    AddPorts(group, result);
    AddProbes(m_statistics.groups[group].AllProbes(), result);
    AddSearchCost(m_statistics.groups[group], hosts.profile.probeCost.value, result);
    result.portReuseMin = m_statistics.groups[group].reuseMin;
    return result;
}

/// Means over hosts and time, peaks of the worst host.
void
FlowEngine::AddPorts(std::uint32_t group, HostResult& result)
{
    PortLedger& ledger = m_topology.ledger;
    const std::uint32_t first = m_topology.groupFirstHost[group];
    double held = 0;
    double waiting = 0;
    for (std::uint32_t host = first; host < first + result.count; ++host)
    {
        ledger.CatchUp(host, m_now);
        held += static_cast<double>(ledger.Held(host).AreaAt(m_now) - m_heldAreaAtWarmup[host]);
        waiting +=
            static_cast<double>(ledger.Waiting(host).AreaAt(m_now) - m_waitingAreaAtWarmup[host]);
        result.portsHeldPeak =
            std::max<std::uint64_t>(result.portsHeldPeak, ledger.Held(host).Peak());
        result.timeWaitPeak =
            std::max<std::uint64_t>(result.timeWaitPeak, ledger.Waiting(host).Peak());
    }
    const Duration counted = m_now - m_warmup;
    if (counted > Duration{0})
    {
        const double hostTime = static_cast<double>(counted.count()) * result.count;
        result.portsHeldMean = held / hostTime;
        result.timeWaitMean = waiting / hostTime;
    }
}

TrafficResult
FlowEngine::StreamResult(std::uint32_t number)
{
    const Stream& stream = m_topology.streams[number];
    const StreamStatistics& statistics = m_statistics.streams[number];
    TrafficResult result;
    result.name = stream.name;
    result.requests = statistics.requests;
    result.requestsFailed = statistics.requestsFailed;
    result.attempts = statistics.attempts;
    result.retries = statistics.retries;
    const LogHistogram delay = ConnectDelay(number);
    if (delay.Count() > 0)
    {
        result.connectDelayP50 = Duration{std::llround(delay.Quantile(0.5))};
        result.connectDelayP99 = Duration{std::llround(delay.Quantile(0.99))};
    }
    return result;
}

/// Plain connections were only counted: each took one round trip, or none at all for UDP.
LogHistogram
FlowEngine::ConnectDelay(std::uint32_t number) const
{
    const StreamStatistics& statistics = m_statistics.streams[number];
    const Duration rtt = m_workload.services[m_topology.streams[number].to].rtt;
    LogHistogram delay = statistics.connectDelay;
    if (statistics.plain[0] > 0)
    {
        delay.Add(static_cast<std::uint64_t>(rtt.count()), statistics.plain[0]);
    }
    if (statistics.plain[1] > 0)
    {
        delay.Add(0, statistics.plain[1]);
    }
    return delay;
}

PairResult
FlowEngine::PairResultOf(std::uint32_t number) const
{
    const Pair& pair = m_topology.pairs[number];
    const PairStatistics& statistics = m_statistics.pairs[number];
    PairResult result;
    result.from = m_workload.hosts[pair.group].name;
    for (const std::uint32_t nat : NatChain(m_workload, pair.group, pair.service))
    {
        result.through.push_back(m_workload.nats[nat].name);
    }
    result.to = m_workload.services[pair.service].name;
    result.attempts = statistics.Attempts();
    result.failed = statistics.failed;
    result.portsUsedPeak = statistics.used.ports;
    result.portsUsable = m_statistics.Usable(number, statistics.used);
    result.utilisationPeak =
        static_cast<double>(statistics.used.ports) / static_cast<double>(result.portsUsable);
    result.firstFailure = FirstFailureOf(statistics);
    return result;
}

ServiceResult
FlowEngine::ServiceResultOf(std::uint32_t number)
{
    ServiceResult result;
    result.name = m_workload.services[number].name;
    result.tupleCollisions = m_statistics.tupleCollisions[number];
    for (std::uint32_t pair = 0; pair < m_topology.pairs.size(); ++pair)
    {
        if (m_topology.pairs[pair].service == number)
        {
            result.accepted += m_statistics.pairs[pair].connected;
        }
    }
    for (const ServiceEndpoint& endpoint : m_topology.endpoints[number])
    {
        result.timeWaitPeak = std::max<std::uint64_t>(result.timeWaitPeak,
                                                      m_peerWaits.Waiting(endpoint.machine).Peak());
    }
    return result;
}

std::vector<Histogram>
FlowEngine::Histograms() const
{
    std::vector<Histogram> all;
    for (std::uint32_t group = 0; group < m_workload.hosts.size(); ++group)
    {
        const GroupStatistics& statistics = m_statistics.groups[group];
        const std::string& name = m_workload.hosts[group].name;
        all.push_back(Bins(statistics.AllProbes(), "hosts", name, "probes", 1));
        all.push_back(Bins(statistics.reuse, "hosts", name, "port_reuse_s", 1e3));
    }
    for (std::uint32_t stream = 0; stream < m_topology.streams.size(); ++stream)
    {
        all.push_back(Bins(ConnectDelay(stream),
                           "traffic",
                           m_topology.streams[stream].name,
                           "connect_delay_s",
                           1e9));
    }
    return all;
}

} // namespace portlab
