// SPDX-License-Identifier: GPL-2.0-only

// Streams of random numbers belong to names: whoever joins a workload changes nobody else's draws,
// nor the ports of hosts that share nothing with the newcomer.

#include "model/core/port/profile-catalogue.h"
#include "test/flow/flow-test-support.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <string>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Balance;
using portlab::Call;
using portlab::Duration;
using portlab::Ending;
using portlab::ExponentialHold;
using portlab::FindProfile;
using portlab::FixedHold;
using portlab::HostGroup;
using portlab::Instant;
using portlab::LognormalHold;
using portlab::PoissonArrivals;
using portlab::PortRange;
using portlab::Service;
using portlab::Topology;
using portlab::Traffic;
using portlab::Workload;
using portlab::test::Always;
using portlab::test::Lines;
using portlab::test::ServiceCalled;
using portlab::test::Story;
using portlab::test::Told;

HostGroup
Group(const char* name, const char* profile)
{
    HostGroup group;
    group.name = name;
    group.count = 2;
    group.profile = FindProfile(profile).profile;
    return group;
}

Traffic
Stream(const char* name, std::uint32_t from, std::uint32_t to)
{
    Traffic traffic;
    traffic.name = name;
    traffic.from = from;
    traffic.to = to;
    traffic.arrivals = PoissonArrivals{5};
    traffic.hold = LognormalHold{300ms, 1};
    return traffic;
}

/// Two pairs of hosts with two services: ports by keyed hash, servers whose TIME_WAIT ends on a
/// beat counted from their boot and who ignore SYNs until then.
Workload
TwoPairs()
{
    Workload load;
    load.hosts = {Group("linux", "linux-6.18"), Group("hashed", "rfc6056-4")};
    load.services = {ServiceCalled("api"), ServiceCalled("archive")};
    load.services[0].addresses = 3;
    load.services[1].addresses = 2;
    load.services[1].balance = Balance::RoundRobin;
    load.services[1].profile = FindProfile("linux-6.18").profile;
    load.services[1].profile.synInTimeWait.value = portlab::SynInTimeWait::Ignore;
    load.services[1].profile.timeWaitGrid.value = 30s;
    load.traffic = {Stream("main", 0, 0), Stream("store", 1, 1)};
    load.traffic[0].closes = {0.6, 0.4, 0};
    load.traffic[1].closes = Always(Ending::Server);
    load.hosts[1].profile.ports.value = PortRange(20000, 20019);
    load.duration = 300s;
    return load;
}

/// What happened to the hosts of a group, in order.
Lines
DiaryOf(const Story& story, const char* group, std::uint32_t index)
{
    for (std::uint32_t number = 0; number < story.load.hosts.size(); ++number)
    {
        if (story.load.hosts[number].name == group)
        {
            return story.TextOf(story.engine.Machines().groupFirstHost[number] + index);
        }
    }
    return {};
}

struct Change
{
    const char* name;
    std::function<void(Workload&)> make;
};

void
AddGroupInFront(Workload& load)
{
    load.hosts.insert(load.hosts.begin(), Group("newcomer", "linux-6.18"));
    for (Traffic& traffic : load.traffic)
    {
        ++traffic.from;
    }
}

void
AddServiceInFront(Workload& load)
{
    load.services.insert(load.services.begin(), ServiceCalled("new"));
    load.services[0].addresses = 5;
    for (Traffic& traffic : load.traffic)
    {
        ++traffic.to;
    }
}

const std::vector<Change>&
Changes()
{
    static const std::vector<Change> changes{
        {"a further group", AddGroupInFront},
        {"a further service", AddServiceInFront},
        {"a further group with traffic to a further service",
         [](Workload& load) {
             AddGroupInFront(load);
             AddServiceInFront(load);
             load.traffic.insert(load.traffic.begin(), Stream("further", 0, 0));
         }},
        {"a further group with traffic to the same services",
         [](Workload& load) {
             AddGroupInFront(load);
             load.traffic.insert(load.traffic.begin(), Stream("further", 0, 0));
             load.traffic.insert(load.traffic.begin(), Stream("more", 0, 1));
         }},
        {"a further host in each group",
         [](Workload& load) {
             ++load.hosts[0].count;
             ++load.hosts[1].count;
         }},
        {"a thousand further hosts in the first group",
         [](Workload& load) {
             load.hosts[0].count += 1000;
             load.duration = 20s;
         }},
        {"a further service that makes calls",
         [](Workload& load) {
             AddServiceInFront(load);
             AddGroupInFront(load);
             load.services[0].runsOn = 0;
             Call call;
             call.name = "call";
             call.at = 0;
             call.to = 1;
             load.calls = {call};
             load.traffic.push_back(Stream("further", 0, 0));
         }},
    };
    return changes;
}

