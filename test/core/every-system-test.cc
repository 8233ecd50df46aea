// SPDX-License-Identifier: GPL-2.0-only

// What every row of the catalogue comes to when somebody asks it for ports: a table of what the
// sources say, played on a host.

#include "model/core/port/profile-catalogue.h"
#include "port-test-support.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

using namespace portlab;
using namespace portlab::test;
using namespace std::chrono_literals;

namespace
{

/// How the ports of a host that asks once a second follow each other.
enum class Order
{
    Rising,  ///< By 1, and around.
    Falling, ///< By -1, and around.
    Even,    ///< Ports of the lowest port's parity, or even ones first.
    Spread,  ///< All over the range.
    Hashed,  ///< By small steps upward from a hidden place.
};

struct System
{
    const char* name;
    PortRange ports; ///< As one destination sees them.
    std::uint32_t count;
    std::uint32_t first; ///< 0: hidden.
    Order order;
    bool isShared; ///< Two destinations may have one port.
    const char* error;
    Duration wait;
    double rate; ///< Connections a second to one destination, opened and closed at once; 0: any.
    const char* source;
};

// Sources: the files named in model/core/port/profiles; rates are count / wait.
const std::vector<System>&
Systems()
{
    static const char* const NONE = "EADDRNOTAVAIL 99";
    static const char* const BSD = "EADDRNOTAVAIL 49";
    static const char* const WSA = "WSAENOBUFS 10055";
    static const std::vector<System> systems{
        {"linux-6.18", {32768, 60999}, 28232, 0, Order::Even, true, NONE, 60s, 470.5, "ip-sysctl"},
        {"linux-5.18",
         {32768, 60999},
         28232,
         0,
         Order::Even,
         true,
         NONE,
         60s,
         470.5,
         "4c2c8f03a5ab"},
        {"linux-5.12",
         {32768, 60999},
         28232,
         0,
         Order::Even,
         true,
         NONE,
         60s,
         470.5,
         "190cc82489f4"},
        {"linux-4.6",
         {32768, 60999},
         28232,
         0,
         Order::Even,
         true,
         NONE,
         60s,
         470.5,
         "1580ab63fc9a"},
        {"linux-4.2",
         {32768, 60999},
         28232,
         0,
         Order::Hashed,
         true,
         NONE,
         60s,
         470.5,
         "07f4c90062f8"},
        {"linux-2.6", {32768, 61000}, 28233, 0, Order::Hashed, true, NONE, 60s, 470.6, "ip-sysctl"},
        {"windows-11",
         {49152, 65535},
         16384,
         0,
         Order::Rising,
         false,
         WSA,
         120s,
         136.5,
         "KB 929851"},
        {"windows-11-documented",
         {49152, 65535},
         16384,
         0,
         Order::Rising,
         false,
         WSA,
         240s,
         68.3,
         "port exhaustion page"},
        {"windows-auto-reuse",
         {22000, 65535},
         43536,
         0,
         Order::Spread,
         true,
         WSA,
         120s,
         362.8,
         "KB 3149157"},
        {"windows-xp", {1025, 5000}, 3976, 0, Order::Rising, false, WSA, 120s, 33.1, "KB 196271"},
        {"macos-15",
         {49152, 65535},
         16384,
         49152,
         Order::Rising,
         false,
         BSD,
         30s,
         546.1,
         "xnu in_pcb.c"},
        {"freebsd-14", {10000, 65535}, 55536, 0, Order::Spread, true, BSD, 60s, 925.6, "in_pcb.c"},
        {"freebsd-13", {10000, 65535}, 55536, 0, Order::Spread, true, BSD, 60s, 0, "in_pcb.c"},
        {"freebsd-11", {10000, 65535}, 55536, 0, Order::Spread, false, BSD, 60s, 0, "in_pcb.c"},
        {"openbsd-7",
         {1024, 49151},
         48116,
         0,
         Order::Spread,
         false,
         BSD,
         60s,
         801.9,
         "in_pcb.{c,h}"},
        {"netbsd-10",
         {49152, 65535},
         16384,
         65535,
         Order::Falling,
         false,
         "EAGAIN 35",
         60s,
         273.1,
         "portalgo.c"},
        {"illumos",
         {32768, 65535},
         32768,
         0,
         Order::Spread,
         true,
         "EADDRNOTAVAIL 126",
         60s,
         546.1,
         "tcp_bind.c"},
        {"gvisor", {16000, 65535}, 49536, 0, Order::Spread, true, NONE, 60s, 825.6, "ports.go"},
        {"lwip",
         {49152, 65534},
         5,
         49153,
         Order::Rising,
         false,
         "ENOBUFS 105",
         120s,
         0,
         "tcp.c, opt.h"},
        {"ns3-stock",
         {49152, 65535},
         16384,
         49153,
         Order::Rising,
         false,
         "ERROR_ADDRNOTAVAIL 12",
         240s,
         68.3,
         "ipv4-end-point-demux.cc"},
        {"rfc6056-1",
         {1024, 65535},
         64512,
         0,
         Order::Spread,
         true,
         NONE,
         60s,
         1075.2,
         "RFC 6056 3.3.1"},
    };
    return systems;
}

OsProfile
RowOf(const System& system)
{
    return FindProfile(system.name).profile;
}

std::string
NameOf(const testing::TestParamInfo<System>& info)
{
    std::string name = info.param.name;
    name.erase(
        std::remove_if(name.begin(), name.end(), [](char c) { return c == '-' || c == '.'; }),
        name.end());
    return name;
}

/// What the system's programs read when the ledger refuses.
std::string
ErrorText(const OsProfile& row, const Grant& refused)
{
    const ErrorCode& error =
        refused.refusal == Refusal::TimeWaitCollision ? row.collision.value : row.noPort.value;
    return error.name + " " + std::to_string(error.number);
}

/// So many ports to one destination, one a second; none is given back.
std::vector<Port>
Picks(LoneHost& host, std::uint32_t count)
{
    std::vector<Port> picks;
    for (std::uint32_t i = 0; i < count; ++i)
    {
        const Grant grant = host.Ask(SHOP, At(i * 1s));
        if (!grant.port)
        {
            return picks;
        }
        picks.push_back(*grant.port);
    }
    return picks;
}

/// The shares of the steps from each pick to the next that are `step`, around the range.
double
ShareOfSteps(const std::vector<Port>& picks,
             const PortRange& range,
             std::int64_t least,
             std::int64_t most)
{
    std::uint32_t hits = 0;
    for (std::size_t i = 1; i < picks.size(); ++i)
    {
        const auto count = static_cast<std::int64_t>(range.Count());
        std::int64_t step = std::int64_t{picks[i]} - picks[i - 1];
        step = step > count / 2 ? step - count : step < -count / 2 ? step + count : step;
        hits += step >= least && step <= most ? 1 : 0;
    }
    return static_cast<double>(hits) / static_cast<double>(picks.size() - 1);
}

class EverySystem : public testing::TestWithParam<System>
{
};

} // namespace

