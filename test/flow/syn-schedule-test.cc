// SPDX-License-Identifier: GPL-2.0-only

// When SYNs are sent and when a system gives up: against recordings of Linux, and Windows by what
// is published.

#include "model/core/flow/segment-times.h"
#include "model/core/port/profile-catalogue.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <vector>

namespace
{

using namespace std::chrono_literals;

using portlab::Duration;
using portlab::FindProfile;
using portlab::FromSeconds;
using portlab::InSeconds;
using portlab::RuleOf;
using portlab::SegmentTimes;
using portlab::SynSchedule;
using portlab::TimerWheel;

/// The SYNs of a connect() that nobody answers, and its end, all counted from its beginning.
struct Silence
{
    std::vector<Duration> syns;
    Duration givenUp{0};
};

Silence
Expected(const SynSchedule& schedule, const TimerWheel& wheel = {})
{
    SegmentTimes syn(RuleOf(schedule), wheel);
    Silence silence;
    do
    {
        silence.syns.push_back(syn.Sent());
        silence.givenUp = syn.Expiry();
    } while (syn.Repeat());
    return silence;
}

/// "0 1 3, given up at 7", in seconds.
std::string
Text(const SynSchedule& schedule)
{
    const Silence silence = Expected(schedule);
    std::ostringstream text;
    text.precision(12);
    for (const Duration sent : silence.syns)
    {
        text << (sent == 0s ? "" : " ") << InSeconds(sent);
    }
    text << ", given up at " << InSeconds(silence.givenUp);
    return text.str();
}

struct Recording
{
    std::string line;
    std::uint32_t retries{0};
    std::uint32_t linear{0};
    std::string error;
    Silence silence;
};

Recording
Read(const std::string& line)
{
    Recording recording{line, 0, 0, {}, {}};
    std::istringstream text(line);
    std::string cell;
    std::getline(text, cell, ',');
    recording.retries = static_cast<std::uint32_t>(std::stoul(cell));
    std::getline(text, cell, ',');
    recording.linear = static_cast<std::uint32_t>(std::stoul(cell));
    std::getline(text, recording.error, ',');
    std::getline(text, cell, ',');
    recording.silence.givenUp = FromSeconds(std::stod(cell));
    for (double seconds = 0; text >> seconds;)
    {
        recording.silence.syns.push_back(FromSeconds(seconds));
    }
    return recording;
}

std::vector<Recording>
ReadAll()
{
    std::ifstream file(PORTLAB_TEST_DATA "/linux-6.18/syn-timeouts.csv");
    std::vector<Recording> all;
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line))
    {
        all.push_back(Read(line));
    }
    return all;
}

/// Linux 6.18 with two sysctls as recorded.
SynSchedule
Setting(std::uint32_t retries, std::uint32_t linear)
{
    SynSchedule schedule = FindProfile("linux-6.18").profile.syn.value;
    schedule.retries = retries;
    schedule.linear = linear;
    return schedule;
}

std::vector<Duration>
WithTheEnd(const Silence& silence)
{
    std::vector<Duration> times = silence.syns;
    times.push_back(silence.givenUp);
    return times;
}

/// The model's times of a setting, on a machine that had been up for `boot`.
std::vector<Duration>
ExpectedOnWheel(const SynSchedule& schedule, Duration boot)
{
    return WithTheEnd(Expected(schedule, TimerWheel{250, true, boot}));
}

/// Whether some moment of boot explains a recording to 6 ms: the timers of this kernel begin on its
/// ticks, 4 ms each, and the machine takes some time to notice them.
bool
IsExplained(const std::vector<Duration>& recorded, const SynSchedule& schedule)
{
    for (Duration boot{0}; boot < 32768ms; boot += 1ms)
    {
        const std::vector<Duration> expected = ExpectedOnWheel(schedule, boot);
        const auto isNear = [](Duration seen, Duration model) {
            return model - 1ms <= seen && seen <= model + 6ms;
        };
        if (recorded.size() == expected.size() &&
            std::equal(recorded.begin(), recorded.end(), expected.begin(), isNear))
        {
            return true;
        }
    }
    return false;
}

} // namespace

