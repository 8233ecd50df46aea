// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SQLITE_DATABASE_H
#define PORTLAB_SQLITE_DATABASE_H

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

struct sqlite3;
struct sqlite3_stmt;

namespace portlab
{

/// SQLite said no. The message names the file and what SQLite says.
class SqliteError : public std::runtime_error
{
  public:
    SqliteError(int code, const std::string& message);

    /// SQLite's primary result code: SQLITE_BUSY, SQLITE_NOTADB ...
    int Code() const;

  private:
    int m_code;
};

/// An open SQLite file. Every method throws SqliteError. A connection must not survive a fork():
/// open it in the process that uses it.
class SqliteDatabase
{
  public:
    enum class IfMissing
    {
        Create,
        Fail,
    };

    /// Opens `file` to read and write. Statements wait up to `patience` for other processes.
    SqliteDatabase(const std::filesystem::path& file,
                   IfMissing ifMissing,
                   std::chrono::milliseconds patience);

    /// Runs statements that return nothing of interest.
    void Execute(const std::string& sql);

    /// The one number that a query or a pragma returns.
    std::int64_t Number(const std::string& sql);

    /// The row id of the latest insertion.
    std::int64_t LastRowId() const;

    /// Lets one process write while others read. A file system that cannot do this keeps its mode.
    void UseWriteAheadLog();

    /// Whether a transaction is open.
    bool IsInTransaction() const;

  private:
    friend class SqliteStatement;

    struct Close
    {
        void operator()(sqlite3* handle) const;
    };

    /// Throws if `code` is an error.
    void Require(int code) const;

    std::string m_name;
    std::chrono::milliseconds m_patience;
    std::unique_ptr<sqlite3, Close> m_handle;
};

/// A prepared statement. Lives shorter than its database, which has to stay where it is.
class SqliteStatement
{
  public:
    SqliteStatement(SqliteDatabase& database, const std::string& sql);

    /// Parameters count from 1; those not bound are null.
    void Bind(int parameter, std::int64_t value);
    void Bind(int parameter, double value);
    void Bind(int parameter, const std::string& value);

    /// Goes on to the next row; false when there is none.
    bool Step();

    /// Of the row that Step() found; columns count from 0.
    std::int64_t Integer(int column) const;

    /// Runs a statement that returns no rows, and makes it ready for other parameters.
    void Run();

  private:
    struct Finalize
    {
        void operator()(sqlite3_stmt* statement) const;
    };

    SqliteDatabase* m_database;
    std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
};

/// All changes between construction and Commit(), or none.
class SqliteTransaction
{
  public:
    enum class Purpose
    {
        Read,  ///< All that is read is of one moment.
        Write, ///< Also waits until no other process writes, and keeps others from writing.
    };

    SqliteTransaction(SqliteDatabase& database, Purpose purpose);

    SqliteTransaction(const SqliteTransaction&) = delete;
    SqliteTransaction& operator=(const SqliteTransaction&) = delete;

    /// Undoes everything that was not committed.
    ~SqliteTransaction();

    void Commit();

  private:
    SqliteDatabase& m_database;
};

} // namespace portlab

#endif // PORTLAB_SQLITE_DATABASE_H
