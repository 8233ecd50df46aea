// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_INDEX_TABLE_H
#define PORTLAB_INDEX_TABLE_H

#include "model/core/base/check.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace portlab
{

/// Finds things by their keys. The things lie elsewhere and have numbers, their ids; here is a slot
/// of 32 bits for each, and three slots in five are in use at most: 6.7 to 8.4 bytes for each thing
/// of many.
///
/// What a key is only the caller knows: `isIt(id)` tells whether the thing has the key that is
/// sought, `hashOf(id)` is the hash of its key, all 64 bits of it well stirred. No two things in
/// the table have the same key.
///
/// Open addressing with linear probing, in the order of Robin Hood (P. Celis, 1986): things come in
/// the order of their homes, so that a search ends at the first that is nearer to its home than the
/// search has come from there. Three bits of a slot say how far from home the thing is, three are
/// bits of its hash, the others are its id. A search compares the first six at once, and only one
/// thing in eight of the same home agrees without being sought. So it hardly ever looks at a wrong
/// thing, nor does a removal at those it moves: each look may be a cache miss.
class IndexTable
{
  public:
    static constexpr std::uint32_t NONE = ~std::uint32_t{0};

    /// Every id is below this.
    static constexpr std::uint32_t ID_LIMIT = std::uint32_t{1} << 26;

    /// The thing with the key, or NONE.
    template <typename IsIt>
    std::uint32_t Find(std::uint64_t hash, const IsIt& isIt) const
    {
        for (Probe probe = ProbeOf(hash);; Advance(probe))
        {
            const std::uint32_t slot = m_slots[probe.position];
            if (IsLike(slot, probe) && isIt(slot & ID_MASK))
            {
                return slot & ID_MASK;
            }
            if (slot < Least(probe))
            {
                return NONE;
            }
        }
    }

    /// Adds a thing. One with the same key is replaced and returned; else NONE.
    template <typename IsIt, typename HashOf>
    std::uint32_t Put(std::uint64_t hash, std::uint32_t id, const IsIt& isIt, const HashOf& hashOf)
    {
        Check(id < ID_LIMIT, "an index has room for 67,108,864 things");
        if ((m_count + std::uint64_t{1}) * 5 > m_slots.size() * std::uint64_t{3})
        {
            Grow(hashOf);
        }
        Probe probe = ProbeOf(hash);
        for (; !IsPassed(probe, hashOf); Advance(probe))
        {
            const std::uint32_t slot = m_slots[probe.position];
            if (IsLike(slot, probe) && isIt(slot & ID_MASK))
            {
                m_slots[probe.position] = probe.slot | id;
                return slot & ID_MASK;
            }
        }
        Insert(probe, id);
        ++m_count;
        return NONE;
    }

    /// Puts another thing of the same key into the place of one that is in the table.
    void Replace(std::uint64_t hash, std::uint32_t id, std::uint32_t other)
    {
        Check(other < ID_LIMIT, "an index has room for 67,108,864 things");
        const Probe probe = ProbeTo(hash, id);
        m_slots[probe.position] = probe.slot | other;
    }

    /// Takes out a thing that is in the table.
    template <typename HashOf>
    void Erase(std::uint64_t hash, std::uint32_t id, const HashOf& hashOf)
    {
        // Those behind it, up to the first that is at home, move up: no search meets a gap.
        std::uint32_t hole = ProbeTo(hash, id).position;
        for (std::uint32_t next = After(hole); m_slots[next] >= AWAY; next = After(next))
        {
            const std::uint32_t slot = m_slots[next];
            const bool staysFar = slot >= FAR && DistanceAt(next, hashOf) > FAR_DISTANCE;
            m_slots[hole] = staysFar ? slot : slot - STEP;
            hole = next;
        }
        m_slots[hole] = 0;
        --m_count;
    }

    std::uint32_t Count() const
    {
        return m_count;
    }

    std::size_t MemoryBytes() const
    {
        return m_slots.capacity() * sizeof(std::uint32_t);
    }

  private:
    // The upper three bits of a slot: 0 if it is empty, 1 to 6 at a distance of 0 to 5 from home,
    // 7 at more, which only the hash can tell.
    static constexpr std::uint32_t STEP = 1u << 29;
    static constexpr std::uint32_t AWAY = 2 * STEP;
    static constexpr std::uint32_t FAR = 7 * STEP;
    static constexpr std::uint32_t FAR_DISTANCE = 6;

    static constexpr std::uint32_t HASH_MASK = 7u << 26;
    static constexpr std::uint32_t ID_MASK = ID_LIMIT - 1;

    /// Where a search has come to.
    struct Probe
    {
        std::uint32_t position;
        std::uint32_t distance; ///< From home.
        std::uint32_t slot;     ///< What would be found here, but for its id.
    };

    /// The upper half of the hash, scaled to the number of slots: that can be any number.
    std::uint32_t Home(std::uint64_t hash) const
    {
        return static_cast<std::uint32_t>(((hash >> 32) * m_slots.size()) >> 32);
    }

    std::uint32_t After(std::uint32_t position) const
    {
        return position + 1 == m_slots.size() ? 0 : position + 1;
    }

    Probe ProbeOf(std::uint64_t hash) const
    {
        return {Home(hash), 0, STEP | (static_cast<std::uint32_t>(hash) & HASH_MASK)};
    }

    void Advance(Probe& probe) const
    {
        probe.position = After(probe.position);
        ++probe.distance;
        probe.slot = Farther(probe.slot);
    }

    static std::uint32_t Farther(std::uint32_t slot)
    {
        return slot < FAR ? slot + STEP : slot;
    }

    static bool IsLike(std::uint32_t slot, const Probe& probe)
    {
        return (slot ^ probe.slot) < ID_LIMIT;
    }

    /// A smaller slot is empty, or its thing is nearer to its home than the search.
    static std::uint32_t Least(const Probe& probe)
    {
        return probe.slot & ~(STEP - 1);
    }

    /// How far the thing in a slot is from its home.
    template <typename HashOf>
    std::uint32_t DistanceAt(std::uint32_t position, const HashOf& hashOf) const
    {
        const std::uint32_t home = Home(hashOf(m_slots[position] & ID_MASK));
        const auto size = static_cast<std::uint32_t>(m_slots.size());
        return position >= home ? position - home : position + size - home;
    }

    /// Whether the search has come to the place of what it seeks, if that is not in the table.
    template <typename HashOf>
    bool IsPassed(const Probe& probe, const HashOf& hashOf) const
    {
        return m_slots[probe.position] < Least(probe) ||
               (probe.distance > FAR_DISTANCE &&
                DistanceAt(probe.position, hashOf) < probe.distance);
    }

    /// Puts an id where its search has come to; what stands there and behind moves on by one.
    void Insert(const Probe& probe, std::uint32_t id)
    {
        std::uint32_t slot = probe.slot | id;
        for (std::uint32_t at = probe.position;; at = After(at))
        {
            std::swap(slot, m_slots[at]);
            if (slot == 0)
            {
                return;
            }
            slot = Farther(slot);
        }
    }

    /// The search for a thing that is in the table, ended.
    Probe ProbeTo(std::uint64_t hash, std::uint32_t id) const
    {
        Probe probe = ProbeOf(hash);
        while (m_slots[probe.position] != (probe.slot | id))
        {
            Check(m_slots[probe.position] != 0, "an index was asked about what it does not know");
            Advance(probe);
        }
        return probe;
    }

    /// By a quarter: doubling would cost up to twice the memory.
    template <typename HashOf>
    void Grow(const HashOf& hashOf)
    {
        std::vector<std::uint32_t> old(m_slots.size() + m_slots.size() / 4);
        old.swap(m_slots);
        for (const std::uint32_t slot : old)
        {
            if (slot != 0)
            {
                Probe probe = ProbeOf(hashOf(slot & ID_MASK));
                while (!IsPassed(probe, hashOf))
                {
                    Advance(probe);
                }
                Insert(probe, slot & ID_MASK);
            }
        }
    }

    std::uint32_t m_count{0};
    std::vector<std::uint32_t> m_slots = std::vector<std::uint32_t>(8);
};

} // namespace portlab

#endif // PORTLAB_INDEX_TABLE_H
