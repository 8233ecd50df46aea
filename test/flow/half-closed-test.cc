// SPDX-License-Identifier: GPL-2.0-only

// Connections that the client closes and the service never does: FIN_WAIT2. One client port, 10 ms
// away unless said otherwise, held for 1 s.

#include "model/core/port/profile-catalogue.h"
#include "test/flow/flow-test-support.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <sstream>
#include <string>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Duration;
using portlab::Ending;
using portlab::FindProfile;
using portlab::FromSeconds;
using portlab::InSeconds;
using portlab::Instant;
using portlab::OsProfile;
using portlab::PortRange;
using portlab::SetKnob;
using portlab::Workload;
using portlab::test::Always;
using portlab::test::AsRecorded;
using portlab::test::Lines;
using portlab::test::OneClient;
using portlab::test::PortsInOrder;
using portlab::test::Story;
using portlab::test::Told;

/// Half-closed connections that begin at these moments, of one client with ports 50000 to `last`.
Workload
HalfClosed(const std::vector<Instant>& starts, portlab::Port last = 50000)
{
    Workload load = OneClient(last);
    load.traffic = {AsRecorded(starts)};
    load.traffic[0].closes = Always(Ending::HalfClosed);
    return load;
}

/// The same on Linux 6.18 with one port, over a path that takes no time.
Workload
OnLinux(const std::string& finTimeout)
{
    Workload load = HalfClosed({At(0s)});
    load.hosts[0].profile = FindProfile("linux-6.18").profile;
    load.hosts[0].profile.ports.value = PortRange(50000, 50000);
    SetKnob(load.hosts[0].profile, "tcp_fin_timeout", finTimeout);
    load.services[0].rtt = 0ms;
    return load;
}

/// How long the first port was held after the close.
Duration
HeldAfterClose(const Workload& load, std::uint64_t run)
{
    const Story story(load, run);
    const auto& all = story.diary.all;
    const auto freed = std::find_if(all.begin(), all.end(), [](const Told& t) {
        return t.what == Told::What::Freed;
    });
    return freed == all.end() ? Duration::max() : freed->time - At(1s);
}

/// tcp_fin_timeout to how long the kernel held the port, in seconds.
std::map<std::string, double>
Recorded()
{
    std::ifstream file(PORTLAB_TEST_DATA "/linux-6.18/fin-wait2-and-bind.csv");
    std::map<std::string, double> held;
    for (std::string line; std::getline(file, line);)
    {
        std::istringstream text(line);
        std::string variant;
        std::string timeout;
        std::string result;
        std::string seconds;
        std::getline(text, variant, ',');
        std::getline(text, timeout, ',');
        std::getline(text, result, ',');
        std::getline(text, seconds, ',');
        if (variant == "fin_wait2_orphan")
        {
            held[timeout] = std::stod(seconds);
        }
    }
    return held;
}

} // namespace

/// Over many phases of the timer wheel the model covers the recorded time, and little more: the two
/// slots of 2.048 s that the longest ones are rounded up to.
TEST(FinWait2, HoldsPortsAsLongAsTheRecordedKernelDid)
{
    const auto recorded = Recorded();
    ASSERT_EQ(recorded.size(), 11u);
    for (const auto& [timeout, seconds] : recorded)
    {
        SCOPED_TRACE(timeout);
        const Workload load = OnLinux(timeout);
        Duration least = Duration::max();
        Duration most{0};
        for (std::uint64_t run = 1; run <= 100; ++run)
        {
            least = std::min(least, HeldAfterClose(load, run));
            most = std::max(most, HeldAfterClose(load, run));
        }
        EXPECT_LE(InSeconds(least), seconds);
        EXPECT_GE(InSeconds(most) + 0.005, seconds);
        EXPECT_LE(most - least, 4096ms);
    }
}

/// tcp_fin_timeout up to 60 s is what it says; beyond, twice what is left of it.
TEST(FinWait2, IsShortestJustAboveAMinute)
{
    const auto held = [](const char* timeout) { return HeldAfterClose(OnLinux(timeout), 1); };
    EXPECT_GE(held("60"), 60s);
    EXPECT_LE(held("60"), 62048ms);
    EXPECT_GE(held("61"), 2s);
    EXPECT_LE(held("61"), 2064ms);
}

