// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/port-plans.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace
{

using portlab::Port;
using portlab::PortRange;
using portlab::Random;
using portlab::SearchPlan;
using portlab::Segment;
using portlab::StreamKey;
using portlab::WindowedSearch;

using Ports = std::vector<std::uint32_t>;

const PortRange TEN(50000, 50009);
const PortRange UNPRIVILEGED(1024, 65535);

/// A range of so many ports that ends with the last of all, or nearly.
PortRange
RangeOf(std::uint32_t size)
{
    const std::uint32_t first = size < 60000 ? 2000 : 65536 - size;
    return PortRange(static_cast<Port>(first), static_cast<Port>(first + size - 1));
}

Ports
Candidates(const SearchPlan& plan)
{
    Ports ports;
    for (const Segment& segment : plan)
    {
        for (std::uint32_t index = 0; index < segment.count; ++index)
        {
            ports.push_back(segment.At(index));
        }
    }
    return ports;
}

Random
Seeded(std::uint64_t seed)
{
    return Random(StreamKey(seed, 1).With("port plans"));
}

/// What a search draws first from this seed.
std::uint32_t
FirstDraw(std::uint64_t seed, std::uint32_t bound)
{
    Random random = Seeded(seed);
    return random.Below(bound);
}

Ports
Repeat(const PortRange& range, std::uint32_t start, std::uint32_t count)
{
    Ports ports;
    for (std::uint32_t index = 0; index < count; ++index)
    {
        ports.push_back(range.At(start + index));
    }
    return ports;
}

/// A seed for each start that the orders of ten ports can have.
std::vector<std::uint64_t>
SeedsOfAllTenStarts()
{
    std::vector<std::uint64_t> seeds;
    std::set<std::uint32_t> starts;
    for (std::uint64_t seed = 1; starts.size() < TEN.Count(); ++seed)
    {
        if (starts.insert(FirstDraw(seed, TEN.Count())).second)
        {
            seeds.push_back(seed);
        }
    }
    return seeds;
}

/// The widths of all windows of a search, in order.
Ports
WidthsOf(std::uint32_t size, bool startsBy16Bits)
{
    Ports widths;
    Random random = Seeded(1);
    WindowedSearch search(RangeOf(size), startsBy16Bits);
    while (!search.IsOver())
    {
        const SearchPlan window = search.Next(random);
        widths.push_back(window.Total());
        EXPECT_EQ(Candidates(window).size(), window.Total());
    }
    EXPECT_THROW(search.Next(random), std::logic_error);
    return widths;
}

/// What Linux's loop looks at, in its own words: off = o + i in 16 bits, min + off % size.
Ports
AsLinuxLoops(const PortRange& range, std::uint32_t start, std::uint32_t width)
{
    Ports ports;
    auto off = static_cast<std::uint16_t>(start);
    for (std::uint32_t index = 0; index < width; ++index, ++off)
    {
        ports.push_back(range.First() + off % range.Count());
    }
    return ports;
}

/// Calls visit(start, seed) once for each of all 65,536 starts: what is counted is exact.
template <typename Visit>
void
ForAllStarts(Visit visit)
{
    std::vector<bool> isKnown(65536);
    std::uint32_t known = 0;
    for (std::uint64_t seed = 1; known < isKnown.size(); ++seed)
    {
        const std::uint32_t start = FirstDraw(seed, 65536);
        if (!isKnown[start])
        {
            isKnown[start] = true;
            ++known;
            visit(start, seed);
        }
    }
}

} // namespace

TEST(RandomStart, LooksAtAllPortsUpwardAndAroundTheEnd)
{
    for (const std::uint64_t seed : SeedsOfAllTenStarts())
    {
        Random random = Seeded(seed);
        EXPECT_EQ(Candidates(RandomStartPlan(TEN, random)), Repeat(TEN, FirstDraw(seed, 10), 10));
    }
}

TEST(Linear, LooksAtOnePortMoreThanItRetriesAndGoesFromTheLastToTheFirst)
{
    for (const std::uint64_t seed : SeedsOfAllTenStarts())
    {
        for (const std::uint32_t retries : {0u, 1u, 8u, 9u})
        {
            Random random = Seeded(seed);
            EXPECT_EQ(Candidates(LinearPlan(TEN, retries, random)),
                      Repeat(TEN, FirstDraw(seed, 10), retries + 1));
        }
    }
}

TEST(Linear, LooksAtNoPortTwice)
{
    for (const std::uint32_t retries : {10u, 32u, ~0u})
    {
        Random random = Seeded(1);
        EXPECT_EQ(Candidates(LinearPlan(TEN, retries, random)), Repeat(TEN, FirstDraw(1, 10), 10));
    }
}

TEST(UpThenDown, LooksUpToTheLastPortAndThenFromBelowTheStartDownToTheFirst)
{
    for (const std::uint64_t seed : SeedsOfAllTenStarts())
    {
        const std::uint32_t start = 50000 + FirstDraw(seed, 10);
        Ports expected;
        for (std::uint32_t port = start; port <= 50009; ++port)
        {
            expected.push_back(port);
        }
        for (std::uint32_t port = start - 1; port >= 50000; --port)
        {
            expected.push_back(port);
        }
        Random random = Seeded(seed);
        EXPECT_EQ(Candidates(UpThenDownPlan(TEN, random)), expected) << "from " << start;
    }
}

TEST(InOrder, LooksFromTheFirstPortUpward)
{
    EXPECT_EQ(Candidates(InOrderPlan(TEN)), Repeat(TEN, 0, 10));
}

