// SPDX-License-Identifier: GPL-2.0-only

// When ports come back after TIME_WAIT and FIN_WAIT2, the recordings against the model. What a
// whole connection makes of it is for test/flow.

#include "test/machine/model-machine.h"
#include "test/machine/scripts.h"
#include "test/recorded/csv-table.h"
#include "test/recorded/two-samples.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <gtest/gtest.h>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace
{

using namespace std::chrono_literals;

using portlab::Duration;
using portlab::InSeconds;
using portlab::Instant;
using portlab::test::ChanceOfSameLaw;
using portlab::test::Closing;
using portlab::test::ConnectNew;
using portlab::test::CsvRow;
using portlab::test::Endpoint;
using portlab::test::ModelKernel;
using portlab::test::MustSet;
using portlab::test::Network;
using portlab::test::NewServer;
using portlab::test::Opened;
using portlab::test::ReadRecording;
using portlab::test::RECORDED_RARE;
using portlab::test::SetRange;

const std::set<std::size_t> STRAY_LINES{316, 317, 318, 457};

/// How the connections of a recording were made and closed.
struct Setting
{
    std::vector<std::pair<std::string, std::string>> sysctls;
    Network network{Network::Loopback};
    Closing closing{Closing::First};
};

/// The variants of time-wait.csv that tell when ports came back.
const std::map<std::string, Setting>&
Settings()
{
    static const std::map<std::string, Setting> settings{
        {"reuse0", {{{"tcp_tw_reuse", "0"}}}},
        {"reuse1", {{{"tcp_tw_reuse", "1"}}}},
        {"reuse1_delay100", {{{"tcp_tw_reuse", "1"}, {"tcp_tw_reuse_delay", "100"}}}},
        {"reuse1_delay5000", {{{"tcp_tw_reuse", "1"}, {"tcp_tw_reuse_delay", "5000"}}}},
        {"reuse1_nonloop_addr", {{{"tcp_tw_reuse", "1"}}, Network::Other}},
        {"reuse1_nots", {{{"tcp_tw_reuse", "1"}, {"tcp_timestamps", "0"}}}},
        {"reuse2_loop", {{{"tcp_tw_reuse", "2"}}}},
        {"reuse2_nonloop_addr", {{{"tcp_tw_reuse", "2"}}, Network::Other}},
        {"fin2_default_reuse0", {{{"tcp_tw_reuse", "0"}}, Network::Loopback, Closing::Alone}},
        {"fin2_default_reuse1", {{{"tcp_tw_reuse", "1"}}, Network::Loopback, Closing::Alone}},
        {"fin2_timeout5_reuse0",
         {{{"tcp_tw_reuse", "0"}, {"tcp_fin_timeout", "5"}}, Network::Loopback, Closing::Alone}},
        {"fin2_timeout90_reuse0",
         {{{"tcp_tw_reuse", "0"}, {"tcp_fin_timeout", "90"}}, Network::Loopback, Closing::Alone}},
    };
    return settings;
}

/// Ages in seconds, at which ports were first found free, by variant.
std::map<std::string, std::vector<double>>
RecordedAges()
{
    std::map<std::string, std::vector<double>> ages;
    for (const CsvRow& row : ReadRecording("time-wait", STRAY_LINES))
    {
        if (row.Text("event") == "free" && Settings().count(row.Text("variant")) > 0)
        {
            ages[row.Text("variant")].push_back(row.Seconds("seconds"));
        }
    }
    return ages;
}

/// The age at which the one port of a model's machine is free again. As the script, it tries every
/// so often, from shortly before the recorded age on.
double
ModelsAge(const Setting& setting, double about, std::uint64_t seed)
{
    ModelKernel kernel("linux-6.18", seed);
    const auto machine = kernel.NewMachine();
    SetRange(*machine, 40000, 40000);
    for (const auto& [name, value] : setting.sysctls)
    {
        MustSet(*machine, name, value);
    }
    const Endpoint peer = NewServer(kernel, *machine, setting.network);
    const Opened first = ConnectNew(*machine, peer);
    machine->Close(first.socket, setting.closing);
    const Instant closed = kernel.Now();
    kernel.Sleep(portlab::FromSeconds(about * 0.95));
    const Duration step = about > 30 ? Duration(10ms) : Duration(100us);
    while (kernel.Now() < closed + 200s)
    {
        const Instant asked = kernel.Now();
        if (ConnectNew(*machine, peer).answer.port)
        {
            return InSeconds(asked - closed);
        }
        kernel.Sleep(step);
    }
    return 200;
}

std::vector<double>
ModelsAges(const Setting& setting, double about)
{
    std::vector<double> ages;
    for (std::uint64_t seed = 1; seed <= 100; ++seed)
    {
        ages.push_back(ModelsAge(setting, about, seed));
    }
    return ages;
}

double
Least(const std::vector<double>& values)
{
    return *std::min_element(values.begin(), values.end());
}

double
Most(const std::vector<double>& values)
{
    return *std::max_element(values.begin(), values.end());
}

} // namespace

