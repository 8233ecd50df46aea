// SPDX-License-Identifier: GPL-2.0-only

// The knobs of macOS and of FreeBSD, OpenBSD and NetBSD: all are set with sysctl(8).

#include "model/core/port/knobs/knob-values.h"
#include "model/core/port/knobs/own-knobs.h"
#include "model/core/port/profiles/bsd-facts.h"
#include "model/core/port/units.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

std::string
Sysctl(const std::string& name, const std::string& value)
{
    return "sysctl -w " + name + "=" + value;
}

/// The range by the two sysctls of its ends.
KnobSpec
Ports(const std::string& first, const std::string& last)
{
    KnobSpec knob = PortsKnob();
    knob.command = [=](const OsProfile& row) {
        const PortRange& ports = row.ports.value;
        return Sysctl(first, std::to_string(ports.First())) + " " + last + "=" +
               std::to_string(ports.Last());
    };
    return knob;
}

/// net.inet.tcp.msl: half of TIME_WAIT, in milliseconds.
KnobSpec
MslInMilliseconds()
{
    KnobSpec knob = PartOf(TimeWaitKnob(), "net.inet.tcp.msl", 2, 1ms);
    knob.command = [](const OsProfile& row) {
        return Sysctl("net.inet.tcp.msl", InUnits(row.timeWait.value / 2, 1ms));
    };
    return knob;
}

KnobSpec
KeepInit(const std::string& name, Duration unit)
{
    KnobSpec knob = PartOf(GiveUpKnob(), name, 1, unit);
    knob.command = [=](const OsProfile& row) {
        return Sysctl(name, InUnits(row.syn.value.giveUpAfter, unit));
    };
    return knob;
}

KnobSpec
Timestamps(const std::string& name)
{
    return Called(TimestampsKnob(), name, [=](const OsProfile& row) {
        return Sysctl(name, row.timestamps.value ? "1" : "0");
    });
}

/// A cursor that is 0 at boot, outside every range.
PolicySpec
Cursor(Algorithm algorithm)
{
    PolicySpec spec;
    spec.algorithm = algorithm;
    spec.firstPick = Port{0};
    return spec;
}

PolicySpec
Rule(Algorithm algorithm)
{
    PolicySpec spec;
    spec.algorithm = algorithm;
    return spec;
}

/// A rule that is one of several by the number or word that its sysctl has.
KnobSpec
Selected(const std::string& sysctl,
         const std::string& meaning,
         Fact<PolicySpec> OsProfile::*fact,
         const std::vector<Word<PolicySpec>>& rules)
{
    KnobSpec knob = PolicyKnob(sysctl, meaning, fact, rules);
    knob.command = [read = knob.read, sysctl](const OsProfile& row) {
        return Sysctl(sysctl, read(row).value);
    };
    return knob;
}

/// What none of these systems has a setting for.
void
AddWhatIfs(std::vector<KnobSpec>& knobs, const std::string& system)
{
    for (const KnobSpec& knob : {TimeWaitGridKnob(),
                                 TimeWaitReuseKnob(),
                                 ReuseDelayKnob(),
                                 ReuseClockKnob(),
                                 IpVersionsKnob(),
                                 SynInTimeWaitKnob(),
                                 SynTimeoutKnob(),
                                 SynRetriesKnob(),
                                 OrphanRetriesKnob(),
                                 ProbeCostKnob(),
                                 BindProbeCostKnob()})
    {
        knobs.push_back(WhatIf(knob, system));
    }
}

bool
IsBeforeFreebsd14(const OsProfile& row)
{
    return row.maxTimeWait.value.has_value();
}

KnobSpec
MaxTcpTw()
{
    KnobSpec knob = Called(MaxTimeWaitKnob(), "net.inet.tcp.maxtcptw", [](const OsProfile& row) {
        return Sysctl("net.inet.tcp.maxtcptw", FormatCountOrOff(row.maxTimeWait.value));
    });
    knob.exists = IsBeforeFreebsd14;
    return knob;
}

