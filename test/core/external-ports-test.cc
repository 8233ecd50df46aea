// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/external-ports.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>

namespace
{

using portlab::Address;
using portlab::DependenceOf;
using portlab::Endpoint;
using portlab::ExternalIndex;
using portlab::ExternalPorts;
using portlab::NatProtocol;
using portlab::NatUniqueness;
using portlab::Port;
using portlab::PortRange;

constexpr NatProtocol TCP = NatProtocol::Tcp;
constexpr NatProtocol UDP = NatProtocol::Udp;

// Documentation addresses (RFC 5737).
constexpr Endpoint SHOP{0xc6336407u, 443};
constexpr Endpoint SHOP_MAIL{0xc6336407u, 25};
constexpr Endpoint BANK{0xcb007105u, 443};

/// A device with one uniqueness for all protocols.
ExternalPorts
PortsWith(NatUniqueness unique, const PortRange& range = PortRange(1024, 65535))
{
    return ExternalPorts(range, {unique, unique, unique});
}

void
Take(ExternalPorts& ports,
     const Endpoint& remote,
     Port port,
     NatProtocol protocol = TCP,
     ExternalIndex address = 0)
{
    ports.Take(ports.Open(protocol, address, remote), port);
}

bool
IsTaken(ExternalPorts& ports,
        const Endpoint& remote,
        Port port,
        NatProtocol protocol = TCP,
        ExternalIndex address = 0)
{
    return ports.Taken(ports.Open(protocol, address, remote)).Contains(port);
}

/// Whether any flow uses the port.
bool
IsUsed(ExternalPorts& ports, Port port, NatProtocol protocol = TCP, ExternalIndex address = 0)
{
    return ports.Used(ports.Open(protocol, address, SHOP)).Contains(port);
}

/// The remote end with this number, of very many.
Endpoint
Remote(std::uint32_t number)
{
    return {0xc6336400u + number / 50000, static_cast<Port>(1 + number % 50000)};
}

} // namespace

TEST(ExternalPort, IsTakenTowardsOneDestinationOnly)
{
    auto ports = PortsWith(NatUniqueness::Destination);
    Take(ports, SHOP, 5000);
    EXPECT_TRUE(IsTaken(ports, SHOP, 5000));
    EXPECT_FALSE(IsTaken(ports, SHOP, 5001));
    EXPECT_FALSE(IsTaken(ports, SHOP_MAIL, 5000));
    EXPECT_FALSE(IsTaken(ports, BANK, 5000));
}

TEST(ExternalPort, IsTakenTowardsOneRemoteAddressOnly)
{
    auto ports = PortsWith(NatUniqueness::DestinationAddress);
    Take(ports, SHOP, 5000);
    EXPECT_TRUE(IsTaken(ports, SHOP_MAIL, 5000));
    EXPECT_FALSE(IsTaken(ports, BANK, 5000));
}

TEST(ExternalPort, IsTakenTowardsEveryone)
{
    auto ports = PortsWith(NatUniqueness::Endpoint);
    Take(ports, SHOP, 5000);
    EXPECT_TRUE(IsTaken(ports, SHOP_MAIL, 5000));
    EXPECT_TRUE(IsTaken(ports, BANK, 5000));
}

TEST(ExternalPort, IsTakenForOneProtocolOnOneAddress)
{
    for (const NatUniqueness unique : {NatUniqueness::Destination,
                                       NatUniqueness::DestinationAddress,
                                       NatUniqueness::Endpoint,
                                       NatUniqueness::EndpointThenDestination})
    {
        auto ports = PortsWith(unique);
        Take(ports, SHOP, 5000, TCP, 1);
        EXPECT_TRUE(IsTaken(ports, SHOP, 5000, TCP, 1));
        EXPECT_FALSE(IsTaken(ports, SHOP, 5000, TCP, 0));
        EXPECT_FALSE(IsTaken(ports, SHOP, 5000, UDP, 1));
    }
}

TEST(ExternalPort, IsUniqueByTheRuleOfItsProtocol)
{
    ExternalPorts ports(
        PortRange(1024, 65535),
        {NatUniqueness::Destination, NatUniqueness::DestinationAddress, NatUniqueness::Endpoint});
    for (const NatProtocol protocol : {TCP, UDP, NatProtocol::Icmp})
    {
        Take(ports, SHOP, 5000, protocol);
    }
    EXPECT_FALSE(IsTaken(ports, SHOP_MAIL, 5000, TCP));
    EXPECT_TRUE(IsTaken(ports, SHOP_MAIL, 5000, UDP));
    EXPECT_FALSE(IsTaken(ports, BANK, 5000, UDP));
    EXPECT_TRUE(IsTaken(ports, BANK, 5000, NatProtocol::Icmp));
}

