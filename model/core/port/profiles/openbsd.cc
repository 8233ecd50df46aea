// SPDX-License-Identifier: GPL-2.0-only

// OpenBSD. Files are those of openbsd/src: in_pcb.c as it was in 2014 (revision 1.154) and as it is
// now, tcp_timer.h of 2022.

#include "model/core/port/profiles/bsd-facts.h"
#include "model/core/port/profiles/families.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

const char* const PCB = "in_pcbpickport(), sys/netinet/in_pcb.c";

} // namespace

std::vector<OsProfile>
OpenbsdProfiles()
{
    const std::string code = PCB;
    OsProfile row = AnyBsd(code);
    row.name = "openbsd-7";
    row.family = "openbsd";
    row.title = "OpenBSD 7";
    row.ports = Documented(PortRange(1024, 49151),
                           "net.inet.ip.portfirst and .portlast: IPPORT_RESERVED and "
                           "IPPORT_HIFIRSTAUTO - 1, sys/netinet/in.h");
    row.reserved = Documented(PortList{PortRange(2049, 2049), PortRange(6000, 6010)},
                              "DEFBADDYNAMICPORTS_TCP, sys/netinet/in_pcb.h; UDP has its own list, "
                              "which is not modelled: 2049, 3784, 3785, 4500, 7784");
    row.tcp = Documented(BsdRandomStart(), code);
    row.udp = row.tcp;
    row.uniqueness =
        Uncertain(Uniqueness::LocalAddressAndPort,
                  Uniqueness::LocalPort,
                  Uniqueness::LocalAddressAndPort,
                  "in_pcbconnect(), sys/netinet/in_pcb.c: with the source address chosen before "
                  "the port, in the newest sources; with any address, and so nothing may share a "
                  "port, until 7.4 at least");
    row.ipVersions = Documented(IpVersions::SeparatePorts,
                                "tcbtable and tcb6table, sys/netinet/tcp_subr.c; no socket is of "
                                "both versions");
    row.timeWait = Documented<Duration>(60s, "2 * TCPTV_MSL, sys/netinet/tcp_timer.h");
    row.timestamps = Documented(true, "net.inet.tcp.rfc1323 = 1, sys/netinet/tcp_subr.c");
    row.synInTimeWait =
        Uncertain(SynInTimeWait::Accept,
                  SynInTimeWait::Ignore,
                  SynInTimeWait::Accept,
                  "tcp_input(), by memory: above the last sequence number or timestamp seen");
    row.syn = Documented(BsdSyn(3s, 0),
                         "tcp_newtcpcb(), sys/netinet/tcp_subr.c: 3 s, then doubling; "
                         "TCPTV_KEEP_INIT 75 s");
    row.orphans = Documented(OrphanRule{600s, TCP_MAXRXTSHIFT},
                             "tcp_maxidle, 8 * 75 s, looked at every 75 s: 600 to 675 s, "
                             "tcp_timer_2msl() in sys/netinet/tcp_timer.c; TCP_MAXRXTSHIFT");
    return {row};
}

} // namespace portlab
