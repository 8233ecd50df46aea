// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_KNOB_TEST_SUPPORT_H
#define PORTLAB_KNOB_TEST_SUPPORT_H

#include "model/core/port/profile-catalogue.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <string_view>

namespace portlab::test
{

inline OsProfile
Row(std::string_view name)
{
    return FindProfile(name).profile;
}

/// The knob of that name; one with empty fields if the row has none.
inline Knob
Find(const OsProfile& profile, const std::string& name)
{
    const auto knobs = Knobs(profile);
    const auto knob =
        std::find_if(knobs.begin(), knobs.end(), [&](const Knob& k) { return k.name == name; });
    return knob == knobs.end() ? Knob{} : *knob;
}

inline std::string
ValueOf(const OsProfile& profile, const std::string& name)
{
    return Find(profile, name).value;
}

/// The row with one knob set. Fails where the row has no such knob.
inline OsProfile
With(std::string_view row, std::string_view knob, std::string_view value)
{
    OsProfile profile = Row(row);
    EXPECT_TRUE(SetKnob(profile, knob, value).known) << row << ", " << knob;
    return profile;
}

} // namespace portlab::test

#endif // PORTLAB_KNOB_TEST_SUPPORT_H
