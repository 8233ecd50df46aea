// SPDX-License-Identifier: GPL-2.0-only

// What only some systems do: gates, caps, peers of different kinds, IPv6, bind() over TIME_WAIT.

#include "host-with-options.h"
#include "knob-test-support.h"
#include "port-test-support.h"

#include <algorithm>
#include <gtest/gtest.h>

using namespace portlab;
using namespace portlab::test;
using namespace std::chrono_literals;

namespace
{

/// Asks for so many ports within a second from `from` on, and counts the steps of +1.
std::uint32_t
StepsOfOne(LoneHost& host, std::uint32_t count, Instant from, Transport transport = Transport::Tcp)
{
    std::uint32_t steps = 0;
    std::optional<Port> last;
    for (std::uint32_t i = 0; i < count; ++i)
    {
        const Port port = *host.Ask(SHOP, from + i * Duration(1s) / count, transport).port;
        steps += last && port == *last + 1 ? 1 : 0;
        last = port;
    }
    return steps;
}

/// The row with one port only.
OsProfile
OnePort(std::string_view name, Port port = 50000)
{
    OsProfile row = Row(name);
    row.ports.value = PortRange(port, port);
    row.reserved.value.clear();
    return row;
}

/// How long a port closed towards a peer of that place is gone.
Duration
WaitTowards(std::string_view name, PeerPlace place)
{
    HostOf host(Row(name));
    const Port port = *host.Ask(SHOP, At(0s), Towards(place)).port;
    const bool waits = host.Close(SHOP, port, At(0s), Towards(place));
    return waits ? host.Lone().NextReturn() - At(0s) : Duration{0};
}

} // namespace

// FreeBSD until 13: net.inet.ip.portrange.randomcps and .randomtime.

TEST(TheRateGate, StaysOpenAtTenPortsASecondAndShutsAtEleven)
{
    for (const char* name : {"freebsd-11", "freebsd-13"})
    {
        LoneHost slow(Row(name));
        LoneHost fast(Row(name));
        // Of some hundred random steps the chance that two are +1 is below 1e-5.
        std::uint32_t steps = 0;
        for (int second = 0; second < 10; ++second)
        {
            steps += StepsOfOne(slow, 10, At(second * 1s));
        }
        EXPECT_LT(steps, 2u) << name;
        StepsOfOne(fast, 22, At(0s)); // Eleven of them fall into one of its seconds at least.
        EXPECT_GE(StepsOfOne(fast, 20, At(2s)), 18u) << name;
    }
}

TEST(TheRateGate, OpensAfterFortyFiveQuietSeconds)
{
    const auto followsAfter = [](Duration quiet) {
        LoneHost host(Row("freebsd-11"));
        StepsOfOne(host, 2000, At(0s));
        const Instant last = At(1s);
        const Port before = *host.Ask(SHOP, last).port;
        const Port after = *host.Ask(SHOP, last + quiet).port;
        return after == before + 1;
    };
    EXPECT_TRUE(followsAfter(44s));
    EXPECT_FALSE(followsAfter(47s));
}

TEST(TheRateGate, CountsUdpWhichStaysRandom)
{
    LoneHost host(Row("freebsd-13"));
    EXPECT_LT(StepsOfOne(host, 500, At(0s), Transport::Udp), 20u);
    EXPECT_LT(StepsOfOne(host, 500, At(1s), Transport::Udp), 20u);
    EXPECT_GE(StepsOfOne(host, 10, At(3s)), 8u) << "TCP follows, though it asked for none before";
}

TEST(TheRateGate, IsGoneInFreebsd14)
{
    LoneHost host(Row("freebsd-14"));
    EXPECT_LT(StepsOfOne(host, 500, At(0s)), 20u);
    EXPECT_LT(StepsOfOne(host, 500, At(2s)), 20u);
}

// Caps.