TEST(FinWait2, BeginsOneRoundTripAfterTheClose)
{
    Workload load = HalfClosed({At(0s)});
    load.hosts[0].profile.orphans.value.finTimeout = 5s;

    EXPECT_EQ(Story(load).Text(),
              (Lines{"0.000000000 client granted 50000", "6.020000000 client frees 50000"}));
}

TEST(FinWait2, KeepsItsPortToTheLastNanosecond)
{
    Workload load = HalfClosed({At(0s), At(6020ms - 1ns), At(6020ms)});
    load.hosts[0].profile.orphans.value.finTimeout = 5s;

    EXPECT_EQ(Story(load).Text(),
              (Lines{"0.000000000 client granted 50000",
                     "6.019999999 client failed no_free_port",
                     "6.020000000 client frees 50000",
                     "6.020000000 client granted 50000",
                     "12.040000000 client frees 50000"}));
}

TEST(FinWait2, NeverEndsOnSystemsWithoutATimerForIt)
{
    Workload load = HalfClosed({At(0s)});
    load.hosts[0].profile.orphans.value.finTimeout = 0s;
    load.duration = 24h * 365;

    EXPECT_EQ(Story(load).Text(), (Lines{"0.000000000 client granted 50000"}));
}

/// Unlike TIME_WAIT: tcp_tw_reuse gives no port of FIN_WAIT2 back early.
TEST(FinWait2, IsNotCutShortByTcpTwReuse)
{
    Workload load = OnLinux("20");
    load.traffic = {AsRecorded({At(0s), At(10s)})};
    load.traffic[0].closes = Always(Ending::HalfClosed);
    SetKnob(load.hosts[0].profile, "tcp_tw_reuse", "1");
    EXPECT_EQ(Story(load).result.hosts[0].connected, 1u);

    load.traffic[0].closes = Always(Ending::Client);
    EXPECT_EQ(Story(load).result.hosts[0].connected, 2u);
}

/// Two of three find room; the third one's port is free as soon as the peer has answered.
TEST(FinWait2, CountsTowardsTheMostTimeWaits)
{
    Workload load = HalfClosed({At(0s), At(100ms), At(200ms)}, 50002);
    load.hosts[0].profile.orphans.value.finTimeout = 5s;
    load.hosts[0].profile.maxTimeWait.value = 2;

    const Lines text = Story(load).Text();
    ASSERT_EQ(text.size(), 6u);
    EXPECT_EQ(text[3], "1.220000000 client frees 50002");
    EXPECT_EQ(text[4], "6.020000000 client frees 50000");
    EXPECT_EQ(text[5], "6.120000000 client frees 50001");
}

/// Its place is free for a TIME_WAIT when it is over, and not before.
TEST(FinWait2, LeavesItsPlaceToTimeWaits)
{
    Workload load = HalfClosed({At(0s)}, 50009);
    load.hosts[0].profile.orphans.value.finTimeout = 5s;
    load.hosts[0].profile.maxTimeWait.value = 1;
    load.traffic.push_back(AsRecorded({At(5s - 1ns), At(5s)}));
    load.traffic[1].name = "closing";

    Story story(load);
    EXPECT_EQ(story.engine.Machines().ledger.Overflows(0), 1u);
    EXPECT_EQ(story.result.hosts[0].timeWaitPeak, 1u);
}

/// The orphan's stage does not count as a TIME_WAIT, its entry does.
TEST(FinWait2, OfMoreThanAMinuteIsAnOrphanFirst)
{
    Workload load = OnLinux("70");
    load.hosts[0].profile.maxTimeWait.value = 0;
    const Duration orphanOnly = HeldAfterClose(load, 1);
    EXPECT_GE(orphanOnly, 10s);
    EXPECT_LE(orphanOnly, 10256ms);

    load.hosts[0].profile.maxTimeWait.value = 1;
    EXPECT_GE(HeldAfterClose(load, 1), 20s);

    load.hosts[0].profile.maxOrphans.value = 0;
    EXPECT_EQ(HeldAfterClose(load, 1), 0s);
}
