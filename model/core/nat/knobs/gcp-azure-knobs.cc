// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/knobs/system-knobs.h"

#include <algorithm>

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

NatSetting
Gcloud(const std::string& knob, const std::string& alias, Duration unit, const std::string& option)
{
    return {knob,
            alias,
            unit,
            "gcloud compute routers nats update NAT --router=ROUTER --region=REGION --" + option +
                "=%"};
}

/// With it, an external port belongs to one inside endpoint.
NatKnobSpec
EndpointIndependentMapping()
{
    NatKnobSpec knob = NatKnob(
        "endpoint_independent_mapping",
        "Endpoint-independent mapping: on or off. Sets mapping and both uniquenesses.",
        &NatPreset::mapping,
        [](MappingRule rule) { return FormatSwitch(rule == MappingRule::EndpointIndependent); },
        [](std::string_view text) {
            return ParseSwitch(text) ? MappingRule::EndpointIndependent
                                     : MappingRule::AddressAndPortDependent;
        });
    knob.alias = "enableEndpointIndependentMapping";
    knob.write = [write = knob.write](NatPreset& row, std::string_view text, bool own) {
        write(row, !own ? text : text == "true" ? "on" : text == "false" ? "off" : text, own);
        const bool isOn = row.mapping.value == MappingRule::EndpointIndependent;
        row.tcpUnique = SetByUser(isOn ? NatUniqueness::Endpoint : NatUniqueness::Destination);
        row.udpUnique = row.tcpUnique;
    };
    knob.note = [](const NatPreset& row) {
        const bool isOn = row.mapping.value == MappingRule::EndpointIndependent;
        return isOn && row.blocks.value == BlockMode::Doubling
                   ? "Google refuses endpoint-independent mapping together with dynamic port "
                     "allocation: this is a what-if"
                   : "";
    };
    knob.command = [](const NatPreset& row) {
        const bool isOn = row.mapping.value == MappingRule::EndpointIndependent;
        return std::string("gcloud compute routers nats update NAT --router=ROUTER "
                           "--region=REGION --") +
               (isOn ? "" : "no-") + "enable-endpoint-independent-mapping";
    };
    return knob;
}

constexpr std::uint32_t FRONTEND_PORTS = 64000;
constexpr std::uint32_t PORTS_OF_RULE = 8;

/// Each rule takes 8 ports of the frontend's 64,000.
NatKnobSpec
LbRules()
{
    NatKnobSpec knob;
    knob.name = "lb_rules";
    knob.meaning = "Load-balancing and inbound NAT rules of the frontend, each of which takes 8 of "
                   "its 64,000 ports. Sets ports.";
    knob.read = [](const NatPreset& row) {
        return ViewOf(row.ports, [](const PortRange& ports) {
            const std::uint32_t left = std::min(ports.Count(), FRONTEND_PORTS);
            return std::to_string((FRONTEND_PORTS - left) / PORTS_OF_RULE);
        });
    };
    knob.write = [](NatPreset& row, std::string_view text, bool) {
        const std::uint32_t rules = ParseCount(text, 0, FRONTEND_PORTS / PORTS_OF_RULE - 1);
        const Port first = row.ports.value.First();
        const std::uint32_t last = first + FRONTEND_PORTS - PORTS_OF_RULE * rules - 1;
        row.ports =
            SetByUser(PortRange(first, static_cast<Port>(std::min<std::uint32_t>(last, 65535))));
    };
    knob.note = [](const NatPreset&) { return ""; };
    return knob;
}

} // namespace

/// Source: RouterNat, Compute Engine API.
std::vector<NatKnobSpec>
GcpNatKnobs()
{
    SystemKnobs knobs("Google");
    knobs.AddGroup(
        "tcp_transitory",
        {"tcp_syn_sent", "tcp_syn_recv", "tcp_fin_wait", "tcp_close_wait", "tcp_last_ack"});
    knobs.AddGroup("udp_idle", {"udp_new", "udp_stream"});
    knobs.Apply(Gcloud("block_size", "minPortsPerVm", 0s, "min-ports-per-vm"));
    knobs.Apply(Gcloud("most_ports_per_host", "maxPortsPerVm", 0s, "max-ports-per-vm"));
    knobs.Apply(Gcloud("udp_idle", "udpIdleTimeoutSec", 1s, "udp-idle-timeout"));
    knobs.Apply(Gcloud("icmp", "icmpIdleTimeoutSec", 1s, "icmp-idle-timeout"));
    knobs.Apply(Gcloud("tcp_established",
                       "tcpEstablishedIdleTimeoutSec",
                       1s,
                       "tcp-established-idle-timeout"));
    knobs.Apply(
        Gcloud("tcp_transitory", "tcpTransitoryIdleTimeoutSec", 1s, "tcp-transitory-idle-timeout"));
    knobs.Apply(Gcloud("tcp_time_wait", "tcpTimeWaitTimeoutSec", 1s, "tcp-time-wait-timeout"));
    knobs.Add(EndpointIndependentMapping());
    return knobs.Finish();
}

/// Source of the limits: MicrosoftDocs/azure-docs, articles/nat-gateway/nat-gateway-resource.md.
std::vector<NatKnobSpec>
AzureNatGatewayKnobs()
{
    SystemKnobs knobs("Azure");
    knobs.Apply(
        {"tcp_established",
         "idleTimeoutInMinutes",
         1min,
         "az network nat gateway update --resource-group GROUP --name NAME --idle-timeout %",
         4,
         120});
    return knobs.Finish();
}

/// Source of the limits: MicrosoftDocs/azure-docs, articles/load-balancer/outbound-rules.md.
std::vector<NatKnobSpec>
AzureLbKnobs()
{
    const std::string command = "az network lb outbound-rule update --resource-group GROUP "
                                "--lb-name LB --name RULE --";
    SystemKnobs knobs("Azure");
    knobs.Apply(
        {"tcp_established", "idleTimeoutInMinutes", 1min, command + "idle-timeout %", 4, 120});
    knobs.Apply({"block_size", "allocatedOutboundPorts", 0s, command + "outbound-ports %"});
    knobs["block_size"].command = [command](const NatPreset& row) {
        return row.blockSizeByHosts.value.empty()
                   ? command + "outbound-ports " + std::to_string(row.blockSize.value)
                   : "";
    };
    knobs.Add(LbRules());
    return knobs.Finish();
}

} // namespace portlab