/// The first port that was found free was so at an age in the range of the model's, whose machines
/// differ in the phase of their timers, or up to 2 ms later; the others followed as fast as the
/// script looked for them.
/// The model's own range is that of the rule: within one slot of the timer wheel, two where one
/// timer follows another, or one millisecond of the timestamps' clock.
TEST(TimeWait, EndsInTheModelWhenItDidInTheKernel)
{
    const auto recorded = RecordedAges();
    EXPECT_EQ(recorded.size(), Settings().size());
    for (const auto& [variant, setting] : Settings())
    {
        const std::vector<double>& kernel = recorded.at(variant);
        const std::vector<double> model = ModelsAges(setting, Least(kernel));
        std::cout << variant << ": kernel " << kernel.size() << " ports, " << Least(kernel) << "-"
                  << Most(kernel) << " s; model " << Least(model) << "-" << Most(model) << " s\n";
        EXPECT_GE(Least(kernel), Least(model)) << variant;
        EXPECT_LE(Least(kernel), Most(model) + 0.002) << variant;
        EXPECT_LE(Most(kernel), Least(kernel) + 0.15) << variant;
        EXPECT_LE(Most(model) - Least(model), Least(kernel) < 5.05 ? 0.0011 : 4.2) << variant;
    }
}

namespace
{

/// Single ports on which server-time-wait.csv tells an age, by variant.
std::map<std::string, std::vector<double>>
SinglePorts()
{
    std::map<std::string, std::vector<double>> ages;
    for (const CsvRow& row : ReadRecording("server-time-wait"))
    {
        const std::string& variant = row.Text("variant");
        if (variant.rfind("tw_", 0) == 0)
        {
            EXPECT_EQ(row.Text("result"), "OK");
            ages[variant].push_back(row.Seconds("seconds"));
        }
    }
    return ages;
}

} // namespace

/// False alarm: RECORDED_RARE. The beginnings of whole batches count once each.
TEST(TimeWait, IsAsLongAsTheTimerWheelMakesIt)
{
    std::vector<double> kernel = SinglePorts().at("tw_len_single_port");
    for (const char* variant : {"reuse0", "reuse1_nots", "reuse2_nonloop_addr"})
    {
        kernel.push_back(Least(RecordedAges().at(variant)));
    }
    const std::vector<double> model = ModelsAges(Settings().at("reuse0"), 60);
    for (const auto& ages : {kernel, model})
    {
        EXPECT_GE(Least(ages), 60);
        EXPECT_LE(Most(ages), 60 + 2.048 + 0.01);
    }
    std::cout << "chance of " << kernel.size() << " lengths of TIME_WAIT "
              << ChanceOfSameLaw(kernel, model) << "\n";

    EXPECT_LT(Least(model), 60.1);
    EXPECT_GT(Most(model), 61.9);
    EXPECT_GT(ChanceOfSameLaw(kernel, model), RECORDED_RARE);
}

/// Later than the delay, and by less than a millisecond and what a try takes. Being idle before the
/// close does not count.
TEST(TimeWait, IsCutShortByTcpTwReuseAfterItsDelay)
{
    const auto recorded = SinglePorts();
    const std::map<std::string, double> delays{{"tw_reuse1_delay1000_age", 1.0},
                                               {"tw_reuse1_idle3s_before_close_age", 1.0},
                                               {"tw_reuse1_delay100_age", 0.1}};
    for (const auto& [variant, delay] : delays)
    {
        const std::vector<double>& kernel = recorded.at(variant);
        EXPECT_GT(Least(kernel), delay) << variant;
        EXPECT_LT(Most(kernel), delay + 0.003) << variant;
    }
    for (const auto& [variant, delay] :
         {std::pair("reuse1", 1.0), std::pair("reuse1_delay100", 0.1)})
    {
        const std::vector<double> model = ModelsAges(Settings().at(variant), delay);
        EXPECT_GT(Least(model), delay) << variant;
        EXPECT_LT(Most(model), delay + 0.0012) << variant;
        EXPECT_GT(Most(model) - Least(model), 0.0007) << variant << ": any phase of the clock";
    }
}

/// Timers of one slot end together: ports that were closed within 400 ms are back within two tries.
TEST(TimeWait, EndsForAllPortsOfASlotAtOnce)
{
    const auto recorded = RecordedAges();
    for (const char* variant : {"reuse0", "reuse1_nots", "reuse2_nonloop_addr"})
    {
        EXPECT_LT(Most(recorded.at(variant)) - Least(recorded.at(variant)), 0.05) << variant;
    }
    ModelKernel kernel("linux-6.18", 1);
    const auto machine = kernel.NewMachine();
    SetRange(*machine, 40000, 40099);
    MustSet(*machine, "tcp_tw_reuse", "0");
    const Endpoint peer = NewServer(kernel, *machine);
    for (int i = 0; i < 100; ++i)
    {
        machine->Close(ConnectNew(*machine, peer).socket, Closing::First);
        kernel.Sleep(100ms);
    }
    std::vector<double> moments;
    for (kernel.Sleep(45s); moments.size() < 100;)
    {
        if (ConnectNew(*machine, peer).answer.port)
        {
            moments.push_back(InSeconds(kernel.Now()));
            continue;
        }
        kernel.Sleep(4ms);
    }
    const std::set<long> slots = [&] {
        std::set<long> numbers;
        for (const double moment : moments)
        {
            numbers.insert(std::lround((moment - moments.front()) / 2.048));
            EXPECT_LT(std::abs(std::remainder(moment - moments.front(), 2.048)), 0.008);
        }
        return numbers;
    }();
    EXPECT_EQ(slots.size(), static_cast<std::size_t>(*slots.rbegin()) + 1);
    EXPECT_GE(slots.size(), 5u);
    EXPECT_LE(slots.size(), 6u);
}