/// When the connections of one service began and ended, whatever their ports.
std::vector<Instant>
TimesOf(const Story& story, const std::string& service)
{
    std::vector<Instant> times;
    const Topology& machines = story.engine.Machines();
    for (const Told& told : story.diary.all)
    {
        const auto number = machines.pairs[machines.paths[told.path].pair].service;
        if (story.load.services[number].name == service)
        {
            times.push_back(told.time);
        }
    }
    return times;
}

/// When each connection of the first two hosts ended, by host and beginning.
std::map<std::pair<std::uint32_t, Instant>, Instant>
EndsOfClients(const Story& story)
{
    std::map<std::pair<std::uint32_t, portlab::Port>, Instant> begun;
    std::map<std::pair<std::uint32_t, Instant>, Instant> ended;
    for (const Told& told : story.diary.all)
    {
        if (told.what == Told::What::Granted)
        {
            begun[{told.path, told.port}] = told.time;
        }
        else if (told.what != Told::What::Failed && story.HostOf(told) < 2)
        {
            ended[{story.HostOf(told), begun[{told.path, told.port}]}] = told.time;
        }
    }
    return ended;
}

} // namespace

TEST(Newcomers, ChangeNothingForHostsThatTheyShareNothingWith)
{
    for (const Change& change : Changes())
    {
        SCOPED_TRACE(change.name);
        Workload load = TwoPairs();
        change.make(load);
        const Story with(load);
        Workload same = TwoPairs();
        same.duration = load.duration;
        const Story without(same);

        for (const char* group : {"linux", "hashed"})
        {
            for (const std::uint32_t index : {0u, 1u})
            {
                const Lines expected = DiaryOf(without, group, index);
                EXPECT_GT(expected.size(), 100u);
                EXPECT_EQ(DiaryOf(with, group, index), expected) << group << " " << index;
            }
        }
    }
}

/// The workload would show it: all that is keyed matters in it.
TEST(Newcomers, WouldShowInAWorkloadThatDependsOnEveryKey)
{
    const Story story(TwoPairs());
    const auto& archive = story.result.services[1];

    EXPECT_GT(archive.tupleCollisions, 20u);
    EXPECT_GT(story.result.hosts[1].attempts, story.result.hosts[1].connected);
    EXPECT_NE(DiaryOf(story, "linux", 0), DiaryOf(story, "linux", 1));
}

/// On the same host a further traffic takes ports, but it leaves arrivals and holds as they were.
TEST(FurtherTraffic, OfTheSameHostChangesNoArrivalAndNoHold)
{
    Workload load = TwoPairs();
    load.services.push_back(ServiceCalled("more"));
    load.traffic.insert(load.traffic.begin(), Stream("further", 0, 2));

    EXPECT_EQ(TimesOf(Story(load), "api"), TimesOf(Story(TwoPairs()), "api"));
}

/// A request's fate is drawn when it is made: that others fail changes nothing about it. Behind one
/// address for all, this holds for the host that takes it as well.
TEST(Failures, ChangeNoDrawOfLaterRequests)
{
    Workload wide = TwoPairs();
    wide.hosts.push_back(Group("pods", "linux-6.18"));
    wide.services[0].runsOn = 2;
    wide.services[0].vip = true;
    Call call;
    call.name = "call";
    call.to = 1;
    call.hold = FixedHold{0s};
    wide.services[1].rtt = 1us;
    wide.calls = {call};
    wide.hosts[0].profile.timeWait.value = 1s;
    wide.traffic[0].closes = {0.5, 0, 0.5};
    Workload narrow = wide;
    narrow.hosts[0].profile.ports.value = PortRange(40000, 40003);
    const Story succeeding(wide);
    const Story failing(narrow);
    EXPECT_EQ(portlab::Total(succeeding.result.hosts[0].failed), 0u);
    EXPECT_GT(portlab::Total(failing.result.hosts[0].failed), 500u);

    const auto all = EndsOfClients(succeeding);
    const auto some = EndsOfClients(failing);
    EXPECT_GT(some.size(), 500u);
    EXPECT_GT(all.size(), some.size());
    for (const auto& [connection, end] : some)
    {
        const auto same = all.find(connection);
        ASSERT_NE(same, all.end());
        EXPECT_EQ(same->second, end);
    }
}
