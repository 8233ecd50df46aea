// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/knobs/nat-knob-spec.h"
#include "model/core/port/knobs/knob-values.h"
#include "model/core/port/units.h"

namespace portlab
{

namespace
{

NatKnobSpec
TcpTimer(const std::string& name, const std::string& meaning, Fact<Duration> NatTcpTimers::*timer)
{
    return NatKnob(
        name,
        meaning,
        [=](auto& row) -> auto& { return row.tcp.*timer; },
        FormatDuration,
        ParseDuration);
}

/// Where a device does not tell unacknowledged data apart, it goes on not to.
NatKnobSpec
Established()
{
    NatKnobSpec knob = TcpTimer("tcp_established",
                                "How long an open TCP connection is kept without a packet.",
                                &NatTcpTimers::established);
    knob.write = [write = knob.write](NatPreset& row, std::string_view text, bool own) {
        const bool isOne = row.tcp.unacked.value == row.tcp.established.value;
        write(row, text, own);
        if (isOne)
        {
            row.tcp.unacked = row.tcp.established;
        }
    };
    return knob;
}

NatKnobSpec
Rest(const std::string& name, const std::string& when, Fact<Duration> NatRests::*rest)
{
    return NatKnob(
        name,
        "How long a port is not used again towards its last destination " + when + ".",
        [=](auto& row) -> auto& { return row.rests.*rest; },
        FormatDurationOrOff,
        ParseDurationOrOff);
}

NatKnobSpec
TimeKnob(const std::string& name, const std::string& meaning, Fact<Duration> NatPreset::*time)
{
    return NatKnob(name, meaning, time, FormatDuration, ParseDuration);
}

NatKnobSpec
TimeOrOffKnob(const std::string& name, const std::string& meaning, Fact<Duration> NatPreset::*time)
{
    return NatKnob(name, meaning, time, FormatDurationOrOff, ParseDurationOrOff);
}

/// A fact of the machine: to give it is no what-if.
NatKnobSpec
RaceWindow()
{
    NatKnobSpec knob = TimeOrOffKnob(
        "race_window",
        "How long a new mapping may be overlooked by another processor, which then takes the same "
        "port and loses its packet. off: never.",
        &NatPreset::raceWindow);
    knob.note = [](const NatPreset&) { return ""; };
    return knob;
}

} // namespace

std::vector<NatKnobSpec>
NatTimerKnobs()
{
    return {
        TcpTimer("tcp_syn_sent", "How long a SYN waits for its answer.", &NatTcpTimers::synSent),
        TcpTimer("tcp_syn_recv",
                 "How long the answer to a SYN waits to be acknowledged.",
                 &NatTcpTimers::synRecv),
        Established(),
        TcpTimer("tcp_unacked",
                 "The same while data waits for its acknowledgement; follows tcp_established where "
                 "both are one.",
                 &NatTcpTimers::unacked),
        TcpTimer("tcp_fin_wait", "After the first FIN.", &NatTcpTimers::finWait),
        TcpTimer("tcp_close_wait", "After its acknowledgement.", &NatTcpTimers::closeWait),
        TcpTimer("tcp_last_ack", "After the second FIN.", &NatTcpTimers::lastAck),
        TcpTimer("tcp_time_wait", "After the last acknowledgement.", &NatTcpTimers::timeWait),
        TcpTimer("tcp_close", "After a reset.", &NatTcpTimers::close),
        TimeKnob("udp_new",
                 "How long a UDP mapping is kept without a packet until it is a stream.",
                 &NatPreset::udpNew),
        TimeKnob("udp_stream", "The same once packets have gone both ways.", &NatPreset::udpStream),
        TimeOrOffKnob("udp_stream_after",
                      "Only a packet so long after the first makes a stream. off: any.",
                      &NatPreset::udpStreamAfter),
        TimeKnob("icmp",
                 "How long the mapping of an ICMP echo is kept without a packet.",
                 &NatPreset::icmpIdle),
        Rest("rest_after_fin", "after a connection was closed", &NatRests::afterFin),
        Rest("rest_after_reset", "after a reset", &NatRests::afterReset),
        Rest("rest_after_attempt", "after a connection that never opened", &NatRests::afterAttempt),
        Rest("rest_after_idle", "after a timeout; also of UDP and ICMP", &NatRests::afterIdle),
        TimeOrOffKnob("expiry_grid",
                      "Mappings end at the next multiple of this, or on the spot if off.",
                      &NatPreset::expiryGrid)};
}

std::vector<NatKnobSpec>
NatPacketKnobs()
{
    return {
        NatWordKnob("refresh",
                    "Which packets begin a timer anew: outbound, inbound or both.",
                    &NatPreset::refresh),
        NatSwitchKnob(
            "reopen",
            "A SYN on a closed mapping that is still kept gets a new mapping (on), or that "
            "one again (off).",
            &NatPreset::reopensAnew),
        NatSwitchKnob("evict_closing",
                      "A search may end mappings of closed connections and take their ports: on or "
                      "off.",
                      &NatPreset::evictsClosing),
        NatWordKnob("on_exhaustion",
                    "What a sender sees when there is no port: nothing (silent), an ICMP error "
                    "(icmp) or a reset.",
                    &NatPreset::onExhaustion),
        NatWordKnob("on_unknown_flow",
                    "What happens to packets of connections that the device does not know: drop, "
                    "reset, or a new mapping (pick-up).",
                    &NatPreset::onUnknownFlow),
        NatSwitchKnob("hairpin",
                      "Inside hosts reach each other by their external addresses: on or off.",
                      &NatPreset::hairpins),
        RaceWindow()};
}

} // namespace portlab
