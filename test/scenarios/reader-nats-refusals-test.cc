// SPDX-License-Identifier: GPL-2.0-only

// NATs, nodes and firewalls that make no sense: each row is the lines in front of the smallest
// scenario's [hosts.generator], which begin at line 3, and the whole message.

#include "reader-samples.h"

#include <gtest/gtest.h>
#include <vector>

using namespace portlab;

namespace
{

struct Row
{
    std::string lines;
    std::string message;
};

void
ExpectMessages(const std::vector<Row>& rows)
{
    for (const Row& row : rows)
    {
        EXPECT_EQ(ErrorOf(SmallestWith("[hosts.generator]", row.lines + "[hosts.generator]")),
                  "small.toml:" + row.message);
    }
}

std::string
Nat(const std::string& name, const std::string& inside, const std::string& more = "")
{
    return "[nats." + name + "]\npreset = \"symmetric\"\ninside = [" + inside + "]\n" + more;
}

/// The same with a key in front of what is inside.
std::string
Egress(const std::string& line)
{
    return "[nats.egress]\npreset = \"symmetric\"\n" + line + "\ninside = [\"generator\"]\n";
}

std::string
Acl(const std::string& lines)
{
    return "[firewalls.acl]\n" + lines + "\n";
}

const std::string HERE = "\"generator\"";

} // namespace

TEST(NatRefusal, NamesTheNearestKnown)
{
    ExpectMessages({
        {"[nats.egress]\ninside = [\"generator\"]\n",
         "3:1: nats.egress.preset: the key is missing. Write preset = \"linux-masquerade\""},
        {"[nats.egress]\npreset = \"symmetric\"\n",
         "3:1: nats.egress.inside: the key is missing. Write inside = [\"generator\"]"},
        {Nat("egress", "\"generatr\""),
         "5:11: nats.egress.inside[0] = \"generatr\": there is no host group or NAT of that name. "
         "Did you mean generator? (generator, egress)"},
        {Nat("egress", HERE, "bypas = [\"api\"]\n"),
         "6:1: nats.egress.bypas: there is no such key. Did you mean bypass? (preset, inside, "
         "addresses, per, bypass, only, tuned)"},
        {Nat("egress", HERE, "tcp_established = \"1h\"\n"),
         "6:1: nats.egress.tcp_established: this belongs below [nats.egress.tuned]"},
        {Egress("bypass = [\"apo\"]"),
         "5:11: nats.egress.bypass[0] = \"apo\": there is no service of that name. Did you mean "
         "api? (api)"},
        {Egress("per = \"nod\""),
         "5:7: nats.egress.per = \"nod\": there is no such choice. Did you mean node? (all, host, "
         "node, zone)"},
    });
    const std::string message = ErrorOf(
        SmallestWith("[hosts.generator]",
                     "[nats.a]\npreset = \"aws\"\ninside = [\"generator\"]\n[hosts.generator]"));
    EXPECT_EQ(message.substr(0, message.find(" linux-masquerade,")),
              "small.toml:4:10: nats.a.preset = \"aws\": no such NAT. Known:")
        << message;
}

TEST(NatRefusal, IsOfWrongTypes)
{
    ExpectMessages({
        {"nats.a = 1\n", "3:10: nats.a = 1: expected a table, as [nats.NAME] or { ... }"},
        {"[nats.\"a b\"]\n",
         "3:7: nats.\"a b\": \"a b\" is no name: use letters, digits, - and _, at most 64"},
        {Nat("egress", ""),
         "5:10: nats.egress.inside = []: expected at least one, as [\"generator\"]"},
        {Nat("egress", HERE + ", " + HERE),
         "5:24: nats.egress.inside[1] = \"generator\": this is named twice: once is enough"},
        {"[nats.egress]\npreset = \"symmetric\"\ninside = \"generator\"\n",
         "5:10: nats.egress.inside = \"generator\": expected a list such as [\"generator\"]"},
        {Nat("egress", "1"), "5:11: nats.egress.inside[0] = 1: expected text in quotes"},
        {Egress("addresses = 0"),
         "5:13: nats.egress.addresses = 0: expected a whole number from 1 to 65536"},
        {Egress("addresses = 65537"),
         "5:13: nats.egress.addresses = 65537: expected a whole number from 1 to 65536"},
        {Egress("tuned = 1"),
         "5:9: nats.egress.tuned = 1: expected a table such as { ports = \"1024-65535\" }"},
        {Egress("tuned.tcp_close = 5"),
         "5:19: nats.egress.tuned.tcp_close = 5: a duration needs a unit. Did you mean 5ms? (ns us "
         "ms s min h d)"},
        {Egress("tuned.filtering = \"open\""),
         "5:19: nats.egress.tuned.filtering = \"open\": expected endpoint-independent, "
         "address-dependent or address-and-port-dependent"},
    });
}

