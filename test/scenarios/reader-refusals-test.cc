// SPDX-License-Identifier: GPL-2.0-only

// Scenarios that are well formed and make no sense, or ask for what is not modelled yet.

#include "reader-samples.h"

#include <gtest/gtest.h>
#include <vector>

using namespace portlab;

namespace
{

/// One error: what stands in place of a part of the smallest scenario, and the message.
struct Row
{
    std::string part;
    std::string replacement;
    std::string message;
};

void
ExpectMessages(const std::vector<Row>& rows)
{
    for (const Row& row : rows)
    {
        EXPECT_EQ(ErrorOf(SmallestWith(row.part, row.replacement)), "small.toml:" + row.message);
    }
}

/// More keys in front of the traffic's hold time.
Row
TrafficRow(const std::string& more, const std::string& message)
{
    return {"hold", more + "\nhold", message};
}

const std::string RATE = "\"600/s\"";
const std::string PORT = "port = 8443";
const std::string NAME = "name = \"small\"";

/// Two services on hosts, and calls.
std::string
WithCalls(const std::string& calls)
{
    return SMALLEST +
           "[services.cart]\nruns_on = \"generator\"\n"
           "[services.shop]\nruns_on = \"generator\"\n" +
           calls;
}

std::string
CallFrom(const std::string& name, const std::string& at, const std::string& to)
{
    return "[calls." + name + "]\nat = \"" + at + "\"\nto = \"" + to + "\"\nhold = \"1ms\"\n";
}

} // namespace

TEST(WhatIsNotModelledYet, IsRefusedAndNeverIgnored)
{
    const std::string notYet = "this version does not model ";

    ExpectMessages({
        {PORT,
         "address = \"198.51.100.7\"",
         "7:1: services.api.address: " + notYet + "given addresses yet: leave the key out"},
        TrafficRow("pool = { max_idle = 2 }",
                   "13:1: traffic.main.pool: " + notYet +
                       "connection pools yet: leave the key out"),
        TrafficRow("transport = \"quic\"",
                   "13:13: traffic.main.transport = \"quic\": " + notYet +
                       "QUIC yet: write \"udp\" for its ports alone"),
    });
}

TEST(Reference, ToNothingNamesTheNearest)
{
    ExpectMessages({
        {"from = \"generator\"",
         "from = \"generatr\"",
         "10:8: traffic.main.from = \"generatr\": there is no host group of that name. Did you "
         "mean generator? (generator)"},
        {"to = \"api\"",
         "to = \"generator\"",
         "11:6: traffic.main.to = \"generator\": there is no service of that name. (api)"},
        {PORT,
         "runs_on = \"Generator\"",
         "7:11: services.api.runs_on = \"Generator\": there is no host group of that name. Did you "
         "mean generator? (generator)"},
    });
}

TEST(Name, IsFitForPathsAndFiles)
{
    const std::string rule = " is no name: use letters, digits, - and _, at most 64";

    ExpectMessages({
        {NAME, "name = \"a/b\"", "1:8: name: \"a/b\"" + rule},
        {NAME, "name = \"\"", "1:8: name: \"\"" + rule},
        {"[hosts.generator]", "[hosts.\"my host\"]", "3:8: hosts.\"my host\": \"my host\"" + rule},
        {"[services.api]", "[services.\"a.b\"]", "6:11: services.a.b: \"a.b\"" + rule},
    });
}

TEST(Clock, RunsLongerThanItsWarmUpAndTakesAMillionSamplesAtMost)
{
    ExpectMessages({
        {NAME,
         NAME + "\nduration = \"0s\"",
         "2:12: duration = \"0s\": nothing happens in no time: expected more"},
        {NAME,
         NAME + "\nwarmup = \"5min\"",
         "2:10: warmup = \"5min\": the run is over by then: expected less than duration, 300s"},
        {NAME,
         NAME + "\nsample_interval = \"299us\"",
         "2:19: sample_interval: 299us makes more than 1,000,000 samples in 300s: write a longer "
         "one, or \"0s\" for no time series"},
    });
    EXPECT_EQ(ErrorOf(SmallestWith(NAME, NAME + "\nduration = \"100d\"")),
              "small.toml:1:1: sample_interval: 1s makes more than 1,000,000 samples in 100d: "
              "write a longer one, or \"0s\" for no time series");
}

TEST(Steps, BeginAtTheStartAndRise)
{
    ExpectMessages({
        {RATE,
         "{ steps = [] }",
         "12:22: traffic.main.arrivals.steps = []: expected at least one step, as [[\"0s\", "
         "\"100/s\"], [\"60s\", \"600/s\"]]"},
        {RATE,
         "{ steps = [[\"1ns\", \"1/s\"]] }",
         "12:23: traffic.main.arrivals.steps[0] = [\"1ns\", \"1/s\"]: the first step says what "
         "happens from the start: begin at \"0s\""},
        {RATE,
         "{ steps = [[\"0s\", \"1/s\"], [\"0s\", \"2/s\"]] }",
         "12:38: traffic.main.arrivals.steps[1] = [\"0s\", \"2/s\"]: each step begins later than "
         "the one in front of it: put them in order"},
        {RATE,
         "{ steps = [[\"0s\"]] }",
         "12:23: traffic.main.arrivals.steps[0] = [\"0s\"]: expected a pair such as [\"60s\", "
         "\"600/s\"]"},
    });
}

