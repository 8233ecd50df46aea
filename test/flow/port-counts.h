// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_PORT_COUNTS_H
#define PORTLAB_TEST_PORT_COUNTS_H

#include "test/flow/flow-test-support.h"

#include <algorithm>
#include <map>

namespace portlab::test
{

/// Three clients with 50 ports each and a TIME_WAIT of 10 s; half of the connections are reset, and
/// some find no port.
inline Workload
ThreeClients()
{
    Workload load = OneClient(50049);
    load.hosts[0].count = 3;
    load.hosts[0].profile.timeWait.value = std::chrono::seconds(10);
    load.services[0].addresses = 2;
    Traffic traffic;
    traffic.name = "main";
    traffic.arrivals = PoissonArrivals{15};
    traffic.closes = {0.5, 0, 0.5};
    load.traffic = {traffic};
    load.warmup = std::chrono::seconds(20);
    load.duration = std::chrono::seconds(100);
    load.sampleInterval = std::chrono::seconds(1);
    return load;
}

/// How many ports of a host are held, or wait, at each moment: from its single events.
class Count
{
  public:
    void Change(Instant time, int by)
    {
        m_changes[time] += by;
    }

    int At(Instant time) const
    {
        int count = 0;
        for (auto change = m_changes.begin(); change != m_changes.upper_bound(time); ++change)
        {
            count += change->second;
        }
        return count;
    }

    /// Of a stretch of time; what ends as something else begins counts once.
    int Peak(Instant from, Instant until) const
    {
        int peak = At(from - Duration{1});
        int count = peak;
        for (auto change = m_changes.lower_bound(from); change != m_changes.upper_bound(until);
             ++change)
        {
            count += change->second;
            peak = std::max(peak, count);
        }
        return peak;
    }

    double Area(Instant from, Instant until) const
    {
        double area = 0;
        int count = At(from);
        Instant since = from;
        for (auto change = m_changes.upper_bound(from); change != m_changes.upper_bound(until);
             ++change)
        {
            area += count * InSeconds(change->first - since);
            count += change->second;
            since = change->first;
        }
        return area + count * InSeconds(until - since);
    }

  private:
    std::map<Instant, int> m_changes;
};

inline Count
HeldBy(const Story& story, std::uint32_t host)
{
    Count count;
    for (const Told& told : story.diary.all)
    {
        if (story.HostOf(told) == host && told.what != Told::What::Failed)
        {
            count.Change(told.time, told.what == Told::What::Granted ? 1 : -1);
        }
    }
    return count;
}

inline Count
WaitingOf(const Story& story, std::uint32_t host)
{
    Count count;
    for (const Told& told : story.diary.all)
    {
        if (story.HostOf(told) == host && told.what == Told::What::Waits)
        {
            count.Change(told.time, 1);
            count.Change(told.time + story.load.hosts[0].profile.timeWait.value, -1);
        }
    }
    return count;
}

} // namespace portlab::test

#endif // PORTLAB_TEST_PORT_COUNTS_H
