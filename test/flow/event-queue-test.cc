// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/base/random.h"
#include "model/core/flow/event-queue.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <gtest/gtest.h>
#include <queue>
#include <string>
#include <vector>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Duration;
using portlab::Event;
using portlab::EventQueue;
using portlab::Instant;
using portlab::NEVER;
using portlab::Random;
using portlab::StreamKey;

bool
IsSame(const Event& a, const Event& b)
{
    return a.time == b.time && a.subject == b.subject && a.port == b.port && a.kind == b.kind;
}

Event
EventAt(Instant time, std::uint32_t subject = 0)
{
    return {time, subject, 0, 0};
}

/// The calendar and the standard library's heap, told the same.
class TwoQueues
{
  public:
    void Push(const Event& event)
    {
        // Which way an event comes in may not matter: every third is kept at hand.
        if (++m_pushes % 3 == 0)
        {
            m_calendar.PushAtHand(event);
        }
        else
        {
            m_calendar.Push(event);
        }
        m_heap.push(event);
    }

    /// Takes the next event from both, if there is one until `limit`; they must agree.
    bool Pop(Instant limit)
    {
        Event event;
        const bool isDue = !m_heap.empty() && m_heap.top().time <= limit;
        EXPECT_EQ(m_calendar.PopUntil(limit, event), isDue);
        if (isDue)
        {
            EXPECT_TRUE(IsSame(event, m_heap.top()));
            m_now = m_heap.top().time;
            m_heap.pop();
        }
        EXPECT_EQ(m_calendar.Size(), m_heap.size());
        return isDue;
    }

    void Empty()
    {
        while (Pop(NEVER) && !testing::Test::HasFailure())
        {
        }
        EXPECT_EQ(m_calendar.NextTime(), NEVER);
    }

    /// The time of the event taken last.
    Instant Now() const
    {
        return m_now;
    }

    Instant NextTime()
    {
        return m_calendar.NextTime();
    }

    std::size_t Size() const
    {
        return m_heap.size();
    }

  private:
    struct IsLater
    {
        bool operator()(const Event& a, const Event& b) const
        {
            return b < a;
        }
    };

    EventQueue m_calendar;
    std::uint64_t m_pushes{0};
    std::priority_queue<Event, std::vector<Event>, IsLater> m_heap;
    Instant m_now{};
};

/// How far ahead of now an event is put.
struct Load
{
    const char* name;
    std::function<Duration(Random&)> delay;
};

Duration
Exponential(Random& random, Duration mean)
{
    return portlab::FromSeconds(portlab::InSeconds(mean) * random.Exponential());
}

const std::vector<Load>&
Loads()
{
    static const std::vector<Load> loads{
        {"smooth", [](Random& random) { return Exponential(random, 200ms); }},
        {"ties", [](Random& random) { return random.Below(5) * Duration(10ms); }},
        {"one moment", [](Random&) { return Duration(60s); }},
        {"all at once", [](Random&) { return Duration(0); }},
        {"single nanoseconds", [](Random& random) { return Duration(random.Below(20)); }},
        {"two scales",
         [](Random& random) {
             return random.Below(2) == 0 ? Duration(random.Below(1000)) : Exponential(random, 10s);
         }},
        {"far outliers",
         [](Random& random) {
             return random.Below(100) == 0 ? Exponential(random, 24h * 365)
                                           : Exponential(random, 1ms);
         }},
    };
    return loads;
}

Event
RandomEvent(Instant time, Random& random)
{
    return {time,
            random.Below(4),
            static_cast<portlab::Port>(random.Below(3)),
            static_cast<std::uint16_t>(random.Below(9))};
}

/// Puts and takes at random around a number of pending events that itself changes.
void
Play(const Load& load, std::uint64_t seed, std::uint32_t most, int steps)
{
    SCOPED_TRACE(std::string(load.name) + ", seed " + std::to_string(seed));
    Random random(StreamKey(seed, 1).With(load.name));
    TwoQueues queues;
    std::size_t wanted = 1;
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step)
    {
        if (random.Below(2000) == 0)
        {
            wanted = random.Below(most);
        }
        const bool pushes = queues.Size() < wanted || random.Below(10) == 0;
        const std::uint32_t burst = pushes && random.Below(500) == 0 ? 300 : 1;
        const Duration delay = load.delay(random);
        for (std::uint32_t i = 0; pushes && i < burst; ++i)
        {
            queues.Push(RandomEvent(queues.Now() + delay, random));
        }
        if (!pushes)
        {
            queues.Pop(random.Below(4) == 0 ? queues.Now() + delay : NEVER);
        }
    }
    queues.Empty();
}

} // namespace

TEST(EventQueue, WhenEmptyHasNothingUntilForever)
{
    EventQueue queue;
    Event event{};

    EXPECT_FALSE(queue.PopUntil(NEVER, event));
    EXPECT_EQ(queue.NextTime(), NEVER);
    EXPECT_EQ(queue.Size(), 0u);
}

TEST(EventQueue, GivesAnEventAtItsTimeAndNotANanosecondBefore)
{
    EventQueue queue;
    queue.Push(EventAt(At(5s)));
    Event event{};

    EXPECT_FALSE(queue.PopUntil(At(5s - 1ns), event));
    EXPECT_EQ(queue.NextTime(), At(5s));
    EXPECT_TRUE(queue.PopUntil(At(5s), event));
    EXPECT_EQ(event.time, At(5s));
    EXPECT_FALSE(queue.PopUntil(NEVER, event));
}

