// SPDX-License-Identifier: GPL-2.0-only

// Amazon's devices, as the guides describe them that awsdocs/ on GitHub keeps: VPC (commit
// 06e98d97, vpc-nat-gateway.md), Elastic Load Balancing (0c49c9c0, load-balancer-target-groups.md;
// network-load-balancers.md), EC2 (09655643, security-group-connection-tracking.md), and the API
// references. How they choose ports, nobody says.

#include "model/core/nat/presets/nat-families.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

using Limit = std::optional<std::uint32_t>;

const char* const NAT_GATEWAY = "vpc-nat-gateway.md";
const char* const TARGET_GROUPS = "load-balancer-target-groups.md, for targets by address";
const char* const TRACKING = "security-group-connection-tracking.md";
const char* const TRACKING_API = "ConnectionTrackingConfiguration, EC2 API Reference";

/// Of what Amazon does not say, the same for all that hides addresses.
void
SetUnknownChoice(NatPreset& row)
{
    row.mapping = Uncertain(MappingRule::AddressAndPortDependent,
                            MappingRule::EndpointIndependent,
                            MappingRule::AddressAndPortDependent,
                            "not documented; Tailscale's guides call the NAT gateway a hard NAT, "
                            "which this is");
    row.filtering = Uncertain(Dependence::AddressAndPort,
                              Dependence::RemoteAddress,
                              Dependence::AddressAndPort,
                              "not documented; nothing gets in that was not asked for");
    row.pick = Uncertain(PortPick::Search,
                         PortPick::PreserveThenSearch,
                         PortPick::Search,
                         "not documented");
    row.search =
        Uncertain(PortSearch::AnyFree, PortSearch::InOrder, PortSearch::AnyFree, "not documented");
    row.addressPick = Uncertain(AddressPick::HashInsideAndRemote,
                                AddressPick::HashInside,
                                AddressPick::Random,
                                "not documented");
    row.spills =
        Uncertain(true,
                  false,
                  true,
                  "not documented; that each address adds 55,000 to the limit suggests it");
    row.refresh =
        Uncertain(RefreshRule::Both, RefreshRule::Outbound, RefreshRule::Both, "not documented");
    row.reopensAnew = Uncertain(true, false, true, "not documented");
    row.hairpins = Uncertain(false, "not documented");
    row.onExhaustion = Uncertain(ExhaustionRule::Silent,
                                 ExhaustionRule::Silent,
                                 ExhaustionRule::Icmp,
                                 "not documented; clients see timeouts");
}

/// What "900 connections per second, about 55,000 connections per minute" implies.
Fact<Duration>
AfterClosing(const std::string& guide)
{
    return Uncertain(Duration{60s},
                     Duration{0s},
                     Duration{60s},
                     "not documented; 55,000 at once are about 55,000 a minute, says " + guide +
                         ", so a closed connection counts for up to a minute");
}

NatTcpTimers
IdleTimers(const Fact<Duration>& idle, const Fact<Duration>& afterClosing)
{
    NatTcpTimers tcp = TwoTimers(idle, idle);
    tcp.timeWait = afterClosing;
    tcp.close = afterClosing;
    return tcp;
}

NatPreset
NatGateway()
{
    NatPreset row = PlainNat("aws-nat-gateway", "aws-nat-gateway", "Amazon VPC NAT gateway");
    SetUnknownChoice(row);
    row.mostAddresses =
        Documented(Limit{8u}, std::string(NAT_GATEWAY) + ": 1 and 7 secondary ones");
    row.tcpUnique =
        Documented(NatUniqueness::Destination,
                   std::string(NAT_GATEWAY) + ": the limit is for each destination, which is "
                                              "address, port and protocol");
    row.udpUnique = row.tcpUnique;
    row.icmp = Documented(true, std::string(NAT_GATEWAY) + ": TCP, UDP and ICMP");
    row.ports = Documented(PortRange(1024, 65535), NAT_GATEWAY);
    row.ofDestination = Documented(Limit{55000u},
                                   std::string(NAT_GATEWAY) +
                                       ": 55,000 connections to each destination and address");
    const Fact<Duration> idle =
        Documented(Duration{350s}, "nat-gateway-troubleshooting.md, idle timeout");
    row.tcp = IdleTimers(idle, AfterClosing("the guide of 2020"));
    row.udpNew = idle;
    row.udpStream = idle;
    row.icmpIdle = idle;
    row.onUnknownFlow = Documented(
        UnknownFlowRule::Reset,
        "nat-gateway-troubleshooting.md: a reset, no FIN, to who goes on after a timeout");
    row.counters.noPort = Documented(std::string("ErrorPortAllocation"),
                                     "vpc-nat-gateway-cloudwatch.md, CloudWatch's metric");
    return row;
}

