// SPDX-License-Identifier: GPL-2.0-only

// Netfilter, and what is made of it. "Measured" means: on 6.18.44 with two processors, one network
// namespace each for client, router and server. Code is that of net/netfilter/nf_nat_core.c as read
// in a recent tree (Kingxukai/linux@9b44fff655e2); that of 6.18.44 itself was not read, but what
// was measured agrees with it.

#include "model/core/nat/presets/nat-families.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

using Limit = std::optional<std::uint32_t>;

/// A timer with its line in Documentation/networking/nf_conntrack-sysctl.rst.
Fact<Duration>
Timeout(Duration length, const std::string& name)
{
    return Measured(length, "nf_conntrack_" + name + ", nf_conntrack-sysctl.rst; measured");
}

void
SetChoice(NatPreset& row)
{
    row.tcpUnique = Measured(NatUniqueness::Destination,
                             "nf_nat_used_tuple() compares whole reply tuples; 999 flows of one "
                             "port to 999 destinations all kept it");
    row.udpUnique = Measured(NatUniqueness::Destination, row.tcpUnique.source);
    row.icmp = Measured(true, "of 200 echos with one identifier one kept it, 199 got others");
    row.mapping = Measured(MappingRule::InheritLatest,
                           "find_appropriate_src(); right for 424 of 424 flows of a trace");
    row.filtering =
        Measured(Dependence::AddressAndPort, "only the exact remote address and port got in");
    row.pick = Measured(PortPick::PreserveThenSearch,
                        "3014 of 3014 free source ports were kept, from 1 to 65535");
    row.search = Measured(PortSearch::Windowed,
                          "nf_nat_l4proto_unique_tuple() since a504b703bb1d (5.0); its share of "
                          "failures in ranges of 1 to 64,512 ports");
    row.ports = Measured(PortRange(1024, 65535),
                         "nf_nat_l4proto_unique_tuple(); 59,970 flows that clashed all lay there");
    row.lowClasses =
        Measured(std::vector<PortClass>{{PortRange(1, 511), PortRange(1, 511)},
                                        {PortRange(512, 1023), PortRange(600, 1023)}},
                 "nf_nat_l4proto_unique_tuple(); flows of source ports 100 and 512 that clashed");
    row.preservesAnyPort = Measured(true,
                                    "without --to-ports every free port is kept: 3014 of 3014, "
                                    "also below 1024");
    row.startsBy16Bits = Measured(true,
                                  "nf_nat_l4proto_unique_tuple(); ports 1024-2047 were drawn twice "
                                  "as often, 3.09 % where 16 bits give 3.125 %");
    row.addressPick = Measured(AddressPick::HashInsideAndRemote,
                               "find_best_ips_proto(), without --persistent; right for 1500 of "
                               "1500 flows of SNAT to 8 addresses");
    row.spills = Measured(false, "a host whose address had no port left failed beside 150 others");
}

void
SetTimers(NatPreset& row)
{
    row.tcp = {Timeout(120s, "tcp_timeout_syn_sent"),
               Timeout(60s, "tcp_timeout_syn_recv"),
               Timeout(120h, "tcp_timeout_established"),
               Timeout(300s, "tcp_timeout_unacknowledged (and max_retrans)"),
               Timeout(120s, "tcp_timeout_fin_wait"),
               Timeout(60s, "tcp_timeout_close_wait"),
               Timeout(30s, "tcp_timeout_last_ack"),
               Timeout(120s, "tcp_timeout_time_wait"),
               Timeout(10s, "tcp_timeout_close")};
    row.udpNew = Timeout(30s, "udp_timeout");
    row.udpStream = Timeout(120s, "udp_timeout_stream");
    row.udpStreamAfter = Uncertain(Duration{2s},
                                   Duration{170ms},
                                   Duration{2300ms},
                                   "nf_conntrack_udp_packet() has 2 s, by memory; measured: not "
                                   "after 0.17 s, but after 2.3 s");
    row.icmpIdle = Documented(Duration{30s}, "nf_conntrack_icmp_timeout, nf_conntrack-sysctl.rst");
    const Fact<Duration> rest = Measured(Duration{0s},
                                         "no memory but the entry: a port was free 3.01 s after a "
                                         "3 s TIME_WAIT began");
    row.rests = {rest, rest, rest, rest};
    row.expiryGrid =
        Measured(Duration{0s}, "looked at when met: a 2 s timer ended after 2.00 to 2.06 s");
}

