// SPDX-License-Identifier: GPL-2.0-only

// Users who wait for their answers before they ask again.

#include "test/flow/flow-test-support.h"

#include <chrono>
#include <cmath>
#include <gtest/gtest.h>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Duration;
using portlab::Ending;
using portlab::FixedHold;
using portlab::InSeconds;
using portlab::Instant;
using portlab::RunResult;
using portlab::Traffic;
using portlab::UserArrivals;
using portlab::Workload;
using portlab::test::Always;
using portlab::test::OneClient;
using portlab::test::Story;

/// Users of a service 10 ms away whose connections are held for so long, and reset.
Workload
Users(std::uint32_t users, Duration think, Duration hold)
{
    Workload load = OneClient(59999);
    Traffic traffic;
    traffic.name = "main";
    traffic.arrivals = UserArrivals{users, think};
    traffic.hold = FixedHold{hold};
    traffic.closes = Always(Ending::Reset);
    load.traffic = {traffic};
    return load;
}

} // namespace

/// Little's law: 10 users who think for 1 s on average and wait 0.1 s for the handshake and 0.5 s
/// for the answer ask 10/1.6 times a second. A user's count over T is that of a renewal process:
/// variance T * 1 s^2 / (1.6 s)^3. The bound is 4.8916 standard deviations: false alarm 1e-6.
TEST(Users, AskAsOftenAsTheirThinkingAndWaitingAllows)
{
    Workload load = Users(10, 1s, 500ms);
    load.services[0].rtt = 100ms;
    constexpr Duration LENGTH = 10'000s;

    const RunResult result = Story(load, 1, At(LENGTH)).result;
    const double expected = 10 * InSeconds(LENGTH) / 1.6;
    const double deviation = std::sqrt(10 * InSeconds(LENGTH) / (1.6 * 1.6 * 1.6));
    EXPECT_NEAR(static_cast<double>(result.hosts[0].connected), expected, 4.8916 * deviation);
    EXPECT_EQ(result.traffic[0].requestsFailed, 0u);
}

TEST(Users, BeginWithAThought)
{
    const Story story(Users(1000, 10s, 1s), 1, At(10s));

    const auto asked = static_cast<double>(story.result.traffic[0].requests);
    EXPECT_NEAR(asked / 1000, 1 - std::exp(-1) + 0.2, 0.1); // A few have asked a second time.
    EXPECT_GT(story.diary.all.front().time, At(0s));
}

TEST(Users, NeverHaveMoreConnectionsThanThereAreOfThem)
{
    const RunResult result = Story(Users(20, 50ms, 500ms), 1, At(100s)).result;

    EXPECT_GT(result.traffic[0].requests, 3000u);
    EXPECT_EQ(result.hosts[0].portsHeldPeak, 20u);
}

/// 10 ms for the handshake, 90 ms for the answer, and 1 us that even a program takes.
TEST(UsersWhoDoNotThink, AskAgainAMicrosecondAfterTheAnswer)
{
    const Story story(Users(3, 0s, 90ms), 1, At(1s));

    EXPECT_EQ(story.result.traffic[0].requests, 3u * 10u);
    for (std::size_t round = 0; round < 10; ++round)
    {
        EXPECT_EQ(story.diary.all.at(6 * round).time, At(round * Duration(100'001us)));
    }
}

TEST(UsersWhoDoNotThink, LetTimePassEvenIfAnAnswerTakesNone)
{
    Workload load = Users(10, 0s, 0s);
    load.services[0].rtt = 0s;

    const RunResult result = Story(load, 1, At(1ms)).result;
    EXPECT_EQ(result.traffic[0].requests, 10u * 1001u);
}

/// One user has the only port for an hour; each of the others fails once a millisecond.
TEST(UsersWhoDoNotThink, PauseAMillisecondAfterAFailure)
{
    Workload load = Users(10, 0s, 1h);
    load.hosts[0].profile.ports.value = portlab::PortRange(50000, 50000);

    const RunResult result = Story(load, 1, At(100ms)).result;
    EXPECT_EQ(result.traffic[0].requests, 1u + 9u * 101u);
    EXPECT_EQ(result.traffic[0].requestsFailed, 9u * 101u);
}

/// A user whose request has failed for good thinks, and asks anew.
TEST(Users, WaitForTheLastAttemptBeforeTheyThink)
{
    Workload load = Users(1, 0s, 0s);
    load.services[0].silent = {{At(0s), At(1h)}};
    load.traffic[0].connectTimeout = 1s;
    load.traffic[0].retry = {2, 500ms, 1};

    const Story story(load, 1, At(10s));
    std::vector<Instant> asked;
    for (const auto& told : story.diary.all)
    {
        if (told.what == portlab::test::Told::What::Granted)
        {
            asked.push_back(told.time);
        }
    }
    EXPECT_EQ(asked,
              (std::vector<Instant>{At(0s),
                                    At(1500ms),
                                    At(2501ms),
                                    At(4001ms),
                                    At(5002ms),
                                    At(6502ms),
                                    At(7503ms),
                                    At(9003ms)}));
}

TEST(Users, OfEachHostAreItsOwn)
{
    Workload load = Users(5, 0s, 1h);
    load.hosts[0].count = 4;

    const RunResult result = Story(load, 1, At(1s)).result;
    EXPECT_EQ(result.traffic[0].requests, 20u);
    EXPECT_EQ(result.hosts[0].portsHeldPeak, 5u);
}
