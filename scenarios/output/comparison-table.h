// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_COMPARISON_TABLE_H
#define PORTLAB_COMPARISON_TABLE_H

#include "scenarios/report.h"

#include <ostream>

namespace portlab
{

/// Writes several runs as one table for people, a row a run: what differs between them first, then
/// what became of each. Below stands what all of them set alike.
void WriteComparison(const Report& report, std::ostream& out, std::size_t width);

} // namespace portlab

#endif // PORTLAB_COMPARISON_TABLE_H
