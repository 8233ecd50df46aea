// SPDX-License-Identifier: GPL-2.0-only

// NATs of other operating systems and of routers, one row each.

#include "model/core/nat/presets/nat-families.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

using Limit = std::optional<std::uint32_t>;

// ---- OpenBSD's pf ----

std::string
PfLb(const std::string& what = "")
{
    return "pf_get_sport(), sys/net/pf_lb.c (r1.12, 2010)" + what;
}

std::string
PfValue(const std::string& name, const std::string& more = "")
{
    return name + ", PFTM_*_VAL, sys/net/pfvar.h" + more;
}

void
SetPfTimers(NatPreset& row)
{
    const auto timeout = [](Duration length, const std::string& name) {
        return Documented(length, PfValue("tcp." + name));
    };
    const Fact<Duration> established = timeout(24h, "established");
    const Fact<Duration> closing = timeout(900s, "closing");
    const Fact<Duration> closed = timeout(90s, "closed");
    row.tcp = {timeout(120s, "first"),
               timeout(30s, "opening"),
               established,
               established,
               closing,
               closing,
               timeout(45s, "finwait"),
               closed,
               closed};
    row.udpNew = Documented(Duration{60s},
                            PfValue("udp.first") + "; udp.single, 30 s after a second packet "
                                                   "the same way, is not modelled");
    row.udpStream = Documented(Duration{60s}, PfValue("udp.multiple"));
    row.icmpIdle = Documented(Duration{20s},
                              PfValue("icmp.first") + "; icmp.error, 10 s after an answer, is "
                                                      "not modelled");
    row.expiryGrid = Documented(Duration{10s},
                                "interval, PFTM_INTERVAL_VAL, sys/net/pfvar.h: a scan every 10 s");
}

NatPreset
Pf()
{
    NatPreset row = PlainNat("openbsd-pf", "pf", "OpenBSD's pf, and FreeBSD's with its defaults");
    row.tcpUnique = Documented(NatUniqueness::Destination,
                               PfLb(": looks for a state with the same remote end"));
    row.udpUnique = row.tcpUnique;
    row.icmp = Documented(true, PfLb());
    row.mapping = Documented(MappingRule::AddressAndPortDependent, PfLb(": for each state anew"));
    row.filtering = Documented(Dependence::AddressAndPort, "packets in have to match a state");
    row.pick = Documented(PortPick::Search, PfLb("; static-port keeps them instead"));
    row.search = Documented(PortSearch::UpThenDown, PfLb());
    row.ports = Documented(PortRange(50001, 65535), "PF_NAT_PROXY_PORT_LOW and _HIGH");
    row.addressPick = Documented(AddressPick::RoundRobin, "pf.conf(5), address pools");
    row.spills = Documented(true, PfLb(": round-robin and random pools try the next address"));
    row.ofTable = Documented(Limit{100000u},
                             "PFSTATE_HIWAT, sys/net/pfvar_priv.h; that timers shrink from 60 % of "
                             "it on is not modelled");
    SetPfTimers(row);
    row.refresh = Documented(RefreshRule::Both, "pf_test_state(), sys/net/pf.c");
    row.reopensAnew = Uncertain(true,
                                false,
                                true,
                                "a SYN ends a closed state and is dropped, its repetition opens "
                                "another; by memory");
    row.onExhaustion = Documented(ExhaustionRule::Silent, PfLb(": the packet is dropped"));
    row.onUnknownFlow = Uncertain(UnknownFlowRule::Drop,
                                  UnknownFlowRule::Drop,
                                  UnknownFlowRule::PickUp,
                                  "by rule: keep state makes one of SYNs only, with flags S/SA");
    row.hairpins = Documented(false, "needs a rule of its own: pf.conf(5)");
    return row;
}

// ---- Windows ----

