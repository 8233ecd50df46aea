// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_NAT_TWINS_H
#define PORTLAB_TEST_NAT_TWINS_H

#include "test/core/lone-nat.h"
#include "test/core/naive-choices.h"
#include "test/core/nat-census.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <gtest/gtest.h>
#include <memory>
#include <vector>

namespace portlab::test
{

/// A NAT and its oracle live through the same random packets.
class NatTwins
{
  public:
    static constexpr std::uint32_t HOSTS = 4;
    static constexpr Port FORWARDED = 1030;
    static constexpr Endpoint FORWARD_END{Inside(0), 8080};

    NatTwins(const NatRules& rules, std::uint32_t addresses, std::uint64_t seed)
        : m_rules(rules),
          m_device(std::make_shared<const NatRules>(rules),
                   LoneNat::AddressesOf(addresses),
                   StreamKey(seed, 1)),
          m_naive(rules, addresses),
          m_random(StreamKey(seed, 2))
    {
    }

    void Forward()
    {
        m_device.Forward(NatProtocol::Tcp, FORWARDED, FORWARD_END);
        m_naive.Forward(NatProtocol::Tcp, FORWARDED, FORWARD_END);
    }

    void Step()
    {
        const bool isLong = m_random.Below(40) == 0;
        m_now += std::chrono::milliseconds(100) * m_random.Below(isLong ? 1000 : 8);
        const std::uint32_t die = m_random.Below(10);
        if (die < 6)
        {
            Send();
        }
        else if (die < 8)
        {
            Receive();
        }
        else
        {
            Drive();
        }
        ASSERT_NO_FATAL_FAILURE(ExpectSame(m_device, m_naive));
    }

    /// Nothing is kept busy any more, and time passes.
    void Drain()
    {
        m_device.CatchUp(m_now);
        m_naive.CatchUp(m_now);
        const std::vector<NaiveNat::Entry> all = m_naive.All();
        for (const NaiveNat::Entry& entry : all)
        {
            if (entry.expires == NEVER)
            {
                Advance(*m_naive.Find(entry.flow), NatState::TimeWait, false);
            }
        }
        m_now += std::chrono::hours(24);
        m_device.CatchUp(m_now);
        m_naive.CatchUp(m_now);
        ASSERT_NO_FATAL_FAILURE(ExpectSame(m_device, m_naive));
        EXPECT_EQ(m_device.Table().Count(), 0u);
        EXPECT_EQ(m_device.Ports().ScopeCount(), 0u);
        EXPECT_EQ(m_device.Ended(), m_device.Counters().granted);
        const bool keepsBlocks = m_rules.blocks.mode != BlockMode::OnDemand;
        EXPECT_TRUE(keepsBlocks || m_device.BlockPortsInUse() == 0);
        EXPECT_TRUE(keepsBlocks ||
                    m_device.Counters().blocksTaken == m_device.Counters().blocksReturned);
    }

    std::uint64_t Granted() const
    {
        return m_device.Counters().granted;
    }

    std::uint64_t Dropped() const
    {
        return m_device.Counters().Dropped();
    }

  private:
    using Fate = NaiveNat::Fate;

    std::uint32_t Below(std::size_t bound)
    {
        return m_random.Below(static_cast<std::uint32_t>(bound));
    }

    NatProtocol AnyProtocol()
    {
        const std::uint32_t die = Below(10);
        return die < 7 ? NatProtocol::Tcp : die < 9 ? NatProtocol::Udp : NatProtocol::Icmp;
    }

    Endpoint AnyRemote()
    {
        return {Remote(Below(2)), static_cast<Port>(80 + Below(2))};
    }

    /// Few, so that they clash; some lie among the external ports.
    Endpoint AnyInside()
    {
        const Port port = static_cast<Port>(Below(2) == 0 ? 1024 + Below(6) : 500 + Below(5));
        return Below(20) == 0 ? FORWARD_END : Endpoint{Inside(Below(HOSTS)), port};
    }

    TcpSegment AnySegment()
    {
        const std::array<TcpSegment, 4> others{SYN_ACK, ACK, FIN, RESET};
        TcpSegment segment = Below(2) == 0 ? SYN : others[Below(others.size())];
        segment.begin = m_random.Below(~0u);
        segment.end = segment.begin + (segment.syn || segment.fin ? 1 : 0);
        return segment;
    }

    bool BeginsFlow(NatProtocol protocol, const TcpSegment& segment) const
    {
        const bool isAlone = !segment.fin && !segment.reset;
        const bool isSyn = segment.syn && !segment.ack && isAlone;
        const bool isAck = !segment.syn && segment.ack && isAlone;
        return protocol != NatProtocol::Tcp || isSyn ||
               (isAck && m_rules.onUnknownFlow == UnknownFlowRule::PickUp);
    }

