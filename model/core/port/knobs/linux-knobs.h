// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_LINUX_KNOBS_H
#define PORTLAB_LINUX_KNOBS_H

#include "model/core/port/knobs/knob-spec.h"

#include <cstdint>
#include <string>
#include <vector>

namespace portlab
{

// What the files of Linux's knobs share.

const LinuxSettings& LinuxSettingsOf(const OsProfile& row);
LinuxSettings& LinuxSettingsOf(OsProfile& row);

/// Whether the row is of that release or a later one.
bool IsSinceLinux(const OsProfile& row, std::uint32_t major, std::uint32_t minor);

/// `knob` under the name that sysctl(8) has for it, and with its command.
KnobSpec AsSysctl(KnobSpec knob, const std::string& name);

/// As AsSysctl, where portlab prefers the system's name over the generic one.
KnobSpec CalledBySysctl(KnobSpec knob, const std::string& name);

/// A knob that only a study can turn.
KnobSpec FixedInLinux(KnobSpec knob, const std::string& why);

/// A knob of LinuxSettings that the kernel keeps as 0 or not 0.
KnobSpec LinuxSwitch(const std::string& name,
                     const std::string& meaning,
                     Fact<bool> LinuxSettings::*fact);

/// Of the ends of connections: TIME_WAIT, SYNs, FIN_WAIT2, orphans.
std::vector<KnobSpec> LinuxEndingKnobs();

} // namespace portlab

#endif // PORTLAB_LINUX_KNOBS_H
