// SPDX-License-Identifier: GPL-2.0-only

// illumos (OmniOS, SmartOS, OpenIndiana) and, with the same tunables, Solaris 11. Read in
// illumos/illumos-gate, commit 39707ee3.

#include "model/core/port/profiles/facts.h"
#include "model/core/port/profiles/families.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

const char* const BIND = "usr/src/uts/common/inet/tcp/tcp_bind.c";
const char* const TUNABLES = "usr/src/uts/common/inet/tcp/tcp_tunables.c";

PolicySpec
FoldedStart()
{
    PolicySpec spec;
    spec.algorithm = Algorithm::SimpleRandom;
    spec.start = RandomStart::Folded;
    return spec;
}

SynSchedule
SynRule()
{
    SynSchedule syn;
    syn.firstTimeout = 1125ms;
    syn.retries = 7;
    syn.longest = 60s;
    return syn;
}

} // namespace

std::vector<OsProfile>
IllumosProfiles()
{
    const std::string bind = BIND;
    const std::string tunables = TUNABLES;
    const ErrorCode notAvailable{"EADDRNOTAVAIL", 126};
    const ErrorCode inUse{"EADDRINUSE", 125};
    OsProfile row{};
    row.name = "illumos";
    row.family = "illumos";
    row.title = "illumos, Solaris 11";
    row.ports = Documented(PortRange(32768, 65535),
                           "smallest_anon_port and largest_anon_port, " + tunables);
    row.reserved = Documented(PortList{}, "extra_priv_ports, 2049 and 4045, lie below the range");
    row.tcp = Documented(FoldedStart(), "tcp_update_next_port(), " + bind + ", random_anon_port 1");
    row.udp = Documented(FoldedStart(),
                         "udp_update_next_port(), usr/src/uts/common/inet/udp/udp.c, "
                         "udp_random_anon_port 1");
    row.bind = Documented(std::optional<PolicySpec>{}, bind + ": bind(0) draws as connect() does");
    row.uniqueness = Documented(Uniqueness::RemoteEnd,
                                "tcp_bindi(), " + bind +
                                    ": connect() passes over connections to "
                                    "other peers, whatever their local "
                                    "address");
    row.ipVersions = Documented(IpVersions::OneSpace, "tcp_bindi(), " + bind);
    row.timeWait = Documented<Duration>(60s,
                                        "_time_wait_interval, " + tunables +
                                            "; collected every 5 s, so up to 65 s");
    row.timeWaitGrid = Chosen(Duration{0}, "no source describes a grid");
    row.reuse = Documented(TimeWaitReuse::Never, bind + ": TIME_WAIT is a state like others");
    row.reuseDelay = Documented(Duration{0}, bind + ": no reuse, so no delay");
    row.reuseClock = Documented(Duration{0}, bind + ": no reuse, so no clock");
    row.timestamps = Documented(true, "_tstamp_if_wscale and _wscale_always, " + tunables);
    row.maxTimeWait = Documented(std::optional<std::uint32_t>{}, "tcp_time_wait.c: no limit");
    row.synInTimeWait = Documented(SynInTimeWait::Accept,
                                   "tcp_time_wait_processing(), tcp_time_wait.c: if its sequence "
                                   "number lies above the old receive window; one inside it is "
                                   "answered with a reset");
    row.syn = Documented(SynRule(),
                         "_rexmit_interval_initial 1 s, which makes a first timeout of 1.125 s, "
                         "doubled up to _rexmit_interval_max 60 s; _ip_abort_cinterval 180 s does "
                         "not count the first wait, so that it ends after 190.9 s; tcp_timer(), "
                         "usr/src/uts/common/inet/tcp/tcp_timers.c");
    row.orphans = Documented(OrphanRule{60s, 11},
                             "_fin_wait_2_flush_interval 60 s, " + tunables +
                                 "; _ip_abort_interval 300 s of repetitions, some 11");
    row.maxOrphans = Chosen(std::optional<std::uint32_t>{}, "no source describes a limit");
    row.probeCost = Chosen(ProbeCost{}, "not measured");
    row.noPort = Documented(notAvailable, "TNOADDR, usr/src/uts/common/inet/tcp/tcp.c");
    row.udpNoPort = row.noPort;
    row.collision = Documented(inUse, "ipcl_conn_insert_v4(), inet/ip/ipclassifier.c");
    row.inUse = Documented(inUse, "TADDRBUSY, usr/src/uts/common/inet/tcp/tcp_bind.c");
    return {row};
}

} // namespace portlab