TEST(NatRefusal, IsOfKnobsThatTheDeviceLacks)
{
    const std::string message =
        ErrorOf(SmallestWith("[hosts.generator]",
                             Egress("tuned.nf_conntrack_max = 5") + "[hosts.generator]"));
    EXPECT_EQ(message.substr(0, message.find(" ports,")),
              "small.toml:5:7: nats.egress.tuned.nf_conntrack_max: this is another system's knob. "
              "symmetric has")
        << message;
    const std::string other = ErrorOf(
        SmallestWith("[hosts.generator]", Egress("tuned.tcp_clos = 5") + "[hosts.generator]"));
    EXPECT_NE(other.find("symmetric has no such knob. Did you mean tcp_close?"), std::string::npos)
        << other;
    EXPECT_NE(other.find("(portlab nats symmetric)"), std::string::npos) << other;
}

TEST(NatRefusal, IsOfMoreAddressesThanTheDeviceCanHave)
{
    const std::string gateway =
        "[nats.egress]\npreset = \"aws-nat-gateway\"\ninside = [\"generator\"]\n";
    EXPECT_EQ(
        ErrorOf(SmallestWith("[hosts.generator]", gateway + "addresses = 8\n[hosts.generator]")),
        "");
    ExpectMessages({{gateway + "addresses = 9\n",
                     "6:13: nats.egress.addresses = 9: aws-nat-gateway has at most 8 addresses "
                     "(vpc-nat-gateway.md: 1 and 7 secondary ones)"}});
}

TEST(NatRefusal, IsOfServicesThatAreNoneOrBoth)
{
    ExpectMessages({
        {Egress("bypass = [\"api\"]"),
         "5:10: nats.egress.bypass = [\"api\"]: no service is left to translate for: take one out "
         "of bypass, or the NAT out"},
        {Egress("only = []"), "5:8: nats.egress.only = []: expected at least one, as [\"api\"]"},
        {Egress("only = [\"api\"]\nbypass = [\"api\"]"),
         "6:10: nats.egress.bypass = [\"api\"]: with only, all other services are bypassed: leave "
         "this out"},
    });
    EXPECT_EQ(
        ErrorOf(SmallestWith("port = 8443\n",
                             "[services.local]\nloopback = true\n" + Egress("only = [\"local\"]"))),
        "small.toml:11:8: nats.egress.only = [\"local\"]: services.local has loopback "
        "addresses: packets to it leave no host");
}

TEST(NatRefusal, IsOfNamesThatHostsHaveToo)
{
    ExpectMessages({{Nat("generator", HERE),
                     "3:7: nats.generator: hosts.generator has this name, too, and inside could "
                     "mean either: choose another"}});
}

TEST(NatRefusal, IsOfCircles)
{
    const std::string why = ": a NAT cannot be inside itself: ";
    ExpectMessages({
        {Nat("a", "\"a\""), "5:10: nats.a.inside = [\"a\"]" + why + "a <- a. Take one of them out"},
        {Nat("a", HERE) + Nat("b", "\"a\", \"c\"") + Nat("c", "\"b\""),
         "8:10: nats.b.inside = [\"a\", \"c\"]" + why + "b <- c <- b. Take one of them out"},
        // From a, c leads only back to b.
        {Nat("a", "\"b\"") + Nat("b", "\"c\", \"d\"") + Nat("c", "\"b\"") + Nat("d", "\"a\""),
         "5:10: nats.a.inside = [\"b\"]" + why + "a <- b <- d <- a. Take one of them out"},
    });
}

TEST(NatRefusal, IsOfTwoWaysToOneService)
{
    ExpectMessages({
        {Nat("a", HERE) + Nat("b", HERE),
         "8:10: nats.b.inside = [\"generator\"]: hosts.generator would reach services.api through "
         "nats.a as well as nats.b: put one inside the other, or part the services with only"},
        {Nat("home", HERE) + Nat("left", "\"home\"") + Nat("right", "\"home\""),
         "11:10: nats.right.inside = [\"home\"]: hosts.generator would reach services.api through "
         "nats.left as well as nats.right: put one inside the other, or part the services with "
         "only"},
    });
}

TEST(NatRefusal, IsOfDevicesThatWouldBelongToSeveral)
{
    ExpectMessages({
        {Nat("a", HERE) + Nat("b", "\"a\"", "per = \"zone\"\n"),
         "9:7: nats.b.per = \"zone\": a device of nats.a, which is inside, would belong to several "
         "of these: expected per = \"all\" or wider"},
        {Nat("a", HERE, "per = \"zone\"\n") + Nat("b", "\"a\"", "per = \"host\"\n"),
         "10:7: nats.b.per = \"host\": a device of nats.a, which is inside, would belong to "
         "several of these: expected per = \"zone\" or wider"},
    });
}

