// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_COMMON_KNOBS_H
#define PORTLAB_COMMON_KNOBS_H

#include "model/core/port/knobs/knob-spec.h"

#include <type_traits>
#include <utility>

namespace portlab
{

/// Where a value comes from once the user has set it.
constexpr const char* SET_BY_USER = "set in this scenario";

/// One value out of a fact, as text: `format(fact.value)`.
template <typename T, typename Format>
KnobView
ViewOf(const Fact<T>& fact, const Format& format)
{
    KnobView view{format(fact.value), fact.evidence, fact.source, ""};
    if (fact.low && fact.high)
    {
        const std::string low = format(*fact.low);
        const std::string high = format(*fact.high);
        constexpr bool isOrdered = !std::is_enum_v<T> && !std::is_same_v<T, PortRange>;
        view.between = low == high ? "" : low + (isOrdered ? " to " : " or ") + high;
    }
    return view;
}

/// A fact whose value the user has chosen.
template <typename T>
Fact<T>
SetByUser(T value)
{
    return {std::move(value), Evidence::Chosen, SET_BY_USER, {}, {}};
}

/// A knob that is one fact, or a part of it: `parse(before, text, own)` returns the fact's value
/// with the part replaced.
template <typename T, typename Format, typename Parse>
KnobSpec
FactKnob(std::string name,
         std::string meaning,
         Fact<T> OsProfile::*fact,
         Format format,
         Parse parse)
{
    KnobSpec knob;
    knob.name = std::move(name);
    knob.meaning = std::move(meaning);
    knob.read = [=](const OsProfile& row) { return ViewOf(row.*fact, format); };
    knob.write = [=](OsProfile& row, std::string_view text, bool own) {
        row.*fact = SetByUser<T>(parse((row.*fact).value, text, own));
    };
    return knob;
}

// The knobs that every family has. They know nothing of a system's names, limits and commands.

KnobSpec PortsKnob();
KnobSpec ReservedKnob();
KnobSpec TimeWaitKnob(Duration ownUnit = Duration{1});
KnobSpec TimeWaitGridKnob();
KnobSpec TimeWaitReuseKnob();
KnobSpec ReuseDelayKnob(Duration ownUnit = Duration{1});
KnobSpec ReuseClockKnob();
KnobSpec TimestampsKnob();
KnobSpec UniquenessKnob();
KnobSpec SynInTimeWaitKnob();
KnobSpec SynTimeoutKnob(Duration ownUnit = Duration{1});
KnobSpec SynRetriesKnob();
KnobSpec FinTimeoutKnob(Duration ownUnit = Duration{1});
KnobSpec OrphanRetriesKnob();
KnobSpec ProbeCostKnob();
KnobSpec BindProbeCostKnob();

/// All of the above, in that order: a system without names of its own.
std::vector<KnobSpec> CommonKnobs();

} // namespace portlab

#endif // PORTLAB_COMMON_KNOBS_H
