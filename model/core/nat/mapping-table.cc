// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/mapping-table.h"

#include <algorithm>

namespace portlab
{

MappingTable::MappingTable(Dependence filtering, bool hasRings)
    : m_filtering(filtering),
      m_hasRings(hasRings)
{
    m_firstEnds.fill(NEVER);
}

MappingId
MappingTable::Add(const NewMapping& mapping)
{
    Check(mapping.state != NatState::Resting, "a mapping was to rest before it lived");
    const MappingId id = NewId();
    Mapping& record = At(id);
    record.memory = 0;
    record.startedOutside = false;
    record.seenReply = false;
    record.isAssured = false;
    record.isPreserved = false;
    record.refusesSyn = false;
    record.m_state = mapping.state;
    record.m_protocol = mapping.flow.protocol;
    record.m_list = KEPT;
    record.m_insideAddress = mapping.flow.inside.address;
    record.m_remoteAddress = mapping.flow.remote.address;
    record.m_insidePort = mapping.flow.inside.port;
    record.m_remotePort = mapping.flow.remote.port;
    record.m_externalPort = mapping.externalPort;
    record.m_externalAddress = mapping.externalAddress;
    record.SetExpires(NEVER);
    ++m_count;
    ++m_counts[static_cast<std::size_t>(mapping.state)];
    Enlist(id);
    return id;
}

void
MappingTable::Arm(MappingId id, NatState state, NatTimer timer, Instant expires)
{
    Check(IsLive(id), "a mapping was armed that does not live");
    EnterState(id, state);
    LeaveList(id);
    JoinList(id, static_cast<std::uint8_t>(timer), expires);
}

void
MappingTable::Keep(MappingId id, NatState state)
{
    Check(IsLive(id), "a mapping was kept that does not live");
    EnterState(id, state);
    LeaveList(id);
}

bool
MappingTable::Await(MappingId id, Instant answer)
{
    Check(IsLive(id) && !IsResting(id), "an answer was awaited for a mapping that is over");
    const MappingId last = m_lists[ANSWER].last;
    if (last != NO_MAPPING && At(last).Expires() > answer)
    {
        return false;
    }
    LeaveList(id);
    JoinList(id, ANSWER, answer);
    return true;
}

void
MappingTable::Rest(MappingId id, NatTimer timer, Instant expires)
{
    Check(IsLive(id) && !IsResting(id), "a mapping rested twice");
    LearnReplies();
    Forget(id);
    CountAs(id, NatState::Resting);
    EnlistResting(id);
    LeaveList(id);
    JoinList(id, static_cast<std::uint8_t>(timer), expires);
}

void
MappingTable::Remove(MappingId id)
{
    Check(IsLive(id), "a mapping was removed twice");
    if (IsResting(id))
    {
        ForgetResting(id);
    }
    else
    {
        Forget(id);
    }
    LeaveList(id);
    Mapping& mapping = At(id);
    --m_count;
    --m_counts[static_cast<std::size_t>(mapping.m_state)];
    mapping.m_list = FREE;
    mapping.m_later = m_freeId;
    m_freeId = id;
}

void
MappingTable::EnterState(MappingId id, NatState state)
{
    Check((state == NatState::Resting) == IsResting(id),
          "only Rest() makes a mapping rest, and nothing wakes it");
    CountAs(id, state);
}

void
MappingTable::CountAs(MappingId id, NatState state)
{
    NatState& current = At(id).m_state;
    --m_counts[static_cast<std::size_t>(current)];
    ++m_counts[static_cast<std::size_t>(state)];
    current = state;
}

void
MappingTable::JoinList(MappingId id, std::uint8_t number, Instant expires)
{
    List& list = m_lists[number];
    Check(expires < NEVER, "a mapping that never ends was armed: keep it");
    Mapping& mapping = At(id);
    mapping.m_list = number;
    mapping.m_earlier = list.last;
    mapping.m_later = NO_MAPPING;
    mapping.SetExpires(expires);
    if (list.last == NO_MAPPING)
    {
        list.first = id;
        NoteFirst(number);
    }
    else
    {
        Mapping& last = At(list.last);
        Check(last.Expires() <= expires, "a timer was armed to end before an earlier one");
        last.m_later = id;
    }
    list.last = id;
}

/// Whoever is in no list is kept.
void
MappingTable::LeaveList(MappingId id)
{
    Mapping& mapping = At(id);
    if (mapping.m_list == KEPT)
    {
        return;
    }
    const std::uint8_t number = mapping.m_list;
    List& list = m_lists[number];
    mapping.m_list = KEPT;
    mapping.SetExpires(NEVER);
    (mapping.m_later == NO_MAPPING ? list.last : At(mapping.m_later).m_earlier) = mapping.m_earlier;
    if (mapping.m_earlier != NO_MAPPING)
    {
        At(mapping.m_earlier).m_later = mapping.m_later;
    }
    else
    {
        list.first = mapping.m_later;
        NoteFirst(number);
    }
}

/// A list has another first mapping.
void
MappingTable::NoteFirst(std::size_t number)
{
    const MappingId first = m_lists[number].first;
    const std::uint32_t bit = std::uint32_t{1} << number;
    m_busyLists = first == NO_MAPPING ? m_busyLists & ~bit : m_busyLists | bit;
    m_firstEnds[number] = first == NO_MAPPING ? NEVER : At(first).Expires();
    m_nextList = 0;
    for (std::uint32_t left = m_busyLists; left != 0; left &= left - 1)
    {
        const auto list = static_cast<std::size_t>(__builtin_ctz(left));
        m_nextList = m_firstEnds[list] < m_firstEnds[m_nextList] ? list : m_nextList;
    }
}

/// The id freed last, for its record is most likely still in the cache; else a new one.
MappingId
MappingTable::NewId()
{
    if (m_freeId != NO_MAPPING)
    {
        const MappingId id = m_freeId;
        m_freeId = At(id).m_later;
        return id;
    }
    if (m_idLimit % CHUNK == 0)
    {
        m_chunks.emplace_back(new Mapping[CHUNK]);
    }
    return m_idLimit++;
}

std::size_t
MappingTable::MemoryBytes() const
{
    std::size_t bytes =
        m_chunks.size() * CHUNK * sizeof(Mapping) + m_chunks.capacity() * sizeof m_chunks.front();
    for (const IndexTable& index : m_indexes)
    {
        bytes += index.MemoryBytes();
    }
    return bytes;
}

} // namespace portlab
