// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TCP_TIME_WAIT_H
#define PORTLAB_TCP_TIME_WAIT_H

#include "model/core/base/time.h"
#include "model/core/port/os-profile.h"
#include "model/tcp-tuple.h"

#include "ns3/net-device.h"
#include "ns3/ptr.h"
#include "ns3/sequence-number.h"
#include "ns3/tcp-header.h"

#include <cstdint>

namespace portlab
{

/// What is left of a connection in TIME_WAIT: all that answering late segments takes.
struct TcpTimeWait
{
    TcpTuple tuple{};
    Instant end{};
    ns3::Ptr<ns3::NetDevice> device{}; ///< Of a socket that was bound to one.
    ns3::SequenceNumber32 sendNext{0};
    ns3::SequenceNumber32 receiveNext{0};
    std::uint32_t timestamp{0}; ///< The peer's last one, in milliseconds.
    std::uint16_t window{0};
    bool hasTimestamps{false};
    bool isAccepted{false}; ///< Its socket came from a listener.
};

/// How a system treats segments that meet a TIME_WAIT.
struct TimeWaitRules
{
    SynInTimeWait syn{SynInTimeWait::Accept};
    bool isLinux{false};
    bool rfc1337{false}; ///< A reset does not end it.

    explicit TimeWaitRules(const OsProfile& profile);
};

/// What becomes of one segment.
enum class TimeWaitAnswer
{
    Nothing,
    Acknowledge, ///< Our last ACK again.
    Accept,      ///< TIME_WAIT is over, and the SYN goes to the listener.
    End,         ///< A reset: TIME_WAIT is over.
};

/// Linux: tcp_timewait_state_process() in net/ipv4/tcp_minisocks.c, without the limit of one answer
/// in 500 ms. A pure ACK gets no answer whatever its number, lest two hosts in TIME_WAIT talk for
/// ever. A client has no listener, so its challenge stands in for Linux's look-up of one.
TimeWaitAnswer AnswerInTimeWait(const TcpTimeWait& wait,
                                const ns3::TcpHeader& segment,
                                std::uint32_t payloadBytes,
                                const TimeWaitRules& rules);

/// The ACK with which it answers.
ns3::TcpHeader LastAck(const TcpTimeWait& wait);

} // namespace portlab

#endif // PORTLAB_TCP_TIME_WAIT_H
