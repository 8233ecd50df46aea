// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/result-transfer.h"

#include <gtest/gtest.h>
#include <stdexcept>

namespace
{

using namespace portlab;

/// A record in which every kind of member says something.
RunRecord
Example()
{
    RunRecord record;
    record.run = 7;
    record.set = {{"traffic.main.arrivals", "900/s"}, {"", std::string("\0x", 2)}};
    record.wallSeconds = 0.25;
    record.result.simulated = Duration{123456789};
    record.result.verdict.sentence = "Nothing failed.";
    record.result.verdict.nextLimitFactor = 1.5;
    HostResult host;
    host.name = "generator";
    host.failed[2] = 5;
    host.firstFailure = Instant{Duration{42}};
    record.result.hosts = {host, HostResult{}};
    PairResult pair;
    pair.through = {"home", "cgn"};
    record.result.pairs = {pair};
    NatResult nat;
    nat.dropped = {{"insert_failed", 3}};
    record.result.nats = {nat};
    record.result.series = {{"hosts", "generator", "time_wait", {{Instant{}, 1.5}}}};
    record.result.histograms = {{"hosts", "generator", "probes", {{1, 1, 9}}}};
    return record;
}

TEST(PackedResult, ComesBackAsItWas)
{
    const std::string bytes = Pack(Example());
    const RunRecord back = Unpack(bytes);
    EXPECT_EQ(Pack(back), bytes);
    EXPECT_EQ(back.set, Example().set);
    EXPECT_EQ(back.result.verdict.sentence, "Nothing failed.");
    EXPECT_EQ(back.result.verdict.limit, std::nullopt);
    EXPECT_EQ(back.result.hosts[0].firstFailure, Instant{Duration{42}});
    EXPECT_EQ(back.result.hosts[0].failed[2], 5u);
    EXPECT_EQ(back.result.pairs[0].through[1], "cgn");
    EXPECT_EQ(back.result.nats[0].dropped[0].second, 3u);
    EXPECT_EQ(back.result.series[0].samples[0].value, 1.5);
    EXPECT_EQ(back.result.histograms[0].bins[0].count, 9u);
}

TEST(PackedResult, IsRefusedWhenAnyByteIsMissingOrOneIsTooMany)
{
    const std::string bytes = Pack(Example());
    for (std::size_t size = 0; size < bytes.size(); ++size)
    {
        EXPECT_THROW(Unpack(bytes.substr(0, size)), std::runtime_error) << size;
    }
    EXPECT_THROW(Unpack(bytes + '\0'), std::runtime_error);
}

} // namespace
