// SPDX-License-Identifier: GPL-2.0-only

// Where a sequence begins, and where it goes on after a change of the key: anywhere in the range.

#include "test/recorded/connect-machine.h"
#include "test/recorded/csv-table.h"
#include "test/recorded/step-series.h"
#include "test/recorded/two-samples.h"

#include <chrono>
#include <gtest/gtest.h>
#include <iostream>
#include <map>
#include <vector>

namespace
{

using namespace std::chrono_literals;

using portlab::Duration;
using portlab::OsProfile;
using portlab::Port;
using portlab::test::ChanceOfSameLaw;
using portlab::test::ChanceOfUniforms;
using portlab::test::ConnectMachine;
using portlab::test::CsvRow;
using portlab::test::DEFAULT_PORTS;
using portlab::test::ProfileOf;
using portlab::test::ReadConnects;
using portlab::test::ReadRecording;
using portlab::test::RECORDED_RARE;
using portlab::test::StartsOf;

/// Recordings with one beginning for each sequence, in the default range.
const std::vector<const char*> BEGINNINGS{"connect-one-destination",
                                          "connect-eight-destinations",
                                          "connect-four-sources",
                                          "connect-across-namespaces",
                                          "connect-reset-each"};

/// The ports that do not lie 2 to 16 above the one before, of four sequences in turn; both the
/// place, from 0 to 1, and the distance, on the circle.
struct Jumps
{
    std::vector<double> places;
    std::vector<double> distances;
};

Jumps
JumpsOf(const std::vector<Port>& ports)
{
    Jumps jumps;
    const double count = DEFAULT_PORTS.Count();
    for (std::size_t i = 4; i < ports.size(); ++i)
    {
        const std::uint32_t step =
            (ports[i] + DEFAULT_PORTS.Count() - ports[i - 4]) % DEFAULT_PORTS.Count();
        if (step < 2 || step > 16)
        {
            jumps.places.push_back((ports[i] - DEFAULT_PORTS.First()) / count);
            jumps.distances.push_back(step / count);
        }
    }
    return jumps;
}

std::vector<Port>
RecordedMinute()
{
    std::vector<Port> ports;
    for (const CsvRow& row : ReadRecording("connect-64-seconds"))
    {
        EXPECT_EQ(row.Number("dst"), ports.size() % 4);
        ports.push_back(row.PortAt("port"));
    }
    return ports;
}

/// Four destinations, at the same two moments in each of six periods of the key.
std::vector<Port>
ModelsMinute(std::uint64_t seed)
{
    ConnectMachine machine(ProfileOf("linux-6.18"), seed);
    machine.Enter("0", DEFAULT_PORTS);
    std::vector<Port> ports;
    for (std::uint32_t i = 0; i < 4 * 7; ++i)
    {
        ports.push_back(machine.Connect(i % 4).value());
        machine.Reset(i % 4, ports.back());
        machine.Sleep(i % 4 == 3 ? Duration(10s) : Duration(0s));
    }
    return ports;
}

void
Append(std::vector<double>& all, const std::vector<double>& some)
{
    all.insert(all.end(), some.begin(), some.end());
}

std::vector<double>
RecordedStarts()
{
    std::vector<double> starts;
    for (const char* name : BEGINNINGS)
    {
        Append(starts, StartsOf(ReadConnects(name)));
    }
    return starts;
}

/// As many as there are recordings of, on one machine to as many destinations.
std::vector<double>
ModelsStarts(const OsProfile& profile, std::uint64_t seed)
{
    ConnectMachine machine(profile, seed);
    machine.Enter("0", DEFAULT_PORTS);
    std::vector<double> starts;
    for (std::uint32_t destination = 0; destination < 91; ++destination)
    {
        const double place = machine.Connect(destination).value() - DEFAULT_PORTS.First();
        starts.push_back(place / DEFAULT_PORTS.Count());
    }
    return starts;
}

} // namespace

/// False alarm: RECORDED_RARE for each of three.
TEST(FirstPorts, LieAnywhereInTheRange)
{
    const std::vector<double> starts = RecordedStarts();
    const Jumps jumps = JumpsOf(RecordedMinute());
    std::cout << starts.size() << " beginnings: chance " << ChanceOfUniforms(starts) << "; "
              << jumps.places.size() << " jumps: chance of their places "
              << ChanceOfUniforms(jumps.places) << ", of their distances "
              << ChanceOfUniforms(jumps.distances) << "\n";

    EXPECT_EQ(starts.size(), 91u);
    EXPECT_EQ(jumps.places.size(), 24u);
    EXPECT_GT(ChanceOfUniforms(starts), RECORDED_RARE);
    EXPECT_GT(ChanceOfUniforms(jumps.places), RECORDED_RARE);
    EXPECT_GT(ChanceOfUniforms(jumps.distances), RECORDED_RARE);
}

/// False alarm: RECORDED_RARE for each of four.
TEST(FirstPorts, LieAnywhereInTheRangeOfTheModel)
{
    std::vector<double> starts;
    Jumps jumps;
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
    {
        Append(starts, ModelsStarts(ProfileOf("linux-6.18"), seed));
        const Jumps some = JumpsOf(ModelsMinute(seed));
        Append(jumps.places, some.places);
        Append(jumps.distances, some.distances);
    }

    EXPECT_GE(jumps.places.size(), 20u * 24 - 3);
    EXPECT_GT(ChanceOfUniforms(starts), RECORDED_RARE);
    EXPECT_GT(ChanceOfUniforms(jumps.places), RECORDED_RARE);
    EXPECT_GT(ChanceOfUniforms(jumps.distances), RECORDED_RARE);
    EXPECT_GT(ChanceOfSameLaw(starts, RecordedStarts()), RECORDED_RARE);
}

/// Beginnings from one half of the range, or all within a thousandth of it.
TEST(TestOfFirstPorts, FindsOtherRulesOut)
{
    int half = 0;
    int crowded = 0;
    for (std::uint64_t seed = 101; seed <= 120; ++seed)
    {
        std::vector<double> starts = ModelsStarts(ProfileOf("linux-6.18"), seed);
        for (double& place : starts)
        {
            place /= 2;
        }
        half += ChanceOfUniforms(starts) < RECORDED_RARE ? 1 : 0;
        for (double& place : starts)
        {
            place = 0.3 + place / 1000;
        }
        crowded += ChanceOfUniforms(starts) < RECORDED_RARE ? 1 : 0;
    }

    EXPECT_GE(half, 19);
    EXPECT_GE(crowded, 19);
}

/// Kolmogorov and Smirnov over twenty seeds; false alarm: 1e-3.
TEST(TestOfFirstPorts, RaisesFalseAlarmsAsOftenAsItSays)
{
    std::vector<double> chances;
    for (std::uint64_t seed = 101; seed <= 120; ++seed)
    {
        chances.push_back(ChanceOfUniforms(ModelsStarts(ProfileOf("linux-6.18"), seed)));
    }

    EXPECT_GT(ChanceOfUniforms(chances), 1e-3);
}
