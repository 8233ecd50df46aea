// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NAT_STATE_H
#define PORTLAB_NAT_STATE_H

#include <array>
#include <cstddef>
#include <cstdint>

namespace portlab
{

/// Where a mapping stands. Those of TCP have the names of Linux's conntrack.
enum class NatState : std::uint8_t
{
    SynSent,     ///< A SYN, and no answer yet.
    SynRecv,     ///< The SYN was answered.
    Established, ///< The answer was acknowledged, or the flow was met midway.
    FinWait,     ///< One side has closed.
    CloseWait,   ///< Its FIN was acknowledged.
    LastAck,     ///< Both sides have closed.
    TimeWait,    ///< The second FIN was acknowledged.
    Close,       ///< One side has reset the connection.
    UdpNew,      ///< UDP that is not, or not yet, a stream.
    UdpStream,   ///< UDP that went on in both directions.
    Icmp,        ///< An echo request and its answers.
    Resting,     ///< The flow is forgotten, and its port not free yet.
};

constexpr std::size_t NAT_STATE_COUNT = 12;

/// The names used in results, in the order of the enumeration.
constexpr std::array<const char*, NAT_STATE_COUNT> NAT_STATE_NAMES{"syn_sent",
                                                                   "syn_recv",
                                                                   "established",
                                                                   "fin_wait",
                                                                   "close_wait",
                                                                   "last_ack",
                                                                   "time_wait",
                                                                   "close",
                                                                   "udp_new",
                                                                   "udp_stream",
                                                                   "icmp",
                                                                   "resting"};

/// What limits the time that a mapping stays without a packet. Each is one constant of a device.
enum class NatTimer : std::uint8_t
{
    SynSent,
    SynRecv,
    Established,
    FinWait,
    CloseWait,
    LastAck,
    TimeWait,
    Close,
    UdpNew,
    UdpStream,
    Icmp,
    Unacked,          ///< Established, with data that was not acknowledged, or sent too often.
    RestAfterFin,     ///< How long a port rests when the connection was closed ...
    RestAfterReset,   ///< ... reset ...
    RestAfterAttempt, ///< ... never opened ...
    RestAfterIdle,    ///< ... or only silent; UDP and ICMP as well.
};

constexpr std::size_t NAT_TIMER_COUNT = 16;

/// The timer of a state while nothing special is known.
constexpr NatTimer
TimerOf(NatState state)
{
    return state == NatState::Resting ? NatTimer::RestAfterIdle : static_cast<NatTimer>(state);
}

} // namespace portlab

#endif // PORTLAB_NAT_STATE_H
