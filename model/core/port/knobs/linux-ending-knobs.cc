// SPDX-License-Identifier: GPL-2.0-only

// Limits are the kernel's: net/ipv4/sysctl_net_ipv4.c, torvalds/linux.

#include "model/core/port/knobs/common-knobs.h"
#include "model/core/port/knobs/knob-values.h"
#include "model/core/port/knobs/linux-knobs.h"
#include "model/core/port/profiles/linux-endings.h"
#include "model/core/port/timer-wheel.h"
#include "model/core/port/units.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

constexpr std::uint32_t GREATEST_SYN_COUNT = 127; // MAX_TCP_SYNCNT

/// The grid that timer wheel, TIME_WAIT and HZ make, unless the user has set another.
void
FollowTimerWheel(OsProfile& row)
{
    const Duration grid = TimerWheel{LinuxSettingsOf(row).hz.value}.Slot(row.timeWait.value);
    if (IsSinceLinux(row, 4, 8) && row.timeWaitGrid.evidence != Evidence::Chosen &&
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
    KnobSpec knob =
        FixedInLinux(TimeWaitKnob(), "it is a constant of the kernel, TCP_TIMEWAIT_LEN, 60s");
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
                   "Decides how late timers fire, and with it time_wait_grid.";
    knob.exists = [](const OsProfile& row) { return IsSinceLinux(row, 4, 8); };
    knob.read = [](const OsProfile& row) {
        return ViewOf(LinuxSettingsOf(row).hz, [](std::uint32_t hz) { return std::to_string(hz); });
    };
    knob.write = [](OsProfile& row, std::string_view text, bool) {
        const std::array<std::string_view, 4> choices{"100", "250", "300", "1000"};
        if (std::find(choices.begin(), choices.end(), text) == choices.end())
        {
            RefuseValue(text, "expected 100, 250, 300 or 1000, the choices of kernel/Kconfig.hz");
        }
        LinuxSettingsOf(row).hz = SetByUser(ParseCount(text, 100, 1000));
        FollowTimerWheel(row);
    };
    return knob;
}

KnobSpec
TcpTwReuse()
{
    KnobSpec knob;
    knob.name = "tcp_tw_reuse";
    knob.meaning =
        "Whether connect() may take a port whose TIME_WAIT is old enough: 0 never, 1 "
        "always, 2 (since 4.19) on loopback only, which between machines is never. Both ends "
        "have to use TCP timestamps.";
    knob.read = [](const OsProfile& row) {
        return ViewOf(LinuxSettingsOf(row).twReuse,
                      [](std::uint32_t value) { return std::to_string(value); });
    };
    knob.write = [](OsProfile& row, std::string_view text, bool) {
        const std::uint32_t value = ParseCount(text, 0, IsSinceLinux(row, 4, 19) ? 2 : 1);
        LinuxSettingsOf(row).twReuse = SetByUser(value);
        row.reuse = SetByUser(LinuxTimeWaitReuse(value));
    };
    knob.note = [](const OsProfile& row) {
        return LinuxSettingsOf(row).twReuse.value != 2
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
    knob.exists = [](const OsProfile& row) { return IsSinceLinux(row, 6, 14); };
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
    KnobSpec knob =
        FixedInLinux(ReuseDelayKnob(), "before 6.14 the kernel compares the seconds of its clock");
    knob.exists = [](const OsProfile& row) { return !IsSinceLinux(row, 6, 14); };
    return knob;
}

/// A count that may be switched off.
KnobSpec
CountKnob(const std::string& name,
          const std::string& meaning,
          Fact<std::optional<std::uint32_t>> OsProfile::*fact)
{
    return FactKnob(name,
                    meaning,
                    fact,
                    FormatCountOrOff,
                    [](const auto&, std::string_view text, bool) {
                        const auto count = ParseCountOrOff(text);
                        if (count > std::uint32_t{std::numeric_limits<std::int32_t>::max()})
                        {
                            RefuseValue(text, "expected at most 2147483647, or off");
                        }
                        return count;
                    });
}

KnobSpec
TcpMaxTwBuckets()
{
    return AsSysctl(CountKnob("tcp_max_tw_buckets",
                              "The most TIME_WAITs there can be; beyond it a port is free at once. "
                              "off: no limit.",
                              &OsProfile::maxTimeWait),
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
    knob.exists = [](const OsProfile& row) { return IsSinceLinux(row, 6, 5); };
    return knob;
}

KnobSpec
TcpTimestamps()
{
    KnobSpec knob = CalledBySysctl(TimestampsKnob(), "tcp_timestamps");
    knob.meaning = "TCP timestamps: 0 off, 1 on, 2 on without an offset for each peer. Without "
                   "them, no port in TIME_WAIT is taken early.";
    knob.read = [](const OsProfile& row) {
        return ViewOf(row.timestamps, [](bool on) { return on ? "1" : "0"; });
    };
    knob.write = [](OsProfile& row, std::string_view text, bool own) {
        const bool isWord = !own && (text == "on" || text == "off");
        row.timestamps = SetByUser(isWord ? text == "on" : ParseCount(text, 0, 2) != 0);
    };
    return AsSysctl(std::move(knob), "tcp_timestamps");
}

/// The kernel takes any number. A connection whose timer runs for years says nothing, and 0 would
/// mean a few round trips, which is not modelled.
KnobSpec
TcpFinTimeout()
{
    KnobSpec knob = CalledBySysctl(FinTimeoutKnob(1s), "tcp_fin_timeout");
    knob.meaning = "How long a closed connection whose peer does not close keeps its port "
                   "(FIN_WAIT2): seconds. Up to 60, T holds it for T; beyond, for 2 * (T - 60).";
    knob.read = [](const OsProfile& row) {
        return ViewOf(row.orphans,
                      [](const OrphanRule& rule) { return InUnits(rule.finTimeout, 1s); });
    };
    knob.refusal = [](const OsProfile& row, bool) {
        const Duration timeout = row.orphans.value.finTimeout;
        return timeout >= 1s && timeout <= 24h * 365 && timeout % 1s == Duration{0}
                   ? ""
                   : "expected 1 to 31536000 whole seconds";
    };
    return AsSysctl(std::move(knob), "tcp_fin_timeout");
}

KnobSpec
TcpOrphanRetries()
{
    constexpr std::uint32_t greatest = 255;
    constexpr std::uint32_t meantByZero = 8; // tcp_orphan_retries(), net/ipv4/tcp_timer.c
    KnobSpec knob = CalledBySysctl(OrphanRetriesKnob(), "tcp_orphan_retries");
    knob.meaning = "How often the FIN of a closed connection is repeated if nobody answers; 0 acts "
                   "as 8.";
    knob.write = [](OsProfile& row, std::string_view text, bool) {
        const std::uint32_t retries = ParseCount(text, 0, greatest);
        OrphanRule rule = row.orphans.value;
        rule.retries = retries == 0 ? meantByZero : retries;
        row.orphans = SetByUser(rule);
    };
    return knob;
}

KnobSpec
TcpMaxOrphans()
{
    return AsSysctl(
        CountKnob("tcp_max_orphans",
                  "The most orphans a machine keeps: closed connections whose peer has not "
                  "answered. Beyond it they are reset and their ports free. off: no limit.",
                  &OsProfile::maxOrphans),
        "tcp_max_orphans");
}

} // namespace

std::vector<KnobSpec>
LinuxEndingKnobs()
{
    const char* const whoseCost = "it is the machine's; what connect() of yours takes, measure";
    return {LinuxTimeWait(),
            FixedInLinux(TimeWaitGridKnob(), "it follows from hz, which the kernel was built with"),
            Hz(),
            TcpTwReuse(),
            TcpTwReuseDelay(),
            ReuseDelayBeforeMilliseconds(),
            FixedInLinux(ReuseClockKnob(), "it is how TIME_WAIT tells its age"),
            TcpTimestamps(),
            TcpMaxTwBuckets(),
            FixedInLinux(SynInTimeWaitKnob(), "it is how TIME_WAIT answers"),
            LinuxSwitch("tcp_rfc1337",
                        "1: a reset does not end a server's TIME_WAIT, so that a SYN which cannot "
                        "be told from an old one has to wait it out. 0: it does.",
                        &LinuxSettings::rfc1337),
            FixedInLinux(SynTimeoutKnob(), "it is a constant of the kernel, TCP_TIMEOUT_INIT"),
            TcpSynRetries(),
            TcpSynLinearTimeouts(),
            TcpFinTimeout(),
            TcpOrphanRetries(),
            TcpMaxOrphans(),
            FixedInLinux(ProbeCostKnob(), whoseCost),
            FixedInLinux(BindProbeCostKnob(), whoseCost)};
}

} // namespace portlab
