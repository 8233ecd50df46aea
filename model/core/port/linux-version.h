// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_LINUX_VERSION_H
#define PORTLAB_LINUX_VERSION_H

#include "model/core/port/profile-catalogue.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace portlab
{

/// A version of the kernel: 6.18, or 5.15.41.
struct LinuxVersion
{
    std::uint32_t major{0};
    std::uint32_t minor{0};
    std::optional<std::uint32_t> patch{}; ///< Of a stable release.
};

/// "6.18" or "5.15.41"; empty for anything else.
std::optional<LinuxVersion> ParseLinuxVersion(std::string_view text);

/// The row for a version, stable backports included. The note says which row and why, and what
/// this version has set differently. Empty for versions before 2.6.
std::optional<ProfileMatch> MatchLinux(const LinuxVersion& version);

} // namespace portlab

#endif // PORTLAB_LINUX_VERSION_H
