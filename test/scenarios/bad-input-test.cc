// SPDX-License-Identifier: GPL-2.0-only

// Files that are no scenarios, and files that scenarios name.

#include "scenarios/reader/files.h"
#include "scenarios/scenario.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <stdexcept>
#include <unistd.h>

using namespace portlab;
using namespace std::chrono_literals;

namespace
{

/// A folder of its own for each test, which goes with it.
class BadInput : public testing::Test
{
  protected:
    BadInput()
        : m_folder(std::filesystem::path(testing::TempDir()) /
                   ("portlab-bad-input-" + std::to_string(getpid())))
    {
        std::filesystem::create_directories(m_folder);
    }

    ~BadInput() override
    {
        std::filesystem::remove_all(m_folder);
    }

    std::string Path(const std::string& name) const
    {
        return (m_folder / name).string();
    }

    std::string Write(const std::string& name, const std::string& bytes) const
    {
        std::ofstream(Path(name), std::ios::binary) << bytes;
        return Path(name);
    }

    /// What is wrong with a file of these bytes, without the file's name.
    std::string ErrorOf(const std::string& bytes) const
    {
        const std::string path = Write("bad.toml", bytes);
        return ErrorOfFile(path).substr(path.size());
    }

    static std::string ErrorOfFile(const std::string& path)
    {
        try
        {
            ReadScenario(path);
            return path;
        }
        catch (const std::invalid_argument& error)
        {
            return error.what();
        }
    }

    static std::string ErrorOfHoldTimes(const std::string& path)
    {
        try
        {
            ReadHoldTimes(path);
            return path;
        }
        catch (const std::invalid_argument& error)
        {
            return error.what();
        }
    }

  private:
    std::filesystem::path m_folder;
};

class HoldTimes : public BadInput
{
};

const std::string SCENARIO = "name = \"x\"\n"
                             "[hosts.a]\nos = \"linux\"\n"
                             "[services.b]\n"
                             "[traffic.c]\nfrom = \"a\"\nto = \"b\"\n";

} // namespace

TEST_F(BadInput, ThatIsNotThereIsNoScenario)
{
    EXPECT_EQ(ErrorOfFile(Path("nowhere.toml")),
              Path("nowhere.toml") + ": there is no such file: expected a scenario");
    EXPECT_EQ(ErrorOfFile(""), ": there is no such file: expected a scenario");
}

TEST_F(BadInput, ThatIsADirectoryIsNoScenario)
{
    EXPECT_EQ(ErrorOfFile(testing::TempDir()),
              testing::TempDir() + ": this is a directory: name a scenario file in it");
}

TEST_F(BadInput, ThatIsEmptySaysWhatToWriteFirst)
{
    for (const auto* bytes : {"", "\n\n", "# nothing\n", "\xEF\xBB\xBF"})
    {
        EXPECT_EQ(ErrorOf(bytes), ":1:1: name: the key is missing. Write name = \"load-test\"");
    }
}

TEST_F(BadInput, ThatIsNotTomlSaysWhere)
{
    EXPECT_EQ(ErrorOf("<?xml version=\"1.0\"?>").substr(0, 16), ":1:1: not TOML: ");
    EXPECT_EQ(ErrorOf("time_s,proto\n0,tcp\n").substr(0, 16), ":1:7: not TOML: ");
    EXPECT_EQ(ErrorOf(std::string("name = \"x\0y\"\n", 13)).substr(0, 17), ":1:10: not TOML: ");
}

TEST_F(BadInput, ThatIsBinarySaysWhereItStopsBeingText)
{
    EXPECT_EQ(ErrorOf("\x7f"
                      "ELF\x02\x01\x01"),
              ":1:1: not TOML: Error while parsing root table: expected keys, tables, whitespace "
              "or comments, saw '\\u007F'");
    EXPECT_EQ(ErrorOf("name = \"\xff\xfe\""), ":1:8: not TOML: Encountered invalid utf-8 sequence");
}

TEST_F(BadInput, ThatIsTooLargeIsNoScenario)
{
    const std::string mebibyte(std::size_t{1} << 20, '\n');

    EXPECT_EQ(ErrorOf(mebibyte + "\n"), ": larger than 1 MiB: this is not a scenario file");
    EXPECT_EQ(ErrorOf(mebibyte), ":1:1: name: the key is missing. Write name = \"load-test\"");
    EXPECT_EQ(ErrorOfFile("/dev/zero"),
              "/dev/zero: larger than 1 MiB: this is not a scenario file");
}