/// net.inet.tcp.nolocaltimewait = 1 is a TIME_WAIT of no length towards oneself.
KnobSpec
NoLocalTimeWait()
{
    return FactKnob(
        "net.inet.tcp.nolocaltimewait",
        "1: no TIME_WAIT towards addresses of the machine itself.",
        &OsProfile::timeWaitOwn,
        [](const std::optional<Duration>& length) { return length == Duration{0} ? "1" : "0"; },
        [](const std::optional<Duration>&, std::string_view text, bool) {
            return ParseSwitch(text) ? std::optional(Duration{0}) : std::nullopt;
        });
}

KnobSpec
RequireUniquePort()
{
    KnobSpec knob = FactKnob(
        "net.inet.tcp.require_unique_port",
        "1: no two connections share a port, as until FreeBSD 12.",
        &OsProfile::uniqueness,
        [](Uniqueness rule) { return rule == Uniqueness::LocalPort ? "1" : "0"; },
        [](Uniqueness, std::string_view text, bool) {
            return ParseSwitch(text) ? Uniqueness::LocalPort : Uniqueness::Destination;
        });
    knob.exists = [](const OsProfile& row) { return row.name != "freebsd-11"; };
    return knob;
}

/// A parameter of the gate, which TCP and UDP share.
KnobSpec
GateKnob(const std::string& name, const std::string& meaning, std::uint32_t PolicySpec::*parameter)
{
    KnobSpec knob;
    knob.name = "net.inet.ip.portrange." + name;
    knob.meaning = meaning;
    knob.exists = [](const OsProfile& row) {
        return row.tcp.value.algorithm == Algorithm::RateGated;
    };
    knob.read = [=](const OsProfile& row) {
        return ViewOf(row.tcp, [=](const PolicySpec& s) { return std::to_string(s.*parameter); });
    };
    knob.write = [=](OsProfile& row, std::string_view text, bool) {
        PolicySpec tcp = row.tcp.value;
        PolicySpec udp = row.udp.value;
        tcp.*parameter = udp.*parameter = ParseCount(text, 0, 1'000'000);
        row.tcp = SetByUser(tcp);
        row.udp = SetByUser(udp);
    };
    knob.command = [=](const OsProfile& row) {
        return Sysctl("net.inet.ip.portrange." + name, std::to_string(row.tcp.value.*parameter));
    };
    return knob;
}

/// A segment lifetime of NetBSD's, half of TIME_WAIT, in ticks of half a second.
KnobSpec
Lifetime(KnobSpec knob, const std::string& peers)
{
    const std::string name = "net.inet.tcp.mslt." + peers;
    knob = PartOf(std::move(knob), name, 2, 500ms);
    knob.command = [name, read = knob.read](const OsProfile& row) {
        const std::string length = read(row).value;
        const Duration wait = length == "as-remote" ? row.timeWait.value
                              : length == "off"     ? Duration{0}
                                                    : ParseDuration(length);
        return Sysctl(name, InUnits(wait / 2, 500ms));
    };
    return knob;
}

KnobSpec
AnonPortAlgo()
{
    PolicySpec increment = Rule(Algorithm::RandomIncrement);
    increment.increment = 500;
    return Selected(
        "net.inet.ip.anonportalgo.selected",
        "In which order TCP's ports come: bsd, downward; random_start, random_pick and randinc, "
        "algorithms 1, 2 and 5 of RFC 6056. hash and doublehash draw their secret anew for every "
        "port: random_start.",
        &OsProfile::tcp,
        {{"bsd", Cursor(Algorithm::FallingCursor)},
         {"random_start", Rule(Algorithm::SimpleRandom)},
         {"random_pick", Rule(Algorithm::RandomRetry)},
         {"randinc", increment}});
}

} // namespace

