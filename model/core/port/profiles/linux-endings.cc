// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/profiles/linux-endings.h"

#include "model/core/port/profiles/linux-facts.h"
#include "model/core/port/timer-wheel.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

constexpr std::uint32_t DEFAULT_HZ = 250;

Fact<Duration>
TimeWaitGrid(std::uint32_t release, Duration timeWait)
{
    if (release >= LinuxRelease(4, 8))
    {
        return MeasuredIn(release,
                          Documented(TimerWheel{DEFAULT_HZ}.Slot(timeWait),
                                     "the timer wheel's slots for 60 s at HZ = 250: "
                                     "kernel/time/timer.c (500462a9de65, 4.8)"),
                          "60.14 s to 61.50 s, and all of one slot leave together");
    }
    if (release >= LinuxRelease(4, 1))
    {
        return Documented(Duration{0s},
                          "one exact timer for each entry: since 789f558cfb36 (4.1), and before "
                          "500462a9de65 (4.8) made the timer wheel coarse");
    }
    return Uncertain<Duration>(0s,
                               0s,
                               7500ms,
                               "eight slots of 7.5 s (TCP_TWKILL_PERIOD, include/net/tcp.h) before "
                               "789f558cfb36 (4.1); when a slot ends was not read in the source");
}

Fact<Duration>
TimeWait(std::uint32_t release)
{
    if (release >= LinuxRelease(4, 1))
    {
        return MeasuredIn(release,
                          Documented<Duration>(60s, "TCP_TIMEWAIT_LEN, include/net/tcp.h"),
                          "60 s, rounded up to time_wait_grid");
    }
    return Uncertain<Duration>(60s,
                               52500ms,
                               67500ms,
                               "TCP_TIMEWAIT_LEN, include/net/tcp.h, give or take a slot of 7.5 s "
                               "(TCP_TWKILL_PERIOD, before 789f558cfb36, 4.1)");
}

Fact<std::uint32_t>
TwReuse(std::uint32_t release)
{
    if (release >= LinuxRelease(4, 19))
    {
        return MeasuredIn(release,
                          Documented(2u, "tcp_sk_init(), net/ipv4/tcp_ipv4.c (79e9fed46038, 4.19)"),
                          "1: a port is back after 1.0005 s to 1.0010 s; 2: only to 127.0.0.0/8");
    }
    return Documented(0u, "sysctl_tcp_tw_reuse before 79e9fed46038 (4.19)");
}

Fact<Duration>
ReuseDelay(std::uint32_t release)
{
    if (release >= LinuxRelease(6, 14))
    {
        return MeasuredIn(release,
                          Documented<Duration>(1s,
                                               "tcp_tw_reuse_delay, 1000 ms (ca6a6f93867a, "
                                               "6.14)"),
                          "1.0005 s to 1.0010 s; 5.003 s with 5000; 0.1003 s to 0.1026 s with 100");
    }
    if (release >= LinuxRelease(4, 19))
    {
        return Documented<Duration>(0s,
                                    "tcp_twsk_unique(), net/ipv4/tcp_ipv4.c, before 19ce8cd30465 "
                                    "(6.14): as soon as the second has changed");
    }
    return Uncertain<Duration>(1s,
                               0s,
                               1s,
                               "tcp_twsk_unique() compares whole seconds and wants a difference "
                               "above 1; not re-read in the source of these releases");
}

Fact<Duration>
ReuseClock(std::uint32_t release)
{
    if (release >= LinuxRelease(6, 14))
    {
        return MeasuredIn(
            release,
            Documented<Duration>(1ms, "tcp_twsk_unique() counts milliseconds (19ce8cd30465, 6.14)"),
            "with 1000, a port is back after 1.0005 s to 1.0010 s");
    }
    return Documented<Duration>(1s,
                                "tcp_twsk_unique() compares whole seconds before 19ce8cd30465 "
                                "(6.14)");
}

Fact<std::optional<std::uint32_t>>
MaxTimeWait(std::uint32_t release)
{
    using Cap = std::optional<std::uint32_t>;
    if (release >= LinuxRelease(3, 0))
    {
        return Uncertain(
            Cap(131072),
            Cap(4096),
            Cap(262144),
            "half of the entries of the table of connections, which grows with memory "
            "(tcp_sk_init(), net/ipv4/tcp_ipv4.c): 131072 with 24 GiB; 4096 with 1 GiB "
            "to 262144 with 64 GiB and more");
    }
    return Uncertain(Cap(180000),
                     Cap(4096),
                     Cap(262144),
                     "tcp_init(), net/ipv4/tcp.c: 180000 on machines with enough memory; not "
                     "re-read in the source of these releases");
}

SynSchedule
SynRule(Duration firstTimeout, std::uint32_t linear, std::uint32_t retries)
{
    SynSchedule syn;
    syn.firstTimeout = firstTimeout;
    syn.linear = linear;
    syn.retries = retries;
    syn.boundedByElapsed = true;
    syn.longest = 120s; // TCP_RTO_MAX, include/net/tcp.h
    return syn;
}

