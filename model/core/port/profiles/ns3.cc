// SPDX-License-Identifier: GPL-2.0-only

// ns-3's own TCP and UDP, as they are without portlab. Files are those of nsnam/ns-3-dev-git,
// commit 140646449a33 (2026-05); the installed 3.37 has the same numbers.

#include "model/core/port/profiles/facts.h"
#include "model/core/port/profiles/families.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

const char* const DEMUX = "Ipv4EndPointDemux, src/internet/model/ipv4-end-point-demux.cc";
const char* const SOCKET = "TcpSocketBase, src/internet/model/tcp-socket-base.cc";

/// Counts up like BSD of old: increments first, so that port 49152 comes last.
PolicySpec
CountingUp()
{
    PolicySpec spec;
    spec.algorithm = Algorithm::RisingCursor;
    spec.firstPick = Port{49153};
    return spec;
}

/// ConnCount counts the SYNs sent, so it is one more than the repetitions. (ns-3 built with
/// assertions aborts where an optimised one gives up.)
SynSchedule
SynRule()
{
    SynSchedule syn;
    syn.firstTimeout = 3s;
    syn.retries = 5;
    return syn;
}

} // namespace

std::vector<OsProfile>
Ns3Profiles()
{
    const ErrorCode notAvailable{"ERROR_ADDRNOTAVAIL", 12};
    const std::string bind = std::string(SOCKET) + ", Bind(); Socket::SocketErrno";
    OsProfile row{};
    row.name = "ns3-stock";
    row.family = "ns-3";
    row.title = "ns-3's TcpSocketBase and UdpSocketImpl";
    row.ports = Documented(PortRange(49152, 65535), DEMUX);
    row.reserved = Documented(PortList{}, std::string(DEMUX) + ": nothing is excluded");
    row.tcp = Documented(CountingUp(), std::string(DEMUX) + ", AllocateEphemeralPort()");
    row.udp = Documented(CountingUp(), std::string(DEMUX) + ": UDP has one of its own");
    row.uniqueness = Documented(Uniqueness::LocalPort, std::string(DEMUX) + ", LookupPortLocal()");
    row.ipVersions =
        Documented(IpVersions::SeparateStates, "Ipv4EndPointDemux and Ipv6EndPointDemux");
    row.timeWait =
        Documented<Duration>(240s, std::string(SOCKET) + ": twice MaxSegLifetime, which is 120 s");
    row.timeWaitGrid = Documented(Duration{0s}, std::string(SOCKET) + ": one exact event each");
    row.reuse = Documented(TimeWaitReuse::Never,
                           std::string(SOCKET) + ": the endpoint stays until the event");
    row.reuseDelay = Documented(Duration{0s}, std::string(SOCKET) + ": no reuse, so no delay");
    row.reuseClock = Documented(Duration{0s}, std::string(SOCKET) + ": no reuse, so no clock");
    row.timestamps = Documented(true, std::string(SOCKET) + ": the attribute Timestamp");
    row.maxTimeWait = Documented(std::optional<std::uint32_t>{}, std::string(SOCKET) + ": no cap");
    row.synInTimeWait = Documented(SynInTimeWait::Ignore,
                                   std::string(SOCKET) + ": nothing is answered in TIME_WAIT");
    row.syn =
        Documented(SynRule(),
                   "ConnTimeout 3 s and ConnCount 6, src/internet/model/tcp-socket.cc; doubled "
                   "by TcpSocketBase::SendEmptyPacket(): gives up after 189 s");
    row.orphans = Documented(OrphanRule{Duration{0s}, 6},
                             "DataRetries, src/internet/model/tcp-socket.cc; " +
                                 std::string(SOCKET) + ": no timer ends FIN_WAIT_2");
    row.maxOrphans = Documented(std::optional<std::uint32_t>{}, std::string(SOCKET) + ": no cap");
    row.probeCost = Chosen(ProbeCost{}, "not measured");
    row.noPort = Documented(notAvailable, bind);
    row.udpNoPort = Documented(notAvailable, "UdpSocketImpl::Bind(), udp-socket-impl.cc");
    row.collision = Documented(notAvailable, bind + ": TIME_WAIT is not told apart");
    row.bind = Documented(std::optional<PolicySpec>{}, bind + ": connect() binds so as well");
    row.inUse = Documented(ErrorCode{"ERROR_ADDRINUSE", 13},
                           "TcpSocketBase::Bind(), src/internet/model/tcp-socket-base.cc, for a "
                           "port that the script chose");
    return {row};
}

} // namespace portlab