TEST(TheOldestTimeWait, EndsWhenFreebsdHasAsManyAsItMay)
{
    LoneHost host(Row("freebsd-11"));
    constexpr int perSecond = 2000;
    for (int i = 0; i < 60 * perSecond; ++i)
    {
        const Instant now = At(i * Duration(1s) / perSecond);
        const Grant grant = host.Ask(SHOP, now);
        ASSERT_TRUE(grant.port) << "it never runs out by TIME_WAIT alone";
        host.Close(SHOP, *grant.port, now);
    }
    EXPECT_EQ(host.Waiting(At(60s)).Count(), 27767u);
    EXPECT_EQ(host.Ledger().EndedEarly(host.Id()), 60u * perSecond - 27767);
    // Each waits for cap / rate, 13.9 s, and not for 60.
    host.Ledger().CatchUp(host.Id(), At(60s));
    const Instant next = host.NextReturn();
    EXPECT_EQ(next - At(60s), 60s - (27767 * Duration(1s)) / perSecond);
}

TEST(TheOldestTimeWait, IsNotTouchedBelowTheCap)
{
    OsProfile row = Row("freebsd-11");
    row.maxTimeWait.value = 3;
    LoneHost host(row);
    std::vector<Port> ports;
    for (int i = 0; i < 4; ++i)
    {
        ports.push_back(*host.Ask(SHOP, At(i * 1s)).port);
        host.Close(SHOP, ports.back(), At(i * 1s));
        EXPECT_EQ(host.Waiting(At(i * 1s)).Count(), std::min<std::uint32_t>(i + 1, 3));
    }
    EXPECT_EQ(host.NextReturn(), At(61s)) << "the first made room for the fourth";
}

TEST(TheOldestTimeWait, EndsWhenLwipHasNoControlBlockLeft)
{
    LoneHost host(Row("lwip"));
    for (int i = 0; i < 1000; ++i)
    {
        const Grant grant = host.Ask(SHOP, At(i * 1ms));
        ASSERT_TRUE(grant.port);
        host.Close(SHOP, *grant.port, At(i * 1ms));
    }
    EXPECT_EQ(host.Waiting(At(1s)).Count(), 5u);
    for (int i = 0; i < 5; ++i)
    {
        ASSERT_TRUE(host.Ask(SHOP, At(1s)).port);
    }
    EXPECT_FALSE(host.Ask(SHOP, At(1s)).port) << "five are open, and none waits";
    EXPECT_TRUE(host.Ask(SHOP, At(1s), Transport::Udp).port) << "UDP has a pool of its own";
}

TEST(Freebsd13, ServesTenBackendsAtTenTimesTheRateOfOne)
{
    const auto granted = [](int backends) {
        LoneHost host(With("freebsd-13", "max_time_wait", "off"));
        std::uint32_t count = 0;
        for (int i = 0; i < 1'200'000; ++i)
        {
            const Instant now = At(i * 50us);
            const Flow flow{HERE, THERE + static_cast<Address>(i % backends), 443};
            if (const Grant grant = host.Ask(flow, now); grant.port)
            {
                host.Close(flow, *grant.port, now);
                ++count;
            }
        }
        return count;
    };
    EXPECT_EQ(granted(1), 55536u);
    EXPECT_EQ(granted(10), 555360u);
}

// Peers of different kinds.

TEST(TimeWait, IsShorterTowardsNearPeersOnNetbsd)
{
    EXPECT_EQ(WaitTowards("netbsd-10", PeerPlace::Remote), 60s);
    EXPECT_EQ(WaitTowards("netbsd-10", PeerPlace::SameNetwork), 10s);
    EXPECT_EQ(WaitTowards("netbsd-10", PeerPlace::ThisMachine), 2s);
    EXPECT_EQ(WaitTowards("netbsd-10", PeerPlace::Loopback), 2s);
}

TEST(TimeWait, IsNotMadeTowardsTheMachineItselfSinceFreebsd14)
{
    EXPECT_EQ(WaitTowards("freebsd-14", PeerPlace::Remote), 60s);
    EXPECT_EQ(WaitTowards("freebsd-14", PeerPlace::SameNetwork), 60s);
    EXPECT_EQ(WaitTowards("freebsd-14", PeerPlace::ThisMachine), 0s);
    EXPECT_EQ(WaitTowards("freebsd-14", PeerPlace::Loopback), 0s);
    EXPECT_EQ(WaitTowards("freebsd-13", PeerPlace::Loopback), 60s);
    EXPECT_EQ(WaitTowards("macos-15", PeerPlace::Loopback), 30s);
}

