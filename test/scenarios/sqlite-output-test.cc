// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/json-output.h"
#include "scenarios/output/result-tables.h"
#include "scenarios/output/sqlite-output.h"
#include "scenarios/output/sqlite-schema.h"
#include "test/scenarios/output-example.h"
#include "test/scenarios/sqlite-example.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <iterator>
#include <sstream>

using namespace portlab;
namespace fs = std::filesystem;

namespace
{

/// What a column holds of a value that is `value` in JSON.
Cell
Stored(const Cell& value)
{
    return value.is_structured() ? Cell(value.dump()) : value;
}

struct UserError
{
    const char* what;
    std::function<fs::path(const ScratchDirectory&)> prepare;
    const char* message;
};

} // namespace

TEST(SqliteOutput, ShowsTheColumnsAndValuesOfJsonInItsViews)
{
    const ScratchDirectory scratch;
    const auto report = ExampleReport();
    WriteSqlite(report, scratch / "out.sqlite", EXAMPLE_BUILD);
    std::ostringstream json;
    WriteJson(report, json, EXAMPLE_BUILD);
    const auto run = Cell::parse(json.str()).at("runs").at(0);

    for (const auto& table : ResultTables())
    {
        const Cell none = Cell::array();
        const auto& expected = table.inJson ? run.at(table.name) : none;
        for (const auto& column : table.columns)
        {
            const auto rows = Query(scratch / "out.sqlite",
                                    "SELECT \"" + ColumnName(column) + "\" FROM " + table.view);
            for (std::size_t row = 0; row < expected.size(); ++row)
            {
                std::string place = '/' + std::string(column.path);
                std::replace(place.begin(), place.end(), '.', '/');
                EXPECT_EQ(rows.at(row).at(0),
                          Stored(expected.at(row).at(Cell::json_pointer(place))))
                    << table.view << place;
            }
        }
    }
}

TEST(SqliteOutput, KeepsWhatIsNeededToRepeatARun)
{
    const ScratchDirectory scratch;
    const auto file = scratch / "out.sqlite";
    const auto report = ExampleReport();
    WriteSqlite(report, file, EXAMPLE_BUILD);

    const auto run = Query(file,
                           "SELECT scenario_text, scenario_file, scenario_sha256, \"set\", run, "
                           "seed, portlab, \"commit\", ns3, simulated_s, wall_s, verdict_limit, "
                           "notes FROM runs");
    const SqliteRow expected{
        report.scenarioText,
        report.scenarioFile,
        report.scenarioSha256,
        R"({"hosts.generator.count":"2","traffic.main.hold":"200ms, \"fixed\""})",
        1,
        "18446744073709551615", // Beyond SQLite's integers, and not rounded.
        "0.1.0",
        "a1b2c3d4e5f6",
        "3.37",
        300.0,
        0.125,
        "no_free_port",
        R"(["linux-6.18: tcp_max_tw_buckets is uncertain, 65536 to 262144"])"};
    ASSERT_EQ(run.size(), 1U);
    EXPECT_EQ(run.front(), expected);
    EXPECT_EQ(Query(file, "SELECT \"set\", seed, name, os FROM host_results").size(), 2U);
}

TEST(SqliteOutput, KeepsTimeSeriesAndHistograms)
{
    const ScratchDirectory scratch;
    const auto file = scratch / "out.sqlite";
    WriteSqlite(ExampleReport(), file);

    const std::vector<SqliteRow> samples{{"hosts", "generator", "ports_held", 1.0, 120.0},
                                         {"hosts", "generator", "ports_held", 2.0, 121.5},
                                         {"pairs", "generator->api", "attempts_per_s", 1.0, 600.0}};
    EXPECT_EQ(Query(file, "SELECT entity, name, quantity, time_s, value FROM sample_results"),
              samples);
    const std::vector<SqliteRow> bins{{1.0, 1.0, 90000}, {2.0, 3.0, 50123}, {4.0, nullptr, 40000}};
    EXPECT_EQ(Query(file, "SELECT low, high, count FROM histogram_results"), bins);
}

