// SPDX-License-Identifier: GPL-2.0-only

// Requests that make requests of their own.

#include "test/flow/flow-test-support.h"

#include <chrono>
#include <cmath>
#include <gtest/gtest.h>
#include <memory>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Call;
using portlab::Duration;
using portlab::FixedHold;
using portlab::HostGroup;
using portlab::Instant;
using portlab::RecordedArrivals;
using portlab::RecordedConnection;
using portlab::RunResult;
using portlab::Traffic;
using portlab::Transport;
using portlab::Workload;
using portlab::test::Lines;
using portlab::test::OneClient;
using portlab::test::PortsInOrder;
using portlab::test::ServiceCalled;
using portlab::test::Story;
using portlab::test::Told;

enum : std::uint32_t
{
    SHOP,
    DATABASE,
    CART,
};

Call
CallTo(std::uint32_t to, std::uint32_t at, std::uint32_t count)
{
    Call call;
    call.name = at == SHOP ? "first" : "second";
    call.at = at;
    call.to = to;
    call.count = count;
    call.hold = FixedHold{20ms};
    return call;
}

HostGroup
Pods(const char* name, std::uint32_t count)
{
    HostGroup group;
    group.name = name;
    group.count = count;
    group.profile = PortsInOrder(40000, 40009);
    return group;
}

/// A client asks the shop, 10 ms away, for a page that takes `hold`; the shop runs on two pods and
/// asks a database, 2 ms away, three times for 20 ms each.
Workload
Shop(Duration hold)
{
    Workload load = OneClient(59999);
    load.hosts.push_back(Pods("pods", 2));
    load.services[SHOP].name = "shop";
    load.services[SHOP].runsOn = 1;
    load.services.push_back(ServiceCalled("database"));
    load.services[DATABASE].rtt = 2ms;
    load.calls = {CallTo(DATABASE, SHOP, 3)};
    const RecordedConnection page{At(0s), hold, 0, 0, Transport::Tcp};
    Traffic traffic;
    traffic.name = "pages";
    traffic.arrivals =
        RecordedArrivals{std::make_shared<const std::vector<RecordedConnection>>(1, page)};
    load.traffic = {traffic};
    return load;
}

/// The same with many pages a second, for so long; and then until all is over.
RunResult
ManyPages(Workload load, Duration length)
{
    load.hosts[1].profile.ports.value = portlab::PortRange(1024, 65535);
    load.traffic[0].arrivals = portlab::SteppedArrivals{{{At(0s), 100}, {At(length), 0}}};
    return Story(load, 1, At(length + 600s)).result;
}

Lines
TextOf(const Workload& load)
{
    return Story(load).Text();
}

} // namespace

/// The calls begin with the page, at 0.01, are established at 0.012 and closed at 0.032: only then
/// is the page answered and its connection closed, although its own 5 ms were over at 0.015.
TEST(Page, IsAnsweredWhenAllItsCallsAre)
{
    EXPECT_EQ(TextOf(Shop(5ms)),
              (Lines{"0.000000000 client granted 50000",
                     "0.010000000 pods[0] granted 40000",
                     "0.010000000 pods[0] granted 40001",
                     "0.010000000 pods[0] granted 40002",
                     "0.034000000 pods[0] waits 40000",
                     "0.034000000 pods[0] waits 40001",
                     "0.034000000 pods[0] waits 40002",
                     "0.042000000 client waits 50000"}));
}

TEST(Page, IsAnsweredWhenItsOwnTimeIsOverIfThatIsLater)
{
    EXPECT_EQ(TextOf(Shop(100ms)).back(), "0.120000000 client waits 50000");
}

