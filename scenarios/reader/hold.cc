// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/connection.h"
#include "scenarios/reader/limits.h"
#include "scenarios/reader/one-of.h"
#include "scenarios/reader/values.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace portlab
{

namespace
{

Duration
ReadHoldLength(const Node& node)
{
    return ReadDuration(node, LikelyUnit::Milliseconds, MAX_WAIT);
}

SampledHold
ReadSamples(const Node& node, const Surroundings& around)
{
    const std::string path = around.PathOf(node);
    try
    {
        return {around.files.readHoldTimes(path)};
    }
    catch (const std::invalid_argument& error)
    {
        Refuse(node, error.what());
    }
}

} // namespace

std::string
Surroundings::PathOf(const Node& node) const
{
    const std::string name = ReadText(node);
    const bool control = std::any_of(name.begin(), name.end(), [](char letter) {
        return static_cast<unsigned char>(letter) < 0x20;
    });
    if (name.empty() || control)
    {
        Refuse(node, "expected the name of a file, relative to the scenario's folder");
    }
    return (std::filesystem::path(folder) / name).string();
}

HoldTime
ReadHold(const Node& node, const Surroundings& around)
{
    if (!std::holds_alternative<Table>(node.value))
    {
        return ExponentialHold{ReadHoldLength(node)};
    }
    const Section section(node, ScenarioFormat().hold);
    const std::string form = OneOf(section, {"fixed", "lognormal", "samples"});
    const Node& value = section.Get(form);
    if (form == "fixed")
    {
        return FixedHold{ReadHoldLength(value)};
    }
    if (form == "samples")
    {
        return ReadSamples(value, around);
    }
    const Section lognormal(value, ScenarioFormat().lognormal);
    return LognormalHold{ReadHoldLength(lognormal.Get("median")),
                         ReadNumber(lognormal.Get("sigma"), 0, MAX_SIGMA)};
}

} // namespace portlab
