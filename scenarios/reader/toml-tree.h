// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TOML_TREE_H
#define PORTLAB_TOML_TREE_H

#include "scenarios/reader/node.h"

#include <string>

namespace portlab
{

/// TOML text as a tree. Throws std::invalid_argument ("NAME:LINE:COLUMN: ...") if it is not TOML.
Node ParseToml(const std::string& text, const std::string& name);

/// What a user typed after `=` in an option, as a TOML value if it is one, else as a string.
/// `path` is what the value is for, and `option` is shown in errors in place of a position.
Node ParseTyped(const std::string& typed, const std::string& path, const std::string& option);

} // namespace portlab

#endif // PORTLAB_TOML_TREE_H
