// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/free-ports.h"

#include "model/core/base/check.h"

namespace portlab
{

namespace
{

constexpr std::uint64_t EVEN_BITS = 0x5555555555555555u;
constexpr std::uint64_t ALL_BITS = ~std::uint64_t{0};

std::uint64_t
LaneBits(Lane lane)
{
    return lane == Lane::Even ? EVEN_BITS : lane == Lane::Odd ? ~EVEN_BITS : ALL_BITS;
}

std::uint32_t
LowestBit(std::uint64_t bits)
{
    return static_cast<std::uint32_t>(__builtin_ctzll(bits));
}

std::uint32_t
HighestBit(std::uint64_t bits)
{
    return 63u - static_cast<std::uint32_t>(__builtin_clzll(bits));
}

std::uint32_t
CountBits(std::uint64_t bits)
{
    return static_cast<std::uint32_t>(__builtin_popcountll(bits));
}

} // namespace

void
FreePorts::Exclude(const PortSet& taken)
{
    m_isFull = m_isFull || taken.IsFull();
    if (taken.Dense() != nullptr)
    {
        Exclude(*taken.Dense());
    }
    else if (taken.Count() > 0)
    {
        Check(m_sparseCount < m_sparse.size(), "at most six sparse sets can be excluded");
        m_sparse[m_sparseCount++] = &taken;
    }
}

void
FreePorts::Exclude(const PortBitmap& taken)
{
    Check(m_denseCount < m_dense.size(), "at most eight bitmaps can be excluded");
    m_dense[m_denseCount++] = &taken;
}

bool
FreePorts::IsSparselyTaken(Port port) const
{
    for (std::uint32_t i = 0; i < m_sparseCount; ++i)
    {
        if (m_sparse[i]->Contains(port))
        {
            return true;
        }
    }
    return false;
}

bool
FreePorts::IsFree(Port port) const
{
    for (std::uint32_t i = 0; i < m_denseCount; ++i)
    {
        if (m_dense[i]->Contains(port))
        {
            return false;
        }
    }
    return !IsSparselyTaken(port);
}

Pick
FreePorts::FirstFree(const SearchPlan& plan) const
{
    std::uint32_t before = 0;
    if (!m_isFull)
    {
        for (const Segment& segment : plan)
        {
            std::uint32_t index = NextUndense(segment, 0);
            while (index != NOT_FOUND && IsSparselyTaken(static_cast<Port>(segment.At(index))))
            {
                index = NextUndense(segment, index + 1);
            }
            if (index != NOT_FOUND)
            {
                return {static_cast<Port>(segment.At(index)), before + index + 1};
            }
            before += segment.count;
        }
    }
    return {std::nullopt, plan.Total()};
}

/// The first index not below `from` whose port no bitmap contains.
std::uint32_t
FreePorts::NextUndense(const Segment& segment, std::uint32_t from) const
{
    if (from >= segment.count)
    {
        return NOT_FOUND;
    }
    if (m_denseCount == 0)
    {
        return from;
    }
    switch (segment.stride)
    {
    case 1:
    case -1:
        return NextInLane(segment, from, Lane::Both);
    case 2:
    case -2:
        return NextInLane(segment, from, segment.first % 2 == 0 ? Lane::Even : Lane::Odd);
    default:
        return NextByStride(segment, from);
    }
}

/// Other strides look at each candidate: bitmaps cannot help them.
std::uint32_t
FreePorts::NextByStride(const Segment& segment, std::uint32_t from) const
{
    for (std::uint32_t index = from; index < segment.count; ++index)
    {
        bool taken = false;
        for (std::uint32_t i = 0; i < m_denseCount && !taken; ++i)
        {
            taken = m_dense[i]->Contains(segment.At(index));
        }
        if (!taken)
        {
            return index;
        }
    }
    return NOT_FOUND;
}

/// Strides of 1 and 2, up or down: whole words at a time.
std::uint32_t
FreePorts::NextInLane(const Segment& segment, std::uint32_t from, Lane lane) const
{
    const bool upward = segment.stride > 0;
    const std::uint32_t base = m_dense[0]->Base();
    const std::uint32_t start = segment.At(from);
    std::uint32_t word = (start >> 6) - base;
    std::uint64_t reach = upward ? ALL_BITS << (start & 63) : ALL_BITS >> (63 - (start & 63));
    while (word < m_dense[0]->WordCount())
    {
        const std::uint64_t free = ~TakenBits(word) & LaneBits(lane) & reach;
        if (free != 0)
        {
            const std::uint32_t port =
                ((word + base) << 6) + (upward ? LowestBit(free) : HighestBit(free));
            const std::uint32_t distance = upward ? port - segment.first : segment.first - port;
            const std::uint32_t index =
                distance / static_cast<std::uint32_t>(upward ? segment.stride : -segment.stride);
            return index < segment.count ? index : NOT_FOUND;
        }
        word = NextOpenWord(word, lane, upward);
        reach = ALL_BITS;
    }
    return NOT_FOUND;
}

std::uint64_t
FreePorts::TakenBits(std::uint32_t word) const
{
    std::uint64_t taken = m_dense[0]->Word(word);
    for (std::uint32_t i = 1; i < m_denseCount; ++i)
    {
        taken |= m_dense[i]->Word(word);
    }
    return taken;
}

/// The nearest further word that no single bitmap fills; NOT_FOUND at the end of the range.
std::uint32_t
FreePorts::NextOpenWord(std::uint32_t word, Lane lane, bool upward) const
{
    const std::uint32_t last = m_dense[0]->WordCount() - 1;
    if (word == (upward ? last : 0))
    {
        return NOT_FOUND;
    }
    word = upward ? word + 1 : word - 1;
    std::uint32_t index = word / 64;
    std::uint64_t reach = upward ? ALL_BITS << (word & 63) : ALL_BITS >> (63 - (word & 63));
    while (true)
    {
        std::uint64_t full = m_dense[0]->Full(lane, index);
        for (std::uint32_t i = 1; i < m_denseCount; ++i)
        {
            full |= m_dense[i]->Full(lane, index);
        }
        const std::uint64_t open = ~full & reach;
        if (open != 0)
        {
            return index * 64 + (upward ? LowestBit(open) : HighestBit(open));
        }
        if (index == (upward ? last / 64 : 0))
        {
            return NOT_FOUND;
        }
        index = upward ? index + 1 : index - 1;
        reach = ALL_BITS;
    }
}

std::uint64_t
FreePorts::Window(const PortRange& part, std::uint32_t first) const
{
    constexpr std::uint32_t words = 65536 / 64;
    const std::uint32_t word = first / 64;
    const std::uint32_t shift = first % 64;
    const std::uint64_t low = FreeWord(part, word) >> shift;
    return shift == 0 ? low : low | FreeWord(part, (word + 1) % words) << (64 - shift);
}

std::uint32_t
FreePorts::CountIn(const PortRange& part) const
{
    std::uint32_t count = 0;
    for (std::uint32_t word = part.First() / 64u; word <= part.Last() / 64u; ++word)
    {
        count += CountBits(FreeWord(part, word));
    }
    return count;
}

/// The free ports of `part` among 64 * word ... 64 * word + 63.
std::uint64_t
FreePorts::FreeWord(const PortRange& part, std::uint32_t word) const
{
    const std::uint32_t first = part.First();
    const std::uint32_t last = part.Last();
    if (last < word * 64 || word * 64 + 63 < first)
    {
        return 0;
    }
    std::uint64_t free = ALL_BITS;
    free &= first <= word * 64 ? ALL_BITS : ALL_BITS << (first % 64);
    free &= word * 64 + 63 <= last ? ALL_BITS : ALL_BITS >> (63 - last % 64);
    free &= m_denseCount == 0 ? ALL_BITS : ~TakenBits(word - m_dense[0]->Base());
    for (std::uint64_t open = m_sparseCount == 0 ? 0 : free; open != 0; open &= open - 1)
    {
        const std::uint32_t bit = LowestBit(open);
        if (IsSparselyTaken(static_cast<Port>(word * 64 + bit)))
        {
            free &= ~(std::uint64_t{1} << bit);
        }
    }
    return free;
}

std::uint32_t
FreePorts::Count() const
{
    if (m_isFull)
    {
        return 0;
    }
    if (m_denseCount + m_sparseCount == 0)
    {
        return m_range.Count();
    }
    if (m_denseCount + m_sparseCount == 1)
    {
        return m_range.Count() - (m_denseCount == 1 ? m_dense[0]->Count() : m_sparse[0]->Count());
    }
    return CountIn(m_range);
}

std::optional<Port>
FreePorts::Uniform(const PortRange& part, Random& random) const
{
    // Rejection is quick unless few ports are free; then they are counted off. Both draw uniformly,
    // so their mixture does.
    constexpr int TRIES = 16;
    for (int i = 0; i < TRIES; ++i)
    {
        const Port port = part.At(random.Below(part.Count()));
        if (IsFree(port))
        {
            return port;
        }
    }
    const std::uint32_t count = CountIn(part);
    return count == 0 ? std::nullopt : std::optional(Nth(part, random.Below(count)));
}

/// The free port of `part` that has `nth` free ones below it; there must be one.
Port
FreePorts::Nth(const PortRange& part, std::uint32_t nth) const
{
    std::uint32_t word = part.First() / 64u;
    std::uint64_t open = FreeWord(part, word);
    while (CountBits(open) <= nth)
    {
        nth -= CountBits(open);
        open = FreeWord(part, ++word);
    }
    for (; nth > 0; --nth)
    {
        open &= open - 1;
    }
    return static_cast<Port>(word * 64 + LowestBit(open));
}

} // namespace portlab
