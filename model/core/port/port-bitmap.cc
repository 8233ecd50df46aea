// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/port-bitmap.h"

namespace portlab
{

namespace
{

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
        // Words behind the last count as full.
        const std::uint64_t bits = word < m_wordCount ? m_bits[word] : ALL_BITS;
        for (const std::uint32_t parity : {0u, 1u})
        {
            const std::uint64_t lane = EVEN_BITS << parity;
            Summary(word, parity) |= (bits & lane) == lane ? Mark(word) : 0;
        }
    }
}

} // namespace portlab
