// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_NAIVE_CHOICES_H
#define PORTLAB_TEST_NAIVE_CHOICES_H

#include "model/core/nat/address-hash.h"
#include "model/core/nat/nat.h"
#include "test/core/naive-nat.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <optional>
#include <set>
#include <vector>

namespace portlab::test
{

/// What a NAT may have chosen for a new flow: the rules of NatRules, without any search. The device
/// has chosen already; its mappings as they were before are in the oracle.
class NaiveChoices
{
  public:
    /// `host`: the number of the flow's inside host.
    NaiveChoices(const NaiveNat& naive,
                 const Nat& device,
                 const InsideFlow& flow,
                 std::size_t host,
                 const TcpSegment& first)
        : m_naive(naive),
          m_rules(naive.Rules()),
          m_device(device),
          m_host(device.AllSubscribers().at(host)),
          m_flow(flow),
          m_isSyn(flow.protocol == NatProtocol::Tcp && first.syn),
          m_sequence(first.end),
          m_taken(naive.AllTaken())
    {
    }

    /// An external endpoint that was granted.
    void ExpectGrant(ExternalIndex address, Port port)
    {
        if (const auto heir = Heritage())
        {
            ASSERT_TRUE(heir->isOpen) << "it shares an endpoint that its destination has in use";
            ASSERT_TRUE(heir->address == address && heir->port == port) << "a wrong heir";
            return;
        }
        if (m_rules.pick == PortPick::Keep)
        {
            ASSERT_EQ(port, m_flow.inside.port);
            return;
        }
        ASSERT_FALSE(IsAtLimit(address)) << "above the destination's limit";
        ASSERT_TRUE(IsFree(address, port) || IsEvictable(address, port))
            << "port " << port << " is taken";
        if (m_rules.blocks.mode != BlockMode::None)
        {
            ASSERT_TRUE(InBlocks(address, port)) << "a port outside of the host's blocks";
            ASSERT_TRUE(m_rules.addressPick != AddressPick::Paired || address == m_host.address ||
                        m_rules.blocks.mode == BlockMode::Deterministic);
            return;
        }
        ExpectAddress(address);
        const bool isKept = CanKeep() && IsFree(address, m_flow.inside.port);
        ASSERT_TRUE(!isKept || port == m_flow.inside.port) << "the inside port was free";
        ASSERT_TRUE(isKept || (m_rules.pick != PortPick::PreserveOnly && Range().Contains(port)))
            << "port " << port << " is none of its range";
        ExpectUnusedFirst(address, port, isKept);
    }

    /// Who has the port that the flow got; null if nobody has.
    const NaiveNat::Entry* Holder(ExternalIndex address, Port port) const
    {
        for (const NaiveNat::Entry& entry : m_naive.All())
        {
            if (m_naive.TakenBy(entry) == m_naive.PlaceOf(m_flow, address, port))
            {
                return &entry;
            }
        }
        return nullptr;
    }

    void ExpectDrop(NatDrop reason)
    {
        ASSERT_TRUE(reason == NatDrop::NoPort || reason == NatDrop::DestinationLimit ||
                    reason == NatDrop::SubscriberLimit);
        if (const auto heir = Heritage())
        {
            ASSERT_FALSE(heir->isOpen) << "its own external endpoint was free";
            return;
        }
        ASSERT_TRUE(m_rules.pick != PortPick::Keep) << "what is not translated finds no port";
        if (m_rules.blocks.mode != BlockMode::None)
        {
            ASSERT_NO_FATAL_FAILURE(ExpectNoRoomInBlocks(reason));
            return;
        }
        for (const ExternalIndex address : Addresses())
        {
            ASSERT_TRUE(IsBlocked(address)) << "address " << address << " has a free port";
        }
    }

  private:
    struct Heir
    {
        ExternalIndex address;
        Port port;
        bool isOpen;
    };

    /// The flow whose external endpoint it has to share, if there is one.
    std::optional<Heir> Heritage() const
    {
        for (const NaiveNat::Entry* sibling : m_naive.Siblings(m_flow))
        {
            const bool isShared = m_naive.PlaceOf(sibling->flow, sibling->address, sibling->port) ==
                                  m_naive.PlaceOf(m_flow, sibling->address, sibling->port);
            const bool isOpen =
                isShared ||
                (m_taken.count(m_naive.PlaceOf(m_flow, sibling->address, sibling->port)) == 0 &&
                 !IsAtLimit(sibling->address));
            switch (m_rules.mapping)
            {
            case MappingRule::AddressAndPortDependent:
                return std::nullopt;
            case MappingRule::EndpointIndependent:
                return Heir{sibling->address, sibling->port, isOpen};
            case MappingRule::AddressDependent:
                if (sibling->flow.remote.address == m_flow.remote.address)
                {
                    return Heir{sibling->address, sibling->port, isOpen};
                }
                break;
            case MappingRule::InheritLatest:
                if (m_rules.preservesAnyPort || Range().Contains(sibling->port))
                {
                    return isOpen ? std::optional(Heir{sibling->address, sibling->port, true})
                                  : std::nullopt;
                }
                break;
            }
        }
        return std::nullopt;
    }

