// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/fields.h"
#include "scenarios/output/json-output.h"
#include "scenarios/output/table-output.h"
#include "test/scenarios/output-example.h"

#include <cmath>
#include <gtest/gtest.h>
#include <sstream>

using namespace portlab;

namespace
{

std::string
JsonOf(const Report& report)
{
    std::ostringstream out;
    WriteJson(report, out, EXAMPLE_BUILD);
    return out.str();
}

std::string
TableOf(const Report& report, const TableOptions& options)
{
    std::ostringstream out;
    WriteTable(report, out, options, EXAMPLE_BUILD);
    return out.str();
}

std::string
KeysOf(const Cell& object)
{
    std::string keys;
    for (const auto& [key, value] : object.items())
    {
        keys += (keys.empty() ? "" : " ") + key;
    }
    return keys;
}

} // namespace

TEST(JsonOutput, IsTheRecordedDocument)
{
    ExpectRecorded("report.json", JsonOf(ExampleReport()));
}

TEST(JsonOutput, HasEveryKeyOfTheDesignInItsOrder)
{
    const std::string reasons = "no_free_port time_wait_collision nat_no_port nat_table_full "
                                "connect_timeout firewall peer_time_wait pool_full";
    const std::vector<std::pair<std::string, std::string>> keysAt{
        {"", "portlab commit ns3 scenario notes runs"},
        {"/scenario", "file sha256 name question"},
        {"/runs/0",
         "run seed set simulated_s wall_s connections connections_per_wall_s verdict hosts traffic "
         "pairs services nats"},
        {"/runs/0/set", "hosts.generator.count traffic.main.hold"},
        {"/runs/0/verdict",
         "sentence limit where since_s used usable next_limit next_limit_factor"},
        {"/runs/0/hosts/0",
         "name os count attempts connected pending failed failed_share first_failure_s "
         "ports_held_mean ports_held_peak time_wait_mean time_wait_peak probes_mean probes_p50 "
         "probes_p99 probes_max search_ns_mean search_ns_p50 search_ns_p99 search_ns_max "
         "port_reuse_min_s"},
        {"/runs/0/hosts/0/failed", reasons},
        {"/runs/0/traffic/0",
         "name requests requests_failed attempts connect_delay_p50_s connect_delay_p99_s retries"},
        {"/runs/0/pairs/0",
         "from through to attempts failed ports_used_peak ports_usable utilisation_peak "
         "first_failure_s"},
        {"/runs/0/pairs/0/failed", reasons},
        {"/runs/0/services/0", "name accepted time_wait_peak tuple_collisions"},
        {"/runs/0/nats/0",
         "name preset devices addresses asked granted dropped preserved_share collisions evicted "
         "lost mappings_mean mappings_peak mappings_most ports_in_use_peak ports_usable "
         "probes_mean subscribers ports_per_subscriber_mean ports_per_subscriber_p99 "
         "ports_per_subscriber_max block_utilisation_peak log_records"},
    };
    const auto document = Cell::parse(JsonOf(ExampleReport()));

    for (const auto& [place, keys] : keysAt)
    {
        EXPECT_EQ(KeysOf(document.at(Cell::json_pointer(place))), keys) << "at " << place;
    }
}

TEST(JsonOutput, KeepsItsKeysWhenNothingHasAMeaning)
{
    Report report;
    report.runs.resize(1);
    report.runs.front().result.hosts.resize(1);
    const auto empty = Cell::parse(JsonOf(report)).at("runs").at(0);
    const auto full = Cell::parse(JsonOf(ExampleReport())).at("runs").at(0);

    EXPECT_EQ(KeysOf(empty), KeysOf(full));
    EXPECT_EQ(KeysOf(empty.at("verdict")), KeysOf(full.at("verdict")));
    EXPECT_EQ(KeysOf(empty.at("hosts").at(0)), KeysOf(full.at("hosts").at(0)));
    EXPECT_EQ(empty.at("set"), Cell::object());
    EXPECT_EQ(empty.at("pairs"), Cell::array());
    EXPECT_TRUE(empty.at("connections_per_wall_s").is_null());
    EXPECT_TRUE(empty.at("verdict").at("limit").is_null());
    EXPECT_TRUE(empty.at("hosts").at(0).at("failed_share").is_null());
}

