// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/profile-catalogue.h"

#include <gtest/gtest.h>
#include <stdexcept>

using namespace portlab;
using namespace std::chrono_literals;

namespace
{

OsProfile
Row(std::string_view name)
{
    return FindProfile(name).profile;
}

/// What FindProfile says against a name; empty if it has nothing against it.
std::string
ErrorOf(std::string_view name)
{
    try
    {
        FindProfile(name);
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

TEST(FindProfile, LeavesNothingToSayAboutAnExactName)
{
    for (const OsProfile& row : Profiles())
    {
        const ProfileMatch match = FindProfile(row.name);
        EXPECT_EQ(match.profile.name, row.name);
        EXPECT_EQ(match.note, "");
    }
}

TEST(FindProfile, KnowsTheShortNames)
{
    EXPECT_EQ(Row("linux").name, "linux-6.18");
    EXPECT_EQ(Row("windows").name, "windows-11");
    EXPECT_EQ(FindProfile("linux").note, "\"linux\" means linux-6.18");
}

TEST(FindProfile, KnowsTheEraOfEveryLinuxVersion)
{
    const std::pair<const char*, const char*> table[]{
        {"linux-2.6.32", "linux-2.6"},    {"linux-3.0", "linux-2.6"},
        {"linux-3.10.0", "linux-2.6"},    {"linux-4.1.52", "linux-2.6"},
        {"linux-4.2.0", "linux-4.2"},     {"linux-4.5.7", "linux-4.2"},
        {"linux-4.6.7", "linux-4.6"},     {"linux-4.9.319", "linux-4.6"},
        {"linux-4.9.320", "linux-5.18"},  {"linux-4.14.284", "linux-4.6"},
        {"linux-4.14.285", "linux-5.18"}, {"linux-4.18.0", "linux-4.6"},
        {"linux-4.19.248", "linux-4.6"},  {"linux-4.19.249", "linux-5.18"},
        {"linux-5.4", "linux-4.6"},       {"linux-5.4.200", "linux-4.6"},
        {"linux-5.4.201", "linux-5.18"},  {"linux-5.10.124", "linux-4.6"},
        {"linux-5.10.125", "linux-5.18"}, {"linux-5.11.22", "linux-4.6"},
        {"linux-5.12.1", "linux-5.12"},   {"linux-5.15", "linux-5.12"},
        {"linux-5.15.40", "linux-5.12"},  {"linux-5.15.41", "linux-5.18"},
        {"linux-5.15.167", "linux-5.18"}, {"linux-5.16.20", "linux-5.12"},
        {"linux-5.17.8", "linux-5.12"},   {"linux-5.17.9", "linux-5.18"},
        {"linux-5.18.1", "linux-5.18"},   {"linux-6.1.99", "linux-5.18"},
        {"linux-6.6", "linux-5.18"},      {"linux-6.7.12", "linux-5.18"},
        {"linux-6.8", "linux-6.18"},      {"linux-6.12.1", "linux-6.18"},
        {"linux-6.18.44", "linux-6.18"},  {"linux-7.0", "linux-6.18"}};
    for (const auto& [version, era] : table)
    {
        EXPECT_EQ(Row(version).name, era) << version;
        EXPECT_TRUE(
            Contains(FindProfile(version).note, std::string(version) + " behaves as " + era))
            << FindProfile(version).note;
    }
}

TEST(FindProfile, GivesAVersionItsOwnSettingsWhateverItsEra)
{
    struct
    {
        const char* version;
        std::uint32_t twReuse;
        Duration reuseDelay;
        Duration reuseClock;
        Duration grid;
        Duration synTimeout;
        std::uint32_t linear;
        std::uint32_t retries;
    } const table[]{{"linux-2.6.32", 0, 1s, 1s, 0s, 3s, 0, 5},
                    {"linux-3.1", 0, 1s, 1s, 0s, 1s, 0, 5},
                    {"linux-3.6", 0, 1s, 1s, 0s, 1s, 0, 5},
                    {"linux-3.7", 0, 1s, 1s, 0s, 1s, 0, 6},
                    {"linux-4.7", 0, 1s, 1s, 0s, 1s, 0, 6},
                    {"linux-4.8", 0, 1s, 1s, 2048ms, 1s, 0, 6},
                    {"linux-4.14.285", 0, 1s, 1s, 2048ms, 1s, 0, 6},
                    {"linux-4.18", 0, 1s, 1s, 2048ms, 1s, 0, 6},
                    {"linux-4.19", 2, 0s, 1s, 2048ms, 1s, 0, 6},
                    {"linux-6.4", 2, 0s, 1s, 2048ms, 1s, 0, 6},
                    {"linux-6.5", 2, 0s, 1s, 2048ms, 1s, 4, 6},
                    {"linux-6.13", 2, 0s, 1s, 2048ms, 1s, 4, 6},
                    {"linux-6.14", 2, 1s, 1ms, 2048ms, 1s, 4, 6}};

    for (const auto& expected : table)
    {
        SCOPED_TRACE(expected.version);
        const OsProfile row = Row(expected.version);
        EXPECT_EQ(row.linuxSettings->twReuse.value, expected.twReuse);
        EXPECT_EQ(row.reuseDelay.value, expected.reuseDelay);
        EXPECT_EQ(row.reuseClock.value, expected.reuseClock);
        EXPECT_EQ(row.timeWaitGrid.value, expected.grid);
        EXPECT_EQ(row.syn.value.firstTimeout, expected.synTimeout);
        EXPECT_EQ(row.syn.value.linear, expected.linear);
        EXPECT_EQ(row.syn.value.retries, expected.retries);
    }
}

TEST(FindProfile, SaysWhichRowAndWhy)
{
    EXPECT_EQ(FindProfile("linux-6.18.44").note,
              "linux-6.18.44 behaves as linux-6.18 (Linux 6.8 and later)");
    EXPECT_EQ(FindProfile("linux-6.12.1").note,
              "linux-6.12.1 behaves as linux-6.18 (Linux 6.8 and later), but reuse_delay = 0s, "
              "reuse_clock = 1s");
    EXPECT_EQ(
        FindProfile("linux-5.15.167").note,
        "linux-5.15.167 behaves as linux-5.18 (Linux 5.18 to 6.7); 5.15.41 took over its port "
        "search (CVE-2022-32296)");
    EXPECT_TRUE(Contains(FindProfile("linux-5.15").note, "give the third number"));
    EXPECT_TRUE(Contains(FindProfile("linux-5.4.197").note, "5.4.201 the rest"));
    EXPECT_FALSE(Contains(FindProfile("linux-5.4.196").note, "5.4.201"));
    EXPECT_TRUE(Contains(FindProfile("linux-5.4.196").note, "tcp_tw_reuse = 2"));
    EXPECT_TRUE(Contains(FindProfile("linux-7.2").note, "newer than 7.0"));
}

TEST(FindProfile, RefusesWithTheNearestName)
{
    EXPECT_EQ(
        ErrorOf("linxu"),
        "no such profile \"linxu\". Did you mean linux? Known: linux-7.1, linux-6.18, linux-5.18, "
        "linux-5.12, linux-4.6, linux-4.2, linux-2.6, windows-11, windows-11-documented, "
        "windows-auto-reuse, windows-xp, macos-15, freebsd-14, freebsd-13, freebsd-11, "
        "openbsd-7, netbsd-10, illumos, gvisor, lwip, ns3-stock, rfc6056-1, rfc6056-2, rfc6056-3, "
        "rfc6056-4, rfc6056-5 "
        "(portlab profiles)");
    EXPECT_TRUE(Contains(ErrorOf("Windows-11"), "Did you mean windows-11?"));
    EXPECT_TRUE(Contains(ErrorOf("rfc6056-6"), "Did you mean rfc6056-1?"));
    EXPECT_FALSE(Contains(ErrorOf("plan9"), "Did you mean"));
    EXPECT_FALSE(Contains(ErrorOf(""), "Did you mean"));
}

TEST(FindProfile, RefusesVersionsThatAreNone)
{
    EXPECT_TRUE(Contains(ErrorOf("linux-2.4"),
                         "Linux before 2.6 is not modelled. Did you mean "
                         "linux-2.6?"));
    for (const char* name : {"linux-",
                             "linux-6",
                             "linux-6.",
                             "linux-6.18.",
                             "linux-6.18.44.1",
                             "linux-6.18-rc1",
                             "linux-6.1000",
                             "linux--6.1",
                             "linux- 6.1",
                             "linux-99999999999.1"})
    {
        EXPECT_TRUE(Contains(ErrorOf(name), "no such profile")) << name;
    }
}
