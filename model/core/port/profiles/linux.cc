// SPDX-License-Identifier: GPL-2.0-only

// How Linux chooses ports; for the ends of connections see linux-endings.cc.

#include "model/core/base/check.h"
#include "model/core/port/profiles/linux-endings.h"
#include "model/core/port/profiles/linux-facts.h"

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

/// From 6.8 on, a socket's own range is searched without regard to parity.
PolicySpec
WithPlainSocketRange(PolicySpec spec)
{
    spec.plainSocketRange = true;
    return spec;
}

PolicySpec
WithNoise(PolicySpec spec)
{
    spec.noise = 16;
    return spec;
}

/// Newest first.
const std::array<Era, 7>&
Eras()
{
    static const std::array<Era, 7> eras{{
        {LinuxRelease(7, 1),
         "linux-7.1",
         "Linux to come, with ip_local_port_step_width",
         Uncertain(WithPlainSocketRange(ConnectRule(Parity::TwoPasses, 65536, 8, 10s)),
                   "7da62262ec96 (net-next, March 2026), after 7.0 and in no release when this was "
                   "written: as before while ip_local_port_step_width is 0, its default")},
        {LinuxRelease(6, 8),
         "linux-6.18",
         "Linux 6.8 and later",
         Documented(WithPlainSocketRange(ConnectRule(Parity::TwoPasses, 65536, 8, 10s)),
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
         Documented(WithNoise(ConnectRule(Parity::TwoPasses, 256, 0, 0s)),
                    "190cc82489f4 (5.12): RFC 6056 algorithm 4 with 256 cells; after a success at "
                    "the first probe, 1 in 16 moves on by 2 more (c579bd1b4021, 5.12)")},
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

/// Of 24 GiB, the machine that was measured: a slot for each 2 MiB, made a power of 2.
constexpr std::uint32_t UDP_SLOTS = 16384;

PolicySpec
UdpRule(std::uint32_t slots)
{
    PolicySpec spec;
    spec.algorithm = Algorithm::LinuxUdp;
    spec.slots = slots;
    return spec;
}

Fact<PolicySpec>
Udp(std::uint32_t release)
{
    if (release < LinuxRelease(3, 0))
    {
        return Uncertain(UdpRule(UDP_SLOTS),
                         "random start as later; releases before about 2.6.24 counted upwards");
    }
    return MeasuredIn(release,
                      Documented(UdpRule(UDP_SLOTS),
                                 "udp_lib_get_port() and udp_table_init(), net/ipv4/udp.c; the "
                                 "table has 16384 slots with 24 GiB of memory (uhash_entries)"),
                      "10,050 choices fit a uniform start and a step of 1 where the range is no "
                      "larger than the table");
}

Fact<std::optional<PolicySpec>>
Bind(std::uint32_t release)
{
    using Rule = std::optional<PolicySpec>;
    PolicySpec spec;
    if (release < LinuxRelease(4, 6))
    {
        spec.algorithm = Algorithm::SimpleRandom;
        return Uncertain(
            Rule(spec),
            "inet_csk_get_port(), net/ipv4/inet_connection_sock.c, before ea8add2b1903 "
            "(4.6): a random start, then every port; not re-read in the source");
    }
    spec.algorithm = Algorithm::LinuxBind;
    return MeasuredIn(release,
                      Documented(Rule(spec),
                                 "inet_csk_find_open_port(), net/ipv4/inet_connection_sock.c "
                                 "(ea8add2b1903, 4.6)"),
                      "the other parity than connect() first, 50 of 50 and then the rest; halves "
                      "with SO_REUSEADDR");
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
    row.inUse = MeasuredIn(
        release,
        Documented(ErrorCode{"EADDRINUSE", 98},
                   "inet_csk_get_port(), net/ipv4/inet_connection_sock.c; the same for UDP"),
        "bind(0) on exhausted ranges, and on ports in use");
}

} // namespace

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
    row.bind = Bind(release);
    row.uniqueness = MeasuredIn(
        release,
        Documented(
            Uniqueness::Destination,
            "__inet_check_established(), net/ipv4/inet_hashtables.c, for ports that no bind() "
            "owns"),
        "five destinations share 100 ports, 500 connections");
    row.ipVersions = Documented(IpVersions::OneSpace,
                                "ipv6_rcv_saddr_equal(), net/ipv4/inet_connection_sock.c: sockets "
                                "of any address meet; only UDP and bind() notice");
    AddLinuxEndings(row, release);
    row.linuxSettings->autobindReuse =
        Documented(false, "ip_autobind_reuse, ip-sysctl.rst: 0 by default (4b01a9674231, 5.7)");
    SetErrors(row, release);
    return row;
}

std::vector<OsProfile>
LinuxProfiles()
{
    std::vector<OsProfile> rows;
    for (const auto& [major, minor] : std::array<std::array<std::uint32_t, 2>, 7>{
             {{7, 1}, {6, 18}, {5, 18}, {5, 12}, {4, 6}, {4, 2}, {2, 6}}})
    {
        const std::uint32_t release = LinuxRelease(major, minor);
        rows.push_back(LinuxProfile(release, release));
    }
    return rows;
}

} // namespace portlab
