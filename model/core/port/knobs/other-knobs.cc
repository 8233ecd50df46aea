// SPDX-License-Identifier: GPL-2.0-only

// The knobs of ns-3's own stack and of the RFC's algorithms.

#include "model/core/port/knobs/common-knobs.h"
#include "model/core/port/knobs/knob-values.h"
#include "model/core/port/units.h"

#include <limits>

namespace portlab
{

namespace
{

/// Shortest decimal of a duration in seconds: "120", "1.5".
std::string
Seconds(Duration duration)
{
    std::string text = std::to_string(InSeconds(duration));
    text.erase(text.find_last_not_of('0') + 1);
    return text.back() == '.' ? text.substr(0, text.size() - 1) : text;
}

std::string
SetDefault(const std::string& attribute, const std::string& value)
{
    return "Config::SetDefault(\"ns3::" + attribute + "\", " + value + ")";
}

KnobSpec
CompiledIn(KnobSpec knob)
{
    knob.note = [name = knob.name](const OsProfile&) {
        return "ns-3 has no attribute for " + name + ": it is compiled in";
    };
    return knob;
}

/// ns-3 increments its cursor before it looks: the first port is the second of the range.
KnobSpec
Ns3Ports()
{
    KnobSpec knob = CompiledIn(PortsKnob());
    knob.write = [write = knob.write](OsProfile& row, std::string_view text, bool own) {
        write(row, text, own);
        row.tcp.value.firstPick = row.ports.value.At(1);
        row.udp.value.firstPick = row.ports.value.At(1);
    };
    return knob;
}

KnobSpec
Ns3Timestamps()
{
    KnobSpec knob = TimestampsKnob();
    knob.command = [](const OsProfile& row) {
        return SetDefault("TcpSocketBase::Timestamp",
                          std::string("BooleanValue(") + (row.timestamps.value ? "true" : "false") +
                              ")");
    };
    return knob;
}

KnobSpec
Ns3OrphanRetries()
{
    KnobSpec knob = OrphanRetriesKnob();
    knob.command = [](const OsProfile& row) {
        return SetDefault("TcpSocket::DataRetries",
                          "UintegerValue(" + std::to_string(row.orphans.value.retries) + ")");
    };
    return knob;
}

bool
Uses(const OsProfile& row, Algorithm algorithm)
{
    return row.tcp.value.algorithm == algorithm;
}

/// A parameter of the algorithm, which TCP and UDP share.
KnobSpec
AlgorithmKnob(const std::string& name,
              const std::string& meaning,
              Algorithm algorithm,
              std::uint32_t PolicySpec::*parameter)
{
    KnobSpec knob;
    knob.name = name;
    knob.meaning = meaning;
    knob.exists = [=](const OsProfile& row) { return Uses(row, algorithm); };
    knob.read = [=](const OsProfile& row) {
        return ViewOf(row.tcp,
                      [=](const PolicySpec& spec) { return std::to_string(spec.*parameter); });
    };
    knob.write = [=](OsProfile& row, std::string_view text, bool) {
        PolicySpec spec = row.tcp.value;
        spec.*parameter = ParseCount(text, 1, std::numeric_limits<Port>::max() + std::uint32_t{1});
        row.tcp = SetByUser(spec);
        row.udp = SetByUser(spec);
    };
    return knob;
}

} // namespace

std::vector<KnobSpec>
Ns3Knobs()
{
    KnobSpec timeWait = TimeWaitKnob();
    timeWait.command = [](const OsProfile& row) {
        return SetDefault("TcpSocketBase::MaxSegLifetime",
                          "DoubleValue(" + Seconds(row.timeWait.value / 2) + ")");
    };
    KnobSpec synTimeout = SynTimeoutKnob();
    synTimeout.command = [](const OsProfile& row) {
        return SetDefault("TcpSocket::ConnTimeout",
                          "TimeValue(Seconds(" + Seconds(row.syn.value.firstTimeout) + "))");
    };
    KnobSpec synRetries = SynRetriesKnob();
    synRetries.command = [](const OsProfile& row) {
        return SetDefault("TcpSocket::ConnCount",
                          "UintegerValue(" + std::to_string(row.syn.value.retries + 1) + ")");
    };
    return {Ns3Ports(),
            CompiledIn(ReservedKnob()),
            timeWait,
            CompiledIn(TimeWaitGridKnob()),
            CompiledIn(TimeWaitReuseKnob()),
            CompiledIn(ReuseDelayKnob()),
            CompiledIn(ReuseClockKnob()),
            Ns3Timestamps(),
            CompiledIn(UniquenessKnob()),
            CompiledIn(SynInTimeWaitKnob()),
            synTimeout,
            synRetries,
            CompiledIn(FinTimeoutKnob()),
            Ns3OrphanRetries(),
            CompiledIn(ProbeCostKnob()),
            CompiledIn(BindProbeCostKnob())};
}

std::vector<KnobSpec>
Rfc6056Knobs()
{
    std::vector<KnobSpec> knobs = CommonKnobs();
    knobs.push_back(AlgorithmKnob("cells",
                                  "Counters in the table of algorithm 4.",
                                  Algorithm::DoubleHash,
                                  &PolicySpec::cells));
    knobs.push_back(AlgorithmKnob("increment",
                                  "The greatest step of algorithm 5, the RFC's N.",
                                  Algorithm::RandomIncrement,
                                  &PolicySpec::increment));
    return knobs;
}

} // namespace portlab
