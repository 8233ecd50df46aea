// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_NAIVE_CLAIM_H
#define PORTLAB_TEST_NAIVE_CLAIM_H

#include "model/core/port/port-ask.h"
#include "model/core/port/socket-options.h"
#include "model/core/port/transport.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace portlab::test
{

/// A count over time, as a list of its changes.
class NaiveGauge
{
  public:
    void Change(Instant now, int by)
    {
        m_changes.emplace_back(now, by);
        m_count += by;
        m_peak = std::max(m_peak, m_count);
    }

    int Count() const
    {
        return m_count;
    }

    int Peak() const
    {
        return m_peak;
    }

    /// The integral, step by step.
    std::int64_t AreaAt(Instant end) const
    {
        auto changes = m_changes;
        std::sort(changes.begin(), changes.end());
        std::int64_t area = 0;
        std::int64_t count = 0;
        Instant last{};
        for (const auto& [when, by] : changes)
        {
            area += count * (when - last).count();
            count += by;
            last = when;
        }
        return area + count * (end - last).count();
    }

  private:
    std::vector<std::pair<Instant, int>> m_changes;
    int m_count{0};
    int m_peak{0};
};

/// A flow's hold on a port: a live connection, or one in TIME_WAIT.
struct NaiveClaim
{
    Transport transport;
    Flow flow;
    std::optional<Instant> waitingSince{};
    std::uint64_t order{0}; ///< In which TIME_WAITs began.
};

/// Every third peer is on the same network, by IPv6, and every third on the machine itself.
inline SocketOptions
OptionsOf(const Flow& flow)
{
    constexpr PeerPlace places[]{PeerPlace::Remote, PeerPlace::SameNetwork, PeerPlace::Loopback};
    SocketOptions options;
    options.place = places[flow.remotePort % 3];
    options.ipv6 = options.place == PeerPlace::SameNetwork;
    return options;
}

inline bool
IsSame(const Flow& a, const Flow& b)
{
    return a.local == b.local && a.remote == b.remote && a.remotePort == b.remotePort;
}

} // namespace portlab::test

#endif // PORTLAB_TEST_NAIVE_CLAIM_H
