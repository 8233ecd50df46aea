// SPDX-License-Identifier: GPL-2.0-only

#include "model/tcp-time-waits.h"

namespace portlab
{

void
TcpTimeWaits::Add(const TcpTimeWait& wait)
{
    Remove(wait.tuple);
    if (m_count == m_heads.size())
    {
        Widen();
    }
    const Index index = NewNode();
    Node& node = m_nodes[index];
    Index& head = Head(wait.tuple);
    node = {wait, head, m_newest, NONE};
    head = index;
    (m_newest == NONE ? m_oldest : m_nodes[m_newest].newer) = index;
    m_newest = index;
    ++m_count;
}

const TcpTimeWait*
TcpTimeWaits::Find(const TcpTuple& tuple, Instant now)
{
    CatchUp(now);
    const Index index = FindNode(tuple);
    return index == NONE ? nullptr : &m_nodes[index].wait;
}

void
TcpTimeWaits::Remove(const TcpTuple& tuple)
{
    const Index index = FindNode(tuple);
    if (index != NONE)
    {
        Drop(index);
    }
}

std::size_t
TcpTimeWaits::Count(Instant now)
{
    CatchUp(now);
    return m_count;
}

std::size_t
TcpTimeWaits::MemoryBytes() const
{
    return m_nodes.size() * sizeof(Node) + m_heads.capacity() * sizeof(Index);
}

void
TcpTimeWaits::Clear()
{
    *this = TcpTimeWaits();
}

TcpTimeWaits::Index&
TcpTimeWaits::Head(const TcpTuple& tuple)
{
    return m_heads[HashTcpTuple{}(tuple) & (m_heads.size() - 1)];
}

TcpTimeWaits::Index
TcpTimeWaits::FindNode(const TcpTuple& tuple)
{
    Index index = m_heads.empty() ? NONE : Head(tuple);
    while (index != NONE && !(m_nodes[index].wait.tuple == tuple))
    {
        index = m_nodes[index].next;
    }
    return index;
}

TcpTimeWaits::Index
TcpTimeWaits::NewNode()
{
    if (m_spare == NONE)
    {
        m_nodes.emplace_back();
        return static_cast<Index>(m_nodes.size() - 1);
    }
    const Index index = m_spare;
    m_spare = m_nodes[index].next;
    return index;
}

void
TcpTimeWaits::Drop(Index index)
{
    Node& node = m_nodes[index];
    Index* link = &Head(node.wait.tuple);
    while (*link != index)
    {
        link = &m_nodes[*link].next;
    }
    *link = node.next;
    (node.older == NONE ? m_oldest : m_nodes[node.older].newer) = node.newer;
    (node.newer == NONE ? m_newest : m_nodes[node.newer].older) = node.older;
    node = Node();
    node.next = m_spare;
    m_spare = index;
    --m_count;
}

void
TcpTimeWaits::CatchUp(Instant now)
{
    while (m_oldest != NONE && m_nodes[m_oldest].wait.end <= now)
    {
        Drop(m_oldest);
    }
}

/// Twice as many chains, so that they stay short.
void
TcpTimeWaits::Widen()
{
    constexpr std::size_t fewest = 16;
    m_heads.assign(m_heads.empty() ? fewest : 2 * m_heads.size(), NONE);
    for (Index index = m_oldest; index != NONE; index = m_nodes[index].newer)
    {
        Index& head = Head(m_nodes[index].wait.tuple);
        m_nodes[index].next = head;
        head = index;
    }
}

} // namespace portlab
