// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_WINDOW_SEARCH_H
#define PORTLAB_TEST_WINDOW_SEARCH_H

#include "model/core/base/random.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace portlab::test
{

/// How Linux searches a range for a free port, or would if other numbers stood in its source.
struct WindowRule
{
    std::uint32_t first{128}; ///< The width of the first window.
    std::uint32_t last{8};    ///< Each is half as wide as the one before, down to this.
    bool startsBy16Bits{true};

    /// The windows' widths in a range of this many ports.
    std::vector<std::uint32_t> WidthsIn(std::uint32_t size) const
    {
        std::vector<std::uint32_t> widths{std::min(size, first)};
        while (widths.back() < size && widths.back() / 2 >= last)
        {
            widths.push_back(widths.back() / 2);
        }
        return widths;
    }

    /// Starts are drawn from so many numbers.
    std::uint32_t StartsIn(std::uint32_t size) const
    {
        return startsBy16Bits ? 65536 : size;
    }
};

/// Looks at all ports from a random one on.
constexpr WindowRule EXHAUSTIVE{65536, 65536};

/// The chance that a search finds one of the ports that are not taken. Exact, because each window
/// begins anew.
inline double
ChanceOfSuccess(const std::vector<bool>& taken, const WindowRule& rule = {})
{
    const auto size = static_cast<std::uint32_t>(taken.size());
    const std::uint32_t starts = rule.StartsIn(size);
    // From each start, how many candidates are taken before the first free one; twice around.
    std::vector<std::uint32_t> run(starts, starts);
    for (std::uint32_t step = 0, next = starts; step < 2 * starts; ++step)
    {
        const std::uint32_t start = starts - 1 - step % starts;
        next = taken[start % size] ? std::min(next + 1, starts) : 0;
        run[start] = next;
    }
    double failure = 1;
    for (const std::uint32_t width : rule.WidthsIn(size))
    {
        const auto futile = std::count_if(run.begin(), run.end(), [&](std::uint32_t candidates) {
            return candidates >= width;
        });
        failure *= static_cast<double>(futile) / starts;
    }
    return 1 - failure;
}

/// A range that flows fill one after the other, each by a search: what a NAT does with flows to one
/// destination, without the NAT. nat-exhaustion-test.cc shows that a Nat draws the same ports.
class WindowFill
{
  public:
    WindowFill(std::uint32_t size, StreamKey key, const WindowRule& rule = {})
        : m_size(size),
          m_starts(rule.StartsIn(size)),
          m_widths(rule.WidthsIn(size)),
          m_taken(size / 64 + 1),
          m_random(key)
    {
    }

    /// One more flow: the port that it takes, counted from the first.
    std::optional<std::uint32_t> Try()
    {
        for (const std::uint32_t width : m_widths)
        {
            const std::uint32_t place = FirstFree(m_random.Below(m_starts), width);
            if (place < m_size)
            {
                m_taken[place / 64] |= std::uint64_t{1} << place % 64;
                ++m_count;
                return place;
            }
        }
        return std::nullopt;
    }

    std::uint32_t Taken() const
    {
        return m_count;
    }

    /// Clashes that /proc/net/stat/nf_conntrack shows as "found", so far: those of the last 32
    /// candidates of a window are looked up in another way, and not counted.
    std::uint64_t Found() const
    {
        return m_found;
    }

  private:
    /// The first free one of so many candidates; m_size if there is none.
    std::uint32_t FirstFree(std::uint32_t start, std::uint32_t width)
    {
        constexpr std::uint32_t harder = 32;
        const std::uint32_t counted = width > harder ? width - harder : 0;
        for (std::uint32_t left = width; left > 0;)
        {
            const std::uint32_t place = start % m_size;
            const std::uint32_t straight = std::min({left, m_size - place, m_starts - start});
            const std::uint32_t free = Next(place, place + straight);
            if (free < place + straight)
            {
                m_found += std::min(counted, width - left + free - place);
                return free;
            }
            left -= straight;
            start = (start + straight) % m_starts;
        }
        m_found += counted;
        return m_size;
    }

    /// The first free place from `from` on; `end` or more if there is none before.
    std::uint32_t Next(std::uint32_t from, std::uint32_t end) const
    {
        std::uint32_t word = from / 64;
        std::uint64_t free = ~m_taken[word] & ~std::uint64_t{0} << from % 64;
        while (free == 0)
        {
            if (++word * 64 >= end)
            {
                return end;
            }
            free = ~m_taken[word];
        }
        return word * 64 + static_cast<std::uint32_t>(__builtin_ctzll(free));
    }

    std::uint32_t m_size;
    std::uint32_t m_starts;
    std::vector<std::uint32_t> m_widths;
    std::vector<std::uint64_t> m_taken; ///< A bit for each place.
    std::uint32_t m_count{0};
    std::uint64_t m_found{0};
    Random m_random;
};

} // namespace portlab::test

#endif // PORTLAB_TEST_WINDOW_SEARCH_H
