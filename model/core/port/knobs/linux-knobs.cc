// SPDX-License-Identifier: GPL-2.0-only

// Limits are the kernel's: net/ipv4/sysctl_net_ipv4.c, torvalds/linux.

#include "model/core/base/check.h"
#include "model/core/port/knobs/common-knobs.h"
#include "model/core/port/knobs/knob-values.h"
#include "model/core/port/profiles/families.h"
#include "model/core/port/units.h"

#include <algorithm>
#include <array>
#include <limits>

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

constexpr std::uint32_t GREATEST_SYN_COUNT = 127; // MAX_TCP_SYNCNT

const LinuxSettings&
Settings(const OsProfile& row)
{
    Check(row.linuxSettings.has_value(), "a Linux row without Linux's settings");
    return *row.linuxSettings;
}

LinuxSettings&
Settings(OsProfile& row)
{
    Check(row.linuxSettings.has_value(), "a Linux row without Linux's settings");
    return *row.linuxSettings;
}

bool
IsSince(const OsProfile& row, std::uint32_t major, std::uint32_t minor)
{
    return Settings(row).release >= LinuxRelease(major, minor);
}

/// `knob` under the name that sysctl(8) has for it, and with its command.
KnobSpec
AsSysctl(KnobSpec knob, const std::string& name)
{
    knob.alias = "net.ipv4." + name;
    knob.command = [alias = knob.alias, read = knob.read](const OsProfile& row) {
        return "sysctl -w " + alias + "=" + read(row).value;
    };
    return knob;
}

/// As AsSysctl, where portlab prefers the system's name over the generic one.
KnobSpec
CalledBySysctl(KnobSpec knob, const std::string& name)
{
    knob.generic = knob.name == name ? "" : knob.name;
    knob.name = name;
    return AsSysctl(std::move(knob), name);
}

KnobSpec
Fixed(KnobSpec knob, const std::string& why)
{
    knob.note = [name = knob.name, why](const OsProfile&) {
        return "Linux cannot change " + name + ": " + why;
    };
    return knob;
}

/// "32768 60999", as sysctl prints it, in our own form.
std::string
WithoutBlanks(std::string_view text)
{
    const std::size_t first = text.find_first_of(" \t");
    const std::size_t last = text.find_last_of(" \t");
    if (first == std::string_view::npos || first == 0 || last + 1 == text.size() ||
        text.find('-') != std::string_view::npos)
    {
        return std::string(text);
    }
    return std::string(text.substr(0, first)).append("-").append(text.substr(last + 1));
}

KnobSpec
LinuxPorts()
{
    KnobSpec knob = AsSysctl(PortsKnob(), "ip_local_port_range");
    knob.write = [write = knob.write](OsProfile& row, std::string_view text, bool own) {
        write(row, WithoutBlanks(text), own);
    };
    knob.refusal = [](const OsProfile& row, bool) {
        return row.ports.value.First() >= 1024
                   ? ""
                   : "Linux refuses this (EINVAL): the range must not begin below "
                     "net.ipv4.ip_unprivileged_port_start, 1024. Expected 1024-65535 or a part of "
                     "it";
    };
    knob.command = [](const OsProfile& row) {
        return "sysctl -w net.ipv4.ip_local_port_range=\"" +
               std::to_string(row.ports.value.First()) + " " +
               std::to_string(row.ports.value.Last()) + "\"";
    };
    return knob;
}

KnobSpec
LinuxReserved()
{
    KnobSpec knob = AsSysctl(ReservedKnob(), "ip_local_reserved_ports");
    knob.command = [](const OsProfile& row) {
        return "sysctl -w net.ipv4.ip_local_reserved_ports=\"" +
               FormatPortList(row.reserved.value) + "\"";
    };
    return knob;
}

/// The grid that timer wheel, TIME_WAIT and HZ make, unless the user has set another.
void
FollowTimerWheel(OsProfile& row)
{
    const Duration grid = LinuxTimerGrid(row.timeWait.value, Settings(row).hz.value);
    if (IsSince(row, 4, 8) && row.timeWaitGrid.evidence != Evidence::Chosen &&
        row.timeWaitGrid.value != grid)
    {
        row.timeWaitGrid = {
            grid,
            Evidence::Documented,
            "follows from time_wait and hz: kernel/time/timer.c (500462a9de65, 4.8)",
            {},
            {}};
    }
}

KnobSpec
LinuxTimeWait()
{
    KnobSpec knob = Fixed(TimeWaitKnob(), "it is a constant of the kernel, TCP_TIMEWAIT_LEN, 60s");
    knob.write = [write = knob.write](OsProfile& row, std::string_view text, bool own) {
        write(row, text, own);
        FollowTimerWheel(row);
    };
    return knob;
}

KnobSpec
Hz()
{
    KnobSpec knob;
    knob.name = "hz";
    knob.alias = "CONFIG_HZ";
    knob.meaning = "Timer ticks a second, which the kernel was built with: 100, 250, 300 or 1000. "
                   "Decides time_wait_grid.";
    knob.exists = [](const OsProfile& row) { return IsSince(row, 4, 8); };
    knob.read = [](const OsProfile& row) {
        return ViewOf(Settings(row).hz, [](std::uint32_t hz) { return std::to_string(hz); });
    };
    knob.write = [](OsProfile& row, std::string_view text, bool) {
        const std::array<std::string_view, 4> choices{"100", "250", "300", "1000"};
        if (std::find(choices.begin(), choices.end(), text) == choices.end())
        {
            RefuseValue(text, "expected 100, 250, 300 or 1000, the choices of kernel/Kconfig.hz");
        }
        Settings(row).hz = SetByUser(ParseCount(text, 100, 1000));
        FollowTimerWheel(row);
    };
    return knob;
}

