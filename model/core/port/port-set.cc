// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/port-set.h"

#include "model/core/base/check.h"

#include <algorithm>
#include <cstring>

namespace portlab
{

PortSet::PortSet(const PortRange& range)
    : m_count(0),
      m_form(Form::Few),
      m_first(range.First()),
      m_last(range.Last()),
      m_few{}
{
    Check(range.First() > 0, "port 0 cannot be handed out");
}

PortSet::~PortSet()
{
    GiveBack();
}

PortSet::PortSet(PortSet&& other) noexcept
    : m_count(other.m_count),
      m_form(other.m_form),
      m_first(other.m_first),
      m_last(other.m_last)
{
    std::memcpy(m_few, other.m_few, sizeof m_few); // The union's largest member stands for all.
    other.m_form = Form::Few;
    other.m_count = 0;
}

PortSet&
PortSet::operator=(PortSet&& other) noexcept
{
    if (this != &other)
    {
        GiveBack();
        m_count = other.m_count;
        m_form = other.m_form;
        m_first = other.m_first;
        m_last = other.m_last;
        std::memcpy(m_few, other.m_few, sizeof m_few);
        other.m_form = Form::Few;
        other.m_count = 0;
    }
    return *this;
}

bool
PortSet::Insert(Port port)
{
    if (m_form == Form::Many)
    {
        const bool added = m_many->Insert(port);
        SetCount(m_many->Count());
        return added;
    }
    Check(m_first <= port && port <= m_last, "a port outside the set's range was added");
    if (Contains(port))
    {
        return false;
    }
    Grow();
    if (m_form == Form::Few)
    {
        m_few[m_count] = port;
    }
    else if (m_form == Form::Some)
    {
        InsertHashed(port);
    }
    else
    {
        m_many->Insert(port);
    }
    SetCount(m_count + 1);
    return true;
}

bool
PortSet::Erase(Port port)
{
    if (port < m_first || port > m_last)
    {
        return false;
    }
    const bool found = m_form == Form::Many   ? m_many->Erase(port)
                       : m_form == Form::Some ? EraseHashed(port)
                                              : EraseListed(port);
    if (found)
    {
        SetCount(m_count - 1);
        if (m_count == 0)
        {
            GiveBack();
        }
    }
    return found;
}

bool
PortSet::EraseListed(Port port)
{
    Port* const end = m_few + m_count;
    Port* const place = std::find(m_few, end, port);
    if (place == end)
    {
        return false;
    }
    *place = end[-1];
    return true;
}

bool
PortSet::ContainsSparse(Port port) const
{
    return m_form == Form::Few ? std::find(m_few, m_few + m_count, port) != m_few + m_count
                               : ContainsHashed(port);
}

std::size_t
PortSet::MemoryBytes() const
{
    switch (m_form)
    {
    case Form::Few:
        return 0;
    case Form::Some:
        return (m_some.mask + std::size_t{1}) * sizeof(Port);
    case Form::Many:
        break;
    }
    return sizeof(PortBitmap) + m_many->MemoryBytes();
}

/// Fibonacci hashing: neighbouring ports, which systems like to hand out, land far apart.
std::uint32_t
PortSet::Home(Port port) const
{
    return ((port * 0x9e3779b9u) >> 16) & m_some.mask;
}

void
PortSet::InsertHashed(Port port)
{
    std::uint32_t slot = Home(port);
    while (m_some.slots[slot] != 0)
    {
        slot = (slot + 1) & m_some.mask;
    }
    m_some.slots[slot] = port;
}

bool
PortSet::ContainsHashed(Port port) const
{
    for (std::uint32_t slot = Home(port); m_some.slots[slot] != 0; slot = (slot + 1) & m_some.mask)
    {
        if (m_some.slots[slot] == port)
        {
            return true;
        }
    }
    return false;
}

/// Takes the port out and moves later ones up, so that no search ends early at the hole.
bool
PortSet::EraseHashed(Port port)
{
    Port* const slots = m_some.slots;
    const std::uint32_t mask = m_some.mask;
    std::uint32_t hole = Home(port);
    while (slots[hole] != port)
    {
        if (slots[hole] == 0)
        {
            return false;
        }
        hole = (hole + 1) & mask;
    }
    for (std::uint32_t next = (hole + 1) & mask; slots[next] != 0; next = (next + 1) & mask)
    {
        const std::uint32_t distance = (next - Home(slots[next])) & mask;
        if (distance >= ((next - hole) & mask))
        {
            slots[hole] = slots[next];
            hole = next;
        }
    }
    slots[hole] = 0;
    return true;
}

/// Makes room for one port more.
void
PortSet::Grow()
{
    if (m_form == Form::Few && m_count < FEW)
    {
        return;
    }
    const std::uint32_t size = std::uint32_t{m_last} - m_first + 1;
    if (m_count >= size / 32)
    {
        BecomeBitmap();
    }
    else if (m_form == Form::Few)
    {
        BecomeHash(4 * FEW);
    }
    else if (m_count * 2 > m_some.mask)
    {
        BecomeHash(2 * (m_some.mask + 1));
    }
}

template <typename Visit>
void
PortSet::ForEachSparse(Visit visit) const
{
    if (m_form == Form::Few)
    {
        std::for_each(m_few, m_few + m_count, visit);
        return;
    }
    for (std::uint32_t slot = 0; slot <= m_some.mask; ++slot)
    {
        if (m_some.slots[slot] != 0)
        {
            visit(m_some.slots[slot]);
        }
    }
}

void
PortSet::BecomeHash(std::uint32_t capacity)
{
    PortSet larger(Range());
    larger.m_form = Form::Some;
    larger.m_some = {new Port[capacity](), capacity - 1};
    ForEachSparse([&larger](Port port) { larger.InsertHashed(port); });
    larger.SetCount(m_count);
    *this = std::move(larger);
}

void
PortSet::BecomeBitmap()
{
    PortSet larger(Range());
    larger.m_many = new PortBitmap(Range());
    larger.m_form = Form::Many;
    ForEachSparse([&larger](Port port) { larger.m_many->Insert(port); });
    larger.SetCount(m_count);
    *this = std::move(larger);
}

void
PortSet::GiveBack()
{
    if (m_form == Form::Some)
    {
        delete[] m_some.slots;
    }
    else if (m_form == Form::Many)
    {
        delete m_many;
    }
    m_form = Form::Few;
}

} // namespace portlab
