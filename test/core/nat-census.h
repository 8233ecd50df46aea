// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_NAT_CENSUS_H
#define PORTLAB_TEST_NAT_CENSUS_H

#include "model/core/nat/nat.h"
#include "test/core/naive-nat.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <gtest/gtest.h>
#include <map>

namespace portlab::test
{

/// A mapping is found from both sides, and stands where it should.
inline void
ExpectSameMapping(const Nat& device, const NaiveNat::Entry& entry)
{
    const MappingId id = device.Table().Find(entry.flow);
    ASSERT_NE(id, NO_MAPPING) << "a mapping is lost";
    const Mapping& mapping = device[id];
    ASSERT_EQ(mapping.ExternalAddress(), entry.address);
    ASSERT_EQ(mapping.ExternalPort(), entry.port);
    ASSERT_EQ(mapping.State(), entry.state);
    ASSERT_TRUE(mapping.Expires() == entry.expires);
    ASSERT_EQ(mapping.isAssured, entry.isAssured);
    ASSERT_TRUE(mapping.memory == entry.memory || entry.flow.protocol == NatProtocol::Icmp);
    const MappingId reply =
        device.Table().FindReply(entry.flow.protocol, entry.address, entry.port, entry.flow.remote);
    ASSERT_NE(reply, NO_MAPPING) << "a mapping is not found from outside";
    ASSERT_TRUE(device[reply].Flow().inside == entry.flow.inside);
}

/// What is taken, resting ports included, scope by scope.
inline void
ExpectSamePorts(const Nat& device, const NaiveNat& naive)
{
    std::map<std::array<std::uint32_t, 4>, std::uint32_t> scopes;
    for (const auto& [protocol, address, host, remotePort, port] : naive.AllTaken())
    {
        ++scopes[{static_cast<std::uint32_t>(protocol), address, host, remotePort}];
    }
    std::uint32_t fullest = 0;
    for (const auto& [scope, count] : scopes)
    {
        fullest = std::max(fullest, count);
    }
    ASSERT_EQ(device.Ports().ScopeCount(), scopes.size());
    ASSERT_EQ(device.Ports().Fullest(), fullest);
}

/// What each inside host has: mappings, ports, blocks and what is used of these.
inline void
ExpectSameHosts(const Nat& device, const NaiveNat& naive)
{
    const auto& hosts = device.AllSubscribers();
    ASSERT_EQ(hosts.size(), naive.Hosts().size());
    std::uint64_t inBlocks = 0;
    for (std::size_t number = 0; number < hosts.size(); ++number)
    {
        const Address address = naive.Hosts()[number];
        const auto taken = naive.AllTaken(address);
        ASSERT_EQ(hosts[number].mappings, naive.MappingsOf(address));
        ASSERT_EQ(hosts[number].ports.Count(), taken.size());
        for (const HeldBlock& held : hosts[number].blocks)
        {
            inBlocks += held.block.ports.Count();
            const auto used = std::count_if(taken.begin(), taken.end(), [&](const auto& each) {
                return std::get<1>(each) == held.block.address &&
                       held.block.ports.Contains(std::get<4>(each));
            });
            ASSERT_EQ(held.used, used);
        }
    }
    const bool isPooled = device.Rules().blocks.mode != BlockMode::Deterministic;
    ASSERT_TRUE(!isPooled || device.BlockPortsInUse() == inBlocks);
}

/// All that a NAT and its oracle know.
inline void
ExpectSame(const Nat& device, const NaiveNat& naive)
{
    std::array<std::uint32_t, NAT_STATE_COUNT> counts{};
    for (const NaiveNat::Entry& entry : naive.All())
    {
        ++counts[static_cast<std::size_t>(entry.state)];
        if (NaiveNat::IsLive(entry))
        {
            ASSERT_NO_FATAL_FAILURE(ExpectSameMapping(device, entry));
        }
    }
    for (std::size_t state = 0; state < NAT_STATE_COUNT; ++state)
    {
        ASSERT_EQ(device.Table().CountIn(static_cast<NatState>(state)), counts[state])
            << NAT_STATE_NAMES[state];
    }
    const std::size_t live = naive.All().size() - counts.back();
    ASSERT_EQ(device.Mappings().Count(), live);
    ASSERT_EQ(device.Counters().granted, live + device.Ended());
    ASSERT_NO_FATAL_FAILURE(ExpectSamePorts(device, naive));
    ASSERT_NO_FATAL_FAILURE(ExpectSameHosts(device, naive));
}

} // namespace portlab::test

#endif // PORTLAB_TEST_NAT_CENSUS_H