KnobSpec
TcpTwReuse()
{
    KnobSpec knob;
    knob.name = "tcp_tw_reuse";
    knob.meaning = "Whether connect() may take a port whose TIME_WAIT is old enough: 0 never, 1 "
                   "always, 2 (since 4.19) on loopback only, which between machines is never.";
    knob.read = [](const OsProfile& row) {
        return ViewOf(Settings(row).twReuse,
                      [](std::uint32_t value) { return std::to_string(value); });
    };
    knob.write = [](OsProfile& row, std::string_view text, bool) {
        const std::uint32_t value = ParseCount(text, 0, IsSince(row, 4, 19) ? 2 : 1);
        Settings(row).twReuse = SetByUser(value);
        row.reuse = SetByUser(value == 1 ? TimeWaitReuse::AfterDelay : TimeWaitReuse::Never);
    };
    knob.note = [](const OsProfile& row) {
        return Settings(row).twReuse.value != 2
                   ? ""
                   : "tcp_tw_reuse = 2 is for loopback only: between machines it acts as 0";
    };
    return AsSysctl(std::move(knob), "tcp_tw_reuse");
}

KnobSpec
TcpTwReuseDelay()
{
    KnobSpec knob = CalledBySysctl(ReuseDelayKnob(1ms), "tcp_tw_reuse_delay");
    knob.meaning = "The age of a TIME_WAIT from which on tcp_tw_reuse = 1 takes its port: "
                   "milliseconds (1000), or a duration (1s).";
    knob.exists = [](const OsProfile& row) { return IsSince(row, 6, 14); };
    knob.read = [](const OsProfile& row) {
        return ViewOf(row.reuseDelay, [](Duration delay) { return InUnits(delay, 1ms); });
    };
    knob.refusal = [](const OsProfile& row, bool) {
        const Duration delay = row.reuseDelay.value;
        return delay >= 1ms && delay <= 60s && delay % 1ms == Duration{0}
                   ? ""
                   : "Linux refuses this (EINVAL): expected 1 to 60000 whole milliseconds";
    };
    return AsSysctl(std::move(knob), "tcp_tw_reuse_delay");
}

KnobSpec
ReuseDelayBeforeMilliseconds()
{
    KnobSpec knob = Fixed(ReuseDelayKnob(), "before 6.14 it is a second by the clock");
    knob.exists = [](const OsProfile& row) { return !IsSince(row, 6, 14); };
    return knob;
}

KnobSpec
TcpMaxTwBuckets()
{
    return AsSysctl(
        FactKnob(
            "tcp_max_tw_buckets",
            "The most TIME_WAITs there can be; beyond it a port is free at once. off: no limit.",
            &OsProfile::maxTimeWait,
            FormatCountOrOff,
            [](const auto&, std::string_view text, bool) {
                const auto count = ParseCountOrOff(text);
                if (count > std::uint32_t{std::numeric_limits<std::int32_t>::max()})
                {
                    RefuseValue(text, "expected at most 2147483647, or off");
                }
                return count;
            }),
        "tcp_max_tw_buckets");
}

KnobSpec
TcpSynRetries()
{
    KnobSpec knob = CalledBySysctl(SynRetriesKnob(), "tcp_syn_retries");
    knob.refusal = [](const OsProfile& row, bool) {
        return row.syn.value.retries >= 1 ? "" : "Linux refuses this (EINVAL): expected 1 to 127";
    };
    return knob;
}

KnobSpec
TcpSynLinearTimeouts()
{
    KnobSpec knob = AsSysctl(FactKnob(
                                 "tcp_syn_linear_timeouts",
                                 "How many more SYNs follow as quickly as the first repetition, "
                                 "before the waits double.",
                                 &OsProfile::syn,
                                 [](const SynSchedule& syn) { return std::to_string(syn.linear); },
                                 [](SynSchedule syn, std::string_view text, bool) {
                                     syn.linear = ParseCount(text, 0, GREATEST_SYN_COUNT);
                                     return syn;
                                 }),
                             "tcp_syn_linear_timeouts");
    knob.exists = [](const OsProfile& row) { return IsSince(row, 6, 5); };
    return knob;
}

} // namespace

std::vector<KnobSpec>
LinuxKnobs()
{
    return {LinuxPorts(),
            LinuxReserved(),
            LinuxTimeWait(),
            Fixed(TimeWaitGridKnob(), "it follows from hz, which the kernel was built with"),
            Hz(),
            TcpTwReuse(),
            TcpTwReuseDelay(),
            ReuseDelayBeforeMilliseconds(),
            TcpMaxTwBuckets(),
            Fixed(UniquenessKnob(), "it is how connect() looks for a port"),
            Fixed(SynInTimeWaitKnob(), "it is how TIME_WAIT answers"),
            Fixed(SynTimeoutKnob(), "it is a constant of the kernel, TCP_TIMEOUT_INIT"),
            TcpSynRetries(),
            TcpSynLinearTimeouts()};
}

} // namespace portlab