    /// Outbound; half of the packets are of a flow that lives.
    void Send()
    {
        InsideFlow flow{AnyProtocol(), AnyInside(), AnyRemote()};
        if (!m_naive.All().empty() && Below(2) == 0)
        {
            flow = m_naive.All()[Below(m_naive.All().size())].flow;
        }
        const TcpSegment segment = AnySegment();
        const Translation result = m_device.Outbound(flow, segment, m_now);
        m_naive.CatchUp(m_now);
        if (NaiveNat::Entry* const entry = m_naive.Find(flow))
        {
            const NaiveNat::Entry before = *entry;
            const Fate fate = m_naive.Follow(*entry, Direction::Outbound, segment, m_now);
            if (fate != Fate::Reopened)
            {
                ExpectFollowed(result, fate, ExternalOf(before));
                return;
            }
        }
        BeginsFlow(flow.protocol, segment) ? ExpectOpened(flow, segment, result)
                                           : ExpectDrop(result, NatDrop::UnknownFlow);
    }

    Endpoint ExternalOf(const NaiveNat::Entry& entry) const
    {
        return m_rules.pick == PortPick::Keep ? entry.flow.inside
                                              : Endpoint{External(entry.address), entry.port};
    }

    void ExpectFollowed(const Translation& result, Fate fate, const Endpoint& end) const
    {
        ASSERT_EQ(result.passed, fate != Fate::Ignored);
        ASSERT_TRUE(result.passed || result.reason == NatDrop::UnknownFlow);
        ASSERT_TRUE(!result.passed || result.end == end);
        ASSERT_EQ(result.mapping != NO_MAPPING, fate == Fate::Lives);
        ASSERT_FALSE(result.isNew);
    }

    void ExpectDrop(const Translation& result, NatDrop reason) const
    {
        ASSERT_FALSE(result.passed);
        ASSERT_EQ(result.reason, reason);
        ASSERT_EQ(result.mapping, NO_MAPPING);
    }

    bool IsFull() const
    {
        const auto live =
            std::count_if(m_naive.All().begin(), m_naive.All().end(), NaiveNat::IsLive);
        return m_rules.limits.ofTable && live >= static_cast<int>(*m_rules.limits.ofTable);
    }

    /// What stands in the way of one more mapping, whatever its port.
    std::optional<NatDrop> LimitFor(const InsideFlow& flow) const
    {
        const auto& most = m_rules.limits.ofSubscriber;
        return !m_rules.handles[static_cast<std::size_t>(flow.protocol)]
                   ? std::optional(NatDrop::NotHandled)
               : IsFull() ? std::optional(NatDrop::TableFull)
               : most && m_naive.MappingsOf(flow.inside.address) >= *most
                   ? std::optional(NatDrop::SubscriberLimit)
                   : std::nullopt;
    }

    void ExpectOpened(const InsideFlow& flow, const TcpSegment& segment, const Translation& result)
    {
        const std::size_t host = m_naive.NumberOf(flow.inside.address);
        if (const auto limit = LimitFor(flow))
        {
            ExpectDrop(result, *limit);
            return;
        }
        NaiveChoices choices(m_naive, m_device, flow, host, segment);
        if (!result.passed)
        {
            ASSERT_NO_FATAL_FAILURE(choices.ExpectDrop(result.reason));
            return;
        }
        ASSERT_TRUE(result.isNew);
        const Mapping& mapping = m_device[result.mapping];
        ASSERT_NO_FATAL_FAILURE(
            choices.ExpectGrant(mapping.ExternalAddress(), mapping.ExternalPort()));
        const NaiveNat::Entry* const holder =
            choices.Holder(mapping.ExternalAddress(), mapping.ExternalPort());
        if (holder != nullptr && !(holder->flow.inside == flow.inside))
        {
            m_naive.Remove(InsideFlow(holder->flow)); // Evicted.
        }
        Add(flow, segment, mapping, false);
        ASSERT_TRUE(result.end == ExternalOf(m_naive.All().back()));
    }

    void Add(const InsideFlow& flow,
             const TcpSegment& segment,
             const Mapping& mapping,
             bool fromOutside)
    {
        NaiveNat::Entry entry{flow, mapping.ExternalAddress(), mapping.ExternalPort()};
        entry.startedOutside = fromOutside;
        entry.memory = segment.end;
        NatState state = segment.syn ? NatState::SynSent : NatState::Established;
        NatTimer timer = segment.syn ? NatTimer::SynSent : NatTimer::Unacked;
        if (flow.protocol == NatProtocol::Udp)
        {
            entry.memory = UdpTracking::StreamFrom(m_now + m_rules.streamAfter);
            state = NatState::UdpNew;
            timer = NatTimer::UdpNew;
        }
        else if (flow.protocol == NatProtocol::Icmp)
        {
            state = NatState::Icmp;
            timer = NatTimer::Icmp;
        }
        m_naive.Add(entry);
        m_naive.Arm(*m_naive.Find(flow), state, timer, m_now);
    }