NatPreset
WinNat()
{
    const std::string shown = "Get-NetNat shows it by default";
    NatPreset row = PlainNat("winnat", "winnat", "WinNAT: Hyper-V and Windows containers");
    row.tcpUnique = Uncertain(NatUniqueness::Endpoint,
                              NatUniqueness::Destination,
                              NatUniqueness::Endpoint,
                              "not documented");
    row.udpUnique = row.tcpUnique;
    row.icmp = Documented(true, "IcmpQueryTimeout: " + shown);
    row.mapping = Uncertain(MappingRule::EndpointIndependent,
                            MappingRule::EndpointIndependent,
                            MappingRule::AddressAndPortDependent,
                            "not documented");
    row.filtering = Documented(Dependence::RemoteAddress, "AddressDependentFiltering: " + shown);
    row.pick = Uncertain(PortPick::PreserveThenSearch,
                         PortPick::PreserveThenSearch,
                         PortPick::Search,
                         "not documented");
    row.search =
        Uncertain(PortSearch::AnyFree, PortSearch::InOrder, PortSearch::AnyFree, "not documented");
    row.ports = Uncertain(PortRange(1024, 65535),
                          PortRange(49152, 65535),
                          PortRange(1024, 65535),
                          "not documented; it reserves blocks of the host's own ports");
    const Fact<Duration> transient =
        Documented(Duration{120s}, "TcpTransientConnectionTimeout: " + shown);
    row.tcp = TwoTimers(Documented(Duration{1800s}, "TcpEstablishedConnectionTimeout: " + shown),
                        transient);
    row.udpNew = Documented(Duration{120s}, "UdpIdleSessionTimeout: " + shown);
    row.udpStream = row.udpNew;
    row.icmpIdle = Documented(Duration{30s}, "IcmpQueryTimeout: " + shown);
    row.refresh = Documented(RefreshRule::Outbound, "UdpInboundRefresh False: " + shown);
    row.reopensAnew = Uncertain(true, false, true, "not documented");
    row.onExhaustion = Uncertain(ExhaustionRule::Silent,
                                 ExhaustionRule::Silent,
                                 ExhaustionRule::Icmp,
                                 "not documented");
    row.onUnknownFlow = Uncertain(UnknownFlowRule::Drop,
                                  UnknownFlowRule::Drop,
                                  UnknownFlowRule::Reset,
                                  "not documented");
    row.hairpins = Uncertain(false, false, true, "not documented");
    return row;
}

// ---- Cilium ----

void
SetCiliumTimers(NatPreset& row)
{
    const Fact<Duration> opening = Documented(Duration{60s}, "bpf-ct-timeout-regular-tcp-syn");
    const Fact<Duration> closing = Documented(Duration{10s}, "bpf-ct-timeout-regular-tcp-fin");
    const Fact<Duration> open = Documented(Duration{8000s},
                                           "bpf-ct-timeout-regular-tcp; older versions had 21600 "
                                           "s");
    row.tcp = {opening, opening, open, open, closing, closing, closing, closing, closing};
    row.udpNew = Documented(Duration{60s}, "bpf-ct-timeout-regular-any");
    row.udpStream = row.udpNew;
    row.icmpIdle = row.udpNew;
}

NatPreset
Cilium()
{
    const std::string source = "snat_v4_new_mapping(), bpf/lib/nat.h";
    NatPreset row = PlainNat("cilium", "cilium", "Cilium's eBPF masquerading, one for each node");
    row.tcpUnique =
        Documented(NatUniqueness::Destination, source + ": the reverse tuple has the remote end");
    row.udpUnique = row.tcpUnique;
    row.icmp = Documented(true, source);
    row.mapping = Documented(MappingRule::AddressAndPortDependent, source);
    row.filtering = Documented(Dependence::AddressAndPort, source);
    row.pick = Documented(PortPick::PreserveThenSearch, source + ": if it lies in the range");
    row.search = Documented(PortSearch::Linear, source);
    row.retries = Uncertain(32u,
                            32u,
                            128u,
                            "SNAT_COLLISION_RETRIES, bpf/lib/nat.h; 128 in older builds for large "
                            "programs");
    row.ports = Documented(PortRange(32768, 65535), "above the last NodePort, pkg/maps/nat");
    row.ofTable = Chosen(Limit{},
                         "bpf-nat-global-max, 524288 entries, two a mapping: a full table forgets "
                         "the oldest (LRU), which is not modelled");
    SetCiliumTimers(row);
    row.expiryGrid = Chosen(Duration{0s}, "entries go with the garbage collector, not modelled");
    row.refresh = Documented(RefreshRule::Both, "bpf/lib/conntrack.h");
    row.reopensAnew = Uncertain(false, false, true, "not read in the source");
    row.onExhaustion = Documented(ExhaustionRule::Silent, "DROP_NAT_NO_MAPPING");
    row.onUnknownFlow = Uncertain(UnknownFlowRule::PickUp,
                                  UnknownFlowRule::Drop,
                                  UnknownFlowRule::PickUp,
                                  "a packet out makes a mapping whatever its flags; not read");
    row.hairpins = Uncertain(false, "not read in the source");
    row.counters.noPort = Documented(std::string("No mapping for NAT masquerade"),
                                     "drop reason 167, pkg/monitor/api");
    return row;
}