TEST_F(BadInput, ThatIsNestedWithoutEndDoesNotExhaustTheStack)
{
    std::string dots = "a";
    for (int i = 0; i < 400'000; ++i)
    {
        dots += ".a";
    }

    EXPECT_EQ(ErrorOf("\n" + dots + " = 1"), ":2:202: no key of a scenario has so many dots");
    EXPECT_NE(ErrorOf("a = " + std::string(400'000, '[')), "");
    EXPECT_EQ(ErrorOf("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q = 1"),
              ":1:37: tables nested deeper than a scenario's ever are");
}

TEST_F(BadInput, NeverMakesTheParserStumbleOverATableHeader)
{
    const std::string before = "a = [\n['''[&''', \"[&\"],\n]\n  ";
    const auto names = [](const std::string& error) {
        const std::string why =
            ": not TOML: expected the name of a table between brackets, as [hosts.generator]";
        return error.size() > why.size() && error.substr(error.size() - why.size()) == why;
    };

    for (const auto* header : {"[.a]", "[&", "[", "[[", "[ ", "[]", "[[[a]]]", "[[=", "[\n", "[#"})
    {
        EXPECT_TRUE(names(ErrorOf(header))) << ErrorOf(header);
        EXPECT_TRUE(names(ErrorOf(before + header))) << ErrorOf(before + header);
    }
    EXPECT_EQ(ErrorOf(before + "[&").substr(0, 6), ":4:4: ");
}

TEST_F(BadInput, NeverMakesTheParserStumbleOverValues)
{
    EXPECT_EQ(ErrorOf("name = [}]"), ":1:9: not TOML: expected ']', saw '}'");
    EXPECT_EQ(ErrorOf("name = { a = 1 ]"), ":1:16: not TOML: expected '}', saw ']'");
    EXPECT_EQ(ErrorOf("name = \"\xc3\xa4\" # \xc3\xa4\nb\xc3\xa4 = 1"),
              ":2:2: not TOML: only text in quotes and comments may go beyond ASCII");
}

TEST_F(BadInput, MayHaveBracketsInStringsAndInListsOverSeveralLines)
{
    const std::string missing = ":1:1: hosts: the key is missing. Write [hosts.generator], and "
                                "its keys below";
    const std::string three = "\"\"\"";

    for (const std::string& question : {three + "\n[&\n" + three,
                                        three + "\\\"\"\"\n[&" + three + "\"\"",
                                        std::string("'''\n[.a]'''''"),
                                        std::string("\"\\\"[&\\\"\""),
                                        std::string("'\\'"),
                                        std::string("\"\" # [ \"")})
    {
        EXPECT_EQ(ErrorOf("name = \"x\"\nquestion = " + question + "\n"), missing) << question;
    }
    EXPECT_EQ(ErrorOf("name = \"x\"\ncalls = [\n[ +1 ],\n{},\n[[]]]\n[ \"nuts\" ]\n").substr(0, 8),
              ":6:3: nu");
}

TEST_F(BadInput, OfDosLineEndsAndAByteOrderMarkIsNone)
{
    EXPECT_EQ(ErrorOf("\xEF\xBB\xBFname = \"x\"\r\n[hosts.a]\r\nos = \"linux\"\r\n"),
              ":1:1: services: the key is missing. Write [services.api], and its keys below");
}

TEST_F(BadInput, NamedByAScenarioIsBlamedOnTheLineThatNamesIt)
{
    EXPECT_EQ(ErrorOf(SCENARIO + "arrivals = { trace = \"nowhere.csv\" }\n"),
              ":8:22: traffic.c.arrivals.trace = \"nowhere.csv\": " + Path("nowhere.csv") +
                  ": there is no such file; check the name and the directory it is relative to.");
    Write("bad.csv", "time_s,proto,src,src_port,dst,dst_port\nx,y\n");
    EXPECT_EQ(
        ErrorOf(SCENARIO + "arrivals = { trace = \"bad.csv\" }\n")
            .rfind(":8:22: traffic.c.arrivals.trace = \"bad.csv\": " + Path("bad.csv:2: "), 0),
        0u);
    Write("holds.csv", "hold_s\n0.25\nlong\n");
    EXPECT_EQ(ErrorOf(SCENARIO + "arrivals = \"1/s\"\nhold = { samples = \"holds.csv\" }\n"),
              ":9:20: traffic.c.hold.samples = \"holds.csv\": " + Path("holds.csv") +
                  ":3: \"long\": expected a hold time in seconds, as 0.25, or with its unit, as "
                  "250ms");
}

TEST_F(HoldTimes, AreSecondsOrHaveTheirUnit)
{
    EXPECT_EQ(ReadHoldTimes(Write("a", "hold_s\n0.25\n\n 3 \r\n250ms\n2min")),
              (std::vector<Duration>{250ms, 3s, 250ms, 2min}));
    EXPECT_EQ(ReadHoldTimes(Write("b", "0\n")), std::vector<Duration>{0s});
}

TEST_F(HoldTimes, ThatAreNoneSayTheirLine)
{
    const auto error = [&](const std::string& bytes) {
        const std::string path = Write("holds", bytes);
        return ErrorOfHoldTimes(path).substr(path.size());
    };

    EXPECT_EQ(error(""), ": no hold time in it: expected one a line, as 0.25 or 250ms");
    EXPECT_EQ(error("hold\n"), ": no hold time in it: expected one a line, as 0.25 or 250ms");
    EXPECT_EQ(error("1\nhold\n").substr(0, 12), ":2: \"hold\": ");
    EXPECT_EQ(error("-1\n").substr(0, 10), ":1: \"-1\": ");
    EXPECT_EQ(error("1,2\n").substr(0, 11), ":1: \"1,2\": ");
    EXPECT_EQ(error("366d\n"), ":1: \"366d\": expected at most 365d");
}
