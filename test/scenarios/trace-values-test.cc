// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/trace/trace-values.h"

#include <gtest/gtest.h>

using namespace portlab;
using namespace std::chrono_literals;

namespace
{

struct TimeCase
{
    std::string text;
    std::optional<Duration> expected;
};

constexpr Duration LATEST = Duration::max();

} // namespace

TEST(Seconds, AreReadToTheNanosecondAndRoundedOnce)
{
    const TimeCase cases[] = {
        {"0", 0ns},
        {"1521911722.249793", 1521911722249793000ns},
        {"1521911722.249793001", 1521911722249793001ns},
        {"0.0000000004", 0ns},
        {"0.00000000049999999999", 0ns},
        {"0.0000000005", 1ns},
        {"0.9999999995", 1s},
        {"1.0000000014999", 1000000001ns},
        {"1.0000000015", 1000000002ns},
        {"9.5367431640625e-07", 954ns},
        {"5e-10", 1ns},
        {"5e-11", 0ns},
        {"1.5E+3", 1500s},
        {"0015", 15s},
        {".5", 500ms},
        {"5.", 5s},
        {"-0.0", 0ns},
        {"0e999999999999999999999", 0ns},
        {"1e-999999999999999999999", 0ns},
        {"9223372036.854775807", LATEST},
        {"9223372036.8547758074999", LATEST},
        {"9223372036854775807e-9", LATEST},
        {std::string(100000, '0') + "7", 7s},
        {"1" + std::string(100, '0') + "e-100", 1s},
    };
    for (const TimeCase& c : cases)
    {
        EXPECT_EQ(ParseSeconds(c.text), c.expected) << c.text.substr(0, 40);
    }
}

TEST(Seconds, AreRefusedWhenTheyAreNegativeTooManyOrNoNumber)
{
    for (const char* text : {"",
                             ".",
                             "-",
                             "-1",
                             "-1e-9",
                             "+1",
                             "nan",
                             "inf",
                             "-inf",
                             "infinity",
                             "1 ",
                             " 1",
                             "1,5",
                             "1.2.3",
                             "0x10",
                             "1e",
                             "1e+",
                             "1e-",
                             "e5",
                             "1e5.0",
                             "1e--5",
                             "12:30",
                             "1s",
                             "9223372036.854775808",
                             "9223372036.8547758075",
                             "9223372037",
                             "1e10",
                             "1e999999999999999999999",
                             "99999999999999999999"})
    {
        EXPECT_EQ(ParseSeconds(text), std::nullopt) << text;
    }
}

// Expectations from GNU date: date -u -d TEXT +%s.
TEST(Iso8601, CountsFromTheBeginningOf1970)
{
    const TimeCase cases[] = {
        {"1970-01-01T00:00:00Z", 0s},
        {"1970-01-01T00:00:00.000000001Z", 1ns},
        {"1999-12-31T23:59:59Z", 946684799s},
        {"2000-02-29T12:00:00Z", 951825600s},
        {"2000-03-01T00:00:00Z", 951868800s},
        {"2018-03-24T17:15:22.249793Z", 1521911722249793000ns},
        {"2018-03-24 17:15:22", 1521911722s},
        {"2018-03-24t17:15:22z", 1521911722s},
        {"2018-03-24T19:15:22+02:00", 1521911722s},
        {"2018-03-24T13:45:22.5-0330", 1521911722500ms},
        {"2016-12-31T23:59:60Z", 1483228800s},
        {"2100-02-28T23:59:59Z", 4107542399s},
        {"2262-04-11T23:47:14.999999999Z", 9223372034999999999ns},
    };
    for (const TimeCase& c : cases)
    {
        EXPECT_EQ(ParseIso8601(c.text), c.expected) << c.text;
    }
}

TEST(Iso8601, RefusesWhatIsNoDateOrCannotBeHeld)
{
    for (const char* text : {"",
                             "2018",
                             "2018-03-24",
                             "2018-03-24T17:15",
                             "2018-03-24T17:15:22.",
                             "2018-03-24T17:15:22.Z",
                             "2018-03-24T17:15:22Zulu",
                             "2018-03-24T17:15:22+2",
                             "2018-03-24T17:15:22+24:00",
                             "2018-03-24T24:00:00Z",
                             "2018-03-24T17:60:00Z",
                             "2018-03-24T17:15:61Z",
                             "2018-00-24T17:15:22Z",
                             "2018-13-24T17:15:22Z",
                             "2018-04-31T17:15:22Z",
                             "2018-03-00T17:15:22Z",
                             "2018-02-29T17:15:22Z",
                             "2100-02-29T00:00:00Z",
                             "2018-3-24T17:15:22Z",
                             "-018-03-24T17:15:22Z",
                             "2018-03-24X17:15:22Z",
                             "1969-12-31T23:59:59Z",
                             "1970-01-01T00:00:00+00:01",
                             "2262-04-11T23:47:16Z",
                             "9999-12-31T23:59:59Z"})
    {
        EXPECT_EQ(ParseIso8601(text), std::nullopt) << text;
    }
}

TEST(PortText, IsAWholeNumberUpTo65535)
{
    EXPECT_EQ(ParsePort("0"), Port{0});
    EXPECT_EQ(ParsePort("65535"), Port{65535});
    for (const char* text : {"", "65536", "99999999999999999999", "-1", "+1", "80 ", "http", "1.0"})
    {
        EXPECT_EQ(ParsePort(text), std::nullopt) << text;
    }
}

TEST(Address, HasOneSpelling)
{
    EXPECT_EQ(CanonicalAddress("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(CanonicalAddress("2001:DB8:0:0::1"), "2001:db8::1");
    EXPECT_EQ(CanonicalAddress("::ffff:192.0.2.1"), "::ffff:192.0.2.1");
    for (const std::string text : {"", "192.0.2", "192.0.2.256", "192.0.2.01", "host", "2001:db8"})
    {
        EXPECT_EQ(CanonicalAddress(text), std::nullopt) << text;
    }
    EXPECT_EQ(CanonicalAddress(std::string("192.0.2.1\0.evil", 15)), std::nullopt);
}

TEST(QuotedText, StaysShortAndPrintable)
{
    EXPECT_EQ(Quoted("port"), "\"port\"");
    EXPECT_EQ(Quoted("\x1b[2J\xc3\xa4\n"), "\"\\x1b[2J\\xc3\\xa4\\x0a\"");
    EXPECT_EQ(Quoted(std::string(60, 'x')), "\"" + std::string(60, 'x') + "\"");
    EXPECT_EQ(Quoted(std::string(61, 'x')), "\"" + std::string(60, 'x') + "...\"");
}
