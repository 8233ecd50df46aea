// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/mapping-table.h"

#include <chrono>
#include <cstdint>
#include <gtest/gtest.h>

namespace
{

using portlab::At;
using portlab::Dependence;
using portlab::Endpoint;
using portlab::ExternalIndex;
using portlab::MappingId;
using portlab::MappingTable;
using portlab::NatProtocol;
using portlab::NatState;
using portlab::NatTimer;
using portlab::NO_MAPPING;
using portlab::Port;

constexpr Endpoint SHOP{0xc6336407, 443}; // 198.51.100.7
constexpr std::uint32_t MOST = 1100000;

/// A carrier's flows: 110 of each host, each from a port of its own.
MappingTable::NewMapping
Flow(std::uint32_t number)
{
    const Endpoint inside{number / 110, static_cast<Port>(1024 + number % 110)};
    return {{NatProtocol::Udp, inside, SHOP},
            static_cast<ExternalIndex>(number / 60000),
            static_cast<Port>(1024 + number % 60000),
            NatState::UdpNew};
}

MappingId
Reply(const MappingTable& table, std::uint32_t number)
{
    const MappingTable::NewMapping flow = Flow(number);
    return table.FindReply(NatProtocol::Udp, flow.externalAddress, flow.externalPort, SHOP);
}

} // namespace

TEST(AMillionMappings, TakeAtMost64BytesEachAndAreAllFound)
{
    MappingTable table(Dependence::AddressAndPort, true);
    for (std::uint32_t number = 0; number < MOST; ++number)
    {
        const MappingId id = table.Add(Flow(number));
        ASSERT_EQ(id, number);
        ASSERT_TRUE(number % 100000 != 0 || Reply(table, number) == id); // All indexes are there.
        table.Arm(id, NatState::UdpNew, NatTimer::UdpNew, At(std::chrono::nanoseconds(number)));
        ASSERT_TRUE(number < 900000 || table.MemoryBytes() <= std::size_t{64} * table.Count())
            << table.MemoryBytes() << " bytes for " << table.Count();
    }
    const std::size_t bytes = table.MemoryBytes();
    for (std::uint32_t number = 1; number < MOST; number += 3)
    {
        table.Remove(number);
    }
    for (std::uint32_t number = 0; number < MOST; ++number)
    {
        const MappingId expected = number % 3 == 1 ? NO_MAPPING : number;
        ASSERT_EQ(table.Find(Flow(number).flow), expected);
        ASSERT_EQ(Reply(table, number), expected);
    }
    // There is room for as many again.
    for (std::uint32_t number = 1; number < MOST; number += 3)
    {
        table.Add(Flow(number));
    }
    EXPECT_EQ(table.MemoryBytes(), bytes);
}
