// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/base/random.h"
#include "model/core/port/port-set.h"
#include "test/core/port-test-support.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

namespace
{

using portlab::Port;
using portlab::PortRange;
using portlab::PortSet;
using portlab::Random;
using portlab::StreamKey;

PortRange
RangeOf(std::uint32_t first, std::uint32_t size)
{
    return PortRange(static_cast<Port>(first), static_cast<Port>(first + size - 1));
}

/// A port set and a std::set that live through the same.
class Twins
{
  public:
    Twins(const PortRange& range, std::uint64_t seed)
        : m_set(range),
          m_random(StreamKey(seed, 1).With("port set"))
    {
    }

    /// Random insertions and removals, more of the one or the other, among `window` ports.
    void Drift(std::uint32_t insertPercent, std::uint32_t steps, std::uint32_t window)
    {
        for (std::uint32_t i = 0; i < steps; ++i)
        {
            const Port port = m_set.Range().At(m_random.Below(window));
            const bool isKnown = m_known.count(port) != 0;
            ASSERT_EQ(m_set.Contains(port), isKnown) << "port " << port;
            if (m_random.Below(100) < insertPercent)
            {
                ASSERT_EQ(m_set.Insert(port), !isKnown) << "port " << port;
                m_known.insert(port);
            }
            else
            {
                ASSERT_EQ(m_set.Erase(port), isKnown) << "port " << port;
                m_known.erase(port);
            }
            ASSERT_EQ(m_set.Count(), m_known.size());
            ASSERT_EQ(m_set.IsFull(), m_known.size() == m_set.Range().Count());
        }
        ASSERT_NO_FATAL_FAILURE(Compare());
    }

    void FillUp()
    {
        for (std::uint32_t offset = 0; offset < m_set.Range().Count(); ++offset)
        {
            m_known.insert(m_set.Range().At(offset));
            m_set.Insert(m_set.Range().At(offset));
        }
        ASSERT_TRUE(m_set.IsFull());
    }

    void Clear()
    {
        for (const Port port : m_known)
        {
            ASSERT_TRUE(m_set.Erase(port));
        }
        m_known.clear();
        ASSERT_EQ(m_set.MemoryBytes(), 0u);
        ASSERT_NO_FATAL_FAILURE(Compare());
    }

    void MoveAbout()
    {
        PortSet there(std::move(m_set));
        PortSet elsewhere(PortRange(1, 1));
        elsewhere.Insert(1);
        elsewhere = std::move(there);
        m_set = std::move(elsewhere);
        ASSERT_NO_FATAL_FAILURE(Compare());
    }

  private:
    void Compare() const
    {
        for (std::uint32_t offset = 0; offset < m_set.Range().Count(); ++offset)
        {
            const Port port = m_set.Range().At(offset);
            ASSERT_EQ(m_set.Contains(port), m_known.count(port) != 0) << "port " << port;
        }
    }

    PortSet m_set;
    std::set<Port> m_known;
    Random m_random;
};

void
Exercise(const PortRange& range, std::uint64_t seed)
{
    SCOPED_TRACE("seed " + std::to_string(seed) + ", ports " + std::to_string(range.First()) + "-" +
                 std::to_string(range.Last()));
    Twins twins(range, seed);
    const std::uint32_t all = range.Count();
    ASSERT_NO_FATAL_FAILURE(twins.Drift(50, 300, all));
    ASSERT_NO_FATAL_FAILURE(twins.MoveAbout());
    ASSERT_NO_FATAL_FAILURE(twins.Drift(90, 300, all));
    ASSERT_NO_FATAL_FAILURE(twins.MoveAbout());
    ASSERT_NO_FATAL_FAILURE(twins.Clear());
    // A crowd on few ports makes long runs in the hash set, and holes in them.
    ASSERT_NO_FATAL_FAILURE(twins.Drift(60, 2000, std::min(all, 60u)));
    ASSERT_NO_FATAL_FAILURE(twins.Drift(55, 2000, all));
    ASSERT_NO_FATAL_FAILURE(twins.Drift(10, 1000, all));
    ASSERT_NO_FATAL_FAILURE(twins.FillUp());
    ASSERT_NO_FATAL_FAILURE(twins.MoveAbout());
    ASSERT_NO_FATAL_FAILURE(twins.Drift(20, 500, all));
    ASSERT_NO_FATAL_FAILURE(twins.Clear());
}

/// How many bytes the set takes while it grows to `count` ports.
std::vector<std::size_t>
BytesWhileGrowing(PortSet& set, std::uint32_t count)
{
    std::vector<std::size_t> bytes;
    for (std::uint32_t i = 0; i < count; ++i)
    {
        set.Insert(set.Range().At(i));
        bytes.push_back(set.MemoryBytes());
    }
    return bytes;
}

} // namespace

