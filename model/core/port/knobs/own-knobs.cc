// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/knobs/own-knobs.h"

#include "model/core/port/knobs/knob-values.h"
#include "model/core/port/units.h"

#include <algorithm>

namespace portlab
{

namespace
{

/// Parameters that rows and knobs agree on whenever the algorithm is the same.
bool
IsSameRule(const PolicySpec& a, const PolicySpec& b)
{
    return a.algorithm == b.algorithm && a.ignoresGate == b.ignoresGate && a.start == b.start;
}

std::string
FormatLength(const std::optional<Duration>& length)
{
    return length ? FormatDurationOrOff(*length) : "as-remote";
}

std::optional<Duration>
ParseLength(std::string_view text)
{
    return text == "as-remote" ? std::nullopt : std::optional(ParseDurationOrOff(text));
}

KnobSpec
LengthKnob(const std::string& name,
           const std::string& peers,
           Fact<std::optional<Duration>> OsProfile::*fact)
{
    return FactKnob(name,
                    "TIME_WAIT towards " + peers +
                        ". off: none; as-remote: as long as towards all others.",
                    fact,
                    FormatLength,
                    [](const std::optional<Duration>&, std::string_view text, bool) {
                        return ParseLength(text);
                    });
}

KnobSpec
LimitKnob(const std::string& name,
          const std::string& meaning,
          Fact<std::optional<std::uint32_t>> OsProfile::*fact)
{
    KnobSpec knob = FactKnob(name,
                             meaning,
                             fact,
                             FormatCountOrOff,
                             [](const std::optional<std::uint32_t>&, std::string_view text, bool) {
                                 return ParseCountOrOff(text);
                             });
    knob.refusal = [=](const OsProfile& row, bool) {
        return (row.*fact).value == 0u ? "expected at least 1, or off" : "";
    };
    return knob;
}

} // namespace

KnobSpec
Called(KnobSpec knob, const std::string& alias, Command command)
{
    knob.alias = alias;
    knob.command = std::move(command);
    return knob;
}

KnobSpec
WhatIf(KnobSpec knob, const std::string& system)
{
    knob.note = [text = system + " has no setting for " + knob.name +
                        ": this is a what-if"](const OsProfile&) { return text; };
    return knob;
}

KnobSpec
PartOf(KnobSpec knob, const std::string& alias, std::int64_t parts, Duration unit)
{
    knob.alias = alias;
    knob.write = [=, write = knob.write](OsProfile& row, std::string_view text, bool own) {
        const bool isOwn = own && text != "off" && text != "as-remote";
        write(row,
              isOwn ? FormatDuration(parts * ParseOwnDuration(text, unit, true))
                    : std::string(text),
              own);
    };
    return knob;
}

KnobSpec
UdpPortsKnob()
{
    return FactKnob(
        "udp_ports",
        "The range of UDP's ports. as-tcp: the same.",
        &OsProfile::udpPorts,
        [](const std::optional<PortRange>& ports) {
            return ports ? FormatPortRange(*ports) : "as-tcp";
        },
        [](const std::optional<PortRange>&, std::string_view text, bool) {
            return text == "as-tcp" ? std::nullopt : std::optional(ParsePortRange(text));
        });
}

KnobSpec
TimeWaitNearKnob()
{
    return LengthKnob("time_wait_near", "peers on the same network", &OsProfile::timeWaitNear);
}

KnobSpec
TimeWaitOwnKnob()
{
    return LengthKnob("time_wait_own", "peers on the machine itself", &OsProfile::timeWaitOwn);
}

KnobSpec
MaxTimeWaitKnob()
{
    return LimitKnob(
        "max_time_wait",
        "The most connections in TIME_WAIT: one more ends the oldest. off: any number.",
        &OsProfile::maxTimeWait);
}

KnobSpec
MaxSocketsKnob()
{
    return LimitKnob("max_sockets",
                     "The most TCP sockets, those in TIME_WAIT included: one more ends the oldest "
                     "TIME_WAIT. off: any number.",
                     &OsProfile::maxSockets);
}

KnobSpec
IpVersionsKnob()
{
    return FactKnob(
        "ip_versions",
        "What IPv4 and IPv6 share: all ports (one-space), cursors (separate-ports) or nothing "
        "(separate-states).",
        &OsProfile::ipVersions,
        FormatIpVersions,
        [](IpVersions, std::string_view text, bool) { return ParseIpVersions(text); });
}

KnobSpec
GiveUpKnob()
{
    return FactKnob(
        "give_up_after",
        "When connect() gives up, if its SYNs are not used up before. off: only then.",
        &OsProfile::syn,
        [](const SynSchedule& syn) { return FormatDurationOrOff(syn.giveUpAfter); },
        [](SynSchedule syn, std::string_view text, bool) {
            syn.giveUpAfter = ParseDurationOrOff(text);
            return syn;
        });
}

KnobSpec
PolicyKnob(const std::string& name,
           const std::string& meaning,
           Fact<PolicySpec> OsProfile::*fact,
           const std::vector<Word<PolicySpec>>& rules)
{
    return FactKnob(
        name,
        meaning,
        fact,
        [rules](const PolicySpec& spec) {
            const auto rule = std::find_if(rules.begin(), rules.end(), [&](const auto& known) {
                return IsSameRule(known.value, spec);
            });
            return std::string(rule == rules.end() ? "other" : rule->text);
        },
        [rules](const PolicySpec&, std::string_view text, bool) { return ParseWord(rules, text); });
}

} // namespace portlab
