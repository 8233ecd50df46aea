// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_UNITS_H
#define PORTLAB_UNITS_H

#include "model/core/base/time.h"
#include "model/core/port/port-range.h"

#include <string>
#include <string_view>

namespace portlab
{

// Text that people write, into values and back. Each Parse throws std::invalid_argument whose text
// begins with the quoted input and says what was expected: "200": a duration needs a unit. Did you
// mean 200ms? (ns us ms s min h d)

/// "200ms", "1.5s", "2min": not negative, at most 100 years, exact to the nanosecond.
Duration ParseDuration(std::string_view text);

/// "600/s", "2.5/min", "100/h": events per second, finite and not negative.
double ParseRate(std::string_view text);

/// "1024-65535", or "8080" for one port.
PortRange ParsePortRange(std::string_view text);

/// "8080,9000-9010"; empty text is the empty list.
PortList ParsePortList(std::string_view text);

/// The shortest text that ParseDuration reads back to the same value: "200ms", "1.5s", "60s".
std::string FormatDuration(Duration duration);

std::string FormatPortRange(const PortRange& range);

std::string FormatPortList(const PortList& list);

} // namespace portlab

#endif // PORTLAB_UNITS_H
