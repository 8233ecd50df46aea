// SPDX-License-Identifier: GPL-2.0-only

// Knobs in the words of real systems: their names, units, commands and limits.

#include "test/core/nat-knob-test-support.h"

using namespace portlab;
using namespace portlab::test::nats;
using namespace std::chrono_literals;

TEST(NatKnobs, GiveTheExactCommand)
{
    const NatPreset masquerade = FindNatPreset("linux-masquerade");
    EXPECT_EQ(CommandOf(masquerade, "tcp_established"),
              "sysctl -w net.netfilter.nf_conntrack_tcp_timeout_established=432000");
    EXPECT_EQ(CommandOf(masquerade, "on_unknown_flow"),
              "sysctl -w net.netfilter.nf_conntrack_tcp_loose=1");
    EXPECT_EQ(CommandOf(With("linux-masquerade", "table_size", "off"), "table_size"),
              "sysctl -w net.netfilter.nf_conntrack_max=0");
    EXPECT_EQ(CommandOf(With("linux-masquerade", "ports", "40000-49999"), "ports"),
              "iptables -t nat -A POSTROUTING -o INTERFACE -p PROTOCOL -j MASQUERADE --to-ports "
              "40000-49999");
    EXPECT_EQ(CommandOf(FindNatPreset("aws-vpc-cni"), "random_fully"),
              "kubectl -n kube-system set env daemonset/aws-node "
              "AWS_VPC_K8S_CNI_RANDOMIZESNAT=prng");
    EXPECT_EQ(CommandOf(FindNatPreset("gcp-cloud-nat-static"), "block_size"),
              "gcloud compute routers nats update NAT --router=ROUTER --region=REGION "
              "--min-ports-per-vm=64");
    EXPECT_EQ(CommandOf(With("azure-nat-gateway", "tcp_established", "10min"), "tcp_established"),
              "az network nat gateway update --resource-group GROUP --name NAME --idle-timeout 10");
    EXPECT_EQ(CommandOf(FindNatPreset("azure-lb-default"), "block_size"), "");
    EXPECT_EQ(CommandOf(FindNatPreset("aws-nlb"), "tcp_established"),
              "aws elbv2 modify-listener-attributes --listener-arn ARN --attributes "
              "Key=tcp.idle_timeout.seconds,Value=350");
    EXPECT_EQ(CommandOf(FindNatPreset("aws-nat-gateway"), "tcp_established"), "");
    EXPECT_EQ(CommandOf(FindNatPreset("openbsd-pf"), "expiry_grid"),
              "pf.conf: set timeout interval 10");
    EXPECT_EQ(CommandOf(FindNatPreset("cgn-pba"), "most_blocks"),
              "set services nat pool POOL port secured-port-block-allocation block-size 128 "
              "max-blocks-per-address 8 active-block-timeout 0");
    EXPECT_EQ(CommandOf(FindNatPreset("winnat"), "tcp_transitory"),
              "Set-NetNat -Name NAME -TcpTransientConnectionTimeout 120");
    EXPECT_EQ(CommandOf(FindNatPreset("cilium"), "tcp_closing"),
              "cilium config set bpf-ct-timeout-regular-tcp-fin 10s");
    EXPECT_EQ(CommandOf(FindNatPreset("cisco-ios"), "udp_idle"),
              "ip nat translation udp-timeout 300");
}

TEST(SetNatKnob, AcceptsTheSystemsNamesAndTheirBareNumbers)
{
    EXPECT_EQ(
        With("linux-masquerade", "net.netfilter.nf_conntrack_tcp_timeout_established", "86400")
            .tcp.established.value,
        Duration(24h));
    EXPECT_EQ(With("home-router", "nf_conntrack_max", "1000").ofTable.value, 1000u);
    EXPECT_EQ(With("linux-masquerade", "net.netfilter.nf_conntrack_max", "0").ofTable.value,
              std::nullopt);
    EXPECT_EQ(With("linux-masquerade", "nf_conntrack_tcp_loose", "0").onUnknownFlow.value,
              UnknownFlowRule::Drop);
    EXPECT_EQ(With("gcp-cloud-nat-static", "minPortsPerVm", "1024").blockSize.value, 1024u);
    EXPECT_EQ(With("azure-nat-gateway", "idleTimeoutInMinutes", "4").tcp.established.value,
              Duration(4min));
    EXPECT_EQ(With("ec2-connection-tracking", "TcpEstablishedTimeout", "350").tcp.established.value,
              Duration(350s));
    EXPECT_EQ(With("openbsd-pf", "tcp.finwait", "10").tcp.lastAck.value, Duration(10s));
    EXPECT_EQ(With("winnat", "UdpInboundRefresh", "1").refresh.value, RefreshRule::Both);
    EXPECT_TRUE(Contains(ErrorOf("linux-masquerade", "tcp_close", "5"), "a duration needs a unit"));
    EXPECT_TRUE(Contains(ErrorOf("azure-nat-gateway", "idleTimeoutInMinutes", "4294967295"),
                         "at most 100 years"));
}

TEST(SetNatKnob, LetsStaticPortKeepEveryPort)
{
    EXPECT_FALSE(With("openbsd-pf", "pick", "search").preservesAnyPort.value);
    EXPECT_TRUE(With("openbsd-pf", "pick", "preserve").preservesAnyPort.value);
}

