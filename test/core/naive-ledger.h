// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_NAIVE_LEDGER_H
#define PORTLAB_TEST_NAIVE_LEDGER_H

#include "model/core/port/port-ledger.h"
#include "test/core/naive-policies.h"

#include <algorithm>
#include <cstdint>
#include <map>
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
};

inline bool
IsSame(const Flow& a, const Flow& b)
{
    return a.local == b.local && a.remote == b.remote && a.remotePort == b.remotePort;
}

/// One host as a list of claims for each port, which every question walks through.
class NaiveHost
{
  public:
    NaiveHost(const OsProfile& profile, NaivePolicy& tcp, NaivePolicy& udp, Duration boot)
        : m_profile(profile),
          m_tcp(tcp),
          m_udp(udp),
          m_boot(boot)
    {
    }

    Grant Ask(Transport transport, const Flow& flow, Instant now, Random& random)
    {
        CatchUp(now);
        const PortRange& range = m_profile.ports.value;
        const NaiveClaim wanted{transport, flow};
        const auto isClean = [&](Port port) { return IsClean(port, wanted, now); };
        const auto isReusable = [&](Port port) { return IsReusable(port, wanted); };
        NaivePolicy& policy = transport == Transport::Tcp ? m_tcp : m_udp;
        Pick pick = policy.Choose(range, isClean, flow, now, random);
        Grant grant{pick.port, Refusal::NoFreePort, pick.probes};
        if (!pick.port && transport == Transport::Tcp &&
            Reuse() == TimeWaitReuse::OtherPeersWhenExhausted)
        {
            pick = policy.Choose(range, isReusable, flow, now, random);
            grant = {pick.port, CollisionOr(wanted), grant.probes + pick.probes};
        }
        if (grant.port)
        {
            TakeEarly(*grant.port, wanted, now);
            m_claims[*grant.port].push_back(wanted);
            held.Change(now, 1);
        }
        return grant;
    }

    void Wait(Transport transport, const Flow& flow, Port port, Instant now)
    {
        CatchUp(now);
        const auto limit = m_profile.maxTimeWait.value;
        const bool isFull = limit && waiting.Count() >= static_cast<int>(*limit);
        if (transport == Transport::Udp || isFull)
        {
            overflows += transport == Transport::Tcp ? 1 : 0;
            Release(transport, flow, port, now);
            return;
        }
        Live(transport, flow, port)->waitingSince = now;
        held.Change(now, -1);
        waiting.Change(now, 1);
    }

    void Release(Transport transport, const Flow& flow, Port port, Instant now)
    {
        m_claims[port].erase(Live(transport, flow, port));
        held.Change(now, -1);
    }

    void CatchUp(Instant now)
    {
        for (auto& [port, claims] : m_claims)
        {
            for (auto claim = claims.begin(); claim != claims.end();)
            {
                const bool isOver = claim->waitingSince && End(*claim->waitingSince) <= now;
                if (isOver)
                {
                    waiting.Change(End(*claim->waitingSince), -1);
                }
                claim = isOver ? claims.erase(claim) : claim + 1;
            }
        }
    }

    Census Count(Transport transport, const Flow& flow) const
    {
        Census census;
        const NaiveClaim wanted{transport, flow};
        for (std::uint32_t port = First(); port <= Last(); ++port)
        {
            const auto sharing = Sharing(static_cast<Port>(port), wanted);
            const bool isHeld = std::any_of(sharing.begin(), sharing.end(), IsLive);
            ++(isHeld                                ? census.held
               : !sharing.empty()                    ? census.waiting
               : IsReserved(static_cast<Port>(port)) ? census.reserved
                                                     : census.free);
        }
        return census;
    }

    std::uint32_t UsedBy(Transport transport, const Flow& flow) const
    {
        std::uint32_t count = 0;
        for (const auto& [port, claims] : m_claims)
        {
            for (const NaiveClaim& claim : claims)
            {
                count += claim.transport == transport && IsSame(claim.flow, flow) ? 1 : 0;
            }
        }
        return count;
    }

    /// The moments from `after` on at which a TIME_WAIT ends or may be cut short, in order.
    std::vector<Instant> Moments(Instant after) const
    {
        std::vector<Instant> moments;
        for (const auto& [port, claims] : m_claims)
        {
            for (const NaiveClaim& claim : claims)
            {
                if (claim.waitingSince)
                {
                    moments.push_back(End(*claim.waitingSince));
                    moments.push_back(*claim.waitingSince + m_profile.reuseDelay.value);
                }
            }
        }
        std::sort(moments.begin(), moments.end());
        moments.erase(moments.begin(), std::upper_bound(moments.begin(), moments.end(), after));
        return moments;
    }

    Instant NextReturn() const
    {
        Instant next = NEVER;
        for (const auto& [port, claims] : m_claims)
        {
            for (const NaiveClaim& claim : claims)
            {
                next = claim.waitingSince ? std::min(next, End(*claim.waitingSince)) : next;
            }
        }
        return next;
    }

