// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/profile.h"

#include "model/core/port/profile-catalogue.h"
#include "scenarios/reader/tuned.h"
#include "scenarios/reader/values.h"

#include <stdexcept>

namespace portlab
{

OsProfile
ReadProfile(const Node& os, const std::string& owner, std::vector<std::string>& notes)
{
    const std::string name = ReadText(os);
    try
    {
        const ProfileMatch match = FindProfile(name);
        AddNote(owner, match.note, notes);
        return match.profile;
    }
    catch (const std::invalid_argument& error)
    {
        Refuse(os, name, error.what());
    }
}

} // namespace portlab
