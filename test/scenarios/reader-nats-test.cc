// SPDX-License-Identifier: GPL-2.0-only

// What stands between hosts and services: NATs, nodes and firewalls.

#include "reader-samples.h"

#include <gtest/gtest.h>

using namespace portlab;
using namespace std::chrono_literals;

namespace
{

/// The smallest scenario, with a second group of hosts and a second service, and more lines: the
/// first of them is line 19.
std::string
With(const std::string& more)
{
    return SMALLEST +
           "[hosts.office]\nos = \"windows-11\"\ncount = 3\n"
           "[services.shop]\n\n" +
           more;
}

std::string
Egress(const std::string& more)
{
    return With("[nats.egress]\npreset = \"linux-masquerade\"\ninside = [\"generator\"]\n" + more);
}

NatGroup
NatOf(const std::string& text, std::size_t index = 0)
{
    return Parse(text).workload.nats.at(index);
}

using Indexes = std::vector<std::uint32_t>;

} // namespace

TEST(Nat, HasDefaultsForAllButItsPresetAndWhatIsInside)
{
    const NatGroup nat = NatOf(Egress(""));

    EXPECT_EQ(nat.name, "egress");
    EXPECT_EQ(nat.preset.name, "linux-masquerade");
    EXPECT_EQ(nat.addresses, 1u);
    EXPECT_EQ(nat.span, NatSpan::All);
    EXPECT_EQ(nat.insideHosts, Indexes{0});
    EXPECT_TRUE(nat.insideNats.empty());
    EXPECT_TRUE(nat.only.empty());
    EXPECT_TRUE(nat.bypass.empty());
    EXPECT_TRUE(Parse(SMALLEST).workload.nats.empty());
}

TEST(Nat, IsReadWithAllItsKeys)
{
    const std::string text = With("[nats.egress]\n"
                                  "preset = \"aws-nat-gateway\"\n"
                                  "inside = [\"office\", \"generator\"]\n"
                                  "addresses = 8\n"
                                  "per = \"zone\"\n"
                                  "bypass = [\"shop\"]\n"
                                  "tuned = { flows_per_destination = 100, tcp_close = \"5s\" }\n");
    const NatGroup nat = NatOf(text);

    EXPECT_EQ(nat.addresses, 8u);
    EXPECT_EQ(nat.preset.addresses.value, 8u);
    EXPECT_EQ(nat.preset.addresses.evidence, Evidence::Chosen);
    EXPECT_EQ(nat.span, NatSpan::Zone);
    EXPECT_EQ(nat.insideHosts, (Indexes{1, 0}));
    EXPECT_EQ(nat.bypass, Indexes{1});
    EXPECT_EQ(nat.preset.ofDestination.value, 100u);
    EXPECT_EQ(nat.preset.tcp.close.value, Duration(5s));
    EXPECT_EQ(Parse(text).notes,
              (std::vector<std::string>{
                  "nats.egress: AWS cannot change flows_per_destination: this is a what-if.",
                  "nats.egress: AWS cannot change tcp_close: this is a what-if."}));
}

TEST(Nat, SaysWhichKnobsOnlyPacketsNotice)
{
    const std::string text = Egress("tuned = { hairpin = \"on\", nf_conntrack_icmp_timeout = 5, "
                                    "tcp_close = \"5s\" }\n");
    EXPECT_EQ(Parse(text).notes,
              (std::vector<std::string>{
                  "nats.egress: Linux cannot change hairpin: this is a what-if.",
                  "nats.egress: hairpin concerns packets, and changes nothing at connection level.",
                  "nats.egress: nf_conntrack_icmp_timeout concerns packets, and changes nothing at "
                  "connection level."}));
}

TEST(Nat, TakesEveryPresetAndEverySpan)
{
    EXPECT_EQ(NatOf(Egress("per = \"all\"\n")).span, NatSpan::All);
    EXPECT_EQ(NatOf(Egress("per = \"host\"\n")).span, NatSpan::Host);
    EXPECT_EQ(NatOf(Egress("only = [\"shop\"]\n")).only, Indexes{1});
    EXPECT_EQ(NatOf(Egress("addresses = 65536\n")).addresses, 65536u);
}