TEST(ExternalPort, IsUsedUntilTheLastScopeHasReleasedIt)
{
    auto ports = PortsWith(NatUniqueness::EndpointThenDestination);
    EXPECT_FALSE(IsUsed(ports, 5000));
    Take(ports, SHOP, 5000);
    Take(ports, BANK, 5000);
    Take(ports, BANK, 5001, TCP, 3);
    EXPECT_TRUE(IsUsed(ports, 5000));
    EXPECT_FALSE(IsUsed(ports, 5000, UDP));
    EXPECT_FALSE(IsUsed(ports, 5000, TCP, 3));
    EXPECT_TRUE(IsUsed(ports, 5001, TCP, 3));
    EXPECT_FALSE(IsUsed(ports, 5001, TCP, 2));

    ports.Release(TCP, 0, SHOP, 5000);
    EXPECT_TRUE(IsUsed(ports, 5000));
    EXPECT_FALSE(IsTaken(ports, SHOP, 5000));
    ports.Release(TCP, 0, BANK, 5000);
    EXPECT_FALSE(IsUsed(ports, 5000));
}

TEST(ExternalPort, CanBeTheFirstAndTheLastOfTheRange)
{
    for (const NatUniqueness unique :
         {NatUniqueness::Endpoint, NatUniqueness::EndpointThenDestination})
    {
        auto ports = PortsWith(unique, PortRange(1, 65535));
        EXPECT_EQ(ports.Range(), PortRange(1, 65535));
        for (const Port port : {Port{1}, Port{65535}})
        {
            Take(ports, SHOP, port);
            EXPECT_TRUE(IsTaken(ports, SHOP, port));
            ports.Release(TCP, 0, SHOP, port);
            EXPECT_FALSE(IsTaken(ports, SHOP, port));
        }
    }
    EXPECT_THROW(PortsWith(NatUniqueness::Endpoint, PortRange(0, 9)), std::logic_error);
}

TEST(ExternalPort, IsNeitherTakenNorReleasedTwice)
{
    auto ports = PortsWith(NatUniqueness::Destination);
    EXPECT_THROW(ports.Release(TCP, 0, SHOP, 5000), std::logic_error);
    Take(ports, SHOP, 5000);
    EXPECT_THROW(Take(ports, SHOP, 5000), std::logic_error);
    EXPECT_THROW(Take(ports, SHOP, 1023), std::logic_error);
    EXPECT_THROW(ports.Release(TCP, 0, SHOP, 5001), std::logic_error);
    EXPECT_THROW(ports.Release(TCP, 1, SHOP, 5000), std::logic_error);
    EXPECT_THROW(ports.Used(ports.Open(TCP, 0, SHOP)), std::logic_error);
    ports.Release(TCP, 0, SHOP, 5000);
    EXPECT_THROW(ports.Release(TCP, 0, SHOP, 5000), std::logic_error);
}

TEST(PortScopes, AreCountedWhileTheyHoldAPort)
{
    auto ports = PortsWith(NatUniqueness::Destination);
    ports.Open(TCP, 0, SHOP);
    EXPECT_EQ(ports.ScopeCount(), 0u);
    Take(ports, SHOP, 5000);
    Take(ports, SHOP, 5001);
    EXPECT_EQ(ports.ScopeCount(), 1u);
    Take(ports, BANK, 5000);
    EXPECT_EQ(ports.ScopeCount(), 2u);
    ports.Open(TCP, 0, SHOP_MAIL);
    EXPECT_EQ(ports.ScopeCount(), 2u);
    ports.Release(TCP, 0, SHOP, 5000);
    EXPECT_EQ(ports.ScopeCount(), 2u);
    ports.Release(TCP, 0, SHOP, 5001);
    EXPECT_EQ(ports.ScopeCount(), 1u);
}

TEST(PortScopes, AreNamedAlikeWhileTheyAreOpen)
{
    auto ports = PortsWith(NatUniqueness::Destination);
    const auto shop = ports.Open(TCP, 0, SHOP);
    EXPECT_EQ(ports.Open(TCP, 0, SHOP), shop) << "an empty one too";
    ports.Take(shop, 5000);
    const auto bank = ports.Open(TCP, 0, BANK);
    EXPECT_NE(bank, shop);
    EXPECT_EQ(ports.Open(TCP, 0, SHOP), shop);
    EXPECT_EQ(ports.Open(TCP, 0, BANK), bank);
}