TEST(PortSet, AgreesWithASetOfPortsForEverySizeAndStart)
{
    std::uint64_t seed = 1;
    for (const std::uint32_t size : portlab::test::RANGE_SIZES)
    {
        for (const std::uint32_t first : {1u, 64u, 1025u, 65536u - size})
        {
            if (first + size <= 65536)
            {
                ASSERT_NO_FATAL_FAILURE(Exercise(RangeOf(first, size), seed++));
            }
        }
    }
}

TEST(PortSet, GrowsFromTheObjectToAHashSetToABitmap)
{
    PortSet set(PortRange(32768, 60999));
    const auto bytes = BytesWhileGrowing(set, 883);

    EXPECT_EQ(bytes[15], 0u);
    EXPECT_EQ(bytes[16], 64 * sizeof(Port));
    EXPECT_EQ(bytes[31], 64 * sizeof(Port));
    EXPECT_EQ(bytes[32], 128 * sizeof(Port));
    EXPECT_EQ(bytes[881], 2048 * sizeof(Port)); // 882 = 28232 / 32
    EXPECT_EQ(bytes[882], sizeof(portlab::PortBitmap) + (442 + 14) * 8);
    EXPECT_EQ(set.Count(), 883u);
}

TEST(PortSet, OfASmallRangeGoesStraightToABitmap)
{
    PortSet set(RangeOf(1024, 17));
    const auto bytes = BytesWhileGrowing(set, 17);

    EXPECT_EQ(bytes[15], 0u);
    EXPECT_EQ(bytes[16], sizeof(portlab::PortBitmap) + 3 * 8);
    EXPECT_NE(set.Dense(), nullptr);
    EXPECT_TRUE(set.IsFull());
}

TEST(PortSet, GivesItsMemoryBackWhenTheLastPortLeaves)
{
    for (const std::uint32_t count : {17u, 883u})
    {
        PortSet set(PortRange(32768, 60999));
        const auto peak = BytesWhileGrowing(set, count).back();
        for (std::uint32_t i = 1; i < count; ++i)
        {
            set.Erase(set.Range().At(i));
        }
        EXPECT_EQ(set.MemoryBytes(), peak);
        set.Erase(set.Range().At(0));
        EXPECT_EQ(set.MemoryBytes(), 0u);
        EXPECT_EQ(set.Dense(), nullptr);
    }
}

TEST(PortSet, IsEmptyAndUsableAfterItWasMovedFrom)
{
    PortSet set(PortRange(32768, 60999));
    BytesWhileGrowing(set, 20);
    const PortSet other(std::move(set));

    EXPECT_EQ(other.Count(), 20u);
    EXPECT_EQ(set.Count(), 0u); // NOLINT(bugprone-use-after-move): that is the question.
    EXPECT_TRUE(set.Insert(32768));
}

TEST(PortSet, SaysNothingOfPortsOutsideItsRangeWhateverItsForm)
{
    for (const std::uint32_t count : {1u, 16u, 17u, 100u})
    {
        PortSet set(RangeOf(1000, 1000));
        BytesWhileGrowing(set, count);
        for (const Port outside : {Port{0}, Port{960}, Port{999}, Port{2000}, Port{65535}})
        {
            EXPECT_FALSE(set.Contains(outside)) << outside;
            EXPECT_FALSE(set.Erase(outside)) << outside;
            EXPECT_THROW(set.Insert(outside), std::logic_error) << outside;
        }
        EXPECT_EQ(set.Count(), count);
    }
}

TEST(PortSet, RefusesPortZeroWhichNoSocketCanHave)
{
    EXPECT_THROW(PortSet(PortRange(0, 9)), std::logic_error);
}
