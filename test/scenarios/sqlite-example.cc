// SPDX-License-Identifier: GPL-2.0-only

#include "test/scenarios/sqlite-example.h"

#include "scenarios/output/result-tables.h"
#include "test/scenarios/output-example.h"

#include <gtest/gtest.h>
#include <memory>
#include <sqlite3.h>

namespace portlab
{

namespace
{

Cell
CellOf(sqlite3_stmt* statement, int column)
{
    switch (sqlite3_column_type(statement, column))
    {
    case SQLITE_INTEGER:
        return sqlite3_column_int64(statement, column);
    case SQLITE_FLOAT:
        return sqlite3_column_double(statement, column);
    case SQLITE_TEXT:
        return reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
    default:
        return {};
    }
}

} // namespace

std::vector<SqliteRow>
Query(const std::filesystem::path& file, const std::string& sql)
{
    sqlite3* opened = nullptr;
    EXPECT_EQ(sqlite3_open(file.c_str(), &opened), SQLITE_OK);
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(opened, sqlite3_close);
    std::vector<SqliteRow> rows;
    for (const char* rest = sql.c_str(); *rest != '\0';)
    {
        sqlite3_stmt* prepared = nullptr;
        EXPECT_EQ(sqlite3_prepare_v2(opened, rest, -1, &prepared, &rest), SQLITE_OK)
            << sqlite3_errmsg(opened) << ": " << sql;
        const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(prepared,
                                                                              sqlite3_finalize);
        while (prepared != nullptr && sqlite3_step(prepared) == SQLITE_ROW)
        {
            rows.emplace_back();
            for (int column = 0; column < sqlite3_column_count(prepared); ++column)
            {
                rows.back().push_back(CellOf(prepared, column));
            }
        }
    }
    return rows;
}

Cell
QueryOne(const std::filesystem::path& file, const std::string& sql)
{
    const auto rows = Query(file, sql);
    return rows.size() == 1 && rows.front().size() == 1 ? rows.front().front() : Cell("not one");
}

Report
ReportWithSeed(std::uint64_t seed)
{
    auto report = ExampleReport();
    report.runs.front().seed = seed;
    return report;
}

void
ExpectWholeRuns(const std::filesystem::path& file)
{
    EXPECT_EQ(QueryOne(file, "PRAGMA integrity_check"), "ok");
    EXPECT_EQ(Query(file, "PRAGMA foreign_key_check").size(), 0U);
    const auto runCount = QueryOne(file, "SELECT count(*) FROM runs").get<std::size_t>();
    const auto report = ReportWithSeed(1);
    for (const auto& table : ResultTables())
    {
        std::size_t rowCount = 0;
        table.forEachRow(report.runs.front().result, [&rowCount](const Fields&) { ++rowCount; });
        EXPECT_EQ(QueryOne(file, std::string("SELECT count(*) FROM ") + table.name),
                  runCount * rowCount)
            << table.name;
        EXPECT_EQ(QueryOne(file, std::string("SELECT count(DISTINCT run_id) FROM ") + table.name),
                  runCount)
            << table.name;
    }
}

} // namespace portlab
