// SPDX-License-Identifier: GPL-2.0-only

#include "test/bench/limit.h"

#include "model/core/base/check.h"
#include "model/core/flow/draws.h"
#include "model/core/flow/topology.h"

#include <vector>

namespace portlab
{

namespace
{

/// A ring. It holds more than any host has ports.
class Fifo
{
  public:
    struct Entry
    {
        Instant until;
        std::uint64_t what;
    };

    void Push(const Entry& entry)
    {
        Check(m_in - m_out < SIZE, "the limit is for one host only");
        m_ring[m_in++ % SIZE] = entry;
    }

    std::uint64_t PopUntil(Instant now)
    {
        std::uint64_t sum = 0;
        while (m_out < m_in && m_ring[m_out % SIZE].until <= now)
        {
            sum += m_ring[m_out++ % SIZE].what;
        }
        return sum;
    }

  private:
    static constexpr std::size_t SIZE = std::size_t{1} << 16;
    std::vector<Entry> m_ring{SIZE};
    std::size_t m_in{0};
    std::size_t m_out{0};
};

} // namespace

std::uint64_t
RunLimit(const Workload& workload, std::uint64_t run)
{
    Topology topology(workload, run); // For its random streams.
    Source& source = topology.sources.front();
    const Stream& stream = topology.streams[source.stream];
    const OsProfile& profile = workload.hosts.front().profile;
    const std::uint32_t steps = profile.tcp.value.randomSteps;
    const Instant end = At(workload.duration);
    Fifo waiting;
    std::uint64_t connections = 0;
    std::uint64_t sum = 0;
    Instant now = FirstArrival(*stream.arrivals, source.arrivals);
    while (now <= end)
    {
        const Duration hold = DrawHold(stream.hold, source.life);
        const std::uint64_t jump = steps > 0 ? topology.portDraws.front().Below(steps) : 0;
        sum += waiting.PopUntil(now);
        waiting.Push(
            {now + profile.timeWait.value, jump + static_cast<std::uint64_t>(hold.count())});
        ++connections;
        now = NextArrival(*stream.arrivals, now, source.arrivals);
    }
    Check(sum > 0, "the limit's work is needed, so that no compiler leaves it out");
    return connections;
}

} // namespace portlab