TEST(Silence, IsInOrderAndHasAnEnd)
{
    ExpectMessages({
        {PORT,
         "silent = [[\"60s\", \"60s\"]]",
         "7:11: services.api.silent[0] = [\"60s\", \"60s\"]: the silence ends before it has "
         "begun: expected [FROM, UNTIL]"},
        {PORT,
         "silent = [[\"0s\", \"2s\"], [\"1s\", \"3s\"]]",
         "7:25: services.api.silent[1] = [\"1s\", \"3s\"]: this begins before the silence in "
         "front of it ends: put them in order"},
    });
}

TEST(Forms, ExcludeEachOther)
{
    ExpectMessages({
        {RATE,
         "{ constant = \"1/s\", total = \"1/s\" }",
         "12:12: traffic.main.arrivals = { constant = \"1/s\", total = \"1/s\" }: constant and "
         "total exclude each other: keep one"},
        {RATE,
         "{ total = \"1/s\", think = \"1s\" }",
         "12:37: traffic.main.arrivals.think = \"1s\": only users think: leave this out, or write "
         "users in place of total"},
        TrafficRow("transport = \"udp\"\ncloses = \"client\"",
                   "14:10: traffic.main.closes = \"client\": UDP has nothing to close: leave this "
                   "out"),
        TrafficRow("transport = \"udp\"\nconnect_timeout = \"1s\"",
                   "14:19: traffic.main.connect_timeout = \"1s\": UDP connects at once: leave this "
                   "out"),
        {PORT,
         "runs_on = \"generator\"\nos = \"linux\"",
         "8:6: services.api.os = \"linux\": the service runs on hosts.generator, whose os it has: "
         "leave this out"},
        {PORT,
         "runs_on = \"generator\"\naddresses = 1",
         "8:13: services.api.addresses = 1: the service runs on hosts.generator, one address a "
         "host: leave this out, or write vip = true for one address in front of all"},
        {PORT,
         "vip = true",
         "7:7: services.api.vip = true: vip needs runs_on; without it, one address is addresses = "
         "1"},
    });
}

TEST(ClosingShares, AddUpToOne)
{
    ExpectMessages({
        TrafficRow("closes = { client = 0.5, server = 0.4 }",
                   "13:10: traffic.main.closes = { client = 0.5, server = 0.4 }: the shares add up "
                   "to 0.9, expected 1"),
        TrafficRow("closes = {}",
                   "13:10: traffic.main.closes = {}: the shares add up to 0, expected 1"),
        TrafficRow("closes = { client = 1.5, server = -0.5 }",
                   "13:21: traffic.main.closes.client = 1.5: expected a number from 0 to 1"),
        TrafficRow("closes = { client = nan }",
                   "13:21: traffic.main.closes.client = nan: expected a number from 0 to 1"),
        TrafficRow("closes = \"clients\"",
                   "13:10: traffic.main.closes = \"clients\": there is no such choice. Did you "
                   "mean client? (client, server, reset, half_closed)"),
    });
}

TEST(OnFailure, HasPausesThatEnd)
{
    const std::string where = "13:14: traffic.main.on_failure";

    ExpectMessages({
        TrafficRow("on_failure = { retry = \"exponential\", first = \"1s\", attempts = 27 }",
                   where + " = { retry = \"exponential\", first = \"1s\", attempts = 27 }: the "
                           "last pause is longer than a year: expected fewer attempts, a smaller "
                           "factor or a shorter first pause"),
        TrafficRow("on_failure = { retry = \"fixed\", first = \"1s\", attempts = 3, factor = 2 }",
                   "13:70: traffic.main.on_failure.factor = 2: with retry = \"fixed\" all pauses "
                   "are alike: leave this out, or write retry = \"exponential\""),
        TrafficRow("on_failure = { retry = \"none\", attempts = 3 }",
                   "13:43: traffic.main.on_failure.attempts = 3: with retry = \"none\" there is "
                   "nothing to set: leave this out"),
    });
    EXPECT_EQ(ErrorOf(SmallestWith(
                  "hold",
                  "on_failure = { retry = \"exponential\", first = \"1s\", attempts = 26 }\nhold")),
              "");
}

TEST(Call, NeedsHostsToCallFromAndAnEnd)
{
    EXPECT_EQ(ErrorOf(WithCalls(CallFrom("a", "shop", "cart") + CallFrom("b", "cart", "api") +
                                CallFrom("c", "shop", "api"))),
              "");
    EXPECT_EQ(ErrorOf(WithCalls(CallFrom("a", "api", "cart"))),
              "small.toml:19:6: calls.a.at = \"api\": a service needs hosts to call from: write "
              "runs_on under [services.api]");
    EXPECT_EQ(ErrorOf(WithCalls(CallFrom("a", "shop", "shop"))),
              "small.toml:20:6: calls.a.to = \"shop\": the calls would never end: shop -> shop. "
              "Take one of them out");
    EXPECT_EQ(ErrorOf(WithCalls(CallFrom("a", "shop", "cart") + CallFrom("b", "cart", "shop") +
                                CallFrom("c", "cart", "api"))),
              "small.toml:20:6: calls.a.to = \"cart\": the calls would never end: shop -> cart -> "
              "shop. Take one of them out");
}

TEST(Call, NamesTheCircleAndNotTheWayIntoIt)
{
    const std::string door = "[services.door]\nruns_on = \"generator\"\n";
    const std::string message =
        ErrorOf(WithCalls(door + CallFrom("a", "door", "shop") + CallFrom("b", "shop", "cart") +
                          CallFrom("c", "cart", "shop")));

    EXPECT_EQ(message.find("door ->"), std::string::npos) << message;
    EXPECT_NE(message.find("the calls would never end: "), std::string::npos) << message;
}
