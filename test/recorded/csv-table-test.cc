// SPDX-License-Identifier: GPL-2.0-only

// The reader of the recordings refuses what it does not understand.

#include "test/recorded/csv-table.h"

#include <functional>
#include <gtest/gtest.h>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace
{

using portlab::test::CsvRow;
using portlab::test::ReadCsv;
using portlab::test::ReadRecording;

std::vector<CsvRow>
Read(const std::string& text, const std::set<std::size_t>& stray = {})
{
    std::istringstream stream(text);
    return ReadCsv(stream, "t.csv", stray);
}

std::string
ErrorOf(const std::function<void()>& action)
{
    try
    {
        action();
    }
    catch (const std::runtime_error& error)
    {
        return error.what();
    }
    return "no error";
}

std::string
ErrorOfCell(const std::string& cell, const std::function<void(const CsvRow&)>& action)
{
    const auto rows = Read("a,b\n1," + cell + "\n");
    return ErrorOf([&] { action(rows.at(0)); });
}

} // namespace

TEST(Csv, GivesCellsByTheNamesOfTheirColumns)
{
    const auto rows = Read("a,b,c\n1,x y,\n2,0.5,60999\n");

    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].Text("b"), "x y");
    EXPECT_EQ(rows[0].Text("c"), "");
    EXPECT_EQ(rows[1].Number("a"), 2u);
    EXPECT_DOUBLE_EQ(rows[1].Seconds("b"), 0.5);
    EXPECT_EQ(rows[1].PortAt("c"), 60999);
    EXPECT_EQ(rows[1].Name({"a", "c"}), "2/60999");
}

TEST(Csv, ReadsAnswersInTheOrderOfTheCalls)
{
    const auto rows = Read("results\n32768 65535 EADDRINUSE\n");
    const auto results = rows.at(0).Results("results");

    ASSERT_EQ(results.size(), 3u);
    EXPECT_EQ(results[0].port, 32768);
    EXPECT_EQ(results[1].port, 65535);
    EXPECT_EQ(results[2].port, std::nullopt);
    EXPECT_EQ(results[2].error, "EADDRINUSE");
}

TEST(Csv, RefusesLinesThatAreTooShortOrTooLong)
{
    EXPECT_EQ(ErrorOf([] { Read("a,b\n1,2\n0\n"); }), "t.csv:3: 1 cells under 2 columns");
    EXPECT_EQ(ErrorOf([] { Read("a,b\n1,2,3\n"); }), "t.csv:2: 3 cells under 2 columns");
    EXPECT_EQ(ErrorOf([] { Read("a,b\n"); }), "t.csv:1: there are no rows");
    EXPECT_EQ(ErrorOf([] { Read(""); }), "t.csv:1: there are no rows");
}

TEST(Csv, LeavesOutStrayLinesThatWereNamedAndChecksThem)
{
    EXPECT_EQ(Read("a,b\n1,2\n0\n3,4\n", {3}).size(), 2u);
    EXPECT_EQ(ErrorOf([] {
                  Read("a,b\n1,2\n0\n3,4\n", {2, 3});
              }),
              "t.csv:2: 2 cells under 2 columns");
}

TEST(Csv, RefusesCellsThatDoNotAnswerTheQuestion)
{
    const std::string said = "t.csv:2: b is ";
    const auto port = [](const CsvRow& row) { row.PortAt("b"); };
    const auto results = [](const CsvRow& row) { row.Results("b"); };
    const auto seconds = [](const CsvRow& row) { row.Seconds("b"); };
    const auto number = [](const CsvRow& row) { row.Number("b"); };
    EXPECT_EQ(ErrorOfCell("65535", port), "no error");
    EXPECT_EQ(ErrorOfCell("65536", port), said + "\"65536\": expected ports and names of errors");
    EXPECT_EQ(ErrorOfCell("EAGAIN", port), said + "\"EAGAIN\": expected a port");
    EXPECT_EQ(ErrorOfCell("1  2", results), said + "\"1  2\": expected ports and names of errors");
    EXPECT_EQ(ErrorOfCell("1 2x", results), said + "\"1 2x\": expected ports and names of errors");
    EXPECT_EQ(ErrorOfCell("1 OK", results), said + "\"1 OK\": expected ports and names of errors");
    EXPECT_EQ(ErrorOfCell("-1", number), said + "\"-1\": expected a whole number");
    EXPECT_EQ(ErrorOfCell("", number), said + "\"\": expected a whole number");
    EXPECT_EQ(ErrorOfCell("1.5.2", seconds), said + "\"1.5.2\": expected seconds");
    EXPECT_EQ(ErrorOfCell("OK", seconds), said + "\"OK\": expected seconds");
    EXPECT_EQ(ErrorOfCell("1", [](const CsvRow& row) { row.Text("c"); }),
              "t.csv:1: there is no column c");
}

TEST(Csv, NamesARecordingThatIsNotThere)
{
    const std::string error = ErrorOf([] { ReadRecording("no-such"); });

    EXPECT_NE(error.find("linux-6.18/no-such.csv: cannot be read"), error.npos) << error;
}
