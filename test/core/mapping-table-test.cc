// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/mapping-table.h"

#include <chrono>
#include <gtest/gtest.h>
#include <stdexcept>
#include <vector>

namespace
{

using portlab::At;
using portlab::Dependence;
using portlab::Endpoint;
using portlab::InsideFlow;
using portlab::MappingId;
using portlab::MappingTable;
using portlab::NatProtocol;
using portlab::NatState;
using portlab::NatTimer;
using portlab::NEVER;
using portlab::NO_MAPPING;
using portlab::Port;
using namespace std::chrono_literals;

using NewMapping = MappingTable::NewMapping;

constexpr Endpoint HOST{0xc0000201, 5000};       // 192.0.2.1
constexpr Endpoint OTHER_HOST{0xc0000202, 5000}; // 192.0.2.2
constexpr Endpoint SHOP{0xc6336407, 443};        // 198.51.100.7
constexpr Endpoint SHOP_CACHE{0xc6336407, 8080};
constexpr Endpoint BANK{0xcb007109, 443}; // 203.0.113.9

NewMapping
Tcp(const Endpoint& inside, const Endpoint& remote, Port externalPort = 40000)
{
    return {{NatProtocol::Tcp, inside, remote}, 0, externalPort, NatState::SynSent};
}

MappingId
Reply(const MappingTable& table, const Endpoint& remote, Port externalPort = 40000)
{
    return table.FindReply(NatProtocol::Tcp, 0, externalPort, remote);
}

/// The mappings of an inside endpoint, the latest first.
std::vector<MappingId>
RingOf(const MappingTable& table, const Endpoint& inside)
{
    std::vector<MappingId> ring;
    for (MappingId id = table.Latest(NatProtocol::Tcp, inside); id != NO_MAPPING;
         id = table.Older(id))
    {
        ring.push_back(id);
    }
    return ring;
}

/// An endpoint-independent device: one external port for each inside endpoint.
MappingTable
OpenToAll()
{
    return MappingTable(Dependence::None, true);
}

MappingTable
Strict()
{
    return MappingTable(Dependence::AddressAndPort, true);
}

} // namespace

TEST(MappingTable, FindsAMappingByItsFlowAndByAnAnswerUntilItIsRemoved)
{
    for (const bool hasRings : {false, true})
    {
        MappingTable table(Dependence::AddressAndPort, hasRings);
        const NewMapping mapping = Tcp(HOST, SHOP);
        EXPECT_EQ(table.Find(mapping.flow), NO_MAPPING);
        const MappingId id = table.Add(mapping);

        EXPECT_EQ(table.Find(mapping.flow), id);
        EXPECT_EQ(table.Find({NatProtocol::Tcp, HOST, BANK}), NO_MAPPING);
        EXPECT_EQ(table.Find({NatProtocol::Udp, HOST, SHOP}), NO_MAPPING);
        EXPECT_EQ(table.Find({NatProtocol::Tcp, OTHER_HOST, SHOP}), NO_MAPPING);
        EXPECT_EQ(Reply(table, SHOP), id);
        EXPECT_EQ(Reply(table, SHOP, 40001), NO_MAPPING);
        EXPECT_EQ(table.FindReply(NatProtocol::Tcp, 1, 40000, SHOP), NO_MAPPING);
        EXPECT_EQ(table.FindReply(NatProtocol::Udp, 0, 40000, SHOP), NO_MAPPING);

        table.Remove(id);
        EXPECT_EQ(table.Find(mapping.flow), NO_MAPPING);
        EXPECT_EQ(Reply(table, SHOP), NO_MAPPING);
        EXPECT_EQ(table.Count(), 0u);
    }
}

TEST(MappingTable, KnowsOfANewMappingWhatItWasToldAndNothingElse)
{
    MappingTable table = Strict();
    const NewMapping mapping{{NatProtocol::Icmp, HOST, SHOP}, 65535, 65535, NatState::Icmp};
    for (int life = 0; life < 2; ++life)
    {
        const MappingId id = table.Add(mapping);
        EXPECT_EQ(id, 0u);
        EXPECT_EQ(table[id].Flow(), mapping.flow);
        EXPECT_EQ(table[id].ExternalAddress(), 65535);
        EXPECT_EQ(table[id].ExternalPort(), 65535);
        EXPECT_EQ(table[id].State(), NatState::Icmp);
        EXPECT_EQ(table[id].Expires(), NEVER);
        EXPECT_EQ(table[id].memory, 0u);
        EXPECT_FALSE(table[id].startedOutside || table[id].seenReply || table[id].isAssured ||
                     table[id].isPreserved);

        // None of this outlives it, though its number does.
        table[id].startedOutside = table[id].seenReply = true;
        table[id].isAssured = table[id].isPreserved = true;
        table[id].memory = 7;
        table.Arm(id, NatState::UdpNew, NatTimer::UdpNew, At(30s));
        table.Remove(id);
    }
}

