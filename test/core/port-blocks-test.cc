// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/base/random.h"
#include "model/core/nat/port-blocks.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace
{

using portlab::BlockPool;
using portlab::DeterministicBlock;
using portlab::ExternalIndex;
using portlab::Port;
using portlab::PortBlock;
using portlab::PortRange;
using portlab::Random;
using portlab::StreamKey;

/// What clouds and carriers share out of an address: 64,512 ports.
const PortRange UNPRIVILEGED(1024, 65535);

PortBlock
Block(ExternalIndex address, std::uint32_t first, std::uint32_t size)
{
    return {address, PortRange(static_cast<Port>(first), static_cast<Port>(first + size - 1))};
}

/// How many blocks of a size a pool has.
std::uint32_t
CountBlocks(BlockPool& pool, std::uint32_t size)
{
    std::uint32_t count = 0;
    while (pool.Allocate(size))
    {
        ++count;
    }
    return count;
}

/// A pool that looks at every unit of every address.
class NaivePool
{
  public:
    NaivePool(const PortRange& ports, std::uint32_t addresses, std::uint32_t unit)
        : m_ports(ports),
          m_unit(unit),
          m_isTaken(addresses, std::vector<bool>(ports.Count() / unit))
    {
    }

    std::optional<PortBlock> Allocate(std::uint32_t size, std::optional<ExternalIndex> only)
    {
        const std::size_t units = size / m_unit;
        const std::size_t step = (units & (units - 1)) == 0 ? units : 1;
        for (std::size_t address = 0; address < m_isTaken.size(); ++address)
        {
            const std::vector<bool>& isTaken = m_isTaken[address];
            for (std::size_t first = 0; first + units <= isTaken.size(); first += step)
            {
                std::size_t free = 0;
                while (free < units && !isTaken[first + free])
                {
                    ++free;
                }
                if (free == units && only.value_or(address) == address)
                {
                    const PortBlock block =
                        Block(static_cast<ExternalIndex>(address),
                              m_ports.First() + static_cast<std::uint32_t>(first) * m_unit,
                              size);
                    Mark(block, true);
                    return block;
                }
            }
        }
        return std::nullopt;
    }

    void Mark(const PortBlock& block, bool isTaken)
    {
        const std::uint32_t first = (block.ports.First() - m_ports.First()) / m_unit;
        for (std::uint32_t unit = 0; unit < block.ports.Count() / m_unit; ++unit)
        {
            m_isTaken[block.address][first + unit] = isTaken;
        }
    }

  private:
    PortRange m_ports;
    std::uint32_t m_unit;
    std::vector<std::vector<bool>> m_isTaken;
};

/// Random blocks of `sizes` units, taken and given back, by turns more of the one or the other.
void
Exercise(const PortRange& ports,
         std::uint32_t addresses,
         std::uint32_t unit,
         const std::vector<std::uint32_t>& sizes,
         std::uint64_t seed)
{
    SCOPED_TRACE("seed " + std::to_string(seed) + ", " + std::to_string(ports.Count()) +
                 " ports in units of " + std::to_string(unit));
    Random random(StreamKey(seed, 1).With("port blocks"));
    BlockPool pool(ports, addresses, unit);
    NaivePool naive(ports, addresses, unit);
    std::vector<PortBlock> held;
    std::uint64_t inUse = 0;
    for (int step = 0; step < 2000; ++step)
    {
        const std::uint32_t takenPercent = step / 250 % 2 == 0 ? 80 : 30;
        if (held.empty() || random.Below(100) < takenPercent)
        {
            const std::uint32_t size =
                unit * sizes[random.Below(static_cast<std::uint32_t>(sizes.size()))];
            const auto only =
                random.Below(4) == 0
                    ? std::optional(static_cast<ExternalIndex>(random.Below(addresses)))
                    : std::nullopt;
            const auto block = pool.Allocate(size, only);
            ASSERT_EQ(block, naive.Allocate(size, only)) << "step " << step;
            if (block)
            {
                held.push_back(*block);
                inUse += size;
            }
        }
        else
        {
            std::swap(held[random.Below(static_cast<std::uint32_t>(held.size()))], held.back());
            pool.Release(held.back());
            naive.Mark(held.back(), false);
            inUse -= held.back().ports.Count();
            held.pop_back();
        }
        ASSERT_EQ(pool.InUse(), inUse) << "step " << step;
    }
}

} // namespace

