// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/knobs/knob-values.h"
#include "model/core/port/knobs/own-knobs.h"
#include "model/core/port/profiles/families.h"
#include "model/core/port/units.h"

#include <utility>

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

const char* const PARAMETERS = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters";

std::string
RegAdd(const std::string& name, const std::string& value)
{
    return std::string("reg add ") + PARAMETERS + " /v " + name + " /t REG_DWORD /d " + value;
}

KnobSpec
Fixed(KnobSpec knob)
{
    return WhatIf(std::move(knob), "Windows");
}

/// Source of the limits: the port exhaustion page cited in profiles/windows.cc.
KnobSpec
DynamicPort()
{
    KnobSpec knob = PortsKnob();
    knob.alias = "dynamicport";
    knob.refusal = [](const OsProfile& row, bool) {
        return row.ports.value.First() >= 1025 && row.ports.value.Count() >= 255
                   ? ""
                   : "Windows refuses this: expected at least 255 ports of 1025-65535";
    };
    knob.command = [](const OsProfile& row) {
        return "netsh int ipv4 set dynamicport tcp start=" +
               std::to_string(row.ports.value.First()) +
               " num=" + std::to_string(row.ports.value.Count());
    };
    return knob;
}

KnobSpec
UdpDynamicPort()
{
    KnobSpec knob = UdpPortsKnob();
    knob.command = [](const OsProfile& row) {
        const PortRange ports = row.udpPorts.value.value_or(row.ports.value);
        return "netsh int ipv4 set dynamicport udp start=" + std::to_string(ports.First()) +
               " num=" + std::to_string(ports.Count());
    };
    return knob;
}

/// With such a range connect() chooses at random in it, and bind() keeps the cursor.
KnobSpec
AutoReuse()
{
    KnobSpec knob = FactKnob(
        "auto_reuse",
        "The range in which connect() shares ports between destinations; bind() keeps to the rest "
        "of ports. off: none.",
        &OsProfile::autoReuse,
        [](const std::optional<PortRange>& range) {
            return range ? FormatPortRange(*range) : "off";
        },
        [](const std::optional<PortRange>&, std::string_view text, bool) {
            return text == "off" ? std::nullopt : std::optional(ParsePortRange(text));
        });
    knob.write = [write = knob.write](OsProfile& row, std::string_view text, bool own) {
        write(row, text, own);
        const char* const like = row.autoReuse.value ? "windows-auto-reuse" : "windows-11";
        for (const OsProfile& example : WindowsProfiles())
        {
            if (example.name == like)
            {
                row.tcp = example.tcp;
                row.bind = example.bind;
                row.uniqueness = example.uniqueness;
                row.reuse = example.reuse;
            }
        }
    };
    knob.command = [](const OsProfile& row) {
        const auto& range = row.autoReuse.value;
        return "Set-NetTCPSetting -SettingName InternetCustom -AutoReusePortRangeStartPort " +
               (range ? std::to_string(range->First()) : "0") +
               " -AutoReusePortRangeNumberOfPorts " +
               (range ? std::to_string(range->Count()) : "0");
    };
    return knob;
}

/// A socket option, here of all programs of the host: KB 3149157 and cc150670 of the Windows
/// hardware documentation.
KnobSpec
PortScalability()
{
    KnobSpec knob = FactKnob(
        "SO_PORT_SCALABILITY",
        "Whether all programs set this socket option, so that each local address has all ports.",
        &OsProfile::uniqueness,
        [](Uniqueness rule) { return FormatSwitch(rule == Uniqueness::LocalAddressAndPort); },
        [](Uniqueness, std::string_view text, bool) {
            return ParseSwitch(text) ? Uniqueness::LocalAddressAndPort : Uniqueness::LocalPort;
        });
    knob.exists = [](const OsProfile& row) { return !row.autoReuse.value; };
    return knob;
}

