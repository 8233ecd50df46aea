// SPDX-License-Identifier: GPL-2.0-only

// The knobs of illumos, of gVisor and of lwIP.

#include "model/core/port/knobs/knob-values.h"
#include "model/core/port/knobs/own-knobs.h"
#include "model/core/port/units.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

std::string
Ipadm(const std::string& property, const std::string& value)
{
    return "ipadm set-prop -p " + property + "=" + value + " tcp";
}

std::string
Define(const std::string& name, const std::string& value)
{
    return "#define " + name + " " + value;
}

KnobSpec
IllumosPorts()
{
    KnobSpec knob = PortsKnob();
    knob.command = [](const OsProfile& row) {
        const PortRange& ports = row.ports.value;
        return Ipadm("smallest_anon_port", std::to_string(ports.First())) + "; " +
               Ipadm("largest_anon_port", std::to_string(ports.Last()));
    };
    return knob;
}

KnobSpec
InMilliseconds(KnobSpec knob, const std::string& property, Duration (*value)(const OsProfile&))
{
    return Called(std::move(knob), property, [=](const OsProfile& row) {
        return Ipadm(property, InUnits(value(row), 1ms));
    });
}

/// What none of these systems has a setting for.
void
AddWhatIfs(std::vector<KnobSpec>& knobs, const std::string& system)
{
    for (const KnobSpec& knob : {TimeWaitGridKnob(),
                                 TimeWaitReuseKnob(),
                                 ReuseDelayKnob(),
                                 ReuseClockKnob(),
                                 UniquenessKnob(),
                                 IpVersionsKnob(),
                                 SynInTimeWaitKnob(),
                                 OrphanRetriesKnob(),
                                 ProbeCostKnob(),
                                 BindProbeCostKnob()})
    {
        knobs.push_back(WhatIf(knob, system));
    }
}

KnobSpec
LwipPorts()
{
    KnobSpec knob = PortsKnob();
    knob.command = [](const OsProfile& row) {
        const PortRange& ports = row.ports.value;
        return Define("TCP_LOCAL_PORT_RANGE_START", std::to_string(ports.First())) + "; " +
               Define("TCP_LOCAL_PORT_RANGE_END", std::to_string(ports.Last() + 1));
    };
    return knob;
}

KnobSpec
LwipUdpPorts()
{
    KnobSpec knob = UdpPortsKnob();
    knob.command = [](const OsProfile& row) {
        const PortRange ports = row.udpPorts.value.value_or(row.ports.value);
        return Define("UDP_LOCAL_PORT_RANGE_START", std::to_string(ports.First())) + "; " +
               Define("UDP_LOCAL_PORT_RANGE_END", std::to_string(ports.Last()));
    };
    return knob;
}

} // namespace

std::vector<KnobSpec>
IllumosKnobs()
{
    std::vector<KnobSpec> knobs{
        IllumosPorts(),
        Called(ReservedKnob(),
               "extra_priv_ports",
               [](const OsProfile& row) {
                   return Ipadm("extra_priv_ports+", FormatPortList(row.reserved.value));
               }),
        InMilliseconds(TimeWaitKnob(1ms),
                       "_time_wait_interval",
                       [](const OsProfile& row) { return row.timeWait.value; }),
        WhatIf(SynTimeoutKnob(), "illumos"), // Derived from _rexmit_interval_initial.
        InMilliseconds(FinTimeoutKnob(1ms),
                       "_fin_wait_2_flush_interval",
                       [](const OsProfile& row) { return row.orphans.value.finTimeout; }),
        WhatIf(SynRetriesKnob(), "illumos"),
        TimestampsKnob()};
    AddWhatIfs(knobs, "illumos");
    return knobs;
}

std::vector<KnobSpec>
GvisorKnobs()
{
    std::vector<KnobSpec> knobs{Called(PortsKnob(),
                                       "net.ipv4.ip_local_port_range",
                                       [](const OsProfile& row) {
                                           return "sysctl -w net.ipv4.ip_local_port_range=\"" +
                                                  std::to_string(row.ports.value.First()) + " " +
                                                  std::to_string(row.ports.value.Last()) + "\"";
                                       }),
                                WhatIf(ReservedKnob(), "gVisor"),
                                WhatIf(TimeWaitKnob(), "gVisor"),
                                WhatIf(TimestampsKnob(), "gVisor"),
                                WhatIf(SynTimeoutKnob(), "gVisor"),
                                WhatIf(SynRetriesKnob(), "gVisor"),
                                WhatIf(FinTimeoutKnob(), "gVisor")};
    AddWhatIfs(knobs, "gVisor");
    return knobs;
}

std::vector<KnobSpec>
LwipKnobs()
{
    KnobSpec timeWait = PartOf(TimeWaitKnob(), "TCP_MSL", 2, 1ms);
    timeWait.command = [](const OsProfile& row) {
        return Define("TCP_MSL", InUnits(row.timeWait.value / 2, 1ms));
    };
    std::vector<KnobSpec> knobs{
        LwipPorts(),
        LwipUdpPorts(),
        WhatIf(ReservedKnob(), "lwIP"),
        timeWait,
        Called(MaxSocketsKnob(),
               "MEMP_NUM_TCP_PCB",
               [](const OsProfile& row) {
                   return Define("MEMP_NUM_TCP_PCB", FormatCountOrOff(row.maxSockets.value));
               }),
        Called(TimestampsKnob(),
               "LWIP_TCP_TIMESTAMPS",
               [](const OsProfile& row) {
                   return Define("LWIP_TCP_TIMESTAMPS", row.timestamps.value ? "1" : "0");
               }),
        Called(SynTimeoutKnob(1ms),
               "LWIP_TCP_RTO_TIME",
               [](const OsProfile& row) {
                   return Define("LWIP_TCP_RTO_TIME", InUnits(row.syn.value.firstTimeout, 1ms));
               }),
        WhatIf(SynRetriesKnob(), "lwIP"),
        Called(FinTimeoutKnob(1ms), "TCP_FIN_WAIT_TIMEOUT", [](const OsProfile& row) {
            return Define("TCP_FIN_WAIT_TIMEOUT", InUnits(row.orphans.value.finTimeout, 1ms));
        })};
    AddWhatIfs(knobs, "lwIP");
    return knobs;
}

} // namespace portlab
