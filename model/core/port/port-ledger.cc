// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/port-ledger.h"

#include "model/core/base/check.h"
#include "model/core/port/boot-phase.h"

#include <utility>

namespace portlab
{

namespace
{

/// The parts of a flow that the uniqueness rule looks at. UDP sockets never share a port.
FlowKey
ScopeKey(Uniqueness uniqueness, std::uint32_t host, Transport transport, const Flow& flow)
{
    FlowKey key{host, transport};
    if (transport == Transport::Udp || uniqueness == Uniqueness::LocalPort)
    {
        return key;
    }
    key.local = flow.local;
    if (uniqueness == Uniqueness::Destination)
    {
        key.remote = flow.remote;
        key.remotePort = flow.remotePort;
    }
    return key;
}

} // namespace

PortLedger::KernelId
PortLedger::AddKernel(const OsProfile& profile, StreamKey secret)
{
    const PortRange& range = profile.ports.value;
    m_kernels.push_back({MakePolicy(profile.tcp.value, range, secret.With("tcp")),
                         MakePolicy(profile.udp.value, range, secret.With("udp")),
                         TimeSinceBoot(secret.With("tcp"))});
    return static_cast<KernelId>(m_kernels.size() - 1);
}

PortLedger::HostId
PortLedger::AddHost(KernelId kernel, std::shared_ptr<const PortRules> rules)
{
    Check(kernel < m_kernels.size(), "a host needs a kernel that was added");
    const WaitingTime time{rules->timeWait, rules->timeWaitGrid, m_kernels[kernel].boot};
    const bool takesEarly = rules->reuse == TimeWaitReuse::AfterDelay;
    m_hosts.push_back({kernel, std::move(rules), WaitingLine(time)});
    m_hosts.back().takesEarly = takesEarly;
    return static_cast<HostId>(m_hosts.size() - 1);
}

PortLedger::PathId
PortLedger::OpenPath(HostId host, Transport transport, const Flow& flow)
{
    const FlowKey key{host, transport, flow.local, flow.remote, flow.remotePort};
    const auto [known, isNew] =
        m_pathTable.try_emplace(key, static_cast<std::uint32_t>(m_paths.size()));
    if (!isNew)
    {
        return known->second;
    }
    Path path;
    path.scope = OpenScope(host, transport, flow);
    path.host = host;
    path.transport = transport;
    path.flow = flow;
    if (m_scopes[path.scope].live != NONE)
    {
        path.waiting = AddSet(m_hosts[host].rules->range);
    }
    m_paths.push_back(path);
    return static_cast<PathId>(m_paths.size() - 1);
}

std::uint32_t
PortLedger::OpenScope(HostId host, Transport transport, const Flow& flow)
{
    const PortRules& rules = *m_hosts[host].rules;
    const auto [known, isNew] =
        m_scopeTable.try_emplace(ScopeKey(rules.uniqueness, host, transport, flow),
                                 static_cast<std::uint32_t>(m_scopes.size()));
    if (isNew)
    {
        m_scopes.push_back({PortSet(rules.range)});
        if (rules.reuse == TimeWaitReuse::OtherPeersWhenExhausted && transport == Transport::Tcp)
        {
            m_scopes.back().live = AddSet(rules.range);
        }
    }
    return known->second;
}

std::uint32_t
PortLedger::AddSet(const PortRange& range)
{
    m_sets.emplace_back(range);
    return static_cast<std::uint32_t>(m_sets.size() - 1);
}

Grant
PortLedger::Ask(PathId id, Instant now, Random& random)
{
    Path& path = m_paths[id];
    Host& host = m_hosts[path.host];
    CatchUp(path.host, now);
    const PortRules& rules = *host.rules;
    FreePorts free(rules.range);
    free.Exclude(m_scopes[path.scope].taken);
    if (rules.reserved)
    {
        free.Exclude(*rules.reserved);
    }
    const PortAsk ask{path.flow, now, path.memo, random};
    Kernel& kernel = m_kernels[host.kernel];
    PortPolicy& policy = path.transport == Transport::Tcp ? kernel.tcp : kernel.udp;
    const Pick pick = std::visit([&](auto& choice) { return choice.Choose(free, ask); }, policy);
    Grant grant{pick.port, Refusal::NoFreePort, pick.probes};
    if (!grant.port && path.waiting != NONE)
    {
        grant = AskOtherPeers(path, grant, ask);
    }
    if (grant.port)
    {
        Hold(id, *grant.port, now);
    }
    return grant;
}

/// The second search of a system that reuses ports in TIME_WAIT for other peers.
Grant
PortLedger::AskOtherPeers(const Path& path, const Grant& firstTry, const PortAsk& ask)
{
    const Host& host = m_hosts[path.host];
    const PortSet& live = m_sets[m_scopes[path.scope].live];
    FreePorts reusable(host.rules->range);
    reusable.Exclude(live);
    reusable.Exclude(m_sets[path.waiting]);
    if (host.rules->reserved)
    {
        reusable.Exclude(*host.rules->reserved);
    }
    const Pick pick = std::visit([&](auto& choice) { return choice.Choose(reusable, ask); },
                                 m_kernels[host.kernel].tcp);
    const Refusal refusal =
        live.Count() < host.rules->usable ? Refusal::TimeWaitCollision : Refusal::NoFreePort;
    return {pick.port, refusal, firstTry.probes + pick.probes};
}

void
PortLedger::Hold(PathId id, Port port, Instant now)
{
    Path& path = m_paths[id];
    Host& host = m_hosts[path.host];
    Scope& scope = m_scopes[path.scope];
    const bool isClean = scope.taken.Insert(port);
    if (scope.live != NONE)
    {
        Check(m_sets[scope.live].Insert(port), "a port was handed out while it was held");
        if (!isClean)
        {
            m_crowded.try_emplace(Key(path.scope, port), 1u);
        }
    }
    else
    {
        Check(isClean, "a port was handed out while it was taken");
    }
    if (host.takesEarly)
    {
        TakeEarly(host, path.scope, port, now);
    }
    ++scope.held;
    ++path.used;
    host.held.Enter(now);
}

void
PortLedger::ResetPeaks(HostId id)
{
    m_hosts[id].held.ResetPeak();
    m_hosts[id].waiting.ResetPeak();
}

Census
PortLedger::CountPorts(PathId id) const
{
    const Path& path = m_paths[id];
    const Scope& scope = m_scopes[path.scope];
    const PortRules& rules = *m_hosts[path.host].rules;
    Census census;
    census.held = scope.held;
    census.waiting = scope.taken.Count() - scope.held + scope.matured;
    census.reserved = rules.range.Count() - rules.usable;
    census.free = rules.usable - census.held - census.waiting;
    return census;
}

std::size_t
PortLedger::MemoryBytes() const
{
    // A slot of the maps: key and value, and what robin_map adds.
    constexpr std::size_t slotBytes = sizeof(std::pair<std::uint64_t, std::uint32_t>) + 8;
    std::size_t bytes = m_paths.size() * sizeof(Path) + m_scopes.size() * sizeof(Scope) +
                        (m_waitNumbers.bucket_count() + m_crowded.bucket_count()) * slotBytes;
    for (const Scope& scope : m_scopes)
    {
        bytes += scope.taken.MemoryBytes();
    }
    for (const PortSet& set : m_sets)
    {
        bytes += sizeof(PortSet) + set.MemoryBytes();
    }
    for (const Host& host : m_hosts)
    {
        bytes += sizeof(Host) + host.line.MemoryBytes();
    }
    return bytes;
}

} // namespace portlab
