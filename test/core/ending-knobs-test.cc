// SPDX-License-Identifier: GPL-2.0-only

// What decides over the ends of connections: facts by era, and their knobs.

#include "test/core/knob-test-support.h"

#include <gtest/gtest.h>
#include <stdexcept>

using namespace portlab;
using namespace std::chrono_literals;

using portlab::test::Row;
using portlab::test::ValueOf;
using portlab::test::With;

namespace
{

bool
IsRefused(std::string_view row, std::string_view knob, std::string_view value)
{
    OsProfile profile = Row(row);
    try
    {
        SetKnob(profile, knob, value);
        return false;
    }
    catch (const std::invalid_argument&)
    {
        return true;
    }
}

} // namespace

/// 6.14 and later: a second, on a clock of milliseconds; 4.19 to 6.13: as soon as the second has
/// changed; older: one second more.
TEST(TimeWaitReuseOfLinux, IsToldByAClockOfItsEra)
{
    struct
    {
        const char* name;
        Duration delay;
        Duration clock;
    } const table[]{{"linux-6.18", 1s, 1ms},
                    {"linux-6.14", 1s, 1ms},
                    {"linux-6.13", 0s, 1s},
                    {"linux-4.19", 0s, 1s},
                    {"linux-4.18", 1s, 1s},
                    {"linux-2.6", 1s, 1s}};

    for (const auto& expected : table)
    {
        SCOPED_TRACE(expected.name);
        EXPECT_EQ(Row(expected.name).reuseDelay.value, expected.delay);
        EXPECT_EQ(Row(expected.name).reuseClock.value, expected.clock);
    }
    EXPECT_EQ(Row("linux-4.18").reuseDelay.evidence, Evidence::Uncertain);
    EXPECT_EQ(Row("linux-4.19").reuseDelay.evidence, Evidence::Documented);
}

TEST(TimeWaitReuseOfLinux, IsForLoopbackOnlyByDefaultSince4x19)
{
    EXPECT_EQ(Row("linux-4.19").reuse.value, TimeWaitReuse::AfterDelayOnLoopback);
    EXPECT_EQ(Row("linux-4.18").reuse.value, TimeWaitReuse::Never);
}

TEST(EndingKnobs, TakeWhatSysctlTakes)
{
    EXPECT_EQ(With("linux", "net.ipv4.tcp_fin_timeout", "30").orphans.value.finTimeout, 30s);
    EXPECT_EQ(With("linux", "tcp_fin_timeout", "2min").orphans.value.finTimeout, 120s);
    EXPECT_EQ(With("linux", "fin_timeout", "30s").orphans.value.finTimeout, 30s);
    EXPECT_EQ(With("linux", "tcp_orphan_retries", "3").orphans.value.retries, 3u);
    EXPECT_EQ(With("linux", "tcp_orphan_retries", "0").orphans.value.retries, 8u);
    EXPECT_EQ(With("linux", "orphan_retries", "3").orphans.value.retries, 3u);
    EXPECT_EQ(With("linux", "tcp_max_orphans", "100").maxOrphans.value, 100u);
    EXPECT_EQ(With("linux", "tcp_max_orphans", "off").maxOrphans.value, std::nullopt);
    EXPECT_FALSE(With("linux", "tcp_timestamps", "0").timestamps.value);
    EXPECT_TRUE(With("linux", "tcp_timestamps", "2").timestamps.value);
    EXPECT_FALSE(With("linux", "timestamps", "off").timestamps.value);
    EXPECT_TRUE(With("linux", "tcp_rfc1337", "1").linuxSettings->rfc1337.value);
    EXPECT_FALSE(Row("linux").linuxSettings->rfc1337.value);
}

TEST(EndingKnobs, KnowBothEndsOfTheirLimits)
{
    struct
    {
        const char* row;
        const char* knob;
        const char* good;
        const char* bad;
    } const table[]{{"linux", "tcp_fin_timeout", "1", "0"},
                    {"linux", "tcp_fin_timeout", "31536000", "31536001"},
                    {"linux", "tcp_fin_timeout", "1s", "1500ms"},
                    {"linux", "tcp_fin_timeout", "60", "off"},
                    {"linux", "tcp_orphan_retries", "255", "256"},
                    {"linux", "tcp_max_orphans", "2147483647", "2147483648"},
                    {"linux", "tcp_timestamps", "2", "3"},
                    {"linux", "tcp_rfc1337", "255", "256"},
                    {"linux", "timestamps", "on", "yes"},
                    {"windows", "timestamps", "1", "2"},
                    {"rfc6056-1", "fin_timeout", "off", "never"},
                    {"rfc6056-1", "probe_cost", "1ns", "1"}};

    for (const auto& limit : table)
    {
        EXPECT_FALSE(IsRefused(limit.row, limit.knob, limit.good)) << limit.knob << limit.good;
        EXPECT_TRUE(IsRefused(limit.row, limit.knob, limit.bad)) << limit.knob << limit.bad;
    }
}

TEST(SetKnob, LetsTheGridFollowTimeWaitAndHz)
{
    EXPECT_EQ(With("linux", "hz", "100").timeWaitGrid.value, Duration(5120ms));
    EXPECT_EQ(With("linux", "time_wait", "10s").timeWaitGrid.value, Duration(256ms));
    EXPECT_EQ(With("linux-4.2", "time_wait", "10s").timeWaitGrid.value, Duration(0s));

    OsProfile chosen = With("linux", "time_wait_grid", "off");
    SetKnob(chosen, "hz", "1000");
    EXPECT_EQ(chosen.timeWaitGrid.value, Duration(0s)) << "what the user set stays";
    EXPECT_EQ(ValueOf(chosen, "time_wait_grid"), "off");
}

TEST(EndingKnobs, ShowWhatTheSystemWouldShow)
{
    EXPECT_EQ(ValueOf(Row("linux"), "tcp_fin_timeout"), "60");
    EXPECT_EQ(ValueOf(Row("linux"), "tcp_timestamps"), "1");
    EXPECT_EQ(ValueOf(Row("linux"), "tcp_rfc1337"), "0");
    EXPECT_EQ(ValueOf(Row("ns3-stock"), "fin_timeout"), "off");
    EXPECT_EQ(ValueOf(Row("ns3-stock"), "timestamps"), "on");
    EXPECT_EQ(ValueOf(Row("ns3-stock"), "orphan_retries"), "6");
}

/// Windows offers no timestamps, as far as we know.
TEST(EndingFacts, SayWhatIsNotKnown)
{
    EXPECT_FALSE(Row("windows-11").timestamps.value);
    EXPECT_EQ(Row("windows-11").timestamps.evidence, Evidence::Uncertain);
    EXPECT_EQ(Row("linux").maxOrphans.evidence, Evidence::Uncertain);
    EXPECT_EQ(Row("windows-11").probeCost.value.connect, 0ns);
}

TEST(EndingFacts, CallTheCostOfAProbeAnEstimateForOneMachine)
{
    const OsProfile row = Row("linux-6.18");
    EXPECT_EQ(row.probeCost.value.connect, 45ns);
    EXPECT_EQ(row.probeCost.value.bind, 115ns);
    EXPECT_NE(row.probeCost.source.find("one machine"), std::string::npos);
    EXPECT_EQ(Row("linux-6.12").probeCost.evidence, Evidence::Uncertain);
}
