// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/knobs/system-knobs.h"

#include "model/core/base/check.h"
#include "model/core/port/units.h"

#include <algorithm>

namespace portlab
{

namespace
{

bool
IsBareNumber(std::string_view text)
{
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// A value of ours in the system's form: "5d" as "432000".
std::string
InOwnForm(const std::string& value, Duration unit)
{
    return unit == Duration{0} ? value : InUnits(ParseDurationOrOff(value), unit);
}

/// Whether the system takes the value as it stands, without rounding.
bool
IsLegal(const NatSetting& setting, const std::string& value)
{
    if (setting.unit > Duration{0} && ParseDurationOrOff(value) % setting.unit > Duration{0})
    {
        return false;
    }
    constexpr std::size_t mostDigits = 9; // More than any limit has, and as many as fit.
    const std::string own = InOwnForm(value, setting.unit);
    return setting.greatest == 0 ||
           (IsBareNumber(own) && own.size() <= mostDigits && std::stoul(own) >= setting.least &&
            std::stoul(own) <= setting.greatest);
}

std::string
Expected(const NatSetting& setting)
{
    const bool isTime = setting.unit > Duration{0};
    const std::string unit = isTime ? FormatDuration(setting.unit) : "";
    const std::string limits =
        std::to_string(setting.least) + " to " + std::to_string(setting.greatest);
    return "expected " +
           (setting.greatest == 0 ? "a multiple of " + unit
            : isTime              ? limits + " times " + unit
                                  : limits) +
           " (" + setting.alias + ")";
}

} // namespace

SystemKnobs::SystemKnobs(std::string system)
    : m_system(std::move(system)),
      m_knobs(CommonNatKnobs())
{
}

void
SystemKnobs::Add(NatKnobSpec knob)
{
    m_knobs.push_back(std::move(knob));
}

void
SystemKnobs::AddGroup(const std::string& name, const std::vector<std::string>& members)
{
    NatKnobSpec knob;
    knob.name = name;
    knob.read = (*this)[members.front()].read;
    std::vector<NatKnobSpec> parts;
    for (const std::string& member : members)
    {
        knob.meaning += (parts.empty()                        ? ""
                         : parts.size() + 1 == members.size() ? " and "
                                                              : ", ") +
                        member;
        parts.push_back((*this)[member]);
    }
    knob.meaning = "Sets " + knob.meaning + ", which are one timer here.";
    knob.write = [parts](NatPreset& row, std::string_view text, bool own) {
        for (const NatKnobSpec& part : parts)
        {
            part.write(row, text, own);
        }
    };
    Add(std::move(knob));
}

void
SystemKnobs::Apply(const NatSetting& setting)
{
    NatKnobSpec& knob = (*this)[setting.knob];
    knob.alias = setting.alias;
    knob.write = [write = knob.write,
                  unit = setting.unit](NatPreset& row, std::string_view text, bool own) {
        const bool hasUnit = !own || unit == Duration{0} || !IsBareNumber(text);
        write(row,
              hasUnit ? std::string(text) : FormatDuration(ParseOwnDuration(text, unit, own)),
              own);
    };
    const auto isLegal = [setting, read = knob.read](const NatPreset& row) {
        return IsLegal(setting, read(row).value);
    };
    knob.refusal = [=, system = m_system](const NatPreset& row, bool own) {
        return own && !isLegal(row) ? system + " refuses this: " + Expected(setting)
                                    : std::string();
    };
    knob.note = [=, system = m_system](const NatPreset& row) {
        return isLegal(row)
                   ? std::string()
                   : system + " cannot set such a " + setting.knob + ": " + Expected(setting);
    };
    knob.command = [=, read = knob.read](const NatPreset& row) {
        std::string command = setting.command;
        const std::size_t place = command.find('%');
        return place == std::string::npos
                   ? command
                   : command.replace(place, 1, InOwnForm(read(row).value, setting.unit));
    };
}

NatKnobSpec&
SystemKnobs::operator[](std::string_view knob)
{
    const auto found = std::find_if(m_knobs.begin(), m_knobs.end(), [&](const NatKnobSpec& k) {
        return k.name == knob;
    });
    Check(found != m_knobs.end(), "a system's setting of a knob that no NAT has");
    return *found;
}

std::vector<NatKnobSpec>
SystemKnobs::Finish() const
{
    std::vector<NatKnobSpec> knobs = m_knobs;
    for (NatKnobSpec& knob : knobs)
    {
        if (!m_system.empty() && !knob.command && !knob.note)
        {
            knob.note = [system = m_system, name = knob.name](const NatPreset&) {
                return system + " cannot change " + name + ": this is a what-if";
            };
        }
    }
    return knobs;
}

} // namespace portlab
