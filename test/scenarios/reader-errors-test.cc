// SPDX-License-Identifier: GPL-2.0-only

// What the reader has against wrong scenarios: each row replaces a part of the smallest scenario
// and names the whole message, or its beginning where it ends in "...".

#include "reader-samples.h"

#include <gtest/gtest.h>
#include <vector>

using namespace portlab;

namespace
{

struct Row
{
    std::string part;
    std::string replacement;
    std::string message;
};

void
ExpectMessage(const std::string& text, const std::string& expected)
{
    const std::string message = ErrorOf(text);
    const bool whole = expected.size() < 3 || expected.substr(expected.size() - 3) != "...";
    EXPECT_EQ(whole ? message : message.substr(0, expected.size() - 3),
              whole ? expected : expected.substr(0, expected.size() - 3))
        << text;
}

void
ExpectMessages(const std::vector<Row>& rows)
{
    for (const Row& row : rows)
    {
        ExpectMessage(SmallestWith(row.part, row.replacement), "small.toml:" + row.message);
    }
}

const std::string OS = "os = \"linux-6.18\"";
const std::string NAME = "name = \"small\"";
const std::string PORT = "port = 8443";
const std::string HOLD = "hold = \"200ms\"";
const std::string RATE = "\"600/s\"";

} // namespace

TEST(SyntaxError, SaysWhereAndWhat)
{
    ExpectMessages({
        {NAME, "name = ", "1:8: not TOML: ..."},
        {NAME, "name = \"small", "1:14: not TOML: ..."},
        {NAME, "name = 1\nname = 2", "2:8: not TOML: ..."},
        {NAME,
         "duration = 300s",
         "1:15: not TOML: Error while parsing decimal integer: expected digit, saw 's'. A value "
         "with a unit stands in quotes: \"300s\""},
        {HOLD,
         "hold = 200ms # mean",
         "13:11: not TOML: Error while parsing decimal integer: "
         "expected digit, saw 'm'. A value with a unit stands in "
         "quotes: \"200ms\""},
        {"[hosts.generator]", "[services.api]", "6:1: not TOML: ..."},
    });
}

TEST(SyntaxError, IsWhatDatesAreInAScenario)
{
    const std::string why =
        "a value with - or : in it stands in quotes, as \"1024-65535\"; dates a "
        "scenario has none";

    ExpectMessages({
        {"\"200ms\"", "1979-05-27", "13:12: " + why},
        {"\"200ms\"", "07:32:00", "13:10: " + why},
        {OS, OS + "\ntuned.ports = 1024-65535", "5:19: " + why},
    });
    EXPECT_EQ(ErrorOf(SmallestWith("generator]", "2024-01-01]")).substr(0, 18),
              "small.toml:10:8: t");
}

TEST(UnknownKey, IsRefusedWithTheNearestKnownOne)
{
    ExpectMessages({
        {NAME, "nmae = \"x\"", "1:1: nmae: there is no such key. Did you mean name? (name, ..."},
        {OS,
         OS + "\n  cuont = 3",
         "5:3: hosts.generator.cuont: there is no such key. Did you mean "
         "count? (count, os, addresses, hosts_per_kernel, node, shares_kernel, zones, tuned)"},
        {OS,
         OS + "\ntcp_tw_reuse = 1",
         "5:1: hosts.generator.tcp_tw_reuse: this belongs below "
         "[hosts.generator.tuned]"},
        {PORT, "prot = 3", "7:1: services.api.prot: there is no such key. Did you mean port? ..."},
        {HOLD,
         "holds = \"1s\"",
         "13:1: traffic.main.holds: there is no such key. Did you mean ..."},
        {RATE,
         "{ user = 3 }",
         "12:14: traffic.main.arrivals.user: there is no such key. Did you "
         "mean users? (constant, together, steps, users, think, total, trace)"},
        {NAME, NAME + "\n\"a b\\n\" = 1", "2:1: \"a b\\x0a\": there is no such key. ..."},
    });
}

