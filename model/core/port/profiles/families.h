// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_FAMILIES_H
#define PORTLAB_FAMILIES_H

#include "model/core/port/os-profile.h"

#include <cstdint>
#include <vector>

namespace portlab
{

// One function and one file for each family of systems. A new family gets its file next to the
// others, its line here, and its line in Profiles() (profile-catalogue.cc); knobs of its own go to
// the table in knobs.cc.

std::vector<OsProfile> LinuxProfiles();
std::vector<OsProfile> WindowsProfiles();
std::vector<OsProfile> MacosProfiles();
std::vector<OsProfile> FreebsdProfiles();
std::vector<OsProfile> OpenbsdProfiles();
std::vector<OsProfile> NetbsdProfiles();
std::vector<OsProfile> IllumosProfiles();
std::vector<OsProfile> GvisorProfiles();
std::vector<OsProfile> LwipProfiles();
std::vector<OsProfile> Ns3Profiles();
std::vector<OsProfile> Rfc6056Profiles();

/// A Linux release as one number, so that releases compare: 6018 is 6.18. Minor is below 1000.
constexpr std::uint32_t
LinuxRelease(std::uint32_t major, std::uint32_t minor)
{
    return 1000 * major + minor;
}

/// The row for any Linux release from 2.6 on, named after its era. The era is that of `searchOf`,
/// which differs from `release` where a stable kernel got the port search of a later one.
OsProfile LinuxProfile(std::uint32_t release, std::uint32_t searchOf);

} // namespace portlab

#endif // PORTLAB_FAMILIES_H