TEST(Nat, MayHaveAnotherInside)
{
    const std::string text = Egress("[nats.carrier]\n"
                                    "preset = \"cgn-pba\"\n"
                                    "inside = [\"egress\", \"office\"]\n");

    EXPECT_EQ(NatOf(text, 1).insideHosts, Indexes{1});
    EXPECT_EQ(NatOf(text, 1).insideNats, Indexes{0});
}

TEST(Nat, MayBeNamedBeforeTheOneInside)
{
    const std::string text = With("[nats.carrier]\npreset = \"cgn-pba\"\ninside = [\"home\"]\n"
                                  "[nats.home]\npreset = \"home-router\"\ninside = [\"office\"]\n"
                                  "per = \"host\"\n");

    EXPECT_EQ(NatOf(text, 0).insideNats, Indexes{1});
    EXPECT_EQ(NatOf(text, 1).span, NatSpan::Host);
}

TEST(Nat, TranslatesForNoLoopbackService)
{
    const std::string local = "[services.local]\nloopback = true\n";

    EXPECT_EQ(NatOf(Egress(local)).bypass, Indexes{2});
    EXPECT_EQ(NatOf(Egress("bypass = [\"local\", \"api\"]\n" + local)).bypass, (Indexes{2, 0}));
}

TEST(Nat, SharesItsHostsWithAnotherForOtherServices)
{
    EXPECT_EQ(ErrorOf(Egress("only = [\"api\"]\n[nats.other]\npreset = \"winnat\"\n"
                             "inside = [\"generator\"]\nbypass = [\"api\"]\n")),
              "");
    EXPECT_EQ(ErrorOf(Egress("[nats.other]\npreset = \"winnat\"\n"
                             "inside = [\"generator\", \"egress\"]\n")),
              "")
        << "nested";
}

TEST(Nat, IsSetOnTheCommandLine)
{
    const auto with = [](const std::string& path, const std::string& value) {
        return Parse(Egress(""), {{{path, value}}, "", {}}).workload.nats.at(0);
    };
    EXPECT_EQ(with("nats.egress.preset", "winnat").preset.name, "winnat");
    EXPECT_EQ(with("nats.egress.tuned.net.netfilter.nf_conntrack_max", "1000").preset.ofTable.value,
              1000u);
    EXPECT_EQ(with("nats.egress.tuned.tcp_close", "3s").preset.tcp.close.value, Duration(3s));
    EXPECT_EQ(with("nats.egress.tuned.random_fully", "on").preset.pick.value, PortPick::Search);
    EXPECT_EQ(with("nats.egress.inside", "[\"office\"]").insideHosts, Indexes{1});
    EXPECT_EQ(with("nats.egress.tuned.hairpin", "true").preset.hairpins.value, true);
}

TEST(Nat, SharesPortsAmongAsManyHostsAsThereAre)
{
    const std::string balancer =
        With("[nats.lb]\npreset = \"azure-lb-default\"\ninside = [\"office\"]\n");
    const auto withHosts = [&](const std::string& count) {
        return ErrorOf(balancer, {{{"hosts.office.count", count}}, "", {}});
    };

    EXPECT_EQ(withHosts("1000"), "");
    EXPECT_EQ(withHosts("1001"),
              "small.toml:19:1: nats.lb: azure-lb-default: it parcels out its ports among 1000 "
              "inside hosts at most, and here are 1001: take fewer for each device, or set "
              "block_size");
    EXPECT_EQ(ErrorOf(balancer + "per = \"host\"\n", {{{"hosts.office.count", "1001"}}, "", {}}),
              "");
}

