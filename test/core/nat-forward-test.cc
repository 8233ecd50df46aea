// SPDX-License-Identifier: GPL-2.0-only

// Ports that lead inside: port forwards.

#include "test/core/lone-nat.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <vector>

namespace
{

using namespace std::chrono_literals;
using namespace portlab;
using namespace portlab::test;

constexpr Endpoint SERVER{Inside(0), 8080};
constexpr Endpoint CLIENT{Inside(1), 6000};
constexpr Endpoint STRANGER{Remote(0), 40000};
constexpr Endpoint OTHER{Remote(1), 40000};
constexpr Endpoint BELOW{External(0), 443};   ///< The range of ports that are handed out.
constexpr Endpoint WITHIN{External(0), 6000}; ///< It.
constexpr Instant NOW = At(1s);

/// Of every kind of mapping, filtering, uniqueness and rest.
const std::vector<const char*> DEVICES{"full-cone",
                                       "restricted-cone",
                                       "port-restricted-cone",
                                       "symmetric",
                                       "linux-masquerade",
                                       "cgn-pba",
                                       "cisco-ios",
                                       "azure-nat-gateway",
                                       "azure-lb-default",
                                       "openbsd-pf"};

class AnyPortForward : public testing::TestWithParam<const char*>
{
  protected:
    AnyPortForward()
        : m_nat(FindNatPreset(GetParam()), 2)
    {
        for (const Endpoint& port : {BELOW, WITHIN})
        {
            m_nat.Device().Forward(NatProtocol::Tcp, port.port, SERVER);
        }
    }

    Translation Enter(const Endpoint& remote, const Endpoint& port, Instant now)
    {
        return m_nat.In(NatProtocol::Tcp, remote, port, SYN, now);
    }

    LoneNat m_nat;
};

} // namespace

TEST_P(AnyPortForward, LetsEveryStrangerInWhetherOrNotThePortCouldBeHandedOut)
{
    for (const Endpoint& port : {BELOW, WITHIN})
    {
        const Endpoint from{STRANGER.address, port.port}; // Each flow has ends of its own.
        const Translation entry = Enter(from, port, NOW);
        ASSERT_TRUE(entry.passed) << port.port;
        EXPECT_TRUE(entry.end == SERVER);

        const Translation answer = m_nat.Out(Tcp(SERVER, from), SYN_ACK, NOW);
        ASSERT_TRUE(answer.passed);
        EXPECT_TRUE(answer.end == port);
        EXPECT_EQ(m_nat.StateOf(Tcp(SERVER, from), NOW), NatState::SynRecv);
    }
    EXPECT_TRUE(Enter(OTHER, BELOW, NOW).passed);
    EXPECT_EQ(m_nat.Device().Table().Count(), 3u);
}

TEST_P(AnyPortForward, OutlivesItsConnections)
{
    Instant now = NOW;
    for (int round = 0; round < 5; ++round, now += 130s)
    {
        for (const Endpoint& remote : {STRANGER, OTHER})
        {
            EXPECT_TRUE(Enter(remote, BELOW, now).passed) << round;
            EXPECT_TRUE(Enter({remote.address, 50000}, WITHIN, now).passed) << round;
        }
    }
    const Instant later = now + 24h;
    m_nat.Device().CatchUp(later);
    EXPECT_EQ(m_nat.Device().Table().Count(), 0u);
    EXPECT_TRUE(Enter(STRANGER, BELOW, later).passed);
}

TEST_P(AnyPortForward, IsNotHandedOutToOthers)
{
    std::set<Port> seen;
    for (Port port = 5990; port < 6010; ++port)
    {
        const Translation grant = m_nat.Out(Tcp({CLIENT.address, port}, STRANGER), SYN, NOW);
        ASSERT_TRUE(grant.passed);
        seen.insert(grant.end.port);
    }
    EXPECT_EQ(seen.count(WITHIN.port), 0u);
}

TEST_P(AnyPortForward, LeavesOtherPortsClosed)
{
    const Translation entry = Enter(STRANGER, {External(0), 6001}, NOW);
    EXPECT_FALSE(entry.passed);
    EXPECT_EQ(entry.reason, NatDrop::Filtered);
    EXPECT_FALSE(m_nat.In(NatProtocol::Udp, STRANGER, BELOW, NO_SEGMENT, NOW).passed);
}

TEST_P(AnyPortForward, DropsWhatBeginsNoConnection)
{
    const bool picksUp = m_nat.Device().Rules().onUnknownFlow == UnknownFlowRule::PickUp;
    EXPECT_EQ(m_nat.In(NatProtocol::Tcp, STRANGER, BELOW, ACK, NOW).passed, picksUp);
    EXPECT_FALSE(m_nat.In(NatProtocol::Tcp, OTHER, BELOW, RESET, NOW).passed);
}

INSTANTIATE_TEST_SUITE_P(AllKinds,
                         AnyPortForward,
                         testing::ValuesIn(DEVICES),
                         [](const testing::TestParamInfo<const char*>& one) {
                             std::string name = one.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

TEST(PortForwardOfTheLastPort, LeavesNoneForTheHosts)
{
    NatPreset preset = FindNatPreset("symmetric");
    preset.ports.value = PortRange(6000, 6001);
    LoneNat nat(preset, 2);
    nat.Device().Forward(NatProtocol::Tcp, 6000, SERVER);
    EXPECT_TRUE(nat.Out(Tcp(CLIENT, STRANGER), SYN, NOW).passed);
    EXPECT_FALSE(nat.Out(Tcp({Inside(2), 1}, STRANGER), SYN, NOW).passed);
    EXPECT_TRUE(nat.Out(Tcp({Inside(2), 1}, OTHER), SYN, NOW).passed);
}

/// Whoever opened its connections, from outside or, with the same external port, from inside.
TEST(PortForward, IsEvictedByNobody)
{
    NatPreset preset = FindNatPreset("linux-masquerade");
    preset.ports.value = PortRange(6000, 6001);
    preset.lowClasses.value = {};
    preset.preservesAnyPort.value = false;
    LoneNat nat(preset, 2);
    nat.Device().Forward(NatProtocol::Tcp, 6000, SERVER);
    for (const Endpoint& remote : {STRANGER, OTHER})
    {
        const InsideFlow flow = Tcp(SERVER, remote);
        remote == STRANGER ? nat.In(NatProtocol::Tcp, remote, WITHIN, SYN, NOW)
                           : nat.Out(flow, SYN, NOW);
        remote == STRANGER ? nat.Out(flow, SYN_ACK, NOW) : nat.Answer(flow, SYN_ACK, NOW);
        remote == STRANGER ? nat.Answer(flow, ACK, NOW) : nat.Out(flow, ACK, NOW);
        nat.Close(flow, NOW);
        ASSERT_EQ(nat.StateOf(flow, NOW), NatState::TimeWait);
        ASSERT_TRUE(nat.ExternalOf(flow, NOW) == WITHIN);

        EXPECT_TRUE(nat.Out(Tcp({Inside(1), 1}, remote), Syn(1u << 30), NOW).passed);
        EXPECT_FALSE(nat.Out(Tcp({Inside(1), 2}, remote), Syn(1u << 30), NOW).passed);
        EXPECT_EQ(nat.StateOf(flow, NOW), NatState::TimeWait);
    }
}
