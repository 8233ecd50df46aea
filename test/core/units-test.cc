// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/units.h"

#include <gtest/gtest.h>
#include <initializer_list>
#include <stdexcept>

using namespace portlab;
using namespace std::chrono_literals;

namespace
{

constexpr Duration LONGEST = 36525 * 24h;

/// What `parse` says against `text`; empty if it has nothing against it.
template <typename Parse>
std::string
ErrorOf(Parse parse, std::string_view text)
{
    try
    {
        parse(text);
        return "";
    }
    catch (const std::invalid_argument& error)
    {
        return error.what();
    }
}

bool
Contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

TEST(Duration, IsANumberAndAUnit)
{
    EXPECT_EQ(ParseDuration("7ns"), 7ns);
    EXPECT_EQ(ParseDuration("7us"), 7us);
    EXPECT_EQ(ParseDuration("200ms"), 200ms);
    EXPECT_EQ(ParseDuration("60s"), 60s);
    EXPECT_EQ(ParseDuration("2min"), 2min);
    EXPECT_EQ(ParseDuration("3h"), 3h);
    EXPECT_EQ(ParseDuration("1d"), 24h);
    EXPECT_EQ(ParseDuration("0s"), 0s);
    EXPECT_EQ(ParseDuration("007s"), 7s);
}

TEST(Duration, KeepsDecimalsExactToTheNanosecond)
{
    EXPECT_EQ(ParseDuration("1.5s"), 1500ms);
    EXPECT_EQ(ParseDuration("0.1s"), 100ms);
    EXPECT_EQ(ParseDuration("2.500000000s"), 2500ms);
    EXPECT_EQ(ParseDuration("3155759999.999999999s"), LONGEST - 1ns);
    EXPECT_EQ(ParseDuration("0.000000000005d"), 432ns);
    EXPECT_EQ(ParseDuration("1.000000000000000000000000000000s"), 1s);
    EXPECT_TRUE(Contains(ErrorOf(ParseDuration, "0.5ns"), "a whole number of nanoseconds"));
    EXPECT_TRUE(Contains(ErrorOf(ParseDuration, "1.0000000001s"), "a whole number of nanoseconds"));
    EXPECT_TRUE(Contains(ErrorOf(ParseDuration, "0.00000000000000000000000001s"),
                         "a whole number of nanoseconds"));
}

TEST(Duration, IsAtMostAHundredYears)
{
    const std::string tooLong = "a duration is at most 100 years (36525d)";

    EXPECT_EQ(ParseDuration("36525d"), LONGEST);
    EXPECT_EQ(ParseDuration("3155760000000000000ns"), LONGEST);
    EXPECT_EQ(ErrorOf(ParseDuration, "36526d"), "\"36526d\": " + tooLong);
    EXPECT_TRUE(Contains(ErrorOf(ParseDuration, "3155760000000000001ns"), tooLong));
    EXPECT_TRUE(Contains(ErrorOf(ParseDuration, "18446744073709551616ns"), tooLong));
    EXPECT_TRUE(Contains(ErrorOf(ParseDuration, "99999999999999999999999999d"), tooLong));
}

TEST(Duration, WithoutAUnitIsRefusedWithASuggestion)
{
    EXPECT_EQ(ErrorOf(ParseDuration, "200"),
              "\"200\": a duration needs a unit. Did you mean 200ms? (ns us ms s min h d)");
    EXPECT_EQ(ErrorOf(ParseDuration, "0"),
              "\"0\": a duration needs a unit. Did you mean 0s? (ns us ms s min h d)");
}

TEST(Duration, OfAnUnknownUnitIsRefusedWithTheOneThatWasMeant)
{
    EXPECT_EQ(ErrorOf(ParseDuration, "5m"),
              "\"5m\": there is no unit of time \"m\". Did you mean 5min? (ns us ms s min h d)");
    EXPECT_EQ(ErrorOf(ParseDuration, "1.5sec"),
              "\"1.5sec\": there is no unit of time \"sec\". Did you mean 1.5s? "
              "(ns us ms s min h d)");
    EXPECT_EQ(ErrorOf(ParseDuration, "5 \xc2\xb5s"),
              "\"5 \\xc2\\xb5s\": there is no unit of time \" \\xc2\\xb5s\". (ns us ms s min h d)");
    EXPECT_EQ(ErrorOf(ParseDuration, "5 fortnights"),
              "\"5 fortnights\": there is no unit of time \" fortnights\". (ns us ms s min h d)");
    EXPECT_EQ(ErrorOf(ParseDuration, "5 s"),
              "\"5 s\": a duration has no blank before its unit. Did you mean 5s?");
}

TEST(Duration, ThatIsNoNumberIsRefused)
{
    EXPECT_EQ(ErrorOf(ParseDuration, "-5s"), "\"-5s\": a duration cannot be negative");
    for (const auto* text : {"", "s", ".5s", "5.s", "1.2.3s", ".", "+5s", "1e3s", " 5s", "inf"})
    {
        EXPECT_NE(ErrorOf(ParseDuration, text), "") << text;
    }
    EXPECT_EQ(ErrorOf(ParseDuration, "soon"),
              "\"soon\": expected a duration such as 200ms or 1.5s (ns us ms s min h d)");
}

TEST(Duration, IsWrittenAsShortlyAsItCanBeRead)
{
    EXPECT_EQ(FormatDuration(0s), "0s");
    EXPECT_EQ(FormatDuration(1ns), "1ns");
    EXPECT_EQ(FormatDuration(200ms), "200ms");
    EXPECT_EQ(FormatDuration(1500ms), "1.5s");
    EXPECT_EQ(FormatDuration(60s), "60s");
    EXPECT_EQ(FormatDuration(120s), "120s");
    EXPECT_EQ(FormatDuration(2048ms), "2.048s");
    EXPECT_EQ(FormatDuration(3600s), "1h");
    EXPECT_EQ(FormatDuration(LONGEST), "36525d");
    EXPECT_EQ(FormatDuration(-1500ms), "-1.5s");
    EXPECT_EQ(FormatDuration(Duration::min()), "-9223372036.854775808s");
}

TEST(Duration, ReadsBackWhatItWrote)
{
    for (std::int64_t count = 1; count < LONGEST.count() / 7; count = count * 7 + 3)
    {
        for (const Duration duration : {Duration{count}, Duration{count / 1000 * 1000}})
        {
            EXPECT_EQ(ParseDuration(FormatDuration(duration)), duration);
        }
    }
    EXPECT_EQ(ParseDuration(FormatDuration(LONGEST - 1ns)), LONGEST - 1ns);
}

TEST(Rate, IsANumberPerUnit)
{
    EXPECT_EQ(ParseRate("600/s"), 600.0);
    EXPECT_EQ(ParseRate("0/s"), 0.0);
    EXPECT_EQ(ParseRate("0.1/s"), 0.1);
    EXPECT_EQ(ParseRate("1e6/s"), 1e6);
    EXPECT_EQ(ParseRate("2.5/min"), 2.5 / 60);
    EXPECT_EQ(ParseRate("100/h"), 100.0 / 3600);
    EXPECT_EQ(ParseRate("86400/d"), 1.0);
    EXPECT_EQ(ParseRate("3/ms"), 3000.0);
}

TEST(Rate, ThatIsNoneIsRefusedWithASuggestion)
{
    EXPECT_EQ(ErrorOf(ParseRate, "600"),
              "\"600\": a rate needs a unit. Did you mean 600/s? (/ms /s /min /h /d)");
    EXPECT_EQ(ErrorOf(ParseRate, "600/m"),
              "\"600/m\": there is no unit of time \"m\". Did you mean 600/min? "
              "(/ms /s /min /h /d)");
    EXPECT_EQ(ErrorOf(ParseRate, "-3/s"), "\"-3/s\": a rate cannot be negative");
    EXPECT_EQ(ErrorOf(ParseRate, "1e308/ns"),
              "\"1e308/ns\": the number is too large, or too close to zero, to compute with");
    for (const auto* text :
         {"", "/s", "fast", "inf/s", "nan/s", "600s", "6 /s", "6/ s", "6/", ".5/s", "1e999/s"})
    {
        EXPECT_NE(ErrorOf(ParseRate, text), "") << text;
    }
}

TEST(PortRangeText, IsTwoPortsOrOne)
{
    EXPECT_EQ(ParsePortRange("1024-65535"), PortRange(1024, 65535));
    EXPECT_EQ(ParsePortRange("0-65535"), PortRange(0, 65535));
    EXPECT_EQ(ParsePortRange("8080"), PortRange(8080, 8080));
    EXPECT_EQ(FormatPortRange(PortRange(1024, 65535)), "1024-65535");
    EXPECT_EQ(FormatPortRange(PortRange(8080, 8080)), "8080");
}

TEST(PortRangeText, ThatIsNoneIsRefusedWithASuggestion)
{
    EXPECT_EQ(ErrorOf(ParsePortRange, "60999-32768"),
              "\"60999-32768\": the range is empty: the first port must not exceed the last. "
              "Did you mean 32768-60999?");
    EXPECT_EQ(ErrorOf(ParsePortRange, "32768\t60999"),
              "\"32768\\x0960999\": expected a range such as 1024-65535, or one port, "
              "from 0 to 65535. Did you mean 32768-60999?");
    for (const auto* text : {"", "-", "5-", "-5", "1-65536", "65536", "1-2-3", "a-b", " 5", "+5"})
    {
        EXPECT_NE(ErrorOf(ParsePortRange, text), "") << text;
    }
}

TEST(PortListText, IsRangesWithCommas)
{
    const PortList list{{8080, 8080}, {9000, 9010}};

    EXPECT_EQ(ParsePortList("8080,9000-9010"), list);
    EXPECT_EQ(ParsePortList("8080, 9000-9010"), list);
    EXPECT_EQ(ParsePortList(""), PortList{});
    EXPECT_EQ(FormatPortList(list), "8080,9000-9010");
    EXPECT_EQ(FormatPortList({}), "");
}

TEST(PortListText, NamesTheEntryThatIsNone)
{
    EXPECT_EQ(ErrorOf(ParsePortList, "8080,http"),
              "\"8080,http\": \"http\": expected a range such as 1024-65535, or one port, "
              "from 0 to 65535");
    for (const auto* text : {",", "8080,", ",8080", "1,,2", " "})
    {
        EXPECT_NE(ErrorOf(ParsePortList, text), "") << text;
    }
}

TEST(ErrorText, StaysShortAndInAscii)
{
    const std::string error = ErrorOf(ParseDuration, std::string(100'000, '\xff'));

    EXPECT_LT(error.size(), 400u);
    for (const char letter : error)
    {
        EXPECT_TRUE(0x20 <= letter && letter < 0x7f);
    }
}
