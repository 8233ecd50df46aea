// SPDX-License-Identifier: GPL-2.0-only

// Google's Cloud NAT. PORTS is cloud.google.com/nat/docs/ports-and-addresses, TROUBLE
// .../troubleshooting, API the description of RouterNat in the Compute Engine API and in
// Terraform's google_compute_router_nat.

#include "model/core/nat/presets/nat-families.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

const char* const PORTS = "cloud.google.com/nat/docs/ports-and-addresses";
const char* const TROUBLE = "cloud.google.com/nat/docs/troubleshooting";
const char* const API = "RouterNat, Compute Engine API";

void
SetChoice(NatPreset& row)
{
    row.tcpUnique = Documented(NatUniqueness::Destination,
                               std::string(PORTS) + ": a port of a VM serves one connection to "
                                                    "each destination");
    row.udpUnique = row.tcpUnique;
    row.icmp = Documented(true, "icmpIdleTimeoutSec, RouterNat, Compute Engine API");
    row.mapping = Documented(MappingRule::AddressAndPortDependent,
                             "enableEndpointIndependentMapping is FALSE by default: upgrade guide "
                             "of Terraform's google provider 5.0");
    row.filtering = Uncertain(Dependence::AddressAndPort,
                              Dependence::RemoteAddress,
                              Dependence::AddressAndPort,
                              "endpoint-dependent; on what it depends was not read");
    row.pick = Uncertain(PortPick::Search,
                         PortPick::PreserveThenSearch,
                         PortPick::Search,
                         "not documented");
    row.search =
        Uncertain(PortSearch::AnyFree, PortSearch::InOrder, PortSearch::AnyFree, "not documented");
    row.ports = Documented(PortRange(1024, 65535),
                           std::string(PORTS) + ": 64,512 ports of each protocol and address");
    row.addressPick = Uncertain(AddressPick::Paired,
                                AddressPick::FillInOrder,
                                AddressPick::Paired,
                                "not documented: which address a VM's ports are of");
}

void
SetTimers(NatPreset& row)
{
    const std::string api = API;
    const Fact<Duration> transitory =
        Documented(Duration{30s}, "tcpTransitoryIdleTimeoutSec, " + api);
    row.tcp =
        TwoTimers(Documented(Duration{1200s}, "tcpEstablishedIdleTimeoutSec, " + api), transitory);
    row.tcp.timeWait = Documented(Duration{120s}, "tcpTimeWaitTimeoutSec, " + api);
    row.tcp.close = Uncertain(Duration{30s},
                              Duration{30s},
                              Duration{120s},
                              "after a reset either tcpTransitoryIdleTimeoutSec or "
                              "tcpTimeWaitTimeoutSec; not documented which");
    row.udpNew = Documented(Duration{30s}, "udpIdleTimeoutSec, " + api);
    row.udpStream = row.udpNew;
    row.icmpIdle = Documented(Duration{30s}, "icmpIdleTimeoutSec, " + api);
}

NatPreset
CloudNat(const std::string& name, const std::string& title)
{
    NatPreset row = PlainNat(name, "gcp", title);
    SetChoice(row);
    SetTimers(row);
    row.refresh =
        Uncertain(RefreshRule::Both, RefreshRule::Outbound, RefreshRule::Both, "not documented");
    row.reopensAnew = Uncertain(true, false, true, "not documented");
    row.onExhaustion =
        Documented(ExhaustionRule::Silent, std::string(TROUBLE) + ": packets are dropped");
    row.onUnknownFlow = Uncertain(UnknownFlowRule::Drop,
                                  UnknownFlowRule::Drop,
                                  UnknownFlowRule::Reset,
                                  "not documented");
    row.hairpins = Uncertain(false, "not documented");
    row.counters.noPort =
        Documented(std::string("OUT_OF_RESOURCES"),
                   std::string(TROUBLE) + ", a reason of nat/dropped_sent_packets_count");
    return row;
}

NatPreset
Static()
{
    NatPreset row = CloudNat("gcp-cloud-nat-static", "Google Cloud NAT, static port allocation");
    row.blocks = Documented(BlockMode::Static, PORTS);
    row.blockSize = Documented(64u,
                               std::string("minPortsPerVm, ") + API +
                                   ": 64 by default, so 1008 VMs for each address");
    return row;
}

NatPreset
Dynamic()
{
    NatPreset row = CloudNat("gcp-cloud-nat-dynamic", "Google Cloud NAT, dynamic port allocation");
    row.blocks = Documented(BlockMode::Doubling,
                            std::string(TROUBLE) +
                                ": a VM that is close to being out of ports gets twice as many; "
                                "that packets are lost meanwhile is not modelled, nor when ports "
                                "go back");
    row.blockSize = Documented(32u, std::string("minPortsPerVm, ") + API);
    row.mostPortsOfHost = Documented(65536u, std::string("maxPortsPerVm, ") + API);
    return row;
}

} // namespace

std::vector<NatPreset>
GcpNats()
{
    return {Static(), Dynamic()};
}

} // namespace portlab
