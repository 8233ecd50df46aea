// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PROFILE_CATALOGUE_H
#define PORTLAB_PROFILE_CATALOGUE_H

#include "model/core/port/os-profile.h"

#include <string>
#include <string_view>
#include <vector>

namespace portlab
{

/// All rows, in the order in which people should see them.
const std::vector<OsProfile>& Profiles();

/// A row found by name, with what the user should know about how it was found.
struct ProfileMatch
{
    OsProfile profile;
    std::string note; ///< "linux-6.12 behaves as linux-6.18 (...)", or empty for an exact name.
};

/// The row called `name`, by its own name, an alias ("linux", "windows"), or any Linux version
/// ("linux-5.15.3"), which means its era. Throws std::invalid_argument naming the nearest rows.
ProfileMatch FindProfile(std::string_view name);

/// One thing that can be set on a row: `[hosts.NAME.tuned]`, or a line of `portlab profiles`.
struct Knob
{
    std::string name;  ///< As in `tuned`: generic ("ports"), or the system's own ("tcp_tw_reuse").
    std::string alias; ///< What the system calls it ("net.ipv4.ip_local_port_range"), or empty.
    std::string meaning; ///< One sentence with the unit.
    std::string value;   ///< Its value on this row, as `tuned` would write it.
    Evidence evidence;   ///< How sure we are of that value.
    std::string source;  ///< Why.
    std::string between; ///< For uncertain values: "120s to 240s"; else empty.
    std::string command; ///< How an administrator changes it; empty when the system cannot.
};

/// The knobs of a row, in a fixed order.
std::vector<Knob> Knobs(const OsProfile& profile);

/// What came of setting a knob.
struct KnobResult
{
    bool known{false}; ///< False: this row has no such knob.
    std::string note;  ///< A warning for the user ("Linux cannot change time_wait: ..."), or empty.
};

/// Sets a knob by name or alias to a value written as in `Knob::value`. Throws
/// std::invalid_argument (what was expected) when the value is not one the knob takes.
KnobResult SetKnob(OsProfile& profile, std::string_view name, std::string_view value);

/// Whether any family has a knob of that name or alias: tells a misspelling from a wrong system.
bool IsKnobOfAnyFamily(std::string_view name);

} // namespace portlab

#endif // PORTLAB_PROFILE_CATALOGUE_H
