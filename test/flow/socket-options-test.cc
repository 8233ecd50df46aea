// SPDX-License-Identifier: GPL-2.0-only

// Streams whose programs bind() or set options, and what the engine makes of them. What the ledger
// does with each option is tested there.

#include "model/core/port/profile-catalogue.h"
#include "test/flow/flow-test-support.h"

#include <algorithm>
#include <chrono>
#include <gtest/gtest.h>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Ending;
using portlab::FindProfile;
using portlab::HostResult;
using portlab::Instant;
using portlab::OsProfile;
using portlab::Port;
using portlab::PortManner;
using portlab::PortRange;
using portlab::SetKnob;
using portlab::Workload;
using portlab::test::Always;
using portlab::test::AsRecorded;
using portlab::test::Lines;
using portlab::test::OneClient;
using portlab::test::ServiceCalled;
using portlab::test::Story;
using portlab::test::Told;

/// One Linux host with ports 40000 to `last`, and connections to "api" that begin at these moments
/// and last to the end.
Workload
OnLinux(const std::vector<Instant>& starts, Port last)
{
    Workload load = OneClient(50000);
    load.hosts[0].profile = FindProfile("linux-6.18").profile;
    load.hosts[0].profile.ports.value = PortRange(40000, last);
    load.services[0].profile.timestamps.value = true;
    load.traffic = {AsRecorded(starts)};
    load.duration = 500ms;
    return load;
}

/// The same connections to a second service.
void
AddSecondService(Workload& load)
{
    load.services.push_back(ServiceCalled("db"));
    load.traffic.push_back(load.traffic[0]);
    load.traffic[1].name = "second";
    load.traffic[1].to = 1;
}

std::vector<Port>
PortsOf(const Story& story)
{
    std::vector<Port> ports;
    for (const Told& told : story.diary.all)
    {
        if (told.what == Told::What::Granted)
        {
            ports.push_back(told.port);
        }
    }
    return ports;
}

const HostResult&
Host(const Story& story)
{
    return story.result.hosts[0];
}

} // namespace

/// connect() shares its ports between destinations, bind() does not.
TEST(StreamThatBinds, TakesItsPortsFromAllDestinations)
{
    Workload load = OnLinux({At(0s), At(1ms)}, 40001);
    AddSecondService(load);
    EXPECT_EQ(Host(Story(load)).connected, 4u);

    load.traffic[0].socket.manner = PortManner::Bind;
    load.traffic[1].socket.manner = PortManner::Bind;
    EXPECT_EQ(Host(Story(load)).connected, 2u);
}

/// Two streams of one host to one destination, with different sockets.
TEST(StreamsWithDifferentSockets, KeepTheirOwnRanges)
{
    Workload load = OnLinux({At(0s), At(1ms), At(2ms)}, 40009);
    load.traffic.push_back(load.traffic[0]);
    load.traffic[1].name = "second";
    load.traffic[0].socket.range = PortRange(40002, 40003);
    load.traffic[1].socket.range = PortRange(40006, 40008);

    const Story story(load);
    const std::vector<Port> ports = PortsOf(story);
    ASSERT_EQ(ports.size(), 5u);
    const auto within = [&](Port first, Port last) {
        return std::count_if(ports.begin(), ports.end(), [&](Port port) {
            return first <= port && port <= last;
        });
    };
    EXPECT_EQ(within(40002, 40003), 2);
    EXPECT_EQ(within(40006, 40008), 3);
    EXPECT_EQ(story.engine.Machines().paths.size(), 2u);
}

/// The pair's utilisation is that of its fullest sockets: 2 of their 2 ports.
TEST(StreamsWithDifferentSockets, AreJudgedByThePortsThatTheyMayHave)
{
    Workload load = OnLinux({At(0s), At(1ms)}, 40009);
    load.traffic.push_back(load.traffic[0]);
    load.traffic[1].name = "second";
    load.traffic[1].socket.range = PortRange(40006, 40007);

    const Story story(load);
    EXPECT_EQ(story.result.pairs[0].portsUsable, 2u);
    EXPECT_EQ(story.result.verdict.used, 2u);
    EXPECT_EQ(story.result.verdict.usable, 2u);

    load.traffic.pop_back();
    EXPECT_EQ(Story(load).result.pairs[0].portsUsable, 10u);
}

