// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SQLITE_SCHEMA_H
#define PORTLAB_SQLITE_SCHEMA_H

#include "scenarios/output/fields.h"

#include <cstdint>
#include <functional>
#include <string>

namespace portlab
{

/// "PLab" in ASCII: marks an SQLite file as portlab's (PRAGMA application_id).
constexpr std::int64_t SQLITE_APPLICATION = 0x504c6162;

/// Grows with every change of what CreateSchemaSql() makes (PRAGMA user_version).
constexpr std::int64_t SQLITE_SCHEMA_VERSION = 3;

/// A row of the table `runs`, but for its id.
Fields SqliteRunRow(const Report& report, const RunRecord& record, const BuildInfo& build);

/// Makes the tables and views of results in an empty file and marks it.
///
/// Table `runs` has a row a run; every other table points to it by `run_id` and loses its rows with
/// it. Columns are those of JSON, with "_" for what JSON nests; lists and objects are JSON text.
/// The views show the same columns, those of a run in front.
std::string CreateSchemaSql();

/// Whether a table of a file has a column.
using HasColumn = std::function<bool(const std::string& table, const std::string& column)>;

/// Makes what CreateSchemaSql() would have made out of what an older version did: columns that are
/// new are null in older rows.
std::string UpgradeSchemaSql(const HasColumn& hasColumn);

/// Inserts a row of these columns; the parameters are `firstColumn`, unless that is empty, and then
/// the columns, in their order.
std::string InsertSql(const std::string& table,
                      const std::string& firstColumn,
                      const Fields& columns);

} // namespace portlab

#endif // PORTLAB_SQLITE_SCHEMA_H
