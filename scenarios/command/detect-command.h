// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_DETECT_COMMAND_H
#define PORTLAB_DETECT_COMMAND_H

#include "scenarios/command/output-format.h"

#include <cstddef>
#include <filesystem>
#include <ostream>

namespace portlab
{

/// `portlab detect`: describes a Linux machine as a host of a scenario, ready to paste, and says
/// how many of its ports it uses towards whom. `root` is "/" for this machine, or a directory with
/// copies of another's proc/ and boot/. For people it prints TOML whose comments tell the rest;
/// JSON holds all destinations, CSV only these. Throws std::invalid_argument with file and line
/// for files that do not hold what Linux writes there. The exit code: 0.
int RunDetect(const std::filesystem::path& root,
              OutputFormat format,
              std::ostream& out,
              std::size_t width = 100);

} // namespace portlab

#endif // PORTLAB_DETECT_COMMAND_H