INSTANTIATE_TEST_SUITE_P(Catalogue, EverySystem, testing::ValuesIn(Systems()), NameOf);

TEST_P(EverySystem, HasSoManyPortsForOneDestinationAndThenItsError)
{
    const System& system = GetParam();
    const OsProfile row = RowOf(system);
    LoneHost host(row);
    std::set<Port> ports;
    for (std::uint32_t i = 0; i < system.count; ++i)
    {
        const Grant grant = host.Ask(SHOP, At(0s));
        ASSERT_TRUE(grant.port) << "after " << i << " ports";
        EXPECT_TRUE(ports.insert(*grant.port).second);
    }
    EXPECT_GE(*ports.begin(), system.ports.First());
    EXPECT_LE(*ports.rbegin(), system.ports.Last());
    const Grant refused = host.Ask(SHOP, At(0s));
    ASSERT_FALSE(refused.port);
    EXPECT_EQ(ErrorText(row, refused), system.error) << system.source;
}

TEST_P(EverySystem, BeginsWhereItsSourceSays)
{
    const System& system = GetParam();
    std::set<Port> firsts;
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
    {
        LoneHost host(RowOf(system), StreamKey(seed, 1));
        firsts.insert(*host.Ask(SHOP, At(0s)).port);
    }
    if (system.first != 0)
    {
        EXPECT_EQ(firsts, std::set<Port>{static_cast<Port>(system.first)}) << system.source;
    }
    else // Of twenty, the false alarm of five pairs of the same is below 1e-10.
    {
        EXPECT_GT(firsts.size(), 15u) << system.source;
    }
}

