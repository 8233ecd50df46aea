// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_EXPECTED_ROWS_H
#define PORTLAB_TEST_EXPECTED_ROWS_H

#include "model/core/port/os-profile.h"

#include <chrono>
#include <vector>

namespace portlab::test
{

/// The numbers of one row, written down a second time.
struct Expected
{
    const char* name;
    const char* family;
    PortRange ports;
    Algorithm tcp;
    Algorithm udp;
    Uniqueness uniqueness;
    Duration timeWait;
    Duration grid;
    TimeWaitReuse reuse;
    SynInTimeWait synInTimeWait;
    const char* errors{nullptr}; ///< No port, no port for UDP, collision: name and number each.
};

constexpr auto LINUX_RULE = Algorithm::LinuxConnect;
constexpr auto LINUX_UDP = Algorithm::LinuxUdp;
constexpr auto RISING = Algorithm::RisingCursor;
constexpr auto NO_REUSE = TimeWaitReuse::Never;
constexpr auto LOOPBACK = TimeWaitReuse::AfterDelayOnLoopback;
constexpr auto OTHERS = TimeWaitReuse::OtherPeersWhenExhausted;
constexpr auto BY_PEER = Uniqueness::Destination;
constexpr auto BY_PORT = Uniqueness::LocalPort;
constexpr auto ACCEPT = SynInTimeWait::Accept;
constexpr auto IGNORED = SynInTimeWait::Ignore;

inline Expected
Linux(const char* name, Port last, Duration grid, TimeWaitReuse reuse)
{
    Expected row{name,
                 "linux",
                 {32768, last},
                 LINUX_RULE,
                 LINUX_UDP,
                 BY_PEER,
                 std::chrono::seconds(60),
                 grid,
                 reuse,
                 ACCEPT};
    row.errors = "EADDRNOTAVAIL 99, EAGAIN 11, EADDRNOTAVAIL 99, EADDRINUSE 98";
    return row;
}

inline Expected
Windows(const char* name, const char* family, PortRange ports, Duration wait, TimeWaitReuse reuse)
{
    Expected row{name,
                 family,
                 ports,
                 RISING,
                 RISING,
                 BY_PORT,
                 wait,
                 std::chrono::seconds(0),
                 reuse,
                 ACCEPT};
    row.errors = "WSAENOBUFS 10055, WSAENOBUFS 10055, WSAEADDRINUSE 10048, WSAEADDRINUSE 10048";
    return row;
}

inline Expected
AutoReuse(const char* name)
{
    Expected row = Windows(name, "windows", {5000, 24474}, std::chrono::seconds(120), NO_REUSE);
    row.tcp = Algorithm::SimpleRandom;
    row.uniqueness = BY_PEER;
    return row;
}

constexpr const char* BSD_ERRORS =
    "EADDRNOTAVAIL 49, EADDRNOTAVAIL 49, EADDRINUSE 48, EADDRINUSE 48";

inline Expected
Macos(const char* name)
{
    Expected row{name,
                 "macos",
                 {49152, 65535},
                 RISING,
                 Algorithm::SimpleRandom,
                 BY_PORT,
                 std::chrono::seconds(30),
                 std::chrono::seconds(0),
                 NO_REUSE,
                 ACCEPT};
    row.errors = BSD_ERRORS;
    return row;
}

inline Expected
Freebsd(const char* name, Algorithm rule, Uniqueness uniqueness)
{
    Expected row{name,
                 "freebsd",
                 {10000, 65535},
                 rule,
                 rule,
                 uniqueness,
                 std::chrono::seconds(60),
                 std::chrono::seconds(0),
                 NO_REUSE,
                 ACCEPT};
    row.errors = BSD_ERRORS;
    return row;
}

inline Expected
Openbsd(const char* name)
{
    Expected row = Freebsd(name, Algorithm::SimpleRandom, Uniqueness::LocalAddressAndPort);
    row.family = "openbsd";
    row.ports = PortRange(1024, 49151);
    return row;
}

inline Expected
Netbsd(const char* name)
{
    Expected row = Freebsd(name, Algorithm::FallingCursor, BY_PORT);
    row.family = "netbsd";
    row.ports = PortRange(49152, 65535);
    row.errors = "EAGAIN 35, EAGAIN 35, EADDRINUSE 48, EADDRINUSE 48";
    return row;
}

inline Expected
Illumos(const char* name)
{
    Expected row = Freebsd(name, Algorithm::SimpleRandom, Uniqueness::RemoteEnd);
    row.family = "illumos";
    row.ports = PortRange(32768, 65535);
    row.errors = "EADDRNOTAVAIL 126, EADDRNOTAVAIL 126, EADDRINUSE 125, EADDRINUSE 125";
    return row;
}

inline Expected
Gvisor(const char* name)
{
    Expected row = Freebsd(name, Algorithm::SimpleRandom, BY_PEER);
    row.family = "gvisor";
    row.ports = PortRange(16000, 65535);
    row.reuse = LOOPBACK;
    row.errors = "EADDRNOTAVAIL 99, EAGAIN 11, EADDRINUSE 98, EADDRINUSE 98";
    return row;
}

inline Expected
Lwip(const char* name)
{
    Expected row = Freebsd(name, RISING, BY_PORT);
    row.family = "lwip";
    row.ports = PortRange(49152, 65534);
    row.timeWait = std::chrono::seconds(120);
    row.synInTimeWait = IGNORED;
    row.errors = "ENOBUFS 105, EADDRINUSE 98, EADDRINUSE 98, EADDRINUSE 98";
    return row;
}

inline Expected
Ns3(const char* name)
{
    Expected row{name,
                 "ns-3",
                 {49152, 65535},
                 RISING,
                 RISING,
                 BY_PORT,
                 std::chrono::seconds(240),
                 std::chrono::seconds(0),
                 NO_REUSE,
                 IGNORED};
    row.errors =
        "ERROR_ADDRNOTAVAIL 12, ERROR_ADDRNOTAVAIL 12, ERROR_ADDRNOTAVAIL 12, ERROR_ADDRINUSE 13";
    return row;
}

inline Expected
Rfc(const char* name, Algorithm rule)
{
    Expected row{name,
                 "rfc6056",
                 {1024, 65535},
                 rule,
                 rule,
                 BY_PEER,
                 std::chrono::seconds(60),
                 std::chrono::seconds(0),
                 NO_REUSE,
                 ACCEPT};
    row.errors = "EADDRNOTAVAIL 99, EADDRNOTAVAIL 99, EADDRNOTAVAIL 99, EADDRINUSE 98";
    return row;
}

inline const std::vector<Expected>&
Table()
{
    static const std::vector<Expected> table{
        Linux("linux-7.1", 60999, std::chrono::milliseconds(2048), LOOPBACK),
        Linux("linux-6.18", 60999, std::chrono::milliseconds(2048), LOOPBACK),
        Linux("linux-5.18", 60999, std::chrono::milliseconds(2048), LOOPBACK),
        Linux("linux-5.12", 60999, std::chrono::milliseconds(2048), LOOPBACK),
        Linux("linux-4.6", 60999, std::chrono::seconds(0), NO_REUSE),
        Linux("linux-4.2", 60999, std::chrono::seconds(0), NO_REUSE),
        Linux("linux-2.6", 61000, std::chrono::seconds(0), NO_REUSE),
        Windows("windows-11", "windows", {49152, 65535}, std::chrono::seconds(120), OTHERS),
        Windows("windows-11-documented",
                "windows",
                {49152, 65535},
                std::chrono::seconds(240),
                OTHERS),
        AutoReuse("windows-auto-reuse"),
        Windows("windows-xp", "windows-xp", {1025, 5000}, std::chrono::seconds(120), NO_REUSE),
        Macos("macos-15"),
        Freebsd("freebsd-14", Algorithm::SimpleRandom, BY_PEER),
        Freebsd("freebsd-13", Algorithm::RateGated, BY_PEER),
        Freebsd("freebsd-11", Algorithm::RateGated, BY_PORT),
        Openbsd("openbsd-7"),
        Netbsd("netbsd-10"),
        Illumos("illumos"),
        Gvisor("gvisor"),
        Lwip("lwip"),
        Ns3("ns3-stock"),
        Rfc("rfc6056-1", Algorithm::SimpleRandom),
        Rfc("rfc6056-2", Algorithm::RandomRetry),
        Rfc("rfc6056-3", Algorithm::SimpleHash),
        Rfc("rfc6056-4", Algorithm::DoubleHash),
        Rfc("rfc6056-5", Algorithm::RandomIncrement)};
    return table;
}

} // namespace portlab::test

#endif // PORTLAB_TEST_EXPECTED_ROWS_H