KnobSpec
ExcludedPorts()
{
    KnobSpec knob = ReservedKnob();
    knob.command = [](const OsProfile& row) {
        std::string commands;
        for (const PortRange& range : row.reserved.value)
        {
            commands.append(commands.empty() ? "" : " & ")
                .append("netsh int ipv4 add excludedportrange protocol=tcp startport=")
                .append(std::to_string(range.First()))
                .append(" numberofports=")
                .append(std::to_string(range.Count()));
        }
        return commands.empty() ? "netsh int ipv4 add excludedportrange protocol=tcp "
                                  "startport=FIRST numberofports=COUNT"
                                : commands;
    };
    return knob;
}

KnobSpec
TimedWaitDelay()
{
    constexpr const char* limits = "expected 30 to 300 seconds (TcpTimedWaitDelay)";
    KnobSpec knob = TimeWaitKnob(1s);
    knob.alias = "TcpTimedWaitDelay";
    const auto isLegal = [](const OsProfile& row) {
        return row.timeWait.value >= 30s && row.timeWait.value <= 300s;
    };
    knob.refusal = [=](const OsProfile& row, bool own) {
        return own && !isLegal(row) ? std::string("Windows refuses this: ") + limits : "";
    };
    knob.note = [=](const OsProfile& row) {
        return isLegal(row) ? "" : std::string("Windows cannot set such a time_wait: ") + limits;
    };
    knob.command = [](const OsProfile& row) {
        return RegAdd("TcpTimedWaitDelay", InUnits(row.timeWait.value, 1s));
    };
    return knob;
}

/// Source of the limits: Set-NetTCPSetting, MicrosoftDocs/windows-powershell-docs.
KnobSpec
InitialRto()
{
    KnobSpec knob = SynTimeoutKnob(1ms);
    knob.alias = "InitialRto";
    knob.refusal = [](const OsProfile& row, bool own) {
        const Duration timeout = row.syn.value.firstTimeout;
        return !own || (timeout >= 300ms && timeout <= 3s && timeout % 10ms == Duration{0})
                   ? ""
                   : "Windows refuses this: expected 300 to 3000 milliseconds in steps of 10";
    };
    knob.command = [](const OsProfile& row) {
        return "netsh int tcp set global initialrto=" + InUnits(row.syn.value.firstTimeout, 1ms);
    };
    return knob;
}

/// The limit of 21 s holds with the default of 4 only; 2 took 7.0 s and 6 took 123.0 s, as no
/// single wait exceeds 60 s. 10 was refused, 8 was not.
/// Source: github.com/SciQLop/speasy/pull/344.
KnobSpec
MaxSynRetransmissions()
{
    KnobSpec knob = SynRetriesKnob();
    knob.alias = "MaxSynRetransmissions";
    knob.write = [write = knob.write](OsProfile& row, std::string_view text, bool own) {
        write(row, text, own);
        row.syn.value.giveUpAfter = row.syn.value.retries == 4 ? 21s : 0s;
    };
    knob.refusal = [](const OsProfile& row, bool own) {
        const std::uint32_t retries = row.syn.value.retries;
        return !own || (retries >= 2 && retries <= 8) ? ""
                                                      : "Windows refuses this: expected 2 to 8";
    };
    knob.command = [](const OsProfile& row) {
        return "netsh int tcp set global maxsynretransmissions=" +
               std::to_string(row.syn.value.retries);
    };
    return knob;
}

KnobSpec
Timestamps()
{
    KnobSpec knob = TimestampsKnob();
    knob.command = [](const OsProfile& row) {
        return std::string("netsh int tcp set global timestamps=") +
               (row.timestamps.value ? "enabled" : "disabled");
    };
    return knob;
}

