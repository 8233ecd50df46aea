// SPDX-License-Identifier: GPL-2.0-only

#include "test/core/nat-knob-test-support.h"

#include <set>

using namespace portlab;
using namespace portlab::test::nats;

TEST(NatKnobs, HaveOneTableForAllPresetsInAFixedOrder)
{
    const std::vector<std::string> common{"ports",
                                          "low_ports",
                                          "reserved",
                                          "uniqueness",
                                          "udp_uniqueness",
                                          "translates_icmp",
                                          "mapping",
                                          "filtering",
                                          "pick",
                                          "search",
                                          "retries",
                                          "preserve_any_port",
                                          "start_by_16_bits",
                                          "address_pick",
                                          "spill",
                                          "blocks",
                                          "block_size",
                                          "most_blocks",
                                          "most_ports_per_host",
                                          "block_active",
                                          "mappings_per_subscriber",
                                          "flows_per_destination",
                                          "table_size",
                                          "buckets",
                                          "tcp_syn_sent",
                                          "tcp_syn_recv",
                                          "tcp_established",
                                          "tcp_unacked",
                                          "tcp_fin_wait",
                                          "tcp_close_wait",
                                          "tcp_last_ack",
                                          "tcp_time_wait",
                                          "tcp_close",
                                          "udp_new",
                                          "udp_stream",
                                          "udp_stream_after",
                                          "icmp",
                                          "rest_after_fin",
                                          "rest_after_reset",
                                          "rest_after_attempt",
                                          "rest_after_idle",
                                          "expiry_grid",
                                          "refresh",
                                          "reopen",
                                          "evict_closing",
                                          "on_exhaustion",
                                          "on_unknown_flow",
                                          "hairpin",
                                          "race_window"};
    for (const NatPreset& preset : NatPresets())
    {
        const auto knobs = Knobs(preset);
        ASSERT_GE(knobs.size(), common.size()) << preset.name;
        for (std::size_t i = 0; i < common.size(); ++i)
        {
            EXPECT_EQ(knobs[i].name, common[i]) << preset.name;
        }
    }
}

TEST(NatKnobs, AreEachExplainedAndNamedOnce)
{
    for (const NatPreset& preset : NatPresets())
    {
        std::set<std::string> names;
        for (const Knob& knob : Knobs(preset))
        {
            SCOPED_TRACE(preset.name + ", " + knob.name);
            EXPECT_TRUE(names.insert(knob.name).second);
            EXPECT_EQ(knob.meaning.back(), '.');
            EXPECT_FALSE(knob.source.empty());
            EXPECT_TRUE(IsKnobOfAnyNat(knob.name));
            EXPECT_TRUE(knob.alias.empty() || IsKnobOfAnyNat(knob.alias));
            EXPECT_EQ(knob.command.find('%'), std::string::npos) << knob.command;
        }
    }
}

TEST(NatKnobs, ShowWhatIsUncertain)
{
    EXPECT_EQ(Find(FindNatPreset("aws-nat-gateway"), "tcp_time_wait").between, "0s to 60s");
    EXPECT_EQ(Find(FindNatPreset("linux-masquerade"), "table_size").between, "65536 to 262144");
    EXPECT_EQ(Find(FindNatPreset("cgn-pba"), "filtering").between,
              "endpoint-independent or address-dependent");
    EXPECT_EQ(Find(FindNatPreset("home-router"), "hairpin").between, "off or on");
    EXPECT_EQ(Find(FindNatPreset("linux-masquerade"), "tcp_close").between, "");
}

TEST(SetNatKnob, OfAKnobsOwnValueChangesNothing)
{
    for (const NatPreset& preset : NatPresets())
    {
        const auto before = Knobs(preset);
        for (std::size_t knob = 0; knob < before.size(); ++knob)
        {
            SCOPED_TRACE(preset.name + ", " + before[knob].name);
            NatPreset changed = preset;
            const KnobResult result = SetKnob(changed, before[knob].name, before[knob].value);

            EXPECT_TRUE(result.known);
            EXPECT_EQ(result.note, "");
            const auto after = Knobs(changed);
            ASSERT_EQ(after.size(), before.size());
            for (std::size_t i = 0; i < after.size(); ++i)
            {
                EXPECT_EQ(after[i].value, before[i].value) << after[i].name;
            }
            EXPECT_EQ(after[knob].evidence, Evidence::Chosen);
        }
    }
}

