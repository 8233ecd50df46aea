// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_NAIVE_NAT_H
#define PORTLAB_TEST_NAIVE_NAT_H

#include "model/core/nat/nat-rules.h"
#include "model/core/nat/tcp-tracking.h"
#include "model/core/nat/udp-tracking.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

namespace portlab::test
{

/// The oracle of a Nat: a list of mappings, searched from end to end. What a NAT may choose is
/// written in naive-choices.h; here is what becomes of what it chose.
class NaiveNat
{
  public:
    struct Entry
    {
        InsideFlow flow;
        ExternalIndex address;
        Port port;
        NatState state{};
        NatTimer timer{};
        Instant expires{NEVER}; ///< NEVER while it is kept.
        std::uint64_t armed{0}; ///< The turn in which it was.
        std::uint32_t memory{0};
        bool seenReply{false};
        bool isAssured{false};
        bool startedOutside{false};
        bool canReopen{true};
    };

    enum class Fate
    {
        Lives,
        Ended,
        Reopened,
        Ignored,
    };

    /// A port in a scope.
    using Taken = std::tuple<NatProtocol, ExternalIndex, Address, Port, Port>;

    NaiveNat(const NatRules& rules, std::uint32_t addresses)
        : m_rules(rules),
          m_addresses(addresses)
    {
    }

    std::uint32_t AddressCount() const
    {
        return m_addresses;
    }

    const NatRules& Rules() const
    {
        return m_rules;
    }

    void Forward(NatProtocol protocol, Port port, const Endpoint& inside)
    {
        m_forwards.push_back({protocol, port, inside});
        m_rules.reservedPorts.push_back(port);
    }

    std::optional<Endpoint> ForwardOf(NatProtocol protocol, Port port) const
    {
        for (const auto& [itsProtocol, itsPort, inside] : m_forwards)
        {
            if (itsProtocol == protocol && itsPort == port)
            {
                return inside;
            }
        }
        return std::nullopt;
    }

    /// Hosts are numbered in the order in which they are met.
    std::size_t NumberOf(Address host)
    {
        const auto known = std::find(m_hosts.begin(), m_hosts.end(), host);
        const auto number = static_cast<std::size_t>(known - m_hosts.begin());
        m_hosts.resize(std::max(m_hosts.size(), number + 1), host);
        return number;
    }

    const std::vector<Address>& Hosts() const
    {
        return m_hosts;
    }

    std::uint32_t MappingsOf(Address host) const
    {
        return static_cast<std::uint32_t>(
            std::count_if(m_entries.begin(), m_entries.end(), [&](const Entry& entry) {
                return IsLive(entry) && entry.flow.inside.address == host;
            }));
    }

    const std::vector<Entry>& All() const
    {
        return m_entries;
    }

    static bool IsLive(const Entry& entry)
    {
        return entry.state != NatState::Resting;
    }

    Entry* Find(const InsideFlow& flow)
    {
        const auto entry = std::find_if(m_entries.begin(), m_entries.end(), [&](const Entry& some) {
            return IsLive(some) && some.flow == flow;
        });
        return entry == m_entries.end() ? nullptr : &*entry;
    }

    /// The live entries of an inside endpoint, the latest first.
    std::vector<const Entry*> Siblings(const InsideFlow& flow) const
    {
        std::vector<const Entry*> siblings;
        for (auto entry = m_entries.rbegin(); entry != m_entries.rend(); ++entry)
        {
            if (IsLive(*entry) && entry->flow.protocol == flow.protocol &&
                entry->flow.inside == flow.inside)
            {
                siblings.push_back(&*entry);
            }
        }
        return siblings;
    }

    struct Entrance
    {
        Endpoint inside;
        bool isForwarded;
    };

    /// Where what comes from a remote end to an external one leads.
    std::optional<Entrance> EntranceOf(NatProtocol protocol,
                                       ExternalIndex address,
                                       Port port,
                                       const Endpoint& remote) const
    {
        const Dependence filtering = Filtering();
        for (const Entry& entry : m_entries)
        {
            if (IsLive(entry) && entry.flow.protocol == protocol && entry.address == address &&
                entry.port == port && Blur(filtering, entry.flow.remote) == Blur(filtering, remote))
            {
                return Entrance{entry.flow.inside, false};
            }
        }
        const std::optional<Endpoint> forward = ForwardOf(protocol, port);
        return forward ? std::optional(Entrance{*forward, true}) : std::nullopt;
    }

    void Add(const Entry& entry)
    {
        m_entries.push_back(entry);
    }

    void Remove(const InsideFlow& flow)
    {
        m_entries.erase(m_entries.begin() + (Find(flow) - m_entries.data()));
    }

    void CatchUp(Instant now)
    {
        for (;;)
        {
            const auto next = std::min_element(m_entries.begin(),
                                               m_entries.end(),
                                               [](const Entry& a, const Entry& b) {
                                                   return std::tuple(a.expires, a.timer, a.armed) <
                                                          std::tuple(b.expires, b.timer, b.armed);
                                               });
            if (next == m_entries.end() || next->expires > now)
            {
                return;
            }
            const Instant end = next->expires;
            IsLive(*next) ? Finish(*next, end) : Erase(*next);
        }
    }

