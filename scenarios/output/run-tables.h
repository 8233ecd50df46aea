// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_RUN_TABLES_H
#define PORTLAB_RUN_TABLES_H

#include "model/core/flow/results.h"

#include <ostream>

namespace portlab
{

/// Writes what one run measured, for people: a titled table for each kind of thing there is.
void WriteRunTables(const RunResult& result, std::ostream& out, std::size_t width);

} // namespace portlab

#endif // PORTLAB_RUN_TABLES_H
