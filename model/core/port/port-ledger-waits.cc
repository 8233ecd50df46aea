// SPDX-License-Identifier: GPL-2.0-only

// The second half of a port's life in the ledger: close, TIME_WAIT, and the ways out of it.

#include "model/core/base/check.h"
#include "model/core/port/port-ledger.h"

#include <algorithm>
#include <utility>

namespace portlab
{

namespace
{

constexpr Duration NO_WAIT{0};

} // namespace

Instant
PortLedger::EndOfWait(PathId id, Instant since) const
{
    const Path& path = m_paths[id];
    WaitingTime time = m_hosts[path.host].line.Time();
    time.length = m_hosts[path.host].rules->timeWait.Of(path.options.place);
    return time.End(since);
}

/// The lines of a host whose TIME_WAIT depends on where the peer is.
void
PortLedger::OpenLines(Host& host)
{
    const TimeWaitLengths& lengths = host.rules->timeWait;
    WaitingTime time = host.line.Time();
    time.length = lengths.sameNetwork;
    WaitingLine near(time);
    time.length = lengths.thisMachine;
    host.nearLines = static_cast<std::uint32_t>(m_nearLines.size());
    host.isIntricate = true;
    m_nearLines.push_back({std::move(near), WaitingLine(time)});
}

WaitingLine&
PortLedger::LineOf(Host& host, PeerPlace place)
{
    if (host.nearLines == NONE || place == PeerPlace::Remote)
    {
        return host.line;
    }
    auto& [network, machine] = m_nearLines[host.nearLines];
    return place == PeerPlace::SameNetwork ? network : machine;
}

/// The line whose front is over first.
WaitingLine&
PortLedger::FirstToEnd(Host& host)
{
    WaitingLine* first = &host.line;
    if (host.nearLines != NONE)
    {
        for (WaitingLine& line : m_nearLines[host.nearLines])
        {
            first = line.NextEnd() < first->NextEnd() ? &line : first;
        }
    }
    return *first;
}

Instant
PortLedger::NextEnd(const Host& host) const
{
    Instant next = host.line.NextEnd();
    if (host.nearLines != NONE)
    {
        for (const WaitingLine& line : m_nearLines[host.nearLines])
        {
            next = std::min(next, line.NextEnd());
        }
    }
    return next;
}

/// If the port handed out was still in TIME_WAIT, that wait ends here.
void
PortLedger::TakeEarly(Host& host, std::uint32_t scopeId, Port port, Instant now)
{
    const auto wait = m_waitNumbers.find(Key(scopeId, port));
    if (wait == m_waitNumbers.end())
    {
        return;
    }
    const std::size_t place = wait->second - host.line.FrontNumber();
    m_waitNumbers.erase(wait);
    // Whoever takes it, it counted for the path that waited.
    Path& former = m_paths[host.line.Peek(place).path];
    EndWait(former, port, former.early == Early::AfterDelay && place < host.matured);
    host.waiting.Leave(now);
    ++host.stale;
    DropStale(host);
    if (host.stale * 2 > host.line.Count())
    {
        Compact(host);
    }
}

/// Whether one more TIME_WAIT may be, if need be in the place of the oldest.
bool
PortLedger::HasRoomForWait(Host& host, Instant now)
{
    const PortRules& rules = *host.rules;
    if (!rules.maxTimeWait || CountedWaits(host) < *rules.maxTimeWait)
    {
        return true;
    }
    if (rules.whenFull == WhenFull::NotMade || host.waiting.Count() == 0)
    {
        ++host.overflows;
        return false;
    }
    EndOldest(host, now);
    return true;
}

/// What counts towards the host's most entries.
std::uint32_t
PortLedger::CountedWaits(const Host& host)
{
    const auto waiting = static_cast<std::uint32_t>(host.waiting.Count());
    return host.rules->whenFull == WhenFull::NotMade ? waiting + host.finWait2 : waiting;
}

bool
PortLedger::Wait(PathId id, Port port, Instant now)
{
    Path& path = m_paths[id];
    Host& host = m_hosts[path.host];
    CatchUp(path.host, now);
    const PeerPlace place = path.options.place;
    const bool isSpared = place != PeerPlace::Remote && host.rules->timeWait.Of(place) == NO_WAIT;
    if (path.transport == Transport::Udp || isSpared || !HasRoomForWait(host, now))
    {
        Release(id, port, now);
        return false;
    }
    WaitingLine& line = LineOf(host, place);
    const std::size_t behind = line.Count();
    LetGo(path, port);
    host.held.Leave(now);
    host.waiting.Enter(now);
    line.Push({now, id, port});
    if (BindTable* binds = BindsOf(path))
    {
        binds->BeginWait(SocketOf(path, port));
    }
    if (const Scope& scope = m_scopes[path.scope]; scope.live != NONE && !IsCounted(path, port))
    {
        Check(m_sets[path.waiting].Insert(port), "a port was closed twice");
        if (const auto crowd = m_crowded.find(Key(path.scope, port)); crowd != m_crowded.end())
        {
            ++crowd.value();
        }
    }
    if (path.early != Early::Never)
    {
        const auto number = host.line.FrontNumber() + static_cast<std::uint32_t>(behind);
        Check(m_waitNumbers.try_emplace(Key(path.scope, port), number).second,
              "a port was closed twice");
    }
    return true;
}

/// A holder has closed: the port is held no longer, though it may stay taken.
void
PortLedger::LetGo(const Path& path, Port port)
{
    if (IsOutside(path, port))
    {
        return;
    }
    Scope& scope = m_scopes[path.scope];
    Check(scope.held > 0, "a port was closed that nobody holds");
    --scope.held;
    Check(scope.live == NONE || m_sets[scope.live].Erase(port), "a port was closed that is free");
}

void
PortLedger::Release(PathId id, Port port, Instant now)
{
    Path& path = m_paths[id];
    Host& host = m_hosts[path.host];
    LetGo(path, port);
    --path.used;
    host.held.Leave(now);
    host.tcpSockets -= path.transport == Transport::Tcp ? 1 : 0;
    if (!path.isPlain && LeaveBound(path, port))
    {
        return;
    }
    Scope& scope = m_scopes[path.scope];
    if (scope.live != NONE && m_crowded.count(Key(path.scope, port)) != 0)
    {
        return; // Older connections to other peers still wait on it.
    }
    Check(scope.taken.Erase(port), "a port was released that was not taken");
}

void
PortLedger::EndWaits(Host& host, Instant now)
{
    for (WaitingLine* line = &FirstToEnd(host); !line->IsEmpty() && line->NextEnd() <= now;
         line = &FirstToEnd(host))
    {
        EndFront(host, *line, line->NextEnd());
    }
    if (host.takesEarly)
    {
        Mature(host, now);
    }
}

/// The wait at the front of a line is over, in time or not.
void
PortLedger::EndFront(Host& host, WaitingLine& line, Instant when)
{
    const WaitingPort waiting = line.Front();
    line.Pop();
    Path& path = m_paths[waiting.path];
    const bool wasLookedAt = host.matured > 0;
    host.matured -= wasLookedAt ? 1 : 0;
    if (path.early != Early::Never)
    {
        m_waitNumbers.erase(Key(path.scope, waiting.port));
    }
    EndWait(path, waiting.port, wasLookedAt && path.early == Early::AfterDelay);
    host.waiting.Leave(when);
    DropStale(host);
}

/// Ends the TIME_WAIT that began first, to make room.
void
PortLedger::EndOldest(Host& host, Instant now)
{
    WaitingLine* oldest = &host.line;
    if (host.nearLines != NONE)
    {
        for (WaitingLine& line : m_nearLines[host.nearLines])
        {
            const bool isOlder = !line.IsEmpty() &&
                                 (oldest->IsEmpty() || line.Front().since < oldest->Front().since);
            oldest = isOlder ? &line : oldest;
        }
    }
    Check(!oldest->IsEmpty(), "no TIME_WAIT to end");
    ++host.endedEarly;
    EndFront(host, *oldest, now);
}

/// From when on a waiting port may be taken by any connect().
WaitingTime
PortLedger::Maturity(const Host& host) const
{
    return {host.rules->reuseDelay, host.rules->reuseClock, m_kernels[host.kernel].boot};
}

/// Opens the ports that have waited long enough to be taken early.
void
PortLedger::Mature(Host& host, Instant now)
{
    const WaitingTime maturity = Maturity(host);
    for (; host.matured < host.line.Count(); ++host.matured)
    {
        const WaitingPort& waiting = host.line.Peek(host.matured);
        if (maturity.End(waiting.since) > now)
        {
            return;
        }
        const Path& path = m_paths[waiting.path];
        if (path.early == Early::AfterDelay && !IsStale(host, host.matured))
        {
            Scope& scope = m_scopes[path.scope];
            Check(scope.taken.Erase(waiting.port), "a waiting port was not taken");
            ++scope.matured;
        }
    }
}

/// A wait is over; `isOpen`: Mature() has opened its port already.
void
PortLedger::EndWait(Path& path, Port port, bool isOpen)
{
    --path.used;
    --m_hosts[path.host].tcpSockets;
    if (BindTable* binds = BindsOf(path))
    {
        binds->EndWait(SocketOf(path, port));
    }
    if (isOpen)
    {
        --m_scopes[path.scope].matured;
        if (BindTable* binds = BindsOf(path))
        {
            binds->Leave(SocketOf(path, port));
        }
        return;
    }
    if (!path.isPlain && LeaveBound(path, port))
    {
        return;
    }
    if (path.waiting != NONE)
    {
        Check(m_sets[path.waiting].Erase(port), "a wait ended that never began");
    }
    FreePort(path.scope, port);
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
    const Path& path = m_paths[waiting.path];
    if (path.early == Early::Never)
    {
        return false;
    }
    const auto wait = m_waitNumbers.find(Key(path.scope, waiting.port));
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
        host.matured -= host.matured > 0 ? 1 : 0;
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
            const Path& path = m_paths[waiting.path];
            if (path.early != Early::Never)
            {
                m_waitNumbers[Key(path.scope, waiting.port)] =
                    live.FrontNumber() + static_cast<std::uint32_t>(live.Count());
            }
            live.Push(waiting);
            matured += place < host.matured ? 1 : 0;
        }
    }
    host.line = std::move(live);
    host.matured = matured;
    host.stale = 0;
}

} // namespace portlab
