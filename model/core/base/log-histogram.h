// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_LOG_HISTOGRAM_H
#define PORTLAB_LOG_HISTOGRAM_H

#include "model/core/base/check.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace portlab
{

/// Counts of whole numbers in bins that widen with the numbers: exact below 64, then 32 bins for
/// each doubling. A quantile is the mean of its bin's values: exact where they are all the same,
/// else off by less than 1/32. The greatest value and the sum are exact.
class LogHistogram
{
  public:
    void Add(std::uint64_t value, std::uint64_t times = 1)
    {
        const std::size_t bin = BinOf(value);
        if (bin >= m_bins.size())
        {
            m_bins.resize(bin + 1);
        }
        m_bins[bin].count += times;
        m_bins[bin].sum += value * times;
        m_count += times;
        m_sum += value * times;
        m_max = std::max(m_max, value);
    }

    /// Adds all values of another.
    void Add(const LogHistogram& other)
    {
        m_bins.resize(std::max(m_bins.size(), other.m_bins.size()));
        for (std::size_t bin = 0; bin < other.m_bins.size(); ++bin)
        {
            m_bins[bin].count += other.m_bins[bin].count;
            m_bins[bin].sum += other.m_bins[bin].sum;
        }
        m_count += other.m_count;
        m_sum += other.m_sum;
        m_max = std::max(m_max, other.m_max);
    }

    std::uint64_t Count() const
    {
        return m_count;
    }

    std::uint64_t Sum() const
    {
        return m_sum;
    }

    std::uint64_t Max() const
    {
        return m_max;
    }

    /// The value that at least this share of the values does not exceed. There must be values;
    /// 0 < share <= 1.
    double Quantile(double share) const
    {
        Check(m_count > 0, "a quantile of nothing");
        std::uint64_t seen = 0;
        for (const Bin& bin : m_bins)
        {
            seen += bin.count;
            if (bin.count > 0 && static_cast<double>(seen) >= share * static_cast<double>(m_count))
            {
                return static_cast<double>(bin.sum) / static_cast<double>(bin.count);
            }
        }
        return static_cast<double>(m_max);
    }

    std::size_t BinCount() const
    {
        return m_bins.size();
    }

    std::uint64_t CountIn(std::size_t bin) const
    {
        return m_bins[bin].count;
    }

    /// The mean of a bin's values; there must be some.
    double MeanIn(std::size_t bin) const
    {
        return static_cast<double>(m_bins[bin].sum) / static_cast<double>(m_bins[bin].count);
    }

    /// The least value of a bin.
    static std::uint64_t LowOf(std::size_t bin)
    {
        if (bin < 2 * STEPS)
        {
            return bin;
        }
        const std::size_t shift = bin / STEPS - 1;
        return std::uint64_t{bin % STEPS + STEPS} << shift;
    }

    /// The greatest value of a bin.
    static std::uint64_t HighOf(std::size_t bin)
    {
        return LowOf(bin + 1) - 1;
    }

  private:
    static constexpr std::size_t STEPS = 32;

    struct Bin
    {
        std::uint64_t count{0};
        std::uint64_t sum{0};
    };

    static std::size_t BinOf(std::uint64_t value)
    {
        if (value < 2 * STEPS)
        {
            return static_cast<std::size_t>(value);
        }
        const auto shift = static_cast<std::size_t>(58 - __builtin_clzll(value));
        return (shift + 1) * STEPS + static_cast<std::size_t>(value >> shift) - STEPS;
    }

    std::uint64_t m_count{0};
    std::uint64_t m_sum{0};
    std::uint64_t m_max{0};
    std::vector<Bin> m_bins;
};

} // namespace portlab

#endif // PORTLAB_LOG_HISTOGRAM_H
