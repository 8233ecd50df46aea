// SPDX-License-Identifier: GPL-2.0-only

// Microsoft's, as MicrosoftDocs/azure-docs describes them: Gateway() is
// articles/nat-gateway/nat-gateway-resource.md and Snat() nat-gateway-snat.md beside it (07/2023),
// Outbound() articles/load-balancer/load-balancer-outbound-connections.md (03/2022; what ends a
// mapping from versions of 2019 to 2021).

#include "model/core/nat/presets/nat-families.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

using Limit = std::optional<std::uint32_t>;

std::string
Gateway(const std::string& what = "")
{
    return "nat-gateway-resource.md" + what;
}

std::string
Snat(const std::string& what = "")
{
    return "nat-gateway-snat.md" + what;
}

std::string
Outbound(const std::string& what = "")
{
    return "load-balancer-outbound-connections.md" + what;
}

/// Of what Microsoft does not say.
void
SetUnknown(NatPreset& row)
{
    row.mapping = Uncertain(MappingRule::AddressAndPortDependent,
                            MappingRule::EndpointIndependent,
                            MappingRule::AddressAndPortDependent,
                            "not documented");
    row.filtering = Uncertain(Dependence::AddressAndPort,
                              Dependence::RemoteAddress,
                              Dependence::AddressAndPort,
                              "not documented");
    row.refresh =
        Uncertain(RefreshRule::Both, RefreshRule::Outbound, RefreshRule::Both, "not documented");
    row.reopensAnew = Uncertain(true, false, true, "not documented");
    row.hairpins = Uncertain(false, "not documented");
    row.onExhaustion = Uncertain(ExhaustionRule::Silent,
                                 ExhaustionRule::Silent,
                                 ExhaustionRule::Reset,
                                 "connections fail; how clients see it is not documented");
    row.icmpIdle = Chosen(Duration{60s}, "ICMP does not pass");
}

/// Closed connections are forgotten at once, and their ports rest.
void
SetGatewayTimers(NatPreset& row)
{
    const Fact<Duration> idle =
        Documented(Duration{240s}, Gateway(", TCP idle timeout: 4 to 120 minutes"));
    const Fact<Duration> halfOpen =
        Documented(Duration{30s},
                   Gateway(", TCP half open: closed after 30 s without traffic, then free"));
    const Fact<Duration> halfClosed = Uncertain(Duration{240s},
                                                Duration{65s},
                                                Duration{240s},
                                                "not documented: whether the first FIN or the "
                                                "second begins the rest");
    const Fact<Duration> gone =
        Documented(Duration{0s}, Gateway(": a closed connection has only the rest of its port"));
    row.tcp = {halfOpen, halfOpen, idle, idle, halfClosed, halfClosed, halfClosed, gone, gone};
    row.udpNew = Documented(Duration{240s}, Gateway(", UDP idle timeout: 4 minutes, fixed"));
    row.udpStream = row.udpNew;
    row.rests = {Documented(Duration{65s}, Gateway(", TCP FIN")),
                 Documented(Duration{16s}, Gateway(", TCP RST")),
                 Documented(Duration{0s}, Gateway(", TCP half open: free once it has closed")),
                 Documented(Duration{65s}, Gateway(", UDP; of idle TCP it is not said"))};
}

NatPreset
NatGateway()
{
    NatPreset row =
        PlainNat("azure-nat-gateway", "azure-nat-gateway", "Azure NAT Gateway, Standard");
    SetUnknown(row);
    row.mostAddresses = Documented(Limit{16u}, Gateway());
    row.tcpUnique = Documented(NatUniqueness::EndpointThenDestination,
                               Snat(": a port in use serves another destination when no unused "
                                    "one is left"));
    row.udpUnique = Documented(NatUniqueness::EndpointThenDestination,
                               Gateway(": UDP has its own inventory of ports"));
    row.icmp = Documented(false, Gateway(": not supported"));
    row.pick = Documented(PortPick::Search, Snat(": a port at random"));
    row.search = Documented(PortSearch::AnyFree, Snat(": at random out of those available"));
    row.ports = Documented(PortRange(1024, 65535), Gateway(": 64,512 ports of each address"));
    row.addressPick = Uncertain(AddressPick::Random,
                                AddressPick::HashInside,
                                AddressPick::Random,
                                "not documented");
    row.spills = Uncertain(true,
                           false,
                           true,
                           "all ports of all addresses are one inventory, says " + Snat());
    row.ofDestination =
        Documented(Limit{50000u},
                   Gateway(": 50,000 connections of each address to one destination"));
    row.ofTable = Documented(Limit{2000000u}, Gateway(": 2 million connections in total"));
    SetGatewayTimers(row);
    row.onUnknownFlow = Documented(UnknownFlowRule::Reset, Gateway(": a reset to the sender"));
    row.counters.noPort =
        Documented(std::string("SNATConnectionCount failed"),
                   "nat-metrics.md: SNAT Connection Count whose connection state is Failed");
    return row;
}

