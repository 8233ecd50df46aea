// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/base/check.h"
#include "model/core/port/knobs/knob-table.h"

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

const std::array<Family, 12>&
Families()
{
    static const std::array<Family, 12> families{{{"linux", LinuxKnobs()},
                                                  {"windows", WindowsKnobs()},
                                                  {"windows-xp", WindowsXpKnobs()},
                                                  {"macos", MacosKnobs()},
                                                  {"freebsd", FreebsdKnobs()},
                                                  {"openbsd", OpenbsdKnobs()},
                                                  {"netbsd", NetbsdKnobs()},
                                                  {"illumos", IllumosKnobs()},
                                                  {"gvisor", GvisorKnobs()},
                                                  {"lwip", LwipKnobs()},
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
    constexpr std::array<std::string_view, 24> names{
        "ports",           "reserved",    "time_wait",   "time_wait_grid", "time_wait_reuse",
        "reuse_delay",     "reuse_clock", "timestamps",  "uniqueness",     "syn_in_time_wait",
        "syn_timeout",     "syn_retries", "fin_timeout", "orphan_retries", "probe_cost",
        "bind_probe_cost", "udp_ports",   "auto_reuse",  "time_wait_near", "time_wait_own",
        "max_time_wait",   "max_sockets", "ip_versions", "give_up_after"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

} // namespace

std::vector<Knob>
Knobs(const OsProfile& profile)
{
    return KnobsOf(KnobsOfFamily(profile.family), profile);
}

KnobResult
SetKnob(OsProfile& profile, std::string_view name, std::string_view value)
{
    return SetKnobOf(KnobsOfFamily(profile.family), profile, name, value, [&](const KnobSpec&) {
        return !IsGeneric(name);
    });
}

bool
IsKnobOfAnyFamily(std::string_view name)
{
    return std::any_of(Families().begin(), Families().end(), [&](const Family& family) {
        return HasKnob(family.knobs, name);
    });
}

} // namespace portlab