TEST(BlockPool, HandsOutTheLowestBlocksAddressAfterAddress)
{
    BlockPool pool(PortRange(1000, 1299), 2, 100);
    for (const PortBlock& expected : {Block(0, 1000, 100),
                                      Block(0, 1100, 100),
                                      Block(0, 1200, 100),
                                      Block(1, 1000, 100),
                                      Block(1, 1100, 100),
                                      Block(1, 1200, 100)})
    {
        EXPECT_EQ(pool.Allocate(100), expected);
    }
    EXPECT_EQ(pool.Allocate(100), std::nullopt);
    EXPECT_EQ(pool.InUse(), 600u);

    pool.Release(Block(1, 1000, 100));
    pool.Release(Block(0, 1200, 100));
    EXPECT_EQ(pool.InUse(), 400u);
    EXPECT_EQ(pool.Allocate(100), Block(0, 1200, 100));
    EXPECT_EQ(pool.Allocate(100), Block(1, 1000, 100));
    EXPECT_EQ(pool.Allocate(100), std::nullopt);
}

TEST(BlockPool, StaysOnAnAddressThatIsNamed)
{
    BlockPool pool(PortRange(1000, 1199), 3, 100);
    EXPECT_EQ(pool.Allocate(100, 2), Block(2, 1000, 100));
    EXPECT_EQ(pool.Allocate(100), Block(0, 1000, 100));
    EXPECT_EQ(pool.Allocate(100, 2), Block(2, 1100, 100));
    EXPECT_EQ(pool.Allocate(100, 2), std::nullopt);
    EXPECT_EQ(pool.Allocate(200, 1), Block(1, 1000, 200));
    EXPECT_EQ(pool.Allocate(100), Block(0, 1100, 100));
    EXPECT_EQ(pool.Allocate(100), std::nullopt);
}

TEST(BlockPool, NeverHandsOutWhatIsLeftBehindTheLastWholeUnit)
{
    BlockPool pool(PortRange(1, 99), 2, 32);
    EXPECT_EQ(pool.Total(), 192u);
    EXPECT_EQ(CountBlocks(pool, 32), 6u);
    EXPECT_EQ(pool.InUse(), pool.Total());
    EXPECT_EQ(BlockPool(PortRange(1, 96), 2, 32).Total(), 192u);
    EXPECT_EQ(BlockPool(PortRange(1, 95), 2, 32).Total(), 128u);
}

TEST(BlockPool, AlignsBlocksWhoseSizesAreDoubled)
{
    BlockPool pool(UNPRIVILEGED, 1, 32);
    EXPECT_EQ(pool.Allocate(32), Block(0, 1024, 32));
    EXPECT_EQ(pool.Allocate(32), Block(0, 1056, 32));
    EXPECT_EQ(pool.Allocate(64), Block(0, 1088, 64));
    EXPECT_EQ(pool.Allocate(128), Block(0, 1152, 128));
    EXPECT_EQ(pool.Allocate(32), Block(0, 1280, 32));
    EXPECT_EQ(pool.Allocate(64), Block(0, 1344, 64));
    EXPECT_EQ(pool.Allocate(256), Block(0, 1536, 256));
    EXPECT_EQ(pool.Allocate(32), Block(0, 1312, 32)) << "the gap before the block of 64";
    EXPECT_EQ(pool.Allocate(16384), Block(0, 1024 + 16384, 16384));
    EXPECT_EQ(pool.Allocate(32768), std::nullopt) << "the second half is cut off at 65535";
}

TEST(BlockPool, PacksSizesThatAreNoPowerOfTwo)
{
    BlockPool pool(PortRange(1000, 1999), 1, 100);
    EXPECT_EQ(pool.Allocate(100), Block(0, 1000, 100));
    EXPECT_EQ(pool.Allocate(300), Block(0, 1100, 300));
    EXPECT_EQ(pool.Allocate(600), Block(0, 1400, 600));
    EXPECT_EQ(pool.Allocate(100), std::nullopt);
}