/// A balancer's node, which puts its own address in the place of the client's.
NatPreset
Nlb()
{
    NatPreset row =
        PlainNat("aws-nlb", "aws-nlb", "Network Load Balancer that hides the clients' addresses");
    SetUnknownChoice(row);
    row.addresses = Chosen(1u, "one for each zone that is on: give as many as there are");
    row.tcpUnique = Documented(NatUniqueness::Destination,
                               std::string(TARGET_GROUPS) + ": the limit is for each address and "
                                                            "port of a target");
    row.udpUnique = row.tcpUnique;
    row.icmp = Documented(false, "listeners are TCP, TLS, UDP and TCP_UDP");
    row.ports = Uncertain(PortRange(1024, 65535), "not documented");
    row.ofDestination =
        Documented(Limit{55000u},
                   std::string(TARGET_GROUPS) +
                       ": 55,000 connections at once, or a minute, to each address and port; that "
                       "it is for each address of the balancer is not said");
    const Fact<Duration> idle =
        Documented(Duration{350s},
                   "tcp.idle_timeout.seconds, ListenerAttribute, ELB API Reference");
    row.tcp = IdleTimers(idle, AfterClosing("load-balancer-target-groups.md"));
    row.udpNew = Documented(Duration{120s},
                            "network-load-balancers.md, connection idle timeout; but addresses are "
                            "hidden from TCP targets only");
    row.udpStream = row.udpNew;
    row.icmpIdle = Chosen(Duration{60s}, "ICMP does not pass");
    row.onUnknownFlow =
        Documented(UnknownFlowRule::Reset,
                   "network-load-balancers.md: a reset to who sends after the idle timeout");
    row.counters.noPort = Documented(std::string("PortAllocationErrorCount"),
                                     "load-balancer-cloudwatch-metrics.md, CloudWatch's metric");
    return row;
}

/// What passes with its own address and port is only tracked.
void
KeepAddresses(NatPreset& row, const std::string& source)
{
    row.mapping = Documented(MappingRule::AddressAndPortDependent, source);
    row.pick = Documented(PortPick::Keep, source);
    row.search = Chosen(PortSearch::AnyFree, "nothing is searched");
    row.ports = Chosen(PortRange(1, 65535), "the hosts' own");
    row.addressPick = Chosen(AddressPick::HashInside, "the hosts' own");
    row.spills = Chosen(false, "the hosts' own");
    row.ofDestination = Chosen(Limit{}, "no port is needed");
    row.counters.noPort = Chosen(std::string("no_port"), "no port is needed");
    row.onExhaustion = Chosen(ExhaustionRule::Silent, "no port is needed");
}

NatPreset
NlbClientIp()
{
    NatPreset row = Nlb();
    row.name = "aws-nlb-client-ip";
    row.title = "Network Load Balancer that preserves the clients' addresses";
    KeepAddresses(row, "preserve_client_ip.enabled, edit-target-group-attributes.md");
    row.tcp.timeWait.source = "not documented";
    row.tcp.close.source = "not documented";
    row.hairpins = Documented(false,
                              "edit-target-group-attributes.md: with client addresses preserved, a "
                              "target cannot reach itself through the balancer");
    return row;
}

/// Of states that Amazon does not describe.
NatTcpTimers
TrackedStates(const Fact<Duration>& established)
{
    const Fact<Duration> opening = Uncertain(Duration{60s},
                                             Duration{20s},
                                             Duration{120s},
                                             "not documented; as other trackers have it");
    const Fact<Duration> closing = Uncertain(Duration{30s},
                                             Duration{0s},
                                             Duration{120s},
                                             "not documented; as other trackers have it");
    return {opening,
            opening,
            established,
            established,
            closing,
            closing,
            closing,
            closing,
            closing};
}

NatPreset
ConnectionTracking()
{
    NatPreset row = PlainNat("ec2-connection-tracking", "ec2", "Amazon EC2 security groups");
    SetUnknownChoice(row);
    KeepAddresses(row, TRACKING);
    row.mostAddresses = Chosen(Limit{}, "the host's own");
    row.tcpUnique = Chosen(NatUniqueness::Destination, "what passes unchanged cannot clash");
    row.udpUnique = row.tcpUnique;
    row.icmp = Documented(true, std::string(TRACKING) + ": ICMP is always tracked");
    row.filtering =
        Documented(Dependence::AddressAndPort, std::string(TRACKING) + ": only responses get in");
    row.ofTable = Uncertain(Limit{},
                            std::string(TRACKING) + ": the limit follows the instance type and is "
                                                    "not published; conntrack_allowance_available "
                                                    "of the ENA driver shows what is left");
    row.tcp = TrackedStates(
        Documented(Duration{120h},
                   std::string(TRACKING_API) + "; 350 s on instance types of Nitro v6"));
    row.udpNew = Documented(Duration{30s}, TRACKING_API);
    row.udpStream = Documented(Duration{180s}, TRACKING_API);
    row.icmpIdle = Uncertain(Duration{30s}, Duration{20s}, Duration{60s}, "not documented; as UDP");
    row.onUnknownFlow = Uncertain(UnknownFlowRule::Drop,
                                  UnknownFlowRule::Drop,
                                  UnknownFlowRule::PickUp,
                                  "where no rule allows it either");
    row.hairpins = Chosen(false, "an address does not change");
    row.counters.tableFull = Documented(std::string("conntrack_allowance_exceeded"),
                                        std::string(TRACKING) + ", ethtool -S");
    return row;
}

} // namespace

std::vector<NatPreset>
AwsNats()
{
    return {NatGateway(), Nlb(), NlbClientIp(), ConnectionTracking()};
}

} // namespace portlab