TEST(MappingTable, TellsTheMappingsOfAnEndpointFromTheLatestToTheOldest)
{
    MappingTable table = OpenToAll();
    std::vector<MappingId> ids;
    for (Port port = 0; port < 5; ++port)
    {
        ids.push_back(table.Add(Tcp(HOST, {SHOP.address, port})));
    }
    table.Add(Tcp(OTHER_HOST, SHOP, 40001));
    EXPECT_EQ(RingOf(table, HOST),
              (std::vector<MappingId>{ids[4], ids[3], ids[2], ids[1], ids[0]}));

    table.Remove(ids[2]);
    EXPECT_EQ(RingOf(table, HOST), (std::vector<MappingId>{ids[4], ids[3], ids[1], ids[0]}));
    table.Remove(ids[0]);
    EXPECT_EQ(RingOf(table, HOST), (std::vector<MappingId>{ids[4], ids[3], ids[1]}));
    table.Remove(ids[4]);
    EXPECT_EQ(RingOf(table, HOST), (std::vector<MappingId>{ids[3], ids[1]}));
    EXPECT_EQ(table.Find({NatProtocol::Tcp, HOST, {SHOP.address, 1}}), ids[1]);
    EXPECT_EQ(table.Find({NatProtocol::Tcp, HOST, {SHOP.address, 3}}), ids[3]);
    EXPECT_EQ(table.Find({NatProtocol::Tcp, HOST, {SHOP.address, 4}}), NO_MAPPING);
    table.Remove(ids[1]);
    table.Remove(ids[3]);
    EXPECT_EQ(RingOf(table, HOST), std::vector<MappingId>{});
    EXPECT_EQ(RingOf(table, OTHER_HOST).size(), 1u);
}

TEST(MappingTable, LooksAtAsMuchOfTheRemoteEndAsTheFilteringDoes)
{
    const auto findsReply = [](Dependence filtering, const Endpoint& remote) {
        MappingTable table(filtering, true);
        table.Add(Tcp(HOST, SHOP));
        return Reply(table, remote) != NO_MAPPING;
    };
    EXPECT_TRUE(findsReply(Dependence::None, SHOP));
    EXPECT_TRUE(findsReply(Dependence::None, SHOP_CACHE));
    EXPECT_TRUE(findsReply(Dependence::None, BANK));
    EXPECT_TRUE(findsReply(Dependence::RemoteAddress, SHOP));
    EXPECT_TRUE(findsReply(Dependence::RemoteAddress, SHOP_CACHE));
    EXPECT_FALSE(findsReply(Dependence::RemoteAddress, BANK));
    EXPECT_TRUE(findsReply(Dependence::AddressAndPort, SHOP));
    EXPECT_FALSE(findsReply(Dependence::AddressAndPort, SHOP_CACHE));
    EXPECT_FALSE(findsReply(Dependence::AddressAndPort, BANK));
}

TEST(MappingsOfOnePort, AreFoundByTheLastOfThemThatIsLeft)
{
    MappingTable table = OpenToAll();
    const MappingId first = table.Add(Tcp(HOST, SHOP));
    const MappingId second = table.Add(Tcp(HOST, SHOP_CACHE));
    const MappingId elsewhere = table.Add(Tcp(HOST, BANK, 40001));
    EXPECT_EQ(Reply(table, SHOP), second);

    table.Remove(second);
    EXPECT_EQ(Reply(table, BANK), first);
    const MappingId third = table.Add(Tcp(HOST, SHOP_CACHE));
    EXPECT_EQ(Reply(table, BANK), third);
    table.Remove(first);
    EXPECT_EQ(Reply(table, BANK), third);
    table.Remove(third);
    EXPECT_EQ(Reply(table, SHOP), NO_MAPPING);
    EXPECT_EQ(Reply(table, SHOP, 40001), elsewhere);
}