TEST(EveryPlan, LooksAtTheOnlyPortOnce)
{
    const PortRange one(65535, 65535);
    Random random = Seeded(1);
    EXPECT_EQ(Candidates(RandomStartPlan(one, random)), Ports{65535});
    EXPECT_EQ(Candidates(LinearPlan(one, 32, random)), Ports{65535});
    EXPECT_EQ(Candidates(UpThenDownPlan(one, random)), Ports{65535});
    EXPECT_EQ(Candidates(InOrderPlan(one)), Ports{65535});
    for (const bool startsBy16Bits : {false, true})
    {
        WindowedSearch search(one, startsBy16Bits);
        EXPECT_EQ(Candidates(search.Next(random)), Ports{65535});
        EXPECT_TRUE(search.IsOver());
    }
}

TEST(Windows, CoverARangeOfUpTo128PortsAtOnce)
{
    for (const std::uint32_t size : {1u, 2u, 7u, 8u, 15u, 16u, 17u, 31u, 32u, 64u, 127u, 128u})
    {
        EXPECT_EQ(WidthsOf(size, false), Ports{size});
        EXPECT_EQ(WidthsOf(size, true), Ports{size});
    }
}

TEST(Windows, BecomeSmallerInALargerRangeUntilOneIsSmallerThanSixteen)
{
    const Ports widths{128, 64, 32, 16, 8};
    for (const std::uint32_t size : {129u, 130u, 1000u, 64512u, 65535u})
    {
        EXPECT_EQ(WidthsOf(size, false), widths);
        EXPECT_EQ(WidthsOf(size, true), widths);
    }
    EXPECT_EQ(std::accumulate(widths.begin(), widths.end(), 0u), 248u);
}

TEST(Windows, OfASmallRangeMissNoPort)
{
    for (const std::uint32_t size : {1u, 15u, 16u, 100u, 127u, 128u})
    {
        for (std::uint64_t seed = 1; seed <= 200; ++seed)
        {
            Random random = Seeded(seed);
            WindowedSearch search(RangeOf(size), false);
            const Ports ports = Candidates(search.Next(random));
            ASSERT_EQ(std::set<std::uint32_t>(ports.begin(), ports.end()).size(), size);
        }
    }
}

TEST(Windows, BeginAnywhereAnewEachTime)
{
    Random random = Seeded(7);
    Random twin = Seeded(7);
    const PortRange range = RangeOf(1000);
    for (const bool startsBy16Bits : {false, true})
    {
        WindowedSearch search(range, startsBy16Bits);
        while (!search.IsOver())
        {
            const Ports ports = Candidates(search.Next(random));
            const auto width = static_cast<std::uint32_t>(ports.size());
            EXPECT_EQ(ports,
                      startsBy16Bits ? AsLinuxLoops(range, twin.Below(65536), width)
                                     : Repeat(range, twin.Below(range.Count()), width));
        }
    }
}

TEST(WindowsOf16BitStarts, AreThoseOfLinuxForEveryStart)
{
    // 65536 is no multiple of any of these, so that windows jump where the 16 bits come around.
    for (const std::uint32_t size : {100u, 129u, 30000u, 64512u})
    {
        const PortRange range = RangeOf(size);
        ForAllStarts([&](std::uint32_t start, std::uint64_t seed) {
            Random random = Seeded(seed);
            const SearchPlan window = WindowedSearch(range, true).Next(random);
            const bool isNearJump = start > 65536 - 130;
            if (isNearJump || start % 64 == 0)
            {
                ASSERT_EQ(Candidates(window), AsLinuxLoops(range, start, window.Total()))
                    << "start " << start;
            }
            ASSERT_EQ(window.begin()->first, range.First() + start % size);
        });
    }
}

TEST(WindowsOf16BitStarts, JumpToTheFirstPortWhereTheyComeAround)
{
    for (std::uint64_t seed = 1;; ++seed)
    {
        if (FirstDraw(seed, 65536) == 65534)
        {
            Random random = Seeded(seed);
            const Ports ports = Candidates(WindowedSearch(UNPRIVILEGED, true).Next(random));
            EXPECT_EQ(Ports(ports.begin(), ports.begin() + 4), (Ports{2046, 2047, 1024, 1025}));
            return;
        }
    }
}

TEST(WindowsOf16BitStarts, PreferPorts1024To2047TwoToOne)
{
    std::vector<std::uint32_t> starts(65536);
    ForAllStarts([&](std::uint32_t, std::uint64_t seed) {
        Random random = Seeded(seed);
        ++starts[WindowedSearch(UNPRIVILEGED, true).Next(random).begin()->first];
    });
    for (std::uint32_t port = 0; port < starts.size(); ++port)
    {
        ASSERT_EQ(starts[port], port < 1024 ? 0u : port < 2048 ? 2u : 1u) << "port " << port;
    }
}

TEST(Windows, OfOtherStartsPreferNoPort)
{
    std::set<std::uint32_t> starts;
    for (std::uint64_t seed = 1; seed <= 2000; ++seed)
    {
        Random random = Seeded(seed);
        const std::uint32_t first = WindowedSearch(TEN, false).Next(random).begin()->first;
        ASSERT_EQ(first, 50000 + FirstDraw(seed, TEN.Count()));
        starts.insert(first);
    }
    EXPECT_EQ(starts.size(), TEN.Count());
}

TEST(Windows, EvictInTheirLast32Candidates)
{
    EXPECT_EQ(WindowedSearch::EvictsFrom(128), 96u);
    EXPECT_EQ(WindowedSearch::EvictsFrom(100), 68u);
    EXPECT_EQ(WindowedSearch::EvictsFrom(33), 1u);
    EXPECT_EQ(WindowedSearch::EvictsFrom(32), 0u);
    EXPECT_EQ(WindowedSearch::EvictsFrom(8), 0u);
}
