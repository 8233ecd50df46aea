// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PORT_BITMAP_H
#define PORTLAB_PORT_BITMAP_H

#include "model/core/base/check.h"
#include "model/core/port/port-range.h"

#include <cstdint>
#include <vector>

namespace portlab
{

/// Which of a word's ports are asked for. A word starts at a multiple of 64, so its even bits are
/// the even ports.
enum class Lane : std::uint8_t
{
    Even,
    Odd,
    Both,
};

/// A set of ports of one range, one bit each, with summaries that tell which words have no even
/// and which have no odd port left: a search skips 4,096 taken ports a step.
/// Bits outside the range count as taken, for ever.
class PortBitmap
{
  public:
    explicit PortBitmap(const PortRange& range);

    /// Adds a port of the range; false if it was there.
    bool Insert(Port port)
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
        const std::uint64_t lane = EVEN_BITS << (port & 1);
        if ((m_bits[word] & lane) == lane)
        {
            Summary(word, port & 1) |= Mark(word);
        }
        return true;
    }

    /// Takes a port of the range out; false if it was not there.
    bool Erase(Port port)
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
        Summary(word, port & 1) &= ~Mark(word);
        return true;
    }

    bool Contains(std::uint32_t port) const
    {
        const std::uint32_t word = (port >> 6) - m_base;
        return word < m_wordCount && ((m_bits[word] >> (port & 63)) & 1u) != 0;
    }

    /// How many ports of the range are in the set.
    std::uint32_t Count() const
    {
        return m_count;
    }

    // What a search reads, word by word; `word` counts from the range's first.

    std::uint32_t WordCount() const
    {
        return m_wordCount;
    }

    /// The number of the range's first word among the words of all ports.
    std::uint32_t Base() const
    {
        return m_base;
    }

    std::uint64_t Word(std::uint32_t word) const
    {
        return m_bits[word];
    }

    /// A bit for each of the words 64*index ... 64*index+63: none of its ports of `lane` is left.
    std::uint64_t Full(Lane lane, std::uint32_t index) const
    {
        const std::uint64_t even = m_bits[m_wordCount + index];
        const std::uint64_t odd = m_bits[m_wordCount + m_summaryCount + index];
        return lane == Lane::Even ? even : lane == Lane::Odd ? odd : even & odd;
    }

    /// Bytes of the bits and their summaries.
    std::size_t MemoryBytes() const
    {
        return m_bits.size() * sizeof(std::uint64_t);
    }

  private:
    static constexpr std::uint64_t EVEN_BITS = 0x5555555555555555u;

    static std::uint64_t Mark(std::uint32_t word)
    {
        return std::uint64_t{1} << (word & 63);
    }

    /// The summary of 64 words' even ports, or of their odd ones.
    std::uint64_t& Summary(std::uint32_t word, std::uint32_t parity)
    {
        return m_bits[m_wordCount + parity * m_summaryCount + word / 64];
    }

    PortRange m_range;
    std::uint32_t m_base;
    std::uint32_t m_wordCount;
    std::uint32_t m_summaryCount;
    std::uint32_t m_count{0};
    std::vector<std::uint64_t> m_bits; ///< Words, then the even summary, then the odd one.
};

} // namespace portlab

#endif // PORTLAB_PORT_BITMAP_H
