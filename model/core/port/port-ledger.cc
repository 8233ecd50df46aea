// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/port-ledger.h"

#include "model/core/base/check.h"
#include "model/core/port/boot-phase.h"

#include <algorithm>
#include <utility>

namespace portlab
{

namespace
{

/// The spaces of a host whose ports do not concern each other.
enum Space : std::uint8_t
{
    COMMON = 0,
    OF_BIND = 1, ///< Beside an auto-reuse range.
    OF_IPV6 = 2,
};

/// The parts of a flow that the uniqueness rule looks at. UDP sockets never share a port.
FlowKey
ScopeKey(const PortRules& rules,
         std::uint32_t host,
         Transport transport,
         const Flow& flow,
         const SocketOptions& options)
{
    const bool isOfBind =
        transport == Transport::Tcp && rules.bind && options.manner != PortManner::Connect;
    const bool isOfIpv6 = options.ipv6 && rules.ipVersions != IpVersions::OneSpace;
    FlowKey key{host, transport};
    key.space =
        static_cast<std::uint8_t>((isOfBind ? OF_BIND : COMMON) | (isOfIpv6 ? OF_IPV6 : COMMON));
    if (transport == Transport::Udp || isOfBind || rules.uniqueness == Uniqueness::LocalPort)
    {
        return key;
    }
    if (rules.uniqueness != Uniqueness::RemoteEnd)
    {
        key.local = flow.local;
    }
    if (rules.uniqueness != Uniqueness::LocalAddressAndPort)
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
    const bool isApart = profile.ipVersions.value == IpVersions::SeparateStates;
    m_kernels.push_back(
        {MakePolicies(profile, secret),
         isApart ? std::make_unique<MachinePolicies>(MakePolicies(profile, secret.With("ipv6")))
                 : nullptr,
         TimeSinceBoot(secret.With("tcp"))});
    return static_cast<KernelId>(m_kernels.size() - 1);
}

PortLedger::HostId
PortLedger::AddHost(KernelId kernel, std::shared_ptr<const PortRules> rules, bool binds)
{
    Check(kernel < m_kernels.size(), "a host needs a kernel that was added");
    const WaitingTime time{rules->timeWait.remote, rules->timeWaitGrid, m_kernels[kernel].boot};
    m_hosts.push_back({kernel, std::move(rules), WaitingLine(time)});
    const PortRules& own = *m_hosts.back().rules;
    if (!own.WaitsAlike())
    {
        OpenLines(m_hosts.back());
    }
    if (binds)
    {
        m_hosts.back().binds = static_cast<std::uint32_t>(m_binds.size());
        for (const Transport transport : {Transport::Tcp, Transport::Udp})
        {
            m_binds.emplace_back(own.PoolOf(transport, PortManner::Bind).range, own.repairsBuckets);
        }
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
    path.host = host;
    path.transport = transport;
    path.flow = flow;
    path.options = options;
    path.pool = &owner.rules->PoolOf(transport, options.manner);
    path.scope = OpenScope(host, path);
    path.isPlain = !binds && !options.range;
    path.early = EarlyReuse(owner, transport, options);
    owner.takesEarly = owner.takesEarly || path.early != Early::Never;
    owner.isIntricate = owner.isIntricate || owner.takesEarly;
    path.usable = UsableBy(path);
    if (m_scopes[path.scope].live != NONE)
    {
        path.waiting = AddSet(path.pool->range);
    }
    m_paths.push_back(path);
    return static_cast<PathId>(m_paths.size() - 1);
}

/// Ports that a new path may have when nobody uses any.
std::uint32_t
PortLedger::UsableBy(const Path& path) const
{
    if (path.options.manner == PortManner::Fixed)
    {
        return 1;
    }
    const std::uint32_t ports =
        path.options.range ? path.pool->UsableIn(*path.options.range) : path.pool->usable;
    const auto& most = m_hosts[path.host].rules->maxSockets;
    return most && path.transport == Transport::Tcp ? std::min(ports, *most) : ports;
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
    const bool afterDelay = rules.reuse == TimeWaitReuse::AfterDelay ||
                            (rules.reuse == TimeWaitReuse::AfterDelayOnLoopback &&
                             options.place == PeerPlace::Loopback);
    return afterDelay && !isBound ? Early::AfterDelay
           : mayBeBound && (isBound || options.reuseAddress || options.reusePort) ? Early::AtOnce
                                                                                  : Early::Never;
}

std::uint32_t
PortLedger::OpenScope(HostId id, const Path& path)
{
    const Host& host = m_hosts[id];
    const auto [known, isNew] =
        m_scopeTable.try_emplace(ScopeKey(*host.rules, id, path.transport, path.flow, path.options),
                                 static_cast<std::uint32_t>(m_scopes.size()));
    if (isNew)
    {
        m_scopes.push_back({PortSet(path.pool->range)});
        const bool servesOthers = host.rules->reuse == TimeWaitReuse::OtherPeersWhenExhausted ||
                                  (host.rules->bindsOverTimeWait && host.binds != NONE);
        if (servesOthers && path.transport == Transport::Tcp)
        {
            m_scopes.back().live = AddSet(path.pool->range);
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
    if (!HasRoomForSocket(m_hosts[path.host], path, now))
    {
        return {};
    }
    const SocketOptions& options = path.options;
    const PortAsk ask{path.flow, now, path.memo, random, options.range, options.reuseAddress};
    const Grant grant = BindsFirst(path) ? AskByBind(path, ask) : AskByConnect(path, ask);
    if (grant.port)
    {
        Hold(id, *grant.port, now);
    }
    return grant;
}

/// Whether one more socket may be, if need be in the place of the oldest TIME_WAIT.
bool
PortLedger::HasRoomForSocket(Host& host, const Path& path, Instant now)
{
    const auto& most = host.rules->maxSockets;
    if (!most || path.transport == Transport::Udp || host.tcpSockets < *most)
    {
        return true;
    }
    if (host.waiting.Count() == 0)
    {
        return false;
    }
    EndOldest(host, now);
    return true;
}

/// The ports that connect() may choose.
FreePorts
PortLedger::OpenToConnect(const Path& path) const
{
    FreePorts free(path.pool->range);
    free.Exclude(m_scopes[path.scope].taken);
    if (path.pool->reserved)
    {
        free.Exclude(*path.pool->reserved);
    }
    // Those of bind() are others where it has its own.
    if (const BindTable* binds = BindsOf(path); binds && !m_hosts[path.host].rules->bind)
    {
        free.Exclude(binds->Owned());
    }
    return free;
}

PortPolicy&
PortLedger::PolicyOf(const Path& path)
{
    Kernel& kernel = m_kernels[m_hosts[path.host].kernel];
    MachinePolicies& policies = kernel.ipv6 && path.options.ipv6 ? *kernel.ipv6 : kernel.policies;
    if (path.transport == Transport::Udp)
    {
        return policies.udp;
    }
    return policies.bind && path.options.manner != PortManner::Connect ? *policies.bind
                                                                       : policies.tcp;
}

Grant
PortLedger::AskByConnect(const Path& path, const PortAsk& ask)
{
    const FreePorts free = OpenToConnect(path);
    const Pick pick =
        std::visit([&](auto& choice) { return choice.Choose(free, ask); }, PolicyOf(path));
    const Grant grant{pick.port, Refusal::NoFreePort, pick.probes};
    const bool triesAgain =
        !grant.port && m_hosts[path.host].rules->reuse == TimeWaitReuse::OtherPeersWhenExhausted;
    return triesAgain && path.waiting != NONE ? AskOtherPeers(path, grant, ask) : grant;
}

/// The second search of a system that reuses ports in TIME_WAIT for other peers.
Grant
PortLedger::AskOtherPeers(const Path& path, const Grant& firstTry, const PortAsk& ask)
{
    const PortPool& pool = *path.pool;
    const PortSet& live = m_sets[m_scopes[path.scope].live];
    FreePorts reusable(pool.range);
    reusable.Exclude(live);
    reusable.Exclude(m_sets[path.waiting]);
    if (const BindTable* binds = BindsOf(path))
    {
        reusable.Exclude(binds->Owned());
    }
    if (pool.reserved)
    {
        reusable.Exclude(*pool.reserved);
    }
    const Pick pick =
        std::visit([&](auto& choice) { return choice.Choose(reusable, ask); }, PolicyOf(path));
    const Refusal refusal =
        live.Count() < pool.usable ? Refusal::TimeWaitCollision : Refusal::NoFreePort;
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
    host.tcpSockets += path.transport == Transport::Tcp ? 1 : 0;
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
    const PortPool& pool = *path.pool;
    Census census;
    census.held = scope.held;
    census.waiting = scope.taken.Count() - scope.held + scope.matured;
    census.reserved = pool.range.Count() - pool.usable;
    if (const BindTable* binds = BindsOf(path); binds && path.transport == Transport::Tcp)
    {
        census.blocked = BindsFirst(path) ? binds->CountUsed(WishOf(path)) - scope.taken.Count()
                                          : OwnedByOthers(path);
        census.outside = scope.outside;
    }
    census.free = pool.usable - census.held - census.waiting - census.blocked;
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
    for (const auto& lines : m_nearLines)
    {
        bytes += sizeof(lines) + lines[0].MemoryBytes() + lines[1].MemoryBytes();
    }
    return bytes;
}

} // namespace portlab
