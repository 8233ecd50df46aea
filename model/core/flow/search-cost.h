// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SEARCH_COST_H
#define PORTLAB_SEARCH_COST_H

#include "model/core/base/check.h"
#include "model/core/base/log-histogram.h"
#include "model/core/base/time.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace portlab
{

/// The time that searches took, from their probes and what one of them costs. Quantiles are as
/// exact as those of a LogHistogram.
class SearchCost
{
  public:
    /// Searches of one kind; a cost of 0 is not known.
    void Add(const LogHistogram& probes, Duration cost)
    {
        const auto nanoseconds = static_cast<double>(cost.count());
        for (std::size_t bin = 0; bin < probes.BinCount(); ++bin)
        {
            if (probes.CountIn(bin) > 0)
            {
                m_bins.push_back({probes.MeanIn(bin) * nanoseconds, probes.CountIn(bin)});
            }
        }
        m_isKnown = m_isKnown && (cost > Duration{0} || probes.Count() == 0);
        m_count += probes.Count();
        m_sum += static_cast<double>(probes.Sum()) * nanoseconds;
        m_max = std::max(m_max, static_cast<double>(probes.Max()) * nanoseconds);
    }

    /// Whether there were searches, and the costs of all are known.
    bool IsKnown() const
    {
        return m_isKnown && m_count > 0;
    }

    // In nanoseconds, if known.

    double Mean() const
    {
        return m_sum / static_cast<double>(m_count);
    }

    double Max() const
    {
        return m_max;
    }

    /// The time that at least this share of the searches does not exceed; 0 < share <= 1.
    double Quantile(double share) const
    {
        Check(IsKnown(), "a quantile of what is not known");
        std::vector<Bin> bins = m_bins;
        std::sort(bins.begin(), bins.end(), [](const Bin& a, const Bin& b) {
            return a.nanoseconds < b.nanoseconds;
        });
        std::uint64_t seen = 0;
        for (const Bin& bin : bins)
        {
            seen += bin.count;
            if (static_cast<double>(seen) >= share * static_cast<double>(m_count))
            {
                return bin.nanoseconds;
            }
        }
        return m_max;
    }

  private:
    struct Bin
    {
        double nanoseconds;
        std::uint64_t count;
    };

    bool m_isKnown{true};
    std::uint64_t m_count{0};
    double m_sum{0};
    double m_max{0};
    std::vector<Bin> m_bins;
};

} // namespace portlab

#endif // PORTLAB_SEARCH_COST_H
