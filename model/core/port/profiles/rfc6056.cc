// SPDX-License-Identifier: GPL-2.0-only

// The five algorithms of RFC 6056 (BCP 156), as a host that follows the RFCs would run them. What
// the RFCs leave open is marked as chosen.

#include "model/core/port/profiles/facts.h"
#include "model/core/port/profiles/families.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

SynSchedule
SynRule()
{
    SynSchedule syn;
    syn.firstTimeout = 1s;
    syn.retries = 7;
    return syn;
}

OsProfile
Rfc6056(const std::string& number, const std::string& title, PolicySpec spec, std::string source)
{
    const ErrorCode notAvailable{"EADDRNOTAVAIL", 99};
    OsProfile row{};
    row.name = "rfc6056-" + number;
    row.family = "rfc6056";
    row.title = "algorithm " + number + " of RFC 6056: " + title;
    row.ports = Documented(PortRange(1024, 65535),
                           "RFC 6056 3.2: as large a range as possible, 1024-65535; IANA's dynamic "
                           "ports are 49152-65535 (RFC 6335 6)");
    row.reserved = Documented(PortList{}, "RFC 6056 3.2: ports may be excluded; none are named");
    row.tcp = Documented(spec, std::move(source));
    row.udp = row.tcp;
    row.uniqueness = Documented(Uniqueness::Destination, "RFC 6056 2.2: the five-tuple is unique");
    row.ipVersions = Chosen(IpVersions::OneSpace, "chosen: only UDP notices");
    row.timeWait =
        Chosen<Duration>(60s,
                         "chosen: what most systems keep; RFC 9293 3.4.2 says 2 MSL with "
                         "an MSL of 2 minutes, 240 s");
    row.timeWaitGrid = Chosen(Duration{0s}, "chosen: no grid");
    row.reuse = Documented(TimeWaitReuse::Never, "RFC 9293 3.6.1 (MUST-13): linger for 2 MSL");
    row.reuseDelay = Chosen(Duration{0s}, "chosen: no reuse, so no delay");
    row.reuseClock = Chosen(Duration{0s}, "chosen: no reuse, so no clock");
    row.timestamps = Documented(true, "RFC 7323; RFC 6191 builds on them");
    row.maxTimeWait = Chosen(std::optional<std::uint32_t>{}, "chosen: no cap");
    row.synInTimeWait = Documented(SynInTimeWait::Accept, "RFC 6191; RFC 9293 3.6.1 (MAY-2)");
    row.syn =
        Chosen(SynRule(),
               "chosen: 1 s at first (RFC 6298 2.1), and the fewest doublings that last for 3 "
               "minutes (RFC 9293 3.8.3, MUST-23): 255 s");
    row.orphans = Chosen(OrphanRule{Duration{0s}, 8},
                         "chosen: RFC 9293 3.3.2 has no timer in FIN-WAIT-2; retries for 100 s "
                         "(RFC 9293 3.8.3, SHLD-11)");
    row.maxOrphans = Chosen(std::optional<std::uint32_t>{}, "chosen: no cap");
    row.probeCost = Chosen(ProbeCost{}, "chosen: none, as no machine was measured");
    row.noPort = Chosen(notAvailable, "chosen: RFC 6056 says only \"error\"; the name of POSIX");
    row.udpNoPort = row.noPort;
    row.collision = row.noPort;
    row.bind = Chosen(std::optional<PolicySpec>{}, "chosen: by the rule of connect()");
    row.inUse = Chosen(ErrorCode{"EADDRINUSE", 98}, "chosen: the name of POSIX for bind()");
    return row;
}

PolicySpec
Rule(Algorithm algorithm)
{
    PolicySpec spec;
    spec.algorithm = algorithm;
    return spec;
}

} // namespace

std::vector<OsProfile>
Rfc6056Profiles()
{
    PolicySpec doubleHash = Rule(Algorithm::DoubleHash);
    doubleHash.cells = 10;
    PolicySpec randomIncrement = Rule(Algorithm::RandomIncrement);
    randomIncrement.increment = 500;
    return {
        Rfc6056("1", "random start, then upward", Rule(Algorithm::SimpleRandom), "RFC 6056 3.3.1"),
        Rfc6056(
            "2",
            "a random port at each try",
            Rule(Algorithm::RandomRetry),
            "RFC 6056 3.3.2: gives up after as many tries as the range has ports, so it can fail "
            "while ports are free"),
        Rfc6056("3", "hash, one counter", Rule(Algorithm::SimpleHash), "RFC 6056 3.3.3"),
        Rfc6056("4",
                "hash, a table of counters",
                doubleHash,
                "RFC 6056 3.3.4, with its example of 10 counters"),
        Rfc6056(
            "5",
            "a counter, random steps",
            randomIncrement,
            "RFC 6056 3.3.5, with N = 500: gives up after as many tries as the range has ports"),
    };
}

} // namespace portlab