// ---- Cisco ----

NatPreset
CiscoIos()
{
    const std::string source = "ip nat translation, IOS command reference: default";
    NatPreset row = PlainNat("cisco-ios", "cisco", "Cisco IOS, ip nat inside source ... overload");
    row.tcpUnique = Uncertain(NatUniqueness::Endpoint,
                              NatUniqueness::Destination,
                              NatUniqueness::Endpoint,
                              "not documented");
    row.udpUnique = row.tcpUnique;
    row.icmp = Documented(true, "icmp-timeout, " + source);
    row.mapping = Uncertain(MappingRule::AddressAndPortDependent,
                            MappingRule::EndpointIndependent,
                            MappingRule::AddressAndPortDependent,
                            "an entry for each flow in show ip nat translations");
    row.filtering = Uncertain(Dependence::AddressAndPort,
                              Dependence::None,
                              Dependence::AddressAndPort,
                              "not documented");
    row.pick = Uncertain(PortPick::PreserveThenSearch,
                         PortPick::PreserveThenSearch,
                         PortPick::Search,
                         "the original port if it is free, else the next of its group; by memory");
    row.search = Uncertain(PortSearch::InOrder,
                           PortSearch::InOrder,
                           PortSearch::AnyFree,
                           "the first available one of its group; by memory");
    row.ports = Uncertain(PortRange(1024, 65535), "the last of three groups; by memory");
    row.lowClasses = Uncertain(std::vector<PortClass>{{PortRange(1, 511), PortRange(1, 511)},
                                                      {PortRange(512, 1023), PortRange(512, 1023)}},
                               "port groups 1-511, 512-1023 and 1024-65535; by memory");
    const Fact<Duration> opening = Documented(Duration{60s}, "syn-timeout, " + source);
    const Fact<Duration> closing = Documented(Duration{60s}, "finrst-timeout, " + source);
    const Fact<Duration> open = Documented(Duration{24h}, "tcp-timeout, " + source);
    row.tcp = {opening, opening, open, open, closing, closing, closing, closing, closing};
    row.udpNew =
        Documented(Duration{300s}, "udp-timeout, " + source + "; 60 s of DNS, dns-timeout");
    row.udpStream = row.udpNew;
    row.icmpIdle = Documented(Duration{60s}, "icmp-timeout, " + source);
    row.ofTable = Documented(Limit{}, "max-entries, " + source + " 0, which is none");
    row.refresh =
        Uncertain(RefreshRule::Both, RefreshRule::Outbound, RefreshRule::Both, "not documented");
    row.reopensAnew = Uncertain(false, false, true, "not documented");
    row.onExhaustion = Uncertain(ExhaustionRule::Silent,
                                 ExhaustionRule::Silent,
                                 ExhaustionRule::Icmp,
                                 "not documented");
    row.onUnknownFlow = Uncertain(UnknownFlowRule::PickUp,
                                  UnknownFlowRule::Drop,
                                  UnknownFlowRule::PickUp,
                                  "a packet out makes a translation; by memory");
    row.hairpins = Uncertain(false, false, true, "not with ip nat inside; by memory");
    return row;
}

} // namespace

std::vector<NatPreset>
OtherNats()
{
    return {Pf(), WinNat(), Cilium(), CiscoIos()};
}

} // namespace portlab
