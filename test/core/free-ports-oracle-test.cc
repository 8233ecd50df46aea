// SPDX-License-Identifier: GPL-2.0-only

// Random searches against a loop that looks at every candidate: same port, same number of probes.

#include "model/core/port/free-ports.h"
#include "test/core/port-test-support.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace
{

using portlab::FreePorts;
using portlab::Pick;
using portlab::Port;
using portlab::PortBitmap;
using portlab::PortRange;
using portlab::PortSet;
using portlab::Random;
using portlab::SearchPlan;
using portlab::Segment;
using portlab::StreamKey;

/// Two bitmaps and two port sets over one range, and for each port how many of them contain it.
class Crowd
{
  public:
    Crowd(const PortRange& range, std::uint64_t seed)
        : m_range(range),
          m_random(StreamKey(seed, 1).With("searches")),
          m_bitmaps{PortBitmap(range), PortBitmap(range)},
          m_sets{PortSet(range), PortSet(range)},
          m_takers(65536)
    {
    }

    /// Changes a run of ports, all of them or those of one parity, in one of the bitmaps.
    void FillRun()
    {
        PortBitmap& bitmap = m_bitmaps[m_random.Below(2)];
        const std::uint32_t stride = 1 + m_random.Below(2);
        const bool isFilled = m_random.Below(3) > 0;
        const std::uint32_t size = m_range.Count();
        const std::uint32_t length = m_random.Below(4) == 0 ? size : 1 + m_random.Below(size);
        std::uint32_t offset = length == size ? m_random.Below(2) : m_random.Below(size);
        for (std::uint32_t i = 0; i < length && offset < size; i += stride, offset += stride)
        {
            const Port port = m_range.At(offset);
            const bool hasChanged = isFilled ? bitmap.Insert(port) : bitmap.Erase(port);
            Note(port, hasChanged, isFilled);
        }
    }

    /// Makes a few holes in the bitmaps.
    void Drill()
    {
        for (std::uint32_t i = m_random.Below(6); i > 0; --i)
        {
            const Port port = AnyPort();
            Note(port, m_bitmaps[0].Erase(port), false);
            Note(port, m_bitmaps[1].Erase(port), false);
        }
    }

    /// Changes some ports of a port set, which may have to stay without a bitmap.
    void Scatter(bool isSparse)
    {
        PortSet& set = m_sets[m_random.Below(2)];
        const std::uint32_t limit = std::max(16u, m_range.Count() / 32);
        const bool isFilled = m_random.Below(2) == 0;
        for (std::uint32_t i = m_random.Below(isSparse ? limit : m_range.Count()); i > 0; --i)
        {
            const Port port = AnyPort();
            const bool isWanted = isFilled && (!isSparse || set.Count() < limit);
            Note(port, isWanted ? set.Insert(port) : set.Erase(port), isWanted);
        }
    }

    /// Any of the sets, so that searches see every number of them.
    void ExpectAnswer()
    {
        FreePorts free(m_range);
        for (const PortBitmap& bitmap : m_bitmaps)
        {
            if (bitmap.Count() > 0)
            {
                free.Exclude(bitmap);
            }
        }
        free.Exclude(m_sets[0]);
        free.Exclude(m_sets[1]);
        const SearchPlan plan = AnyPlan();
        ASSERT_EQ(free.FirstFree(plan), Walk(plan)) << InWords(plan);
        const Port port = AnyPort();
        ASSERT_EQ(free.IsFree(port), m_takers[port] == 0) << port;
    }

    void ExpectCount()
    {
        FreePorts free(m_range);
        free.Exclude(m_sets[0]);
        free.Exclude(m_sets[1]);
        free.Exclude(m_bitmaps[0]);
        free.Exclude(m_bitmaps[1]);
        std::uint32_t count = 0;
        for (std::uint32_t port = m_range.First(); port <= m_range.Last(); ++port)
        {
            count += m_takers[port] == 0 ? 1 : 0;
        }
        ASSERT_EQ(free.Count(), count);
    }

  private:
    Port AnyPort()
    {
        return m_range.At(m_random.Below(m_range.Count()));
    }

    void Note(Port port, bool hasChanged, bool isAdded)
    {
        m_takers[port] += !hasChanged ? 0 : isAdded ? 1 : -1;
    }

    /// The oracle.
    Pick Walk(const SearchPlan& plan) const
    {
        std::uint32_t probes = 0;
        for (const Segment& segment : plan)
        {
            std::int64_t port = segment.first;
            for (std::uint32_t i = 0; i < segment.count; ++i, port += segment.stride)
            {
                ++probes;
                if (m_takers[static_cast<std::size_t>(port)] == 0)
                {
                    return {static_cast<Port>(port), probes};
                }
            }
        }
        return {std::nullopt, probes};
    }

    SearchPlan AnyPlan()
    {
        static constexpr std::array<std::int32_t, 14>
            STRIDES{1, 1, 1, -1, -1, 2, 2, -2, -2, 3, -3, 7, 64, -65};
        SearchPlan plan;
        for (std::uint32_t i = m_random.Below(5); i < 5; ++i)
        {
            const std::int32_t stride = STRIDES[m_random.Below(STRIDES.size())];
            const std::uint32_t size = m_range.Count();
            const bool isAtEnd = m_random.Below(3) == 0;
            std::uint32_t ahead = isAtEnd ? size - 1 : m_random.Below(size);
            const std::uint32_t offset = stride > 0 ? size - 1 - ahead : ahead;
            const std::uint32_t most =
                ahead / static_cast<std::uint32_t>(stride > 0 ? stride : -stride) + 1;
            plan.Add(m_range.First() + offset,
                     stride,
                     m_random.Below(2) == 0 ? most : 1 + m_random.Below(most));
        }
        return plan;
    }

    static std::string InWords(const SearchPlan& plan)
    {
        std::string words;
        for (const Segment& segment : plan)
        {
            words += " {" + std::to_string(segment.first) + ", " + std::to_string(segment.stride) +
                     ", " + std::to_string(segment.count) + "}";
        }
        return words;
    }

    PortRange m_range;
    Random m_random;
    std::array<PortBitmap, 2> m_bitmaps;
    std::array<PortSet, 2> m_sets;
    std::vector<int> m_takers;
};

void
Exercise(const PortRange& range, std::uint64_t seed)
{
    SCOPED_TRACE("seed " + std::to_string(seed) + ", ports " + std::to_string(range.First()) + "-" +
                 std::to_string(range.Last()));
    Crowd crowd(range, seed);
    const int rounds = range.Count() > 2000 ? 50 : 250;
    for (int round = 0; round < rounds; ++round)
    {
        SCOPED_TRACE("round " + std::to_string(round));
        crowd.FillRun();
        crowd.Drill();
        // First both port sets are sparse, later they may grow into bitmaps.
        crowd.Scatter(round < rounds * 2 / 3);
        for (int i = 0; i < 4; ++i)
        {
            ASSERT_NO_FATAL_FAILURE(crowd.ExpectAnswer());
        }
        ASSERT_NO_FATAL_FAILURE(crowd.ExpectCount());
    }
}

} // namespace

TEST(FreePorts, AgreeWithALoopOverEveryCandidateForEverySizeAndStart)
{
    std::uint64_t seed = 1;
    for (const std::uint32_t size : portlab::test::RANGE_SIZES)
    {
        for (const std::uint32_t first : {1u, 64u, 1025u, 65536u - size})
        {
            if (first + size <= 65536)
            {
                ASSERT_NO_FATAL_FAILURE(Exercise(
                    PortRange(static_cast<Port>(first), static_cast<Port>(first + size - 1)),
                    seed++));
            }
        }
    }
}
