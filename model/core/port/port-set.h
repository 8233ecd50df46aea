// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PORT_SET_H
#define PORTLAB_PORT_SET_H

#include "model/core/port/port-bitmap.h"
#include "model/core/port/port-range.h"

#include <cstdint>

namespace portlab
{

/// A set of ports of one range that costs what it holds: up to 16 ports lie in the object itself,
/// more in a small hash set, and a bitmap is made only when about a port in 32 is in the set. What
/// was made is given back when the set is empty again. 40 bytes, because there is one for every
/// destination of every host.
class PortSet
{
  public:
    /// The range must not contain port 0, which no socket can have.
    explicit PortSet(const PortRange& range);
    ~PortSet();
    PortSet(PortSet&& other) noexcept;
    PortSet& operator=(PortSet&& other) noexcept;
    PortSet(const PortSet&) = delete;
    PortSet& operator=(const PortSet&) = delete;

    /// Adds a port of the range; false if it was there.
    bool Insert(Port port);

    /// Takes a port out; false if it was not there.
    bool Erase(Port port);

    bool Contains(Port port) const
    {
        return m_form == Form::Many ? m_first <= port && port <= m_last && m_many->Contains(port)
                                    : ContainsSparse(port);
    }

    std::uint32_t Count() const
    {
        return m_count;
    }

    PortRange Range() const
    {
        return PortRange(m_first, m_last);
    }

    bool IsFull() const
    {
        return m_count == std::uint32_t{m_last} - m_first + 1;
    }

    /// The bitmap, while the set is dense; else null.
    const PortBitmap* Dense() const
    {
        return m_form == Form::Many ? m_many : nullptr;
    }

    /// Bytes in use beyond the object itself.
    std::size_t MemoryBytes() const;

  private:
    static constexpr std::uint32_t FEW = 16;

    enum class Form : std::uint8_t
    {
        Few,  ///< In the object, unordered.
        Some, ///< A hash set with linear probing; 0 marks an empty slot.
        Many, ///< A bitmap.
    };

    struct Hash
    {
        Port* slots;
        std::uint32_t mask; ///< Capacity - 1.
    };

    std::uint32_t Home(Port port) const;
    void InsertHashed(Port port);
    bool EraseHashed(Port port);
    bool EraseListed(Port port);
    bool ContainsHashed(Port port) const;
    bool ContainsSparse(Port port) const;
    void Grow();
    template <typename Visit>
    void ForEachSparse(Visit visit) const;
    void BecomeHash(std::uint32_t capacity);
    void BecomeBitmap();
    void GiveBack();

    void SetCount(std::uint32_t count)
    {
        m_count = count & 0xffffffu;
    }

    std::uint32_t m_count : 24; ///< The form takes the fourth byte.
    Form m_form;
    Port m_first;
    Port m_last;

    union {
        Port m_few[FEW];
        Hash m_some;
        PortBitmap* m_many;
    };
};

static_assert(sizeof(PortSet) == 40, "a scope's header has to stay within one cache line");

} // namespace portlab

#endif // PORTLAB_PORT_SET_H