/// To look ahead opens a page of the calendar; what comes before it then must not be lost.
TEST(EventQueue, KeepsTheEarlierOfTwoEventsAtHandAndLosesNeither)
{
    EventQueue queue;
    queue.PushAtHand(EventAt(At(5s), 1));
    queue.PushAtHand(EventAt(At(7s), 2));
    queue.PushAtHand(EventAt(At(3s), 3));
    EXPECT_EQ(queue.Size(), 3u);
    EXPECT_EQ(queue.NextTime(), At(3s));

    Event event;
    EXPECT_FALSE(queue.PopUntil(At(3s - 1ns), event));
    for (const std::uint32_t subject : {3u, 1u, 2u})
    {
        ASSERT_TRUE(queue.PopUntil(NEVER, event));
        EXPECT_EQ(event.subject, subject);
    }
    EXPECT_FALSE(queue.PopUntil(NEVER, event));
    EXPECT_EQ(queue.NextTime(), NEVER);
}

TEST(EventQueue, TakesAnEarlierEventAfterALookAhead)
{
    EventQueue queue;
    queue.Push(EventAt(At(100s), 2));
    queue.Push(EventAt(At(200s), 3));
    ASSERT_EQ(queue.NextTime(), At(100s));
    queue.Push(EventAt(At(1s), 1));

    Event event{};
    for (const std::uint32_t subject : {1u, 2u, 3u})
    {
        ASSERT_TRUE(queue.PopUntil(NEVER, event));
        EXPECT_EQ(event.subject, subject);
    }
}

/// The order of one instant is that of kind, port and subject, whatever the order of pushes.
TEST(EventQueue, OrdersOneInstantByKindThenPortThenSubject)
{
    const std::vector<Event> inOrder{{At(1s), 9, 9, 0},
                                     {At(1s), 9, 1, 1},
                                     {At(1s), 1, 2, 1},
                                     {At(1s), 2, 2, 1},
                                     {At(1s), 0, 0, 2}};
    EventQueue queue;
    for (const std::size_t place : {3u, 0u, 4u, 2u, 1u})
    {
        queue.Push(inOrder[place]);
    }

    for (const Event& expected : inOrder)
    {
        Event event{};
        ASSERT_TRUE(queue.PopUntil(NEVER, event));
        EXPECT_TRUE(IsSame(event, expected)) << "subject " << event.subject;
    }
}

TEST(EventQueue, KeepsWhatLiesACenturyAhead)
{
    TwoQueues queues;
    constexpr Duration CENTURY = 100 * 365 * Duration(24h);
    queues.Push(EventAt(At(CENTURY)));
    queues.Push(EventAt(At(CENTURY + 1ns)));
    queues.Push(EventAt(At(0ns)));
    queues.Push(EventAt(At(2 * CENTURY)));

    queues.Empty();
}

TEST(EventQueue, AgreesWithAHeapUnderEveryLoad)
{
    for (const Load& load : Loads())
    {
        for (std::uint64_t seed = 1; seed <= 5; ++seed)
        {
            ASSERT_NO_FATAL_FAILURE(Play(load, seed, 3'000, 40'000));
        }
    }
}

/// From one event to 100,000 and back, twice: the second time the calendar has to grow again.
TEST(EventQueue, AgreesWithAHeapWhileItGrowsAndShrinks)
{
    for (const Load& load : Loads())
    {
        constexpr std::uint64_t SEED = 11;
        SCOPED_TRACE(std::string(load.name) + ", seed " + std::to_string(SEED));
        Random random(StreamKey(SEED, 1).With(load.name));
        TwoQueues queues;
        for (int round = 0; round < 2; ++round)
        {
            // A burst within one instant is no steady load: each push moves what is due now.
            const bool isSteady = load.delay(random) > 1us && load.delay(random) > 1us;
            const std::size_t peak = isSteady ? 100'000 : 5'000;
            while (queues.Size() < peak && !HasFailure())
            {
                queues.Push(RandomEvent(queues.Now() + load.delay(random), random));
                if (random.Below(4) == 0)
                {
                    queues.Pop(NEVER);
                }
            }
            queues.Empty();
        }
    }
}

/// What the calendar planned for may lie far behind all that comes then.
TEST(EventQueue, AgreesWithAHeapWhenMuchComesBeforeAllThatItKnew)
{
    for (const Load& load : Loads())
    {
        constexpr std::uint64_t SEED = 13;
        SCOPED_TRACE(std::string(load.name) + ", seed " + std::to_string(SEED));
        Random random(StreamKey(SEED, 1).With(load.name));
        TwoQueues queues;
        queues.Push(EventAt(At(24h * 365)));
        ASSERT_EQ(queues.NextTime(), At(24h * 365));
        for (int i = 0; i < 10'000 && !HasFailure(); ++i)
        {
            queues.Push(RandomEvent(queues.Now() + load.delay(random), random));
            if (random.Below(4) == 0)
            {
                queues.Pop(NEVER);
            }
        }
        queues.Empty();
    }
}

/// Emptied and filled again, a queue starts anew at whatever time it has reached.
TEST(EventQueue, AgreesWithAHeapWhenItIsOftenEmpty)
{
    constexpr std::uint64_t SEED = 12;
    Random random(StreamKey(SEED, 1).With("refill"));
    TwoQueues queues;
    for (int round = 0; round < 2000 && !HasFailure(); ++round)
    {
        const Load& load = Loads()[random.Below(static_cast<std::uint32_t>(Loads().size()))];
        for (std::uint32_t count = random.Below(30); count > 0; --count)
        {
            queues.Push(RandomEvent(queues.Now() + load.delay(random), random));
            queues.NextTime();
        }
        queues.Empty();
    }
    EXPECT_FALSE(HasFailure()) << "seed " << SEED;
}