TEST(Page, WaitsForTheCallsOfItsCalls)
{
    Workload load = Shop(5ms);
    load.hosts.push_back(Pods("cart-pods", 1));
    load.services.push_back(ServiceCalled("cart"));
    load.services[CART].rtt = 4ms;
    load.services[CART].runsOn = 2;
    load.calls = {CallTo(CART, SHOP, 2), CallTo(DATABASE, CART, 1)};
    load.calls[0].hold = FixedHold{1ms};

    EXPECT_EQ(TextOf(load),
              (Lines{"0.000000000 client granted 50000",
                     "0.010000000 pods[0] granted 40000",
                     "0.010000000 pods[0] granted 40001",
                     "0.014000000 cart-pods granted 40000",
                     "0.014000000 cart-pods granted 40001",
                     "0.038000000 cart-pods waits 40000",
                     "0.038000000 cart-pods waits 40001",
                     "0.040000000 pods[0] waits 40000",
                     "0.040000000 pods[0] waits 40001",
                     "0.046000000 client waits 50000"}));
}

/// What failed is not answered, but waited for no longer.
TEST(Page, IsAnsweredWhenItsLastCallHasFailed)
{
    Workload load = Shop(5ms);
    load.services[DATABASE].silent = {{At(0s), At(1h)}};
    load.calls[0].connectTimeout = 50ms;

    const Story story(load);
    EXPECT_EQ(story.Text().back(), "0.070000000 client waits 50000");
    EXPECT_EQ(story.result.traffic[0].requestsFailed, 0u);
    EXPECT_EQ(story.result.traffic[1].requests, 3u);
    EXPECT_EQ(story.result.traffic[1].requestsFailed, 3u);
}

TEST(Page, WaitsForTheRetriesOfItsCalls)
{
    Workload load = Shop(5ms);
    load.services[DATABASE].silent = {{At(0s), At(1h)}};
    load.calls[0].connectTimeout = 50ms;
    load.calls[0].retry = {2, 100ms, 1};

    EXPECT_EQ(TextOf(load).back(), "0.220000000 client waits 50000");
}

/// Two of three calls find no port at the very moment at which they are made.
TEST(Page, WaitsForTheCallThatDidNotFailAtOnce)
{
    Workload load = Shop(5ms);
    load.hosts[1].profile.ports.value = portlab::PortRange(40000, 40000);

    EXPECT_EQ(TextOf(load),
              (Lines{"0.000000000 client granted 50000",
                     "0.010000000 pods[0] granted 40000",
                     "0.010000000 pods[0] failed no_free_port",
                     "0.010000000 pods[0] failed no_free_port",
                     "0.034000000 pods[0] waits 40000",
                     "0.042000000 client waits 50000"}));
}

/// Even a page of no length whose calls all fail at once is answered once.
TEST(Page, IsAnsweredAtOnceIfAllItsCallsFailAtOnce)
{
    Workload load = Shop(0s);
    load.hosts[1].profile.ports.value = portlab::PortRange(40000, 40000);
    auto pages = std::make_shared<std::vector<RecordedConnection>>();
    pages->push_back({At(0s), 0s, 0, 0, Transport::Tcp});
    pages->push_back({At(11ms), 0s, 0, 0, Transport::Tcp});
    load.traffic[0].arrivals = RecordedArrivals{pages};

    EXPECT_EQ(TextOf(load),
              (Lines{"0.000000000 client granted 50000",
                     "0.010000000 pods[0] granted 40000",
                     "0.010000000 pods[0] failed no_free_port",
                     "0.010000000 pods[0] failed no_free_port",
                     "0.011000000 client granted 50001",
                     "0.021000000 pods[0] failed no_free_port",
                     "0.021000000 pods[0] failed no_free_port",
                     "0.021000000 pods[0] failed no_free_port",
                     "0.031000000 client waits 50001",
                     "0.034000000 pods[0] waits 40000",
                     "0.042000000 client waits 50000"}));
}

/// A page that never reached the shop makes no calls.
TEST(Page, ThatTimesOutMakesNoCalls)
{
    Workload load = Shop(5ms);
    load.services[SHOP].silent = {{At(0s), At(1h)}};

    EXPECT_EQ(Story(load, 1, At(200s)).result.traffic[1].requests, 0u);
}

TEST(Calls, AreAsManyAsPagesTimesTheirCount)
{
    const RunResult result = ManyPages(Shop(5ms), 20s);

    EXPECT_GT(result.traffic[0].requests, 1000u);
    EXPECT_EQ(result.hosts[0].connected, result.traffic[0].requests);
    EXPECT_EQ(result.traffic[1].requests, 3 * result.traffic[0].requests);
    EXPECT_EQ(result.services[DATABASE].accepted, 3 * result.services[SHOP].accepted);
}

