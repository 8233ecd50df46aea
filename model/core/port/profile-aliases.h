// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PROFILE_ALIASES_H
#define PORTLAB_PROFILE_ALIASES_H

#include <string_view>
#include <vector>

namespace portlab
{

/// Another name for a row: a release, or a distribution of Linux.
struct ProfileAlias
{
    std::string_view name;
    std::string_view row;    ///< A row, or any Linux version.
    std::string_view reason; ///< Why that one; empty where the name says it.
};

/// All of them, in the order in which people should see them.
const std::vector<ProfileAlias>& ProfileAliases();

} // namespace portlab

#endif // PORTLAB_PROFILE_ALIASES_H