Fact<SynSchedule>
Syn(std::uint32_t release)
{
    if (release >= LinuxRelease(6, 5))
    {
        return MeasuredIn(release,
                          Documented(SynRule(1s, 4, 6),
                                     "tcp_write_timeout(), net/ipv4/tcp_timer.c; "
                                     "tcp_syn_linear_timeouts, ip-sysctl.rst (6.5)"),
                          "a blocked connect() gives up after 133.5 s to 134.1 s; the rule fits "
                          "eight settings of the two sysctls");
    }
    if (release >= LinuxRelease(3, 7))
    {
        return Documented(SynRule(1s, 0, 6), "TCP_SYN_RETRIES, include/net/tcp.h (6 since 3.7)");
    }
    if (release >= LinuxRelease(3, 1))
    {
        return Documented(SynRule(1s, 0, 5),
                          "TCP_TIMEOUT_INIT, include/net/tcp.h (9ad7c049f0f7, 3.1)");
    }
    return Documented(
        SynRule(3s, 0, 5),
        "TCP_TIMEOUT_INIT and TCP_SYN_RETRIES, include/net/tcp.h, before 9ad7c049f0f7 "
        "(3.1)");
}

/// Source of both: tcp_fin_timeout and tcp_orphan_retries, ip-sysctl.rst, which reads 0 and says 8.
Fact<OrphanRule>
Orphans(std::uint32_t release)
{
    return MeasuredIn(release,
                      Documented(OrphanRule{60s, 8},
                                 "tcp_fin_timeout and tcp_orphan_retries, ip-sysctl.rst; "
                                 "tcp_fin_time(), include/net/tcp.h; tcp_orphan_retries(), "
                                 "net/ipv4/tcp_timer.c: 0 acts as 8"),
                      "FIN_WAIT2 holds a port for 61.8 s by default, 20.8 s with 20 and 20.3 s "
                      "with 70; a FIN that nobody answers is given up after 107.6 s");
}

Fact<std::optional<std::uint32_t>>
MaxOrphans()
{
    using Cap = std::optional<std::uint32_t>;
    return Uncertain(Cap(131072),
                     Cap(4096),
                     Cap(262144),
                     "half of the entries of the table of connections, which grows with memory "
                     "(tcp_init(), net/ipv4/tcp.c): 131072 with 24 GiB. That an orphan beyond it "
                     "is reset was not measured");
}

Fact<ProbeCost>
Probes(std::uint32_t release)
{
    const std::string caveat = "an estimate for one machine (x86-64, 6.18.44, two cores in use): "
                               "the slope of connect() and bind() over the candidates they look at";
    const ProbeCost low{40ns, 115ns};
    const ProbeCost high{50ns, 115ns};
    if (release == LinuxRelease(6, 18))
    {
        return {{45ns, 115ns}, Evidence::Measured, caveat, low, high};
    }
    return Uncertain(ProbeCost{45ns, 115ns},
                     low,
                     high,
                     caveat + "; other releases were not measured, and those before 86c2bc293b81 "
                              "(6.15) took a lock for each candidate, which costs more");
}

LinuxSettings
Settings(std::uint32_t release, const Fact<std::uint32_t>& twReuse)
{
    LinuxSettings settings;
    settings.release = release;
    settings.twReuse = twReuse;
    settings.hz = Documented(DEFAULT_HZ,
                             "CONFIG_HZ, kernel/Kconfig.hz: 250 is its default, "
                             "distributions also choose 100, 300 and 1000");
    settings.rfc1337 = MeasuredIn(
        release,
        Documented(false, "tcp_rfc1337, ip-sysctl.rst; tcp_timewait_state_process()"),
        "0: a SYN that cannot be told from an old one costs 10 ms; 1: connect() waits TIME_WAIT "
        "out, for 66.7 s");
    return settings;
}

} // namespace

TimeWaitReuse
LinuxTimeWaitReuse(std::uint32_t twReuse)
{
    return twReuse == 0   ? TimeWaitReuse::Never
           : twReuse == 1 ? TimeWaitReuse::AfterDelay
                          : TimeWaitReuse::AfterDelayOnLoopback;
}

void
AddLinuxEndings(OsProfile& row, std::uint32_t release)
{
    row.timeWait = TimeWait(release);
    row.timeWaitGrid = TimeWaitGrid(release, row.timeWait.value);
    const auto twReuse = TwReuse(release);
    row.reuse = {LinuxTimeWaitReuse(twReuse.value),
                 twReuse.evidence,
                 "tcp_tw_reuse is " + std::to_string(twReuse.value) + ": " + twReuse.source,
                 {},
                 {}};
    row.reuseDelay = ReuseDelay(release);
    row.reuseClock = ReuseClock(release);
    row.timestamps = MeasuredIn(release,
                                Documented(true, "tcp_timestamps, ip-sysctl.rst: on by default"),
                                "without them, tcp_tw_reuse = 1 gives no port back for 60.5 s");
    row.maxTimeWait = MaxTimeWait(release);
    row.synInTimeWait = MeasuredIn(
        release,
        Documented(SynInTimeWait::Accept,
                   "tcp_timewait_state_process(), net/ipv4/tcp_minisocks.c: at once, if the SYN's "
                   "timestamp or sequence number is newer; else after an ACK and a reset"),
        "0.3 ms to 14 ms");
    row.syn = Syn(release);
    row.orphans = Orphans(release);
    row.maxOrphans = MaxOrphans();
    row.probeCost = Probes(release);
    row.linuxSettings = Settings(release, twReuse);
}

} // namespace portlab