    Fate Follow(Entry& entry, Direction direction, const TcpSegment& segment, Instant now)
    {
        if (entry.flow.protocol != NatProtocol::Tcp)
        {
            FollowDatagram(entry, direction, now);
            return Fate::Lives;
        }
        const TcpStep step = Track(
            {entry.state, entry.seenReply, entry.isAssured, entry.startedOutside, entry.canReopen},
            direction,
            segment);
        if (step.effect == TcpEffect::Invalid)
        {
            return Fate::Ignored;
        }
        if (step.effect == TcpEffect::Pass)
        {
            entry.seenReply = step.seenReply;
            return Fate::Lives;
        }
        if (step.effect == TcpEffect::End)
        {
            Finish(entry, now);
            return Fate::Ended;
        }
        if (step.effect == TcpEffect::Reopen && m_rules.reopensAnew)
        {
            Erase(entry);
            return Fate::Reopened;
        }
        if (direction == Direction::Outbound && IsAhead(segment.end, entry.memory))
        {
            entry.memory = segment.end;
        }
        entry.canReopen = step.canReopen;
        Enter(entry, step, direction, now);
        return Fate::Lives;
    }

    void FollowDatagram(Entry& entry, Direction direction, Instant now)
    {
        const bool isUdp = entry.flow.protocol == NatProtocol::Udp;
        const bool isReply = (direction == Direction::Inbound) != entry.startedOutside;
        const NatState state =
            isUdp ? UdpTracking::After(entry.state, entry.memory, entry.seenReply, now)
                  : NatState::Icmp;
        Enter(entry,
              {TcpEffect::Refresh,
               state,
               TimerOf(state),
               entry.seenReply || (isUdp ? isReply : direction == Direction::Inbound),
               isUdp && state == NatState::UdpStream},
              direction,
              now);
    }

    void Arm(Entry& entry, NatState state, NatTimer timer, Instant now)
    {
        entry.state = state;
        entry.timer = timer;
        entry.armed = ++m_turn;
        entry.expires = now + LengthOf(timer);
        const Duration grid = m_rules.expiryGrid;
        while (grid > Duration{0} && entry.expires.time_since_epoch() % grid != Duration{0})
        {
            entry.expires += grid - entry.expires.time_since_epoch() % grid;
        }
    }

    // What is taken.

    std::optional<Taken> TakenBy(const Entry& entry) const
    {
        if (m_rules.pick == PortPick::Keep || ForwardOf(entry.flow.protocol, entry.port))
        {
            return std::nullopt;
        }
        return PlaceOf(entry.flow, entry.address, entry.port);
    }

    Taken PlaceOf(const InsideFlow& flow, ExternalIndex address, Port port) const
    {
        const Endpoint seen = Blur(DependenceOf(UniqueOf(flow.protocol)), flow.remote);
        return {flow.protocol, address, seen.address, seen.port, port};
    }

    NatUniqueness UniqueOf(NatProtocol protocol) const
    {
        return m_rules.unique[static_cast<std::size_t>(protocol)];
    }

    /// Everything taken, or what one inside host has.
    std::set<Taken> AllTaken(std::optional<Address> host = std::nullopt) const
    {
        std::set<Taken> all;
        for (const Entry& entry : m_entries)
        {
            const std::optional<Taken> taken = TakenBy(entry);
            if (taken && (!host || entry.flow.inside.address == *host))
            {
                all.insert(*taken);
            }
        }
        return all;
    }

    Dependence Filtering() const
    {
        Dependence filtering = m_rules.filtering;
        for (std::size_t protocol = 0; protocol < NAT_PROTOCOL_COUNT; ++protocol)
        {
            const NatUniqueness unique = m_rules.unique[protocol];
            filtering =
                m_rules.handles[protocol] ? std::max(filtering, DependenceOf(unique)) : filtering;
        }
        return filtering;
    }

  private:
    Duration LengthOf(NatTimer timer) const
    {
        return m_rules.timers[static_cast<std::size_t>(timer)];
    }

    void Enter(Entry& entry, const TcpStep& step, Direction direction, Instant now)
    {
        const bool isOutbound = direction == Direction::Outbound;
        const bool refreshes =
            m_rules.refresh == RefreshRule::Both ||
            m_rules.refresh == (isOutbound ? RefreshRule::Outbound : RefreshRule::Inbound);
        const bool isNewState = entry.state != step.state;
        entry.seenReply = step.seenReply;
        entry.isAssured = step.isAssured;
        if (isNewState || refreshes)
        {
            Arm(entry, step.state, step.timer, now);
        }
    }

    /// Its port rests, unless someone else still uses it, or it leads inside for ever.
    void Finish(Entry& entry, Instant now)
    {
        const std::set<NatState> closing{NatState::FinWait,
                                         NatState::CloseWait,
                                         NatState::LastAck,
                                         NatState::TimeWait};
        const bool isOpening = entry.state == NatState::SynSent || entry.state == NatState::SynRecv;
        const NatTimer rest = closing.count(entry.state) != 0  ? NatTimer::RestAfterFin
                              : entry.state == NatState::Close ? NatTimer::RestAfterReset
                              : isOpening                      ? NatTimer::RestAfterAttempt
                                                               : NatTimer::RestAfterIdle;
        const std::optional<Taken> taken = TakenBy(entry);
        const bool isShared =
            std::any_of(m_entries.begin(), m_entries.end(), [&](const Entry& other) {
                return &other != &entry && IsLive(other) && TakenBy(other) == taken;
            });
        if (!taken || isShared || LengthOf(rest) == Duration{0})
        {
            Erase(entry);
            return;
        }
        Arm(entry, NatState::Resting, rest, now);
    }

    void Erase(Entry& entry)
    {
        m_entries.erase(m_entries.begin() + (&entry - m_entries.data()));
    }

    NatRules m_rules;
    std::uint32_t m_addresses;
    std::vector<std::tuple<NatProtocol, Port, Endpoint>> m_forwards;
    std::vector<Address> m_hosts;
    std::vector<Entry> m_entries; ///< In the order in which they were added.
    std::uint64_t m_turn{0};
};

} // namespace portlab::test

#endif // PORTLAB_TEST_NAIVE_NAT_H
