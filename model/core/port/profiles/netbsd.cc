// SPDX-License-Identifier: GPL-2.0-only

// NetBSD. Files are those of NetBSD/src: portalgo.c of 2013, which has not been seen to change
// since.

#include "model/core/port/profiles/bsd-facts.h"
#include "model/core/port/profiles/families.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

const char* const PICK = "algo_bsd(), sys/netinet/portalgo.c";

/// From 0 at boot, which is outside the range.
PolicySpec
CountingDown()
{
    PolicySpec spec;
    spec.algorithm = Algorithm::FallingCursor;
    spec.firstPick = Port{0};
    return spec;
}

} // namespace

std::vector<OsProfile>
NetbsdProfiles()
{
    const std::string code = PICK;
    OsProfile row = AnyBsd(code);
    row.name = "netbsd-10";
    row.family = "netbsd";
    row.title = "NetBSD 10";
    row.ports = Documented(PortRange(49152, 65535),
                           "net.inet.ip.anonportmin and .anonportmax: IPPORT_ANONMIN and "
                           "IPPORT_ANONMAX");
    row.tcp = Documented(CountingDown(),
                         code + ", net.inet.ip.anonportalgo.selected = bsd; that 10 has it "
                                "unchanged is inferred");
    row.udp = Documented(CountingDown(), code + ": a cursor of its own");
    row.uniqueness = Documented(Uniqueness::LocalPort,
                                "check_suitable_port(), sys/netinet/portalgo.c: any socket on the "
                                "port, at any or the same address; connect() binds to any");
    row.ipVersions = Documented(IpVersions::SeparateStates,
                                "sys/netinet/portalgo.c: a cursor for each protocol and version");
    row.timeWait =
        Documented<Duration>(60s, "net.inet.tcp.mslt.remote, 2 * 30 s, sys/netinet/tcp_subr.c");
    row.timeWaitNear =
        Uncertain(std::optional<Duration>(10s),
                  std::optional<Duration>(10s),
                  std::optional<Duration>(60s),
                  "net.inet.tcp.mslt.local, 2 * 5 s, sys/netinet/tcp_subr.c; \"local\" "
                  "is by memory a network of the machine's own");
    row.timeWaitOwn = Documented(std::optional<Duration>(2s),
                                 "net.inet.tcp.mslt.loopback, 2 * 1 s, sys/netinet/tcp_subr.c");
    row.timestamps = Documented(true, "net.inet.tcp.timestamps = 1, sys/netinet/tcp_subr.c");
    row.synInTimeWait = Uncertain(SynInTimeWait::Accept,
                                  SynInTimeWait::Ignore,
                                  SynInTimeWait::Accept,
                                  "tcp_input(), by memory: above the last sequence number seen");
    row.syn = Uncertain(BsdSyn(3s, 0),
                        "3 s of TCPTV_SRTTDFLT, then doubling, in steps of half a second; 1 s in "
                        "tcp_timer.h of 2026-07. TCPTV_KEEP_INIT 75 s");
    row.orphans = Documented(OrphanRule{600s, TCP_MAXRXTSHIFT},
                             "t_maxidle, 8 * 75 s, sys/netinet/tcp_subr.c; TCP_MAXRXTSHIFT");
    row.noPort = Documented(BsdTryAgain(), code);
    row.udpNoPort = Documented(BsdTryAgain(), code + ": as TCP");
    return {row};
}

} // namespace portlab