TEST(MissingKey, SaysWhereItBelongsAndWhatToWrite)
{
    ExpectMessages({
        {NAME, "", "1:1: name: the key is missing. Write name = \"load-test\""},
        {OS, "", "3:1: hosts.generator.os: the key is missing. Write os = \"linux-6.18\""},
        {"to = \"api\"", "", "9:1: traffic.main.to: the key is missing. Write to = \"api\""},
        {HOLD, "", "9:1: traffic.main.hold: the key is missing. Write hold = \"200ms\""},
        {RATE, "{ users = 3 }", "12:12: traffic.main.arrivals.think: the key is missing. ..."},
        {RATE,
         "{}",
         "12:12: traffic.main.arrivals = {}: expected one of constant, steps, users, "
         "total, trace"},
        {"\"200ms\"",
         "{ lognormal = { sigma = 1 } }",
         "13:22: traffic.main.hold.lognormal.median: "
         "the key is missing. ..."},
        {HOLD,
         HOLD + "\non_failure.retry = \"fixed\"",
         "14:1: traffic.main.on_failure.first: the "
         "key is missing. ..."},
    });
    ExpectMessage("name = \"x\"",
                  "small.toml:1:1: hosts: the key is missing. Write "
                  "[hosts.generator], and its keys below");
    ExpectMessage("name = \"x\"\n[hosts]",
                  "small.toml:2:1: hosts = {}: a scenario needs at least "
                  "one, as [hosts.generator]");
}

TEST(WrongType, SaysWhichWasExpected)
{
    ExpectMessages({
        {NAME, "name = 3", "1:8: name = 3: expected text in quotes"},
        {OS, "os = [1, true]", "4:6: hosts.generator.os = [1, true]: expected text in quotes"},
        {PORT,
         "port = \"443\"",
         "7:8: services.api.port = \"443\": expected a whole number from 1 "
         "to 65535, without quotes"},
        {PORT,
         "port = 443.0",
         "7:8: services.api.port = 443.0: expected a whole number from 1 ..."},
        {PORT, "vip = 1", "7:7: services.api.vip = 1: expected true or false, without quotes"},
        {PORT,
         "silent = 3",
         "7:10: services.api.silent = 3: expected a list such as [[\"60s\", ..."},
        {"\"200ms\"", "true", "13:8: traffic.main.hold = true: expected a duration such as ..."},
        {"\"200ms\"", "[]", "13:8: traffic.main.hold = []: expected a duration such as ..."},
        {HOLD,
         HOLD + "\non_failure = 3",
         "14:14: traffic.main.on_failure = 3: expected a table ..."},
        {NAME,
         NAME + "\ncalls = 3",
         "2:9: calls = 3: expected a table of its own for each, as "
         "[calls.NAME]"},
        {"[hosts.generator]", "[[hosts.generator]]", "3:1: hosts.generator = [{ os = ..."},
        {OS, OS + "\ntuned = 3", "5:9: hosts.generator.tuned = 3: expected a table such as { ..."},
    });
}

TEST(Duration, InAScenarioNeedsAUnit)
{
    const std::string units = "? (ns us ms s min h d)";

    ExpectMessages({
        {"\"200ms\"",
         "\"200\"",
         "13:8: traffic.main.hold = \"200\": a duration needs a unit. Did "
         "you mean 200ms" +
             units},
        {"\"200ms\"",
         "200",
         "13:8: traffic.main.hold = 200: a duration needs a unit. Did you mean "
         "\"200ms\"" +
             units},
        {NAME,
         NAME + "\nduration = 300",
         "2:12: duration = 300: a duration needs a unit. Did you "
         "mean \"300s\"" +
             units},
        {NAME,
         NAME + "\nduration = \"5m\"",
         "2:12: duration = \"5m\": there is no unit of time "
         "\"m\". Did you mean 5min" +
             units},
        {"\"200ms\"", "\"366d\"", "13:8: traffic.main.hold = \"366d\": expected at most 365d"},
        {"\"200ms\"",
         "\"-1s\"",
         "13:8: traffic.main.hold = \"-1s\": a duration cannot be negative"},
    });
}

