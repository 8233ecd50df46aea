// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_EPOCH_TABLE_H
#define PORTLAB_EPOCH_TABLE_H

#include <cstdint>
#include <vector>

namespace portlab
{

/// A large table of counters of which few are ever used: only cells touched in the current epoch
/// are stored. A new epoch forgets them all at no cost, because each slot is stamped with the epoch
/// it belongs to.
///
/// Why forgetting is right for Linux: a new epoch gives every flow a fresh uniform offset, and an
/// offset that is uniform hides whatever the cell held before.
class EpochTable
{
  public:
    /// The value of `cell`, 0 at its first use in the epoch. Epochs never go back; the reference
    /// holds until the next call.
    std::uint32_t& Cell(std::uint32_t epoch, std::uint32_t cell)
    {
        if (epoch != m_epoch)
        {
            m_epoch = epoch;
            m_used = 0;
        }
        if ((m_used + 1) * 2 > m_slots.size())
        {
            Grow();
        }
        Slot& slot = m_slots[Find(cell)];
        if (slot.epoch != m_epoch)
        {
            slot = {m_epoch, cell, 0};
            ++m_used;
        }
        return slot.value;
    }

    std::size_t MemoryBytes() const
    {
        return m_slots.size() * sizeof(Slot);
    }

  private:
    static constexpr std::uint32_t NO_EPOCH = ~std::uint32_t{0};

    struct Slot
    {
        std::uint32_t epoch;
        std::uint32_t cell;
        std::uint32_t value;
    };

    /// The cell's slot, or the stale one where it belongs.
    std::size_t Find(std::uint32_t cell) const
    {
        const std::size_t mask = m_slots.size() - 1;
        const std::uint32_t hash = cell * 0x9e3779b9u;
        std::size_t place = hash & mask;
        while (m_slots[place].epoch == m_epoch && m_slots[place].cell != cell)
        {
            place = (place + 1) & mask;
        }
        return place;
    }

    void Grow()
    {
        std::vector<Slot> old(m_slots.empty() ? 4 : m_slots.size() * 2, Slot{NO_EPOCH, 0, 0});
        old.swap(m_slots);
        for (const Slot& slot : old)
        {
            if (slot.epoch == m_epoch)
            {
                m_slots[Find(slot.cell)] = slot;
            }
        }
    }

    std::uint32_t m_epoch{0};
    std::size_t m_used{0};
    std::vector<Slot> m_slots;
};

} // namespace portlab

#endif // PORTLAB_EPOCH_TABLE_H