TEST(MappingsOfOnePort, AreFoundByTheLastToRestWhenAllOfThemRest)
{
    MappingTable table = OpenToAll();
    const MappingId first = table.Add(Tcp(HOST, SHOP));
    const MappingId second = table.Add(Tcp(HOST, SHOP_CACHE));
    const MappingId third = table.Add(Tcp(HOST, BANK));
    table.Rest(third, NatTimer::RestAfterFin, At(60s));
    EXPECT_EQ(Reply(table, BANK), second);
    table.Rest(second, NatTimer::RestAfterFin, At(61s));
    EXPECT_EQ(Reply(table, BANK), first);
    table.Rest(first, NatTimer::RestAfterFin, At(62s));
    EXPECT_EQ(Reply(table, BANK), first);

    const MappingId fourth = table.Add(Tcp(HOST, SHOP));
    EXPECT_EQ(Reply(table, BANK), fourth);
    table.Remove(fourth);
    EXPECT_EQ(Reply(table, BANK), first);
    table.Remove(first);
    EXPECT_EQ(Reply(table, BANK), second);
    table.Remove(third);
    EXPECT_EQ(Reply(table, BANK), second);
    table.Remove(second);
    EXPECT_EQ(Reply(table, BANK), NO_MAPPING);
}

TEST(RestingMapping, IsKnownToNobodyInside)
{
    MappingTable table = Strict();
    const MappingId resting = table.Add(Tcp(HOST, SHOP));
    const MappingId other = table.Add(Tcp(HOST, BANK));
    table.Rest(resting, NatTimer::RestAfterReset, At(16s));

    EXPECT_EQ(table.Find({NatProtocol::Tcp, HOST, SHOP}), NO_MAPPING);
    EXPECT_EQ(RingOf(table, HOST), std::vector<MappingId>{other});
    EXPECT_EQ(Reply(table, SHOP), resting);
    EXPECT_EQ(table[resting].State(), NatState::Resting);
    EXPECT_EQ(table.NextToExpire(), resting);
    EXPECT_EQ(table.NextExpiry(), At(16s));
    EXPECT_EQ(table.Count(), 2u);

    // Its flow may begin anew by another port.
    const MappingId anew = table.Add(Tcp(HOST, SHOP, 40001));
    EXPECT_EQ(table.Find({NatProtocol::Tcp, HOST, SHOP}), anew);
    EXPECT_EQ(Reply(table, SHOP), resting);
}

TEST(RestingMapping, KeepsItsPortFromOtherEndpoints)
{
    MappingTable table = Strict();
    table.Rest(table.Add(Tcp(HOST, SHOP)), NatTimer::RestAfterFin, At(65s));

    EXPECT_NO_THROW(table.Add(Tcp(OTHER_HOST, BANK)));
    EXPECT_THROW(table.Add(Tcp(OTHER_HOST, SHOP)), std::logic_error);
}

TEST(RestingMapping, IsEnteredByRestAloneAndNeverLeft)
{
    MappingTable table = Strict();
    const MappingId id = table.Add(Tcp(HOST, SHOP));
    EXPECT_THROW(table.Arm(id, NatState::Resting, NatTimer::RestAfterFin, At(1s)),
                 std::logic_error);
    EXPECT_THROW(table.Keep(id, NatState::Resting), std::logic_error);
    table.Rest(id, NatTimer::RestAfterFin, At(1s));

    EXPECT_THROW(table.Arm(id, NatState::SynSent, NatTimer::SynSent, At(2s)), std::logic_error);
    EXPECT_THROW(table.Keep(id, NatState::Established), std::logic_error);
    EXPECT_THROW(table.Rest(id, NatTimer::RestAfterFin, At(2s)), std::logic_error);
    EXPECT_THROW(table.Older(id), std::logic_error);
    EXPECT_NO_THROW(table.Arm(id, NatState::Resting, NatTimer::RestAfterFin, At(2s)));

    NewMapping mapping = Tcp(HOST, BANK);
    mapping.state = NatState::Resting;
    EXPECT_THROW(table.Add(mapping), std::logic_error);
}

TEST(MappingTable, CountsMappingsByState)
{
    MappingTable table = Strict();
    const MappingId a = table.Add(Tcp(HOST, SHOP));
    const MappingId b = table.Add(Tcp(HOST, BANK));
    EXPECT_EQ(table.CountIn(NatState::SynSent), 2u);
    table.Arm(a, NatState::SynRecv, NatTimer::SynRecv, At(60s));
    table.Keep(b, NatState::Established);
    EXPECT_EQ(table.CountIn(NatState::SynSent), 0u);
    EXPECT_EQ(table.CountIn(NatState::SynRecv), 1u);
    EXPECT_EQ(table.CountIn(NatState::Established), 1u);
    table.Rest(a, NatTimer::RestAfterIdle, At(60s));
    EXPECT_EQ(table.CountIn(NatState::Resting), 1u);
    EXPECT_EQ(table.Count(), 2u);
    table.Remove(a);
    EXPECT_EQ(table.CountIn(NatState::Resting), 0u);
    EXPECT_EQ(table.Count(), 1u);
}

