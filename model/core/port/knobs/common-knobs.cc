// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/knobs/common-knobs.h"

#include "model/core/port/knobs/knob-values.h"
#include "model/core/port/units.h"

namespace portlab
{

KnobSpec
PortsKnob()
{
    return FactKnob(
        "ports",
        "The range from which ports are chosen, both ends included.",
        &OsProfile::ports,
        FormatPortRange,
        [](const PortRange&, std::string_view text, bool) { return ParsePortRange(text); });
}

KnobSpec
ReservedKnob()
{
    return FactKnob(
        "reserved",
        "Ports of that range that are never chosen: a list of ports and ranges.",
        &OsProfile::reserved,
        FormatPortList,
        [](const PortList&, std::string_view text, bool) { return ParsePortList(text); });
}

KnobSpec
TimeWaitKnob(Duration ownUnit)
{
    return FactKnob("time_wait",
                    "How long the side that closes first keeps the connection's port.",
                    &OsProfile::timeWait,
                    FormatDuration,
                    [=](Duration, std::string_view text, bool own) {
                        return ParseOwnDuration(text, ownUnit, own);
                    });
}

KnobSpec
TimeWaitGridKnob()
{
    return FactKnob("time_wait_grid",
                    "TIME_WAIT ends at the next multiple of this, or on the spot if off.",
                    &OsProfile::timeWaitGrid,
                    FormatDurationOrOff,
                    [](Duration, std::string_view text, bool) { return ParseDurationOrOff(text); });
}

KnobSpec
TimeWaitReuseKnob()
{
    return FactKnob(
        "time_wait_reuse",
        "When connect() may take a port in TIME_WAIT: never, after-delay (after reuse_delay), "
        "after-delay-on-loopback, or other-peers-when-exhausted (when no other port is left, for "
        "another remote endpoint).",
        &OsProfile::reuse,
        FormatTimeWaitReuse,
        [](TimeWaitReuse, std::string_view text, bool) { return ParseTimeWaitReuse(text); });
}

KnobSpec
ReuseDelayKnob(Duration ownUnit)
{
    return FactKnob("reuse_delay",
                    "The age of a TIME_WAIT from which on another connection may take its port, if "
                    "reuse after a delay is on.",
                    &OsProfile::reuseDelay,
                    FormatDuration,
                    [=](Duration, std::string_view text, bool own) {
                        return ParseOwnDuration(text, ownUnit, own);
                    });
}

KnobSpec
ReuseClockKnob()
{
    return FactKnob("reuse_clock",
                    "The clock by which that age is told: reuse begins at its first tick after the "
                    "delay. off: on the spot.",
                    &OsProfile::reuseClock,
                    FormatDurationOrOff,
                    [](Duration, std::string_view text, bool) { return ParseDurationOrOff(text); });
}

KnobSpec
TimestampsKnob()
{
    return FactKnob("timestamps",
                    "TCP timestamps (RFC 7323): on or off. Both ends have to have them.",
                    &OsProfile::timestamps,
                    FormatSwitch,
                    [](bool, std::string_view text, bool) { return ParseSwitch(text); });
}

KnobSpec
UniquenessKnob()
{
    return FactKnob(
        "uniqueness",
        "What must differ for two sockets to share a port: nothing may be shared (local-port), the "
        "local address (local-address-and-port), the remote endpoint (remote-end), or any of "
        "these addresses (destination).",
        &OsProfile::uniqueness,
        FormatUniqueness,
        [](Uniqueness, std::string_view text, bool) { return ParseUniqueness(text); });
}

KnobSpec
SynInTimeWaitKnob()
{
    return FactKnob(
        "syn_in_time_wait",
        "What a server in TIME_WAIT does with a new SYN for the same connection: accept or ignore.",
        &OsProfile::synInTimeWait,
        FormatSynInTimeWait,
        [](SynInTimeWait, std::string_view text, bool) { return ParseSynInTimeWait(text); });
}

KnobSpec
SynTimeoutKnob(Duration ownUnit)
{
    return FactKnob(
        "syn_timeout",
        "How long connect() waits before it repeats an unanswered SYN for the first time.",
        &OsProfile::syn,
        [](const SynSchedule& syn) { return FormatDuration(syn.firstTimeout); },
        [=](SynSchedule syn, std::string_view text, bool own) {
            syn.firstTimeout = ParseOwnDuration(text, ownUnit, own);
            if (syn.firstTimeout == Duration{0})
            {
                RefuseValue(text, "a SYN cannot be repeated at once: expected more than 0s");
            }
            return syn;
        });
}

KnobSpec
SynRetriesKnob()
{
    constexpr std::uint32_t greatest = 127; // Linux's MAX_TCP_SYNCNT; no system goes further.
    return FactKnob(
        "syn_retries",
        "How often connect() repeats an unanswered SYN, waiting twice as long each time.",
        &OsProfile::syn,
        [](const SynSchedule& syn) { return std::to_string(syn.retries); },
        [](SynSchedule syn, std::string_view text, bool) {
            syn.retries = ParseCount(text, 0, greatest);
            return syn;
        });
}

KnobSpec
FinTimeoutKnob(Duration ownUnit)
{
    return FactKnob(
        "fin_timeout",
        "How long a closed connection whose peer does not close keeps its port. off: for ever.",
        &OsProfile::orphans,
        [](const OrphanRule& rule) { return FormatDurationOrOff(rule.finTimeout); },
        [=](OrphanRule rule, std::string_view text, bool own) {
            rule.finTimeout = text == "off" ? Duration{0} : ParseOwnDuration(text, ownUnit, own);
            return rule;
        });
}

KnobSpec
OrphanRetriesKnob()
{
    constexpr std::uint32_t greatest = 255;
    return FactKnob(
        "orphan_retries",
        "How often the FIN of a closed connection is repeated if nobody answers.",
        &OsProfile::orphans,
        [](const OrphanRule& rule) { return std::to_string(rule.retries); },
        [](OrphanRule rule, std::string_view text, bool) {
            rule.retries = ParseCount(text, 0, greatest);
            return rule;
        });
}

KnobSpec
CostKnob(const std::string& name, const std::string& caller, Duration ProbeCost::*cost)
{
    return FactKnob(
        name,
        "What each candidate costs " + caller + " while it looks for a port. off: not known.",
        &OsProfile::probeCost,
        [=](const ProbeCost& costs) { return FormatDurationOrOff(costs.*cost); },
        [=](ProbeCost costs, std::string_view text, bool) {
            costs.*cost = ParseDurationOrOff(text);
            return costs;
        });
}

KnobSpec
ProbeCostKnob()
{
    return CostKnob("probe_cost", "connect()", &ProbeCost::connect);
}

KnobSpec
BindProbeCostKnob()
{
    return CostKnob("bind_probe_cost", "bind()", &ProbeCost::bind);
}

std::vector<KnobSpec>
CommonKnobs()
{
    return {PortsKnob(),
            ReservedKnob(),
            TimeWaitKnob(),
            TimeWaitGridKnob(),
            TimeWaitReuseKnob(),
            ReuseDelayKnob(),
            ReuseClockKnob(),
            TimestampsKnob(),
            UniquenessKnob(),
            SynInTimeWaitKnob(),
            SynTimeoutKnob(),
            SynRetriesKnob(),
            FinTimeoutKnob(),
            OrphanRetriesKnob(),
            ProbeCostKnob(),
            BindProbeCostKnob()};
}

} // namespace portlab