/// Two bound sockets have taken half of the four ports before the slice's two connections, and
/// another comes too late: 4 of 4 were taken, of which its own stream used 2.
TEST(StreamsWithDifferentSockets, CountWhatOthersTookOfTheirRange)
{
    Workload load = OnLinux({At(0s), At(1ms)}, 40009);
    load.traffic[0].socket.manner = PortManner::Bind;
    load.traffic[0].socket.range = PortRange(40004, 40007);
    load.traffic.push_back(AsRecorded({At(10ms), At(11ms), At(12ms)}));
    load.traffic[1].name = "second";
    load.traffic[1].socket.range = PortRange(40004, 40007);

    const Story story(load);
    EXPECT_EQ(Host(story).connected, 4u);
    EXPECT_EQ(story.result.verdict.used, 4u);
    EXPECT_EQ(story.result.verdict.usable, 4u);
    EXPECT_EQ(story.result.pairs[0].portsUsedPeak, 2u);
    EXPECT_EQ(story.result.pairs[0].portsUsable, 4u);
    EXPECT_EQ(story.result.pairs[0].utilisationPeak, 0.5);
}

/// A fixed port may lie outside the range; its reuse is watched all the same.
TEST(StreamWithAFixedPort, UsesItAgainAndAgain)
{
    Workload load = OnLinux({At(0s), At(2s), At(4s)}, 40009);
    load.duration = 10s;
    load.traffic[0].closes = Always(Ending::Reset);
    load.traffic[0].socket.manner = PortManner::Fixed;
    load.traffic[0].socket.fixedPort = 1234;

    const Story story(load);
    EXPECT_EQ(PortsOf(story), (std::vector<Port>{1234, 1234, 1234}));
    EXPECT_EQ(Host(story).portReuseMin, 2s);
}

TEST(StreamWithAFixedPort, DoesNotLookLikePortsRunningOut)
{
    Workload load = OnLinux({At(0s)}, 40009);
    load.traffic[0].socket.manner = PortManner::Fixed;
    load.traffic[0].socket.fixedPort = 50000;

    const Story story(load);
    EXPECT_EQ(story.result.pairs[0].portsUsedPeak, 1u);
    EXPECT_EQ(story.result.pairs[0].portsUsable, 10u);
}

TEST(StreamWithAFixedPort, FailsWhileItIsInUse)
{
    Workload load = OnLinux({At(0s), At(100ms)}, 40009);
    load.traffic[0].socket.manner = PortManner::Fixed;
    load.traffic[0].socket.fixedPort = 40005;

    const Story story(load);
    EXPECT_EQ(story.Text().back(), "0.100000000 client failed no_free_port");
    EXPECT_EQ(story.result.verdict.usable, 1u);
}

/// A program that listens owns its port, whoever the others talk to.
TEST(PortOfAListener, IsNeverChosen)
{
    std::vector<Instant> starts;
    for (int number = 0; number < 10; ++number)
    {
        starts.push_back(At(number * 1ms));
    }
    Workload load = OnLinux(starts, 40009);
    load.services.push_back(ServiceCalled("shop"));
    load.services[1].runsOn = 0;
    load.services[1].port = 40004;

    const Story story(load);
    const std::vector<Port> ports = PortsOf(story);
    EXPECT_EQ(ports.size(), 9u);
    EXPECT_EQ(std::count(ports.begin(), ports.end(), 40004), 0);
    EXPECT_EQ(story.result.pairs[0].portsUsable, 9u);
}

/// tcp_tw_reuse = 2 acts on loopback addresses alone, and with timestamps on both ends.
TEST(LoopbackService, GivesPortsBackAfterASecondByDefault)
{
    Workload load = OnLinux({At(0s), At(3s)}, 40000);
    load.duration = 10s;
    load.services[0].place = portlab::PeerPlace::Loopback;
    EXPECT_EQ(Host(Story(load)).connected, 2u);

    load.services[0].place = portlab::PeerPlace::Remote;
    EXPECT_EQ(Host(Story(load)).connected, 1u);
    SetKnob(load.hosts[0].profile, "tcp_tw_reuse", "1");
    EXPECT_EQ(Host(Story(load)).connected, 2u);

    load.services[0].profile.timestamps.value = false;
    EXPECT_EQ(Host(Story(load)).connected, 1u);
}

/// Calls have sockets of their own, too.
TEST(CallThatBinds, TakesItsPortsFromAllDestinations)
{
    Workload load = OnLinux({At(0s)}, 40001);
    load.services.push_back(ServiceCalled("shop"));
    load.services[1].runsOn = 0;
    load.hosts.push_back(load.hosts[0]);
    load.hosts[1].name = "users";
    load.hosts[1].profile.ports.value = PortRange(50000, 50009);
    load.traffic[0].from = 1;
    load.traffic[0].to = 1;
    for (const char* name : {"first", "second"})
    {
        portlab::Call call;
        call.name = name;
        call.at = 1;
        call.count = 2;
        call.hold = portlab::FixedHold{1s};
        load.calls.push_back(call);
    }
    load.services.push_back(ServiceCalled("db"));
    load.calls[1].to = 2;
    EXPECT_EQ(Host(Story(load)).connected, 4u);

    load.calls[0].socket.manner = PortManner::Bind;
    load.calls[1].socket.manner = PortManner::Bind;
    EXPECT_EQ(Host(Story(load)).connected, 2u);
}
