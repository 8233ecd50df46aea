// SPDX-License-Identifier: GPL-2.0-only

// macOS, and iOS, iPadOS and tvOS, which have the same code. Read in apple-oss-distributions/xnu,
// tag xnu-11417.101.15 (macOS 15); older tags back to 10.6 differ in nothing that matters here.
// Left out: user-space sockets (Skywalk) and their reservations, and TIME_WAIT that never ends on
// machines that are up for 49.7 days (github.com/orbstack/orbstack/issues/2665), whose cause is
// unknown.

#include "model/core/port/profiles/bsd-facts.h"
#include "model/core/port/profiles/families.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

const char* const PCB = "bsd/netinet/in_pcb.c, xnu-11417.101.15";

/// From 0 at boot, which is outside the range.
PolicySpec
CountingUp()
{
    PolicySpec spec;
    spec.algorithm = Algorithm::RisingCursor;
    spec.firstPick = Port{0};
    return spec;
}

} // namespace

std::vector<OsProfile>
MacosProfiles()
{
    const std::string code = PCB;
    OsProfile row = AnyBsd(code);
    row.name = "macos-15";
    row.family = "macos";
    row.title = "macOS 10.6 to 15; iOS, iPadOS and tvOS";
    row.ports = Documented(PortRange(49152, 65535), code + ": IPPORT_HIFIRSTAUTO and HILASTAUTO");
    row.tcp = Documented(CountingUp(),
                         "net.inet.tcp.randomize_ports = 0, bsd/netinet/tcp_subr.c; one cursor for "
                         "IPv4 and IPv6, from 0 at boot, in_pcbbind() of " +
                             code);
    row.udp = Documented(BsdRandomStart(16),
                         "net.inet.udp.randomize_ports = 1, bsd/netinet/udp_usrreq.c; a random "
                         "start of 16 bits, in_pcbbind() of " +
                             code);
    row.uniqueness = Documented(Uniqueness::LocalPort,
                                code + ": connect() binds first, to any address, and nothing else "
                                       "on the port may be there");
    row.ipVersions = Documented(IpVersions::SeparatePorts,
                                code + ": only sockets of the same version block; the cursor is "
                                       "that of the protocol");
    row.timeWait = Documented<Duration>(
        30s,
        "twice net.inet.tcp.msl = 15000 ms, bsd/netinet/tcp_timer.h; collected lazily, within 10 s "
        "more (inpcb_timeout_lazy)");
    row.timestamps = Documented(true, "net.inet.tcp.do_timestamps = 1, bsd/netinet/tcp_subr.c");
    row.synInTimeWait = Documented(SynInTimeWait::Accept,
                                   "bsd/netinet/tcp_input.c: above the last sequence number seen");
    row.syn = Documented(BsdSyn(1s, 4),
                         "tcp_syn_backoff and TCPTV_KEEP_INIT, bsd/netinet/tcp_timer.c: after 1, "
                         "2, 3, 4, 5, 7, 11, 19, 35 and 67 s, until 75 s; doubled from the start "
                         "on interfaces with link heuristics, such as cellular ones");
    row.orphans = Documented(OrphanRule{60s, TCP_MAXRXTSHIFT},
                             "net.inet.tcp.fin_timeout = 60000 ms and TCP_MAXRXTSHIFT, "
                             "bsd/netinet/tcp_timer.c");
    row.noPortIpv6 =
        Documented(std::optional(BsdTryAgain()), "in6_pcbsetport(), bsd/netinet6/in6_src.c");
    return {row};
}

} // namespace portlab
