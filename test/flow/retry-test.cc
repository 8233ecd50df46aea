// SPDX-License-Identifier: GPL-2.0-only

// Programs that try again. One client 10 ms away; connections are held for 1 s and reset.

#include "test/flow/flow-test-support.h"

#include <chrono>
#include <gtest/gtest.h>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Ending;
using portlab::Failure;
using portlab::Instant;
using portlab::RetryRule;
using portlab::TrafficResult;
using portlab::Workload;
using portlab::test::Always;
using portlab::test::AsRecorded;
using portlab::test::Lines;
using portlab::test::OneClient;
using portlab::test::Story;

Workload
WithPorts(portlab::Port last, const std::vector<Instant>& starts, RetryRule rule)
{
    Workload load = OneClient(last);
    load.traffic = {AsRecorded(starts)};
    load.traffic[0].closes = Always(Ending::Reset);
    load.traffic[0].retry = rule;
    return load;
}

} // namespace

/// The port is free from 1.01 s on.
TEST(FixedRetry, AsksAgainAfterTheSamePauseUntilItSucceeds)
{
    const Story story(WithPorts(50000, {At(0s), At(500ms)}, {4, 300ms, 1}));

    EXPECT_EQ(story.Text(),
              (Lines{"0.000000000 client granted 50000",
                     "0.500000000 client failed no_free_port",
                     "0.800000000 client failed no_free_port",
                     "1.010000000 client frees 50000",
                     "1.100000000 client granted 50000",
                     "2.110000000 client frees 50000"}));
    const TrafficResult& traffic = story.result.traffic[0];
    EXPECT_EQ(traffic.requests, 2u);
    EXPECT_EQ(traffic.requestsFailed, 0u);
    EXPECT_EQ(traffic.attempts, 4u);
    EXPECT_EQ(traffic.retries, 2u);
    EXPECT_EQ(story.result.hosts[0].connected, 2u);
    EXPECT_EQ(story.result.hosts[0].failed[std::size_t(Failure::NoFreePort)], 2u);
}

TEST(ConnectDelay, OfARequestThatTriedAgainBeginsWithItsFirstConnect)
{
    const Story story(WithPorts(50000, {At(0s), At(500ms)}, {4, 300ms, 1}));

    EXPECT_EQ(story.result.traffic[0].connectDelayP50, 10ms);
    EXPECT_EQ(story.result.traffic[0].connectDelayP99, 610ms);
}

TEST(ExponentialRetry, MultipliesItsPauses)
{
    const Story story(WithPorts(50000, {At(0s), At(10ms)}, {5, 50ms, 3}));

    EXPECT_EQ(story.Text(),
              (Lines{"0.000000000 client granted 50000",
                     "0.010000000 client failed no_free_port",
                     "0.060000000 client failed no_free_port",
                     "0.210000000 client failed no_free_port",
                     "0.660000000 client failed no_free_port",
                     "1.010000000 client frees 50000",
                     "2.010000000 client granted 50000",
                     "3.020000000 client frees 50000"}));
}

TEST(Retry, GivesTheRequestUpAfterItsLastAttempt)
{
    const Story story(WithPorts(50000, {At(0s), At(500ms)}, {3, 100ms, 2}));

    EXPECT_EQ(story.Text(),
              (Lines{"0.000000000 client granted 50000",
                     "0.500000000 client failed no_free_port",
                     "0.600000000 client failed no_free_port",
                     "0.800000000 client failed no_free_port",
                     "1.010000000 client frees 50000"}));
    EXPECT_EQ(story.result.traffic[0].requestsFailed, 1u);
    EXPECT_EQ(story.result.traffic[0].attempts, 4u);
    EXPECT_EQ(story.result.traffic[0].retries, 2u);
}

TEST(Retry, IsNotTheDefault)
{
    const Story story(WithPorts(50000, {At(0s), At(500ms)}, RetryRule{}));

    EXPECT_EQ(story.result.traffic[0].attempts, 2u);
    EXPECT_EQ(story.result.traffic[0].retries, 0u);
    EXPECT_EQ(story.result.traffic[0].requestsFailed, 1u);
}

/// The pause runs from the failure, not from the connect().
TEST(Retry, OfATimedOutConnectionWaitsFromItsEnd)
{
    Workload load = WithPorts(50009, {At(0s)}, {3, 1s, 2});
    load.services[0].silent = {{At(0s), At(1h)}};
    load.traffic[0].connectTimeout = 2s;

    const Story story(load);
    EXPECT_EQ(story.Text(),
              (Lines{"0.000000000 client granted 50000",
                     "2.000000000 client failed connect_timeout",
                     "2.000000000 client frees 50000",
                     "3.000000000 client granted 50001",
                     "5.000000000 client failed connect_timeout",
                     "5.000000000 client frees 50001",
                     "7.000000000 client granted 50002",
                     "9.000000000 client failed connect_timeout",
                     "9.000000000 client frees 50002"}));
    EXPECT_EQ(story.result.traffic[0].requestsFailed, 1u);
    EXPECT_EQ(story.result.hosts[0].failed[std::size_t(Failure::ConnectTimeout)], 3u);
}

TEST(Retry, AfterATimeoutSucceedsWhenTheServiceIsBack)
{
    Workload load = WithPorts(50009, {At(0s)}, {3, 1s, 1});
    load.services[0].silent = {{At(0s), At(2500ms)}};
    load.traffic[0].connectTimeout = 2s;

    const Story story(load);
    EXPECT_EQ(story.result.hosts[0].connected, 1u);
    EXPECT_EQ(story.result.hosts[0].failed[std::size_t(Failure::ConnectTimeout)], 1u);
    EXPECT_EQ(story.result.traffic[0].connectDelayP50, 3010ms);
}

/// Between its attempts a request is nobody's: it neither holds a port nor is pending.
TEST(Retry, IsNotPendingWhileItPauses)
{
    const Workload load = WithPorts(50000, {At(0s), At(500ms)}, {2, 300ms, 1});
    const Story story(load, 1, At(700ms));

    EXPECT_EQ(story.result.hosts[0].attempts, 2u);
    EXPECT_EQ(story.result.hosts[0].pending, 0u);
    EXPECT_EQ(story.result.traffic[0].requestsFailed, 0u);
}

/// All attempts of a request go to the address that it was meant for.
TEST(Retry, GoesToTheSameAddress)
{
    Workload load = WithPorts(50009, {}, {5, 100ms, 1});
    load.services[0].addresses = 8;
    load.services[0].silent = {{At(0s), At(1h)}};
    load.traffic[0].arrivals = portlab::ConstantArrivals{0.1};
    load.traffic[0].connectTimeout = 1s;
    load.duration = 100s;

    const Story story(load);
    ASSERT_EQ(story.result.traffic[0].requests, 10u);
    ASSERT_EQ(story.diary.all.size(), 3u * 50u);
    for (std::size_t request = 0; request < 10; ++request)
    {
        for (std::size_t entry = 0; entry < 15; ++entry)
        {
            EXPECT_EQ(story.diary.all[15 * request + entry].path,
                      story.diary.all[15 * request].path);
        }
    }
}

/// A pause of zero, as often as a scenario may ask, lets no time pass and comes to its end.
TEST(Retry, WithoutPausesEndsAtTheMomentItBegan)
{
    const Story story(WithPorts(50000, {At(0s), At(500ms)}, {1000, 0s, 100}));

    EXPECT_EQ(story.result.traffic[0].attempts, 1001u);
    EXPECT_EQ(story.diary.all.at(1000).time, At(500ms));
    EXPECT_EQ(story.result.traffic[0].requestsFailed, 1u);
}
