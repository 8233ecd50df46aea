// SPDX-License-Identifier: GPL-2.0-only

// lwIP with the options as they come (opt.h), as on small devices. Read in lwip-tcpip/lwip, commit
// 3d896ba0 (2026-06).

#include "model/core/port/profiles/facts.h"
#include "model/core/port/profiles/families.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

const char* const TCP = "src/core/tcp.c";

/// From 49152 on, incremented before the first look.
PolicySpec
CountingUp()
{
    PolicySpec spec;
    spec.algorithm = Algorithm::RisingCursor;
    spec.firstPick = Port{49153};
    return spec;
}

/// In SYN_SENT the timeout is not doubled.
SynSchedule
SynRule()
{
    SynSchedule syn;
    syn.firstTimeout = 3s;
    syn.linear = 6;
    syn.retries = 0;
    syn.giveUpAfter = 18500ms;
    return syn;
}

} // namespace

std::vector<OsProfile>
LwipProfiles()
{
    const std::string tcp = TCP;
    const ErrorCode noBuffers{"ENOBUFS", 105};
    const ErrorCode inUse{"EADDRINUSE", 98};
    OsProfile row{};
    row.name = "lwip";
    row.family = "lwip";
    row.title = "lwIP, with the options as they come";
    row.ports = Documented(PortRange(49152, 65534),
                           "tcp_new_port(), src/core/tcp.c: it wraps when it reaches "
                           "TCP_LOCAL_PORT_RANGE_END, 65535, and never gives that");
    row.udpPorts = Documented(std::optional(PortRange(49152, 65535)),
                              "udp_new_port(), src/core/udp.c: it wraps behind the end");
    row.reserved = Documented(PortList{}, tcp + ": none");
    row.tcp =
        Documented(CountingUp(),
                   "tcp_new_port(), src/core/tcp.c: increments first; from a random port only "
                   "where a port of lwIP defines LWIP_RAND");
    row.udp = Documented(CountingUp(), "udp_new_port(), src/core/udp.c: a cursor of its own");
    row.bind = Documented(std::optional<PolicySpec>{}, tcp + ": bind(0) calls tcp_new_port() too");
    row.uniqueness = Documented(Uniqueness::LocalPort,
                                "tcp_new_port(), src/core/tcp.c: no control block may have the "
                                "port, those in TIME_WAIT included");
    row.ipVersions = Documented(IpVersions::OneSpace, "tcp_new_port(): only ports are compared");
    row.timeWait =
        Documented<Duration>(120s, "2 * TCP_MSL, 60 s, src/include/lwip/priv/tcp_priv.h");
    row.timeWaitGrid = Chosen(Duration{0}, "timers of half a second; their phase is not modelled");
    row.reuse = Documented(TimeWaitReuse::Never, tcp + ": the control block has the port");
    row.reuseDelay = Documented(Duration{0}, tcp + ": no reuse, so no delay");
    row.reuseClock = Documented(Duration{0}, tcp + ": no reuse, so no clock");
    row.timestamps = Documented(false, "LWIP_TCP_TIMESTAMPS 0, src/include/lwip/opt.h");
    row.maxTimeWait = Documented(std::optional<std::uint32_t>{}, tcp + ": only the pool");
    row.whenFull = Documented(WhenFull::OldestEnds, "tcp_alloc(), src/core/tcp.c");
    row.maxSockets = Documented(std::optional<std::uint32_t>(5),
                                "MEMP_NUM_TCP_PCB 5, src/include/lwip/opt.h; devices set more, "
                                "and when it is used up tcp_alloc() ends the oldest TIME_WAIT");
    row.synInTimeWait = Documented(SynInTimeWait::Ignore,
                                   "tcp_timewait_input(), src/core/tcp_in.c: a reset or an ACK, "
                                   "never a new connection");
    row.syn = Documented(SynRule(),
                         "LWIP_TCP_RTO_TIME 3 s and TCP_SYNMAXRTX 6, src/include/lwip/opt.h; "
                         "tcp_slowtmr(), src/core/tcp.c, does not double it in SYN_SENT, and gives "
                         "up half a second after the sixth repetition, with ECONNABORTED");
    row.orphans = Documented(OrphanRule{20s, 12},
                             "TCP_FIN_WAIT_TIMEOUT 20 s, src/include/lwip/priv/tcp_priv.h; "
                             "TCP_MAXRTX 12");
    row.maxOrphans = Documented(std::optional<std::uint32_t>{}, tcp + ": only the pool");
    row.probeCost = Chosen(ProbeCost{}, "not measured");
    row.noPort = Documented(noBuffers, "ERR_BUF, src/api/err.c");
    row.udpNoPort = Documented(inUse, "ERR_USE, src/core/udp.c and src/api/err.c");
    row.collision = Documented(inUse, "ERR_USE: tcp_connect(), src/core/tcp.c, with SO_REUSE");
    row.inUse = Documented(inUse, "ERR_USE: tcp_bind(), src/core/tcp.c");
    return {row};
}

} // namespace portlab
