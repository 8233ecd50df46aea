// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/tcp-tracking.h"

#include <array>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace
{

using portlab::Direction;
using portlab::NatState;
using portlab::NatTimer;
using portlab::TcpEffect;
using portlab::TcpProgress;
using portlab::TcpSegment;
using portlab::TcpStep;
using portlab::Track;
using portlab::TrackFirst;

constexpr Direction OUT = Direction::Outbound;
constexpr Direction IN = Direction::Inbound;

constexpr TcpSegment
Flags(bool syn, bool ack, bool fin, bool reset)
{
    TcpSegment segment;
    segment.syn = syn;
    segment.ack = ack;
    segment.fin = fin;
    segment.reset = reset;
    return segment;
}

constexpr TcpSegment SYN = Flags(true, false, false, false);
constexpr TcpSegment SYN_ACK = Flags(true, true, false, false);
constexpr TcpSegment ACK = Flags(false, true, false, false);
constexpr TcpSegment FIN = Flags(false, true, true, false);
constexpr TcpSegment RST = Flags(false, true, false, true);
constexpr TcpSegment NOTHING = Flags(false, false, false, false);

constexpr std::array<TcpSegment, 6> ALL_SEGMENTS{SYN, SYN_ACK, ACK, FIN, RST, NOTHING};

constexpr TcpSegment
Unacked(TcpSegment segment)
{
    segment.leavesUnacked = true;
    return segment;
}

constexpr TcpProgress SYN_SENT{NatState::SynSent, false, false, false};
constexpr TcpProgress SYN_RECV{NatState::SynRecv, true, false, false};

/// Behind the handshake.
constexpr TcpProgress
In(NatState state)
{
    return {state, true, true, false};
}

bool
operator==(const TcpStep& a, const TcpStep& b)
{
    return a.effect == b.effect && a.state == b.state && a.timer == b.timer &&
           a.seenReply == b.seenReply && a.isAssured == b.isAssured && a.canReopen == b.canReopen;
}

bool
IsRefresh(const TcpStep& step, NatState state)
{
    return step.effect == TcpEffect::Refresh && step.state == state &&
           step.timer == portlab::TimerOf(state);
}

/// Every progress that a connection can have made, and some that it cannot.
std::vector<TcpProgress>
AllProgress()
{
    std::vector<TcpProgress> all;
    for (int state = 0; state <= static_cast<int>(NatState::Close); ++state)
    {
        for (int bits = 0; bits < 16; ++bits)
        {
            all.push_back({static_cast<NatState>(state),
                           (bits & 1) != 0,
                           (bits & 2) != 0,
                           (bits & 4) != 0,
                           (bits & 8) != 0});
        }
    }
    return all;
}

template <typename Visit>
void
ForEachStep(Visit visit)
{
    for (const TcpProgress& progress : AllProgress())
    {
        for (const TcpSegment& segment : ALL_SEGMENTS)
        {
            for (const Direction direction : {OUT, IN})
            {
                SCOPED_TRACE("state " + std::to_string(static_cast<int>(progress.state)) +
                             " replied " + std::to_string(progress.seenReply) + " assured " +
                             std::to_string(progress.isAssured) + " outside " +
                             std::to_string(progress.startedOutside) + " reopens " +
                             std::to_string(progress.canReopen) +
                             (direction == OUT ? " out" : " in") + " syn " +
                             std::to_string(segment.syn) + " ack " + std::to_string(segment.ack) +
                             " fin " + std::to_string(segment.fin) + " rst " +
                             std::to_string(segment.reset));
                visit(progress, direction, segment);
            }
        }
    }
}

} // namespace

TEST(FirstSegment, MakesAMappingIfItIsASynOrAnAck)
{
    EXPECT_TRUE(IsRefresh(*TrackFirst(SYN), NatState::SynSent));
    EXPECT_EQ(TrackFirst(ACK)->state, NatState::Established);
    EXPECT_EQ(TrackFirst(ACK)->timer, NatTimer::Unacked);
    for (const TcpSegment& first : {SYN, ACK})
    {
        EXPECT_EQ(TrackFirst(first)->effect, TcpEffect::Refresh);
        EXPECT_FALSE(TrackFirst(first)->seenReply);
        EXPECT_FALSE(TrackFirst(first)->isAssured);
    }
}