TEST(BlockPool, HasNoBlockLargerThanAnAddress)
{
    BlockPool pool(PortRange(1000, 1399), 2, 100);
    EXPECT_EQ(pool.Allocate(500), std::nullopt);
    EXPECT_EQ(pool.Allocate(400), Block(0, 1000, 400));
    EXPECT_EQ(pool.Allocate(400, 0), std::nullopt);
    EXPECT_EQ(pool.Allocate(400), Block(1, 1000, 400));
}

TEST(BlockPool, TakesBackAPartOfABlock)
{
    BlockPool pool(PortRange(1000, 1399), 1, 100);
    pool.Allocate(400);
    pool.Release(Block(0, 1200, 200));
    EXPECT_EQ(pool.InUse(), 200u);
    EXPECT_EQ(pool.Allocate(200), Block(0, 1200, 200));
}

TEST(BlockPool, TakesNothingBackThatNobodyHas)
{
    BlockPool pool(PortRange(1000, 1399), 2, 100);
    EXPECT_THROW(pool.Release(Block(0, 1000, 100)), std::logic_error);
    pool.Allocate(200);
    EXPECT_THROW(pool.Release(Block(0, 1100, 200)), std::logic_error);
    EXPECT_THROW(pool.Release(Block(1, 1000, 100)), std::logic_error);
    EXPECT_THROW(pool.Release(Block(0, 1050, 100)), std::logic_error);
    EXPECT_THROW(pool.Release(Block(0, 900, 100)), std::logic_error);
    EXPECT_THROW(pool.Release(Block(0, 1000, 50)), std::logic_error);
    EXPECT_EQ(pool.InUse(), 200u);
}

TEST(BlockPool, RefusesWhatMakesNoSense)
{
    EXPECT_THROW(BlockPool(PortRange(1000, 1099), 1, 101), std::logic_error);
    EXPECT_THROW(BlockPool(PortRange(1000, 1099), 1, 0), std::logic_error);
    EXPECT_THROW(BlockPool(PortRange(1000, 1099), 0, 50), std::logic_error);
    EXPECT_THROW(BlockPool(PortRange(1000, 1099), 65537, 50), std::logic_error);
    BlockPool pool(PortRange(1000, 1099), 1, 50);
    EXPECT_THROW(pool.Allocate(0), std::logic_error);
    EXPECT_THROW(pool.Allocate(75), std::logic_error);
    EXPECT_THROW(pool.Allocate(50, 1), std::logic_error);
}

TEST(BlockPool, GivesMemoryBackWithTheLastBlockOfAnAddress)
{
    BlockPool pool(UNPRIVILEGED, 65536, 64);
    const std::size_t unused = pool.MemoryBytes();
    EXPECT_LE(unused, 10000u) << "a bit for each address";
    pool.Allocate(64);
    const std::size_t one = pool.MemoryBytes();
    EXPECT_LE(one - unused, 200u) << "an address, and a bit for each of its 1,008 units";
    pool.Release(Block(0, 1024, 64));
    EXPECT_EQ(one - pool.MemoryBytes(), 128u);
}

TEST(BlockPool, CanHave65536AddressesAndFillsThemAll)
{
    BlockPool pool(PortRange(1024, 65535), 65536, 32256);
    for (std::uint32_t count = 0; count < 2 * 65536; ++count)
    {
        ASSERT_EQ(pool.Allocate(32256),
                  Block(static_cast<ExternalIndex>(count / 2), 1024 + count % 2 * 32256, 32256));
    }
    EXPECT_EQ(pool.InUse(), pool.Total());
    EXPECT_EQ(pool.Allocate(32256), std::nullopt);
    pool.Release(Block(65535, 1024, 32256));
    EXPECT_EQ(pool.Allocate(32256), Block(65535, 1024, 32256));
}

// What real devices have: facts of their documentation.

TEST(GcpCloudNat, Has1008BlocksOf64PortsAndNo1009th)
{
    BlockPool pool(UNPRIVILEGED, 1, 64);
    EXPECT_EQ(CountBlocks(pool, 64), 1008u);
    EXPECT_EQ(pool.InUse(), 64512u);
}

