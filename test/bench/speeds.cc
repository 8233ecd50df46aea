// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/readable.h"
#include "scenarios/runner.h"
#include "test/bench/cpu-time.h"
#include "test/bench/sections.h"
#include "test/bench/workloads.h"

namespace portlab
{

namespace
{

constexpr int ROUNDS = 3;

struct Course
{
    std::string name;
    Scenario scenario;
    std::uint64_t connections{0};
    double failedShare{0};
    std::vector<double> rates{};
};

std::vector<Course>
Courses()
{
    Overrides windows;
    windows.os = "windows-11";
    Overrides reuse;
    reuse.set = {{"hosts.generator.tuned.tcp_tw_reuse", "1"}};
    return {{"load test, 25 %: 117/s", LoadTest(LOAD_25, CONNECTIONS)},
            {"load test, nearly full: 465/s", LoadTest(LOAD_NEARLY_FULL, CONNECTIONS)},
            {"load test, overloaded: 600/s", LoadTest(LOAD_TOO_MUCH, CONNECTIONS)},
            {"windows-11, 25 %: 34/s", LoadTestAtShare(0.25, CONNECTIONS, windows)},
            {"tcp_tw_reuse = 1, 117/s", LoadTest(LOAD_25, CONNECTIONS, reuse)},
            {"linux-masquerade, 117/s", LoadTestBehindNat(LOAD_25, CONNECTIONS)},
            {"1,000 hosts x 5 destinations", Clients(1000)},
            {"10,000 hosts x 5 destinations", Clients(10000)},
            {"1,000 hosts behind linux-masquerade", BehindNat("linux-masquerade")},
            {"1,000 hosts behind linux-masquerade-random-fully",
             BehindNat("linux-masquerade-random-fully")}};
}

void
RunOnce(Course& course)
{
    const double begin = UserSeconds();
    const RunResult result = RunScenario(course.scenario, 1)->result;
    const double seconds = UserSeconds() - begin;
    course.connections = result.connections;
    course.failedShare = result.hosts.front().failedShare.value_or(0);
    course.rates.push_back(static_cast<double>(course.connections) / seconds / 1e6);
}

} // namespace

void
WriteSpeeds(Markdown& out)
{
    std::vector<Course> courses = Courses();
    // Round by round, so that a busy minute of the machine's hits all alike.
    for (int round = 0; round < ROUNDS; ++round)
    {
        for (Course& course : courses)
        {
            RunOnce(course);
        }
    }
    std::vector<Markdown::Row> rows{
        {"million connections a second", "median", "worst", "best", "connections", "failed"}};
    for (const Course& course : courses)
    {
        const auto [worst, best] = std::minmax_element(course.rates.begin(), course.rates.end());
        rows.push_back({course.name,
                        Rounded(Median(course.rates)),
                        Rounded(*worst),
                        Rounded(*best),
                        Thousands(course.connections),
                        Percent(course.failedShare)});
    }
    out.Write("## Seconds\n\nOf CPU time in user mode, on one core, for whole runs with full "
              "statistics, driven by ns-3 as the command drives\nthem. Of " +
              std::to_string(ROUNDS) + " rounds.");
    out.Write(rows);
}

} // namespace portlab
