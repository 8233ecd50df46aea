// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_ONE_OF_H
#define PORTLAB_ONE_OF_H

#include "scenarios/reader/section.h"

#include <string>
#include <vector>

namespace portlab
{

/// The one of `forms` that the section has. Throws std::invalid_argument for none or several.
inline std::string
OneOf(const Section& section, const std::vector<std::string>& forms)
{
    std::string found;
    std::string list;
    for (const std::string& form : forms)
    {
        list += (list.empty() ? "" : ", ") + form;
    }
    for (const std::string& form : forms)
    {
        if (section.Find(form) == nullptr)
        {
            continue;
        }
        if (!found.empty())
        {
            Refuse(section.Self(), found + " and " + form + " exclude each other: keep one");
        }
        found = form;
    }
    if (found.empty())
    {
        Refuse(section.Self(), "expected one of " + list);
    }
    return found;
}

} // namespace portlab

#endif // PORTLAB_ONE_OF_H
