// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/tcp-tracking.h"

#include "model/core/base/check.h"

namespace portlab
{

namespace
{

constexpr TcpStep FIRST_SYN{TcpEffect::Refresh, NatState::SynSent, NatTimer::SynSent, false, false};

/// What a segment is, for a NAT: a reset whatever else it is, and so on downward.
enum class Kind : std::uint8_t
{
    Reset,
    Syn,
    SynAck,
    Fin,
    Ack,
    Nothing,
};

Kind
KindOf(const TcpSegment& segment)
{
    return segment.reset ? Kind::Reset
           : segment.syn ? (segment.ack ? Kind::SynAck : Kind::Syn)
           : segment.fin ? Kind::Fin
           : segment.ack ? Kind::Ack
                         : Kind::Nothing;
}

/// An effect, and for Refresh the state that is entered.
struct Move
{
    TcpEffect effect;
    NatState state;
};

constexpr Move PASS{TcpEffect::Pass, NatState::SynSent};
constexpr Move REOPEN{TcpEffect::Reopen, NatState::SynSent};
constexpr Move END{TcpEffect::End, NatState::SynSent};
constexpr Move INVALID{TcpEffect::Invalid, NatState::SynSent};

Move
Enter(NatState state)
{
    return {TcpEffect::Refresh, state};
}

/// `isReply`: from the side that did not send the first segment. Of the opener, a SYN out of place
/// is passed: if the NAT is wrong, the other side's answer will show it.
Move
AfterSyn(const TcpProgress& progress, bool isReply)
{
    switch (progress.state)
    {
    case NatState::SynSent:
        // A repetition, or both sides open at once. It refreshes nothing while nobody has answered:
        // a client that never gives up would hold its port for ever.
        return progress.seenReply ? Enter(NatState::SynSent) : PASS;
    case NatState::TimeWait:
        return REOPEN; // By either side: server and client may have changed roles.
    case NatState::Close:
        return isReply ? INVALID : progress.canReopen ? REOPEN : PASS;
    default:
        return isReply ? INVALID : PASS;
    }
}

Move
AfterSynAck(const TcpProgress& progress, bool isReply)
{
    const NatState state = progress.state;
    if (!isReply)
    {
        // It answers the SYN of the other side.
        const bool areOpeningBoth =
            state == NatState::SynRecv || (state == NatState::SynSent && progress.seenReply);
        return areOpeningBoth ? Enter(NatState::SynRecv) : INVALID;
    }
    // In Close, it answers a SYN that was passed.
    const bool isAwaited =
        state == NatState::SynSent || (state == NatState::Close && !progress.canReopen);
    return isAwaited ? Enter(NatState::SynRecv) : PASS;
}

/// Whose FIN it is does not matter: one that is repeated counts as that of the other side.
Move
AfterFin(NatState state)
{
    switch (state)
    {
    case NatState::SynSent:
        return INVALID;
    case NatState::SynRecv:
    case NatState::Established:
        return Enter(NatState::FinWait);
    case NatState::FinWait:
    case NatState::CloseWait:
        return Enter(NatState::LastAck);
    default:
        return Enter(state);
    }
}

/// What exactly is acknowledged is not looked at.
Move
AfterAck(NatState state, bool isReply)
{
    switch (state)
    {
    case NatState::SynSent:
        return isReply ? PASS : INVALID; // The other side knows an older connection.
    case NatState::SynRecv:
        return Enter(isReply ? NatState::SynRecv : NatState::Established);
    case NatState::FinWait:
        return Enter(NatState::CloseWait);
    case NatState::LastAck:
        return Enter(NatState::TimeWait);
    default:
        return Enter(state);
    }
}

Move
After(const TcpProgress& progress, bool isReply, Kind kind)
{
    switch (kind)
    {
    case Kind::Reset:
        return progress.seenReply ? Enter(NatState::Close) : END;
    case Kind::Syn:
        return AfterSyn(progress, isReply);
    case Kind::SynAck:
        return AfterSynAck(progress, isReply);
    case Kind::Fin:
        return AfterFin(progress.state);
    case Kind::Ack:
        return AfterAck(progress.state, isReply);
    case Kind::Nothing:
        break;
    }
    return INVALID;
}

/// Only a living connection has a timer longer than that of data without acknowledgement; while it
/// is met from one side alone, it is not trusted with the long one either.
NatTimer
TimerAfter(NatState state, bool seenReply, bool leavesUnacked)
{
    return state == NatState::Established && (leavesUnacked || !seenReply) ? NatTimer::Unacked
                                                                           : TimerOf(state);
}

/// Whether a FIN has passed, or the opener has sent the reset.
bool
CanReopenAfter(const TcpProgress& progress, bool isReply, Kind kind)
{
    const NatState state = progress.state;
    const bool hasFin = state == NatState::FinWait || state == NatState::CloseWait ||
                        state == NatState::LastAck || state == NatState::TimeWait;
    return hasFin || (kind == Kind::Reset && !isReply) ||
           (state == NatState::Close && progress.canReopen);
}

} // namespace

TcpStep
Track(const TcpProgress& progress, Direction direction, const TcpSegment& segment)
{
    Check(progress.state <= NatState::Close, "a TCP segment met a mapping of another protocol");
    const bool isReply = (direction == Direction::Inbound) != progress.startedOutside;
    const Kind kind = KindOf(segment);
    const Move move = After(progress, isReply, kind);
    if (move.effect == TcpEffect::Reopen)
    {
        TcpStep step = FIRST_SYN;
        step.effect = TcpEffect::Reopen;
        return step;
    }
    const bool isInvalid = move.effect == TcpEffect::Invalid;
    const bool seenReply = progress.seenReply || (isReply && !isInvalid);
    if (move.effect != TcpEffect::Refresh)
    {
        return {move.effect,
                progress.state,
                TimerOf(progress.state),
                seenReply,
                progress.isAssured,
                progress.canReopen};
    }
    const bool isProven = progress.seenReply && move.state == NatState::Established;
    return {TcpEffect::Refresh,
            move.state,
            TimerAfter(move.state, progress.seenReply, segment.leavesUnacked),
            seenReply,
            progress.isAssured || isProven,
            CanReopenAfter(progress, isReply, kind)};
}

const TcpStep*
TrackFirst(const TcpSegment& segment)
{
    static constexpr TcpStep MIDWAY{TcpEffect::Refresh,
                                    NatState::Established,
                                    NatTimer::Unacked,
                                    false,
                                    false};
    switch (KindOf(segment))
    {
    case Kind::Syn:
        return &FIRST_SYN;
    case Kind::Ack:
        return &MIDWAY;
    default:
        return nullptr;
    }
}

} // namespace portlab
