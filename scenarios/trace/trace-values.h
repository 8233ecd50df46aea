// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TRACE_VALUES_H
#define PORTLAB_TRACE_VALUES_H

#include "model/core/base/quoted.h"
#include "model/core/base/time.h"
#include "model/core/port/port-range.h"

#include <optional>
#include <string>
#include <string_view>

namespace portlab
{

// The values of a trace, from text. Empty results mean that the text is not one; the caller knows
// which field of which line it was and complains.

/// The most seconds that fit in 64 bits of nanoseconds, for messages: 292 years.
constexpr const char* MOST_SECONDS = "9223372036.854775807";

/// Seconds in decimals ("1521911722.249793", "9.5e-07"), 0 .. MOST_SECONDS. Read digit by digit and
/// rounded once, to the nearest nanosecond, halves up: a double holds today's date to 238 ns only.
std::optional<Duration> ParseSeconds(std::string_view text);

/// A date of 1970 or later, as the time since 1970 began: "2018-03-24T17:15:22.249793Z". An offset
/// such as +02:00 may stand for Z; without either, the time is UTC.
/// Source: RFC 3339, section 5.6; Zeek writes the form with Z (JSON::TS_ISO8601).
std::optional<Duration> ParseIso8601(std::string_view text);

/// 0 .. 65535 in decimal digits.
std::optional<Port> ParsePort(std::string_view text);

/// An IPv4 or IPv6 address in the one spelling that all of its spellings share (RFC 5952).
std::optional<std::string> CanonicalAddress(std::string_view text);

} // namespace portlab

#endif // PORTLAB_TRACE_VALUES_H
