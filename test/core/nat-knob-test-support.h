// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NAT_KNOB_TEST_SUPPORT_H
#define PORTLAB_NAT_KNOB_TEST_SUPPORT_H

#include "model/core/nat/nat-catalogue.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <string_view>

/// Apart from portlab::test, where the same words are about systems.
namespace portlab::test::nats
{

/// The knob of that name; one with empty fields if the preset has none.
inline Knob
Find(const NatPreset& preset, const std::string& name)
{
    const auto knobs = Knobs(preset);
    const auto knob =
        std::find_if(knobs.begin(), knobs.end(), [&](const Knob& k) { return k.name == name; });
    return knob == knobs.end() ? Knob{} : *knob;
}

inline NatPreset
With(std::string_view row, std::string_view knob, std::string_view value)
{
    NatPreset preset = FindNatPreset(row);
    EXPECT_TRUE(SetKnob(preset, knob, value).known) << row << ", " << knob;
    return preset;
}

inline std::string
NoteOf(std::string_view row, std::string_view knob, std::string_view value)
{
    NatPreset preset = FindNatPreset(row);
    return SetKnob(preset, knob, value).note;
}

/// What SetKnob says against a value; empty if it has nothing against it.
inline std::string
ErrorOf(std::string_view row, std::string_view knob, std::string_view value)
{
    NatPreset preset = FindNatPreset(row);
    try
    {
        EXPECT_TRUE(SetKnob(preset, knob, value).known) << row << ", " << knob;
        return "";
    }
    catch (const std::invalid_argument& error)
    {
        return error.what();
    }
}

inline std::string
CommandOf(const NatPreset& preset, const std::string& knob)
{
    return Find(preset, knob).command;
}

inline bool
Contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

} // namespace portlab::test::nats

#endif // PORTLAB_NAT_KNOB_TEST_SUPPORT_H
