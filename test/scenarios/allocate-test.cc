// SPDX-License-Identifier: GPL-2.0-only

// `portlab allocate`: which ports programs are given by the way they ask, and what is said of it.

#include "model/core/port/profile-catalogue.h"
#include "scenarios/allocate.h"

#include <gtest/gtest.h>

using namespace portlab;
using namespace std::chrono_literals;

namespace
{

/// One request every 100 ms of a Linux host with ports 40000 to `last`.
AllocateExperiment
OnLinux(Port last, std::uint32_t count)
{
    AllocateExperiment experiment;
    experiment.profile = FindProfile("linux-6.18").profile;
    experiment.profile.ports.value = PortRange(40000, last);
    experiment.destinations = {ParseDestination("198.51.100.7:443")};
    experiment.count = count;
    experiment.every = 100ms;
    return experiment;
}

/// "40000 ok", "EADDRINUSE" and so on.
std::vector<std::string>
Outcomes(const AllocateExperiment& experiment)
{
    std::vector<std::string> outcomes;
    for (const AllocateRow& row : RunAllocate(experiment))
    {
        outcomes.push_back(row.port ? std::to_string(*row.port) : row.outcome);
    }
    return outcomes;
}

std::string
LastWhy(const AllocateExperiment& experiment)
{
    return RunAllocate(experiment).back().why;
}

using Words = std::vector<std::string>;

} // namespace

TEST(Destination, IsRecognisedAsLoopback)
{
    EXPECT_TRUE(ParseDestination("127.0.0.1:80").isLoopback);
    EXPECT_TRUE(ParseDestination("127.255.255.254:80").isLoopback);
    EXPECT_FALSE(ParseDestination("126.255.255.255:80").isLoopback);
    EXPECT_FALSE(ParseDestination("128.0.0.1:80").isLoopback);
    EXPECT_TRUE(ParseDestination("[::1]:80").isLoopback);
    EXPECT_FALSE(ParseDestination("[::2]:80").isLoopback);
    EXPECT_FALSE(ParseDestination("[7f00::1]:80").isLoopback);
}

/// connect() and bind() say different things of the same shortage.
TEST(Allocate, NamesTheErrorOfTheCallThatFailed)
{
    AllocateExperiment experiment = OnLinux(40000, 2);
    EXPECT_EQ(Outcomes(experiment), (Words{"40000", "EADDRNOTAVAIL"}));
    EXPECT_EQ(LastWhy(experiment), "error 99: the only candidate was taken");

    experiment.socket.manner = PortManner::Bind;
    EXPECT_EQ(Outcomes(experiment), (Words{"40000", "EADDRINUSE"}));
    EXPECT_EQ(LastWhy(experiment), "error 98: all 2 candidates were taken") << "twice the same";
}

TEST(Allocate, GivesAProgramThePortThatItChose)
{
    AllocateExperiment experiment = OnLinux(40009, 2);
    experiment.socket.manner = PortManner::Fixed;
    experiment.socket.fixedPort = 1234;

    EXPECT_EQ(Outcomes(experiment), (Words{"1234", "EADDRINUSE"}));
    EXPECT_EQ(RunAllocate(experiment)[0].why,
              "the port that the program chose, and nobody in the way");
    EXPECT_EQ(LastWhy(experiment), "error 98: bind() finds port 1234 in use");

    experiment.close = {Ending::Client, 1ms};
    EXPECT_EQ(LastWhy(experiment), "error 98: bind() finds port 1234 in TIME_WAIT");
}

TEST(Allocate, SaysWhichParityBindTakes)
{
    AllocateExperiment experiment = OnLinux(40001, 2);
    experiment.socket.manner = PortManner::Bind;

    const auto rows = RunAllocate(experiment);
    EXPECT_EQ(rows[0].why,
              "bind(0), a random start, the parity that connect() takes last (odd ports, unlike "
              "40000): the first candidate was free");
    EXPECT_EQ(rows[1].why,
              "bind(0), a random start, the parity that connect() takes first (even ports, like "
              "40000): 1 candidate before it was taken");
}

TEST(Allocate, KeepsToTheSocketsOwnRange)
{
    AllocateExperiment experiment = OnLinux(40099, 3);
    experiment.socket.range = PortRange(40010, 40011);

    const auto rows = RunAllocate(experiment);
    EXPECT_GE(rows[0].port, 40010);
    EXPECT_LE(rows[1].port, 40011);
    EXPECT_EQ(rows[2].outcome, "EADDRNOTAVAIL");
    EXPECT_EQ(rows[0].why, "of the socket's own range 40010-40011, the first candidate was free");
}

TEST(Allocate, SaysThatUdpGoesAlongItsHashSlots)
{
    AllocateExperiment experiment = OnLinux(40099, 1);
    experiment.transport = Transport::Udp;

    EXPECT_EQ(LastWhy(experiment),
              "a random start, then along the 16384 slots of the hash table: the first candidate "
              "was free");
    EXPECT_FALSE(RunAllocate(experiment)[0].searchNs) << "nobody measured UDP";
}

/// tcp_tw_reuse = 2, the default: back after a second, but on loopback only.
TEST(Allocate, SaysWhenAPortComesStraightOutOfTimeWait)
{
    AllocateExperiment experiment = OnLinux(40000, 2);
    experiment.every = 1100ms;
    experiment.close = {Ending::Client, 10ms};
    EXPECT_EQ(Outcomes(experiment).back(), "EADDRNOTAVAIL");

    experiment.destinations = {ParseDestination("127.0.0.1:443")};
    EXPECT_EQ(Outcomes(experiment).back(), "40000");
    EXPECT_EQ(LastWhy(experiment),
              "+0 from the last, first pass (even ports, like 40000): the first candidate was "
              "free; taken out of TIME_WAIT");

    experiment.profile.timestamps.value = false;
    EXPECT_EQ(Outcomes(experiment).back(), "EADDRNOTAVAIL");
}

/// 61 s of tcp_fin_timeout hold a port for 2 s and two slots of 32 ms.
TEST(Allocate, HoldsAHalfClosedConnectionsPortThroughFinWait2)
{
    AllocateExperiment experiment = OnLinux(40000, 30);
    experiment.close = {Ending::HalfClosed, 0ms};
    SetKnob(experiment.profile, "tcp_fin_timeout", "61");

    const Words outcomes = Outcomes(experiment);
    for (std::size_t request = 1; request <= 20; ++request)
    {
        EXPECT_EQ(outcomes[request], "EADDRNOTAVAIL") << request;
    }
    EXPECT_EQ(outcomes[21], "40000");

    experiment.profile.maxTimeWait.value = 0;
    EXPECT_EQ(Outcomes(experiment)[11], "40000") << "no room for the entry, only for the orphan";
}

TEST(Allocate, EstimatesWhatASearchCosts)
{
    AllocateExperiment experiment = OnLinux(40001, 2);
    EXPECT_EQ(RunAllocate(experiment)[1].searchNs, 2 * 45);

    experiment.socket.manner = PortManner::Bind;
    EXPECT_EQ(RunAllocate(experiment)[1].searchNs, 2 * 115);

    experiment.profile.probeCost.value = {};
    EXPECT_FALSE(RunAllocate(experiment)[1].searchNs);
}
