// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/sqlite-database.h"

#include "model/core/base/check.h"
#include "scenarios/output/writable.h"

#include <sqlite3.h>
#include <thread>

namespace portlab
{

SqliteError::SqliteError(int code, const std::string& message)
    : std::runtime_error(message),
      m_code(code)
{
}

int
SqliteError::Code() const
{
    return m_code;
}

void
SqliteDatabase::Close::operator()(sqlite3* handle) const
{
    sqlite3_close(handle);
}

SqliteDatabase::SqliteDatabase(const std::filesystem::path& file,
                               IfMissing ifMissing,
                               std::chrono::milliseconds patience)
    : m_name(PathText(file)),
      m_patience(patience)
{
    // An absolute path, because SQLite gives ":memory:" and "" a meaning of their own.
    const auto path = std::filesystem::absolute(file);
    const int flags =
        SQLITE_OPEN_READWRITE | (ifMissing == IfMissing::Create ? SQLITE_OPEN_CREATE : 0);
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
    m_handle.reset(handle);
    Require(code);
    Require(sqlite3_busy_timeout(handle, static_cast<int>(patience.count())));
}

void
SqliteDatabase::Require(int code) const
{
    const int primary = code & 0xff;
    if (primary == SQLITE_OK)
    {
        return;
    }
    auto message = m_name + ": " + (m_handle ? sqlite3_errmsg(m_handle.get()) : "out of memory");
    if (primary == SQLITE_BUSY)
    {
        message += " by another program; end that one, or choose another file";
    }
    throw SqliteError(primary, message);
}

void
SqliteDatabase::Execute(const std::string& sql)
{
    Require(sqlite3_exec(m_handle.get(), sql.c_str(), nullptr, nullptr, nullptr));
}

std::int64_t
SqliteDatabase::Number(const std::string& sql)
{
    SqliteStatement statement(*this, sql);
    Check(statement.Step(), "a query for one number has a row");
    return statement.Integer(0);
}

std::int64_t
SqliteDatabase::LastRowId() const
{
    return sqlite3_last_insert_rowid(m_handle.get());
}

void
SqliteDatabase::UseWriteAheadLog()
{
    // The switch needs the file alone for a moment, and for that SQLite may not wait by itself: two
    // processes that hold read locks would wait for each other. The one that gives up tries again.
    constexpr std::chrono::milliseconds PAUSE{5};
    const auto deadline = std::chrono::steady_clock::now() + m_patience;
    while (true)
    {
        try
        {
            Execute("PRAGMA journal_mode = WAL");
            return;
        }
        catch (const SqliteError& error)
        {
            if (error.Code() != SQLITE_BUSY || std::chrono::steady_clock::now() > deadline)
            {
                throw;
            }
        }
        std::this_thread::sleep_for(PAUSE);
    }
}

bool
SqliteDatabase::IsInTransaction() const
{
    return sqlite3_get_autocommit(m_handle.get()) == 0;
}

void
SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const
{
    sqlite3_finalize(statement);
}

SqliteStatement::SqliteStatement(SqliteDatabase& database, const std::string& sql)
    : m_database(&database)
{
    sqlite3_stmt* statement = nullptr;
    const int code =
        sqlite3_prepare_v2(database.m_handle.get(), sql.c_str(), -1, &statement, nullptr);
    m_statement.reset(statement);
    database.Require(code);
}

void
SqliteStatement::Bind(int parameter, std::int64_t value)
{
    m_database->Require(sqlite3_bind_int64(m_statement.get(), parameter, value));
}

void
SqliteStatement::Bind(int parameter, double value)
{
    m_database->Require(sqlite3_bind_double(m_statement.get(), parameter, value));
}

void
SqliteStatement::Bind(int parameter, const std::string& value)
{
    m_database->Require(sqlite3_bind_text64(m_statement.get(),
                                            parameter,
                                            value.data(),
                                            value.size(),
                                            SQLITE_TRANSIENT,
                                            SQLITE_UTF8));
}

bool
SqliteStatement::Step()
{
    const int code = sqlite3_step(m_statement.get());
    if (code == SQLITE_ROW)
    {
        return true;
    }
    m_database->Require(code == SQLITE_DONE ? SQLITE_OK : code);
    return false;
}

std::int64_t
SqliteStatement::Integer(int column) const
{
    return sqlite3_column_int64(m_statement.get(), column);
}

void
SqliteStatement::Run()
{
    sqlite3_step(m_statement.get());
    const int code = sqlite3_reset(m_statement.get()); // Also says how the step went.
    sqlite3_clear_bindings(m_statement.get());
    m_database->Require(code);
}

SqliteTransaction::SqliteTransaction(SqliteDatabase& database, Purpose purpose)
    : m_database(database)
{
    m_database.Execute(purpose == Purpose::Write ? "BEGIN IMMEDIATE" : "BEGIN");
}

SqliteTransaction::~SqliteTransaction()
{
    // SQLite ends a transaction by itself after some errors, as when the disk is full.
    if (m_database.IsInTransaction())
    {
        try
        {
            m_database.Execute("ROLLBACK");
        }
        catch (const SqliteError&)
        {
            // Closing the database undoes it all the same.
        }
    }
}

void
SqliteTransaction::Commit()
{
    m_database.Execute("COMMIT");
}

} // namespace portlab
