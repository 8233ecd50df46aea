// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_RESULT_TABLES_H
#define PORTLAB_RESULT_TABLES_H

#include "scenarios/output/fields.h"

#include <functional>
#include <vector>

namespace portlab
{

/// Takes a table's rows, one after the other.
using RowSink = std::function<void(const Fields&)>;

/// One of the tables that a run consists of.
struct ResultTable
{
    const char* name; ///< "hosts": the array in JSON, the table in SQLite, and hosts.csv.
    const char* view; ///< "host_results": the view in SQLite.
    bool inJson;      ///< Time series and histograms are too long for JSON.
    Fields columns;   ///< Names and kinds; the values say nothing.
    void (*forEachRow)(const RunResult&, const RowSink&);
};

/// All tables of a run, in the order in which every format shows them.
const std::vector<ResultTable>& ResultTables();

} // namespace portlab

#endif // PORTLAB_RESULT_TABLES_H