void
SetTable(NatPreset& row)
{
    const std::string memory = "by memory: 262144 with 24 GiB (measured), 65536 from 1 to 4 GiB "
                               "(nf_conntrack-sysctl.rst)";
    row.ofTable = Uncertain(Limit{262144u},
                            Limit{65536u},
                            Limit{262144u},
                            "nf_conntrack_max, as many as buckets; " + memory);
    row.buckets = Uncertain(262144u, 65536u, 262144u, "nf_conntrack_buckets, " + memory);
}

void
SetPackets(NatPreset& row)
{
    row.refresh = Measured(RefreshRule::Both, "packets of both directions did");
    row.reopensAnew =
        Measured(true, "a SYN in TIME_WAIT or CLOSE ended the entry, whatever its sequence number");
    row.evictsClosing = Measured(true,
                                 "nf_nat_used_tuple_harder(), 458972550287 (6.5); ports of closed "
                                 "connections were taken if the sequence was ahead");
    row.onExhaustion = Measured(ExhaustionRule::Silent, "no ICMP and no reset was seen");
    row.onUnknownFlow =
        Measured(UnknownFlowRule::PickUp, "nf_conntrack_tcp_loose, 1; a lone ACK made an entry");
    row.hairpins = Measured(false, "a packet to a mapped port of its own was not forwarded");
    row.raceWindow = Chosen(Duration{0s},
                            "off; two processors overlooked each other's choice for about 1500ns "
                            "(measured: 84 % lost at once, 11 % after 2 us, 0.7 % after 5 us)");
    row.counters = {Measured(std::string("insert_failed"), "conntrack -S; one for each drop"),
                    Measured(std::string("drop"), "conntrack -S; early_drop is counted apart")};
}

NatPreset
LinuxMasquerade()
{
    NatPreset row =
        PlainNat("linux-masquerade", "linux", "Linux MASQUERADE or SNAT, 6.5 and later");
    row.mostAddresses = Chosen(Limit{}, "SNAT --to-source takes any range of addresses");
    row.ofSubscriber = Chosen(Limit{}, "connlimit is a rule of its own");
    SetChoice(row);
    SetTimers(row);
    SetTable(row);
    SetPackets(row);
    return row;
}

void
MakeRandomFully(NatPreset& row)
{
    row.mapping = Measured(MappingRule::AddressAndPortDependent,
                           "--random-fully: 40 destinations of one port saw 40 ports");
    row.pick = Measured(PortPick::Search, "--random-fully: 0 of 20,000 ports were kept");
}

NatPreset
RandomFully()
{
    NatPreset row = LinuxMasquerade();
    row.name = "linux-masquerade-random-fully";
    row.title = "Linux MASQUERADE --random-fully: Kubernetes' and flannel's rules";
    MakeRandomFully(row);
    return row;
}

/// OpenWrt; others differ, but for the kernel.
NatPreset
HomeRouter()
{
    const std::string openWrt = "package/kernel/linux/files/sysctl-nf-conntrack.conf of OpenWrt";
    NatPreset row = LinuxMasquerade();
    row.name = "home-router";
    row.title = "A home router: OpenWrt's settings of Linux";
    row.tcp.established = Documented(Duration{7440s}, openWrt);
    row.udpNew = Documented(Duration{60s}, openWrt);
    row.udpStream = Documented(Duration{180s}, openWrt);
    const std::string table = openWrt + " had 16384; later versions follow the memory";
    row.ofTable = Uncertain(Limit{16384u}, Limit{16384u}, Limit{65536u}, table);
    row.buckets = Uncertain(16384u, 4096u, 65536u, table);
    row.evictsClosing = Uncertain(true, false, true, "kernels from 6.5 on; many are older");
    row.hairpins = Uncertain(false, false, true, "configured port forwards only; devices differ");
    return row;
}

/// Pods whose packets leave the VPC take their node's address.
NatPreset
VpcCni()
{
    const std::string readme = "AWS_VPC_K8S_CNI_RANDOMIZESNAT, default prng, which is "
                               "--random-fully: README of aws/amazon-vpc-cni-k8s";
    NatPreset row = LinuxMasquerade();
    row.name = "aws-vpc-cni";
    row.family = "aws-vpc-cni";
    row.title = "Amazon VPC CNI (EKS): SNAT to the node's address";
    row.mapping = Documented(MappingRule::AddressAndPortDependent, readme);
    row.pick = Documented(PortPick::Search, readme);
    row.evictsClosing = Uncertain(true, false, true, "kernels from 6.5 on; nodes may be older");
    return row;
}

} // namespace

std::vector<NatPreset>
LinuxNats()
{
    return {LinuxMasquerade(), RandomFully(), HomeRouter(), VpcCni()};
}

} // namespace portlab