    const PortRange& Range() const
    {
        return std::find_if(
                   m_rules.classes.begin(),
                   m_rules.classes.end(),
                   [&](const PortClass& some) { return some.inside.Contains(m_flow.inside.port); })
            ->external;
    }

    bool CanKeep() const
    {
        return m_rules.pick != PortPick::Search &&
               (m_rules.preservesAnyPort || Range().Contains(m_flow.inside.port));
    }

    bool IsReserved(Port port) const
    {
        const auto& reserved = m_rules.reservedPorts;
        return std::find(reserved.begin(), reserved.end(), port) != reserved.end();
    }

    bool IsFree(ExternalIndex address, Port port) const
    {
        return !IsReserved(port) && m_taken.count(m_naive.PlaceOf(m_flow, address, port)) == 0;
    }

    bool AnyFree(ExternalIndex address, const PortRange& range) const
    {
        for (std::uint32_t i = 0; i < range.Count(); ++i)
        {
            if (IsFree(address, range.At(i)) ||
                (range.Count() <= 32 && IsEvictable(address, range.At(i))))
            {
                return true;
            }
        }
        return false;
    }

    /// Whether a search of Linux may end closed connections: where each has a port of its own
    /// towards its destination, and no block goes back with the last.
    bool MayEvict() const
    {
        const NatUniqueness unique = m_naive.UniqueOf(m_flow.protocol);
        const BlockMode mode = m_rules.blocks.mode;
        return m_rules.evictsClosing && m_rules.search == PortSearch::Windowed && m_isSyn &&
               DependenceOf(unique) == Dependence::AddressAndPort &&
               (mode == BlockMode::None || mode == BlockMode::Deterministic);
    }

    /// Closed, and the SYN's number is later.
    bool IsEvictable(ExternalIndex address, Port port) const
    {
        const NaiveNat::Entry* holder = Holder(address, port);
        return MayEvict() && holder != nullptr && !holder->startedOutside &&
               (holder->state == NatState::TimeWait || holder->state == NatState::Close) &&
               IsAhead(m_sequence, holder->memory);
    }

    bool IsAtLimit(ExternalIndex address) const
    {
        std::uint32_t count = 0;
        for (const NaiveNat::Taken& taken : m_taken)
        {
            count += m_naive.PlaceOf(m_flow, address, std::get<4>(taken)) == taken ? 1 : 0;
        }
        return m_rules.limits.ofDestination && count >= *m_rules.limits.ofDestination;
    }

    /// Windows look at all of a range only where 16-bit starts go around it evenly.
    bool SearchesAll() const
    {
        return m_rules.search != PortSearch::Linear &&
               (m_rules.search != PortSearch::Windowed ||
                (Range().Count() <= 128 && 65536 % Range().Count() == 0));
    }

    bool IsBlocked(ExternalIndex address) const
    {
        if (IsAtLimit(address))
        {
            return true;
        }
        const bool canKeep = CanKeep() && IsFree(address, m_flow.inside.port);
        const bool canSearch =
            m_rules.pick != PortPick::PreserveOnly && SearchesAll() && AnyFree(address, Range());
        return !canKeep && !canSearch;
    }

    /// Addresses in the order in which they are tried; from an unknown one on, all.
    std::vector<ExternalIndex> Addresses() const
    {
        const std::uint32_t count = m_naive.AddressCount();
        const bool isKnown = m_rules.addressPick != AddressPick::RoundRobin &&
                             m_rules.addressPick != AddressPick::Random;
        std::vector<ExternalIndex> addresses;
        const std::uint32_t tries = m_rules.spills ? count : isKnown ? 1 : 0;
        for (std::uint32_t step = 0; step < tries; ++step)
        {
            addresses.push_back(static_cast<ExternalIndex>((First() + step) % count));
        }
        return addresses;
    }

