// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/bind-table.h"

#include "model/core/base/check.h"

#include <algorithm>

namespace portlab
{

namespace
{

void
Assign(PortSet& set, Port port, bool isMember)
{
    if (isMember)
    {
        set.Insert(port);
    }
    else
    {
        set.Erase(port);
    }
}

} // namespace

BindTable::Users::Users(const PortRange& range)
    : used(range),
      byKind{PortSet(range), PortSet(range), PortSet(range), PortSet(range)},
      waiting(range),
      owned(range)
{
}

BindTable::Counts
BindTable::Users::At(Port port) const
{
    const auto crowd = crowds.find(port);
    if (crowd != crowds.end())
    {
        return crowd->second;
    }
    Counts counts;
    if (used.Contains(port))
    {
        for (std::size_t kind = 0; kind < KINDS; ++kind)
        {
            counts.sockets[kind] = byKind[kind].Contains(port) ? 1 : 0;
        }
        counts.waiting = waiting.Contains(port) ? 1 : 0;
        counts.owners = owned.Contains(port) ? 1 : 0;
    }
    return counts;
}

void
BindTable::Users::Put(Port port, const Counts& counts)
{
    const std::uint32_t sum = counts.Sum();
    const bool isInRange = used.Range().Contains(port);
    if (sum > 1 || (sum == 1 && !isInRange))
    {
        crowds[port] = counts;
    }
    else
    {
        crowds.erase(port);
    }
    if (isInRange)
    {
        Assign(used, port, sum > 0);
        for (std::size_t kind = 0; kind < KINDS; ++kind)
        {
            Assign(byKind[kind], port, counts.sockets[kind] > 0);
        }
        Assign(waiting, port, sum == 1 && counts.waiting == 1);
        Assign(owned, port, sum == 1 && counts.owners == 1);
    }
}

BindTable::BindTable(const PortRange& range, bool repairs)
    : m_range(range),
      m_repairs(repairs),
      m_owned(range),
      m_everyone(range),
      m_anywhere(range)
{
}

const BindTable::Users*
BindTable::Of(Address address) const
{
    const auto number = m_numbers.find(address);
    return number == m_numbers.end() ? nullptr : &m_users[number->second];
}

BindTable::Users&
BindTable::Of(const BoundSocket& socket)
{
    if (!socket.local)
    {
        return m_anywhere;
    }
    const auto [number, isNew] =
        m_numbers.try_emplace(*socket.local, static_cast<std::uint32_t>(m_users.size()));
    if (isNew)
    {
        m_users.emplace_back(m_range);
    }
    return m_users[number->second];
}

/// Calls visit(users) for all whose address overlaps with that of `wish`.
template <typename Visit>
void
BindTable::ForEachOverlapping(const BoundSocket& wish, Visit visit) const
{
    if (!wish.local)
    {
        visit(m_everyone);
        return;
    }
    visit(m_anywhere);
    if (const Users* own = Of(*wish.local))
    {
        visit(*own);
    }
}

void
BindTable::Enter(const BoundSocket& socket)
{
    Add(m_everyone, socket);
    Add(Of(socket), socket);
    if (socket.isOwner && m_range.Contains(socket.port))
    {
        m_owned.Insert(socket.port);
    }
}

void
BindTable::Leave(const BoundSocket& socket)
{
    Remove(m_everyone, socket);
    Remove(Of(socket), socket);
    const Counts left = m_everyone.At(socket.port);
    if (left.Sum() == 0 || (m_repairs && left.owners == 0))
    {
        m_owned.Erase(socket.port);
    }
}

void
BindTable::Add(Users& users, const BoundSocket& socket)
{
    Counts counts = users.At(socket.port);
    ++counts.sockets[KindOf(socket)];
    counts.owners += socket.isOwner ? 1 : 0;
    users.Put(socket.port, counts);
}

void
BindTable::Remove(Users& users, const BoundSocket& socket)
{
    Counts counts = users.At(socket.port);
    Check(counts.sockets[KindOf(socket)] > 0, "a socket left a port that nobody uses");
    --counts.sockets[KindOf(socket)];
    counts.owners -= socket.isOwner ? 1 : 0;
    users.Put(socket.port, counts);
}

void
BindTable::AddWaiting(Users& users, Port port, std::int32_t change)
{
    Counts counts = users.At(port);
    counts.waiting += static_cast<std::uint32_t>(change);
    users.Put(port, counts);
}

void
BindTable::BeginWait(const BoundSocket& socket)
{
    AddWaiting(m_everyone, socket.port, 1);
    AddWaiting(Of(socket), socket.port, 1);
}

void
BindTable::EndWait(const BoundSocket& socket)
{
    AddWaiting(m_everyone, socket.port, -1);
    AddWaiting(Of(socket), socket.port, -1);
}

bool
BindTable::MayShare(const BoundSocket& wish, std::size_t kind, Sharing sharing)
{
    const bool byAddress = wish.reuseAddress && (kind & KindOf(true, false)) != 0;
    const bool byPort = wish.reusePort && (kind & KindOf(false, true)) != 0;
    switch (sharing)
    {
    case Sharing::Nobody:
        return false;
    case Sharing::Relaxed:
        return byAddress && !byPort;
    case Sharing::Willing:
        return byAddress || byPort;
    }
    return false;
}

void
BindTable::Exclude(FreePorts& free, const BoundSocket& wish, Sharing sharing) const
{
    ForEachOverlapping(wish, [&](const Users& users) {
        if (sharing == Sharing::Nobody || KindOf(wish) == 0)
        {
            free.Exclude(users.used);
            return;
        }
        for (std::size_t kind = 0; kind < KINDS; ++kind)
        {
            if (!MayShare(wish, kind, sharing))
            {
                free.Exclude(users.byKind[kind]);
            }
        }
    });
}

std::uint32_t
BindTable::CountUsed(const BoundSocket& wish) const
{
    std::uint32_t used = 0;
    ForEachOverlapping(wish, [&](const Users& users) { used += users.used.Count(); });
    return std::min(used, m_range.Count());
}

bool
BindTable::Conflicts(const BoundSocket& wish) const
{
    bool conflicts = false;
    ForEachOverlapping(wish, [&](const Users& users) {
        const Counts counts = users.At(wish.port);
        for (std::size_t kind = 0; kind < KINDS; ++kind)
        {
            conflicts =
                conflicts || (counts.sockets[kind] > 0 && !MayShare(wish, kind, Sharing::Willing));
        }
    });
    return conflicts;
}

bool
BindTable::IsWaitedFor(const BoundSocket& wish) const
{
    bool waits = true;
    ForEachOverlapping(wish, [&](const Users& users) {
        const Counts counts = users.At(wish.port);
        waits = waits && counts.waiting == counts.Sum();
    });
    return waits;
}

std::size_t
BindTable::MemoryBytes() const
{
    constexpr std::size_t slotBytes = sizeof(std::pair<Port, Counts>) + 8;
    const auto bytesOf = [](const Users& users) {
        std::size_t sum = users.used.MemoryBytes() + users.waiting.MemoryBytes() +
                          users.owned.MemoryBytes() + users.crowds.bucket_count() * slotBytes;
        for (const PortSet& set : users.byKind)
        {
            sum += set.MemoryBytes();
        }
        return sum;
    };
    std::size_t bytes = m_owned.MemoryBytes() + bytesOf(m_everyone) + bytesOf(m_anywhere);
    for (const Users& users : m_users)
    {
        bytes += sizeof(Users) + bytesOf(users);
    }
    return bytes;
}

} // namespace portlab
