// SPDX-License-Identifier: GPL-2.0-only

// Averages of a host's ports, against the integral of a count that is kept step by step.

#include "test/core/naive-ledger.h"
#include "test/core/port-test-support.h"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <gtest/gtest.h>
#include <queue>
#include <string>
#include <utility>
#include <vector>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Duration;
using portlab::Gauge;
using portlab::Instant;
using portlab::OsProfile;
using portlab::Port;
using portlab::Random;
using portlab::StreamKey;
using portlab::test::InOrder;
using portlab::test::LoneHost;
using portlab::test::NaiveGauge;
using portlab::test::SHOP;

/// A client with Poisson arrivals and exponential holds, whose every connection waits afterwards.
struct Client
{
    explicit Client(Duration grid, std::uint64_t seed)
        : host(ProfileWith(grid), StreamKey(seed, 1)),
          random(StreamKey(seed, 1).With("client"))
    {
    }

    static OsProfile ProfileWith(Duration grid)
    {
        OsProfile profile = InOrder(50000, 50999);
        profile.timeWait = {2s};
        profile.timeWaitGrid = {grid};
        return profile;
    }

    /// 100 arrivals a second that stay for 0.5 s on average, for as long as asked.
    void Run(Duration length)
    {
        using Leaving = std::pair<Instant, Port>;
        std::priority_queue<Leaving, std::vector<Leaving>, std::greater<>> leavings;
        Instant now = At(0s);
        while (now < At(length))
        {
            now += portlab::FromSeconds(random.Exponential() / 100);
            while (!leavings.empty() && leavings.top().first <= now)
            {
                Close(leavings.top().second, leavings.top().first);
                leavings.pop();
            }
            const auto port = host.Ask(SHOP, now).port;
            ++asked;
            ASSERT_TRUE(port);
            held.Change(now, 1);
            leavings.emplace(now + portlab::FromSeconds(random.Exponential() / 2), *port);
        }
    }

    void Close(Port port, Instant when)
    {
        host.Close(SHOP, port, when);
        held.Change(when, -1);
        waiting.Change(when, 1);
        const Instant end = host.Ledger().NextReturn(host.Id());
        EXPECT_GT(end, when);
        waits.push_back(when);
    }

    LoneHost host;
    Random random;
    NaiveGauge held;
    NaiveGauge waiting;
    std::vector<Instant> waits;
    int asked{0};
};

} // namespace

TEST(Gauge, OfNothingIsZero)
{
    const Gauge gauge;

    EXPECT_EQ(gauge.Count(), 0u);
    EXPECT_EQ(gauge.Peak(), 0u);
    EXPECT_EQ(gauge.AreaAt(At(100s)), 0u);
}

