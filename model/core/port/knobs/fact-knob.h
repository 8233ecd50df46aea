// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_FACT_KNOB_H
#define PORTLAB_FACT_KNOB_H

#include "model/core/port/knobs/knob-spec.h"

#include <functional>
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
        constexpr bool isOrdered =
            !std::is_enum_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, PortRange>;
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

/// A knob that is one fact, or a part of it. `fact` finds it in a row, as a pointer to a member or
/// as a function of the row; `parse(before, text, own)` returns its value with the part replaced.
template <typename Row, typename Find, typename Format, typename Parse>
BasicKnobSpec<Row>
KnobOfFact(std::string name, std::string meaning, Find fact, Format format, Parse parse)
{
    BasicKnobSpec<Row> knob;
    knob.name = std::move(name);
    knob.meaning = std::move(meaning);
    knob.read = [=](const Row& row) { return ViewOf(std::invoke(fact, row), format); };
    knob.write = [=](Row& row, std::string_view text, bool own) {
        auto& found = std::invoke(fact, row);
        found = SetByUser<decltype(found.value)>(parse(found.value, text, own));
    };
    return knob;
}

} // namespace portlab

#endif // PORTLAB_FACT_KNOB_H
