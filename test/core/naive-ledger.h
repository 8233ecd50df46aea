// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_NAIVE_LEDGER_H
#define PORTLAB_TEST_NAIVE_LEDGER_H

#include "model/core/port/port-ledger.h"
#include "test/core/naive-claim.h"
#include "test/core/naive-policies.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace portlab::test
{

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
        if (!MakeRoomForSocket(transport, now))
        {
            return {};
        }
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
        const bool isSpared =
            OptionsOf(flow).place != PeerPlace::Remote && LengthOf(flow) == Duration{0};
        if (transport == Transport::Udp || isSpared || !MakeRoomForWait(now))
        {
            Release(transport, flow, port, now);
            return;
        }
        const auto claim = Live(transport, flow, port);
        claim->waitingSince = now;
        claim->order = ++m_waits;
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
                const bool isOver = claim->waitingSince && End(*claim) <= now;
                if (isOver)
                {
                    waiting.Change(End(*claim), -1);
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
                    moments.push_back(End(claim));
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
                next = claim.waitingSince ? std::min(next, End(claim)) : next;
            }
        }
        return next;
    }

    NaiveGauge held;
    NaiveGauge waiting;
    std::uint64_t overflows{0};
    std::uint64_t endedEarly{0};

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

    Duration LengthOf(const Flow& flow) const
    {
        const Duration usual = m_profile.timeWait.value;
        const PeerPlace place = OptionsOf(flow).place;
        return place == PeerPlace::Remote        ? usual
               : place == PeerPlace::SameNetwork ? m_profile.timeWaitNear.value.value_or(usual)
                                                 : m_profile.timeWaitOwn.value.value_or(usual);
    }

    bool MakeRoomForSocket(Transport transport, Instant now)
    {
        const auto most = m_profile.maxSockets.value;
        int sockets = 0;
        for (const auto& [port, claims] : m_claims)
        {
            for (const NaiveClaim& claim : claims)
            {
                sockets += claim.transport == Transport::Tcp ? 1 : 0;
            }
        }
        return transport == Transport::Udp || !most || sockets < static_cast<int>(*most) ||
               EndOldest(now);
    }

    bool MakeRoomForWait(Instant now)
    {
        const auto limit = m_profile.maxTimeWait.value;
        if (!limit || waiting.Count() < static_cast<int>(*limit))
        {
            return true;
        }
        if (m_profile.whenFull.value == WhenFull::OldestEnds && EndOldest(now))
        {
            return true;
        }
        ++overflows;
        return false;
    }

    /// Those that began at one moment end by where their peers are, if that matters, then in order.
    bool EndOldest(Instant now)
    {
        const Duration usual = m_profile.timeWait.value;
        const bool isOneLine = m_profile.timeWaitNear.value.value_or(usual) == usual &&
                               m_profile.timeWaitOwn.value.value_or(usual) == usual;
        const auto rank = [isOneLine](const NaiveClaim& claim) {
            const PeerPlace place = isOneLine ? PeerPlace::Remote : OptionsOf(claim.flow).place;
            return std::tuple(*claim.waitingSince, place, claim.order);
        };
        std::vector<NaiveClaim>* where = nullptr;
        std::size_t which = 0;
        for (auto& [port, claims] : m_claims)
        {
            for (std::size_t i = 0; i < claims.size(); ++i)
            {
                if (claims[i].waitingSince &&
                    (where == nullptr || rank(claims[i]) < rank((*where)[which])))
                {
                    where = &claims;
                    which = i;
                }
            }
        }
        if (where == nullptr)
        {
            return false;
        }
        where->erase(where->begin() + static_cast<std::ptrdiff_t>(which));
        waiting.Change(now, -1);
        ++endedEarly;
        return true;
    }

    /// Timers end on the first multiple of the grid, counted from boot, after their time.
    Instant End(const NaiveClaim& claim) const
    {
        const Instant plain = *claim.waitingSince + LengthOf(claim.flow);
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
        if (m_profile.ipVersions.value != IpVersions::OneSpace &&
            OptionsOf(a.flow).ipv6 != OptionsOf(b.flow).ipv6)
        {
            return true;
        }
        const Uniqueness rule = m_profile.uniqueness.value;
        if (a.transport == Transport::Udp || rule == Uniqueness::LocalPort)
        {
            return false;
        }
        const bool isOtherEnd =
            a.flow.remote != b.flow.remote || a.flow.remotePort != b.flow.remotePort;
        return rule == Uniqueness::Destination ? !IsSame(a.flow, b.flow)
               : rule == Uniqueness::RemoteEnd ? isOtherEnd
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
    std::uint64_t m_waits{0};
    std::map<Port, std::vector<NaiveClaim>> m_claims;
};

} // namespace portlab::test

#endif // PORTLAB_TEST_NAIVE_LEDGER_H