Fact<std::vector<std::pair<std::uint32_t, std::uint32_t>>>
SizesByPool()
{
    return Documented(std::vector<std::pair<std::uint32_t, std::uint32_t>>{{50, 1024},
                                                                           {100, 512},
                                                                           {200, 256},
                                                                           {400, 128},
                                                                           {800, 64},
                                                                           {1000, 32}},
                      Outbound(", default SNAT ports by size of the pool"));
}

/// What ends a mapping is its rest at the same time: the port is not free before.
void
SetLbTimers(NatPreset& row)
{
    const Fact<Duration> idle =
        Documented(Duration{240s}, "outbound-rules.md: outbound idle timeout, 4 minutes");
    const Fact<Duration> closing =
        Documented(Duration{240s}, Outbound(", SNAT port release: 240 s after FIN"));
    row.tcp = TwoTimers(idle, closing);
    row.tcp.synSent = Uncertain(Duration{240s},
                                Duration{30s},
                                Duration{240s},
                                "not documented for connections that never open");
    row.tcp.synRecv = row.tcp.synSent;
    row.tcp.close = Documented(Duration{15s}, Outbound(", SNAT port release: 15 s after RST"));
    row.udpNew = Documented(Duration{240s}, Outbound(": a 4-minute idle timeout"));
    row.udpStream = row.udpNew;
}

NatPreset
LoadBalancer()
{
    NatPreset row =
        PlainNat("azure-lb-default", "azure-lb", "Azure Load Balancer, default outbound ports");
    SetUnknown(row);
    row.tcpUnique = Documented(NatUniqueness::Destination,
                               Outbound(": TCP uses a port again towards other destinations"));
    row.udpUnique = Documented(NatUniqueness::DestinationAddress,
                               Outbound(": UDP's is a port-restricted cone: one port for each "
                                        "destination address"));
    row.icmp = Documented(false, Outbound(": TCP and UDP"));
    row.pick = Uncertain(PortPick::Search,
                         PortPick::PreserveThenSearch,
                         PortPick::Search,
                         "not documented");
    row.search =
        Uncertain(PortSearch::InOrder,
                  PortSearch::InOrder,
                  PortSearch::AnyFree,
                  Outbound(": think of ports as a sequence from lowest to highest available"));
    row.ports = Documented(PortRange(1024, 65023),
                           Outbound(": 64,000 ports of each frontend address; which, it does not "
                                    "say"));
    row.addressPick =
        Documented(AddressPick::FillInOrder, Outbound(": frontends are used in order"));
    row.spills = Documented(true, Outbound(": frontends are used in order"));
    row.blocks = Documented(BlockMode::Static, Outbound());
    row.blockSizeByHosts = SizesByPool();
    row.blockSize = Documented(1024u, Outbound(": of the smallest pools"));
    SetLbTimers(row);
    row.onUnknownFlow = Uncertain(UnknownFlowRule::Drop,
                                  UnknownFlowRule::Drop,
                                  UnknownFlowRule::Reset,
                                  "a reset if enableTcpReset is on, off by default");
    row.counters.noPort =
        Documented(std::string("SnatConnectionCount failed"),
                   "load-balancer-standard-diagnostics.md: SNAT Connection Count, failed");
    return row;
}

} // namespace

std::vector<NatPreset>
AzureNats()
{
    return {NatGateway(), LoadBalancer()};
}

} // namespace portlab
