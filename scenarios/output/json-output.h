// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_JSON_OUTPUT_H
#define PORTLAB_JSON_OUTPUT_H

#include "scenarios/build-info.h"
#include "scenarios/report.h"

#include <ostream>

namespace portlab
{

/// Writes a report as one JSON object and a line feed. Every key is always there, in the order that
/// doc/portlab.rst lists, with null where a value has no meaning; units end the names. Bytes that
/// are not UTF-8 come out as U+FFFD. Errors of the stream are left to its owner to see.
void WriteJson(const Report& report, std::ostream& out, const BuildInfo& build = BUILD_INFO);

} // namespace portlab

#endif // PORTLAB_JSON_OUTPUT_H
