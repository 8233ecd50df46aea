// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/knobs/nat-knob-spec.h"
#include "model/core/nat/nat-catalogue.h"
#include "model/core/port/knobs/knob-values.h"
#include "model/core/port/units.h"

#include <algorithm>
#include <array>

namespace portlab
{

namespace
{

constexpr std::uint32_t ALL_PORTS = 65536;

PortRange
ParseExternalPorts(std::string_view text)
{
    const PortRange ports = ParsePortRange(text);
    if (ports.First() == 0)
    {
        RefuseValue(text, "nobody can use port 0: expected ports from 1 on");
    }
    return ports;
}

NatKnobSpec
CountKnob(const std::string& name,
          const std::string& meaning,
          Fact<std::uint32_t> NatPreset::*fact,
          std::uint32_t least)
{
    return NatKnob(
        name,
        meaning,
        fact,
        [](std::uint32_t count) { return std::to_string(count); },
        [=](std::string_view text) { return ParseCount(text, least, ALL_PORTS); });
}

NatKnobSpec
LimitKnob(const std::string& name,
          const std::string& meaning,
          Fact<std::optional<std::uint32_t>> NatPreset::*fact)
{
    return NatKnob(name, meaning, fact, FormatCountOrOff, ParseLimit);
}

/// One number for all, or a table of them.
NatKnobSpec
BlockSizeKnob()
{
    NatKnobSpec knob;
    knob.name = "block_size";
    knob.meaning = "Ports of one block (of the first, if they double); or HOSTS:PORTS,...: so many "
                   "for up to so many inside hosts. Deterministic blocks compute it.";
    knob.read = [](const NatPreset& row) {
        return row.blockSizeByHosts.value.empty()
                   ? ViewOf(row.blockSize, [](std::uint32_t size) { return std::to_string(size); })
                   : ViewOf(row.blockSizeByHosts, FormatSizesByHosts);
    };
    knob.write = [](NatPreset& row, std::string_view text, bool) {
        const bool isTable = text.find(':') != std::string_view::npos;
        row.blockSizeByHosts =
            SetByUser(isTable ? ParseSizesByHosts(text) : decltype(row.blockSizeByHosts.value){});
        if (!isTable)
        {
            row.blockSize = SetByUser(ParseCount(text, 0, ALL_PORTS));
        }
    };
    return knob;
}

} // namespace

// house-rules: long because it is one table, the knobs and what they mean.
std::vector<NatKnobSpec>
NatPortKnobs()
{
    return {
        NatKnob("ports",
                "External ports of every address, both ends included.",
                &NatPreset::ports,
                FormatPortRange,
                ParseExternalPorts),
        NatKnob("low_ports",
                "Inside ports with external ports of their own, as INSIDE:EXTERNAL,...; all others "
                "get `ports`.",
                &NatPreset::lowClasses,
                FormatPortClasses,
                ParsePortClasses),
        NatKnob("reserved",
                "External ports that are never given out, such as those of port forwards: a list "
                "of ports and ranges.",
                &NatPreset::reserved,
                FormatPortList,
                ParsePortList),
        NatWordKnob("uniqueness",
                    "TCP: what may not repeat beside the external address and port: the remote "
                    "address and port (destination), the remote address (destination-address), or "
                    "nothing (endpoint); endpoint-then-destination shares ports when no unused one "
                    "is left.",
                    &NatPreset::tcpUnique),
        NatWordKnob("udp_uniqueness", "The same for UDP and ICMP.", &NatPreset::udpUnique),
        NatSwitchKnob("translates_icmp", "ICMP echo passes: on or off.", &NatPreset::icmp),
        NatWordKnob("mapping",
                    "Which other flow's external port a new flow of the same inside port gets (RFC "
                    "4787, 4.1): any one's (endpoint-independent), that of one to the same address "
                    "(address-dependent), none (address-and-port-dependent), or the latest one's "
                    "if it is free towards this destination (inherit-latest).",
                    &NatPreset::mapping),
        NatWordKnob("filtering",
                    "Whose packets get in from outside (RFC 4787, 5): any one's "
                    "(endpoint-independent), those of addresses (address-dependent) or of "
                    "endpoints (address-and-port-dependent) that were spoken to.",
                    &NatPreset::filtering),
        NatWordKnob("pick",
                    "The external port of a flow that inherits none: the inside port, with address "
                    "and all (keep); the inside port or none (preserve); the inside port, else a "
                    "search (preserve-then-search); a search.",
                    &NatPreset::pick),
        NatWordKnob("search",
                    "How a search looks: from a random port upward (random-start), Linux's 248 "
                    "ports in windows (windowed), some from a random one (linear), up and then "
                    "down (up-then-down), any free one (any-free), from the first upward "
                    "(in-order).",
                    &NatPreset::search),
        CountKnob("retries",
                  "How many ports a linear search tries after the first.",
                  &NatPreset::retries,
                  0),
        NatSwitchKnob("preserve_any_port",
                      "Keeping the inside port works outside of `ports`, too: on or off.",
                      &NatPreset::preservesAnyPort),
        NatSwitchKnob(
            "start_by_16_bits",
            "A search starts at a 16-bit number modulo the range, which prefers its first "
            "ports: on or off.",
            &NatPreset::startsBy16Bits),
        NatWordKnob("address_pick",
                    "Which of several external addresses a flow gets: by a hash of the inside "
                    "address (hash-inside) or of both (hash-inside-and-remote), one for each host "
                    "(paired), the first with a port (fill-in-order), round-robin or random.",
                    &NatPreset::addressPick),
        NatSwitchKnob("spill",
                      "A flow tries further addresses when its own has no port: on or off.",
                      &NatPreset::spills)};
}

std::vector<NatKnobSpec>
NatSharingKnobs()
{
    return {
        NatWordKnob("blocks",
                    "How ports are parcelled out among inside hosts: not (none), one block each "
                    "(static), more as needed (on-demand), ever larger ones (doubling), computed "
                    "(deterministic).",
                    &NatPreset::blocks),
        BlockSizeKnob(),
        CountKnob("most_blocks",
                  "On-demand blocks: how many a host may have.",
                  &NatPreset::mostBlocks,
                  1),
        CountKnob("most_ports_per_host",
                  "Doubling blocks: how many ports a host may have.",
                  &NatPreset::mostPortsOfHost,
                  0),
        NatKnob("block_active",
                "On-demand blocks: how long new flows go to a block. off: always.",
                &NatPreset::blockActive,
                FormatDurationOrOff,
                ParseDurationOrOff),
        LimitKnob("mappings_per_subscriber",
                  "Mappings that one inside host may have; off: no limit.",
                  &NatPreset::ofSubscriber),
        LimitKnob("flows_per_destination",
                  "Flows that each external address may have to one destination; off: as many as "
                  "there are ports.",
                  &NatPreset::ofDestination),
        LimitKnob("table_size",
                  "Mappings that the device may have in all; off: no limit.",
                  &NatPreset::ofTable),
        NatKnob(
            "buckets",
            "Buckets of a table that, when full, drops a mapping without an answer which it finds "
            "in 8 of them; 0: a full table refuses.",
            &NatPreset::buckets,
            [](std::uint32_t count) { return std::to_string(count); },
            [](std::string_view text) { return ParseCount(text, 0, 2147483647); })};
}

bool
OnlyPacketsNotice(std::string_view knob)
{
    constexpr std::array<std::string_view, 8> names{"filtering",
                                                    "hairpin",
                                                    "icmp",
                                                    "on_exhaustion",
                                                    "tcp_last_ack",
                                                    "tcp_syn_recv",
                                                    "tcp_unacked",
                                                    "translates_icmp"};
    return std::find(names.begin(), names.end(), knob) != names.end();
}

std::vector<NatKnobSpec>
CommonNatKnobs()
{
    std::vector<NatKnobSpec> knobs;
    for (auto part : {NatPortKnobs(), NatSharingKnobs(), NatTimerKnobs(), NatPacketKnobs()})
    {
        knobs.insert(knobs.end(), part.begin(), part.end());
    }
    for (NatKnobSpec& knob : knobs)
    {
        if (OnlyPacketsNotice(knob.name))
        {
            knob.meaning += " Only packets notice.";
        }
    }
    return knobs;
}

} // namespace portlab