TEST(SqliteOutput, HasTheRecordedSchema)
{
    // Whoever changes the schema also counts SQLITE_SCHEMA_VERSION up, and then this name.
    ASSERT_EQ(SQLITE_SCHEMA_VERSION, 3);
    ExpectRecorded("schema-3.sql", CreateSchemaSql());
}

/// The tables of schema 1 lacked the time of port searches, those of 1 and 2 most of what NATs
/// tell.
TEST(SqliteOutput, AddsItsNewColumnsToAFileOfAnOlderSchema)
{
    for (const char* const schema : {"schema-1.sql", "schema-2.sql"})
    {
        const ScratchDirectory scratch;
        const auto file = scratch / "old.sqlite";
        std::ifstream recorded(fs::path(PORTLAB_TEST_DATA) / "output" / schema);
        Query(file,
              std::string(std::istreambuf_iterator<char>(recorded), {}) +
                  "INSERT INTO runs (id, seed) VALUES (1, 1);"
                  "INSERT INTO hosts (run_id, name) VALUES (1, 'older');"
                  "INSERT INTO nats (run_id, name) VALUES (1, 'older');");
        WriteSqlite(ExampleReport(), file);

        EXPECT_EQ(QueryOne(file, "PRAGMA user_version"), SQLITE_SCHEMA_VERSION);
        EXPECT_EQ(Query(file, "SELECT name, search_ns_p99 FROM host_results WHERE name = 'older'"),
                  (std::vector<SqliteRow>{{"older", nullptr}}));
        EXPECT_EQ(QueryOne(file, "SELECT search_ns_p99 FROM host_results WHERE name = 'generator'"),
                  635220);
        EXPECT_EQ(Query(file, "SELECT name, log_records FROM nat_results ORDER BY run_id"),
                  (std::vector<SqliteRow>{{"older", nullptr}, {"egress", 240}}));
        EXPECT_EQ(QueryOne(file, "SELECT count(*) FROM runs"), 2);
    }
}

TEST(SqliteOutput, ForgetsTheRowsOfADeletedRunOnly)
{
    const ScratchDirectory scratch;
    const auto file = scratch / "out.sqlite";
    WriteSqlite(ReportWithSeed(1), file);
    WriteSqlite(ReportWithSeed(2), file);
    Query(file, "PRAGMA foreign_keys = ON; DELETE FROM runs WHERE seed = 1");

    EXPECT_EQ(QueryOne(file, "SELECT seed FROM runs"), 2);
    ExpectWholeRuns(file);
}

TEST(SqliteOutput, IsOneFileInWriteAheadModeWhenNobodyUsesIt)
{
    const ScratchDirectory scratch;
    WriteSqlite(ExampleReport(), scratch / "out.sqlite");
    const auto entries = fs::directory_iterator(scratch / "");

    EXPECT_EQ(std::distance(fs::begin(entries), fs::end(entries)), 1);
    EXPECT_EQ(QueryOne(scratch / "out.sqlite", "PRAGMA journal_mode"), "wal");
}

TEST(SqliteOutput, AcceptsAnEmptyFileAndNamesThatSqliteTakesForSomethingElse)
{
    const ScratchDirectory scratch;
    WriteFile(scratch / "empty", "");
    WriteSqlite(ExampleReport(), scratch / "empty");
    WriteSqlite(ExampleReport(), scratch / "file:x?mode=memory");
    const auto before = fs::current_path();
    fs::current_path(scratch / "");
    WriteSqlite(ExampleReport(), ":memory:");
    fs::current_path(before);

    ExpectWholeRuns(scratch / "empty");
    EXPECT_TRUE(fs::exists(scratch / "file:x?mode=memory"));
    ExpectWholeRuns(scratch / ":memory:");
}

