// SPDX-License-Identifier: GPL-2.0-only

#include "test/scenarios/output-example.h"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <limits>
#include <sstream>

namespace portlab
{

using namespace std::chrono_literals;
namespace fs = std::filesystem;

const BuildInfo EXAMPLE_BUILD{"0.1.0", "a1b2c3d4e5f6", "3.37", "GNU 12.2.0", "Release"};

namespace
{

HostResult
Generator()
{
    HostResult host;
    host.name = "generator";
    host.os = "linux-6.18";
    host.count = 2;
    host.attempts = 180123;
    host.connected = 141600;
    host.pending = 3;
    host.failed = {38512, 0, 0, 0, 0, 0, 8, 0};
    host.failedShare = 38520.0 / 180123;
    host.firstFailure = At(47'058ms);
    host.portsHeldMean = 120.25;
    host.portsHeldPeak = 1204;
    host.timeWaitMean = 23456.75;
    host.timeWaitPeak = 28232;
    host.probesMean = 31.5;
    host.probesP50 = 2;
    host.probesP99 = 14116;
    host.probesMax = 28232;
    host.searchNsMean = 1417.5;
    host.searchNsP50 = 90;
    host.searchNsP99 = 635'220;
    host.searchNsMax = 1'270'440;
    host.portReuseMin = 60'000'001ns;
    return host;
}

/// A group that never asked for anything.
HostResult
Idler()
{
    HostResult host;
    host.name = "idler";
    host.os = "windows-11";
    host.count = 1;
    return host;
}

std::vector<PairResult>
Pairs()
{
    PairResult direct;
    direct.from = "generator";
    direct.to = "api";
    direct.attempts = 180000;
    direct.failed = {38512, 0, 0, 0, 0, 0, 8, 0};
    direct.portsUsedPeak = 28232;
    direct.portsUsable = 28232;
    direct.utilisationPeak = 1;
    direct.firstFailure = At(47'058ms);

    PairResult translated;
    translated.from = "generator";
    translated.through = {"egress", "carrier"};
    translated.to = "mail";
    translated.attempts = 123;
    translated.portsUsedPeak = 9;
    translated.portsUsable = 28232;
    translated.utilisationPeak = 9.0 / 28232;
    return {direct, translated};
}

NatResult
Egress()
{
    NatResult nat;
    nat.name = "egress";
    nat.preset = "linux-masquerade";
    nat.addresses = 1;
    nat.asked = 123;
    nat.granted = 121;
    nat.dropped = {{"no_port", 2}, {"table_full", 0}};
    nat.preservedShare = 0.975;
    nat.collisions = 3;
    nat.mappingsMean = 4.5;
    nat.mappingsPeak = 9;
    nat.mappingsMost = 262144;
    nat.portsInUsePeak = 9;
    nat.portsUsable = 64512;
    nat.lost = 1;
    nat.probesMean = 1.25;
    nat.subscribers = 3;
    nat.portsPerSubscriberMean = 1.5;
    nat.portsPerSubscriberP99 = 4;
    nat.portsPerSubscriberMax = 5;
    nat.logRecords = 240;
    return nat;
}

RunRecord
Run()
{
    RunRecord record;
    record.seed = std::numeric_limits<std::uint64_t>::max();
    record.set = {{"hosts.generator.count", "2"}, {"traffic.main.hold", "200ms, \"fixed\""}};
    record.wallSeconds = 0.125;
    auto& result = record.result;
    result.simulated = 300s;
    result.connections = 180123;
    result.verdict = {"21.4 % of the attempts of generator failed, from 47.1 s on: no free port "
                      "towards api (28,232 of 28,232 taken). Next limit: TIME_WAIT of api, at 2.5 "
                      "times this load.",
                      "no_free_port",
                      "generator -> api",
                      At(47'058ms),
                      28232,
                      28232,
                      "TIME_WAIT of api",
                      2.5};
    result.hosts = {Generator(), Idler()};
    result.traffic = {{"main", 180000, 38400, 180123, 1'000'100ns, 1s, 123},
                      {"night", 0, 0, 0, std::nullopt, std::nullopt, 0}};
    result.pairs = Pairs();
    result.services = {{"api", 141480, 0, 8}, {"mail", 120, 1, 0}};
    result.nats = {Egress()};
    result.series = {{"hosts", "generator", "ports_held", {{At(1s), 120}, {At(2s), 121.5}}},
                     {"pairs", "generator->api", "attempts_per_s", {{At(1s), 600}}}};
    result.histograms = {
        {"hosts",
         "generator",
         "probes",
         {{1, 1, 90000}, {2, 3, 50123}, {4, std::numeric_limits<double>::infinity(), 40000}}}};
    return record;
}

} // namespace

Report
ExampleReport()
{
    Report report;
    report.scenarioFile = "scenarios/load-test.toml";
    report.scenarioName = "load-test";
    report.question = "How many connections, at \"full\" load,\ncan one generator open?";
    report.scenarioSha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    report.scenarioText = "name = \"load-test\"\n";
    report.notes = {"linux-6.18: tcp_max_tw_buckets is uncertain, 65536 to 262144"};
    report.runs = {Run()};
    return report;
}

Report
ExampleComparison()
{
    Report report = ExampleReport();
    report.runs.clear();
    for (const char* os : {"linux-6.18", "windows-11"})
    {
        for (const std::uint64_t seed : {1, 2})
        {
            auto record = Run();
            record.seed = seed;
            record.set = {{"hosts.generator.os", os},
                          {"hosts.idler.os", os},
                          {"traffic.main.arrivals", "900/s"}};
            report.runs.push_back(record);
        }
    }
    auto& healthy = report.runs.back().result;
    healthy.verdict = {};
    healthy.verdict.sentence = "Nothing failed.";
    healthy.hosts.front().failed = {};
    healthy.hosts.front().firstFailure.reset();
    return report;
}

ScratchDirectory::ScratchDirectory()
{
    auto pattern = (fs::temp_directory_path() / "portlab-test-XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    m_path = pattern;
}

ScratchDirectory::~ScratchDirectory()
{
    std::error_code ignored;
    fs::remove_all(m_path, ignored);
}

fs::path
ScratchDirectory::operator/(const std::string& name) const
{
    return m_path / name;
}

std::string
ScratchDirectory::Contents() const
{
    std::string contents;
    for (const auto& entry : fs::recursive_directory_iterator(m_path))
    {
        contents += entry.path().string() + '\n';
        contents += entry.is_regular_file() ? ReadFile(entry.path()) + '\n' : "";
    }
    return contents;
}

std::string
ReadFile(const fs::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    EXPECT_TRUE(stream) << file;
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

void
WriteFile(const fs::path& file, const std::string& text)
{
    std::ofstream stream(file, std::ios::binary);
    stream << text;
    EXPECT_TRUE(stream) << file;
}

void
ExpectRecorded(const std::string& name, const std::string& text)
{
    const auto file = fs::path(PORTLAB_TEST_DATA) / "output" / name;
    if (std::getenv("PORTLAB_RECORD") != nullptr)
    {
        WriteFile(file, text);
        return;
    }
    EXPECT_EQ(text, ReadFile(file)) << "To accept what is new, run with PORTLAB_RECORD=1 and read "
                                       "the difference of "
                                    << file;
}

} // namespace portlab
