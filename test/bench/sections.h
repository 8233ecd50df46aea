// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SECTIONS_H
#define PORTLAB_SECTIONS_H

#include "test/bench/markdown.h"

#include <cstdint>

namespace portlab
{

// What is measured, in the order in which it is trusted.

/// Events, probes and bytes: the same on every machine.
void WriteCounts(Markdown& out);

/// What a million mappings of a NAT need; a part of the counts.
void WriteMappingBytes(Markdown& out);

/// Ours against one event of ns-3's for each transition, and against the least that is to be done,
/// in turn, in one process. Throws std::runtime_error if they do not simulate the same.
void WriteRatios(Markdown& out);

/// Connections a second of CPU time.
void WriteSpeeds(Markdown& out);

} // namespace portlab

#endif // PORTLAB_SECTIONS_H
