// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/profile-catalogue.h"

#include "model/core/base/nearest-name.h"
#include "model/core/base/quoted.h"
#include "model/core/port/linux-version.h"
#include "model/core/port/profile-aliases.h"
#include "model/core/port/profiles/families.h"

#include <algorithm>
#include <stdexcept>

namespace portlab
{

namespace
{

constexpr std::string_view LINUX_PREFIX = "linux-";

const OsProfile*
FindRow(std::string_view name)
{
    const auto& rows = Profiles();
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const OsProfile& r) { return r.name == name; });
    return row == rows.end() ? nullptr : &*row;
}

[[noreturn]] void
RefuseName(std::string_view name, std::string why, std::string meant)
{
    std::vector<std::string> names;
    std::string known;
    for (const OsProfile& row : Profiles())
    {
        names.push_back(row.name);
        known.append(known.empty() ? "" : ", ").append(row.name);
    }
    for (const ProfileAlias& alias : ProfileAliases())
    {
        names.emplace_back(alias.name);
    }
    if (meant.empty())
    {
        meant = NearestName(name, names);
    }
    why.append(meant.empty() ? "" : " Did you mean " + meant + "?");
    throw std::invalid_argument("no such profile " + Quoted(name) + why + " Known: " + known +
                                " (portlab profiles)");
}

} // namespace

const std::vector<OsProfile>&
Profiles()
{
    static const std::vector<OsProfile> rows = [] {
        std::vector<OsProfile> all;
        for (const auto& family : {LinuxProfiles(),
                                   WindowsProfiles(),
                                   MacosProfiles(),
                                   FreebsdProfiles(),
                                   OpenbsdProfiles(),
                                   NetbsdProfiles(),
                                   IllumosProfiles(),
                                   GvisorProfiles(),
                                   LwipProfiles(),
                                   Ns3Profiles(),
                                   Rfc6056Profiles()})
        {
            all.insert(all.end(), family.begin(), family.end());
        }
        return all;
    }();
    return rows;
}

ProfileMatch
FindProfile(std::string_view name)
{
    if (const OsProfile* row = FindRow(name))
    {
        return {*row, ""};
    }
    for (const ProfileAlias& alias : ProfileAliases())
    {
        if (alias.name == name)
        {
            ProfileMatch match = FindProfile(alias.row);
            match.note = Quoted(name) + " means " + match.profile.name;
            match.note.append(alias.reason.empty() ? "" : ": " + std::string(alias.reason));
            return match;
        }
    }
    if (name.substr(0, LINUX_PREFIX.size()) == LINUX_PREFIX)
    {
        if (const auto version = ParseLinuxVersion(name.substr(LINUX_PREFIX.size())))
        {
            if (auto match = MatchLinux(*version))
            {
                return *match;
            }
            RefuseName(name, ": Linux before 2.6 is not modelled.", "linux-2.6");
        }
    }
    RefuseName(name, ".", "");
}

} // namespace portlab
