// SPDX-License-Identifier: GPL-2.0-only

// Carriers' NATs as the RFCs want them, with Junos's defaults where there are such. "IMC'16" is
// Richter et al., A Multi-perspective Analysis of Carrier-Grade NAT Deployment, as others quote it.

#include "model/core/nat/presets/nat-families.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

/// RFC 6888, REQ-8, with exceptions that nobody needs here.
Fact<Duration>
Rest()
{
    return Documented(Duration{120s}, "RFC 6888, REQ-8: at least 120 s");
}

void
SetTimers(NatPreset& row)
{
    row.tcp = TwoTimers(Documented(Duration{7440s}, "RFC 5382, REQ-5: at least 2 h 4 min"),
                        Documented(Duration{240s}, "RFC 5382, REQ-5: at least 4 min"));
    row.udpNew = Uncertain(Duration{300s},
                           Duration{35s},
                           Duration{300s},
                           "RFC 4787, REQ-5: at least 2 min, 5 advised; IMC'16 saw mostly 35 s in "
                           "fixed and 65 s in cellular networks");
    row.udpStream = row.udpNew;
    row.icmpIdle = Documented(Duration{60s}, "RFC 5508, REQ-2: at least 60 s");
    row.rests = {Rest(), Rest(), Rest(), Rest()};
}

NatPreset
CarrierNat(const std::string& name, const std::string& title)
{
    NatPreset row = PlainNat(name, "cgn", title);
    row.tcpUnique = Documented(NatUniqueness::Endpoint, "RFC 5382, REQ-7: no port overloading");
    row.udpUnique = Documented(NatUniqueness::Endpoint, "RFC 4787, REQ-3: no port overloading");
    row.icmp = Documented(true, "RFC 5508, REQ-1");
    row.mapping = Documented(MappingRule::EndpointIndependent, "RFC 4787, REQ-1; RFC 5382, REQ-1");
    row.filtering = Uncertain(Dependence::None,
                              Dependence::None,
                              Dependence::RemoteAddress,
                              "RFC 6888, REQ-7 recommends it; carriers differ");
    row.pick = Uncertain(PortPick::Search,
                         PortPick::PreserveThenSearch,
                         PortPick::Search,
                         "devices differ");
    row.search = Uncertain(PortSearch::AnyFree,
                           PortSearch::InOrder,
                           PortSearch::AnyFree,
                           "devices differ; RFC 6888, REQ-15 wants ports hard to guess");
    row.ports = Documented(PortRange(1024, 65535), "Junos, port automatic");
    row.addressPick = Documented(AddressPick::Paired,
                                 "RFC 6888, REQ-2; arbitrary in a fifth of "
                                 "the networks of IMC'16");
    SetTimers(row);
    row.refresh = Uncertain(RefreshRule::Both,
                            RefreshRule::Outbound,
                            RefreshRule::Both,
                            "RFC 4787, REQ-6: outbound must, inbound may");
    row.reopensAnew = Uncertain(false, false, true, "devices differ");
    row.onExhaustion = Uncertain(ExhaustionRule::Silent,
                                 ExhaustionRule::Silent,
                                 ExhaustionRule::Icmp,
                                 "RFC 5508, REQ-8 wants ICMP code 13; devices differ");
    row.onUnknownFlow = Uncertain(UnknownFlowRule::Drop,
                                  UnknownFlowRule::Drop,
                                  UnknownFlowRule::Reset,
                                  "devices differ");
    row.hairpins = Documented(true, "RFC 4787, REQ-9; RFC 5382, REQ-8");
    return row;
}

NatPreset
BlockAllocation()
{
    const char* const statement = "secured-port-block-allocation, Junos: default";
    NatPreset row = CarrierNat("cgn-pba", "Carrier-grade NAT, blocks of ports on demand");
    row.blocks = Documented(BlockMode::OnDemand, statement);
    row.blockSize = Uncertain(128u,
                              64u,
                              4096u,
                              std::string(statement) + "; carriers also have 256, 512 to 4096 and "
                                                       "more");
    row.mostBlocks = Uncertain(8u, 1u, 8u, std::string(statement) + "; carriers also have 4");
    row.blockActive = Documented(Duration{0s}, statement);
    return row;
}

NatPreset
Deterministic()
{
    NatPreset row = CarrierNat("cgn-deterministic", "Carrier-grade NAT, computed ports (RFC 7422)");
    row.blocks = Documented(BlockMode::Deterministic,
                            "RFC 7422; sizes by Junos's formula, deterministic-nat: ports / "
                            "(hosts / addresses, rounded up), rounded down");
    row.tcpUnique = Uncertain(NatUniqueness::Endpoint,
                              NatUniqueness::Destination,
                              NatUniqueness::Endpoint,
                              "RFC 5382, REQ-7; VPP's det44 shares ports among destinations");
    row.udpUnique = row.tcpUnique;
    return row;
}

} // namespace

std::vector<NatPreset>
CgnNats()
{
    return {BlockAllocation(), Deterministic()};
}

} // namespace portlab
