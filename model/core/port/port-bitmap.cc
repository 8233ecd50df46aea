// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/port-bitmap.h"

#include "model/core/base/check.h"

namespace portlab
{

namespace
{

constexpr std::uint64_t EVEN_BITS = 0x5555555555555555u;
constexpr std::uint64_t ALL_BITS = ~std::uint64_t{0};

} // namespace

PortBitmap::PortBitmap(const PortRange& range)
    : m_range(range),
      m_base(range.First() >> 6),
      m_wordCount((range.Last() >> 6) - m_base + 1u),
      m_summaryCount((m_wordCount + 63) / 64),
      m_bits(m_wordCount + 2 * m_summaryCount, 0)
{
    m_bits[0] |= ~(ALL_BITS << (range.First() & 63));
    m_bits[m_wordCount - 1] |= ~(ALL_BITS >> (63 - (range.Last() & 63)));
    for (std::uint32_t word = 0; word < m_summaryCount * 64; ++word)
    {
        Summarise(word);
    }
}

bool
PortBitmap::Insert(Port port)
{
    Check(m_range.Contains(port), "a port outside the bitmap's range was added");
    const std::uint32_t word = (port >> 6) - m_base;
    const std::uint64_t bit = std::uint64_t{1} << (port & 63);
    if ((m_bits[word] & bit) != 0)
    {
        return false;
    }
    m_bits[word] |= bit;
    ++m_count;
    Summarise(word);
    return true;
}

bool
PortBitmap::Erase(Port port)
{
    Check(m_range.Contains(port), "a port outside the bitmap's range was taken out");
    const std::uint32_t word = (port >> 6) - m_base;
    const std::uint64_t bit = std::uint64_t{1} << (port & 63);
    if ((m_bits[word] & bit) == 0)
    {
        return false;
    }
    m_bits[word] &= ~bit;
    --m_count;
    Summarise(word);
    return true;
}

/// Writes a word's two summary bits; words behind the last count as full.
void
PortBitmap::Summarise(std::uint32_t word)
{
    const std::uint64_t bits = word < m_wordCount ? m_bits[word] : ALL_BITS;
    const std::uint64_t mark = std::uint64_t{1} << (word & 63);
    std::uint64_t& even = m_bits[m_wordCount + word / 64];
    std::uint64_t& odd = m_bits[m_wordCount + m_summaryCount + word / 64];
    even = (bits & EVEN_BITS) == EVEN_BITS ? even | mark : even & ~mark;
    odd = (bits & ~EVEN_BITS) == ~EVEN_BITS ? odd | mark : odd & ~mark;
}

} // namespace portlab