    std::uint32_t First() const
    {
        const std::uint32_t count = m_naive.AddressCount();
        switch (m_rules.addressPick)
        {
        case AddressPick::HashInside:
            return LinuxAddressIndex(m_flow.inside.address, 0, count);
        case AddressPick::HashInsideAndRemote:
            return LinuxAddressIndex(m_flow.inside.address, m_flow.remote.address, count);
        case AddressPick::Paired:
            return m_host.address;
        default:
            return 0;
        }
    }

    /// No address before the chosen one had a port.
    void ExpectAddress(ExternalIndex chosen) const
    {
        const bool isKnown = m_rules.addressPick != AddressPick::RoundRobin &&
                             m_rules.addressPick != AddressPick::Random;
        for (const ExternalIndex address : Addresses())
        {
            if (address == chosen || !isKnown)
            {
                return;
            }
            ASSERT_TRUE(IsBlocked(address)) << "address " << address << " came first";
        }
        ASSERT_TRUE(!isKnown) << "an address that is not tried";
    }

    /// Ports that nobody uses come before those that serve others.
    void ExpectUnusedFirst(ExternalIndex address, Port port, bool isKept) const
    {
        if (isKept || !SearchesAll() ||
            m_naive.UniqueOf(m_flow.protocol) != NatUniqueness::EndpointThenDestination)
        {
            return;
        }
        std::set<Port> used;
        for (const NaiveNat::Taken& taken : m_taken)
        {
            if (std::get<0>(taken) == m_flow.protocol && std::get<1>(taken) == address)
            {
                used.insert(std::get<4>(taken));
            }
        }
        for (std::uint32_t i = 0; used.count(port) != 0 && i < Range().Count(); ++i)
        {
            const Port other = Range().At(i);
            ASSERT_TRUE(used.count(other) != 0 || IsReserved(other)) << other << " was unused";
        }
    }

    // Blocks.

    bool InBlocks(ExternalIndex address, Port port) const
    {
        const auto& blocks = m_host.blocks;
        return std::any_of(blocks.begin(), blocks.end(), [&](const HeldBlock& held) {
            return held.block.address == address && held.block.ports.Contains(port);
        });
    }

    void ExpectNoRoomInBlocks(NatDrop reason) const
    {
        std::uint32_t ports = 0;
        for (const HeldBlock& held : m_host.blocks)
        {
            ports += held.block.ports.Count();
            ASSERT_FALSE(AnyFree(held.block.address, held.block.ports)) << "its block has room";
        }
        const BlockRules& blocks = m_rules.blocks;
        const bool hasNone = m_host.blocks.empty();
        const std::uint32_t size =
            blocks.mode == BlockMode::Doubling && !hasNone ? ports : blocks.size;
        const bool mayGrow =
            hasNone || (blocks.mode == BlockMode::OnDemand && m_host.blocks.size() < blocks.most) ||
            (blocks.mode == BlockMode::Doubling && ports + size <= blocks.mostPorts);
        if (blocks.mode == BlockMode::Deterministic)
        {
            ASSERT_TRUE(!hasNone && reason == NatDrop::NoPort);
            return;
        }
        ASSERT_EQ(reason, mayGrow ? NatDrop::NoPort : NatDrop::SubscriberLimit);
        ASSERT_TRUE(!mayGrow || !AnyBlockFree(size)) << "a block was free";
    }

    bool AnyBlockFree(std::uint32_t size) const
    {
        const PortRange& range = m_rules.classes.front().external;
        const bool isPaired = m_rules.addressPick == AddressPick::Paired;
        for (ExternalIndex address = 0; address < m_naive.AddressCount(); ++address)
        {
            for (std::uint32_t first = 0; first + size <= range.Count(); first += size)
            {
                if ((!isPaired || address == m_host.address) &&
                    IsUnheld(address, range.First() + first, size))
                {
                    return true;
                }
            }
        }
        return false;
    }

    bool IsUnheld(ExternalIndex address, std::uint32_t first, std::uint32_t size) const
    {
        for (const Subscriber& host : m_device.AllSubscribers())
        {
            for (const HeldBlock& held : host.blocks)
            {
                const PortRange& ports = held.block.ports;
                if (held.block.address == address && ports.First() < first + size &&
                    first <= ports.Last())
                {
                    return false;
                }
            }
        }
        return true;
    }

    const NaiveNat& m_naive;
    const NatRules& m_rules;
    const Nat& m_device;
    const Subscriber& m_host;
    InsideFlow m_flow;
    bool m_isSyn;
    std::uint32_t m_sequence;
    std::set<NaiveNat::Taken> m_taken;
};

} // namespace portlab::test

#endif // PORTLAB_TEST_NAIVE_CHOICES_H