TEST(MappingTable, UsesNumbersAgainAndSaysWhichAreInUse)
{
    MappingTable table = Strict();
    EXPECT_EQ(table.IdLimit(), 0u);
    EXPECT_FALSE(table.IsLive(0));
    const MappingId a = table.Add(Tcp(HOST, SHOP));
    const MappingId b = table.Add(Tcp(HOST, BANK));
    EXPECT_EQ(table.IdLimit(), 2u);
    table.Remove(a);

    EXPECT_FALSE(table.IsLive(a));
    EXPECT_TRUE(table.IsLive(b));
    EXPECT_FALSE(table.IsLive(2));
    EXPECT_FALSE(table.IsLive(NO_MAPPING));
    EXPECT_EQ(table.Add(Tcp(HOST, SHOP)), a);
    EXPECT_EQ(table.IdLimit(), 2u);
}

TEST(MappingTable, ComplainsAboutMappingsThatDoNotLive)
{
    MappingTable table = Strict();
    const MappingId id = table.Add(Tcp(HOST, SHOP));
    table.Remove(id);
    for (const MappingId dead : {id, id + 1, NO_MAPPING})
    {
        EXPECT_THROW(table[dead].memory = 1, std::logic_error);
        EXPECT_THROW(table.Arm(dead, NatState::SynSent, NatTimer::SynSent, At(1s)),
                     std::logic_error);
        EXPECT_THROW(table.Keep(dead, NatState::SynSent), std::logic_error);
        EXPECT_THROW(table.Rest(dead, NatTimer::RestAfterFin, At(1s)), std::logic_error);
        EXPECT_THROW(table.Older(dead), std::logic_error);
        EXPECT_THROW(table.Remove(dead), std::logic_error);
    }
}

TEST(MappingTable, ComplainsWhenAFlowGetsASecondMapping)
{
    for (const bool hasRings : {false, true})
    {
        MappingTable table(Dependence::AddressAndPort, hasRings);
        table.Add(Tcp(HOST, SHOP));
        EXPECT_THROW(table.Add(Tcp(HOST, SHOP, 40001)), std::logic_error);
    }
    MappingTable table = Strict();
    table.Add(Tcp(HOST, SHOP));
    table.Add(Tcp(HOST, BANK));
    EXPECT_THROW(table.Add(Tcp(HOST, SHOP, 40001)), std::logic_error);
}

TEST(MappingTable, ComplainsWhenAnAnswerCouldBelongToTwoEndpoints)
{
    MappingTable strict = Strict();
    strict.Add(Tcp(HOST, SHOP));
    EXPECT_EQ(Reply(strict, SHOP, 40001), NO_MAPPING); // Somebody asks for replies.
    EXPECT_NO_THROW(strict.Add(Tcp(OTHER_HOST, SHOP_CACHE)));
    EXPECT_THROW(strict.Add(Tcp(OTHER_HOST, SHOP)), std::logic_error);

    MappingTable byAddress(Dependence::RemoteAddress, true);
    byAddress.Add(Tcp(HOST, SHOP));
    EXPECT_EQ(Reply(byAddress, SHOP, 40001), NO_MAPPING);
    EXPECT_NO_THROW(byAddress.Add(Tcp(OTHER_HOST, BANK)));
    EXPECT_THROW(byAddress.Add(Tcp(OTHER_HOST, SHOP_CACHE)), std::logic_error);

    MappingTable open = OpenToAll();
    open.Add(Tcp(HOST, SHOP));
    EXPECT_EQ(Reply(open, SHOP, 40001), NO_MAPPING);
    EXPECT_NO_THROW(open.Add(Tcp(HOST, BANK)));
    EXPECT_THROW(open.Add(Tcp(OTHER_HOST, BANK)), std::logic_error);
}

TEST(MappingTable, ComplainsOfSharedAnswersAtTheFirstQuestionIfTheyCameBefore)
{
    MappingTable table = Strict();
    table.Add(Tcp(HOST, SHOP));
    table.Add(Tcp(OTHER_HOST, SHOP));
    EXPECT_THROW(Reply(table, SHOP, 40000), std::logic_error);
}

TEST(MappingTable, HasNoLatestAndSharesNoPortWithoutRings)
{
    MappingTable table(Dependence::None, false);
    const MappingId id = table.Add(Tcp(HOST, SHOP));
    EXPECT_THROW(table.Latest(NatProtocol::Tcp, HOST), std::logic_error);
    EXPECT_THROW(table.Older(id), std::logic_error);
    EXPECT_EQ(table.FindReply(NatProtocol::Tcp, 0, 40000, SHOP), id);
    EXPECT_THROW(table.Add(Tcp(HOST, BANK)), std::logic_error);
}