TEST(Gauge, ForgetsItsPeakButNotWhatIsThere)
{
    Gauge gauge;
    gauge.Enter(At(1s));
    gauge.Enter(At(1s));
    gauge.Leave(At(2s));
    EXPECT_EQ(gauge.Peak(), 2u);
    gauge.ResetPeak();

    EXPECT_EQ(gauge.Peak(), 1u);
    EXPECT_EQ(gauge.AreaAt(At(4s)), 4'000'000'000u);
}

/// Leavings may be told late and in any order; the area is the integral to the nanosecond.
TEST(Gauge, HasTheAreaOfTheStepFunction)
{
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
    {
        Random random(StreamKey(seed, 1).With("gauge"));
        Gauge gauge;
        NaiveGauge naive;
        std::vector<Instant> inside;
        for (int i = 0; i < 1000; ++i)
        {
            const Instant now = At(i * 1s) + Duration{random.Below(1'000'000'000)};
            if (inside.empty() || random.Below(100) < 55)
            {
                gauge.Enter(now);
                naive.Change(now, 1);
                inside.push_back(now);
            }
            else
            {
                std::swap(inside[random.Below(static_cast<std::uint32_t>(inside.size()))],
                          inside.back());
                const Instant left = inside.back() + (now - inside.back()) / 2;
                gauge.Leave(left);
                naive.Change(left, -1);
                inside.pop_back();
            }
        }
        EXPECT_EQ(gauge.AreaAt(At(5000s)), static_cast<std::uint64_t>(naive.AreaAt(At(5000s))))
            << "seed " << seed;
    }
}

/// 200,000 times 34 h are more than 2^64 ns, and the sum is; the area is not.
TEST(Gauge, StaysExactWhenItsSumRunsOver)
{
    Gauge gauge;
    constexpr std::uint32_t MANY = 200'000;
    for (std::uint32_t i = 0; i < MANY; ++i)
    {
        gauge.Enter(At(24h));
    }
    for (std::uint32_t i = 0; i < MANY; ++i)
    {
        gauge.Leave(At(34h));
    }

    EXPECT_EQ(gauge.AreaAt(At(48h)), MANY * std::uint64_t{36'000'000'000'000});
}

TEST(HostGauges, AreTheIntegralsOfHeldAndWaitingPorts)
{
    for (const Duration grid : {Duration{0}, Duration{256ms}})
    {
        for (std::uint64_t seed = 1; seed <= 5; ++seed)
        {
            SCOPED_TRACE("seed " + std::to_string(seed));
            Client client(grid, seed);
            ASSERT_NO_FATAL_FAILURE(client.Run(60s));
            const portlab::Duration boot = TimeSinceBoot(StreamKey(seed, 1).With("tcp"));
            for (const Instant since : client.waits)
            {
                const Instant plain = since + 2s;
                const Instant end =
                    grid == 0ns ? plain : plain + grid - (plain.time_since_epoch() + boot) % grid;
                if (end <= At(70s))
                {
                    client.waiting.Change(end, -1);
                }
            }
            EXPECT_EQ(client.host.Held(At(70s)).AreaAt(At(70s)),
                      static_cast<std::uint64_t>(client.held.AreaAt(At(70s))));
            EXPECT_EQ(client.host.Waiting(At(70s)).AreaAt(At(70s)),
                      static_cast<std::uint64_t>(client.waiting.AreaAt(At(70s))));
        }
    }
}

/// Little's law: what is there on average is the rate times the mean stay. 100 arrivals a second
/// stay 0.5 s and wait 2 s: 50 held, 200 waiting. The standard error of the mean over 600 s is
/// about sqrt(2 * 50 * 0.5 / 600) = 0.29 held and, for the arrivals alone, 0.8 waiting; the bounds
/// are 5 of these. False alarm: 1e-6 each.
TEST(HostGauges, ObeyLittlesLaw)
{
    Client client(Duration{0}, 1);
    ASSERT_NO_FATAL_FAILURE(client.Run(600s));

    const auto perSecond = [](std::uint64_t area) { return static_cast<double>(area) / 600e9; };
    EXPECT_NEAR(perSecond(client.host.Held(At(600s)).AreaAt(At(600s))), 50, 1.5);
    EXPECT_NEAR(perSecond(client.host.Waiting(At(600s)).AreaAt(At(600s))), 200, 4);
}

TEST(HostGauges, KeepTheirPeaksUntilTheyAreReset)
{
    LoneHost host(InOrder(50000, 50009));
    for (Port port = 50000; port < 50004; ++port)
    {
        host.Ask(SHOP, At(0s));
    }
    for (Port port = 50000; port < 50003; ++port)
    {
        host.Close(SHOP, port, At(1s));
    }
    EXPECT_EQ(host.Held(At(61s)).Peak(), 4u);
    EXPECT_EQ(host.Waiting(At(61s)).Peak(), 3u);
    host.Ledger().ResetPeaks(host.Id());

    EXPECT_EQ(host.Held(At(61s)).Peak(), 1u);
    EXPECT_EQ(host.Waiting(At(61s)).Peak(), 0u);
}

/// The peak is that of true moments: at 60 s the old wait is over when the new one begins.
TEST(HostGauges, DoNotCountAPortThatReturnsAsAnotherOneLeaves)
{
    LoneHost host(InOrder(50000, 50009));
    host.Ask(SHOP, At(0s));
    host.Ask(SHOP, At(0s));
    host.Close(SHOP, 50000, At(0s));
    host.Close(SHOP, 50001, At(60s));

    EXPECT_EQ(host.Waiting(At(60s)).Peak(), 1u);
}
