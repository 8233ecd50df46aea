// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_FLOW_STATISTICS_H
#define PORTLAB_FLOW_STATISTICS_H

#include "model/core/base/log-histogram.h"
#include "model/core/flow/results.h"
#include "model/core/flow/topology.h"

#include <array>
#include <deque>
#include <optional>
#include <vector>

namespace portlab
{

/// The circumstances of a failure: what the verdict speaks of.
struct FailureScene
{
    Instant time;
    Failure reason;
    std::uint32_t path;
    std::uint32_t taken;  ///< Ports that this path could not have, at that moment.
    std::uint32_t usable; ///< Ports that it may have when nobody uses any.
};

constexpr std::uint32_t NO_PATH = ~std::uint32_t{0};

/// The most ports of one path, and which one that was. Paths with other socket options may have
/// other ports: it is the largest share that counts.
struct PortPeak
{
    std::uint32_t ports{0};
    std::uint32_t path{NO_PATH};
};

/// Everything one host group asked of one service. attempts == connected + failed + pending.
struct PairStatistics
{
    std::uint64_t attemptsOfRun{0};
    std::uint64_t probesOfRun{0};
    std::uint64_t attemptsBeforeWarm{0};
    std::uint64_t failuresOfRun{0};
    std::uint64_t connected{0};
    FailureCounts failed{};

    std::uint64_t Attempts() const
    {
        return attemptsOfRun - attemptsBeforeWarm;
    }

    PortPeak used;  ///< By the pair itself.
    PortPeak taken; ///< By others of the same ports as well.
    /// Of the whole run, by reason.
    std::array<std::optional<FailureScene>, FAILURE_COUNT> firstFailures;
};

struct StreamStatistics
{
    std::uint64_t requests{0};
    std::uint64_t requestsFailed{0};
    std::uint64_t attempts{0};
    std::uint64_t retries{0};
    std::array<std::uint64_t, 2> plain{}; ///< Established in one round trip, by transport.
    LogHistogram connectDelay;            ///< Of the others, in nanoseconds.
    /// When handshakes of plain connections will be over; as all take one round trip, in order.
    /// UDP has none.
    std::deque<Instant> handshakes;
};

struct GroupStatistics
{
    std::array<LogHistogram, SEARCH_COUNT> probes; ///< By what was searched.
    LogHistogram reuse; ///< Time between two grants of one port to one peer, in milliseconds.
    std::optional<Duration> reuseMin;

    LogHistogram AllProbes() const;
};

/// The counters of a run. Attempts belong to the moment of their connect(), and those before the
/// warm-up's end are not counted at all, nor is what becomes of them.
class FlowStatistics
{
  public:
    explicit FlowStatistics(const Topology& topology);

    void Asked(std::uint32_t stream,
               std::uint32_t pair,
               Search search,
               std::uint32_t probes,
               bool isCounted);
    void Granted(std::uint32_t path, Port port, Instant now, bool isCounted);

    /// A plain connection, whose handshake takes one round trip; now is its connect().
    void HandshakeBegan(std::uint32_t stream,
                        Transport transport,
                        Instant now,
                        Instant established);

    void Failed(std::uint32_t path, const FailureScene& scene, bool isCounted);

    /// Ends a stream's handshakes that are over by `now`.
    void CatchUp(std::uint32_t stream, Instant now);

    /// Begins to count, at the end of a warm-up.
    void BecomeWarm();

    /// The ports of which a pair's peak is a share.
    std::uint32_t Usable(std::uint32_t pair, const PortPeak& peak) const;

    /// connect() calls of the whole run.
    std::uint64_t AttemptsOfRun() const;

    std::vector<PairStatistics> pairs;
    std::vector<StreamStatistics> streams;
    std::vector<GroupStatistics> groups;
    std::vector<std::uint64_t> tupleCollisions; ///< Of each service.

  private:
    /// Watching port reuse takes 8 bytes a port and peer: only the first host's first peers.
    static constexpr std::uint32_t WATCHED_PATHS = 64;

    std::uint32_t UsableBy(std::uint32_t path) const;
    void RaisePeak(PortPeak& peak, std::uint32_t path, std::uint32_t ports) const;
    void RaisePeaks(PairStatistics& pair, std::uint32_t path) const;
    void WatchReuse(std::uint32_t path, Port port, Instant now, bool isCounted);

    const Topology& m_topology;
    std::vector<std::vector<Instant>> m_lastGrants; ///< Of each watched path, by place in range.
    std::vector<std::uint32_t> m_watched;           ///< By path: its number in the above, plus 1.
    std::vector<std::uint32_t> m_watchedOfGroup;
};

} // namespace portlab

#endif // PORTLAB_FLOW_STATISTICS_H
