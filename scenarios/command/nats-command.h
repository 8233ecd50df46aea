// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NATS_COMMAND_H
#define PORTLAB_NATS_COMMAND_H

#include "scenarios/command/output-format.h"

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

namespace portlab
{

/// `portlab nats [NAME...]`: as RunProfiles(), of the presets of NATs. Throws std::invalid_argument
/// for names that FindNatPreset() does not know. The exit code: 0.
int RunNats(const std::vector<std::string>& names,
            OutputFormat format,
            std::ostream& out,
            std::size_t width = 100);

} // namespace portlab

#endif // PORTLAB_NATS_COMMAND_H