TEST(ResultStore, StoresTextThatIsNotUtf8AsTextThatIs)
{
    const ScratchDirectory scratch;
    auto report = ReportWithSeed(1);
    report.scenarioFile = "caf\xe9.toml";
    report.scenarioText = "\xff";
    WriteSqlite(report, scratch / "out.sqlite");

    EXPECT_EQ(Query(scratch / "out.sqlite", "SELECT scenario_file, scenario_text FROM runs"),
              (std::vector<SqliteRow>{{"caf\xef\xbf\xbd.toml", "\xef\xbf\xbd"}}));
}

TEST(SqliteOutput, RefusesWhatIsNotItsOwnAndChangesNothing)
{
    const std::vector<UserError> cases{
        {"no such directory",
         [](const ScratchDirectory& scratch) { return scratch / "none" / "out.sqlite"; },
         "none: there is no such directory; create it, or choose another place"},
        {"below a file",
         [](const ScratchDirectory& scratch) {
             WriteFile(scratch / "file", "mine");
             return scratch / "file" / "out.sqlite";
         },
         "file: is a file, where a directory is needed; choose another place"},
        {"a directory",
         [](const ScratchDirectory& scratch) {
             fs::create_directory(scratch / "sub");
             return scratch / "sub";
         },
         "sub: is a directory or a device, where a file is needed; choose another name"},
        {"a short text",
         [](const ScratchDirectory& scratch) {
             WriteFile(scratch / "text", "hello");
             return scratch / "text";
         },
         "text: is not an SQLite database; choose another file"},
        {"a long text",
         [](const ScratchDirectory& scratch) {
             WriteFile(scratch / "text", std::string(100'000, 'x'));
             return scratch / "text";
         },
         "text: is not an SQLite database; choose another file"},
        {"another program's database",
         [](const ScratchDirectory& scratch) {
             Query(scratch / "other", "CREATE TABLE runs (mine); INSERT INTO runs VALUES (1)");
             return scratch / "other";
         },
         "other: is a database of another program, not results of portlab; choose another file"},
        {"another program's mark",
         [](const ScratchDirectory& scratch) {
             Query(scratch / "other", "PRAGMA application_id = 1");
             return scratch / "other";
         },
         "other: is a database of another program, not results of portlab; choose another file"},
        {"a newer schema",
         [](const ScratchDirectory& scratch) {
             WriteSqlite(ExampleReport(), scratch / "new");
             Query(scratch / "new", "PRAGMA user_version = 4");
             return scratch / "new";
         },
         "new: was written by a newer portlab (schema 4, and this one knows up to 3); use that "
         "one, or choose another file"},
        {"no name", [](const ScratchDirectory&) { return ""; }, "there is no such directory"},
        {"a device",
         [](const ScratchDirectory&) { return "/dev/null"; },
         "is a directory or a device"},
    };
    for (const auto& test : cases)
    {
        const ScratchDirectory scratch;
        const auto file = test.prepare(scratch);
        const auto before = scratch.Contents();
        const auto checked = UserErrorOf([&file] { CheckSqliteWritable(file); });
        const auto written = UserErrorOf([&file] { WriteSqlite(ExampleReport(), file); });

        EXPECT_NE(checked.find(test.message), std::string::npos) << test.what << ": " << checked;
        EXPECT_EQ(written, checked) << test.what;
        EXPECT_EQ(scratch.Contents(), before) << test.what;
    }
}

TEST(SqliteOutput, CheckingChangesNothing)
{
    const ScratchDirectory scratch;
    CheckSqliteWritable(scratch / "out.sqlite");
    EXPECT_EQ(scratch.Contents(), "");

    WriteSqlite(ExampleReport(), scratch / "out.sqlite");
    const auto before = scratch.Contents();
    CheckSqliteWritable(scratch / "out.sqlite");
    EXPECT_EQ(scratch.Contents(), before);
}
