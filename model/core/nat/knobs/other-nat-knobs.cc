// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/knobs/system-knobs.h"
#include "model/core/port/units.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

void
AddUdpIdle(SystemKnobs& knobs)
{
    knobs.AddGroup("udp_idle", {"udp_new", "udp_stream"});
}

void
AddOpening(SystemKnobs& knobs)
{
    knobs.AddGroup("tcp_opening", {"tcp_syn_sent", "tcp_syn_recv"});
}

void
AddClosing(SystemKnobs& knobs)
{
    knobs.AddGroup(
        "tcp_closing",
        {"tcp_fin_wait", "tcp_close_wait", "tcp_last_ack", "tcp_time_wait", "tcp_close"});
}

void
AddTransitory(SystemKnobs& knobs)
{
    knobs.AddGroup("tcp_transitory",
                   {"tcp_syn_sent",
                    "tcp_syn_recv",
                    "tcp_fin_wait",
                    "tcp_close_wait",
                    "tcp_last_ack",
                    "tcp_time_wait",
                    "tcp_close"});
}

NatSetting
PfTimeout(const std::string& knob, const std::string& name)
{
    return {knob, name, 1s, "pf.conf: set timeout " + name + " %"};
}

NatSetting
NetNat(const std::string& knob, const std::string& name)
{
    return {knob, name, 1s, "Set-NetNat -Name NAME -" + name + " %"};
}

NatSetting
CiliumTimeout(const std::string& knob, const std::string& name)
{
    return {knob, name, 1s, "cilium config set " + name + " %s"};
}

NatSetting
IosTimeout(const std::string& knob, const std::string& name)
{
    return {knob, name, 1s, "ip nat translation " + name + " %"};
}

/// One statement for all three.
std::string
BlockAllocation(const NatPreset& row)
{
    return row.blocks.value != BlockMode::OnDemand
               ? ""
               : "set services nat pool POOL port secured-port-block-allocation block-size " +
                     std::to_string(row.blockSize.value) + " max-blocks-per-address " +
                     std::to_string(row.mostBlocks.value) + " active-block-timeout " +
                     InUnits(row.blockActive.value, 1s);
}

void
SetRefreshByNetNat(NatKnobSpec& refresh)
{
    refresh.alias = "UdpInboundRefresh";
    refresh.write = [write = refresh.write](NatPreset& row, std::string_view text, bool own) {
        const bool isTrue = text == "True" || text == "1";
        const bool isFalse = text == "False" || text == "0";
        write(row, !own ? text : isTrue ? "both" : isFalse ? "outbound" : text, own);
    };
    refresh.command = [](const NatPreset& row) {
        const bool isOutbound = row.refresh.value == RefreshRule::Outbound;
        return std::string("Set-NetNat -Name NAME -UdpInboundRefresh ") +
               (isOutbound ? "$False" : "$True");
    };
}

} // namespace

/// In the words of Junos; of others nothing is claimed.
std::vector<NatKnobSpec>
CgnKnobs()
{
    SystemKnobs knobs("");
    AddTransitory(knobs);
    AddUdpIdle(knobs);
    for (const char* name : {"block_size", "most_blocks", "block_active"})
    {
        knobs[name].command = BlockAllocation;
    }
    knobs["blocks"].alias = "secured-port-block-allocation";
    knobs["blocks"].command = BlockAllocation;
    knobs["ports"].command = [](const NatPreset& row) {
        return "set services nat pool POOL port range low " +
               std::to_string(row.ports.value.First()) + " high " +
               std::to_string(row.ports.value.Last());
    };
    return knobs.Finish();
}

