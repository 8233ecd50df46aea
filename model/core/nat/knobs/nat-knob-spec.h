// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NAT_KNOB_SPEC_H
#define PORTLAB_NAT_KNOB_SPEC_H

#include "model/core/nat/knobs/nat-words.h"
#include "model/core/port/knobs/fact-knob.h"
#include "model/core/port/knobs/knob-values.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace portlab
{

using NatKnobSpec = BasicKnobSpec<NatPreset>;

/// A knob that is one fact of a preset; see KnobOfFact(). `parse(text)` returns its value.
template <typename Find, typename Format, typename Parse>
NatKnobSpec
NatKnob(std::string name, std::string meaning, Find fact, Format format, Parse parse)
{
    return KnobOfFact<NatPreset>(
        std::move(name),
        std::move(meaning),
        fact,
        format,
        [=](const auto&, std::string_view text, bool) { return parse(text); });
}

/// The same for a value of an enumeration of nat-rules.h.
template <typename Enum>
NatKnobSpec
NatWordKnob(std::string name, std::string meaning, Fact<Enum> NatPreset::*fact)
{
    return NatKnob(std::move(name),
                   std::move(meaning),
                   fact,
                   FormatNatWord<Enum>,
                   ParseNatWord<Enum>);
}

inline NatKnobSpec
NatSwitchKnob(std::string name, std::string meaning, Fact<bool> NatPreset::*fact)
{
    return NatKnob(std::move(name), std::move(meaning), fact, FormatSwitch, ParseSwitch);
}

// The knobs that every NAT has, in parts. They know nothing of a system's names and commands.

std::vector<NatKnobSpec> NatPortKnobs();    ///< Which port a flow gets.
std::vector<NatKnobSpec> NatSharingKnobs(); ///< Blocks, and limits.
std::vector<NatKnobSpec> NatTimerKnobs();   ///< How long it has it.
std::vector<NatKnobSpec> NatPacketKnobs();  ///< What happens to packets.

/// All of these, in that order.
std::vector<NatKnobSpec> CommonNatKnobs();

} // namespace portlab

#endif // PORTLAB_NAT_KNOB_SPEC_H