TEST(SynSchedule, IsThatOfTheRecordedKernel)
{
    const std::vector<Recording> recordings = ReadAll();
    ASSERT_EQ(recordings.size(), 8u);
    for (const Recording& recording : recordings)
    {
        SCOPED_TRACE(recording.line);
        const SynSchedule setting = Setting(recording.retries, recording.linear);

        EXPECT_EQ(recording.error, "ETIMEDOUT");
        EXPECT_TRUE(IsExplained(WithTheEnd(recording.silence), setting));
    }
}

/// Exact timers, as the schedule would have them by itself, explain none of the recordings.
TEST(SynSchedule, WithoutTheTimerWheelIsNotThatOfTheRecordedKernel)
{
    for (const Recording& recording : ReadAll())
    {
        SCOPED_TRACE(recording.line);
        const Silence exact = Expected(Setting(recording.retries, recording.linear));
        EXPECT_GT(recording.silence.givenUp - exact.givenUp, 20ms);
    }
}

/// The default takes 131 s in theory, and was recorded as 133.5 s to 134.1 s.
TEST(SynSchedule, OfTheDefaultIsRoundedUpByTwoToFiveSeconds)
{
    Duration least = 1h;
    Duration most{0};
    for (Duration boot{0}; boot < 32768ms; boot += 1ms)
    {
        const Duration end = ExpectedOnWheel(Setting(6, 4), boot).back();
        least = std::min(least, end);
        most = std::max(most, end);
    }
    EXPECT_EQ(least / 1ms, 133257);
    EXPECT_EQ(most / 1ms, 135304);
}

TEST(SynSchedule, OfAnotherSettingDiffersFromTheRecording)
{
    for (const Recording& recording : ReadAll())
    {
        SCOPED_TRACE(recording.line);
        const std::size_t count = recording.silence.syns.size();
        EXPECT_NE(Expected(Setting(recording.retries + 1, recording.linear)).syns.size(), count);
        EXPECT_NE(Expected(Setting(recording.retries - 1, recording.linear)).syns.size(), count);
    }
}

TEST(SynSchedule, OfLinuxDoublesAfterFourLinearTimeouts)
{
    EXPECT_EQ(Text(FindProfile("linux-6.18").profile.syn.value),
              "0 1 2 3 4 5 7 11 19 35 67, given up at 131");
}

TEST(SynSchedule, OfOlderLinuxDoublesFromTheStart)
{
    EXPECT_EQ(Text(FindProfile("linux-5.18").profile.syn.value),
              "0 1 3 7 15 31 63, given up at 127");
}

/// 21.0 s, as measured; four retries by themselves would take 31 s.
TEST(SynSchedule, OfWindowsGivesUpAtItsLimit)
{
    EXPECT_EQ(Text(FindProfile("windows-11").profile.syn.value), "0 1 3 7 15, given up at 21");
}

TEST(SynSchedule, OfWindowsXpSendsThreeSyns)
{
    EXPECT_EQ(Text(FindProfile("windows-xp").profile.syn.value), "0 3 9, given up at 21");
}

TEST(SynSchedule, OfNs3SendsSixSyns)
{
    EXPECT_EQ(Text(FindProfile("ns3-stock").profile.syn.value), "0 3 9 21 45 93, given up at 189");
}

/// A limit that falls on a retransmission ends the attempt; one just behind it does not.
TEST(SynSchedule, SendsNothingAtItsLimit)
{
    SynSchedule schedule;
    schedule.giveUpAfter = 7s;
    EXPECT_EQ(Text(schedule), "0 1 3, given up at 7");

    schedule.giveUpAfter = 7s + 1ns;
    EXPECT_EQ(Text(schedule), "0 1 3 7, given up at 7.000000001");
}

TEST(SynSchedule, WithoutRetriesGivesUpAtTheFirstTimeout)
{
    SynSchedule schedule;
    schedule.retries = 0;

    EXPECT_EQ(Text(schedule), "0, given up at 1");
}