TEST(FirstSegment, MakesNoneIfItEndsOrAnswersAConnection)
{
    for (const TcpSegment& stray : {SYN_ACK, FIN, RST, NOTHING})
    {
        EXPECT_FALSE(TrackFirst(stray));
    }
}

TEST(Syn, DoesNotRefreshTheMappingThatItMadeWhenItIsRepeated)
{
    EXPECT_EQ(Track(SYN_SENT, OUT, SYN).effect, TcpEffect::Pass);
    EXPECT_EQ(Track(SYN_SENT, OUT, SYN).state, NatState::SynSent);
    EXPECT_FALSE(Track(SYN_SENT, OUT, SYN).seenReply);
}

TEST(Syn, PassesALivingConnectionIfItComesFromTheOpener)
{
    for (const NatState state : {NatState::SynRecv,
                                 NatState::Established,
                                 NatState::FinWait,
                                 NatState::CloseWait,
                                 NatState::LastAck})
    {
        EXPECT_EQ(Track(In(state), OUT, SYN).effect, TcpEffect::Pass);
        EXPECT_EQ(Track(In(state), IN, SYN).effect, TcpEffect::Invalid);
    }
}

TEST(Syn, ReopensAConnectionInTimeWaitFromEitherSide)
{
    for (const Direction direction : {OUT, IN})
    {
        const TcpStep step = Track(In(NatState::TimeWait), direction, SYN);
        EXPECT_EQ(step.effect, TcpEffect::Reopen);
        EXPECT_EQ(step.state, NatState::SynSent);
        EXPECT_EQ(step.timer, NatTimer::SynSent);
        EXPECT_FALSE(step.seenReply);
        EXPECT_FALSE(step.isAssured);
    }
}

TEST(Syn, ReopensAResetConnectionIfTheOpenerHasResetIt)
{
    TcpProgress closed = In(NatState::Close);
    closed.canReopen = Track(In(NatState::Established), OUT, RST).canReopen;
    EXPECT_EQ(Track(closed, OUT, SYN).effect, TcpEffect::Reopen);
    EXPECT_EQ(Track(closed, IN, SYN).effect, TcpEffect::Invalid);
}

TEST(Syn, PassesAConnectionThatTheOtherSideHasResetUntilTheAnswerRevivesIt)
{
    TcpProgress closed = In(NatState::Close);
    closed.canReopen = Track(In(NatState::Established), IN, RST).canReopen;
    EXPECT_EQ(Track(closed, OUT, SYN).effect, TcpEffect::Pass);
    EXPECT_EQ(Track(closed, IN, SYN).effect, TcpEffect::Invalid);
    EXPECT_TRUE(IsRefresh(Track(closed, IN, SYN_ACK), NatState::SynRecv));
}

TEST(Syn, ReopensAConnectionThatWasResetBehindAFinByWhomever)
{
    for (const NatState state :
         {NatState::FinWait, NatState::CloseWait, NatState::LastAck, NatState::TimeWait})
    {
        EXPECT_TRUE(Track(In(state), IN, RST).canReopen);
        EXPECT_TRUE(Track(In(state), OUT, RST).canReopen);
    }
    TcpProgress closed = In(NatState::Close);
    EXPECT_TRUE(Track(closed, IN, RST).canReopen) << "a further segment does not undo it";
    closed.canReopen = false;
    EXPECT_FALSE(Track(closed, IN, RST).canReopen);
    EXPECT_FALSE(Track(closed, OUT, ACK).canReopen);
}

TEST(Handshake, IsAnsweredAndThenProven)
{
    const TcpStep answered = Track(SYN_SENT, IN, SYN_ACK);
    EXPECT_TRUE(IsRefresh(answered, NatState::SynRecv));
    EXPECT_TRUE(answered.seenReply);
    EXPECT_FALSE(answered.isAssured);

    const TcpStep proven = Track(SYN_RECV, OUT, ACK);
    EXPECT_TRUE(IsRefresh(proven, NatState::Established));
    EXPECT_TRUE(proven.isAssured);
}

TEST(Handshake, IsNotProvenByTheAnsweringSide)
{
    const TcpStep step = Track(SYN_RECV, IN, ACK);
    EXPECT_TRUE(IsRefresh(step, NatState::SynRecv));
    EXPECT_FALSE(step.isAssured);
    EXPECT_EQ(Track(SYN_RECV, IN, SYN_ACK).effect, TcpEffect::Pass);
    EXPECT_EQ(Track(SYN_RECV, OUT, SYN).effect, TcpEffect::Pass);
}