TEST(JsonOutput, SaysNullWhereANumberIsNotFinite)
{
    auto report = ExampleReport();
    auto& host = report.runs.front().result.hosts.front();
    host.portsHeldMean = std::nan("");
    host.failedShare = std::numeric_limits<double>::infinity();
    report.runs.front().wallSeconds = std::nan("");
    const auto run = Cell::parse(JsonOf(report)).at("runs").at(0);

    EXPECT_TRUE(run.at("hosts").at(0).at("ports_held_mean").is_null());
    EXPECT_TRUE(run.at("hosts").at(0).at("failed_share").is_null());
    EXPECT_TRUE(run.at("wall_s").is_null());
    EXPECT_TRUE(run.at("connections_per_wall_s").is_null());
}

TEST(JsonOutput, ReplacesBytesThatAreNotUtf8AndKeepsTheRest)
{
    auto report = ExampleReport();
    report.scenarioFile = "caf\xe9/\xc3\xa9t\xc3\xa9.toml";
    report.question = "\xff\n\x01?";
    report.notes = {"\xc3"};
    report.runs.front().set = {{"\xfe", "\xfd"}};
    const auto document = Cell::parse(JsonOf(report));

    EXPECT_EQ(document.at("scenario").at("file"), "caf\xef\xbf\xbd/\xc3\xa9t\xc3\xa9.toml");
    EXPECT_EQ(document.at("scenario").at("question"), "\xef\xbf\xbd\n\x01?");
    EXPECT_EQ(document.at("notes").at(0), "\xef\xbf\xbd");
    EXPECT_EQ(document.at("runs").at(0).at("set").at("\xef\xbf\xbd"), "\xef\xbf\xbd");
}

TEST(TableOutput, OfOneRunIsTheRecordedText)
{
    ExpectRecorded("report.txt", TableOf(ExampleReport(), {}));
}

TEST(TableOutput, OfSeveralRunsIsOneRecordedComparison)
{
    ExpectRecorded("comparison.txt", TableOf(ExampleComparison(), {}));
}

TEST(TableOutput, ShowsEachRunBelowTheComparisonWhenAsked)
{
    const auto brief = TableOf(ExampleComparison(), {});
    const auto full = TableOf(ExampleComparison(), {100, true});

    EXPECT_EQ(full.substr(0, full.find("==")), brief.substr(0, brief.find("load-test:")));
    EXPECT_NE(full.find("== run 1, seed 2, with hosts.generator.os = windows-11"),
              std::string::npos);
    EXPECT_NE(full.find("\nNothing failed.\n"), std::string::npos);
}

TEST(TableOutput, StaysWithinItsWidthInPrintableAscii)
{
    auto report = ExampleReport();
    report.scenarioFile = "\x1b[2J\xff.toml";
    std::istringstream lines(TableOf(report, {60, false}));
    for (std::string line; std::getline(lines, line);)
    {
        EXPECT_LE(line.size(), 60U) << line;
        EXPECT_EQ(line.find_first_not_of(" !\"#$%&'()*+,-./0123456789:;<=>?@[\\]^_`{|}~"
                                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
                  std::string::npos)
            << line;
        EXPECT_FALSE(!line.empty() && line.back() == ' ') << line;
    }
}

TEST(TableOutput, OfRunsThatDifferInNothingTellsThemByTheirNumber)
{
    auto report = ExampleReport();
    report.runs.push_back(report.runs.front());
    const auto table = TableOf(report, {});

    EXPECT_NE(table.find("\nrun  failed"), std::string::npos);
    EXPECT_NE(table.find("In every run: hosts.generator.count = 2"), std::string::npos);
}

TEST(TableOutput, BreaksAKeyThatIsLongerThanItsValues)
{
    auto report = ExampleComparison();
    report.runs.resize(2);
    report.runs[0].set = {{"traffic.main.arrivals", "1/s"}};
    report.runs[1].set = {{"traffic.main.arrivals", "2/s"}};
    const auto table = TableOf(report, {});

    EXPECT_EQ(table.substr(0, 8), "traffic\n") << table;
    EXPECT_NE(table.find("\n.main  "), std::string::npos) << table;
    EXPECT_NE(table.find("\n.arrivals  seed  failed"), std::string::npos) << table;
}

TEST(TableOutput, OfNoRunsStillSaysWhatItIsAbout)
{
    EXPECT_NE(TableOf(Report{}, {}).find("portlab 0.1.0 (a1b2c3d4e5f6), ns-3 3.37"),
              std::string::npos);
}
