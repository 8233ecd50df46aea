// SPDX-License-Identifier: GPL-2.0-only

// A Linux server in TIME_WAIT that meets a SYN for the same 4-tuple: against what a kernel 6.18
// did on loopback (test/data/linux-6.18/server-time-wait.csv). One client port, held for 1 s; the
// server closes.

#include "model/core/port/profile-catalogue.h"
#include "test/flow/flow-test-support.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <string>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Duration;
using portlab::Ending;
using portlab::FindProfile;
using portlab::FormerConnection;
using portlab::InSeconds;
using portlab::Instant;
using portlab::IsNewer;
using portlab::NewSyn;
using portlab::PortRange;
using portlab::SetKnob;
using portlab::Workload;
using portlab::test::Always;
using portlab::test::AsRecorded;
using portlab::test::OneClient;
using portlab::test::Story;

constexpr std::uint64_t HUNDRED_MEGABYTES = 100'000'000;
constexpr Duration RTT = 100us;

struct Setting
{
    bool timestamps;
    std::uint64_t sends;
    Duration pause; ///< From the end of the first connection to the second connect().
    const char* rfc1337;
};

/// Two connections with one port of Linux 6.18. The first one's port is free 1.5 round trips after
/// its close.
Workload
Reconnecting(const Setting& setting)
{
    Workload load = OneClient(50000);
    load.hosts[0].profile = FindProfile("linux-6.18").profile;
    load.hosts[0].profile.ports.value = PortRange(50000, 50000);
    SetKnob(load.hosts[0].profile, "tcp_timestamps", setting.timestamps ? "1" : "0");
    load.services[0].profile = FindProfile("linux-6.18").profile;
    SetKnob(load.services[0].profile, "tcp_rfc1337", setting.rfc1337);
    load.services[0].rtt = RTT;
    load.traffic = {AsRecorded({At(0s), At(1s + RTT + RTT + RTT / 2 + setting.pause)})};
    load.traffic[0].closes = Always(Ending::Server);
    load.traffic[0].sends = setting.sends;
    return load;
}

/// How long the second connect() took.
Duration
ConnectDelay(const Setting& setting, std::uint64_t run = 1)
{
    const Story story(Reconnecting(setting), run);
    EXPECT_EQ(story.result.hosts[0].connected, 2u);
    EXPECT_EQ(story.result.services[0].tupleCollisions, 1u);
    return *story.result.traffic[0].connectDelayP99;
}

/// The least and the greatest of the seconds recorded for a variant.
std::pair<double, double>
Recorded(const std::string& variant)
{
    std::ifstream file(PORTLAB_TEST_DATA "/linux-6.18/server-time-wait.csv");
    std::pair<double, double> range{1e9, 0};
    for (std::string line; std::getline(file, line);)
    {
        if (line.compare(0, variant.size() + 1, variant + ",") == 0)
        {
            const std::size_t third = line.find(',', line.find(',', variant.size() + 1) + 1);
            const double seconds = std::stod(line.substr(third + 1));
            range = {std::min(range.first, seconds), std::max(range.second, seconds)};
        }
    }
    return range;
}

/// Long connections whose first SYN is not taken at once: 2 ticks of 4 ms, rounded up, and two
/// round trips.
void
ExpectDetour(const Setting& setting)
{
    Duration least = 1h;
    Duration most{0};
    for (std::uint64_t run = 1; run <= 100; ++run)
    {
        least = std::min(least, ConnectDelay(setting, run));
        most = std::max(most, ConnectDelay(setting, run));
    }
    EXPECT_GE(least, 8ms + 2 * RTT);
    EXPECT_LE(least, 9ms + 2 * RTT);
    EXPECT_GE(most, 11ms + 2 * RTT);
    EXPECT_LE(most, 12ms + 2 * RTT);
}

} // namespace

TEST(LinuxServerInTimeWait, TakesASynWhoseSequenceNumberIsNewer)
{
    EXPECT_EQ(ConnectDelay({false, 0, 0ms, "0"}), RTT);
    EXPECT_EQ(ConnectDelay({false, 0, 20ms, "1"}), RTT);
    EXPECT_LT(Recorded("srvTW_ts0_0MB_sleep0ms_rfc1337_0").second, 0.003);
}

TEST(LinuxServerInTimeWait, TakesASynWhoseTimestampIsNewer)
{
    EXPECT_EQ(ConnectDelay({true, HUNDRED_MEGABYTES, 20ms, "0"}), RTT);
    EXPECT_EQ(ConnectDelay({true, HUNDRED_MEGABYTES, 20ms, "1"}), RTT);
    EXPECT_LT(Recorded("srvTW_ts1_100MB_sleep20ms_rfc1337_0").second, 0.003);
}

TEST(LinuxServerInTimeWait, SendsASynThatCouldBeOldOnADetour)
{
    ExpectDetour({false, HUNDRED_MEGABYTES, 20ms, "0"});
    const auto recorded = Recorded("srvTW_ts0_100MB_sleep20ms_rfc1337_0");
    EXPECT_GE(recorded.first, 0.008);
    EXPECT_LE(recorded.second, 0.015);
}