TEST(AzureLoadBalancer, HasRoomForAsManyHostsAsItsTablePromises)
{
    // 64,000 ports of a frontend address, by hosts in the pool.
    const std::vector<std::pair<std::uint32_t, std::uint32_t>> table{{50, 1024},
                                                                     {100, 512},
                                                                     {200, 256},
                                                                     {400, 128},
                                                                     {800, 64},
                                                                     {1000, 32}};
    for (const auto& [hosts, size] : table)
    {
        BlockPool pool(PortRange(1024, 65023), 1, size);
        EXPECT_GE(CountBlocks(pool, size), hosts) << size << " ports each";
    }
}

TEST(PortBlockAllocation, Has504BlocksOf128PortsAnAddress)
{
    BlockPool pool(UNPRIVILEGED, 3, 128);
    EXPECT_EQ(CountBlocks(pool, 128), 3u * 504);
}

TEST(BlockPool, AgreesWithALookAtEveryUnit)
{
    std::uint64_t seed = 1;
    for (const std::uint32_t unit : {1u, 3u, 32u, 64u})
    {
        for (const std::uint32_t units : {1u, 7u, 63u, 64u, 65u, 130u, 200u})
        {
            const PortRange ports(1024, static_cast<Port>(1024 + unit * units + unit / 2 - 1));
            ASSERT_NO_FATAL_FAILURE(Exercise(ports, 3, unit, {1}, seed++));
            ASSERT_NO_FATAL_FAILURE(Exercise(ports, 2, unit, {1, 1, 2, 4, 8, 64}, seed++));
            ASSERT_NO_FATAL_FAILURE(Exercise(ports, 3, unit, {1, 3, 5, 6, 70}, seed++));
        }
    }
}

TEST(DeterministicBlock, IsAsLargeAsTheTableOfSharingRatios)
{
    // Sharing ratios and ports of 1024-65535, as FD.io's CSIT tabulates them for its NAT44.
    const std::vector<std::pair<std::uint32_t, std::uint32_t>>
        table{{16, 4032}, {32, 2016}, {64, 1008}, {128, 504}, {256, 252}, {512, 126}, {1024, 63}};
    for (const auto& [ratio, ports] : table)
    {
        EXPECT_EQ(DeterministicBlock(0, ratio, 1, UNPRIVILEGED), Block(0, 1024, ports));
        EXPECT_EQ(DeterministicBlock(3 * ratio - 1, 4 * ratio, 4, UNPRIVILEGED),
                  Block(2, 1024 + (ratio - 1) * ports, ports));
        EXPECT_EQ(DeterministicBlock(3 * ratio, 4 * ratio, 4, UNPRIVILEGED), Block(3, 1024, ports));
    }
}

TEST(DeterministicBlock, BelongsToOneSubscriberAlone)
{
    const PortRange ports(1000, 1999);
    for (const std::uint32_t addresses : {1u, 2u, 3u, 7u})
    {
        for (const std::uint32_t subscribers : {1u, 2u, 6u, 7u, 8u, 100u, 999u, 1000u})
        {
            std::set<std::pair<ExternalIndex, std::uint32_t>> taken;
            for (std::uint32_t subscriber = 0; subscriber < subscribers; ++subscriber)
            {
                const PortBlock block =
                    DeterministicBlock(subscriber, subscribers, addresses, ports);
                ASSERT_LT(block.address, addresses);
                ASSERT_GE(block.ports.First(), ports.First());
                ASSERT_LE(block.ports.Last(), ports.Last());
                for (std::uint32_t port = block.ports.First(); port <= block.ports.Last(); ++port)
                {
                    ASSERT_TRUE(taken.insert({block.address, port}).second);
                }
            }
        }
    }
}

TEST(DeterministicBlock, NeedsAPortForEachSubscriber)
{
    EXPECT_EQ(DeterministicBlock(199, 200, 2, PortRange(1000, 1099)), Block(1, 1099, 1));
    EXPECT_THROW(DeterministicBlock(0, 201, 2, PortRange(1000, 1099)), std::invalid_argument);
    EXPECT_THROW(DeterministicBlock(200, 200, 2, PortRange(1000, 1099)), std::logic_error);
}