TEST(Calls, OfAllKindsAreMadeForEachPage)
{
    Workload load = Shop(5ms);
    load.services.push_back(ServiceCalled("search"));
    load.calls.push_back(CallTo(2, SHOP, 2));
    load.calls[1].name = "search";

    const RunResult result = ManyPages(load, 20s);
    EXPECT_EQ(result.traffic[1].requests, 3 * result.traffic[0].requests);
    EXPECT_EQ(result.traffic[2].requests, 2 * result.traffic[0].requests);
}

/// Each pod has an address of its own, and whoever was asked makes the calls.
TEST(Calls, AreMadeByThePodThatTookThePage)
{
    Workload load = Shop(5ms);
    load.traffic[0].arrivals = portlab::ConstantArrivals{5};
    load.traffic[0].hold = FixedHold{5ms};
    const Story story(load, 1, At(10s));

    std::size_t pages = 0;
    for (std::size_t i = 0; i + 1 < story.diary.all.size(); ++i)
    {
        const Told& page = story.diary.all[i];
        const auto& next = story.diary.all[i + 1];
        if (story.HostOf(page) == 0 && page.what == Told::What::Granted)
        {
            ++pages;
            EXPECT_EQ(next.time, page.time + 10ms);
            EXPECT_EQ(story.HostOf(next), 1 + story.engine.Machines().paths[page.path].endpoint);
        }
    }
    EXPECT_EQ(pages, 50u);
}

/// With one address for all pods, each takes half of the pages: within 4.8916 standard deviations,
/// false alarm 1e-6. The client sees one peer.
TEST(VirtualAddress, SpreadsPagesEvenlyOverItsPods)
{
    Workload load = Shop(5ms);
    load.services[SHOP].vip = true;
    load.hosts[1].profile.ports.value = portlab::PortRange(1024, 65535);
    load.traffic[0].arrivals = portlab::ConstantArrivals{100};
    const Story story(load, 1, At(100s));

    double calls = 0;
    double first = 0;
    for (const Told& told : story.diary.all)
    {
        if (told.what == Told::What::Granted && story.HostOf(told) != 0)
        {
            calls += 1;
            first += story.HostOf(told) == 1 ? 1 : 0;
        }
    }
    EXPECT_GT(calls, 29'000);
    EXPECT_NEAR(first / 3, calls / 6, 4.8916 * std::sqrt(calls / 3) / 2);
    EXPECT_EQ(story.engine.Machines().endpoints[SHOP].size(), 1u);
}

TEST(VirtualAddress, IsOneDestinationForPorts)
{
    Workload load = Shop(1s);
    load.hosts[0].profile.ports.value = portlab::PortRange(50000, 50000);
    auto pages = std::make_shared<std::vector<RecordedConnection>>();
    pages->push_back({At(0s), 1s, 0, 0, Transport::Tcp});
    pages->push_back({At(1ms), 1s, 0, 1, Transport::Tcp});
    load.traffic[0].arrivals = RecordedArrivals{pages};
    EXPECT_EQ(Story(load).result.hosts[0].connected, 2u);

    auto toOne = std::make_shared<std::vector<RecordedConnection>>(*pages);
    toOne->at(1).endpoint = 0;
    load.traffic[0].arrivals = RecordedArrivals{toOne};
    load.services[SHOP].vip = true;
    EXPECT_EQ(Story(load).result.hosts[0].connected, 1u);
}

/// Users wait for the whole page: 10 ms, 2 ms and 20 ms, and the microsecond of the program.
TEST(Users, OfAShopWaitForItsCalls)
{
    Workload load = Shop(5ms);
    load.traffic[0].arrivals = portlab::UserArrivals{1, 0s};
    load.traffic[0].hold = FixedHold{5ms};
    load.hosts[1].profile.ports.value = portlab::PortRange(1024, 65535);

    EXPECT_EQ(Story(load, 1, At(1s)).result.traffic[0].requests, 32u);
}
