// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_OVERRIDES_H
#define PORTLAB_OVERRIDES_H

#include "scenarios/reader/node.h"
#include "scenarios/scenario.h"

#include <string>
#include <vector>

namespace portlab
{

/// Changes the tree as the command line asks, before anything is checked. Nodes that it makes
/// carry the option as their place. Throws std::invalid_argument for names that do not exist.
/// Returns what the user should know.
std::vector<std::string> ApplyOverrides(Node& root, const Overrides& overrides);

} // namespace portlab

#endif // PORTLAB_OVERRIDES_H
