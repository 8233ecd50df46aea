// SPDX-License-Identifier: GPL-2.0-only

// What `portlab detect` says of how connections end, and that a scenario takes all it says.

#include "scenarios/scenario.h"
#include "test/scenarios/detect-support.h"

#include <gtest/gtest.h>

using namespace portlab;
using namespace portlab::test;

/// The range is what people look for, so it is there even if nobody changed it.
TEST_F(ChangedMachine, ShowsItsRangeInAnyCase)
{
    Write("proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n");

    EXPECT_EQ(Pasted(Detected()).Text("ports"), "32768-60999");
}

TEST(Detect, ReadsHowConnectionsEnd)
{
    const Pasted host(Detected(HANDWRITTEN));

    EXPECT_EQ(host.Number("tcp_fin_timeout"), 30);
    EXPECT_EQ(host.Number("tcp_timestamps"), 0);
    EXPECT_EQ(host.Number("tcp_rfc1337"), 1);
    EXPECT_EQ(host.Number("tcp_orphan_retries"), -1) << "0 acts as 8, which is the profile's";
    EXPECT_EQ(host.Number("tcp_max_orphans"), -1);
}

/// What it prints goes into a scenario as it is.
TEST(Detect, PrintsAHostThatAScenarioTakes)
{
    for (const fs::path& root : {RECORDED, HANDWRITTEN})
    {
        const Scenario scenario =
            ParseScenario("name = \"pasted\"\n" + Detected(root) +
                              "[services.api]\n[traffic.main]\nfrom = \"this-machine\"\n"
                              "to = \"api\"\narrivals = \"1/s\"\nhold = \"1s\"\n",
                          "pasted.toml");
        const auto expected = Knobs(ReadMachine(MachineFiles(root)).match.profile);
        const auto knobs = Knobs(scenario.workload.hosts.at(0).profile);
        ASSERT_EQ(knobs.size(), expected.size());
        for (std::size_t i = 0; i < knobs.size(); ++i)
        {
            EXPECT_EQ(knobs[i].value, expected[i].value) << knobs[i].name;
        }
    }
}