TEST(Rate, InAScenarioNeedsAUnit)
{
    ExpectMessages({
        {RATE,
         "600",
         "12:12: traffic.main.arrivals = 600: a rate needs a unit. Did you mean "
         "\"600/s\"? (/ms /s /min /h /d)"},
        {RATE,
         "\"600\"",
         "12:12: traffic.main.arrivals = \"600\": a rate needs a unit. Did you "
         "mean 600/s? (/ms /s /min /h /d)"},
        {RATE, "\"-1/s\"", "12:12: traffic.main.arrivals = \"-1/s\": a rate cannot be negative"},
        {RATE, "\"1.1e9/s\"", "12:12: traffic.main.arrivals = \"1.1e9/s\": expected at most 1e9/s"},
        {RATE,
         "{ constant = \"5/m\" }",
         "12:25: traffic.main.arrivals.constant = \"5/m\": there "
         "is no unit of time \"m\". Did you mean 5/min? ..."},
    });
}

TEST(Count, HasLimitsThatTheErrorStates)
{
    const std::string limits = ": expected a whole number from 1 to 1,000,000";

    ExpectMessages({
        {OS, OS + "\ncount = 0", "5:9: hosts.generator.count = 0" + limits},
        {OS, OS + "\ncount = 1000001", "5:9: hosts.generator.count = 1000001" + limits},
        {PORT, "addresses = -1", "7:13: services.api.addresses = -1" + limits},
        {PORT, "port = 65536", "7:8: services.api.port = 65536: expected a whole number from ..."},
        {PORT, "port = 0", "7:8: services.api.port = 0: expected a whole number from 1 to 65535"},
        {PORT, "rtt = \"61min\"", "7:7: services.api.rtt = \"61min\": expected at most 1h"},
        {NAME, NAME + "\nseed = -1", "2:8: seed = -1: expected a whole number from 0 to ..."},
        {NAME, NAME + "\nseed = 0.5", "2:8: seed = 0.5: expected a whole number from 0 to ..."},
    });
}

TEST(Profile, ThatIsNotInTheCatalogueIsRefusedWithThoseThatAre)
{
    ExpectMessages({
        {OS, "os = \"linux-7\"", "4:6: hosts.generator.os = \"linux-7\": no such profile. ..."},
        {PORT,
         "os = \"windws\"",
         "7:6: services.api.os = \"windws\": no such profile. Did you "
         "mean windows? Known: linux-7.1, ..."},
    });
}

TEST(Knob, ThatTheSystemLacksIsAMisspellingOrAnotherSystems)
{
    ExpectMessages({
        {OS,
         OS + "\ntuned.prots = \"1024-2048\"",
         "5:7: hosts.generator.tuned.prots: linux-6.18 "
         "has no such knob. Did you mean ports? ..."},
        {OS,
         OS + "\ntuned.net.ipv4.tcp_tw_resue = 1",
         "5:16: hosts.generator.tuned.net.ipv4."
         "tcp_tw_resue: linux-6.18 has no such knob. "
         "Did you mean net.ipv4.tcp_tw_reuse? ..."},
        {OS,
         "os = \"windows-11\"\ntuned.tcp_tw_reuse = 1",
         "5:7: hosts.generator.tuned.tcp_tw_"
         "reuse: this is another system's knob. "
         "windows-11 has ports, udp_ports, ..."},
    });
}

TEST(Knob, WithAValueThatTheSystemRefusesIsRefused)
{
    ExpectMessages({
        {OS,
         OS + "\ntuned.ports = \"60999-32768\"",
         "5:15: hosts.generator.tuned.ports = \"60999-"
         "32768\": the range is empty: ..."},
        {OS,
         OS + "\ntuned.ports = {}",
         "5:15: hosts.generator.tuned.ports = {}: expected a number, true or false, text ..."},
        {OS, OS + "\ntuned.reserved = [[1]]", "5:19: hosts.generator.tuned.reserved[0] = [1]: ..."},
        {OS,
         OS + "\ntuned.ports = \"1024-2048\"\ntuned.net.ipv4.ip_local_port_range = \"1-2\"",
         "6:16: hosts.generator.tuned.net.ipv4.ip_local_port_range: this is set as ports already"},
    });
}

TEST(ErrorText, RepeatsNoMoreOfTheFileThanBearsReading)
{
    const std::string message =
        ErrorOf(SmallestWith("\"200ms\"", "{ \"" + std::string(5000, 'x') + "\" = \"\\u00e4\" }"));

    EXPECT_LT(message.size(), 500u) << message;
}