TEST(NodeGroup, HoldsHostsInTurn)
{
    const std::string text = With("[nodes.workers]\ncount = 10\nzones = 3\n"
                                  "[hosts.pods]\nos = \"linux\"\ncount = 40\nnode = \"workers\"\n"
                                  "[hosts.jobs]\nos = \"linux\"\nnode = \"workers\"\n"
                                  "shares_kernel = false\n");
    const Workload workload = Parse(text).workload;

    ASSERT_EQ(workload.nodes.size(), 1u);
    EXPECT_EQ(workload.nodes[0].name, "workers");
    EXPECT_EQ(workload.nodes[0].count, 10u);
    EXPECT_EQ(workload.nodes[0].zones, 3u);
    EXPECT_EQ(workload.hosts[2].nodes, 0u);
    EXPECT_TRUE(workload.hosts[2].sharesKernel);
    EXPECT_FALSE(workload.hosts[3].sharesKernel);
    EXPECT_EQ(workload.hosts[0].nodes, std::nullopt);
    EXPECT_EQ(workload.hosts[0].zones, 1u);
}

TEST(NodeGroup, HasOneNodeInOneZoneByDefault)
{
    const Workload workload = Parse(With("[nodes.workers]\n[hosts.far]\nos = \"linux\"\n"
                                         "zones = 3\n"))
                                  .workload;

    EXPECT_EQ(workload.nodes.at(0).count, 1u);
    EXPECT_EQ(workload.nodes.at(0).zones, 1u);
    EXPECT_EQ(workload.hosts.at(2).zones, 3u);
}

TEST(NatPerNode, IsForHostsOnNodesOrWithACommonKernel)
{
    const std::string nat = "[nats.snat]\npreset = \"aws-vpc-cni\"\nper = \"node\"\n"
                            "inside = [\"pods\"]\n[hosts.pods]\nos = \"linux\"\n";

    EXPECT_EQ(ErrorOf(With(nat + "hosts_per_kernel = 2\n")), "");
    EXPECT_EQ(ErrorOf(With(nat + "node = \"workers\"\n[nodes.workers]\n")), "");
    EXPECT_EQ(NatOf(With(nat + "hosts_per_kernel = 2\n")).span, NatSpan::Node);
    EXPECT_EQ(ErrorOf(With(nat)),
              "small.toml:21:7: nats.snat.per = \"node\": hosts.pods is on no node: write node "
              "(and [nodes.NAME]) or hosts_per_kernel there, or per = \"host\" here");
}

TEST(Firewall, HasPortsAndSeesThoseOfTheHostsByDefault)
{
    const auto firewallOf = [](const std::string& more) {
        return Parse(With("[firewalls.acl]\nbefore = [\"office\"]\n"
                          "allowed_source_ports = \"443,32768-60999\"\n" +
                          more))
            .workload.firewalls.at(0);
    };
    const Firewall firewall = firewallOf("");

    EXPECT_EQ(firewall.name, "acl");
    EXPECT_EQ(firewall.before, Indexes{1});
    EXPECT_FALSE(firewall.seesOutside);
    EXPECT_EQ(firewall.allowed, (PortList{PortRange(443, 443), PortRange(32768, 60999)}));
    EXPECT_FALSE(firewallOf("sees = \"inside\"\n").seesOutside);
    EXPECT_TRUE(firewallOf("sees = \"outside\"\n").seesOutside);
}

TEST(Connections, SpeakOftenEnoughUnlessTheyDoNot)
{
    EXPECT_EQ(Parse(SMALLEST).workload.traffic.at(0).speaksEvery, Duration(0s));
    EXPECT_EQ(Parse(SmallestWith("hold", "speaks_every = \"30s\"\nhold"))
                  .workload.traffic.at(0)
                  .speaksEvery,
              Duration(30s));
    const std::string calls = With("[services.cart]\nruns_on = \"office\"\n[calls.a]\n"
                                   "at = \"cart\"\nto = \"api\"\nhold = \"1s\"\n");
    EXPECT_EQ(Parse(calls + "speaks_every = \"1min\"\n").workload.calls.at(0).speaksEvery,
              Duration(60s));
    EXPECT_EQ(Parse(calls).workload.calls.at(0).speaksEvery, Duration(0s));
}