TEST_P(EverySystem, TakesItsFirstThousandPortsInItsOrder)
{
    const System& system = GetParam();
    OsProfile row = RowOf(system);
    row.maxSockets.value.reset();
    LoneHost host(row);
    const auto picks = Picks(host, 1000);
    ASSERT_EQ(picks.size(), 1000u);
    const double upward = ShareOfSteps(picks, system.ports, 1, 1);
    const double downward = ShareOfSteps(picks, system.ports, -1, -1);
    const auto isEven = [&](Port port) { return port % 2 == system.ports.First() % 2; };
    switch (system.order)
    {
    case Order::Rising:
        EXPECT_EQ(upward, 1.0);
        break;
    case Order::Falling:
        EXPECT_EQ(downward, 1.0);
        break;
    case Order::Even:
        EXPECT_TRUE(std::all_of(picks.begin(), picks.end(), isEven));
        break;
    case Order::Hashed:
        EXPECT_GT(ShareOfSteps(picks, system.ports, 1, 2), 0.99);
        break;
    case Order::Spread: // Uniform steps within 1,000 ports either way are below 4.5 % of 43,536.
        EXPECT_LT(ShareOfSteps(picks, system.ports, -1000, 1000), 0.15);
        break;
    }
}

TEST_P(EverySystem, SharesAPortBetweenDestinationsOrDoesNot)
{
    const System& system = GetParam();
    OsProfile row = RowOf(system);
    (row.autoReuse.value ? *row.autoReuse.value : row.ports.value) =
        PortRange(system.ports.Last(), system.ports.Last());
    LoneHost host(row);
    ASSERT_TRUE(host.Ask(SHOP, At(0s)).port);
    EXPECT_EQ(host.Ask(BANK, At(0s)).port.has_value(), system.isShared) << system.source;
}

TEST_P(EverySystem, GivesAPortBackWhenItsTimeWaitIsOver)
{
    const System& system = GetParam();
    OsProfile row = RowOf(system);
    (row.autoReuse.value ? *row.autoReuse.value : row.ports.value) =
        PortRange(system.ports.Last(), system.ports.Last());
    LoneHost host(row);
    const Port port = *host.Ask(SHOP, At(0s)).port;
    host.Close(SHOP, port, At(1s));
    const Instant end = host.NextReturn();
    EXPECT_GE(end, At(1s) + system.wait) << system.source;
    EXPECT_LE(end, At(1s) + system.wait + row.timeWaitGrid.value) << system.source;
    EXPECT_FALSE(host.Ask(SHOP, end - 1ns).port);
    EXPECT_TRUE(host.Ask(SHOP, end).port);
}

TEST_P(EverySystem, OpensSoManyConnectionsASecondToOneDestination)
{
    const System& system = GetParam();
    if (system.rate == 0)
    {
        return; // TheOldestTimeWaitEnds has the law of these.
    }
    OsProfile row = RowOf(system);
    row.timeWaitGrid.value = Duration{0}; // Which makes it less by half of a grid.
    LoneHost host(row);
    const auto interval = Duration(std::chrono::seconds(1)) / static_cast<int>(system.rate * 1.5);
    const Instant from = At(2 * system.wait);
    const Instant until = At(4 * system.wait);
    std::uint32_t granted = 0;
    for (Instant now = At(0s); now < until; now += interval)
    {
        if (const Grant grant = host.Ask(SHOP, now); grant.port)
        {
            host.Close(SHOP, *grant.port, now);
            granted += now >= from ? 1 : 0;
        }
    }
    EXPECT_NEAR(granted / InSeconds(until - from), system.rate, 0.01 * system.rate)
        << system.source;
}
