// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/profile-catalogue.h"
#include "scenarios/command/profiles-command.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

using namespace portlab;

namespace
{

std::string
Printed(const std::vector<std::string>& names, OutputFormat format = OutputFormat::Table)
{
    std::ostringstream out;
    EXPECT_EQ(RunProfiles(names, format, out), 0);
    return out.str();
}

bool
Contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

/// The lines that begin with a name: one of each part of a table that is too wide for one.
std::string
LineOf(const std::string& text, const std::string& name)
{
    std::istringstream lines(text);
    std::string all;
    for (std::string line; std::getline(lines, line);)
    {
        if (line.substr(0, name.size() + 1) == name + " ")
        {
            all.append(line).append(" \n");
        }
    }
    return all;
}

} // namespace

TEST(ProfilesCommand, ListsEveryRow)
{
    const std::string text = Printed({});
    for (const OsProfile& row : Profiles())
    {
        EXPECT_NE(LineOf(text, row.name), "") << row.name;
        EXPECT_TRUE(Contains(text, row.title)) << row.name;
        EXPECT_TRUE(Contains(text, row.noPort.value.name)) << row.name;
    }
    EXPECT_TRUE(Contains(LineOf(text, "linux-6.18"), " 32768-60999 "));
    EXPECT_TRUE(Contains(LineOf(text, "linux-6.18"), " 60s "));
    EXPECT_TRUE(Contains(LineOf(text, "linux-6.18"), " destination"));
}

TEST(ProfilesCommand, MarksWhatIsUncertain)
{
    const std::string text = Printed({});
    EXPECT_TRUE(Contains(LineOf(text, "windows-11"), " 120s? "));
    EXPECT_TRUE(Contains(LineOf(text, "windows-11-documented"), " 240s "));
    EXPECT_TRUE(Contains(text, "? marks what"));
}

TEST(ProfilesCommand, KeepsItsLinesShort)
{
    std::istringstream lines(Printed({}));
    for (std::string line; std::getline(lines, line);)
    {
        EXPECT_LE(line.size(), 100u) << line;
    }
}

TEST(ProfilesCommand, PrintsARowWithAllThatIsKnown)
{
    const std::string text = Printed({"windows-11"});

    EXPECT_TRUE(Contains(text, "windows-11: Windows Vista to 11, Server 2008 to 2025\n"));
    EXPECT_TRUE(Contains(text, "time_wait = 120s (uncertain: 30s to 240s)\n"));
    EXPECT_TRUE(Contains(text, "also called: TcpTimedWaitDelay\n"));
    EXPECT_TRUE(
        Contains(text, "change: netsh int ipv4 set dynamicport tcp start=49152 num=16384\n"));
    EXPECT_TRUE(Contains(text, "no_port = WSAENOBUFS (10055) (documented)\n"));
    EXPECT_TRUE(Contains(text, "tcp_picks = one cursor, upward (uncertain)\n"));
    for (const Knob& knob : Knobs(FindProfile("windows-11").profile))
    {
        EXPECT_TRUE(Contains(text, "\n" + knob.name + " = ")) << knob.name;
    }
}

TEST(ProfilesCommand, SaysWhichRowAVersionMeans)
{
    EXPECT_TRUE(Contains(Printed({"linux-6.18.44"}), "linux-6.18.44 behaves as linux-6.18"));
    EXPECT_TRUE(Contains(Printed({"linux", "windows"}), "\"windows\" means windows-11"));
}

TEST(ProfilesCommand, RefusesUnknownNames)
{
    EXPECT_THROW(Printed({"linux", "linxu"}), std::invalid_argument);
}

TEST(ProfilesCommand, PrintsEverythingAsJson)
{
    const auto all = nlohmann::json::parse(Printed({}, OutputFormat::Json));
    ASSERT_EQ(all.size(), Profiles().size());
    EXPECT_EQ(all[0]["name"], Profiles()[0].name);
    EXPECT_TRUE(all[0]["note"].is_null());

    const auto one = nlohmann::json::parse(Printed({"windows"}, OutputFormat::Json));
    ASSERT_EQ(one.size(), 1u);
    EXPECT_EQ(one[0]["name"], "windows-11");
    const auto& knobs = one[0]["knobs"];
    const auto wait = std::find_if(knobs.begin(), knobs.end(), [](const auto& knob) {
        return knob["name"] == "time_wait";
    });
    ASSERT_NE(wait, knobs.end());
    EXPECT_EQ((*wait)["value"], "120s");
    EXPECT_EQ((*wait)["evidence"], "uncertain");
    EXPECT_EQ((*wait)["between"], "30s to 240s");
    for (const auto& knob : knobs)
    {
        EXPECT_EQ(knob.size(), 8u) << "every key is always there: " << knob["name"];
        EXPECT_FALSE(knob["source"].get<std::string>().empty());
    }
}

TEST(ProfilesCommand, PrintsALineForEachValueAsCsv)
{
    const std::string csv = Printed({"linux"}, OutputFormat::Csv);

    EXPECT_EQ(csv.substr(0, csv.find('\n')),
              "profile,name,alias,value,evidence,between,source,command");
    EXPECT_TRUE(
        Contains(csv, "\nlinux-6.18,ports,net.ipv4.ip_local_port_range,32768-60999,measured"));
    EXPECT_TRUE(Contains(csv, "\"sysctl -w net.ipv4.ip_local_port_range=\"\"32768 60999\"\"\"\n"));
}
