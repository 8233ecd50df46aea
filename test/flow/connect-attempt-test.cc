// SPDX-License-Identifier: GPL-2.0-only

// One connect(): which SYN is answered, and whose patience ends first.

#include "model/core/flow/connect-attempt.h"

#include <chrono>
#include <gtest/gtest.h>
#include <ostream>
#include <vector>

namespace portlab
{

bool
operator==(const ConnectOutcome& a, const ConnectOutcome& b)
{
    return a.delay == b.delay && a.established == b.established;
}

std::ostream&
operator<<(std::ostream& out, const ConnectOutcome& outcome)
{
    return out << (outcome.established ? "established" : "timed out") << " after "
               << outcome.delay.count() << " ns";
}

} // namespace portlab

namespace
{

using namespace std::chrono_literals;

using portlab::ConnectOutcome;
using portlab::Duration;
using portlab::RuleOf;
using portlab::SegmentTimes;
using portlab::SynAnswer;
using portlab::SynSchedule;
using portlab::SynSender;
using portlab::TryToConnect;

constexpr Duration RTT = 10ms;

/// SYNs after 0, 1, 3, 7, 15, 31 and 63 s; the end after 127 s.
const SynSchedule DOUBLING{};

SynSender
Sender(std::optional<Duration> patience = {})
{
    return {SegmentTimes(RuleOf(DOUBLING)), RTT, patience};
}

/// connect() to a server that answers from `wakes` on, counted from the call.
ConnectOutcome
ConnectTo(Duration wakes, std::optional<Duration> patience = {})
{
    return TryToConnect(Sender(patience), [wakes](Duration arrival) {
        return arrival >= wakes ? SynAnswer::SynAck : SynAnswer::Nothing;
    });
}

ConnectOutcome
Established(Duration delay)
{
    return {delay, true};
}

ConnectOutcome
TimedOut(Duration delay)
{
    return {delay, false};
}

} // namespace

TEST(Connect, TakesOneRoundTripWhenTheFirstSynIsAnswered)
{
    EXPECT_EQ(ConnectTo(0s), Established(RTT));
}

TEST(Connect, AsksTheServerHalfARoundTripAfterEachSyn)
{
    std::vector<Duration> arrivals;
    TryToConnect(Sender(), [&arrivals](Duration arrival) {
        arrivals.push_back(arrival);
        return SynAnswer::Nothing;
    });

    EXPECT_EQ(arrivals,
              (std::vector<Duration>{5ms, 1005ms, 3005ms, 7005ms, 15005ms, 31005ms, 63005ms}));
}

TEST(Connect, IsAnsweredOneRoundTripAfterTheSynThatArrivesAsTheServerWakes)
{
    EXPECT_EQ(ConnectTo(5ms), Established(RTT));
    EXPECT_EQ(ConnectTo(5ms + 1ns), Established(1s + RTT));
    EXPECT_EQ(ConnectTo(3005ms), Established(3s + RTT));
    EXPECT_EQ(ConnectTo(3005ms + 1ns), Established(7s + RTT));
    EXPECT_EQ(ConnectTo(63005ms), Established(63s + RTT));
}

TEST(Connect, IsGivenUpByTheSystemAtItsLastExpiry)
{
    EXPECT_EQ(ConnectTo(63005ms + 1ns), TimedOut(127s));
}

TEST(Connect, IsGivenUpByAnImpatientProgramAnywhereBetweenSyns)
{
    EXPECT_EQ(ConnectTo(1h, 500ms), TimedOut(500ms));
    EXPECT_EQ(ConnectTo(1h, 5s), TimedOut(5s));
    EXPECT_EQ(ConnectTo(1h, 126s), TimedOut(126s));
}

TEST(Connect, IsGivenUpByTheSystemIfTheProgramWouldWaitLonger)
{
    EXPECT_EQ(ConnectTo(1h, 127s), TimedOut(127s));
    EXPECT_EQ(ConnectTo(1h, 128s), TimedOut(127s));
}

TEST(Connect, SucceedsIfTheAnswerComesAtTheLastNanosecondOfThePrograms)
{
    EXPECT_EQ(ConnectTo(0s, RTT), Established(RTT));
    EXPECT_EQ(ConnectTo(0s, RTT - 1ns), TimedOut(RTT - 1ns));
    EXPECT_EQ(ConnectTo(2s, 3s + RTT), Established(3s + RTT));
    EXPECT_EQ(ConnectTo(2s, 3s + RTT - 1ns), TimedOut(3s + RTT - 1ns));
}

/// Its timer and the system's run out together: the program has given up, no SYN is sent.
TEST(Connect, SendsNoSynAtTheEndOfThePatience)
{
    int syns = 0;
    const ConnectOutcome outcome = TryToConnect(Sender(3s), [&syns](Duration) {
        ++syns;
        return SynAnswer::Nothing;
    });

    EXPECT_EQ(outcome, TimedOut(3s));
    EXPECT_EQ(syns, 2);
}