TEST(SetNatKnob, SetsTimersTogetherThatAreOne)
{
    const NatPreset google = With("gcp-cloud-nat-static", "tcpTransitoryIdleTimeoutSec", "7");
    EXPECT_EQ(google.tcp.synSent.value, Duration(7s));
    EXPECT_EQ(google.tcp.lastAck.value, Duration(7s));
    EXPECT_EQ(google.tcp.timeWait.value, Duration(120s));

    const NatPreset cilium = With("cilium", "bpf-ct-timeout-regular-any", "5");
    EXPECT_EQ(cilium.udpNew.value, Duration(5s));
    EXPECT_EQ(cilium.icmpIdle.value, Duration(5s));

    EXPECT_EQ(With("aws-nat-gateway", "tcp_established", "60s").tcp.unacked.value, Duration(60s));
    EXPECT_EQ(With("linux-masquerade", "tcp_established", "60s").tcp.unacked.value, Duration(300s));
}

TEST(SetNatKnob, OfLinuxsPortsMakesARuleWithoutClasses)
{
    const NatPreset preset = With("linux-masquerade", "ports", "40000-49999");

    EXPECT_TRUE(preset.lowClasses.value.empty());
    EXPECT_FALSE(preset.preservesAnyPort.value);
    EXPECT_FALSE(With("linux-masquerade", "ports", "1024-65535").lowClasses.value.empty());
}

TEST(SetNatKnob, OfRandomFullyIsWhatTheOtherPresetHas)
{
    const NatPreset preset = With("linux-masquerade", "random_fully", "on");
    const NatPreset wanted = FindNatPreset("linux-masquerade-random-fully");
    for (const Knob& knob : Knobs(wanted))
    {
        EXPECT_EQ(Find(preset, knob.name).value, knob.value) << knob.name;
    }

    const NatPreset plain = With("aws-vpc-cni", "AWS_VPC_K8S_CNI_RANDOMIZESNAT", "none");
    EXPECT_EQ(plain.pick.value, PortPick::PreserveThenSearch);
    EXPECT_EQ(plain.mapping.value, MappingRule::InheritLatest);
    EXPECT_EQ(ErrorOf("aws-vpc-cni", "AWS_VPC_K8S_CNI_RANDOMIZESNAT", "hashrandom"), "");
    EXPECT_EQ(ErrorOf("aws-vpc-cni", "random_fully", "none"), "\"none\": expected on or off");
}

TEST(SetNatKnob, OfEndpointIndependentMappingGivesPortsToEndpoints)
{
    const NatPreset preset =
        With("gcp-cloud-nat-static", "enableEndpointIndependentMapping", "true");

    EXPECT_EQ(preset.mapping.value, MappingRule::EndpointIndependent);
    EXPECT_EQ(preset.tcpUnique.value, NatUniqueness::Endpoint);
    EXPECT_EQ(preset.udpUnique.value, NatUniqueness::Endpoint);
    EXPECT_TRUE(
        Contains(NoteOf("gcp-cloud-nat-dynamic", "endpoint_independent_mapping", "on"), "refuses"));
    EXPECT_EQ(NoteOf("gcp-cloud-nat-static", "endpoint_independent_mapping", "on"), "");
}

TEST(SetNatKnob, OfAzuresRulesTakesEightPortsForEach)
{
    EXPECT_EQ(Find(FindNatPreset("azure-lb-default"), "lb_rules").value, "0");
    const NatPreset preset = With("azure-lb-default", "lb_rules", "2");
    EXPECT_EQ(preset.ports.value, PortRange(1024, 65007));
    EXPECT_EQ(Find(preset, "lb_rules").value, "2");
    EXPECT_EQ(With("azure-lb-default", "lb_rules", "7999").ports.value.Count(), 8u);
    EXPECT_NE(ErrorOf("azure-lb-default", "lb_rules", "8000"), "");
}

TEST(SetNatKnob, WarnsOfWhatTheRealDeviceCannotDo)
{
    EXPECT_EQ(NoteOf("linux-masquerade", "filtering", "endpoint-independent"),
              "Linux cannot change filtering: this is a what-if");
    EXPECT_EQ(NoteOf("aws-nat-gateway", "tcp_established", "60s"),
              "AWS cannot change tcp_established: this is a what-if");
    EXPECT_EQ(NoteOf("azure-nat-gateway", "tcp_established", "121min"),
              "Azure cannot set such a tcp_established: expected 4 to 120 times 60s "
              "(idleTimeoutInMinutes)");
    EXPECT_EQ(NoteOf("azure-nat-gateway", "tcp_established", "120min"), "");
    EXPECT_NE(NoteOf("azure-nat-gateway", "tcp_established", "250s"), "") << "no whole minutes";
    EXPECT_NE(NoteOf("linux-masquerade", "tcp_close", "1500ms"), "") << "no whole seconds";
    EXPECT_TRUE(Contains(NoteOf("linux-masquerade", "pick", "search"), "random_fully does"));
    EXPECT_EQ(NoteOf("linux-masquerade", "random_fully", "on"), "");
    EXPECT_EQ(NoteOf("full-cone", "filtering", "address-dependent"), "") << "no real device";
}

TEST(SetNatKnob, RefusesWhatTheRealDeviceRefuses)
{
    EXPECT_EQ(ErrorOf("azure-nat-gateway", "idleTimeoutInMinutes", "3"),
              "\"3\": Azure refuses this: expected 4 to 120 times 60s (idleTimeoutInMinutes)");
    EXPECT_EQ(ErrorOf("ec2-connection-tracking", "UdpTimeout", "60"), "");
    EXPECT_NE(ErrorOf("ec2-connection-tracking", "UdpTimeout", "61"), "");
    EXPECT_EQ(ErrorOf("aws-nlb", "tcp.idle_timeout.seconds", "6000"), "");
    EXPECT_NE(ErrorOf("aws-nlb", "tcp.idle_timeout.seconds", "6001"), "");
    EXPECT_EQ(ErrorOf("aws-nlb", "tcp_established", "6001s"), "") << "a what-if";
}