std::vector<KnobSpec>
MacosKnobs()
{
    const std::string range = "net.inet.ip.portrange.";
    const std::vector<Word<PolicySpec>> rules{
        {"0", Cursor(Algorithm::RisingCursor)},
        {"1", BsdRandomStart(16)},
    };
    std::vector<KnobSpec> knobs{
        Ports(range + "first", range + "last"),
        ReservedKnob(),
        Selected("net.inet.tcp.randomize_ports",
                 "Whether TCP's ports begin at random (1) or follow each other (0).",
                 &OsProfile::tcp,
                 rules),
        Selected("net.inet.udp.randomize_ports",
                 "Whether UDP's ports begin at random (1) or follow each other (0).",
                 &OsProfile::udp,
                 rules),
        MslInMilliseconds(),
        Timestamps("net.inet.tcp.do_timestamps"),
        WhatIf(UniquenessKnob(), "macOS"),
        KeepInit("net.inet.tcp.keepinit", 1ms),
        Called(FinTimeoutKnob(1ms), "net.inet.tcp.fin_timeout", [](const OsProfile& row) {
            return Sysctl("net.inet.tcp.fin_timeout", InUnits(row.orphans.value.finTimeout, 1ms));
        })};
    AddWhatIfs(knobs, "macOS");
    return knobs;
}

std::vector<KnobSpec>
FreebsdKnobs()
{
    const std::string range = "net.inet.ip.portrange.";
    std::vector<KnobSpec> knobs{
        Ports(range + "first", range + "last"),
        WhatIf(ReservedKnob(), "FreeBSD"),
        GateKnob("randomcps",
                 "More ports than this within a second, and they follow each other.",
                 &PolicySpec::gateRate),
        GateKnob("randomtime",
                 "For how many quiet seconds they do so after that.",
                 &PolicySpec::gateSeconds),
        MslInMilliseconds(),
        MaxTcpTw(),
        NoLocalTimeWait(),
        Timestamps("net.inet.tcp.rfc1323"),
        RequireUniquePort(),
        WhatIf(UniquenessKnob(), "FreeBSD"),
        KeepInit("net.inet.tcp.keepinit", 1ms),
        WhatIf(FinTimeoutKnob(), "FreeBSD")};
    AddWhatIfs(knobs, "FreeBSD");
    return knobs;
}

std::vector<KnobSpec>
OpenbsdKnobs()
{
    std::vector<KnobSpec> knobs{Ports("net.inet.ip.portfirst", "net.inet.ip.portlast"),
                                Called(ReservedKnob(),
                                       "net.inet.tcp.baddynamic",
                                       [](const OsProfile& row) {
                                           return Sysctl("net.inet.tcp.baddynamic",
                                                         FormatPortList(row.reserved.value));
                                       }),
                                WhatIf(TimeWaitKnob(), "OpenBSD"),
                                Timestamps("net.inet.tcp.rfc1323"),
                                WhatIf(UniquenessKnob(), "OpenBSD"),
                                KeepInit("net.inet.tcp.keepinittime", 1s),
                                WhatIf(FinTimeoutKnob(), "OpenBSD")};
    AddWhatIfs(knobs, "OpenBSD");
    return knobs;
}

std::vector<KnobSpec>
NetbsdKnobs()
{
    std::vector<KnobSpec> knobs{Ports("net.inet.ip.anonportmin", "net.inet.ip.anonportmax"),
                                Called(ReservedKnob(),
                                       "net.inet.ip.anonportalgo.reserve",
                                       [](const OsProfile& row) {
                                           return Sysctl("net.inet.ip.anonportalgo.reserve",
                                                         FormatPortList(row.reserved.value));
                                       }),
                                AnonPortAlgo(),
                                Lifetime(TimeWaitKnob(), "remote"),
                                Lifetime(TimeWaitNearKnob(), "local"),
                                Lifetime(TimeWaitOwnKnob(), "loopback"),
                                Timestamps("net.inet.tcp.timestamps"),
                                WhatIf(UniquenessKnob(), "NetBSD"),
                                KeepInit("net.inet.tcp.keepinit", 500ms),
                                WhatIf(FinTimeoutKnob(), "NetBSD")};
    AddWhatIfs(knobs, "NetBSD");
    return knobs;
}

} // namespace portlab
