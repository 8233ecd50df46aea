// SPDX-License-Identifier: GPL-2.0-only

// Programs that close while the service is silent: nobody answers their FINs. One client port, 10
// ms away, held for 1 s; the FINs leave at 1.01 s and then 0.21, 0.63, 1.47, 3.15 ... s later.

#include "model/core/flow/segment-times.h"
#include "model/core/port/profile-catalogue.h"
#include "test/flow/flow-test-support.h"

#include <algorithm>
#include <chrono>
#include <gtest/gtest.h>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Duration;
using portlab::Ending;
using portlab::FindProfile;
using portlab::Instant;
using portlab::PortRange;
using portlab::SetKnob;
using portlab::Workload;
using portlab::test::Always;
using portlab::test::AsRecorded;
using portlab::test::Lines;
using portlab::test::OneClient;
using portlab::test::Story;

/// A connection to a service that is silent from 0.5 s to `until`.
Workload
SilentUntil(Instant until, Ending ending = Ending::Client)
{
    Workload load = OneClient(50000);
    load.services[0].silent = {{At(500ms), until}};
    load.traffic = {AsRecorded({At(0s)})};
    load.traffic[0].closes = Always(ending);
    return load;
}

std::string
LastLine(const Workload& load, std::uint64_t run = 1)
{
    return Story(load, run).Text().back();
}

} // namespace

TEST(Orphan, IsGivenUpAfterItsRetriesAndLeavesNoTimeWait)
{
    Workload load = SilentUntil(At(1h));
    EXPECT_EQ(LastLine(load), "108.320000000 client frees 50000"); // 511 times 0.21 s

    load.hosts[0].profile.orphans.value.retries = 0;
    EXPECT_EQ(LastLine(load), "1.220000000 client frees 50000");
}

/// The FIN sent 0.63 s after the close is the first to be heard, and one round trip later the port
/// waits.
TEST(Orphan, IsAnsweredByTheFirstFinThatTheServiceHears)
{
    EXPECT_EQ(LastLine(SilentUntil(At(1645ms))), "1.650000000 client waits 50000");
    EXPECT_EQ(LastLine(SilentUntil(At(1645ms + 1ns))), "2.490000000 client waits 50000");
}

TEST(Orphan, DoesNotExistIfTheFirstFinIsHeard)
{
    EXPECT_EQ(LastLine(SilentUntil(At(1015ms))), "1.020000000 client waits 50000");
    EXPECT_EQ(LastLine(SilentUntil(At(1015ms + 1ns))), "1.230000000 client waits 50000");
}

TEST(Orphan, GoesOnInFinWait2IfTheServiceNeverCloses)
{
    Workload load = SilentUntil(At(1645ms), Ending::HalfClosed);
    load.hosts[0].profile.orphans.value.finTimeout = 5s;

    EXPECT_EQ(LastLine(load), "6.650000000 client frees 50000");
}

TEST(Orphan, IsResetIfThereAreTooMany)
{
    Workload load = SilentUntil(At(1h));
    load.hosts[0].profile.ports.value = PortRange(50000, 50001);
    load.hosts[0].profile.maxOrphans.value = 1;
    load.traffic = {AsRecorded({At(0s), At(100ms)})};

    EXPECT_EQ(Story(load).Text(),
              (Lines{"0.000000000 client granted 50000",
                     "0.100000000 client granted 50001",
                     "1.110000000 client frees 50001",
                     "108.320000000 client frees 50000"}));
}

/// Containers on one machine share the number; machines do not.
TEST(Orphan, CountsOnItsMachine)
{
    Workload load = SilentUntil(At(1h));
    load.hosts[0].count = 2;
    load.hosts[0].profile.maxOrphans.value = 1;
    load.traffic.push_back(load.traffic[0]);
    load.traffic[1].name = "second";
    auto records = *std::get<portlab::RecordedArrivals>(load.traffic[1].arrivals).connections;
    records[0].host = 1;
    load.traffic[1].arrivals = portlab::RecordedArrivals{
        std::make_shared<const std::vector<portlab::RecordedConnection>>(records)};
    const auto freedAtOnce = [](const Workload& work) {
        const Lines text = Story(work).Text();
        return std::count_if(text.begin(), text.end(), [](const std::string& line) {
            return line.substr(0, 5) == "1.010" && line.find("frees") != std::string::npos;
        });
    };
    EXPECT_EQ(freedAtOnce(load), 0);

    load.hosts[0].hostsPerKernel = 2;
    EXPECT_EQ(freedAtOnce(load), 1);
}

/// A recorded port was free after 107.609 s; exact timers would take 104.2 s.
TEST(Orphan, OfLinuxIsGivenUpWhenTheRecordedOneWas)
{
    Workload load = SilentUntil(At(1h));
    load.services[0].rtt = 20us;
    load.hosts[0].profile = FindProfile("linux-6.18").profile;
    Duration least = 1h;
    Duration most{0};
    for (std::uint64_t run = 1; run <= 200; ++run)
    {
        const Story story(load, run);
        const Duration held = story.diary.all.back().time - At(1s);
        least = std::min(least, held);
        most = std::max(most, held);
    }
    EXPECT_LE(least, 107609ms);
    EXPECT_GE(least, 105900ms);
    EXPECT_GE(most, 107609ms - 5ms);
    EXPECT_LE(most, 109500ms);
}

/// tcp_orphan_retries counts time: as long as so many doublings from 200 ms, up to 120 s each.
TEST(FinOfLinux, IsGivenUpByTheTimeThatItsRetriesTake)
{
    auto profile = FindProfile("linux-6.18").profile;
    const auto limit = [&](const char* retries) {
        SetKnob(profile, "tcp_orphan_retries", retries);
        return portlab::FinRule(profile, {}, 1ms).elapsed;
    };
    EXPECT_EQ(limit("1"), Duration(600ms));
    EXPECT_EQ(limit("8"), Duration(102200ms));
    EXPECT_EQ(limit("0"), Duration(102200ms)) << "0 acts as 8";
    EXPECT_EQ(limit("9"), Duration(204600ms));
    EXPECT_EQ(limit("10"), Duration(324600ms)) << "102.4 s doubled would be more than 120 s";
}
