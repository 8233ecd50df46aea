// SPDX-License-Identifier: GPL-2.0-only

// Linux. Commits are those of torvalds/linux. "Measured" means: on 6.18.44, HZ = 250, x86-64, in
// network namespaces.

#include "model/core/base/check.h"
#include "model/core/port/profiles/facts.h"
#include "model/core/port/profiles/families.h"

#include <algorithm>
#include <array>

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

/// The releases that share one rule for the source port of connect().
struct Era
{
    std::uint32_t since;
    const char* name;
    const char* title;
    Fact<PolicySpec> tcp;
};

PolicySpec
ConnectRule(Parity parity, std::uint32_t cells, std::uint32_t randomSteps, Duration rekeyEvery)
{
    PolicySpec spec;
    spec.algorithm = Algorithm::LinuxConnect;
    spec.parity = parity;
    spec.cells = cells;
    spec.randomSteps = randomSteps;
    spec.rekeyEvery = rekeyEvery;
    return spec;
}

/// Newest first.
const std::array<Era, 6>&
Eras()
{
    static const std::array<Era, 6> eras{{
        {LinuxRelease(6, 8),
         "linux-6.18",
         "Linux 6.8 and later",
         Documented(ConnectRule(Parity::TwoPasses, 65536, 8, 10s),
                    "__inet_hash_connect(), net/ipv4/inet_hashtables.c, and net/core/secure_seq.c; "
                    "as from 5.18 on, except with IP_LOCAL_PORT_RANGE (207184853dbd, 6.8)")},
        {LinuxRelease(5, 18),
         "linux-5.18",
         "Linux 5.18 to 6.7",
         Documented(ConnectRule(Parity::TwoPasses, 65536, 8, 10s),
                    "4c2c8f03a5ab (65536 cells), 9e9b70ae923b (64-bit hash), 4dfa9b438ee3 (new key "
                    "every 10 s), ca7af0402550 (random steps), all 5.18")},
        {LinuxRelease(5, 12),
         "linux-5.12",
         "Linux 5.12 to 5.17",
         Documented(ConnectRule(Parity::TwoPasses, 256, 0, 0s),
                    "190cc82489f4 (5.12): RFC 6056 algorithm 4 with 256 cells. Left out: after a "
                    "success at the first probe, 1 in 16 skips one port more (c579bd1b4021)")},
        {LinuxRelease(4, 6),
         "linux-4.6",
         "Linux 4.6 to 5.11",
         Documented(ConnectRule(Parity::TwoPasses, 1, 0, 0s),
                    "1580ab63fc9a (4.6): two passes; one counter for all destinations (RFC 6056 "
                    "algorithm 3)")},
        {LinuxRelease(4, 2),
         "linux-4.2",
         "Linux 4.2 to 4.5",
         Uncertain(
             ConnectRule(Parity::EvenStart, 1, 0, 0s),
             "07f4c90062f8 (4.2): starts on an even offset; that the counter stays even after "
             "a success was not read in the source")},
        {LinuxRelease(2, 6),
         "linux-2.6",
         "Linux 2.6 to 4.1",
         Documented(ConnectRule(Parity::Ignored, 1, 0, 0s),
                    "__inet_hash_connect(), net/ipv4/inet_hashtables.c, before 07f4c90062f8 (4.2): "
                    "RFC 6056 algorithm 3")},
    }};
    return eras;
}

/// `fact` as it is, or with a measurement behind it: we measured one release only.
template <typename T>
Fact<T>
MeasuredIn(std::uint32_t release, Fact<T> fact, const std::string& measurement)
{
    if (release == LinuxRelease(6, 18))
    {
        fact.evidence = Evidence::Measured;
        fact.source += "; measured: " + measurement;
    }
    return fact;
}

Fact<PortRange>
Ports(std::uint32_t release)
{
    if (release >= LinuxRelease(4, 2))
    {
        return MeasuredIn(release,
                          Documented(PortRange(32768, 60999),
                                     "ip_local_port_range, Documentation/networking/ip-sysctl.rst "
                                     "(07f4c90062f8, 4.2)"),
                          "28,232 connections to one destination, then EADDRNOTAVAIL");
    }
    return Uncertain(
        PortRange(32768, 61000),
        PortRange(32768, 60999),
        PortRange(32768, 61000),
        "default { 32768, 61000 } before 07f4c90062f8 (4.2); that 61000 itself is used "
        "was not read in the source, and small machines had smaller ranges");
}

Fact<PolicySpec>
Udp(std::uint32_t release)
{
    if (release < LinuxRelease(3, 0))
    {
        return Uncertain(PolicySpec{},
                         "random start as later; releases before about 2.6.24 counted upwards");
    }
    return MeasuredIn(release,
                      Documented(PolicySpec{},
                                 "udp_lib_get_port(), net/ipv4/udp.c; exact for ranges up to the "
                                 "size of the UDP hash table (16384 entries on 24 GiB), nearly so "
                                 "beyond it"),
                      "10,050 choices fit a uniform start and a step of 1");
}

