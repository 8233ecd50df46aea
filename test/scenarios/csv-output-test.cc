// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/csv-output.h"
#include "scenarios/output/fields.h"
#include "scenarios/output/json-output.h"
#include "test/scenarios/output-example.h"

#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

using namespace portlab;

namespace
{

using CsvRow = std::vector<std::string>;

/// Reads RFC 4180, as naively as its grammar has it.
std::vector<CsvRow>
ParseCsv(const std::string& text)
{
    std::vector<CsvRow> rows;
    CsvRow row(1);
    bool isQuoted = false;
    for (std::size_t i = 0; i < text.size(); ++i)
    {
        if (text[i] == '"' && isQuoted && text.substr(i + 1, 1) == "\"")
        {
            row.back() += text[i++];
        }
        else if (text[i] == '"')
        {
            isQuoted = !isQuoted;
        }
        else if (text[i] == ',' && !isQuoted)
        {
            row.emplace_back();
        }
        else if (text[i] == '\n' && !isQuoted)
        {
            rows.push_back(row);
            row.assign(1, "");
        }
        else
        {
            row.back() += text[i];
        }
    }
    EXPECT_FALSE(isQuoted);
    EXPECT_EQ(row, CsvRow(1)) << "the last line has no end";
    return rows;
}

/// Rows as maps from column to text, each row as long as the header.
std::vector<std::map<std::string, std::string>>
RowsOf(const std::string& csv)
{
    const auto lines = ParseCsv(csv);
    std::vector<std::map<std::string, std::string>> rows;
    for (std::size_t line = 1; line < lines.size(); ++line)
    {
        EXPECT_EQ(lines[line].size(), lines.front().size());
        rows.emplace_back();
        for (std::size_t column = 0; column < lines[line].size(); ++column)
        {
            rows.back()[lines.front()[column]] = lines[line][column];
        }
    }
    return rows;
}

struct UserError
{
    const char* what;
    std::function<std::filesystem::path(const ScratchDirectory&)> prepare;
    const char* message;
};

} // namespace

TEST(CsvOutput, SaysTheSameAsJson)
{
    const auto report = ExampleReport();
    std::ostringstream json;
    WriteJson(report, json, EXAMPLE_BUILD);
    const auto document = Cell::parse(json.str());
    for (const char* table : {"hosts", "traffic", "pairs", "services", "nats"})
    {
        std::ostringstream csv;
        WriteCsvTable(report, table, csv, EXAMPLE_BUILD);
        const auto rows = RowsOf(csv.str());
        const auto& expected = document.at("runs").at(0).at(table);
        ASSERT_EQ(rows.size(), expected.size()) << table;
        for (std::size_t row = 0; row < rows.size(); ++row)
        {
            EXPECT_EQ(rows[row].at("run_id"), "1");
            for (const auto& [key, value] : expected.at(row).items())
            {
                if (key == "failed")
                {
                    EXPECT_EQ(rows[row].at("failed_no_free_port"), value.at("no_free_port").dump());
                    EXPECT_EQ(rows[row].at("failed_pool_full"), value.at("pool_full").dump());
                }
                else
                {
                    EXPECT_EQ(rows[row].at(key), FlatText(value)) << table << ' ' << key;
                }
            }
        }
    }
}

TEST(CsvOutput, GivesBackQuotesCommasAndLineFeeds)
{
    std::ostringstream csv;
    WriteCsvTable(ExampleReport(), "runs", csv, EXAMPLE_BUILD);
    const auto rows = RowsOf(csv.str());

    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].at("scenario_question"), ExampleReport().question);
    EXPECT_EQ(rows[0].at("seed"), "18446744073709551615");
    EXPECT_EQ(rows[0].at("verdict_since_s"), "47.058");
    EXPECT_EQ(Cell::parse(rows[0].at("set")).at("traffic.main.hold"), "200ms, \"fixed\"");
}

TEST(CsvOutput, ListsSamplesAndHistogramsOfEachRun)
{
    auto report = ExampleReport();
    report.runs.push_back(report.runs.front());
    std::ostringstream samples;
    WriteCsvTable(report, "samples", samples, EXAMPLE_BUILD);
    std::ostringstream histograms;
    WriteCsvTable(report, "histograms", histograms, EXAMPLE_BUILD);

    EXPECT_EQ(samples.str().substr(0, samples.str().find("\n2,") + 1),
              "run_id,entity,name,quantity,time_s,value\n"
              "1,hosts,generator,ports_held,1.0,120.0\n"
              "1,hosts,generator,ports_held,2.0,121.5\n"
              "1,pairs,generator->api,attempts_per_s,1.0,600.0\n");
    EXPECT_EQ(RowsOf(samples.str()).size(), 6U);
    EXPECT_EQ(RowsOf(histograms.str()).size(), 6U);
    EXPECT_EQ(RowsOf(histograms.str())[2].at("high"), "") << "an open bin";
}

