// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PROFILES_COMMAND_H
#define PORTLAB_PROFILES_COMMAND_H

#include "scenarios/command/output-format.h"

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

namespace portlab
{

/// `portlab profiles [NAME...]`: without names a table of all rows, a line each; with names these
/// rows in full, with every knob, its evidence, source, range and command. JSON and CSV always
/// give rows in full. Names are those of FindProfile, which throws std::invalid_argument for
/// others. Lines for people are at most `width` characters long where they can be broken. The exit
/// code: 0.
int RunProfiles(const std::vector<std::string>& names,
                OutputFormat format,
                std::ostream& out,
                std::size_t width = 100);

} // namespace portlab

#endif // PORTLAB_PROFILES_COMMAND_H
