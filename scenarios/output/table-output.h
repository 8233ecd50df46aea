// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TABLE_OUTPUT_H
#define PORTLAB_TABLE_OUTPUT_H

#include "scenarios/build-info.h"
#include "scenarios/report.h"

#include <ostream>

namespace portlab
{

struct TableOptions
{
    std::size_t width{100}; ///< Of a line, in characters.
    bool details{false};    ///< With several runs, show each in full below the comparison.
};

/// Writes a report for people, in printable ASCII. One run opens with its verdict; of several comes
/// first one table that compares them.
void WriteTable(const Report& report,
                std::ostream& out,
                const TableOptions& options = {},
                const BuildInfo& build = BUILD_INFO);

} // namespace portlab

#endif // PORTLAB_TABLE_OUTPUT_H