TEST(Handshake, CanBeginOnBothSidesAtOnce)
{
    const TcpStep met = Track(SYN_SENT, IN, SYN);
    EXPECT_EQ(met.effect, TcpEffect::Pass) << "the timer of the first SYN goes on";
    EXPECT_TRUE(met.seenReply);

    const TcpProgress both{NatState::SynSent, true, false, false};
    EXPECT_TRUE(IsRefresh(Track(both, IN, SYN), NatState::SynSent));
    EXPECT_TRUE(IsRefresh(Track(both, OUT, SYN), NatState::SynSent));
    EXPECT_TRUE(IsRefresh(Track(both, OUT, SYN_ACK), NatState::SynRecv));
    EXPECT_TRUE(IsRefresh(Track(both, IN, SYN_ACK), NatState::SynRecv));
    EXPECT_TRUE(IsRefresh(Track(SYN_RECV, OUT, SYN_ACK), NatState::SynRecv));
    EXPECT_EQ(Track(SYN_SENT, OUT, SYN_ACK).effect, TcpEffect::Invalid);
}

TEST(Handshake, LetsTheServerSpeakOfAnOlderConnection)
{
    const TcpStep challenged = Track(SYN_SENT, IN, ACK);
    EXPECT_EQ(challenged.effect, TcpEffect::Pass);
    EXPECT_TRUE(challenged.seenReply) << "so that the client's reset does not end the mapping";
    EXPECT_EQ(Track(SYN_SENT, OUT, ACK).effect, TcpEffect::Invalid);
    EXPECT_EQ(Track(SYN_SENT, OUT, FIN).effect, TcpEffect::Invalid);
    EXPECT_EQ(Track(SYN_SENT, IN, FIN).effect, TcpEffect::Invalid);
}

TEST(Reset, EndsAMappingAtOnceThatNobodyHasAnswered)
{
    const TcpProgress pickedUp{NatState::Established, false, false, false};
    for (const TcpProgress& progress : {SYN_SENT, pickedUp})
    {
        EXPECT_EQ(Track(progress, IN, RST).effect, TcpEffect::End);
        EXPECT_EQ(Track(progress, OUT, RST).effect, TcpEffect::End);
    }
}

TEST(Reset, ClosesEveryOtherFromEachState)
{
    for (int state = 0; state <= static_cast<int>(NatState::Close); ++state)
    {
        EXPECT_TRUE(IsRefresh(Track(In(static_cast<NatState>(state)), IN, RST), NatState::Close));
        EXPECT_TRUE(IsRefresh(Track(In(static_cast<NatState>(state)), OUT, RST), NatState::Close));
    }
    EXPECT_FALSE(Track(SYN_RECV, OUT, RST).isAssured);
    EXPECT_TRUE(Track(In(NatState::Established), OUT, RST).isAssured);
}

TEST(Reset, IsAResetWhateverElseItIs)
{
    EXPECT_TRUE(IsRefresh(Track(SYN_RECV, OUT, Flags(true, true, true, true)), NatState::Close));
    EXPECT_FALSE(TrackFirst(Flags(true, false, false, true)));
}

TEST(Closing, GoesOnWithEachFinAndEachAck)
{
    EXPECT_TRUE(IsRefresh(Track(In(NatState::Established), OUT, FIN), NatState::FinWait));
    EXPECT_TRUE(IsRefresh(Track(In(NatState::FinWait), IN, ACK), NatState::CloseWait));
    EXPECT_TRUE(IsRefresh(Track(In(NatState::CloseWait), IN, ACK), NatState::CloseWait));
    EXPECT_TRUE(IsRefresh(Track(In(NatState::CloseWait), IN, FIN), NatState::LastAck));
    EXPECT_TRUE(IsRefresh(Track(In(NatState::LastAck), IN, FIN), NatState::LastAck));
    EXPECT_TRUE(IsRefresh(Track(In(NatState::LastAck), OUT, ACK), NatState::TimeWait));
    EXPECT_TRUE(IsRefresh(Track(In(NatState::TimeWait), IN, ACK), NatState::TimeWait));
    EXPECT_TRUE(IsRefresh(Track(In(NatState::TimeWait), IN, FIN), NatState::TimeWait));
    EXPECT_TRUE(IsRefresh(Track(In(NatState::Close), IN, FIN), NatState::Close));
    EXPECT_TRUE(IsRefresh(Track(In(NatState::Close), OUT, ACK), NatState::Close));
}