/// The one end of the range that Windows XP lets an administrator move.
KnobSpec
MaxUserPort()
{
    constexpr std::uint32_t least = 5000;
    constexpr std::uint32_t greatest = 65534; // KB 196271
    KnobSpec knob = FactKnob(
        "MaxUserPort",
        "The last port of the range.",
        &OsProfile::ports,
        [](const PortRange& ports) { return std::to_string(ports.Last()); },
        [](const PortRange& ports, std::string_view text, bool) {
            const auto last = static_cast<Port>(ParseCount(text, least, greatest));
            return PortRange(std::min(ports.First(), last), last);
        });
    knob.command = [](const OsProfile& row) {
        return RegAdd("MaxUserPort", std::to_string(row.ports.value.Last()));
    };
    return knob;
}

KnobSpec
XpPorts()
{
    KnobSpec knob = PortsKnob();
    knob.note = [](const OsProfile& row) {
        const PortRange& ports = row.ports.value;
        return ports.First() == 1025 && ports.Last() >= 5000 && ports.Last() <= 65534
                   ? ""
                   : "Windows XP cannot set such ports: they begin at 1025 and end at 5000 to "
                     "65534 "
                     "(MaxUserPort)";
    };
    return knob;
}

KnobSpec
XpSynRetries()
{
    KnobSpec knob = SynRetriesKnob();
    knob.alias = "TcpMaxConnectRetransmissions";
    knob.command = [](const OsProfile& row) {
        return RegAdd("TcpMaxConnectRetransmissions", std::to_string(row.syn.value.retries));
    };
    return knob;
}

/// Bit 1 of Tcp1323Opts; bit 0 is window scaling.
KnobSpec
XpTimestamps()
{
    KnobSpec knob = TimestampsKnob();
    knob.command = [](const OsProfile& row) {
        return RegAdd("Tcp1323Opts", row.timestamps.value ? "3" : "1");
    };
    return knob;
}

KnobSpec
XpFinTimeout()
{
    KnobSpec knob = FinTimeoutKnob(1s);
    knob.alias = "TcpFinWait2Delay";
    knob.command = [](const OsProfile& row) {
        return RegAdd("TcpFinWait2Delay", InUnits(row.orphans.value.finTimeout, 1s));
    };
    return knob;
}

KnobSpec
XpOrphanRetries()
{
    KnobSpec knob = OrphanRetriesKnob();
    knob.alias = "TcpMaxDataRetransmissions";
    knob.command = [](const OsProfile& row) {
        return RegAdd("TcpMaxDataRetransmissions", std::to_string(row.orphans.value.retries));
    };
    return knob;
}

} // namespace

std::vector<KnobSpec>
WindowsKnobs()
{
    return {DynamicPort(),
            UdpDynamicPort(),
            AutoReuse(),
            PortScalability(),
            ExcludedPorts(),
            TimedWaitDelay(),
            Fixed(TimeWaitGridKnob()),
            Fixed(TimeWaitReuseKnob()),
            Fixed(ReuseDelayKnob()),
            Fixed(ReuseClockKnob()),
            Timestamps(),
            Fixed(UniquenessKnob()),
            Fixed(IpVersionsKnob()),
            Fixed(SynInTimeWaitKnob()),
            InitialRto(),
            MaxSynRetransmissions(),
            Fixed(FinTimeoutKnob()),
            Fixed(OrphanRetriesKnob()),
            Fixed(ProbeCostKnob()),
            Fixed(BindProbeCostKnob())};
}

std::vector<KnobSpec>
WindowsXpKnobs()
{
    return {XpPorts(),
            MaxUserPort(),
            ReservedKnob(),
            TimedWaitDelay(),
            Fixed(TimeWaitGridKnob()),
            Fixed(TimeWaitReuseKnob()),
            Fixed(ReuseDelayKnob()),
            Fixed(ReuseClockKnob()),
            XpTimestamps(),
            Fixed(UniquenessKnob()),
            Fixed(SynInTimeWaitKnob()),
            SynTimeoutKnob(),
            XpSynRetries(),
            XpFinTimeout(),
            XpOrphanRetries(),
            Fixed(ProbeCostKnob()),
            Fixed(BindProbeCostKnob())};
}

} // namespace portlab
