// SPDX-License-Identifier: GPL-2.0-only

// fidelity = "packet": what packets cannot play is refused, and small workloads of everything else
// come to the same as without packets.

#include "scenarios/runner.h"

#include <gtest/gtest.h>
#include <stdexcept>
#include <string>

namespace
{

using namespace portlab;

const std::string HOST = "[hosts.client]\ncount = 3\nos = \"linux\"\n";
const std::string API = "[services.api]\nrtt = \"10ms\"\n";
const std::string MAIN =
    "[traffic.main]\nfrom = \"client\"\nto = \"api\"\narrivals = \"2/s\"\nhold = \"200ms\"\n";

std::string
Top(const std::string& fidelity, const std::string& more = "")
{
    return "name = \"small\"\nduration = \"100s\"\nfidelity = \"" + fidelity + "\"\n" + more;
}

std::string
RefusalOf(const std::string& rest)
{
    try
    {
        ParseScenario(Top("packet") + rest, "small.toml");
        return "";
    }
    catch (const std::invalid_argument& error)
    {
        return error.what();
    }
}

RunResult
ResultOf(const std::string& fidelity, const std::string& rest)
{
    return RunScenario(ParseScenario(Top(fidelity) + rest, "small.toml"), 1)->result;
}

/// Both fidelities, of which the second is returned.
RunResult
ExpectSame(const std::string& rest)
{
    const RunResult connection = ResultOf("connection", rest);
    const RunResult packet = ResultOf("packet", rest);
    EXPECT_GT(packet.hosts[0].attempts, 100u);
    EXPECT_EQ(packet.hosts[0].attempts, connection.hosts[0].attempts);
    EXPECT_EQ(packet.hosts[0].connected, connection.hosts[0].connected);
    EXPECT_EQ(packet.hosts[0].failed, connection.hosts[0].failed);
    EXPECT_EQ(packet.hosts[0].pending, connection.hosts[0].pending);
    EXPECT_EQ(packet.hosts[0].portsHeldPeak, connection.hosts[0].portsHeldPeak);
    EXPECT_EQ(packet.hosts[0].timeWaitPeak, connection.hosts[0].timeWaitPeak);
    EXPECT_EQ(packet.services[0].timeWaitPeak, connection.services[0].timeWaitPeak);
    EXPECT_EQ(packet.services[0].tupleCollisions, connection.services[0].tupleCollisions);
    EXPECT_EQ(packet.verdict.sentence, connection.verdict.sentence);
    return packet;
}

} // namespace

TEST(PacketLevel, RefusesWhatItCannotPlay)
{
    const auto refusal = [](const std::string& why) {
        return "small.toml:3:12: fidelity = \"packet\": packet level " + why +
               ". Write \"connection\"";
    };
    EXPECT_EQ(RefusalOf("[hosts.client]\nos = \"linux\"\naddresses = 2\n" + API + MAIN),
              refusal("has one address for each host: hosts.client.addresses"));
    EXPECT_EQ(RefusalOf(HOST + "[services.api]\nloopback = true\n" + MAIN),
              refusal("has no loopback yet: services.api.loopback"));
    EXPECT_EQ(RefusalOf(HOST + API + MAIN + "sends = \"101kB\"\n"),
              refusal("sends at most 100,000 bytes on a connection: traffic.main.sends"));
    EXPECT_EQ(RefusalOf(HOST + API + MAIN + "sends = \"100kB\"\n"), "");
    EXPECT_EQ(RefusalOf(HOST + API + MAIN +
                        "[nats.a]\npreset = \"ec2-connection-tracking\"\ninside = [\"client\"]\n"),
              refusal("has no devices that keep addresses yet: nats.a"));
    EXPECT_EQ(RefusalOf(HOST + API + MAIN), "");
}

TEST(PacketLevel, ClosesInAllWays)
{
    for (const std::string closes : {"client", "server", "reset"})
    {
        SCOPED_TRACE(closes);
        ExpectSame(HOST + API + MAIN + "closes = \"" + closes + "\"\n");
    }
}

TEST(PacketLevel, SendsWhatItIsToldTo)
{
    ExpectSame(HOST + API + MAIN + "sends = \"5kB\"\n");
}

TEST(PacketLevel, RunsOutOfPorts)
{
    const std::string few = "[hosts.client.tuned]\nports = \"40000-40049\"\n";
    const RunResult result = ExpectSame(HOST + few + API + MAIN);
    EXPECT_GT(Total(result.hosts[0].failed), 50u);
}

TEST(PacketLevel, GivesUpOnASilentService)
{
    const std::string silent = "silent = [[\"20s\", \"60s\"]]\n";
    const RunResult result = ExpectSame(HOST + API + silent + MAIN + "connect_timeout = \"2s\"\n");
    EXPECT_GT(Total(result.hosts[0].failed), 50u);
}

TEST(PacketLevel, HasFirewalls)
{
    const std::string acl = "[firewalls.acl]\nbefore = [\"client\"]\nsees = \"inside\"\n"
                            "allowed_source_ports = \"32768-50000\"\n";
    const RunResult result = ExpectSame(HOST + API + MAIN + "connect_timeout = \"2s\"\n" + acl);
    EXPECT_GT(result.hosts[0].failed[static_cast<std::size_t>(Failure::Firewall)], 50u);
}

TEST(PacketLevel, SendsDatagramsThroughNats)
{
    const std::string nat = "[nats.router]\npreset = \"home-router\"\ninside = [\"client\"]\n"
                            "tuned = { ports = \"40000-40019\" }\n";
    const RunResult result = ExpectSame(HOST + API + MAIN + "transport = \"udp\"\n" + nat);
    EXPECT_GT(result.hosts[0].failed[static_cast<std::size_t>(Failure::NatNoPort)], 50u);
}

TEST(PacketLevel, LeavesAloneWhatBypassesANat)
{
    const std::string nat = "[services.other]\n[nats.router]\npreset = \"symmetric\"\n"
                            "inside = [\"client\"]\nbypass = [\"api\"]\n";
    EXPECT_EQ(ExpectSame(HOST + API + MAIN + nat).nats[0].asked, 0u);
}