TEST(PortScopes, CostNothingWhenTheyAreOnlyAskedAbout)
{
    auto ports = PortsWith(NatUniqueness::Destination);
    Take(ports, SHOP, 5000);
    const std::size_t bytes = ports.MemoryBytes();
    for (std::uint32_t number = 0; number < 10000; ++number)
    {
        ports.Open(UDP, 0, Remote(number));
    }
    EXPECT_EQ(ports.MemoryBytes(), bytes);
    EXPECT_EQ(ports.ScopeCount(), 1u);
}

TEST(PortScopes, UseTheRoomOfClosedOnes)
{
    auto ports = PortsWith(NatUniqueness::Destination);
    std::size_t bytes = 0;
    for (std::uint32_t round = 0; round < 5; ++round)
    {
        for (std::uint32_t number = 0; number < 1000; ++number)
        {
            Take(ports, Remote(number + round * 1000), 5000);
        }
        bytes = round == 0 ? ports.MemoryBytes() : bytes;
        EXPECT_EQ(ports.MemoryBytes(), bytes) << "round " << round;
        for (std::uint32_t number = 0; number < 1000; ++number)
        {
            ports.Release(TCP, 0, Remote(number + round * 1000), 5000);
        }
        EXPECT_EQ(ports.ScopeCount(), 0u);
    }
}

TEST(PortScopes, GiveBackWhatManyPortsNeeded)
{
    auto ports = PortsWith(NatUniqueness::Endpoint);
    Take(ports, SHOP, 1024);
    const std::size_t bytes = ports.MemoryBytes();
    for (std::uint32_t port = 1025; port <= 65535; ++port)
    {
        Take(ports, SHOP, static_cast<Port>(port));
    }
    EXPECT_TRUE(ports.Taken(ports.Open(TCP, 0, BANK)).IsFull());
    EXPECT_GT(ports.MemoryBytes(), bytes + 64512 / 8);
    for (std::uint32_t port = 1024; port <= 65535; ++port)
    {
        ports.Release(TCP, 0, SHOP, static_cast<Port>(port));
    }
    EXPECT_EQ(ports.MemoryBytes(), bytes);
}

TEST(PortScopes, OfOnePortCostAtMost72Bytes)
{
    auto ports = PortsWith(NatUniqueness::Destination);
    const std::size_t empty = ports.MemoryBytes();
    constexpr std::uint32_t count = 100000;
    for (std::uint32_t number = 0; number < count; ++number)
    {
        Take(ports, Remote(number), 5000);
    }
    EXPECT_EQ(ports.ScopeCount(), count);
    EXPECT_LE(ports.MemoryBytes() - empty, std::size_t{72} * count);
}

TEST(PortScopes, RememberTheFullestOfThemSinceTheLastReset)
{
    auto ports = PortsWith(NatUniqueness::Destination);
    EXPECT_EQ(ports.Peak(), 0u);
    for (const Port port : {Port{5000}, Port{5001}, Port{5002}})
    {
        Take(ports, SHOP, port);
    }
    Take(ports, BANK, 5000);
    EXPECT_EQ(ports.Fullest(), 3u);
    ports.Release(TCP, 0, SHOP, 5000);
    ports.Release(TCP, 0, SHOP, 5001);
    Take(ports, BANK, 5001);
    EXPECT_EQ(ports.Fullest(), 2u);
    EXPECT_EQ(ports.Peak(), 3u);

    ports.ResetPeak();
    EXPECT_EQ(ports.Peak(), 2u) << "what is there counts";
    ports.Release(TCP, 0, BANK, 5000);
    ports.Release(TCP, 0, BANK, 5001);
    ports.Release(TCP, 0, SHOP, 5002);
    EXPECT_EQ(ports.Peak(), 2u);
    ports.ResetPeak();
    EXPECT_EQ(ports.Peak(), 0u);
    EXPECT_EQ(ports.Fullest(), 0u);
}

TEST(Uniqueness, TellsRemoteEndsApartAsFarAsItSays)
{
    EXPECT_EQ(Blur(DependenceOf(NatUniqueness::Destination), SHOP), SHOP);
    EXPECT_EQ(Blur(DependenceOf(NatUniqueness::EndpointThenDestination), SHOP), SHOP);
    EXPECT_EQ(Blur(DependenceOf(NatUniqueness::DestinationAddress), SHOP),
              (Endpoint{SHOP.address, 0}));
    EXPECT_EQ(Blur(DependenceOf(NatUniqueness::Endpoint), SHOP), (Endpoint{0, 0}));
}
