// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/sqlite-output.h"

#include "scenarios/output/result-tables.h"
#include "scenarios/output/sqlite-schema.h"
#include "scenarios/output/writable.h"

#include <limits>
#include <sqlite3.h>
#include <stdexcept>

namespace portlab
{

namespace
{

namespace fs = std::filesystem;

/// For another process to finish writing a run. Longer than any run takes to be written.
constexpr std::chrono::milliseconds PATIENCE{60'000};

enum class Content
{
    Nothing,
    OlderResults, ///< Of a version whose tables have fewer columns.
    Results,
};

/// What is in the file, asked within a transaction. Throws std::invalid_argument for what portlab
/// must not touch.
Content
ContentOf(SqliteDatabase& database, const fs::path& file)
{
    const auto refuse = [&file](const std::string& what) {
        throw std::invalid_argument(PathText(file) + ": " + what + "choose another file");
    };
    try
    {
        const auto application = database.Number("PRAGMA application_id");
        const auto version = database.Number("PRAGMA user_version");
        const auto thingCount = database.Number("SELECT count(*) FROM sqlite_master");
        if (application == 0 && version == 0 && thingCount == 0)
        {
            return Content::Nothing;
        }
        if (application != SQLITE_APPLICATION)
        {
            refuse("is a database of another program, not results of portlab; ");
        }
        if (version > SQLITE_SCHEMA_VERSION)
        {
            refuse("was written by a newer portlab (schema " + std::to_string(version) +
                   ", and this one knows up to " + std::to_string(SQLITE_SCHEMA_VERSION) +
                   "); use that one, or ");
        }
        if (version < SQLITE_SCHEMA_VERSION)
        {
            return Content::OlderResults;
        }
    }
    catch (const SqliteError& error)
    {
        if (error.Code() != SQLITE_NOTADB && error.Code() != SQLITE_CORRUPT)
        {
            throw;
        }
        refuse(error.Code() == SQLITE_NOTADB ? "is not an SQLite database; "
                                             : "is a damaged SQLite database; ");
    }
    return Content::Results;
}

Content
LookInto(SqliteDatabase& database, const fs::path& file)
{
    // Else another process could be done with making the tables between two questions.
    const SqliteTransaction moment(database, SqliteTransaction::Purpose::Read);
    return ContentOf(database, file);
}

void
MakeTables(SqliteDatabase& database, Content content)
{
    if (content == Content::Nothing)
    {
        database.Execute(CreateSchemaSql());
    }
    if (content == Content::OlderResults)
    {
        database.Execute(UpgradeSchemaSql([&](const std::string& table, const std::string& column) {
            return database.Number("SELECT count(*) FROM pragma_table_info('" + table +
                                   "') WHERE name = '" + column + "'") > 0;
        }));
    }
}

SqliteDatabase
OpenStore(const fs::path& file)
{
    CheckSqliteWritable(file);
    SqliteDatabase database(file, SqliteDatabase::IfMissing::Create, PATIENCE);
    if (LookInto(database, file) != Content::Results)
    {
        database.UseWriteAheadLog();
        SqliteTransaction transaction(database, SqliteTransaction::Purpose::Write);
        MakeTables(database, ContentOf(database, file)); // Somebody else may have been faster.
        transaction.Commit();
    }
    database.Execute("PRAGMA foreign_keys = ON");
    return database;
}

void
Bind(SqliteStatement& statement, int parameter, const Cell& cell)
{
    constexpr std::uint64_t LARGEST = std::numeric_limits<std::int64_t>::max();
    if (cell.is_number_float())
    {
        statement.Bind(parameter, cell.get<double>());
    }
    else if (cell.is_number_unsigned() && cell.get<std::uint64_t>() <= LARGEST)
    {
        statement.Bind(parameter, cell.get<std::int64_t>());
    }
    else if (!cell.is_null())
    {
        statement.Bind(parameter, FlatText(cell));
    }
}

/// Binds a row to the parameters from `first` on, and inserts it.
void
Insert(SqliteStatement& statement, int first, const Fields& row)
{
    int parameter = first;
    for (const auto& field : row)
    {
        Bind(statement, parameter, field.value);
        ++parameter;
    }
    statement.Run();
}

} // namespace

void
CheckSqliteWritable(const fs::path& file)
{
    std::error_code error;
    const auto path = fs::absolute(file, error);
    CheckDirectoryWritable(path.parent_path()); // SQLite keeps its log beside the file.
    if (!fs::exists(path, error))
    {
        return;
    }
    if (!fs::is_regular_file(path, error))
    {
        throw std::invalid_argument(PathText(file) +
                                    ": is a directory or a device, where a file is needed; choose "
                                    "another name");
    }
    if (!MayWrite(path))
    {
        throw std::invalid_argument(PathText(file) +
                                    ": you may not write to this file; change its permissions, or "
                                    "choose another file");
    }
    SqliteDatabase database(file, SqliteDatabase::IfMissing::Fail, PATIENCE);
    LookInto(database, file);
}

ResultStore::ResultStore(const fs::path& file)
    : m_database(OpenStore(file)),
      m_insertRun(m_database, InsertSql("runs", "", SqliteRunRow({}, {}, BUILD_INFO)))
{
    for (const auto& table : ResultTables())
    {
        m_insertRow.emplace_back(m_database, InsertSql(table.name, "run_id", table.columns));
    }
}

void
ResultStore::Append(const Report& report, const RunRecord& record, const BuildInfo& build)
{
    SqliteTransaction transaction(m_database, SqliteTransaction::Purpose::Write);
    Insert(m_insertRun, 1, SqliteRunRow(report, record, build));
    const auto run = m_database.LastRowId();
    for (std::size_t table = 0; table < m_insertRow.size(); ++table)
    {
        auto& statement = m_insertRow[table];
        ResultTables()[table].forEachRow(record.result, [&statement, run](const Fields& row) {
            statement.Bind(1, run);
            Insert(statement, 2, row);
        });
    }
    transaction.Commit();
}

void
WriteSqlite(const Report& report, const fs::path& file, const BuildInfo& build)
{
    ResultStore store(file);
    for (const auto& record : report.runs)
    {
        store.Append(report, record, build);
    }
}

} // namespace portlab
