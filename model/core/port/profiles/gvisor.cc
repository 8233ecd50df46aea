// SPDX-License-Identifier: GPL-2.0-only

// gVisor's netstack: what a container in its sandbox sees. Read in google/gvisor, commit 3c5eee17.

#include "model/core/port/profiles/facts.h"
#include "model/core/port/profiles/families.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

const char* const PORTS = "PickEphemeralPort(), pkg/tcpip/ports/ports.go";
const char* const PROTOCOL = "pkg/tcpip/transport/tcp/protocol.go";

PolicySpec
RandomStartUp()
{
    PolicySpec spec;
    spec.algorithm = Algorithm::SimpleRandom;
    return spec;
}

SynSchedule
SynRule()
{
    SynSchedule syn;
    syn.firstTimeout = 1s;
    syn.retries = 6;
    return syn;
}

} // namespace

std::vector<OsProfile>
GvisorProfiles()
{
    const std::string ports = PORTS;
    const std::string protocol = PROTOCOL;
    const ErrorCode notAvailable{"EADDRNOTAVAIL", 99};
    OsProfile row{};
    row.name = "gvisor";
    row.family = "gvisor";
    row.title = "gVisor's netstack, in a sandboxed container";
    row.ports = Documented(PortRange(16000, 65535), "FirstEphemeral, pkg/tcpip/ports/ports.go");
    row.reserved = Documented(PortList{}, ports + ": none");
    row.tcp = Documented(RandomStartUp(), ports + ": a random offset, then upward");
    row.udp = row.tcp;
    row.bind = Documented(std::optional<PolicySpec>{}, ports + ": bind(0) picks so as well");
    row.uniqueness = Documented(Uniqueness::Destination,
                                "Reservation.Dest, pkg/tcpip/ports/ports.go: a port is reserved "
                                "with its destination");
    row.ipVersions = Documented(IpVersions::SeparatePorts,
                                "pkg/tcpip/ports/ports.go: reserved for each network protocol of "
                                "the socket; one of both versions reserves both");
    row.timeWait = Documented<Duration>(60s, "DefaultTCPTimeWaitTimeout, " + protocol);
    row.timeWaitGrid = Documented(Duration{0}, protocol + ": one exact timer each");
    row.reuse = Documented(TimeWaitReuse::AfterDelayOnLoopback,
                           "TCPTimeWaitReuseLoopbackOnly, " + protocol);
    row.reuseDelay = Documented<Duration>(1s,
                                          "pkg/tcpip/transport/tcp/endpoint.go: a second since "
                                          "the last timestamp that was taken");
    row.reuseClock = Chosen(Duration{0}, "no source describes a coarser clock");
    row.timestamps = Documented(true, "pkg/tcpip/transport/tcp/connect.go: SYNs carry them");
    row.maxTimeWait = Documented(std::optional<std::uint32_t>{}, protocol + ": no limit");
    row.synInTimeWait = Documented(SynInTimeWait::Accept,
                                   "pkg/tcpip/transport/tcp/rcv.go: above the last sequence number "
                                   "seen");
    row.syn =
        Documented(SynRule(),
                   "InitialRTO 1 s, doubled, until it would exceed MaxRTO 120 s: 127 s, "
                   "pkg/tcpip/transport/tcp/connect.go; DefaultSynRetries is never looked at");
    row.orphans = Documented(OrphanRule{60s, 15},
                             "DefaultTCPLingerTimeout 60 s, " + protocol +
                                 ", and MaxRetries 15, pkg/tcpip/transport/tcp/snd.go");
    row.maxOrphans = Documented(std::optional<std::uint32_t>{}, protocol + ": no limit");
    row.probeCost = Chosen(ProbeCost{}, "not measured");
    row.noPort = Documented(notAvailable,
                            "Connect() in pkg/sentry/socket/netstack/netstack.go, for blocking "
                            "sockets; EAGAIN 11 for others");
    row.udpNoPort = Documented(ErrorCode{"EAGAIN", 11},
                               "connect() in pkg/sentry/socket/netstack/netstack.go, as Linux");
    row.collision = Documented(ErrorCode{"EADDRINUSE", 98},
                               "RegisterTransportEndpoint(), pkg/tcpip: where Linux has "
                               "EADDRNOTAVAIL");
    row.inUse = Documented(ErrorCode{"EADDRINUSE", 98}, "pkg/syserr/netstack.go");
    return {row};
}

} // namespace portlab