TEST(SetNatKnob, ReadsBackWhatItPrints)
{
    struct
    {
        const char* knob;
        std::vector<const char*> values;
    } const table[]{
        {"ports", {"1-65535", "2000"}},
        {"low_ports", {"", "1-511:1-511", "1-511:1-511,512-1023:600-1023"}},
        {"reserved", {"", "30000-32767", "22,443"}},
        {"uniqueness",
         {"destination", "destination-address", "endpoint", "endpoint-then-destination"}},
        {"mapping",
         {"endpoint-independent",
          "address-dependent",
          "address-and-port-dependent",
          "inherit-latest"}},
        {"filtering", {"endpoint-independent", "address-dependent", "address-and-port-dependent"}},
        {"pick", {"keep", "preserve", "preserve-then-search", "search"}},
        {"search", {"random-start", "windowed", "linear", "up-then-down", "any-free", "in-order"}},
        {"address_pick",
         {"hash-inside",
          "hash-inside-and-remote",
          "paired",
          "fill-in-order",
          "round-robin",
          "random"}},
        {"blocks", {"none", "static", "on-demand", "doubling", "deterministic"}},
        {"block_size", {"128", "50:1024,100:512", "64"}},
        {"mappings_per_subscriber", {"1000", "off"}},
        {"tcp_syn_sent", {"0s", "1500ms", "2h"}},
        {"rest_after_fin", {"off", "65s"}},
        {"refresh", {"outbound", "inbound", "both"}},
        {"on_exhaustion", {"silent", "icmp", "reset"}},
        {"on_unknown_flow", {"drop", "reset", "pick-up"}},
        {"hairpin", {"on", "off"}},
        {"race_window", {"1500ns", "off"}}};

    for (const char* row : {"linux-masquerade", "symmetric"})
    {
        NatPreset preset = FindNatPreset(row);
        for (const auto& [knob, values] : table)
        {
            for (const std::string value : values)
            {
                SCOPED_TRACE(std::string(knob) + " = " + value);
                ASSERT_TRUE(SetKnob(preset, knob, value).known);
                const std::string shown = Find(preset, knob).value;
                EXPECT_EQ(shown, value == "1500ms" ? "1.5s" : value == "1500ns" ? "1.5us" : value);
            }
        }
    }
}

TEST(SetNatKnob, SaysWhatItExpected)
{
    struct
    {
        const char* knob;
        const char* bad;
        const char* expected;
    } const table[]{{"ports", "0-65535", "nobody can use port 0"},
                    {"ports", "2-1", "is empty"},
                    {"low_ports", "1-511", "expected inside and external ports such as"},
                    {"low_ports", "1-5:1-5,", "expected inside and external ports such as"},
                    {"low_ports", "0-5:0-5", "nobody can use port 0"},
                    {"uniqueness", "4-tuple", "expected destination, destination-address"},
                    {"retries", "65537", "expected a whole number from 0 to 65536"},
                    {"most_blocks", "0", "expected a whole number from 1 to 65536"},
                    {"block_size", "65537", "expected a whole number from 0 to 65536"},
                    {"block_size", "50:1024,50:512", "the numbers of hosts have to rise"},
                    {"block_size", "50:0", "expected a whole number from 1 to 65536"},
                    {"table_size", "0", "expected a whole number from 1 to 2147483647, or off"},
                    {"table_size", "2147483648", "expected a whole number from 1 to 2147483647"},
                    {"flows_per_destination", "-1", "expected a whole number, or off"},
                    {"buckets", "2147483648", "expected a whole number from 0 to 2147483647"},
                    {"tcp_close", "-1s", "cannot be negative"},
                    {"hairpin", "yes", "expected on or off"}};

    for (const auto& row : table)
    {
        const std::string error = ErrorOf("symmetric", row.knob, row.bad);
        EXPECT_TRUE(Contains(error, row.expected)) << row.knob << ": " << error;
    }
}

TEST(SetNatKnob, TellsAMisspellingFromAnotherSystemsName)
{
    NatPreset google = FindNatPreset("gcp-cloud-nat-static");
    EXPECT_FALSE(SetKnob(google, "nf_conntrack_max", "1").known);
    EXPECT_TRUE(IsKnobOfAnyNat("nf_conntrack_max"));
    EXPECT_TRUE(IsKnobOfAnyNat("idleTimeoutInMinutes"));
    EXPECT_FALSE(IsKnobOfAnyNat("nf_conntrack_mx"));
    EXPECT_FALSE(IsKnobOfAnyNat("tcp_tw_reuse"));
    EXPECT_FALSE(IsKnobOfAnyNat(""));
}
