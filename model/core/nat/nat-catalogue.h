// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NAT_CATALOGUE_H
#define PORTLAB_NAT_CATALOGUE_H

#include "model/core/nat/nat-preset.h"
#include "model/core/port/profile-catalogue.h"

#include <string_view>
#include <vector>

namespace portlab
{

/// All presets, in the order in which people should see them.
const std::vector<NatPreset>& NatPresets();

/// The preset called `name`. Throws std::invalid_argument naming the nearest.
NatPreset FindNatPreset(std::string_view name);

/// The knobs of a preset, in a fixed order; as Knobs() of an OsProfile.
std::vector<Knob> Knobs(const NatPreset& preset);

/// Sets a knob by name or alias, as for an OsProfile.
KnobResult SetKnob(NatPreset& preset, std::string_view name, std::string_view value);

/// Whether connections without packets never meet what the knob of that name decides.
bool OnlyPacketsNotice(std::string_view knob);

/// Whether any family of NATs has a knob of that name or alias.
bool IsKnobOfAnyNat(std::string_view name);

} // namespace portlab

#endif // PORTLAB_NAT_CATALOGUE_H
