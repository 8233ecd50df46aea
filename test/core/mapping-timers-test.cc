// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/mapping-table.h"

#include <chrono>
#include <gtest/gtest.h>
#include <stdexcept>

namespace
{

using portlab::At;
using portlab::Dependence;
using portlab::MappingId;
using portlab::MappingTable;
using portlab::NatProtocol;
using portlab::NatState;
using portlab::NatTimer;
using portlab::NEVER;
using portlab::NO_MAPPING;
using portlab::Port;
using namespace std::chrono_literals;

/// A flow of 192.0.2.1 to 198.51.100.7 with a port of its own.
MappingId
AddFlow(MappingTable& table, Port port)
{
    return table.Add(
        {{NatProtocol::Tcp, {0xc0000201, port}, {0xc6336407, 443}}, 0, port, NatState::SynSent});
}

} // namespace

TEST(TimersOfMappings, SayWhichEndsFirst)
{
    MappingTable table(Dependence::AddressAndPort, false);
    const MappingId slow = AddFlow(table, 1);
    const MappingId quick = AddFlow(table, 3);
    EXPECT_EQ(table.NextExpiry(), NEVER);
    EXPECT_EQ(table.NextToExpire(), NO_MAPPING);

    table.Arm(slow, NatState::Established, NatTimer::Established, At(7440s));
    EXPECT_EQ(table.NextToExpire(), slow);
    table.Arm(quick, NatState::SynSent, NatTimer::SynSent, At(120s));
    EXPECT_EQ(table.NextToExpire(), quick);
    EXPECT_EQ(table.NextExpiry(), At(120s));
    EXPECT_EQ(table.First(NatTimer::Established), slow);
    EXPECT_EQ(table.First(NatTimer::TimeWait), NO_MAPPING);

    table.Keep(quick, NatState::Established);
    EXPECT_EQ(table[quick].Expires(), NEVER);
    EXPECT_EQ(table.First(NatTimer::SynSent), NO_MAPPING);
    EXPECT_EQ(table.NextExpiry(), At(7440s));
    table.Remove(slow);
    EXPECT_EQ(table.NextExpiry(), NEVER);
    EXPECT_EQ(table.NextToExpire(), NO_MAPPING);
}

TEST(TimersOfMappings, PutAMappingThatIsArmedAgainBehindTheOthers)
{
    MappingTable table(Dependence::AddressAndPort, false);
    const MappingId a = AddFlow(table, 1);
    const MappingId b = AddFlow(table, 2);
    const MappingId c = AddFlow(table, 3);
    for (const MappingId id : {a, b, c})
    {
        table.Arm(id, NatState::UdpNew, NatTimer::UdpNew, At(30s));
    }
    EXPECT_EQ(table.First(NatTimer::UdpNew), a);
    table.Arm(a, NatState::UdpNew, NatTimer::UdpNew, At(30s));
    EXPECT_EQ(table.First(NatTimer::UdpNew), b);
    table.Arm(b, NatState::UdpNew, NatTimer::UdpNew, At(31s));
    EXPECT_EQ(table.First(NatTimer::UdpNew), c);
    table.Remove(c);
    EXPECT_EQ(table.First(NatTimer::UdpNew), a);
}

TEST(TimersOfMappings, OfTwoThatEndTogetherNameTheOneListedFirst)
{
    MappingTable table(Dependence::AddressAndPort, false);
    const MappingId closing = AddFlow(table, 1);
    const MappingId opening = AddFlow(table, 3);
    table.Arm(closing, NatState::TimeWait, NatTimer::TimeWait, At(120s));
    table.Arm(opening, NatState::SynSent, NatTimer::SynSent, At(120s));
    EXPECT_EQ(table.NextToExpire(), opening);

    table.Arm(opening, NatState::LastAck, NatTimer::LastAck, At(120s + 1ns));
    EXPECT_EQ(table.NextToExpire(), closing);
}

TEST(TimersOfMappings, RefuseAnEndBeforeThatOfTheLastInTheList)
{
    MappingTable table(Dependence::AddressAndPort, false);
    const MappingId a = AddFlow(table, 1);
    const MappingId b = AddFlow(table, 3);
    table.Arm(a, NatState::SynSent, NatTimer::SynSent, At(120s));

    EXPECT_NO_THROW(table.Arm(b, NatState::SynSent, NatTimer::SynSent, At(120s)));
    EXPECT_THROW(table.Arm(b, NatState::SynSent, NatTimer::SynSent, At(120s - 1ns)),
                 std::logic_error);
    EXPECT_NO_THROW(table.Arm(b, NatState::SynRecv, NatTimer::SynRecv, At(120s - 1ns)));
    EXPECT_THROW(table.Arm(b, NatState::SynSent, NatTimer::SynSent, NEVER), std::logic_error);
}