    NaiveGauge held;
    NaiveGauge waiting;
    std::uint64_t overflows{0};

  private:
    Port First() const
    {
        return m_profile.ports.value.First();
    }

    Port Last() const
    {
        return m_profile.ports.value.Last();
    }

    TimeWaitReuse Reuse() const
    {
        return m_profile.reuse.value;
    }

    static bool IsLive(const NaiveClaim& claim)
    {
        return !claim.waitingSince;
    }

    bool IsReserved(Port port) const
    {
        const PortList& blocks = m_profile.reserved.value;
        return std::any_of(blocks.begin(), blocks.end(), [port](const PortRange& block) {
            return block.Contains(port);
        });
    }

    /// Timers end on the first multiple of the grid, counted from boot, after their time.
    Instant End(Instant since) const
    {
        const Instant plain = since + m_profile.timeWait.value;
        const Duration grid = m_profile.timeWaitGrid.value;
        return grid == Duration{0} ? plain
                                   : plain + grid - (plain.time_since_epoch() + m_boot) % grid;
    }

    bool CanTell(const NaiveClaim& a, const NaiveClaim& b) const
    {
        if (a.transport != b.transport)
        {
            return true;
        }
        const Uniqueness rule = m_profile.uniqueness.value;
        if (a.transport == Transport::Udp || rule == Uniqueness::LocalPort)
        {
            return false;
        }
        return rule == Uniqueness::Destination ? !IsSame(a.flow, b.flow)
                                               : a.flow.local != b.flow.local;
    }

    /// The claims on a port that the system cannot tell from the one that is wanted.
    std::vector<NaiveClaim> Sharing(Port port, const NaiveClaim& wanted) const
    {
        std::vector<NaiveClaim> sharing;
        if (const auto claims = m_claims.find(port); claims != m_claims.end())
        {
            std::copy_if(claims->second.begin(),
                         claims->second.end(),
                         std::back_inserter(sharing),
                         [&](const NaiveClaim& claim) { return !CanTell(claim, wanted); });
        }
        return sharing;
    }

    bool IsClean(Port port, const NaiveClaim& wanted, Instant now) const
    {
        const auto sharing = Sharing(port, wanted);
        return !IsReserved(port) &&
               std::all_of(sharing.begin(), sharing.end(), [&](const NaiveClaim& claim) {
                   return Reuse() == TimeWaitReuse::AfterDelay && claim.waitingSince &&
                          *claim.waitingSince + m_profile.reuseDelay.value <= now;
               });
    }

    /// Nobody lives there, and nobody waits there towards this very peer.
    bool IsReusable(Port port, const NaiveClaim& wanted) const
    {
        const auto sharing = Sharing(port, wanted);
        return !IsReserved(port) &&
               std::none_of(sharing.begin(), sharing.end(), [&](const NaiveClaim& claim) {
                   return IsLive(claim) || IsSame(claim.flow, wanted.flow);
               });
    }

    /// A collision if some port has nobody living there, and somebody waiting towards this peer.
    Refusal CollisionOr(const NaiveClaim& wanted) const
    {
        for (std::uint32_t port = First(); port <= Last(); ++port)
        {
            const auto sharing = Sharing(static_cast<Port>(port), wanted);
            const auto isToPeer = [&](const auto& it) { return IsSame(it.flow, wanted.flow); };
            if (std::none_of(sharing.begin(), sharing.end(), IsLive) &&
                std::any_of(sharing.begin(), sharing.end(), isToPeer))
            {
                return Refusal::TimeWaitCollision;
            }
        }
        return Refusal::NoFreePort;
    }

    /// The old connection of a port that is taken before its time is gone.
    void TakeEarly(Port port, const NaiveClaim& wanted, Instant now)
    {
        auto& claims = m_claims[port];
        for (auto claim = claims.begin(); claim != claims.end();)
        {
            const bool isTaken = Reuse() == TimeWaitReuse::AfterDelay && !CanTell(*claim, wanted);
            waiting.Change(now, isTaken ? -1 : 0);
            claim = isTaken ? claims.erase(claim) : claim + 1;
        }
    }

    std::vector<NaiveClaim>::iterator Live(Transport transport, const Flow& flow, Port port)
    {
        auto& claims = m_claims[port];
        return std::find_if(claims.begin(), claims.end(), [&](const NaiveClaim& claim) {
            return IsLive(claim) && claim.transport == transport && IsSame(claim.flow, flow);
        });
    }

    const OsProfile& m_profile;
    NaivePolicy& m_tcp;
    NaivePolicy& m_udp;
    Duration m_boot;
    std::map<Port, std::vector<NaiveClaim>> m_claims;
};

} // namespace portlab::test

#endif // PORTLAB_TEST_NAIVE_LEDGER_H
