// SPDX-License-Identifier: GPL-2.0-only

// Windows. Its source is closed: rules of choice are inferred from what Microsoft's pages say and
// from what others observed. Left out: blocks that Hyper-V and WinNAT exclude from the range at
// boot, as every machine has others (set `reserved`).

#include "model/core/port/profiles/facts.h"
#include "model/core/port/profiles/families.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

const char* const EXHAUSTION_PAGE = "MicrosoftDocs/SupportArticles-docs, windows-client/networking/"
                                    "tcp-ip-port-exhaustion-troubleshooting.md (2025-01)";

const char* const PARAMETERS_PAGE =
    "KB 314053, MicrosoftDocs/SupportArticles-docs, windows-client/networking/"
    "tcpip-and-nbt-configuration-parameters.md";

PolicySpec
RisingCursor()
{
    PolicySpec spec;
    spec.algorithm = Algorithm::RisingCursor;
    return spec;
}

PolicySpec
RandomInAutoReuse()
{
    PolicySpec spec;
    spec.algorithm = Algorithm::SimpleRandom;
    return spec;
}

SynSchedule
SynRule(Duration firstTimeout, std::uint32_t retries, Duration giveUpAfter)
{
    SynSchedule syn;
    syn.firstTimeout = firstTimeout;
    syn.retries = retries;
    syn.giveUpAfter = giveUpAfter;
    syn.longest = 60s; // As 123.0 s with 6 repetitions show; see Windows11().
    return syn;
}

/// What all rows share: what Microsoft documents for every version, or documents for none.
OsProfile
AnyWindows()
{
    OsProfile row{};
    row.reserved = Documented(PortList{},
                              "netsh int ipv4 show excludedportrange: none, unless Hyper-V, WSL or "
                              "WinNAT took blocks of 100 (github.com/docker/for-win/issues/3171)");
    row.ipVersions =
        Uncertain(IpVersions::OneSpace,
                  IpVersions::OneSpace,
                  IpVersions::SeparatePorts,
                  "netsh has ranges for ipv4 and ipv6, which KB 929851 calls settings of "
                  "one; whether a port of one is taken for the other is unknown");
    row.timeWaitGrid = Chosen(Duration{0s}, "no source describes a grid");
    row.reuseDelay = Chosen(Duration{0s}, "no source describes a delay");
    row.reuseClock = Chosen(Duration{0s}, "no source describes a clock");
    row.timestamps = Uncertain(false,
                               "Tcp1323Opts (TechNet cc938205), which is not in the registry as "
                               "shipped: timestamps are used if the peer asks, and not offered; "
                               "by memory");
    row.maxTimeWait =
        Chosen(std::optional<std::uint32_t>{}, "no source describes a limit that acts at once");
    row.orphans = Uncertain(OrphanRule{120s, 5},
                            OrphanRule{60s, 5},
                            OrphanRule{240s, 5},
                            "TcpFinWait2Delay, 240 s in Windows 2000, by memory; nothing is known "
                            "of later versions. TcpMaxDataRetransmissions, 5, KB 314053");
    row.maxOrphans = Chosen(std::optional<std::uint32_t>{}, "no source describes a limit");
    row.probeCost = Chosen(ProbeCost{}, "not measured");
    row.synInTimeWait = Uncertain(SynInTimeWait::Accept,
                                  SynInTimeWait::Ignore,
                                  SynInTimeWait::Accept,
                                  "no source; RFC 1122 4.2.2.13 allows it and RFC 6191 advises it");
    const ErrorCode noBuffers{"WSAENOBUFS", 10055};
    row.noPort = Documented(noBuffers,
                            "KB 196271; STATUS_TOO_MANY_ADDRESSES and event 4231. libuv and wepoll "
                            "turn it into WSAEADDRINUSE");
    row.udpNoPort = Documented(noBuffers, "event 4266, the twin of event 4231 for UDP");
    row.collision = Documented(ErrorCode{"WSAEADDRINUSE", 10048},
                               "event 4227; transcript in github.com/curl/curl/issues/8112");
    row.bind = Uncertain(std::optional<PolicySpec>{},
                         "no source tells bind() to port 0 from connect(): the same cursor");
    row.inUse = Documented(ErrorCode{"WSAEADDRINUSE", 10048},
                           "bind(), Windows Sockets reference; for a port that the program chose");
    row.bindsOverTimeWait = Documented(true,
                                       "transcript in github.com/curl/curl/issues/8112, and "
                                       "github.com/openjdk/jdk/pull/8759: bind() succeeds, and "
                                       "connect() to the same peer fails");
    row.autoReuse = Documented(std::optional<PortRange>{},
                               "AutoReusePortRangeNumberOfPorts is 0 as shipped "
                               "(github.com/MicrosoftDocs/windows-powershell-docs/pull/1322); that "
                               "newer servers come with one is not known");
    row.udpPorts = Documented(std::optional<PortRange>{},
                              "netsh int ipv4 set dynamicport udp: a setting of its own, the same "
                              "as shipped");
    return row;
}

