// SPDX-License-Identifier: GPL-2.0-only

// The four kinds of NAT by the names of RFC 3489, section 5, as RFC 4787 would describe them. They
// are no devices: what the names do not say is chosen, by the RFCs where these have a number.

#include "model/core/nat/presets/nat-families.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

NatPreset
Kind(const std::string& name, const std::string& title)
{
    const std::string choice = "a choice: the name does not say it";
    NatPreset row = PlainNat(name, "cone", title);
    row.tcpUnique = Chosen(NatUniqueness::Endpoint, "RFC 5382, REQ-7: no port overloading");
    row.udpUnique = Chosen(NatUniqueness::Endpoint, "RFC 4787, REQ-3: no port overloading");
    row.icmp = Chosen(true, "RFC 5508, REQ-1");
    row.mapping = Chosen(MappingRule::EndpointIndependent, "RFC 3489, section 5");
    row.pick = Chosen(PortPick::PreserveThenSearch, "RFC 4787, section 4.2.1: port preservation");
    row.search = Chosen(PortSearch::RandomStart, choice);
    row.ports = Chosen(PortRange(1024, 65535), choice);
    row.tcp = TwoTimers(Chosen(Duration{7440s}, "RFC 5382, REQ-5: at least 2 h 4 min"),
                        Chosen(Duration{240s}, "RFC 5382, REQ-5: at least 4 min"));
    row.udpNew = Chosen(Duration{300s}, "RFC 4787, REQ-5: at least 2 min, 5 advised");
    row.udpStream = row.udpNew;
    row.icmpIdle = Chosen(Duration{60s}, "RFC 5508, REQ-2: at least 60 s");
    row.refresh = Chosen(RefreshRule::Both, "RFC 4787, REQ-6: outbound must, inbound may");
    row.reopensAnew = Chosen(false, choice);
    row.onExhaustion = Chosen(ExhaustionRule::Silent, choice);
    row.onUnknownFlow = Chosen(UnknownFlowRule::Drop, choice);
    row.hairpins = Chosen(true, "RFC 4787, REQ-9; RFC 5382, REQ-8");
    return row;
}

NatPreset
Cone(const std::string& name, const std::string& title, Dependence filtering)
{
    NatPreset row = Kind(name, title);
    row.filtering = Chosen(filtering, "RFC 3489, section 5");
    return row;
}

NatPreset
Symmetric()
{
    NatPreset row = Cone("symmetric",
                         "Every destination another port, and only it gets in",
                         Dependence::AddressAndPort);
    row.mapping = Chosen(MappingRule::AddressAndPortDependent, "RFC 3489, section 5");
    row.tcpUnique = Chosen(NatUniqueness::Destination,
                           "RFC 7857, section 3: ports may overlap if destinations differ");
    row.udpUnique = row.tcpUnique;
    row.pick = Chosen(PortPick::Search, "the port would else be the same for most destinations");
    return row;
}

} // namespace

std::vector<NatPreset>
ConeNats()
{
    return {Cone("full-cone", "One port for all destinations, and all get in", Dependence::None),
            Cone("restricted-cone",
                 "One port for all destinations, and addresses spoken to get in",
                 Dependence::RemoteAddress),
            Cone("port-restricted-cone",
                 "One port for all destinations, and endpoints spoken to get in",
                 Dependence::AddressAndPort),
            Symmetric()};
}

} // namespace portlab