/// 100 MB take the sequence number as far as 6.4 s do.
TEST(LinuxServerInTimeWait, SeesANewSequenceNumberOnceItHasCaughtUpWithTheData)
{
    const Duration age = HUNDRED_MEGABYTES * Duration(64) - (1s + RTT * 5 / 2);
    EXPECT_GT(ConnectDelay({false, HUNDRED_MEGABYTES, age, "0"}), 8ms);
    EXPECT_EQ(ConnectDelay({false, HUNDRED_MEGABYTES, age + 3 * 64ns, "0"}), RTT);
}

/// Recorded as 66.7 s: the client's SYNs go on until TIME_WAIT is over.
TEST(LinuxServerInTimeWait, LetsASynWaitItOutWithRfc1337)
{
    const Duration delay = ConnectDelay({false, HUNDRED_MEGABYTES, 20ms, "1"});
    EXPECT_GE(delay, 66s);
    EXPECT_LE(delay, 69s);
    const auto recorded = Recorded("srvTW_ts0_100MB_sleep20ms_rfc1337_1");
    EXPECT_GE(recorded.first, 66);
    EXPECT_LE(recorded.second, 69);
}

/// Each end of the connection has to have them.
TEST(LinuxServerInTimeWait, HasNoTimestampsIfOneEndHasNone)
{
    Workload load = Reconnecting({true, HUNDRED_MEGABYTES, 20ms, "0"});
    SetKnob(load.services[0].profile, "tcp_timestamps", "0");

    EXPECT_GT(*Story(load).result.traffic[0].connectDelayP99, 8ms);
}

/// Before 9603d47bad46 (5.6) the next SYN left after a second, as the schedule has it.
TEST(LinuxServerInTimeWait, CostsAnOlderClientASecond)
{
    Workload load = Reconnecting({false, HUNDRED_MEGABYTES, 20ms, "0"});
    load.hosts[0].profile = FindProfile("linux-5.5").profile;
    load.hosts[0].profile.ports.value = PortRange(50000, 50000);
    load.hosts[0].profile.timestamps.value = false;
    const Duration older = *Story(load).result.traffic[0].connectDelayP99;
    EXPECT_GE(older, 1s);
    EXPECT_LE(older, 1033ms);

    load.hosts[0].profile = FindProfile("linux-5.6").profile;
    load.hosts[0].profile.ports.value = PortRange(50000, 50000);
    load.hosts[0].profile.timestamps.value = false;
    EXPECT_LE(*Story(load).result.traffic[0].connectDelayP99, 13ms);
}

/// A second collision meets the second connection's TIME_WAIT and its data, not the first one's.
TEST(LinuxServerInTimeWait, RemembersTheLatestConnection)
{
    Workload load = Reconnecting({false, 0, 20ms, "0"});
    load.traffic.push_back(load.traffic[0]);
    load.traffic[0] = AsRecorded({At(0s), At(4s)});
    load.traffic[1] = AsRecorded({At(2s)});
    load.traffic[0].closes = Always(Ending::Server);
    load.traffic[1].closes = Always(Ending::Server);
    load.traffic[1].name = "large";
    load.traffic[1].sends = HUNDRED_MEGABYTES;

    const Story story(load);
    EXPECT_EQ(story.result.services[0].tupleCollisions, 2u);
    EXPECT_LE(*story.result.traffic[1].connectDelayP99, RTT) << "the first sent nothing";
    EXPECT_GE(*story.result.traffic[0].connectDelayP99, 8ms) << "the second sent 100 MB";
}

TEST(NewSyn, IsNewerByOneTickOfItsTimestamps)
{
    FormerConnection former{At(60s), At(10ms), {At(0s), HUNDRED_MEGABYTES}};
    const auto isNewer = [&](Instant sent, Duration clientUp) {
        return IsNewer(NewSyn{sent, sent, true, clientUp}, former);
    };
    EXPECT_FALSE(isNewer(At(11ms - 1ns), 0s));
    EXPECT_TRUE(isNewer(At(11ms), 0s));
    EXPECT_FALSE(isNewer(At(10ms + 300us - 1ns), 700us));
    EXPECT_TRUE(isNewer(At(10ms + 300us), 700us));
}

/// A SYN and a FIN take a number each; the comparison is in 32 bits, so that it turns after 2^31.
TEST(NewSyn, IsNewerByItsSequenceNumberForHalfOfAllNumbers)
{
    FormerConnection former{At(1h), At(10ms), {At(0s), 1000}};
    const auto isNewer = [&](std::int64_t steps) {
        const Instant asked = At(Duration(64) * steps);
        return IsNewer(NewSyn{asked, asked, false, 0s}, former);
    };
    EXPECT_FALSE(isNewer(1002));
    EXPECT_TRUE(isNewer(1003));
    EXPECT_TRUE(isNewer(1002 + (std::int64_t{1} << 31) - 1));
    EXPECT_FALSE(isNewer(1002 + (std::int64_t{1} << 31)));
    EXPECT_TRUE(isNewer(1003 + (std::int64_t{1} << 32)));
}