OsProfile
Windows11()
{
    OsProfile row = AnyWindows();
    row.name = "windows-11";
    row.family = "windows";
    row.title = "Windows Vista to 11, Server 2008 to 2025";
    row.ports =
        Documented(PortRange(49152, 65535),
                   std::string("KB 929851 and ") + EXHAUSTION_PAGE +
                       "; seen on Windows 11 (github.com/tailscale/tailscale/issues/20039)");
    row.tcp = Uncertain(RisingCursor(),
                        "dumps rise by 1 with small gaps, over all destinations: "
                        "github.com/tailscale/tailscale/issues/20039 (2026), grpc/grpc/issues/5582 "
                        "(2016), TLS connections of 2018 in WRCCDC. Where it starts is unknown");
    row.udp = Uncertain(RisingCursor(),
                        "\"incremented sequentially\": "
                        "github.com/TechnitiumSoftware/DnsServer/issues/743; whether UDP has a "
                        "cursor of its own is unknown");
    row.uniqueness =
        Documented(Uniqueness::LocalPort,
                   "KB 3149157 and SO_PORT_SCALABILITY (Windows hardware documentation)"
                   ": one pool of ports, whatever the number of local addresses");
    row.timeWait = Uncertain<Duration>(
        120s,
        30s,
        240s,
        std::string(
            "about 120 s measured on Server 2019 (github.com/oven-sh/bun/pull/33898) and in "
            "2021 (github.com/wqweto/VbAsyncSocket/issues/18), \"two minutes\" in a blog of "
            "Microsoft's (2013); 4 minutes in ") +
            EXHAUSTION_PAGE + "; 30 s is the least that TcpTimedWaitDelay sets");
    row.reuse =
        Uncertain(TimeWaitReuse::OtherPeersWhenExhausted,
                  TimeWaitReuse::Never,
                  TimeWaitReuse::OtherPeersWhenExhausted,
                  "inferred from the text of event 4227: once all ports are used, a port is "
                  "reused, and refused if it was recently used for the same remote endpoint");
    row.syn =
        Measured(SynRule(1s, 4, 21s),
                 "21.0 s with MaxSynRetransmissions 4, as shipped, 7.0 s with 2, 123.0 s with 6 "
                 "(github.com/SciQLop/speasy/pull/344, 2026); 1 s doubling, limited to 21 s "
                 "(github.com/nmap/nmap/issues/2113, 2024)");
    return row;
}

OsProfile
Windows11Documented()
{
    OsProfile row = Windows11();
    row.name = "windows-11-documented";
    row.title = "windows-11 with Microsoft's documented TIME_WAIT";
    row.timeWait = Documented<Duration>(240s, EXHAUSTION_PAGE);
    return row;
}

/// As one of Microsoft's load-test scripts sets it up.
OsProfile
WindowsAutoReuse()
{
    const std::string script = "a load-test script of Microsoft's: -DynamicPortRangeStartPort 5000 "
                               "-DynamicPortRangeNumberOfPorts 19475 -AutoReusePortRangeStartPort "
                               "22000 -AutoReusePortRangeNumberOfPorts 43536";
    OsProfile row = Windows11();
    row.name = "windows-auto-reuse";
    row.title = "windows-11 with a range of ports that connect() reuses";
    row.ports = Chosen(PortRange(5000, 24474), script);
    row.autoReuse = Chosen(std::optional(PortRange(22000, 65535)), script);
    row.tcp =
        Uncertain(RandomInAutoReuse(),
                  "SO_RANDOMIZE_PORT (MicrosoftDocs/win32): ports of the auto-reuse range are "
                  "random already; by which rule is unknown");
    row.bind = Uncertain(std::optional(RisingCursor()), "bind() keeps to the dynamic ports");
    row.uniqueness = Documented(Uniqueness::Destination,
                                "KB 3149157: a port serves several connections as long as the "
                                "4-tuple is unique");
    row.reuse = Documented(TimeWaitReuse::Never,
                           "KB 3149157: other destinations need not wait, the same one does");
    return row;
}

OsProfile
WindowsXp()
{
    OsProfile row = AnyWindows();
    row.name = "windows-xp";
    row.family = "windows-xp";
    row.title = "Windows XP and Server 2003 (2000: TIME_WAIT 240 s)";
    row.ports = Documented(PortRange(1025, 5000), "KB 929851; KB 196271: MaxUserPort is 5000");
    row.tcp = Uncertain(RisingCursor(), "no source; sequential like its successors");
    row.udp = row.tcp;
    row.uniqueness = Uncertain(Uniqueness::LocalPort, "no source; as in its successors");
    row.timeWait = Documented<Duration>(
        120s,
        std::string(PARAMETERS_PAGE) + " and TechNet cc757512, for IPv4; 240 s in Windows 2000 "
                                       "(TechNet cc938217)");
    row.reuse =
        Uncertain(TimeWaitReuse::Never,
                  TimeWaitReuse::Never,
                  TimeWaitReuse::OtherPeersWhenExhausted,
                  std::string(PARAMETERS_PAGE) +
                      " says only that a shortage of control blocks may end TIME_WAIT early");
    row.syn = Documented(SynRule(3s, 2, 0s),
                         "TcpInitialRTT 3 s (TechNet cc938207) and TcpMaxConnectRetransmissions 2, "
                         "doubling: 21 s");
    return row;
}

} // namespace

std::vector<OsProfile>
WindowsProfiles()
{
    return {Windows11(), Windows11Documented(), WindowsAutoReuse(), WindowsXp()};
}

} // namespace portlab
