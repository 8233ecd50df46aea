// SPDX-License-Identifier: GPL-2.0-only

// The ledger's side of bind(): ports that programs choose, or ask for before they connect, and what
// these mean for everybody else on the host.

#include "model/core/base/check.h"
#include "model/core/port/port-ledger.h"

#include <algorithm>

namespace portlab
{

namespace
{

/// Who shares an automatic port as long as there are others.
Sharing
Unasked(Transport transport)
{
    return transport == Transport::Tcp ? Sharing::Nobody : Sharing::Willing;
}

} // namespace

BindTable*
PortLedger::FindBinds(const Path& path)
{
    const std::uint32_t binds = m_hosts[path.host].binds;
    return binds == NONE ? nullptr : &m_binds[binds + static_cast<std::uint32_t>(path.transport)];
}

const BindTable*
PortLedger::BindsOf(const Path& path) const
{
    const std::uint32_t binds = m_hosts[path.host].binds;
    return binds == NONE ? nullptr : &m_binds[binds + static_cast<std::uint32_t>(path.transport)];
}

/// The path's socket once it has its port. connect() gives it the address of its route, whatever
/// bind() was told; only a socket that is not connected can be one of any address.
BoundSocket
PortLedger::SocketOf(const Path& path, Port port)
{
    BoundSocket socket;
    socket.port = port;
    if (!path.options.wildcard || IsConnected(path.flow))
    {
        socket.local = path.flow.local;
    }
    socket.isOwner = path.options.manner != PortManner::Connect;
    socket.reuseAddress = path.options.reuseAddress;
    socket.reusePort = path.options.reusePort;
    return socket;
}

/// The socket that asks: bind() comes before connect(), and so does the port of an unbound UDP
/// socket.
BoundSocket
PortLedger::WishOf(const Path& path)
{
    BoundSocket wish = SocketOf(path, path.options.fixedPort);
    const bool isUnbound =
        path.transport == Transport::Udp && path.options.manner == PortManner::Connect;
    if (isUnbound || path.options.wildcard)
    {
        wish.local.reset();
    }
    return wish;
}

Grant
PortLedger::AskByBind(const Path& path, PortAsk ask)
{
    const bool isTcp = path.transport == Transport::Tcp;
    Grant grant;
    grant.byBind = path.options.manner != PortManner::Connect;
    if (path.options.manner == PortManner::Fixed)
    {
        grant = AskForFixedPort(path);
    }
    else
    {
        ask.flow = {path.flow.local, 0, 0};
        Pick pick = SearchByBind(path, ask, Unasked(path.transport));
        if (isTcp && !pick.port && path.options.reuseAddress &&
            m_hosts[path.host].rules->autobindReuse)
        {
            const std::uint32_t before = pick.probes;
            pick = SearchByBind(path, ask, Sharing::Relaxed);
            pick.probes += before;
        }
        grant.port = pick.port;
        grant.probes = pick.probes;
    }
    if (isTcp && grant.port && IsTupleTaken(path, *grant.port))
    {
        grant.port.reset(); // Bound, but connect() cannot have this peer from this port.
        grant.byBind = false;
        grant.refusal = m_hosts[path.host].rules->bindsOverTimeWait ? Refusal::TimeWaitCollision
                                                                    : Refusal::NoFreePort;
    }
    return grant;
}

Grant
PortLedger::AskForFixedPort(const Path& path) const
{
    const PortRules& rules = *m_hosts[path.host].rules;
    const BoundSocket wish = WishOf(path);
    const BindTable& binds = *BindsOf(path);
    if (path.transport == Transport::Tcp && rules.bind && rules.tcp.range.Contains(wish.port))
    {
        return {std::nullopt, Refusal::NoFreePort, 1, true}; // The auto-reuse range is connect()'s.
    }
    if (!binds.Conflicts(wish))
    {
        return {wish.port, Refusal::NoFreePort, 1, true};
    }
    if (!binds.IsWaitedFor(wish))
    {
        return {std::nullopt, Refusal::NoFreePort, 1, true};
    }
    const bool isGiven = rules.bindsOverTimeWait && path.transport == Transport::Tcp;
    return {isGiven ? std::optional(wish.port) : std::nullopt, Refusal::TimeWaitCollision, 1, true};
}

/// The ports that bind() may choose.
FreePorts
PortLedger::OpenToBind(const Path& path, Sharing sharing) const
{
    FreePorts free(path.pool->range);
    BindsOf(path)->Exclude(free, WishOf(path), sharing);
    if (path.pool->reserved)
    {
        free.Exclude(*path.pool->reserved);
    }
    return free;
}

Pick
PortLedger::SearchByBind(const Path& path, const PortAsk& ask, Sharing sharing)
{
    const FreePorts free = OpenToBind(path, sharing);
    return std::visit([&](auto& choice) { return choice.Choose(free, ask); }, PolicyOf(path));
}

/// Whether connect() from a bound port meets another connection to the same peer. One in TIME_WAIT
/// makes room at once, if it may be taken early at all.
bool
PortLedger::IsTupleTaken(const Path& path, Port port) const
{
    const std::uint64_t key = Key(path.scope, port);
    if (m_scopes[path.scope].live != NONE)
    {
        return IsPeerMet(path, port);
    }
    const bool isTaken = IsOutside(path, port) ? m_counted.count(key) != 0
                                               : m_scopes[path.scope].taken.Contains(port);
    return isTaken && (path.early == Early::Never || m_waitNumbers.count(key) == 0);
}

/// The same where a port in TIME_WAIT serves other peers.
bool
PortLedger::IsPeerMet(const Path& path, Port port) const
{
    if (IsOutside(path, port))
    {
        return path.used > 0; // The path's only port.
    }
    return m_sets[m_scopes[path.scope].live].Contains(port) || m_sets[path.waiting].Contains(port);
}

/// What Hold() does where it matters who else binds.
void
PortLedger::Take(const Path& path, Port port)
{
    Scope& scope = m_scopes[path.scope];
    if (IsCounted(path, port))
    {
        const std::uint32_t sockets = ++m_counted[Key(path.scope, port)];
        const bool isOutside = IsOutside(path, port);
        isOutside ? ++scope.outside : ++scope.held;
        Check(isOutside || scope.taken.Insert(port) == (sockets == 1), "a port was miscounted");
    }
    else
    {
        TakeAlone(path.scope, port);
        scope.owned += path.options.manner != PortManner::Connect ? 1 : 0;
    }
    if (BindTable* binds = BindsOf(path))
    {
        binds->Enter(SocketOf(path, port));
    }
}

/// A socket leaves its port, where it matters who else binds. True if that settles it, because the
/// port's sockets are counted; else the sets are still to be told.
bool
PortLedger::LeaveBound(const Path& path, Port port)
{
    if (BindTable* binds = BindsOf(path))
    {
        binds->Leave(SocketOf(path, port));
    }
    Scope& scope = m_scopes[path.scope];
    if (!IsCounted(path, port))
    {
        scope.owned -= path.options.manner != PortManner::Connect ? 1 : 0;
        return false;
    }
    const auto sockets = m_counted.find(Key(path.scope, port));
    Check(sockets != m_counted.end(), "a port was given back that nobody has");
    const bool isOutside = IsOutside(path, port);
    scope.outside -= isOutside ? 1 : 0;
    if (--sockets.value() == 0)
    {
        m_counted.erase(sockets);
        Check(isOutside || scope.taken.Erase(port), "a counted port was not taken");
    }
    return true;
}

/// The same as the size of the scope's set, where there is more to count.
std::uint32_t
PortLedger::TakenFromBound(const Path& path) const
{
    const BindTable* binds = BindsOf(path);
    if (path.options.manner == PortManner::Fixed)
    {
        return binds->Conflicts(WishOf(path)) ? 1 : 0;
    }
    if (path.options.range)
    {
        const FreePorts free =
            BindsFirst(path) ? OpenToBind(path, Unasked(path.transport)) : OpenToConnect(path);
        return path.usable - free.CountIn(*path.options.range);
    }
    const Scope& scope = m_scopes[path.scope];
    const std::uint32_t taken = BindsFirst(path) ? binds->CountUsed(WishOf(path))
                                                 : scope.taken.Count() + OwnedByOthers(path);
    return std::min(taken, path.usable);
}

/// Ports of its range that a path may not have by connect() because somebody else has called
/// bind(), and nobody of its scope uses.
std::uint32_t
PortLedger::OwnedByOthers(const Path& path) const
{
    const Scope& scope = m_scopes[path.scope];
    if (m_hosts[path.host].rules->bind)
    {
        return 0;
    }
    const PortSet& owned = BindsOf(path)->Owned();
    if (scope.live == NONE)
    {
        return owned.Count() - scope.owned;
    }
    FreePorts free(path.pool->range); // Two of the scope may have one port.
    free.Exclude(scope.taken);
    free.Exclude(owned);
    return path.pool->range.Count() - free.Count() - scope.taken.Count();
}

bool
PortLedger::EnterFinWait2(HostId id)
{
    Host& host = m_hosts[id];
    const auto& most = host.rules->maxTimeWait;
    const bool counts = host.rules->whenFull == WhenFull::NotMade;
    if (most && counts && CountedWaits(host) >= *most)
    {
        ++host.overflows;
        return false;
    }
    ++host.finWait2;
    return true;
}

void
PortLedger::LeaveFinWait2(HostId id)
{
    Check(m_hosts[id].finWait2 > 0, "more left FIN_WAIT2 than entered it");
    --m_hosts[id].finWait2;
}

} // namespace portlab
