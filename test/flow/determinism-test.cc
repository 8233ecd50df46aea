// SPDX-License-Identifier: GPL-2.0-only

// The same workload, seed and run give the same result to the last bit, however the time is cut.

#include "test/flow/flow-test-support.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <gtest/gtest.h>
#include <string>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Duration;
using portlab::FlowEngine;
using portlab::Instant;
using portlab::NEVER;
using portlab::Random;
using portlab::StreamKey;
using portlab::Workload;
using portlab::test::Diary;
using portlab::test::EverythingAtOnce;
using portlab::test::Story;
using portlab::test::TextOf;

/// Chooses the end of the next slice; what lies behind the end of the run is cut off.
using NextStop = std::function<Instant(FlowEngine&)>;

/// Runs the workload in slices and compares all that happened and all that was counted.
void
ExpectTheSameInSlices(const Workload& load, const NextStop& nextStop)
{
    const Story whole(load);
    Diary diary;
    FlowEngine engine(load, 1);
    engine.SetObserver(&diary);
    while (engine.Now() < At(load.duration))
    {
        engine.RunUntil(std::min(nextStop(engine), At(load.duration)));
    }

    EXPECT_EQ(TextOf(engine.Finish()), TextOf(whole.result));
    EXPECT_EQ(diary.all.size(), whole.diary.all.size());
    EXPECT_TRUE(diary.all == whole.diary.all);
}

} // namespace

TEST(SameSeed, GivesTheSameResult)
{
    const Story first(EverythingAtOnce());
    const Story second(EverythingAtOnce());

    EXPECT_EQ(TextOf(first.result), TextOf(second.result));
    EXPECT_TRUE(first.diary.all == second.diary.all);
    EXPECT_GT(first.diary.all.size(), 3000u);
}

TEST(OtherSeed, GivesAnotherResult)
{
    Workload other = EverythingAtOnce();
    ++other.seed;

    EXPECT_NE(TextOf(Story(EverythingAtOnce()).result), TextOf(Story(other).result));
}

TEST(OtherRun, GivesAnotherResult)
{
    EXPECT_NE(TextOf(Story(EverythingAtOnce(), 1).result),
              TextOf(Story(EverythingAtOnce(), 2).result));
}

TEST(Slices, OfOneMillisecondChangeNothing)
{
    ExpectTheSameInSlices(EverythingAtOnce(),
                          [](FlowEngine& engine) { return engine.Now() + 1ms; });
}

TEST(Slices, OfTheSampleIntervalChangeNothing)
{
    ExpectTheSameInSlices(EverythingAtOnce(), [](FlowEngine& engine) { return engine.Now() + 1s; });
}

TEST(Slices, OfAnyLengthChangeNothing)
{
    for (std::uint64_t seed = 1; seed <= 10; ++seed)
    {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(StreamKey(seed, 1).With("slices"));
        ExpectTheSameInSlices(EverythingAtOnce(), [&random](FlowEngine& engine) {
            return engine.Now() + portlab::FromSeconds(0.2 * random.Exponential());
        });
    }
}

/// As ns-3 does with a quantum of 0: from event to event, and once more for nothing.
TEST(Slices, FromEventToEventChangeNothing)
{
    ExpectTheSameInSlices(EverythingAtOnce(), [](FlowEngine& engine) {
        engine.RunUntil(engine.Now());
        return engine.NextEvent();
    });
}

TEST(Slices, AroundTheWarmupChangeNothing)
{
    ExpectTheSameInSlices(EverythingAtOnce(), [](FlowEngine& engine) {
        for (const Instant stop : {At(7500ms - 1ns), At(7500ms), At(7500ms + 1ns)})
        {
            if (engine.Now() < stop)
            {
                return stop;
            }
        }
        return NEVER;
    });
}

/// A look at the statistics on the way is a look and no more.
TEST(Finish, ChangesNothingThatFollows)
{
    ExpectTheSameInSlices(EverythingAtOnce(), [](FlowEngine& engine) {
        engine.Finish();
        return engine.Now() + 700ms;
    });
}

/// Samples are taken, not felt.
TEST(SampleInterval, ChangesNothingButTheSeries)
{
    Workload load = EverythingAtOnce();
    Story often(load);
    load.sampleInterval = 0s;
    Story never(load);

    EXPECT_TRUE(often.diary.all == never.diary.all);
    EXPECT_TRUE(never.result.series.empty() || never.result.series[0].samples.empty());
    often.result.series.clear();
    never.result.series.clear();
    EXPECT_EQ(TextOf(often.result), TextOf(never.result));
}

TEST(Engine, RefusesToGoBackInTime)
{
    const Workload load = EverythingAtOnce();
    FlowEngine engine(load, 1);
    engine.RunUntil(At(2s));

    EXPECT_NO_THROW(engine.RunUntil(At(2s)));
    EXPECT_THROW(engine.RunUntil(At(2s - 1ns)), std::logic_error);
}
