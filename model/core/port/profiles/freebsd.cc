// SPDX-License-Identifier: GPL-2.0-only

// FreeBSD. Releases 11 and 13 were read in F-Stack, tags v1.21 (FreeBSD 11.0) and v1.25 (13.0),
// which carry FreeBSD's files; 14 in freebsd/freebsd-src.

#include "model/core/port/profiles/bsd-facts.h"
#include "model/core/port/profiles/families.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

const char* const PCB = "sys/netinet/in_pcb.c";

/// The rule until 13: see RateGatedPolicy.
PolicySpec
Gated(bool ignoresGate)
{
    PolicySpec spec;
    spec.algorithm = Algorithm::RateGated;
    spec.gateRate = 10;
    spec.gateSeconds = 45;
    spec.ignoresGate = ignoresGate;
    return spec;
}

/// What all releases share.
OsProfile
AnyFreebsd()
{
    const std::string code = PCB;
    OsProfile row = AnyBsd(code);
    row.family = "freebsd";
    row.ports = Documented(PortRange(10000, 65535),
                           "net.inet.ip.portrange.first and .last, " + code +
                               "; 49152-65535 in 7 and before");
    row.ipVersions =
        Documented(IpVersions::SeparatePorts,
                   "in_pcblookup_local() passes over sockets of the other version, and connect() "
                   "makes an IPv6 socket one of IPv6 alone (tcp_usrreq.c); a cursor is that of its "
                   "protocol");
    row.timeWait =
        Documented<Duration>(60s, "twice net.inet.tcp.msl = 30000 ms, sys/netinet/tcp_timer.h");
    row.timestamps = Documented(true, "net.inet.tcp.rfc1323 = 1, sys/netinet/tcp_subr.c");
    row.synInTimeWait = Documented(SynInTimeWait::Accept,
                                   "tcp_twcheck(), sys/netinet/tcp_timewait.c: above the last "
                                   "sequence number seen; timestamps are not asked");
    row.orphans =
        Documented(OrphanRule{600s, TCP_MAXRXTSHIFT},
                   "TP_MAXIDLE, 8 * 75 s, looked at every 75 s: 600 to 675 s, tcp_timer_2msl() in "
                   "sys/netinet/tcp_timer.c (net.inet.tcp.finwait2_timeout = 60 s only counts with "
                   "net.inet.tcp.fast_finwait2_recycle = 1); TCP_MAXRXTSHIFT");
    return row;
}

/// Until 13: the gate, and TIME_WAIT in a table of its own that is limited.
OsProfile
WithGate()
{
    OsProfile row = AnyFreebsd();
    row.tcp = Documented(Gated(false),
                         "in_pcb_lport() and ipport_tick(), sys/netinet/in_pcb.c: after a second "
                         "of more than net.inet.ip.portrange.randomcps = 10 ports they follow each "
                         "other, for .randomtime = 45 s");
    row.udp = Documented(Gated(true),
                         "in_pcb_lport(), sys/netinet/in_pcb.c: always random, and counted by the "
                         "gate, whose test lets nothing pass uncounted");
    row.maxTimeWait = Documented(
        std::optional<std::uint32_t>(27767),
        "tcptw_auto_size(), sys/netinet/tcp_timewait.c: half of the range, or a fifth of "
        "kern.ipc.maxsockets where that is less (by memory some 10,000 on machines of 1 GB)");
    row.whenFull = Documented(WhenFull::OldestEnds, "tcp_tw_2msl_scan(1), tcp_timewait.c");
    row.timeWaitOwn = Documented(std::optional<Duration>{},
                                 "net.inet.tcp.nolocaltimewait = 0, sys/netinet/tcp_timewait.c");
    return row;
}

OsProfile
Freebsd11()
{
    OsProfile row = WithGate();
    row.name = "freebsd-11";
    row.title = "FreeBSD 8 to 12";
    row.uniqueness = Documented(Uniqueness::LocalPort,
                                "tcp_connect(), sys/netinet/tcp_usrreq.c, binds first, to any "
                                "address");
    row.syn = Documented(BsdSyn(3s, 4, 200ms),
                         "TCPTV_RTOBASE 3 s, tcp_syn_backoff, 200 ms of rexmit_slop in all but the "
                         "first timeout, TCPTV_KEEP_INIT 75 s, sys/netinet/tcp_timer.{h,c}");
    return row;
}

OsProfile
Freebsd13()
{
    OsProfile row = WithGate();
    row.name = "freebsd-13";
    row.title = "FreeBSD 13";
    row.uniqueness =
        Documented(Uniqueness::Destination,
                   "in_pcb_lport_dest(), sys/netinet/in_pcb.c; net.inet.tcp.require_unique_port = "
                   "0");
    row.syn = Documented(BsdSyn(1s, 0, 200ms),
                         "net.inet.tcp.rexmit_initial = 1000 ms, 200 ms of rexmit_slop in all but "
                         "the first timeout, TCPTV_KEEP_INIT 75 s, sys/netinet/tcp_timer.{h,c}");
    return row;
}

OsProfile
Freebsd14()
{
    OsProfile row = AnyFreebsd();
    row.name = "freebsd-14";
    row.title = "FreeBSD 14 and 15";
    row.tcp = Documented(BsdRandomStart(),
                         "in_pcb_lport_dest(), sys/netinet/in_pcb.c; net.inet.ip.portrange."
                         "randomized = 1");
    row.udp = row.tcp;
    row.uniqueness = Freebsd13().uniqueness;
    row.syn = Freebsd13().syn;
    row.maxTimeWait = Documented(std::optional<std::uint32_t>{},
                                 "sys/netinet/tcp_timewait.c: TIME_WAIT is a whole connection "
                                 "again, limited by kern.ipc.maxsockets alone");
    row.timeWaitOwn = Documented(std::optional<Duration>(0s),
                                 "net.inet.tcp.nolocaltimewait = 1, sys/netinet/tcp_timewait.c: "
                                 "none if the peer has an address of this machine");
    return row;
}

} // namespace

std::vector<OsProfile>
FreebsdProfiles()
{
    return {Freebsd14(), Freebsd13(), Freebsd11()};
}

} // namespace portlab