/// pf.conf(5).
std::vector<NatKnobSpec>
PfNatKnobs()
{
    SystemKnobs knobs("pf");
    knobs.AddGroup("tcp_closing", {"tcp_fin_wait", "tcp_close_wait"});
    knobs.AddGroup("tcp_closed", {"tcp_time_wait", "tcp_close"});
    knobs.Apply(PfTimeout("tcp_syn_sent", "tcp.first"));
    knobs.Apply(PfTimeout("tcp_syn_recv", "tcp.opening"));
    knobs.Apply(PfTimeout("tcp_established", "tcp.established"));
    knobs.Apply(PfTimeout("tcp_closing", "tcp.closing"));
    knobs.Apply(PfTimeout("tcp_last_ack", "tcp.finwait"));
    knobs.Apply(PfTimeout("tcp_closed", "tcp.closed"));
    knobs.Apply(PfTimeout("udp_new", "udp.first"));
    knobs.Apply(PfTimeout("udp_stream", "udp.multiple"));
    knobs.Apply(PfTimeout("icmp", "icmp.first"));
    knobs.Apply(PfTimeout("expiry_grid", "interval"));
    knobs.Apply({"table_size", "states", 0s, "pf.conf: set limit states %"});
    knobs["ports"].command = [](const NatPreset& row) {
        return "pf.conf: match out on egress nat-to (egress) port " +
               std::to_string(row.ports.value.First()) + ":" +
               std::to_string(row.ports.value.Last());
    };
    knobs["pick"].note = [](const NatPreset& row) {
        const PortPick pick = row.pick.value;
        return pick == PortPick::Search || pick == PortPick::PreserveOnly
                   ? ""
                   : "pf keeps the inside port or searches, never both: this is a what-if";
    };
    // static-port keeps any port; a search stays in the range.
    const auto write = knobs["pick"].write;
    knobs["pick"].write = [write](NatPreset& row, std::string_view text, bool own) {
        write(row, text, own);
        row.preservesAnyPort = SetByUser(row.pick.value == PortPick::PreserveOnly);
    };
    knobs["pick"].command = [](const NatPreset& row) {
        return std::string("pf.conf: match out on egress nat-to (egress)") +
               (row.pick.value == PortPick::PreserveOnly ? " static-port" : "");
    };
    return knobs.Finish();
}

/// Set-NetNat, module NetNat.
std::vector<NatKnobSpec>
WinNatKnobs()
{
    SystemKnobs knobs("Windows");
    AddTransitory(knobs);
    AddUdpIdle(knobs);
    knobs.Apply(NetNat("tcp_established", "TcpEstablishedConnectionTimeout"));
    knobs.Apply(NetNat("tcp_transitory", "TcpTransientConnectionTimeout"));
    knobs.Apply(NetNat("udp_idle", "UdpIdleSessionTimeout"));
    knobs.Apply(NetNat("icmp", "IcmpQueryTimeout"));
    SetRefreshByNetNat(knobs["refresh"]);
    return knobs.Finish();
}

/// cilium-agent's options, daemon/cmd/daemon_main.go.
std::vector<NatKnobSpec>
CiliumKnobs()
{
    SystemKnobs knobs("Cilium");
    AddOpening(knobs);
    AddClosing(knobs);
    knobs.AddGroup("other_idle", {"udp_new", "udp_stream", "icmp"});
    knobs.Apply(CiliumTimeout("tcp_established", "bpf-ct-timeout-regular-tcp"));
    knobs.Apply(CiliumTimeout("tcp_opening", "bpf-ct-timeout-regular-tcp-syn"));
    knobs.Apply(CiliumTimeout("tcp_closing", "bpf-ct-timeout-regular-tcp-fin"));
    knobs.Apply(CiliumTimeout("other_idle", "bpf-ct-timeout-regular-any"));
    return knobs.Finish();
}

/// Cisco IOS NAT Configuration Guide, ip nat translation.
std::vector<NatKnobSpec>
CiscoNatKnobs()
{
    SystemKnobs knobs("Cisco IOS");
    AddOpening(knobs);
    AddClosing(knobs);
    AddUdpIdle(knobs);
    knobs.Apply(IosTimeout("tcp_established", "tcp-timeout"));
    knobs.Apply(IosTimeout("tcp_opening", "syn-timeout"));
    knobs.Apply(IosTimeout("tcp_closing", "finrst-timeout"));
    knobs.Apply(IosTimeout("udp_idle", "udp-timeout"));
    knobs.Apply(IosTimeout("icmp", "icmp-timeout"));
    knobs.Apply({"table_size", "max-entries", 0s, "ip nat translation max-entries %"});
    return knobs.Finish();
}

std::vector<NatKnobSpec>
ConeKnobs()
{
    SystemKnobs knobs("");
    AddTransitory(knobs);
    AddUdpIdle(knobs);
    return knobs.Finish();
}

} // namespace portlab
