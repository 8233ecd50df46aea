// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SQLITE_OUTPUT_H
#define PORTLAB_SQLITE_OUTPUT_H

#include "scenarios/build-info.h"
#include "scenarios/output/sqlite-database.h"
#include "scenarios/report.h"

#include <filesystem>
#include <vector>

namespace portlab
{

/// Throws std::invalid_argument if results could not be added to `file`: its directory is missing,
/// file or directory may not be written to, or the file is not one of portlab's or is of a newer
/// portlab. Creates nothing and changes nothing.
void CheckSqliteWritable(const std::filesystem::path& file);

/// An SQLite file of results (CreateSchemaSql() says what is in it), to which many processes may
/// add at once.
class ResultStore
{
  public:
    /// Opens the file, or makes it. Throws std::invalid_argument as CheckSqliteWritable does and
    /// SqliteError when SQLite fails. Open it after a fork(), not before.
    explicit ResultStore(const std::filesystem::path& file);

    ResultStore(const ResultStore&) = delete;
    ResultStore& operator=(const ResultStore&) = delete;

    /// Adds one run of a report, wholly or not at all. Throws SqliteError, and then nothing of the
    /// run is there: when the disk is full, or when another process writes for over a minute.
    void Append(const Report& report, const RunRecord& record, const BuildInfo& build = BUILD_INFO);

  private:
    SqliteDatabase m_database;
    SqliteStatement m_insertRun;
    std::vector<SqliteStatement> m_insertRow; ///< One for each of ResultTables().
};

/// Adds every run of a report to `file`, each wholly or not at all.
void WriteSqlite(const Report& report,
                 const std::filesystem::path& file,
                 const BuildInfo& build = BUILD_INFO);

} // namespace portlab

#endif // PORTLAB_SQLITE_OUTPUT_H
