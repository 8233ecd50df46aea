// SPDX-License-Identifier: GPL-2.0-only

// The second half of a port's life in the ledger: close, TIME_WAIT, and the ways out of it.

#include "model/core/base/check.h"
#include "model/core/port/port-ledger.h"

#include <utility>

namespace portlab
{

/// If the port handed out was still in TIME_WAIT, that wait ends here.
void
PortLedger::TakeEarly(Host& host, std::uint32_t scopeId, Port port, Instant now)
{
    const auto wait = m_waitNumbers.find(Key(scopeId, port));
    if (wait == m_waitNumbers.end())
    {
        return;
    }
    // Whoever takes it, it counted for the path that waited.
    --m_paths[host.line.Peek(wait->second - host.line.FrontNumber()).path].used;
    m_waitNumbers.erase(wait);
    --m_scopes[scopeId].matured;
    host.waiting.Leave(now);
    ++host.stale;
    DropStale(host);
    if (host.stale * 2 > host.line.Count())
    {
        Compact(host);
    }
}

void
PortLedger::Wait(PathId id, Port port, Instant now)
{
    Path& path = m_paths[id];
    Host& host = m_hosts[path.host];
    CatchUp(path.host, now);
    const PortRules& rules = *host.rules;
    if (path.transport == Transport::Udp)
    {
        Release(id, port, now);
        return;
    }
    if (rules.maxTimeWait && host.waiting.Count() >= *rules.maxTimeWait)
    {
        ++host.overflows;
        Release(id, port, now);
        return;
    }
    Scope& scope = m_scopes[path.scope];
    Check(scope.held > 0, "a port was closed that nobody holds");
    --scope.held;
    host.held.Leave(now);
    host.waiting.Enter(now);
    const std::size_t place = host.line.Count();
    host.line.Push({now, id, port});
    if (scope.live != NONE)
    {
        Check(m_sets[scope.live].Erase(port), "a port was closed that is not held");
        Check(m_sets[path.waiting].Insert(port), "a port was closed twice");
        if (const auto crowd = m_crowded.find(Key(path.scope, port)); crowd != m_crowded.end())
        {
            ++crowd.value();
        }
    }
    else if (host.takesEarly)
    {
        const auto number = host.line.FrontNumber() + static_cast<std::uint32_t>(place);
        Check(m_waitNumbers.try_emplace(Key(path.scope, port), number).second,
              "a port was closed twice");
    }
}

void
PortLedger::Release(PathId id, Port port, Instant now)
{
    Path& path = m_paths[id];
    Host& host = m_hosts[path.host];
    Scope& scope = m_scopes[path.scope];
    Check(scope.held > 0, "a port was released that nobody holds");
    --scope.held;
    --path.used;
    host.held.Leave(now);
    if (scope.live != NONE)
    {
        Check(m_sets[scope.live].Erase(port), "a port was released that is not held");
        if (m_crowded.count(Key(path.scope, port)) != 0)
        {
            return; // Older connections to other peers still wait on it.
        }
    }
    Check(scope.taken.Erase(port), "a port was released that was not taken");
}

void
PortLedger::EndWaits(Host& host, Instant now)
{
    while (!host.line.IsEmpty() && host.line.NextEnd() <= now)
    {
        const WaitingPort waiting = host.line.Front();
        const Instant end = host.line.NextEnd();
        host.line.Pop();
        EndWait(host, waiting, end);
        DropStale(host);
    }
    if (host.takesEarly)
    {
        Mature(host, now);
    }
}

/// Opens the ports that have waited long enough to be taken early.
void
PortLedger::Mature(Host& host, Instant now)
{
    while (host.matured < host.line.Count())
    {
        const WaitingPort& waiting = host.line.Peek(host.matured);
        if (waiting.since + host.rules->reuseDelay > now)
        {
            return;
        }
        ++host.matured;
        Scope& scope = m_scopes[m_paths[waiting.path].scope];
        Check(scope.taken.Erase(waiting.port), "a waiting port was not taken");
        ++scope.matured;
    }
}

/// The entry at the front of the line is over.
void
PortLedger::EndWait(Host& host, const WaitingPort& waiting, Instant end)
{
    Path& path = m_paths[waiting.path];
    if (host.takesEarly)
    {
        m_waitNumbers.erase(Key(path.scope, waiting.port));
        if (host.matured > 0)
        {
            --host.matured;
            --m_scopes[path.scope].matured;
        }
        else
        {
            FreePort(path.scope, waiting.port);
        }
    }
    else
    {
        if (path.waiting != NONE)
        {
            Check(m_sets[path.waiting].Erase(waiting.port), "a wait ended that never began");
        }
        FreePort(path.scope, waiting.port);
    }
    --path.used;
    host.waiting.Leave(end);
}

/// Gives a port back whose wait is over, unless others hold it or wait on it.
void
PortLedger::FreePort(std::uint32_t scopeId, Port port)
{
    Scope& scope = m_scopes[scopeId];
    if (scope.live != NONE)
    {
        const auto crowd = m_crowded.find(Key(scopeId, port));
        if (crowd != m_crowded.end())
        {
            if (--crowd.value() > 0)
            {
                return;
            }
            m_crowded.erase(crowd);
            if (m_sets[scope.live].Contains(port))
            {
                return;
            }
        }
    }
    Check(scope.taken.Erase(port), "a waiting port was not taken");
}

/// Whether the entry's port was taken early; `place` counts from the front.
bool
PortLedger::IsStale(const Host& host, std::size_t place) const
{
    const WaitingPort& waiting = host.line.Peek(place);
    const auto wait = m_waitNumbers.find(Key(m_paths[waiting.path].scope, waiting.port));
    return wait == m_waitNumbers.end() ||
           wait->second != host.line.FrontNumber() + static_cast<std::uint32_t>(place);
}

/// Lets no entry that was taken early lead the line: its end would be nobody's return.
void
PortLedger::DropStale(Host& host)
{
    while (host.stale > 0 && IsStale(host, 0))
    {
        host.line.Pop();
        --host.stale;
        --host.matured;
    }
}

/// Drops all entries that were taken early, so that memory follows the ports in use.
void
PortLedger::Compact(Host& host)
{
    WaitingLine live(host.line.Time());
    std::size_t matured = 0;
    for (std::size_t place = 0; place < host.line.Count(); ++place)
    {
        if (!IsStale(host, place))
        {
            const WaitingPort& waiting = host.line.Peek(place);
            m_waitNumbers[Key(m_paths[waiting.path].scope, waiting.port)] =
                live.FrontNumber() + static_cast<std::uint32_t>(live.Count());
            live.Push(waiting);
            matured += place < host.matured ? 1 : 0;
        }
    }
    host.line = std::move(live);
    host.matured = matured;
    host.stale = 0;
}

} // namespace portlab
