// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/nat-catalogue.h"
#include "scenarios/command/nats-command.h"

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
    EXPECT_EQ(RunNats(names, format, out), 0);
    return out.str();
}

bool
Contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

/// The lines that begin with a name, one below the other.
std::string
LinesOf(const std::string& text, const std::string& name)
{
    std::string found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
    {
        found += line.substr(0, name.size() + 1) == name + " " ? line + " \n" : "";
    }
    return found;
}

} // namespace

TEST(NatsCommand, ListsEveryPreset)
{
    const std::string text = Printed({});
    for (const NatPreset& row : NatPresets())
    {
        EXPECT_TRUE(Contains(LinesOf(text, row.name), row.title)) << row.name;
        EXPECT_TRUE(Contains(LinesOf(text, row.name), row.counters.noPort.value)) << row.name;
    }
    const std::string masquerade = LinesOf(text, "linux-masquerade");
    for (const char* cell : {" 1024-65535 ",
                             " destination ",
                             " latest ",
                             " APDF ",
                             " preserves, else windowed ",
                             " 5d / 120s ",
                             " 30s / 120s ",
                             " insert_failed "})
    {
        EXPECT_TRUE(Contains(masquerade, cell)) << cell;
    }
}

TEST(NatsCommand, MarksWhatIsUncertainOnce)
{
    const std::string text = Printed({});
    EXPECT_TRUE(Contains(LinesOf(text, "aws-nat-gateway"), " any-free? "));
    EXPECT_TRUE(Contains(LinesOf(text, "aws-nat-gateway"), " 350s / 60s? "));
    EXPECT_TRUE(Contains(LinesOf(text, "cgn-pba"), " any-free?, blocks of 128 "));
    EXPECT_TRUE(Contains(LinesOf(text, "cgn-pba"), " 7440s / 240s + 120s "));
    EXPECT_TRUE(Contains(text, "? marks what"));
    EXPECT_FALSE(Contains(text, "??"));
}

TEST(NatsCommand, KeepsItsLinesShort)
{
    std::istringstream lines(Printed({}));
    for (std::string line; std::getline(lines, line);)
    {
        EXPECT_LE(line.size(), 100u) << line;
    }
}

TEST(NatsCommand, PrintsAPresetWithAllThatIsKnown)
{
    const std::string text = Printed({"azure-nat-gateway"});

    EXPECT_TRUE(Contains(text, "azure-nat-gateway: Azure NAT Gateway, Standard\n"));
    EXPECT_TRUE(Contains(text, "rest_after_fin = 65s (documented)\n"));
    EXPECT_TRUE(Contains(text, "also called: idleTimeoutInMinutes\n"));
    EXPECT_TRUE(Contains(text,
                         "change: az network nat gateway update --resource-group GROUP --name NAME "
                         "--idle-timeout 4\n"));
    EXPECT_TRUE(Contains(text, "most_addresses = 16 (documented)\n"));
    EXPECT_TRUE(Contains(text, "no_port = SNATConnectionCount failed (documented)\n"));
    for (const Knob& knob : Knobs(FindNatPreset("azure-nat-gateway")))
    {
        EXPECT_TRUE(Contains(text, "\n" + knob.name + " = ")) << knob.name;
    }
    EXPECT_TRUE(Contains(Printed({"cgn-pba"}), "block_size = 128 (uncertain: 64 to 4096)\n"));
    EXPECT_TRUE(Contains(Printed({"symmetric"}), "most_addresses = no limit (chosen)\n"));
}

TEST(NatsCommand, RefusesUnknownNames)
{
    EXPECT_THROW(Printed({"cilium", "cillium"}), std::invalid_argument);
}

TEST(NatsCommand, PrintsEverythingAsJson)
{
    const auto all = nlohmann::json::parse(Printed({}, OutputFormat::Json));
    ASSERT_EQ(all.size(), NatPresets().size());
    EXPECT_EQ(all[0]["name"], "linux-masquerade");

    const auto one = nlohmann::json::parse(Printed({"cilium"}, OutputFormat::Json));
    ASSERT_EQ(one.size(), 1u);
    EXPECT_EQ(one[0]["family"], "cilium");
    EXPECT_TRUE(one[0]["note"].is_null());
    const auto& knobs = one[0]["knobs"];
    const auto retries = std::find_if(knobs.begin(), knobs.end(), [](const auto& knob) {
        return knob["name"] == "retries";
    });
    ASSERT_NE(retries, knobs.end());
    EXPECT_EQ((*retries)["value"], "32");
    EXPECT_EQ((*retries)["between"], "32 to 128");
    for (const auto& knob : knobs)
    {
        EXPECT_EQ(knob.size(), 8u) << "every key is always there: " << knob["name"];
    }
}

TEST(NatsCommand, PrintsALineForEachValueAsCsv)
{
    const std::string csv = Printed({"linux-masquerade"}, OutputFormat::Csv);

    EXPECT_EQ(csv.substr(0, csv.find('\n')),
              "nat,name,alias,value,evidence,between,source,command");
    EXPECT_TRUE(Contains(csv,
                         "\nlinux-masquerade,table_size,net.netfilter.nf_conntrack_max,262144,"
                         "uncertain,65536 to 262144,"));
    EXPECT_TRUE(Contains(csv, "\nlinux-masquerade,no_port,,insert_failed,measured,"));
}
