// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_KNOB_TABLE_H
#define PORTLAB_KNOB_TABLE_H

#include "model/core/port/knobs/knob-spec.h"
#include "model/core/port/knobs/knob-values.h"
#include "model/core/port/profile-catalogue.h"

#include <algorithm>
#include <utility>

namespace portlab
{

// What a table of knobs can do, whatever its rows are.

/// A name as people write it who leave out where sysctl(8) has it.
inline std::string_view
WithoutSysctlPrefix(std::string_view name)
{
    for (const std::string_view prefix : {"net.ipv4.", "net.netfilter."})
    {
        if (name.substr(0, prefix.size()) == prefix)
        {
            return name.substr(prefix.size());
        }
    }
    return name;
}

template <typename Row>
bool
IsCalled(const BasicKnobSpec<Row>& knob, std::string_view name)
{
    return !name.empty() && (name == knob.name || name == knob.alias || name == knob.generic ||
                             name == WithoutSysctlPrefix(knob.alias));
}

template <typename Row>
bool
Exists(const BasicKnobSpec<Row>& knob, const Row& row)
{
    return !knob.exists || knob.exists(row);
}

template <typename Row>
std::vector<Knob>
KnobsOf(const std::vector<BasicKnobSpec<Row>>& table, const Row& row)
{
    std::vector<Knob> knobs;
    for (const auto& spec : table)
    {
        if (Exists(spec, row))
        {
            const KnobView view = spec.read(row);
            knobs.push_back({spec.name,
                             spec.alias,
                             spec.meaning,
                             view.value,
                             view.evidence,
                             view.source,
                             view.between,
                             spec.command ? spec.command(row) : ""});
        }
    }
    return knobs;
}

/// As SetKnob(); `isOwn(spec)` says whether the user has called that knob by the system's name.
template <typename Row, typename IsOwn>
KnobResult
SetKnobOf(const std::vector<BasicKnobSpec<Row>>& table,
          Row& row,
          std::string_view name,
          std::string_view value,
          const IsOwn& isOwn)
{
    const auto spec = std::find_if(table.begin(), table.end(), [&](const auto& knob) {
        return IsCalled(knob, name) && Exists(knob, row);
    });
    if (spec == table.end())
    {
        return {};
    }
    const bool own = isOwn(*spec);
    Row changed = row;
    spec->write(changed, value, own);
    const std::string refusal = spec->refusal ? spec->refusal(changed, own) : "";
    if (!refusal.empty())
    {
        RefuseValue(value, refusal);
    }
    const bool differs = spec->read(changed).value != spec->read(row).value;
    row = std::move(changed);
    return {true, differs && spec->note ? spec->note(row) : ""};
}

template <typename Row>
bool
HasKnob(const std::vector<BasicKnobSpec<Row>>& table, std::string_view name)
{
    return std::any_of(table.begin(), table.end(), [&](const auto& knob) {
        return IsCalled(knob, name);
    });
}

} // namespace portlab

#endif // PORTLAB_KNOB_TABLE_H
