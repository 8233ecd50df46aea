// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/progress-bar.h"
#include "scenarios/output/readable.h"
#include "scenarios/output/sha256.h"
#include "scenarios/output/text-table.h"

#include <cmath>
#include <gtest/gtest.h>
#include <sstream>

using namespace portlab;
using namespace std::chrono_literals;

TEST(Readable, CountsHaveASeparatorAtEveryThousand)
{
    EXPECT_EQ(Thousands(0), "0");
    EXPECT_EQ(Thousands(999), "999");
    EXPECT_EQ(Thousands(1000), "1,000");
    EXPECT_EQ(Thousands(1234567), "1,234,567");
    EXPECT_EQ(Thousands(18446744073709551615U), "18,446,744,073,709,551,615");
}

TEST(Readable, NumbersHaveThreeDigitsOnBothSidesOfEachPowerOfTen)
{
    const std::vector<std::pair<double, std::string>> cases{
        {0, "0"},
        {0.000999, "9.99e-04"},
        {0.001, "0.001"},
        {0.9994, "0.999"},
        {0.9996, "1.00"},
        {9.994, "9.99"},
        {9.996, "10.0"},
        {99.94, "99.9"},
        {99.96, "100"},
        {1234.5, "1,235"},
        {-1234.5, "-1,235"},
        {1e18, "1.00e+18"},
        {std::nan(""), "-"},
        {-INFINITY, "-"},
    };
    for (const auto& [value, text] : cases)
    {
        EXPECT_EQ(Rounded(value), text);
    }
}

TEST(Readable, SharesNeverHideTheFirstFailureOrTheLastSuccess)
{
    const std::vector<std::pair<double, std::string>> cases{
        {0, "0 %"},
        {1e-12, "<0.01 %"},
        {0.0001, "0.01 %"},
        {0.00994, "0.99 %"},
        {0.00996, "1.0 %"},
        {0.2139, "21.4 %"},
        {0.9994, "99.9 %"},
        {0.9999999, ">99.9 %"},
        {1, "100 %"},
        {1.5, "150 %"},
        {std::nan(""), "-"},
    };
    for (const auto& [share, text] : cases)
    {
        EXPECT_EQ(Percent(share), text) << share;
    }
}

TEST(Readable, TimesHaveTheUnitThatFitsThem)
{
    const std::vector<std::pair<double, std::string>> cases{
        {0, "0 s"},
        {1e-9, "1.00 ns"},
        {0.9999e-6, "1.00 us"},
        {0.0012, "1.20 ms"},
        {0.812, "812 ms"},
        {0.9994, "999 ms"},
        {0.9996, "1.00 s"},
        {47.058, "47.1 s"},
        {3600, "3,600 s"},
        {INFINITY, "-"},
    };
    for (const auto& [seconds, text] : cases)
    {
        EXPECT_EQ(TimeText(seconds), text) << seconds;
    }
}

TEST(Readable, FailuresHaveWordsAndUnknownOnesKeepTheirName)
{
    EXPECT_EQ(FailureWords("peer_time_wait"), "peer TIME_WAIT");
    EXPECT_EQ(FailureWords("hunger"), "hunger");
}

TEST(Readable, WrappedLinesBreakAtSpacesOnly)
{
    const std::vector<std::string> lines{"aa bb", "  cc", "  a-long-word", "  d"};

    EXPECT_EQ(Wrap("aa bb cc a-long-word d", 5, 2), lines);
    EXPECT_EQ(Wrap("", 5), std::vector<std::string>(1));
}

TEST(Readable, TextThatCouldMoveTheCursorCannot)
{
    EXPECT_EQ(Printable("a\nb\tc\x1b[2J\xc3\xa9~\x7f"), "a b c?[2J??~?");
}

TEST(TextTable, AlignsAndContinuesBelowWhatDoesNotFit)
{
    TextTable table({{"name", Align::Left}, {"first"}, {"second"}});
    table.Add({"a", "1,000", "2"});
    table.Add({"bcdef", "3", "40"});
    std::ostringstream wide;
    table.Write(wide, 20);
    std::ostringstream narrow;
    table.Write(narrow, 19);

    EXPECT_EQ(wide.str(),
              "name   first  second\n"
              "-----  -----  ------\n"
              "a      1,000       2\n"
              "bcdef      3      40\n");
    EXPECT_EQ(narrow.str(),
              "name   first\n"
              "-----  -----\n"
              "a      1,000\n"
              "bcdef      3\n"
              "\n"
              "name   second\n"
              "-----  ------\n"
              "a           2\n"
              "bcdef      40\n");
}

TEST(TextTable, BreaksHeadingsAtLineFeedsAndAlignsTheirLastLines)
{
    TextTable table({{"long\nname", Align::Left}, {"x\ny\nz"}, {"n"}});
    table.Add({"a", "10", "2"});
    std::ostringstream out;
    table.Write(out, 100);

    EXPECT_EQ(out.str(),
              "       x\n"
              "long   y\n"
              "name   z  n\n"
              "----  --  -\n"
              "a     10  2\n");
}

TEST(TextTable, RefusesARowOfAnotherLength)
{
    TextTable table({{"one"}, {"two"}});

    EXPECT_THROW(table.Add({"1"}), std::logic_error);
}

