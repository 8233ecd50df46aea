// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/base/random.h"
#include "model/core/nat/external-ports.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace
{

using portlab::Address;
using portlab::Endpoint;
using portlab::ExternalIndex;
using portlab::ExternalPorts;
using portlab::NAT_PROTOCOL_COUNT;
using portlab::NatProtocol;
using portlab::NatUniqueness;
using portlab::Port;
using portlab::PortRange;
using portlab::PortSet;
using portlab::Random;
using portlab::StreamKey;

using Uniqueness = std::array<NatUniqueness, NAT_PROTOCOL_COUNT>;

/// A flow and its external endpoint.
struct Use
{
    NatProtocol protocol;
    ExternalIndex address;
    Endpoint remote;
    Port port;
};

/// The external ports and a map of sets that live through the same.
class Twins
{
  public:
    Twins(const PortRange& range, const Uniqueness& unique, std::uint64_t seed)
        : m_ports(range, unique),
          m_unique(unique),
          m_random(StreamKey(seed, 1).With("external ports"))
    {
    }

    void Drift(std::uint32_t takenPercent, int steps)
    {
        for (int step = 0; step < steps; ++step)
        {
            const Use use = AnyUse();
            if (m_random.Below(100) < takenPercent)
            {
                ASSERT_NO_FATAL_FAILURE(Take(use));
            }
            else if (!m_uses.empty())
            {
                std::swap(m_uses[Below(m_uses.size())], m_uses.back());
                Release(m_uses.back());
                m_uses.pop_back();
            }
            if (m_random.Below(500) == 0)
            {
                m_ports.ResetPeak();
                m_peak = Fullest();
            }
            ASSERT_NO_FATAL_FAILURE(Compare(AnyUse()));
        }
        ASSERT_NO_FATAL_FAILURE(CompareAll());
    }

    void Clear()
    {
        for (; !m_uses.empty(); m_uses.pop_back())
        {
            Release(m_uses.back());
        }
        ASSERT_NO_FATAL_FAILURE(CompareAll());
        ASSERT_EQ(m_ports.ScopeCount(), 0u);
    }

  private:
    using Scope = std::tuple<NatProtocol, ExternalIndex, Address, Port>;

    std::uint32_t Below(std::size_t bound)
    {
        return m_random.Below(static_cast<std::uint32_t>(bound));
    }

    /// Few ports are far more popular than the rest, so that sets of all sizes come about.
    Use AnyUse()
    {
        const PortRange& range = m_ports.Range();
        const std::uint32_t ports = Below(2) == 0 ? std::min(range.Count(), 20u) : range.Count();
        return {static_cast<NatProtocol>(Below(NAT_PROTOCOL_COUNT)),
                static_cast<ExternalIndex>(Below(3) == 0 ? 0 : Below(4)),
                {0xc6336400u + Below(4), static_cast<Port>(1 + Below(Below(2) == 0 ? 3 : 300))},
                range.At(Below(ports))};
    }

    Scope ScopeOf(const Use& use) const
    {
        switch (m_unique[static_cast<std::size_t>(use.protocol)])
        {
        case NatUniqueness::Endpoint:
            return {use.protocol, use.address, 0, Port{0}};
        case NatUniqueness::DestinationAddress:
            return {use.protocol, use.address, use.remote.address, Port{0}};
        default:
            return {use.protocol, use.address, use.remote.address, use.remote.port};
        }
    }

    void Take(const Use& use)
    {
        const auto id = m_ports.Open(use.protocol, use.address, use.remote);
        std::set<Port>& known = m_known[ScopeOf(use)];
        ASSERT_EQ(m_ports.Taken(id).Contains(use.port), known.count(use.port) != 0);
        if (known.insert(use.port).second)
        {
            m_ports.Take(id, use.port);
            m_uses.push_back(use);
            m_peak = std::max(m_peak, static_cast<std::uint32_t>(known.size()));
        }
    }

    void Release(const Use& use)
    {
        m_ports.Release(use.protocol, use.address, use.remote, use.port);
        const auto known = m_known.find(ScopeOf(use));
        known->second.erase(use.port);
        if (known->second.empty())
        {
            m_known.erase(known);
        }
    }

    std::uint32_t Fullest() const
    {
        std::size_t most = 0;
        for (const auto& [scope, ports] : m_known)
        {
            most = std::max(most, ports.size());
        }
        return static_cast<std::uint32_t>(most);
    }

    bool IsUsed(const Use& use) const
    {
        return std::any_of(m_known.begin(), m_known.end(), [&](const auto& entry) {
            return std::get<0>(entry.first) == use.protocol &&
                   std::get<1>(entry.first) == use.address && entry.second.count(use.port) != 0;
        });
    }

    /// What both know of one port, which nobody need have taken.
    void Compare(const Use& use)
    {
        const auto known = m_known.find(ScopeOf(use));
        const auto id = m_ports.Open(use.protocol, use.address, use.remote);
        const PortSet& taken = m_ports.Taken(id);
        ASSERT_EQ(taken.Contains(use.port),
                  known != m_known.end() && known->second.count(use.port) != 0);
        ASSERT_EQ(taken.Count(), known == m_known.end() ? 0 : known->second.size());
        ASSERT_EQ(m_ports.ScopeCount(), m_known.size());
        ASSERT_EQ(m_ports.Peak(), m_peak);
        if (m_unique[static_cast<std::size_t>(use.protocol)] ==
                NatUniqueness::EndpointThenDestination &&
            Below(20) == 0)
        {
            ASSERT_EQ(m_ports.Used(id).Contains(use.port), IsUsed(use));
        }
    }

    void CompareAll()
    {
        ASSERT_EQ(m_ports.Fullest(), Fullest());
        for (const auto& [scope, ports] : m_known)
        {
            const auto& [protocol, address, remote, port] = scope;
            const auto id = m_ports.Open(protocol, address, {remote, port});
            ASSERT_EQ(m_ports.Taken(id).Count(), ports.size());
            for (const Port taken : ports)
            {
                ASSERT_TRUE(m_ports.Taken(id).Contains(taken));
            }
        }
    }

    ExternalPorts m_ports;
    Uniqueness m_unique;
    Random m_random;
    std::map<Scope, std::set<Port>> m_known;
    std::vector<Use> m_uses;
    std::uint32_t m_peak{0};
};

void
Exercise(const PortRange& range, const Uniqueness& unique, std::uint64_t seed)
{
    SCOPED_TRACE("seed " + std::to_string(seed) + ", ports " + std::to_string(range.First()) + "-" +
                 std::to_string(range.Last()));
    Twins twins(range, unique, seed);
    for (int round = 0; round < 3; ++round)
    {
        ASSERT_NO_FATAL_FAILURE(twins.Drift(80, 3000));
        ASSERT_NO_FATAL_FAILURE(twins.Drift(50, 2000));
        ASSERT_NO_FATAL_FAILURE(twins.Drift(20, 2000));
    }
    ASSERT_NO_FATAL_FAILURE(twins.Clear());
    ASSERT_NO_FATAL_FAILURE(twins.Drift(90, 1000));
}

} // namespace

TEST(ExternalPorts, AgreeWithAMapOfSetsWhateverIsUnique)
{
    constexpr auto byDestination = NatUniqueness::Destination;
    constexpr auto byAddress = NatUniqueness::DestinationAddress;
    constexpr auto byEndpoint = NatUniqueness::Endpoint;
    constexpr auto byBoth = NatUniqueness::EndpointThenDestination;
    const std::vector<Uniqueness> devices{{byDestination, byDestination, byDestination},
                                          {byDestination, byAddress, byEndpoint},
                                          {byBoth, byBoth, byBoth},
                                          {byBoth, byEndpoint, byDestination}};
    std::uint64_t seed = 1;
    for (const Uniqueness& unique : devices)
    {
        ASSERT_NO_FATAL_FAILURE(Exercise(PortRange(1, 65535), unique, seed++));
        ASSERT_NO_FATAL_FAILURE(Exercise(PortRange(1024, 65535), unique, seed++));
        ASSERT_NO_FATAL_FAILURE(Exercise(PortRange(60000, 60049), unique, seed++));
        ASSERT_NO_FATAL_FAILURE(Exercise(PortRange(65535, 65535), unique, seed++));
    }
}