TEST(Closing, MistakesARepeatedFinForThatOfTheOtherSide)
{
    EXPECT_TRUE(IsRefresh(Track(In(NatState::FinWait), OUT, FIN), NatState::LastAck));
    EXPECT_TRUE(IsRefresh(Track(In(NatState::FinWait), IN, FIN), NatState::LastAck));
}

TEST(Closing, MayBeginBeforeTheHandshakeIsProven)
{
    const TcpStep step = Track(SYN_RECV, IN, FIN);
    EXPECT_TRUE(IsRefresh(step, NatState::FinWait));
    EXPECT_FALSE(step.isAssured);
}

TEST(UnackedData, ShortensTheTimerOfALivingConnectionAlone)
{
    EXPECT_EQ(Track(In(NatState::Established), OUT, ACK).timer, NatTimer::Established);
    EXPECT_EQ(Track(In(NatState::Established), OUT, Unacked(ACK)).timer, NatTimer::Unacked);
    EXPECT_EQ(Track(SYN_RECV, OUT, Unacked(ACK)).timer, NatTimer::Unacked);
    EXPECT_EQ(Track(SYN_RECV, IN, Unacked(ACK)).timer, NatTimer::SynRecv);
    EXPECT_EQ(Track(In(NatState::FinWait), IN, Unacked(ACK)).timer, NatTimer::CloseWait);
    EXPECT_EQ(Track(In(NatState::Established), OUT, Unacked(FIN)).timer, NatTimer::FinWait);
}

TEST(ConnectionMetMidway, IsNotTrustedBeforeTheSecondSegmentBehindTheReply)
{
    const TcpProgress oneSided{NatState::Established, false, false, false};
    const TcpStep more = Track(oneSided, OUT, ACK);
    EXPECT_EQ(more.timer, NatTimer::Unacked);
    EXPECT_FALSE(more.seenReply);

    const TcpStep reply = Track(oneSided, IN, ACK);
    EXPECT_EQ(reply.timer, NatTimer::Unacked);
    EXPECT_TRUE(reply.seenReply);
    EXPECT_FALSE(reply.isAssured);

    const TcpStep next = Track({NatState::Established, true, false, false}, OUT, ACK);
    EXPECT_EQ(next.timer, NatTimer::Established);
    EXPECT_TRUE(next.isAssured);
}

TEST(Tracking, TakesSidesByWhoOpenedAndNotByWhoIsInside)
{
    ForEachStep([](TcpProgress progress, Direction direction, const TcpSegment& segment) {
        const TcpStep step = Track(progress, direction, segment);
        progress.startedOutside = !progress.startedOutside;
        ASSERT_TRUE(step == Track(progress, direction == OUT ? IN : OUT, segment));
    });
}

TEST(Tracking, NeverForgetsAReplyOrAnAssurance)
{
    ForEachStep([](const TcpProgress& progress, Direction direction, const TcpSegment& segment) {
        const TcpStep step = Track(progress, direction, segment);
        ASSERT_TRUE(step.effect == TcpEffect::Reopen || step.seenReply >= progress.seenReply);
        ASSERT_TRUE(step.effect == TcpEffect::Reopen || step.isAssured >= progress.isAssured);
    });
}

TEST(Tracking, ChangesNothingWhereItPassesOrRefuses)
{
    ForEachStep([](const TcpProgress& progress, Direction direction, const TcpSegment& segment) {
        const TcpStep step = Track(progress, direction, segment);
        if (step.effect == TcpEffect::Pass || step.effect == TcpEffect::Invalid)
        {
            ASSERT_EQ(step.state, progress.state);
            ASSERT_EQ(step.isAssured, progress.isAssured);
            ASSERT_EQ(step.canReopen, progress.canReopen);
        }
        ASSERT_TRUE(step.effect != TcpEffect::Invalid || step.seenReply == progress.seenReply);
    });
}

TEST(Tracking, RefusesWhatHasNoFlags)
{
    for (const TcpProgress& progress : AllProgress())
    {
        ASSERT_EQ(Track(progress, OUT, NOTHING).effect, TcpEffect::Invalid);
    }
}

TEST(Tracking, IsForTcpOnly)
{
    EXPECT_THROW(Track(In(NatState::UdpNew), OUT, ACK), std::logic_error);
    EXPECT_THROW(Track(In(NatState::Resting), OUT, ACK), std::logic_error);
}
