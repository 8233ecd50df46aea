// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/base/check.h"
#include "model/core/port/knobs/knob-spec.h"
#include "model/core/port/knobs/knob-values.h"
#include "model/core/port/profile-catalogue.h"

#include <algorithm>
#include <array>

namespace portlab
{

namespace
{

struct Family
{
    std::string_view name;
    std::vector<KnobSpec> knobs;
};

const std::array<Family, 5>&
Families()
{
    static const std::array<Family, 5> families{{{"linux", LinuxKnobs()},
                                                 {"windows", WindowsKnobs()},
                                                 {"windows-xp", WindowsXpKnobs()},
                                                 {"ns-3", Ns3Knobs()},
                                                 {"rfc6056", Rfc6056Knobs()}}};
    return families;
}

const std::vector<KnobSpec>&
KnobsOfFamily(const std::string& name)
{
    const auto family = std::find_if(Families().begin(), Families().end(), [&](const Family& f) {
        return f.name == name;
    });
    Check(family != Families().end(), "a family without knobs");
    return family->knobs;
}

/// Names that mean the same on every system; all others are a system's own.
bool
IsGeneric(std::string_view name)
{
    constexpr std::array<std::string_view, 16> names{"ports",
                                                     "reserved",
                                                     "time_wait",
                                                     "time_wait_grid",
                                                     "time_wait_reuse",
                                                     "reuse_delay",
                                                     "reuse_clock",
                                                     "timestamps",
                                                     "uniqueness",
                                                     "syn_in_time_wait",
                                                     "syn_timeout",
                                                     "syn_retries",
                                                     "fin_timeout",
                                                     "orphan_retries",
                                                     "probe_cost",
                                                     "bind_probe_cost"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool
IsCalled(const KnobSpec& knob, std::string_view name)
{
    constexpr std::string_view sysctl = "net.ipv4.";
    const std::string_view alias = knob.alias;
    return !name.empty() &&
           (name == knob.name || name == alias || name == knob.generic ||
            (alias.substr(0, sysctl.size()) == sysctl && name == alias.substr(sysctl.size())));
}

bool
Exists(const KnobSpec& knob, const OsProfile& profile)
{
    return !knob.exists || knob.exists(profile);
}

} // namespace

std::vector<Knob>
Knobs(const OsProfile& profile)
{
    std::vector<Knob> knobs;
    for (const KnobSpec& spec : KnobsOfFamily(profile.family))
    {
        if (Exists(spec, profile))
        {
            const KnobView view = spec.read(profile);
            knobs.push_back({spec.name,
                             spec.alias,
                             spec.meaning,
                             view.value,
                             view.evidence,
                             view.source,
                             view.between,
                             spec.command ? spec.command(profile) : ""});
        }
    }
    return knobs;
}

KnobResult
SetKnob(OsProfile& profile, std::string_view name, std::string_view value)
{
    for (const KnobSpec& spec : KnobsOfFamily(profile.family))
    {
        if (!IsCalled(spec, name) || !Exists(spec, profile))
        {
            continue;
        }
        const bool own = !IsGeneric(name);
        OsProfile changed = profile;
        spec.write(changed, value, own);
        const std::string refusal = spec.refusal ? spec.refusal(changed, own) : "";
        if (!refusal.empty())
        {
            RefuseValue(value, refusal);
        }
        const bool differs = spec.read(changed).value != spec.read(profile).value;
        profile = std::move(changed);
        return {true, differs && spec.note ? spec.note(profile) : ""};
    }
    return {};
}

bool
IsKnobOfAnyFamily(std::string_view name)
{
    return std::any_of(Families().begin(), Families().end(), [&](const Family& family) {
        return std::any_of(family.knobs.begin(), family.knobs.end(), [&](const KnobSpec& knob) {
            return IsCalled(knob, name);
        });
    });
}

} // namespace portlab
