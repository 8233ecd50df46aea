// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/sqlite-schema.h"

#include "model/core/base/check.h"
#include "scenarios/output/result-tables.h"

#include <array>

namespace portlab
{

namespace
{

constexpr const char* SCENARIO_TEXT = "scenario.text";

/// Quoted, because "from", "to", "set" and "commit" are words of SQL.
std::string
Name(const std::string& column)
{
    return '"' + column + '"';
}

std::string
Declaration(const Field& column)
{
    auto name = Name(ColumnName(column));
    switch (column.kind)
    {
    case FieldKind::Whole:
        return name + " INTEGER";
    case FieldKind::WholeWide:
        return name; // A declared type would round what is beyond 2^63 to a REAL.
    case FieldKind::Real:
        return name + " REAL";
    case FieldKind::Text:
    case FieldKind::Structured:
        return name + " TEXT";
    }
    ReportBug("a column without a kind");
}

std::string
CreateTable(const std::string& table, const std::string& firstColumn, const Fields& columns)
{
    auto sql = "CREATE TABLE " + Name(table) + " (\n  " + firstColumn;
    for (const auto& column : columns)
    {
        sql += ",\n  " + Declaration(column);
    }
    return sql + "\n);\n";
}

/// The columns that say what a row of results is a result of.
constexpr std::array IDENTITY{"scenario_name",
                              "set",
                              "run",
                              "seed",
                              "scenario_file",
                              "scenario_sha256",
                              "portlab",
                              "commit",
                              "ns3"};

/// All runs, but for the scenario's text: long, and the same in most rows.
std::string
CreateRunView(const Fields& run)
{
    std::string sql = "CREATE VIEW \"run_results\" AS\n  SELECT \"id\" AS \"run_id\"";
    for (const auto& column : run)
    {
        if (column.path != SCENARIO_TEXT)
        {
            sql += ", " + Name(ColumnName(column));
        }
    }
    return sql + "\n  FROM runs;\n";
}

std::string
CreateView(const ResultTable& table)
{
    auto sql = "CREATE VIEW " + Name(table.view) + " AS\n  SELECT \"run_id\"";
    for (const auto* column : IDENTITY)
    {
        sql += ", runs." + Name(column);
    }
    for (const auto& column : table.columns)
    {
        sql += ", part." + Name(ColumnName(column));
    }
    return sql + "\n  FROM " + Name(table.name) +
           " AS part JOIN runs ON runs.\"id\" = part.\"run_id\";\n";
}

std::string
MarkVersion()
{
    return "PRAGMA user_version = " + std::to_string(SQLITE_SCHEMA_VERSION) + ";\n";
}

/// Columns of `wanted` that the table lacks.
std::string
AddColumns(const std::string& table, const Fields& wanted, const HasColumn& hasColumn)
{
    std::string sql;
    for (const auto& column : wanted)
    {
        if (!hasColumn(table, ColumnName(column)))
        {
            sql += "ALTER TABLE " + Name(table) + " ADD COLUMN " + Declaration(column) + ";\n";
        }
    }
    return sql;
}

} // namespace

Fields
SqliteRunRow(const Report& report, const RunRecord& record, const BuildInfo& build)
{
    auto row = FieldsOf(report, record, build);
    row.push_back({SCENARIO_TEXT, FieldKind::Text, ValidUtf8(report.scenarioText)});
    return row;
}

std::string
CreateSchemaSql()
{
    const auto run = SqliteRunRow({}, {}, BUILD_INFO);
    auto sql = CreateTable("runs", "\"id\" INTEGER PRIMARY KEY", run) + CreateRunView(run);
    for (const auto& table : ResultTables())
    {
        sql += CreateTable(table.name,
                           "\"run_id\" INTEGER NOT NULL REFERENCES runs(\"id\") ON DELETE CASCADE",
                           table.columns);
        sql += "CREATE INDEX " + Name(std::string(table.name) + "_by_run") + " ON " +
               Name(table.name) + " (\"run_id\");\n";
        sql += CreateView(table);
    }
    sql += "PRAGMA application_id = " + std::to_string(SQLITE_APPLICATION) + ";\n";
    return sql + MarkVersion();
}

std::string
UpgradeSchemaSql(const HasColumn& hasColumn)
{
    const auto run = SqliteRunRow({}, {}, BUILD_INFO);
    std::string sql =
        "DROP VIEW \"run_results\";\n" + AddColumns("runs", run, hasColumn) + CreateRunView(run);
    for (const auto& table : ResultTables())
    {
        sql += "DROP VIEW " + Name(table.view) + ";\n" +
               AddColumns(table.name, table.columns, hasColumn) + CreateView(table);
    }
    return sql + MarkVersion();
}

std::string
InsertSql(const std::string& table, const std::string& firstColumn, const Fields& columns)
{
    std::string names = firstColumn.empty() ? "" : Name(firstColumn);
    std::string parameters = firstColumn.empty() ? "" : "?";
    for (const auto& column : columns)
    {
        const char* separator = names.empty() ? "" : ", ";
        names += separator + Name(ColumnName(column));
        parameters += std::string(separator) + '?';
    }
    return "INSERT INTO " + Name(table) + " (" + names + ") VALUES (" + parameters + ")";
}

} // namespace portlab
