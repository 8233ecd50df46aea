// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SAMPLER_H
#define PORTLAB_SAMPLER_H

#include "model/core/flow/flow-statistics.h"
#include "model/core/flow/peer-waits.h"
#include "model/core/flow/results.h"

#include <vector>

namespace portlab
{

/// The time series of a run: a row for each quantity of each entity, a value for each interval.
class Sampler
{
  public:
    /// Interval 0: no series.
    Sampler(Topology& topology, FlowStatistics& statistics, Duration interval);

    /// When the next sample is due; NEVER without series.
    Instant Next() const
    {
        return m_next;
    }

    /// Takes the sample that is due.
    void Take(PeerWaits& peerWaits);

    const std::vector<Series>& AllSeries() const
    {
        return m_series;
    }

  private:
    void SampleGroup(std::uint32_t group);
    void SamplePairs();
    void SampleServices(PeerWaits& peerWaits);
    void SampleNats(std::uint32_t group);
    void Add(double value);
    void AddRate(std::uint64_t total);
    void AddProbes(std::uint32_t group);

    Topology& m_topology;
    FlowStatistics& m_statistics;
    Duration m_interval;
    Instant m_next;
    std::size_t m_column{0};               ///< The series that the next value belongs to.
    std::vector<std::uint64_t> m_totals;   ///< Of each series that is a rate, at the last sample.
    std::vector<std::uint64_t> m_attempts; ///< Of each host group, at the last sample.
    std::vector<Series> m_series;
};

} // namespace portlab

#endif // PORTLAB_SAMPLER_H
