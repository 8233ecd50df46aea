// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SEARCH_PLAN_H
#define PORTLAB_SEARCH_PLAN_H

#include "model/core/base/check.h"
#include "model/core/port/port-range.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace portlab
{

/// Candidates in arithmetic progression: first, first + stride, ... `count` of them.
struct Segment
{
    std::uint32_t first;
    std::int32_t stride; ///< Negative strides go down; never zero.
    std::uint32_t count;

    std::uint32_t At(std::uint32_t index) const
    {
        return first + static_cast<std::uint32_t>(stride) * index;
    }
};

/// One system's order of candidates for one request. A policy states it, the port set answers it;
/// the place of the port found in it is the number of candidates that the system examined before.
class SearchPlan
{
  public:
    /// Appends a segment; an empty one is left out.
    void Add(std::uint32_t first, std::int32_t stride, std::uint32_t count)
    {
        if (count == 0)
        {
            return;
        }
        Check(m_size < CAPACITY, "a search plan has at most 32 segments");
        m_segments[m_size++] = {first, stride, count};
        m_total += count;
    }

    /// Appends `count` ports of the range, upward and cyclic, beginning `offset` after the first.
    void AddCyclic(const PortRange& range, std::uint64_t offset, std::uint32_t count)
    {
        std::uint32_t place = static_cast<std::uint32_t>(offset % range.Count());
        while (count > 0)
        {
            const std::uint32_t straight = std::min(count, range.Count() - place);
            Add(range.First() + place, 1, straight);
            count -= straight;
            place = 0;
        }
    }

    /// Appends the ports that a counter of limited width visits: offset + counter, offset +
    /// counter + 1, ... modulo the range, where the counter alone starts again at 0 when it
    /// reaches `modulus`. That jump is visible in real sequences, so it is in ours.
    void AddCounted(const PortRange& range,
                    std::uint64_t offset,
                    std::uint64_t counter,
                    std::uint64_t modulus,
                    std::uint32_t count)
    {
        const auto untilJump =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(count, modulus - counter % modulus));
        AddCyclic(range, offset + counter % modulus, untilJump);
        AddCyclic(range, offset, count - untilJump);
    }

    const Segment* begin() const
    {
        return m_segments.data();
    }

    const Segment* end() const
    {
        return m_segments.data() + m_size;
    }

    /// How many candidates there are in all: the probes of a search that fails.
    std::uint32_t Total() const
    {
        return m_total;
    }

  private:
    static constexpr std::size_t CAPACITY = 32;
    std::size_t m_size{0};
    std::uint32_t m_total{0};
    /// Left uninitialised: a plan is made for every connection, and a few segments are used.
    std::array<Segment, CAPACITY> m_segments;
};

} // namespace portlab

#endif // PORTLAB_SEARCH_PLAN_H
