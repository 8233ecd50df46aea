// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/bind-table.h"

#include "model/core/base/check.h"

#include <algorithm>

namespace portlab
{

BindTable::Users::Users(const PortRange& range)
    : used(range),
      byKind{PortSet(range), PortSet(range), PortSet(range), PortSet(range)}
{
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
    const auto left = m_everyone.counts.find(socket.port);
    const bool isUnused = left == m_everyone.counts.end();
    if (isUnused || (m_repairs && left->second.owners == 0))
    {
        m_owned.Erase(socket.port);
    }
}

void
BindTable::Add(Users& users, const BoundSocket& socket)
{
    Counts& counts = users.counts[socket.port];
    ++counts.sockets[KindOf(socket)];
    counts.owners += socket.isOwner ? 1 : 0;
    if (m_range.Contains(socket.port))
    {
        users.used.Insert(socket.port);
        users.byKind[KindOf(socket)].Insert(socket.port);
    }
}

void
BindTable::Remove(Users& users, const BoundSocket& socket)
{
    const auto place = users.counts.find(socket.port);
    Check(place != users.counts.end(), "a socket left a port that nobody uses");
    Counts& counts = place.value();
    counts.owners -= socket.isOwner ? 1 : 0;
    if (--counts.sockets[KindOf(socket)] == 0)
    {
        users.byKind[KindOf(socket)].Erase(socket.port);
    }
    if (counts.Sum() == 0)
    {
        users.used.Erase(socket.port);
        users.counts.erase(place);
    }
}

void
BindTable::BeginWait(const BoundSocket& socket)
{
    ++m_everyone.counts[socket.port].waiting;
    ++Of(socket).counts[socket.port].waiting;
}

void
BindTable::EndWait(const BoundSocket& socket)
{
    --m_everyone.counts[socket.port].waiting;
    --Of(socket).counts[socket.port].waiting;
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
        const auto place = users.counts.find(wish.port);
        for (std::size_t kind = 0; place != users.counts.end() && kind < KINDS; ++kind)
        {
            conflicts = conflicts || (place->second.sockets[kind] > 0 &&
                                      !MayShare(wish, kind, Sharing::Willing));
        }
    });
    return conflicts;
}

bool
BindTable::IsWaitedFor(const BoundSocket& wish) const
{
    bool waits = true;
    ForEachOverlapping(wish, [&](const Users& users) {
        const auto place = users.counts.find(wish.port);
        waits =
            waits && (place == users.counts.end() || place->second.waiting == place->second.Sum());
    });
    return waits;
}

std::size_t
BindTable::MemoryBytes() const
{
    constexpr std::size_t slotBytes = sizeof(std::pair<Port, Counts>) + 8;
    const auto bytesOf = [](const Users& users) {
        std::size_t sum = users.used.MemoryBytes() + users.counts.bucket_count() * slotBytes;
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
