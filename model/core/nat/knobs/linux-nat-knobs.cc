// SPDX-License-Identifier: GPL-2.0-only

// The settings of Linux's conntrack: Documentation/networking/nf_conntrack-sysctl.rst; of its NAT:
// iptables-extensions(8). And those of Amazon's plugin, which writes such rules.

#include "model/core/nat/knobs/system-knobs.h"
#include "model/core/port/units.h"

#include <array>
#include <utility>

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

constexpr std::array<std::pair<const char*, const char*>, 12> TIMEOUTS{
    {{"tcp_syn_sent", "tcp_timeout_syn_sent"},
     {"tcp_syn_recv", "tcp_timeout_syn_recv"},
     {"tcp_established", "tcp_timeout_established"},
     {"tcp_unacked", "tcp_timeout_unacknowledged"},
     {"tcp_fin_wait", "tcp_timeout_fin_wait"},
     {"tcp_close_wait", "tcp_timeout_close_wait"},
     {"tcp_last_ack", "tcp_timeout_last_ack"},
     {"tcp_time_wait", "tcp_timeout_time_wait"},
     {"tcp_close", "tcp_timeout_close"},
     {"udp_new", "udp_timeout"},
     {"udp_stream", "udp_timeout_stream"},
     {"icmp", "icmp_timeout"}}};

NatSetting
Sysctl(const std::string& knob, const std::string& name, Duration unit)
{
    const std::string alias = "net.netfilter.nf_conntrack_" + name;
    return {knob, alias, unit, "sysctl -w " + alias + "=%"};
}

std::string
Rule(const std::string& rest)
{
    return "iptables -t nat -A POSTROUTING -o INTERFACE -p PROTOCOL -j MASQUERADE" + rest;
}

/// A rule with ports of its own has no classes, and keeps only what lies in them.
void
SetPortsByRule(NatKnobSpec& ports)
{
    ports.write = [write = ports.write](NatPreset& row, std::string_view text, bool own) {
        const PortRange before = row.ports.value;
        write(row, text, own);
        if (!(row.ports.value == before))
        {
            row.lowClasses = SetByUser(std::vector<PortClass>{});
            row.preservesAnyPort = SetByUser(false);
        }
    };
    ports.command = [](const NatPreset& row) {
        return Rule(" --to-ports " + FormatPortRange(row.ports.value));
    };
}

/// 0 is Linux's word for no limit.
void
AcceptZeroAsOff(NatKnobSpec& tableSize)
{
    tableSize.write = [write = tableSize.write](NatPreset& row, std::string_view text, bool own) {
        write(row, own && text == "0" ? "off" : text, own);
    };
    tableSize.command = [command = tableSize.command](const NatPreset& row) {
        return row.ofTable.value ? command(row) : "sysctl -w net.netfilter.nf_conntrack_max=0";
    };
}

void
SetUnknownFlowsByTcpLoose(NatKnobSpec& knob)
{
    knob.alias = "net.netfilter.nf_conntrack_tcp_loose";
    knob.write = [write = knob.write](NatPreset& row, std::string_view text, bool own) {
        const bool isNumber = own && (text == "0" || text == "1");
        write(row, !isNumber ? text : text == "1" ? "pick-up" : "drop", own);
    };
    knob.note = [](const NatPreset& row) {
        return row.onUnknownFlow.value == UnknownFlowRule::Reset
                   ? "Linux drops what it does not know, or picks it up: this is a what-if"
                   : "";
    };
    knob.command = [alias = knob.alias](const NatPreset& row) {
        const bool isLoose = row.onUnknownFlow.value == UnknownFlowRule::PickUp;
        return "sysctl -w " + alias + (isLoose ? "=1" : "=0");
    };
}

void
SetAddressPickByPersistent(NatKnobSpec& knob)
{
    knob.note = [](const NatPreset& row) {
        const AddressPick pick = row.addressPick.value;
        return pick == AddressPick::HashInside || pick == AddressPick::HashInsideAndRemote
                   ? ""
                   : "Linux hashes the inside address, alone or with the remote one: this is a "
                     "what-if";
    };
    knob.command = [](const NatPreset& row) {
        const bool isPersistent = row.addressPick.value == AddressPick::HashInside;
        return std::string("iptables -t nat -A POSTROUTING -o INTERFACE -j SNAT --to-source "
                           "FIRST-LAST") +
               (isPersistent ? " --persistent" : "");
    };
}

/// What --random-fully changes, at once.
NatKnobSpec
RandomFully()
{
    NatKnobSpec knob = NatKnob(
        "random_fully",
        "Rules have --random-fully: on or off. Sets mapping and pick.",
        &NatPreset::pick,
        [](PortPick pick) { return FormatSwitch(pick == PortPick::Search); },
        [](std::string_view text) {
            return ParseSwitch(text) ? PortPick::Search : PortPick::PreserveThenSearch;
        });
    knob.write = [write = knob.write](NatPreset& row, std::string_view text, bool own) {
        write(row, text, own);
        row.mapping =
            SetByUser(row.pick.value == PortPick::Search ? MappingRule::AddressAndPortDependent
                                                         : MappingRule::InheritLatest);
    };
    knob.command = [](const NatPreset& row) {
        return Rule(row.pick.value == PortPick::Search ? " --random-fully" : "");
    };
    return knob;
}

/// The plugin's own words for it.
NatKnobSpec
RandomizeSnat()
{
    NatKnobSpec knob = RandomFully();
    knob.alias = "AWS_VPC_K8S_CNI_RANDOMIZESNAT";
    knob.write = [write = knob.write](NatPreset& row, std::string_view text, bool own) {
        const bool isRandom = text == "prng" || text == "hashrandom";
        write(row, !own ? text : isRandom ? "on" : text == "none" ? "off" : text, own);
    };
    knob.command = [](const NatPreset& row) {
        return std::string("kubectl -n kube-system set env daemonset/aws-node "
                           "AWS_VPC_K8S_CNI_RANDOMIZESNAT=") +
               (row.pick.value == PortPick::Search ? "prng" : "none");
    };
    return knob;
}

SystemKnobs
Conntrack()
{
    SystemKnobs knobs("Linux");
    for (const auto& [knob, name] : TIMEOUTS)
    {
        knobs.Apply(Sysctl(knob, name, 1s));
    }
    knobs.Apply(Sysctl("table_size", "max", 0s));
    knobs.Apply(Sysctl("buckets", "buckets", 0s));
    AcceptZeroAsOff(knobs["table_size"]);
    SetPortsByRule(knobs["ports"]);
    SetUnknownFlowsByTcpLoose(knobs["on_unknown_flow"]);
    SetAddressPickByPersistent(knobs["address_pick"]);
    for (const char* name : {"mapping", "pick"})
    {
        knobs[name].note = [](const NatPreset&) {
            return "Linux changes mapping and pick only together: random_fully does";
        };
    }
    return knobs;
}

} // namespace

std::vector<NatKnobSpec>
LinuxNatKnobs()
{
    SystemKnobs knobs = Conntrack();
    knobs.Add(RandomFully());
    return knobs.Finish();
}

std::vector<NatKnobSpec>
VpcCniKnobs()
{
    SystemKnobs knobs = Conntrack();
    knobs.Add(RandomizeSnat());
    return knobs.Finish();
}

} // namespace portlab
