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
    const std::optional<PolicySpec>& bind = profile.bind.value;
    m_kernels.push_back(
        {MakePolicy(profile.tcp.value, range, secret.With("tcp")),
         MakePolicy(profile.udp.value, range, secret.With("udp")),
         bind ? std::optional(MakePolicy(*bind, range, secret.With("bind"))) : std::nullopt,
         TimeSinceBoot(secret.With("tcp"))});
    return static_cast<KernelId>(m_kernels.size() - 1);
}

PortLedger::HostId
PortLedger::AddHost(KernelId kernel, std::shared_ptr<const PortRules> rules, bool binds)
{
    Check(kernel < m_kernels.size(), "a host needs a kernel that was added");
    const WaitingTime time{rules->timeWait, rules->timeWaitGrid, m_kernels[kernel].boot};
    m_hosts.push_back({kernel, std::move(rules), WaitingLine(time)});
    if (binds)
    {
        const PortRules& own = *m_hosts.back().rules;
        m_hosts.back().binds = static_cast<std::uint32_t>(m_binds.size());
        m_binds.emplace_back(own.range, own.repairsBuckets);
        m_binds.emplace_back(own.range, own.repairsBuckets);
    }
    return static_cast<HostId>(m_hosts.size() - 1);
}

PortLedger::PathId
PortLedger::OpenPath(HostId host,
                     Transport transport,
                     const Flow& flow,
                     const SocketOptions& options)
{
    const FlowKey key{host, transport, flow.local, flow.remote, flow.remotePort, options};
    const auto [known, isNew] =
        m_pathTable.try_emplace(key, static_cast<std::uint32_t>(m_paths.size()));
    if (!isNew)
    {
        return known->second;
    }
    Host& owner = m_hosts[host];
    const bool binds = owner.binds != NONE;
    Check(binds || options.manner == PortManner::Connect, "this host was said not to bind");
    Path path;
    path.scope = OpenScope(host, transport, flow);
    path.host = host;
    path.transport = transport;
    path.flow = flow;
    path.options = options;
    path.isPlain = !binds && !options.range;
    path.early = EarlyReuse(owner, transport, options);
    owner.takesEarly = owner.takesEarly || path.early != Early::Never;
    path.usable = options.manner == PortManner::Fixed ? 1
                  : options.range                     ? owner.rules->UsableIn(*options.range)
                                                      : owner.rules->usable;
    if (m_scopes[path.scope].live != NONE)
    {
        path.waiting = AddSet(owner.rules->range);
    }
    m_paths.push_back(path);
    return static_cast<PathId>(m_paths.size() - 1);
}

/// Linux: twsk_unique(), net/ipv4/tcp_ipv4.c, whose callers differ in whether the port was bound.
PortLedger::Early
PortLedger::EarlyReuse(const Host& host, Transport transport, const SocketOptions& options)
{
    const PortRules& rules = *host.rules;
    if (transport == Transport::Udp || !options.timestamps)
    {
        return Early::Never;
    }
    const bool isBound = options.manner != PortManner::Connect;
    const bool mayBeBound = rules.reconnectsAtOnce && host.binds != NONE;
    const bool afterDelay =
        rules.reuse == TimeWaitReuse::AfterDelay ||
        (rules.reuse == TimeWaitReuse::AfterDelayOnLoopback && options.loopback);
    return afterDelay && !isBound ? Early::AfterDelay
           : mayBeBound && (isBound || options.reuseAddress || options.reusePort) ? Early::AtOnce
                                                                                  : Early::Never;
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
    CatchUp(path.host, now);
    const SocketOptions& options = path.options;
    const PortAsk ask{path.flow, now, path.memo, random, options.range, options.reuseAddress};
    const Grant grant = BindsFirst(path) ? AskByBind(path, ask) : AskByConnect(path, ask);
    if (grant.port)
    {
        Hold(id, *grant.port, now);
    }
    return grant;
}

/// The ports that connect() may choose.
FreePorts
PortLedger::OpenToConnect(const Path& path) const
{
    const PortRules& rules = *m_hosts[path.host].rules;
    FreePorts free(rules.range);
    free.Exclude(m_scopes[path.scope].taken);
    if (rules.reserved)
    {
        free.Exclude(*rules.reserved);
    }
    if (const BindTable* binds = BindsOf(path))
    {
        free.Exclude(binds->Owned());
    }
    return free;
}

Grant
PortLedger::AskByConnect(const Path& path, const PortAsk& ask)
{
    const FreePorts free = OpenToConnect(path);
    Kernel& kernel = m_kernels[m_hosts[path.host].kernel];
    PortPolicy& policy = path.transport == Transport::Tcp ? kernel.tcp : kernel.udp;
    const Pick pick = std::visit([&](auto& choice) { return choice.Choose(free, ask); }, policy);
    const Grant grant{pick.port, Refusal::NoFreePort, pick.probes};
    return grant.port || path.waiting == NONE ? grant : AskOtherPeers(path, grant, ask);
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
    if (const BindTable* binds = BindsOf(path))
    {
        reusable.Exclude(binds->Owned());
    }
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
    if (host.takesEarly)
    {
        TakeEarly(host, path.scope, port, now);
    }
    if (path.isPlain)
    {
        TakeAlone(path.scope, port);
    }
    else
    {
        Take(path, port);
    }
    ++path.used;
    host.held.Enter(now);
}

/// Takes a port of the range for one socket.
void
PortLedger::TakeAlone(std::uint32_t scopeId, Port port)
{
    Scope& scope = m_scopes[scopeId];
    const bool isClean = scope.taken.Insert(port);
    if (scope.live != NONE)
    {
        Check(m_sets[scope.live].Insert(port), "a port was handed out while it was held");
        if (!isClean)
        {
            m_crowded.try_emplace(Key(scopeId, port), 1u);
        }
    }
    else
    {
        Check(isClean, "a port was handed out while it was taken");
    }
    ++scope.held;
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
    if (const BindTable* binds = BindsOf(path); binds && path.transport == Transport::Tcp)
    {
        census.blocked = BindsFirst(path) ? binds->CountUsed(WishOf(path)) - scope.taken.Count()
                                          : binds->Owned().Count() - scope.owned;
        census.outside = scope.outside;
    }
    census.free = rules.usable - census.held - census.waiting - census.blocked;
    return census;
}

std::size_t
PortLedger::MemoryBytes() const
{
    // A slot of the maps: key and value, and what robin_map adds.
    constexpr std::size_t slotBytes = sizeof(std::pair<std::uint64_t, std::uint32_t>) + 8;
    const std::size_t slots =
        m_waitNumbers.bucket_count() + m_crowded.bucket_count() + m_counted.bucket_count();
    std::size_t bytes =
        m_paths.size() * sizeof(Path) + m_scopes.size() * sizeof(Scope) + slots * slotBytes;
    for (const BindTable& binds : m_binds)
    {
        bytes += sizeof(BindTable) + binds.MemoryBytes();
    }
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
