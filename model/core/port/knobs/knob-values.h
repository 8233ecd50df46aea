// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_KNOB_VALUES_H
#define PORTLAB_KNOB_VALUES_H

#include "model/core/port/os-profile.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace portlab
{

// Values of knobs as people write them, beyond those of units.h. Each Parse throws
// std::invalid_argument whose text begins with the quoted input and says what was expected.

/// Throws std::invalid_argument: "TEXT": why.
[[noreturn]] void RefuseValue(std::string_view text, const std::string& why);

/// A whole number from `least` to `greatest`, in decimal digits.
std::uint32_t ParseCount(std::string_view text, std::uint32_t least, std::uint32_t greatest);

/// A duration with its unit or, if `own`, also a bare number of `unit`, as in a sysctl or registry.
Duration ParseOwnDuration(std::string_view text, Duration unit, bool own);

/// "off" is zero.
Duration ParseDurationOrOff(std::string_view text);
std::string FormatDurationOrOff(Duration duration);

/// "off" is empty.
std::optional<std::uint32_t> ParseCountOrOff(std::string_view text);
std::string FormatCountOrOff(std::optional<std::uint32_t> count);

/// "local-port", "local-address-and-port", "remote-end" or "destination".
Uniqueness ParseUniqueness(std::string_view text);
std::string FormatUniqueness(Uniqueness uniqueness);

/// "one-space", "separate-ports" or "separate-states".
IpVersions ParseIpVersions(std::string_view text);
std::string FormatIpVersions(IpVersions versions);

/// "never", "after-delay", "after-delay-on-loopback" or "other-peers-when-exhausted".
TimeWaitReuse ParseTimeWaitReuse(std::string_view text);
std::string FormatTimeWaitReuse(TimeWaitReuse reuse);

/// "accept" or "ignore".
SynInTimeWait ParseSynInTimeWait(std::string_view text);
std::string FormatSynInTimeWait(SynInTimeWait rule);

/// "on" or "off", which may be written 1 and 0.
bool ParseSwitch(std::string_view text);
std::string FormatSwitch(bool on);

/// How many `unit` a duration takes, rounded up: what a registry or sysctl would hold.
std::string InUnits(Duration duration, Duration unit);

} // namespace portlab

#endif // PORTLAB_KNOB_VALUES_H