TEST(TimeWait, IsCutShortOnLoopbackByGvisor)
{
    for (const PeerPlace place : {PeerPlace::Remote, PeerPlace::Loopback})
    {
        HostOf host(OnePort("gvisor"));
        const auto options = Towards(place);
        const Port port = *host.Ask(SHOP, At(0s), options).port;
        host.Close(SHOP, port, At(0s), options);
        EXPECT_FALSE(host.Ask(SHOP, At(1s) - 1ns, options).port);
        EXPECT_EQ(host.Ask(SHOP, At(1s), options).port.has_value(), place == PeerPlace::Loopback);
    }
}

// IPv6.

TEST(Ipv6, HasItsOwnPortsWhereTheSystemSaysSo)
{
    for (const char* name : {"macos-15", "freebsd-11", "openbsd-7", "netbsd-10", "ns3-stock"})
    {
        HostOf host(OnePort(name));
        ASSERT_TRUE(host.Ask(SHOP, At(0s)).port);
        EXPECT_FALSE(host.Ask(BANK, At(0s)).port) << name;
        EXPECT_TRUE(host.Ask(BANK, At(0s), OfIpv6()).port) << name;
    }
    for (const char* name : {"windows-11", "lwip"})
    {
        HostOf host(OnePort(name));
        ASSERT_TRUE(host.Ask(SHOP, At(0s)).port);
        EXPECT_FALSE(host.Ask(BANK, At(0s), OfIpv6()).port) << name;
    }
}

TEST(Ipv6, SharesTheCursorOfMacosAndNotThatOfNetbsd)
{
    HostOf macos(Row("macos-15"));
    EXPECT_EQ(*macos.Ask(SHOP, At(0s)).port, 49152);
    EXPECT_EQ(*macos.Ask(SHOP, At(0s), OfIpv6()).port, 49153);
    EXPECT_EQ(*macos.Ask(SHOP, At(0s)).port, 49154);
    HostOf netbsd(Row("netbsd-10"));
    EXPECT_EQ(*netbsd.Ask(SHOP, At(0s)).port, 65535);
    EXPECT_EQ(*netbsd.Ask(SHOP, At(0s), OfIpv6()).port, 65535);
    EXPECT_EQ(*netbsd.Ask(SHOP, At(0s)).port, 65534);
}

// What tells two connections apart.

TEST(AnotherLocalAddress, HelpsWhereTheSystemLooksAtIt)
{
    const auto helps = [](const OsProfile& row) {
        HostOf host(row);
        EXPECT_TRUE(host.Ask(SHOP, At(0s)).port);
        return host.Ask({HERE + 1, SHOP.remote, SHOP.remotePort}, At(0s)).port.has_value();
    };
    EXPECT_TRUE(helps(OnePort("openbsd-7")));
    EXPECT_TRUE(helps(OnePort("freebsd-14")));
    EXPECT_TRUE(helps(OnePort("linux-6.18")));
    EXPECT_FALSE(helps(OnePort("illumos"))) << "only the remote end counts";
    EXPECT_FALSE(helps(OnePort("windows-11")));
    EXPECT_FALSE(helps(OnePort("macos-15")));
    OsProfile scalable = OnePort("windows-11");
    ASSERT_TRUE(SetKnob(scalable, "SO_PORT_SCALABILITY", "on").known);
    EXPECT_TRUE(helps(scalable));
}

TEST(UdpPorts, MayBeOthersThanThoseOfTcp)
{
    LoneHost host(With("lwip", "max_sockets", "off"));
    Port highest = 0;
    Port highestOfUdp = 0;
    for (int i = 0; i < 16383; ++i)
    {
        highest = std::max(highest, *host.Ask(SHOP, At(0s)).port);
        highestOfUdp = std::max(highestOfUdp, *host.Ask(SHOP, At(0s), Transport::Udp).port);
    }
    EXPECT_FALSE(host.Ask(SHOP, At(0s)).port);
    EXPECT_TRUE(host.Ask(SHOP, At(0s), Transport::Udp).port);
    EXPECT_EQ(highest, 65534);
    EXPECT_EQ(highestOfUdp, 65535);
}