namespace
{

/// A terminal with a clock that tests turn.
struct Terminal
{
    std::ostringstream out;
    std::chrono::steady_clock::time_point now{};

    ProgressBar::Place Place(bool isTerminal = true, std::size_t width = 120)
    {
        return {out, isTerminal, width, [this] { return now; }};
    }

    /// What was written since the last look.
    std::string Look()
    {
        auto text = out.str();
        out.str("");
        return text;
    }
};

} // namespace

TEST(ProgressBar, AppearsAfterASecondAndSaysHowFarItIs)
{
    Terminal terminal;
    ProgressBar bar(false, terminal.Place());
    terminal.now += 1s - 1ns;
    bar.Update({0.2, 60s, 1'000'000});
    EXPECT_EQ(terminal.Look(), "");
    terminal.now += 1ns;
    bar.Update({0.25, 75s, 1'500'000});

    EXPECT_EQ(
        terminal.Look(),
        "\r[#####...............]  25 %, 75.0 s simulated, 1,500,000 connections/s, 3 s left");
}

TEST(ProgressBar, IsRedrawnTenTimesASecondAndOverwritesALongerLine)
{
    Terminal terminal;
    ProgressBar bar(false, terminal.Place());
    terminal.now += 200s;
    bar.Update({0.5, 75s, 1'500'000'000});
    const auto first = terminal.Look();
    terminal.now += 100ms - 1ns;
    bar.Update({1, 75s, 1});
    EXPECT_EQ(terminal.Look(), "");
    terminal.now += 1ns;
    bar.Update({1, 75s, 1});
    const auto second = terminal.Look();

    EXPECT_NE(first.find("3 min left"), std::string::npos) << first;
    EXPECT_EQ(second.size(), first.size());
    EXPECT_NE(second.find("[####################] 100 %"), std::string::npos);
}

TEST(ProgressBar, LeavesAnEmptyLineBehind)
{
    Terminal terminal;
    {
        ProgressBar bar(false, terminal.Place());
        terminal.now += 2s;
        bar.Update({0.5, 1s, 1});
        EXPECT_NE(terminal.Look(), "");
        bar.Clear();
        const auto cleared = terminal.Look();
        EXPECT_EQ(cleared.find_first_not_of("\r "), std::string::npos);
        EXPECT_EQ(cleared.back(), '\r');
    }

    EXPECT_EQ(terminal.Look(), "") << "it was clear already";
}

TEST(ProgressBar, IsSilentWithoutATerminalAndWhenQuiet)
{
    Terminal terminal;
    {
        ProgressBar noTerminal(false, terminal.Place(false));
        ProgressBar quiet(true, terminal.Place());
        terminal.now += 5s;
        noTerminal.Update({0.5, 1s, 1});
        quiet.Update({0.5, 1s, 1});
    }

    EXPECT_EQ(terminal.Look(), "");
}

TEST(ProgressBar, FitsANarrowTerminalAndSurvivesAShareOfNothing)
{
    Terminal terminal;
    ProgressBar bar(false, terminal.Place(true, 30));
    terminal.now += 1s;
    bar.Update({std::nan(""), 1s, 1});

    EXPECT_EQ(terminal.Look(), "\r[....................]   0 %,");
    terminal.now += 1s;
    bar.Update({7, 1s, 1});
    EXPECT_EQ(terminal.Look(), "\r[####################] 100 %,");
}

TEST(Sha256, GivesTheDigestsOfTheStandard)
{
    // FIPS 180-4 examples and NIST's SHA256ShortMsg/LongMsg; those of "x" are by Python's hashlib,
    // for each way that padding may fall.
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
         "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
        {std::string(1'000'000, 'a'),
         "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
        {"\xbd", "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b"},
        {"\xc9\x8c\x8e\x55", "7abc22c0ae5af26ce93dbb94433a0e0b2e119d014f8e7f65bd56c61ccccd9504"},
        {std::string(55, 'x'), "d5e285683cd4efc02d021a5c62014694958901005d6f71e89e0989fac77e4072"},
        {std::string(56, 'x'), "04c26261370ee7541549d16dee320c723e3fd14671e66a099afe0a377c16888e"},
        {std::string(57, 'x'), "ae14a2563ccf969d99aca69ce6bb74981f734bbf9f655f73b8f06db68cab5217"},
        {std::string(63, 'x'), "75220b47218278e656f2013bb8f0c455a25eaf01e86c64924e9d48d89776d6f2"},
        {std::string(64, 'x'), "7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c"},
        {std::string(65, 'x'), "9537c5fdf120482f7d58d25e9ed583f52c02b4e304ea814db1633ad565aed7e9"},
        {std::string(119, 'x'), "000b48d4edf0fa7bee3c6236ecd2785baa5db4eeb8bb54341b029e0d9fa5fb0c"},
        {std::string(120, 'x'), "13f05a0b594787f5ecd315edc96141bd3243203d1b7d4f0836f37308b276ba98"},
        {std::string(128, 'x'), "24da1b81d0b16df6428eee73c69fcb2a93c76bc6df706f0c6670fe6bfe800464"},
    };
    for (const auto& [message, digest] : cases)
    {
        EXPECT_EQ(Sha256(message), digest) << message.size() << " bytes";
    }
}
