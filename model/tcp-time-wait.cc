// SPDX-License-Identifier: GPL-2.0-only

#include "model/tcp-time-wait.h"

#include "ns3/tcp-option-ts.h"

#include <optional>

namespace portlab
{

namespace
{

using ns3::TcpHeader;

/// By how much the segment's timestamp is later than the last one; empty if either is missing.
std::optional<std::int32_t>
TimestampAdvance(const TcpTimeWait& wait, const TcpHeader& segment)
{
    if (!wait.hasTimestamps || !segment.HasOption(ns3::TcpOption::TS))
    {
        return std::nullopt;
    }
    const auto option =
        ns3::DynamicCast<const ns3::TcpOptionTS>(segment.GetOption(ns3::TcpOption::TS));
    return static_cast<std::int32_t>(option->GetTimestamp() - wait.timestamp);
}

TimeWaitAnswer
AnswerSyn(const TcpTimeWait& wait, const TcpHeader& segment, const TimeWaitRules& rules)
{
    if (rules.syn == SynInTimeWait::Ignore)
    {
        return TimeWaitAnswer::Nothing;
    }
    const auto advance = TimestampAdvance(wait, segment);
    const bool isOld = advance.value_or(0) < 0;
    const bool isNew = segment.GetSequenceNumber() > wait.receiveNext || advance.value_or(0) > 0;
    const bool mayOpen = wait.isAccepted && (!rules.isLinux || (isNew && !isOld));
    return mayOpen ? TimeWaitAnswer::Accept : TimeWaitAnswer::Acknowledge;
}

} // namespace

TimeWaitRules::TimeWaitRules(const OsProfile& profile)
    : syn(profile.synInTimeWait.value),
      isLinux(profile.linuxSettings.has_value()),
      rfc1337(isLinux && profile.linuxSettings->rfc1337.value)
{
}

TimeWaitAnswer
AnswerInTimeWait(const TcpTimeWait& wait,
                 const TcpHeader& segment,
                 std::uint32_t payloadBytes,
                 const TimeWaitRules& rules)
{
    const std::uint8_t flags = segment.GetFlags();
    if (flags & TcpHeader::RST)
    {
        const bool ends = segment.GetSequenceNumber() == wait.receiveNext && !rules.rfc1337;
        return ends ? TimeWaitAnswer::End : TimeWaitAnswer::Nothing;
    }
    if ((flags & TcpHeader::SYN) && !(flags & TcpHeader::ACK))
    {
        return AnswerSyn(wait, segment, rules);
    }
    const bool isPureAck = payloadBytes == 0 && !(flags & (TcpHeader::SYN | TcpHeader::FIN));
    return isPureAck ? TimeWaitAnswer::Nothing : TimeWaitAnswer::Acknowledge;
}

TcpHeader
LastAck(const TcpTimeWait& wait)
{
    TcpHeader header;
    header.SetFlags(TcpHeader::ACK);
    header.SetSourcePort(wait.tuple.localPort);
    header.SetDestinationPort(wait.tuple.remotePort);
    header.SetSequenceNumber(wait.sendNext);
    header.SetAckNumber(wait.receiveNext);
    header.SetWindowSize(wait.window);
    if (wait.hasTimestamps)
    {
        const auto option = ns3::CreateObject<ns3::TcpOptionTS>();
        option->SetTimestamp(ns3::TcpOptionTS::NowToTsValue());
        option->SetEcho(wait.timestamp);
        header.AppendOption(option);
    }
    return header;
}

} // namespace portlab