Fact<Duration>
TimeWaitGrid(std::uint32_t release, Duration timeWait, std::uint32_t hz)
{
    if (release >= LinuxRelease(4, 8))
    {
        return MeasuredIn(release,
                          Documented(LinuxTimerGrid(timeWait, hz),
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

/// Older kernels count whole seconds, so that the age at which they reuse an entry depends on
/// where in a second it was made.
Fact<Duration>
ReuseDelay(std::uint32_t release)
{
    if (release >= LinuxRelease(6, 14))
    {
        return MeasuredIn(release,
                          Documented<Duration>(1s,
                                               "tcp_tw_reuse_delay, 1000 ms (ca6a6f93867a) on a "
                                               "clock of 1 ms (19ce8cd30465), both 6.14"),
                          "1.0005 s to 1.0010 s; 5.003 s with 5000; 0.1003 s to 0.1026 s with 100");
    }
    if (release >= LinuxRelease(4, 19))
    {
        return Uncertain<Duration>(500ms,
                                   0s,
                                   1s,
                                   "tcp_twsk_unique() compares whole seconds before 19ce8cd30465 "
                                   "(6.14): as soon as the second has changed");
    }
    return Uncertain<Duration>(1500ms,
                               1s,
                               2s,
                               "tcp_twsk_unique() compares whole seconds and wants a difference "
                               "above 1; not re-read in the source of these releases");
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

void
SetErrors(OsProfile& row, std::uint32_t release)
{
    const ErrorCode notAvailable{"EADDRNOTAVAIL", 99};
    row.noPort =
        MeasuredIn(release,
                   Documented(notAvailable, "__inet_hash_connect(), net/ipv4/inet_hashtables.c"),
                   "420 exhausted ranges");
    row.udpNoPort = MeasuredIn(
        release,
        Documented(ErrorCode{"EAGAIN", 11},
                   "inet_autobind(), net/ipv4/af_inet.c, for connect() and sendto(); bind() says "
                   "EADDRINUSE (98)"),
        "narrow ranges, all reserved or all in use");
    row.collision = row.noPort;
}

} // namespace

Duration
LinuxTimerGrid(Duration length, std::uint32_t hz)
{
    const Duration tick = Duration(1s) / hz;
    const std::int64_t ticks = (length + tick - Duration{1}) / tick;
    constexpr std::uint32_t deepest = 8;
    std::uint32_t level = 0;
    while (level < deepest && ticks >= std::int64_t{63} << (3 * level))
    {
        ++level;
    }
    return Duration(1s) * (std::int64_t{1} << (3 * level)) / hz;
}

OsProfile
LinuxProfile(std::uint32_t release, std::uint32_t searchOf)
{
    const auto era = std::find_if(Eras().begin(), Eras().end(), [&](const Era& e) {
        return e.since <= searchOf;
    });
    Check(era != Eras().end(), "a Linux release without an era");
    OsProfile row{};
    row.name = era->name;
    row.family = "linux";
    row.title = era->title;
    row.ports = Ports(release);
    row.reserved =
        Documented(PortList{}, "ip_local_reserved_ports, ip-sysctl.rst: none by default");
    row.tcp = MeasuredIn(release, era->tcp, "14,686 choices, none of them impossible by this rule");
    row.udp = Udp(release);
    row.uniqueness = MeasuredIn(
        release,
        Documented(
            Uniqueness::Destination,
            "__inet_check_established(), net/ipv4/inet_hashtables.c, for ports that no bind() "
            "owns"),
        "five destinations share 100 ports, 500 connections");
    row.timeWait = TimeWait(release);
    const std::uint32_t hz = 250;
    row.timeWaitGrid = TimeWaitGrid(release, row.timeWait.value, hz);
    const auto twReuse = TwReuse(release);
    row.reuse = {TimeWaitReuse::Never,
                 twReuse.evidence,
                 "tcp_tw_reuse is " + std::to_string(twReuse.value) + ": " + twReuse.source,
                 {},
                 {}};
    row.reuseDelay = ReuseDelay(release);
    row.maxTimeWait = MaxTimeWait(release);
    row.synInTimeWait = MeasuredIn(
        release,
        Documented(SynInTimeWait::Accept,
                   "tcp_timewait_state_process(), net/ipv4/tcp_minisocks.c: at once, if the SYN's "
                   "timestamp or sequence number is newer; else after one round trip more"),
        "0.3 ms to 10 ms");
    row.syn = Syn(release);
    SetErrors(row, release);
    row.linuxSettings =
        LinuxSettings{release,
                      twReuse,
                      Documented(hz,
                                 "CONFIG_HZ, kernel/Kconfig.hz: 250 is its default, "
                                 "distributions also choose 100, 300 and 1000")};
    return row;
}

std::vector<OsProfile>
LinuxProfiles()
{
    std::vector<OsProfile> rows;
    for (const auto& [major, minor] : std::array<std::array<std::uint32_t, 2>, 6>{
             {{6, 18}, {5, 18}, {5, 12}, {4, 6}, {4, 2}, {2, 6}}})
    {
        const std::uint32_t release = LinuxRelease(major, minor);
        rows.push_back(LinuxProfile(release, release));
    }
    return rows;
}

} // namespace portlab
