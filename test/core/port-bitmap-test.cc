// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/base/random.h"
#include "model/core/port/port-bitmap.h"
#include "test/core/port-test-support.h"

#include <bitset>
#include <cstdint>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>

namespace
{

using portlab::Lane;
using portlab::Port;
using portlab::PortBitmap;
using portlab::PortRange;
using portlab::Random;
using portlab::StreamKey;

using Ports = std::bitset<65536>;

/// Whether a word's ports of the lane are all taken, those outside the range among them.
bool
IsFull(const Ports& taken, const PortRange& range, std::uint32_t word, Lane lane)
{
    for (std::uint32_t port = word * 64; port < word * 64 + 64; ++port)
    {
        const bool isAsked = lane == Lane::Both || (port % 2 == 0) == (lane == Lane::Even);
        const bool isInside = port < 65536 && range.Contains(static_cast<Port>(port));
        if (isAsked && isInside && !taken[port])
        {
            return false;
        }
    }
    return true;
}

void
ExpectSummariesOf(const PortBitmap& bitmap, const Ports& taken, const PortRange& range)
{
    for (std::uint32_t word = 0; word < (bitmap.WordCount() + 63) / 64 * 64; ++word)
    {
        for (const Lane lane : {Lane::Even, Lane::Odd, Lane::Both})
        {
            const bool isFull = ((bitmap.Full(lane, word / 64) >> word % 64) & 1) != 0;
            const bool isBehind = word >= bitmap.WordCount();
            ASSERT_EQ(isFull, isBehind || IsFull(taken, range, word + bitmap.Base(), lane))
                << "word " << word << ", lane " << static_cast<int>(lane);
        }
    }
}

void
ExpectBits(const PortBitmap& bitmap, const Ports& taken, const PortRange& range)
{
    ASSERT_EQ(bitmap.Count(), taken.count());
    for (std::uint32_t port = range.First(); port <= range.Last(); ++port)
    {
        ASSERT_EQ(bitmap.Contains(port), taken[port]) << "port " << port;
    }
    ExpectSummariesOf(bitmap, taken, range);
}

/// Fills and empties a range in random order, with a look at everything in between.
void
Exercise(const PortRange& range, std::uint64_t seed)
{
    SCOPED_TRACE("seed " + std::to_string(seed) + ", ports " + std::to_string(range.First()) + "-" +
                 std::to_string(range.Last()));
    Random random(StreamKey(seed, 1).With("bitmap"));
    const auto bitmap = std::make_unique<PortBitmap>(range);
    const auto taken = std::make_unique<Ports>();
    for (const std::uint32_t goal : {0u, 50u, 100u, 97u, 3u, 100u, 0u})
    {
        for (std::uint32_t port = range.First(); port <= range.Last(); ++port)
        {
            const bool isWanted = random.Below(100) < goal;
            ASSERT_EQ(isWanted ? bitmap->Insert(static_cast<Port>(port))
                               : bitmap->Erase(static_cast<Port>(port)),
                      isWanted != taken->test(port));
            taken->set(port, isWanted);
        }
        ASSERT_NO_FATAL_FAILURE(ExpectBits(*bitmap, *taken, range));
    }
}

} // namespace

TEST(PortBitmap, AgreesWithASetOfPortsForEverySizeAndStart)
{
    std::uint64_t seed = 1;
    for (const std::uint32_t size : portlab::test::RANGE_SIZES)
    {
        for (const std::uint32_t first : {0u, 1u, 63u, 64u, 4095u, 65536u - size})
        {
            if (first + size <= 65536)
            {
                Exercise(PortRange(static_cast<Port>(first), static_cast<Port>(first + size - 1)),
                         seed++);
            }
        }
    }
    Exercise(PortRange(0, 65535), seed);
}

TEST(PortBitmap, TellsWhetherAPortWasThere)
{
    PortBitmap bitmap(PortRange(100, 200));

    EXPECT_FALSE(bitmap.Erase(150));
    EXPECT_TRUE(bitmap.Insert(150));
    EXPECT_FALSE(bitmap.Insert(150));
    EXPECT_TRUE(bitmap.Erase(150));
    EXPECT_FALSE(bitmap.Contains(150));
}

/// 99 and 201 lie in words that the range uses, 63 and 256 do not.
TEST(PortBitmap, BlamesWhoeverLeavesItsRange)
{
    PortBitmap bitmap(PortRange(100, 200));

    for (const Port outside : {Port{0}, Port{63}, Port{99}, Port{201}, Port{256}, Port{65535}})
    {
        EXPECT_THROW(bitmap.Insert(outside), std::logic_error) << outside;
        EXPECT_THROW(bitmap.Erase(outside), std::logic_error) << outside;
    }
    EXPECT_EQ(bitmap.Count(), 0u);
}

TEST(PortBitmap, TakesABitForEachPortAndTwoForEachWord)
{
    EXPECT_EQ(PortBitmap(PortRange(32768, 60999)).MemoryBytes(), (442 + 2 * 7) * 8u);
    EXPECT_EQ(PortBitmap(PortRange(64, 127)).MemoryBytes(), 3 * 8u);
    EXPECT_EQ(PortBitmap(PortRange(63, 64)).MemoryBytes(), 4 * 8u);
}