TEST(CsvOutput, WritesEveryTableIntoANewDirectoryAndNothingElse)
{
    const ScratchDirectory scratch;
    WriteCsv(ExampleReport(), scratch / "a" / "b", EXAMPLE_BUILD);

    std::size_t fileCount = 0;
    for (const auto& entry : std::filesystem::directory_iterator(scratch / "a" / "b"))
    {
        EXPECT_EQ(entry.path().extension(), ".csv");
        ++fileCount;
    }
    EXPECT_EQ(fileCount, CsvTableNames().size());
    std::ostringstream hosts;
    WriteCsvTable(ExampleReport(), "hosts", hosts, EXAMPLE_BUILD);
    EXPECT_EQ(ReadFile(scratch / "a" / "b" / "hosts.csv"), hosts.str());
}

TEST(CsvOutput, AcceptsADirectoryThatExistsAndEndsInASlash)
{
    const ScratchDirectory scratch;
    WriteCsv(ExampleReport(), (scratch / "").string(), EXAMPLE_BUILD);
    WriteCsv(ExampleReport(), (scratch / "new").string() + '/', EXAMPLE_BUILD);

    EXPECT_TRUE(std::filesystem::exists(scratch / "runs.csv"));
    EXPECT_TRUE(std::filesystem::exists(scratch / "new" / "runs.csv"));
}

TEST(CsvOutput, RefusesWhatItCannotOrMustNotWriteAndChangesNothing)
{
    const std::vector<UserError> cases{
        {"a file",
         [](const ScratchDirectory& scratch) {
             WriteFile(scratch / "file", "mine");
             return scratch / "file";
         },
         "file: is a file, where a directory is needed; choose another place"},
        {"below a file",
         [](const ScratchDirectory& scratch) {
             WriteFile(scratch / "file", "mine");
             return scratch / "file" / "results";
         },
         "file: is a file, where a directory is needed; choose another place"},
        {"results are there",
         [](const ScratchDirectory& scratch) {
             WriteFile(scratch / "nats.csv", "mine");
             return scratch / "";
         },
         "nats.csv: is there already and would be overwritten; choose another directory, or move "
         "the file away"},
        {"no name", [](const ScratchDirectory&) { return ""; }, "(empty path): there is no such"},
    };
    for (const auto& test : cases)
    {
        const ScratchDirectory scratch;
        const auto directory = test.prepare(scratch);
        const auto before = scratch.Contents();
        const auto checked = UserErrorOf([&] { CheckCsvWritable(directory); });
        const auto written = UserErrorOf([&] { WriteCsv(ExampleReport(), directory); });

        EXPECT_NE(checked.find(test.message), std::string::npos) << test.what << ": " << checked;
        EXPECT_EQ(written, checked) << test.what;
        EXPECT_EQ(scratch.Contents(), before) << test.what;
    }
}

TEST(CsvOutput, RefusesADirectoryWithoutPermissionAlsoWhenTheTestsRunAsRoot)
{
    const ScratchDirectory scratch;
    std::filesystem::create_directory(scratch / "closed");
    std::filesystem::permissions(scratch / "closed", std::filesystem::perms(0555));
    std::filesystem::permissions(scratch / "", std::filesystem::perms(0755));
    const auto child = fork();
    if (child == 0)
    {
        constexpr uid_t NOBODY = 65534;
        const bool isUser = geteuid() != 0 || setuid(NOBODY) == 0;
        const auto error =
            UserErrorOf([&scratch] { CheckCsvWritable(scratch / "closed" / "results"); });
        _exit(isUser && error.find("closed: you may not create files") != std::string::npos ? 0
                                                                                            : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);

    EXPECT_EQ(status, 0);
}

TEST(CsvOutput, CheckingCreatesNothing)
{
    const ScratchDirectory scratch;
    CheckCsvWritable(scratch / "new" / "deep");

    EXPECT_EQ(scratch.Contents(), "");
}
