// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TUNED_H
#define PORTLAB_TUNED_H

#include "model/core/nat/nat-preset.h"
#include "model/core/port/os-profile.h"
#include "scenarios/reader/node.h"

#include <string>
#include <vector>

namespace portlab
{

/// Adds a sentence for the user to `notes`, with `owner` in front ("hosts.generator"), unless it is
/// empty.
void AddNote(const std::string& owner, const std::string& note, std::vector<std::string>& notes);

// Sets the knobs of a `tuned` table. What the user should know about them goes to `notes`.

void ReadTuned(const Node& tuned,
               const std::string& owner,
               OsProfile& profile,
               std::vector<std::string>& notes);

void ReadTuned(const Node& tuned,
               const std::string& owner,
               NatPreset& preset,
               std::vector<std::string>& notes);

} // namespace portlab

#endif // PORTLAB_TUNED_H
