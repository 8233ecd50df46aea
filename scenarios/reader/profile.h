// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PROFILE_H
#define PORTLAB_PROFILE_H

#include "model/core/port/os-profile.h"
#include "scenarios/reader/node.h"

#include <string>
#include <vector>

namespace portlab
{

/// The catalogue's row for an `os` key. What the user should know about it goes to `notes`, with
/// `owner` in front: "hosts.generator".
OsProfile ReadProfile(const Node& os, const std::string& owner, std::vector<std::string>& notes);

} // namespace portlab

#endif // PORTLAB_PROFILE_H