    /// Inbound: to a port of some flow, or to any, from its remote end or from any.
    void Receive()
    {
        NatProtocol protocol = AnyProtocol();
        ExternalIndex address = static_cast<ExternalIndex>(Below(m_naive.AddressCount()));
        Port port = Below(4) == 0 ? FORWARDED : static_cast<Port>(1024 + Below(16));
        Endpoint remote = AnyRemote();
        if (!m_naive.All().empty() && Below(4) > 0)
        {
            const NaiveNat::Entry& entry = m_naive.All()[Below(m_naive.All().size())];
            protocol = entry.flow.protocol;
            address = entry.address;
            port = entry.port;
            remote = Below(3) == 0 ? remote : entry.flow.remote;
        }
        const TcpSegment segment = AnySegment();
        const Translation result =
            m_device.Inbound(protocol, address, port, remote, segment, m_now);
        m_naive.CatchUp(m_now);
        ASSERT_NO_FATAL_FAILURE(ExpectReceived(protocol, address, port, remote, segment, result));
    }

    void ExpectReceived(NatProtocol protocol,
                        ExternalIndex address,
                        Port port,
                        const Endpoint& remote,
                        const TcpSegment& segment,
                        const Translation& result)
    {
        const auto entrance = m_naive.EntranceOf(protocol, address, port, remote);
        if (!entrance)
        {
            ExpectDrop(result, NatDrop::Filtered);
            return;
        }
        const Endpoint& inside = entrance->inside;
        const InsideFlow flow{protocol, inside, remote};
        NaiveNat::Entry* const entry = m_naive.Find(flow);
        if (entry != nullptr && !entrance->isForwarded)
        {
            const Fate fate = m_naive.Follow(*entry, Direction::Inbound, segment, m_now);
            fate == Fate::Reopened
                ? ExpectReceived(protocol, address, port, remote, segment, result)
                : ExpectFollowed(result, fate, inside);
            return;
        }
        if (!BeginsFlow(protocol, segment))
        {
            ExpectDrop(result, NatDrop::UnknownFlow);
        }
        else if (const auto limit = LimitFor(flow); limit || entry != nullptr)
        {
            m_naive.NumberOf(inside.address);
            ExpectDrop(result, limit.value_or(NatDrop::NoPort));
        }
        else
        {
            ASSERT_TRUE(result.passed && result.isNew && result.end == inside);
            m_naive.NumberOf(inside.address);
            Add(flow, segment, m_device[result.mapping], true);
            ASSERT_TRUE(m_naive.All().back().address == address &&
                        m_naive.All().back().port == port);
        }
    }

    /// What an engine without packets says of a flow.
    void Drive()
    {
        m_device.CatchUp(m_now);
        m_naive.CatchUp(m_now);
        if (m_naive.All().empty())
        {
            return;
        }
        const NaiveNat::Entry some = m_naive.All()[Below(m_naive.All().size())];
        if (NaiveNat::IsLive(some))
        {
            const std::array<NatState, 4> states{NatState::Established,
                                                 NatState::FinWait,
                                                 NatState::TimeWait,
                                                 NatState::Close};
            const NatState state = states[Below(states.size())];
            Advance(*m_naive.Find(some.flow), state, state == NatState::Established && Below(2));
        }
    }

    void Advance(NaiveNat::Entry& entry, NatState state, bool isBusy)
    {
        const MappingId id = m_device.Find(entry.flow, m_now);
        if (entry.flow.protocol != NatProtocol::Tcp)
        {
            const bool isUdp = entry.flow.protocol == NatProtocol::Udp;
            if (isUdp)
            {
                m_device.Pass(id, Direction::Outbound, isBusy, m_now);
                m_naive.FollowDatagram(entry, Direction::Outbound, m_now);
                if (entry.expires == NEVER && !isBusy)
                {
                    m_naive.Arm(entry, entry.state, entry.timer, m_now);
                }
                entry.expires = isBusy ? NEVER : entry.expires;
            }
            return;
        }
        m_device.Advance(id, state, isBusy, m_now);
        if (state == NatState::Established)
        {
            entry.seenReply = true;
            entry.isAssured = true;
        }
        m_naive.Arm(entry, state, TimerOf(state), m_now);
        entry.expires = isBusy ? NEVER : entry.expires;
    }

    NatRules m_rules;
    Nat m_device;
    NaiveNat m_naive;
    Random m_random;
    Instant m_now{std::chrono::seconds(1)};
};

} // namespace portlab::test

#endif // PORTLAB_TEST_NAT_TWINS_H