TEST(NatRefusal, IsOfDevicesForNodesAroundHostsThatAreOnNone)
{
    const std::string why = "hosts.generator is on no node: write node (and [nodes.NAME]) or "
                            "hosts_per_kernel there, or per = \"host\" here";
    ExpectMessages({
        {Nat("a", HERE, "per = \"node\"\n"), "6:7: nats.a.per = \"node\": " + why},
        {Nat("a", HERE, "per = \"host\"\n") + Nat("b", "\"a\"", "per = \"node\"\n"),
         "10:7: nats.b.per = \"node\": " + why},
    });
}

TEST(NatRefusal, IsOfRulesThatLeaveNoPort)
{
    ExpectMessages({{Nat("egress", HERE, "tuned = { ports = \"5000\", reserved = \"5000\" }\n"),
                     "3:1: nats.egress: symmetric: no external port is left: all of 5000 are "
                     "reserved. Reserve fewer, or give it more ports"}});
}

TEST(NatRefusal, IsOfMoreThanSixtyFour)
{
    std::string nats;
    for (int i = 0; i < 65; ++i)
    {
        nats += Nat("n" + std::to_string(i), i == 0 ? HERE : "\"n" + std::to_string(i - 1) + "\"");
    }
    const std::string message =
        ErrorOf(SmallestWith("[hosts.generator]", nats + "[hosts.generator]"));
    EXPECT_NE(message.find("expected at most 64 NATs"), std::string::npos) << message;
    const std::string fewer = nats.substr(0, nats.find("[nats.n64]"));
    EXPECT_EQ(ErrorOf(SmallestWith("[hosts.generator]", fewer + "[hosts.generator]")), "");
}

TEST(NodeRefusal, IsOfHostsThatAreInTwoPlaces)
{
    const std::string host = "[hosts.pod]\nos = \"linux\"\n";
    const std::string nodes = "[nodes.workers]\n" + host + "node = \"workers\"\n";
    ExpectMessages({
        {host + "node = \"worker\"\n",
         "5:8: hosts.pod.node = \"worker\": there is no node group of that name. ()"},
        {nodes + "zones = 2\n",
         "7:9: hosts.pod.zones = 2: the hosts are in the zones of their nodes: write this under "
         "[nodes.workers]"},
        {nodes + "hosts_per_kernel = 2\n",
         "7:20: hosts.pod.hosts_per_kernel = 2: the hosts of a node have one kernel, or each its "
         "own with shares_kernel = false: leave this out"},
        {host + "shares_kernel = true\n",
         "5:17: hosts.pod.shares_kernel = true: only hosts on a node can: write node, or "
         "hosts_per_kernel in place of this"},
        {"[nodes.workers]\ncount = 2\nzones = 3\n",
         "5:9: nodes.workers.zones = 3: a zone would have no node: expected at most count, 2"},
        {"[nodes.workers]\ncuont = 2\n",
         "4:1: nodes.workers.cuont: there is no such key. Did you mean count? (count, zones)"},
    });
}

TEST(FirewallRefusal, IsOfWhatLetsNothingThrough)
{
    const std::string before = "before = [\"generator\"]\n";
    ExpectMessages({
        {Acl(before),
         "3:1: firewalls.acl.allowed_source_ports: the key is missing. Write allowed_source_ports "
         "= \"1024-65535\""},
        {Acl(before + "allowed_source_ports = \"\""),
         "5:24: firewalls.acl.allowed_source_ports = \"\": nothing would pass: expected ports such "
         "as \"1024-65535\""},
        {Acl("allowed_source_ports = \"1024-65535\""),
         "3:1: firewalls.acl.before: the key is missing. Write before = [\"generator\"]"},
        {Acl("before = [\"api\"]\nallowed_source_ports = \"443\""),
         "4:11: firewalls.acl.before[0] = \"api\": there is no host group of that name. "
         "(generator)"},
        {Acl(before + "sees = \"out\"\nallowed_source_ports = \"443\""),
         "5:8: firewalls.acl.sees = \"out\": there is no such choice. (inside, outside)"},
        {Acl(before + "allowed_source_ports = 443"),
         "5:24: firewalls.acl.allowed_source_ports = 443: expected text in quotes"},
    });
}

TEST(SpeaksEveryRefusal, IsOfNoPauseAtAll)
{
    EXPECT_EQ(ErrorOf(SmallestWith("hold", "speaks_every = \"0s\"\nhold")),
              "small.toml:13:16: traffic.main.speaks_every = \"0s\": nobody speaks without a "
              "pause: expected more, or leave this out for connections that no NAT finds too "
              "silent");
    EXPECT_EQ(ErrorOf(SmallestWith("hold", "speaks_every = 30\nhold")),
              "small.toml:13:16: traffic.main.speaks_every = 30: a duration needs a unit. Did you "
              "mean \"30s\"? (ns us ms s min h d)");
}
