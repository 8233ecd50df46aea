// SPDX-License-Identifier: GPL-2.0-only

#include "test/core/knob-test-support.h"

#include <gtest/gtest.h>
#include <set>
#include <stdexcept>

using namespace portlab;
using namespace std::chrono_literals;

using portlab::test::Find;
using portlab::test::Row;
using portlab::test::ValueOf;
using portlab::test::With;

namespace
{

std::vector<std::string>
NamesOf(const OsProfile& profile)
{
    std::vector<std::string> names;
    for (const Knob& knob : Knobs(profile))
    {
        names.push_back(knob.name);
    }
    return names;
}

std::string
NoteOf(std::string_view row, std::string_view knob, std::string_view value)
{
    OsProfile profile = Row(row);
    return SetKnob(profile, knob, value).note;
}

/// What SetKnob says against a value; empty if it has nothing against it.
std::string
ErrorOf(std::string_view row, std::string_view knob, std::string_view value)
{
    OsProfile profile = Row(row);
    try
    {
        EXPECT_TRUE(SetKnob(profile, knob, value).known) << row << ", " << knob;
        return "";
    }
    catch (const std::invalid_argument& error)
    {
        return error.what();
    }
}

bool
Contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

TEST(Knobs, StandInAFixedOrder)
{
    EXPECT_EQ(NamesOf(Row("linux-6.18")),
              (std::vector<std::string>{"ports",
                                        "reserved",
                                        "ip_autobind_reuse",
                                        "uhash_entries",
                                        "uniqueness",
                                        "time_wait",
                                        "time_wait_grid",
                                        "hz",
                                        "tcp_tw_reuse",
                                        "tcp_tw_reuse_delay",
                                        "reuse_clock",
                                        "tcp_timestamps",
                                        "tcp_max_tw_buckets",
                                        "syn_in_time_wait",
                                        "tcp_rfc1337",
                                        "syn_timeout",
                                        "tcp_syn_retries",
                                        "tcp_syn_linear_timeouts",
                                        "tcp_fin_timeout",
                                        "tcp_orphan_retries",
                                        "tcp_max_orphans",
                                        "probe_cost",
                                        "bind_probe_cost"}));
    EXPECT_EQ(NamesOf(Row("rfc6056-4")),
              (std::vector<std::string>{"ports",
                                        "reserved",
                                        "time_wait",
                                        "time_wait_grid",
                                        "time_wait_reuse",
                                        "reuse_delay",
                                        "reuse_clock",
                                        "timestamps",
                                        "uniqueness",
                                        "syn_in_time_wait",
                                        "syn_timeout",
                                        "syn_retries",
                                        "fin_timeout",
                                        "orphan_retries",
                                        "probe_cost",
                                        "bind_probe_cost",
                                        "cells"}));
}

TEST(Knobs, AreThereOnlyWhereTheSystemHasThem)
{
    const auto has = [](const char* row, const char* knob) {
        return !Find(Row(row), knob).name.empty();
    };
    EXPECT_TRUE(has("linux-6.5", "tcp_syn_linear_timeouts"));
    EXPECT_FALSE(has("linux-6.4", "tcp_syn_linear_timeouts"));
    EXPECT_TRUE(has("linux-6.14", "tcp_tw_reuse_delay"));
    EXPECT_FALSE(has("linux-6.13", "tcp_tw_reuse_delay"));
    EXPECT_TRUE(has("linux-6.13", "reuse_delay"));
    EXPECT_TRUE(has("linux-4.8", "hz"));
    EXPECT_FALSE(has("linux-4.7", "hz"));
    EXPECT_TRUE(has("rfc6056-5", "increment"));
    EXPECT_FALSE(has("rfc6056-4", "increment"));
    EXPECT_TRUE(has("windows-xp", "MaxUserPort"));
    EXPECT_FALSE(has("windows-11", "MaxUserPort"));
}

TEST(Knobs, AreEachExplainedAndNamedOnce)
{
    for (const OsProfile& row : Profiles())
    {
        std::set<std::string> names;
        for (const Knob& knob : Knobs(row))
        {
            SCOPED_TRACE(row.name + ", " + knob.name);
            EXPECT_TRUE(names.insert(knob.name).second);
            EXPECT_EQ(knob.meaning.back(), '.');
            EXPECT_FALSE(knob.source.empty());
            EXPECT_TRUE(IsKnobOfAnyFamily(knob.name));
            EXPECT_TRUE(knob.alias.empty() || IsKnobOfAnyFamily(knob.alias));
        }
    }
}

TEST(Knobs, ShowTheRangeOfWhatIsUncertain)
{
    EXPECT_EQ(Find(Row("windows-11"), "time_wait").between, "30s to 240s");
    EXPECT_EQ(Find(Row("windows-11"), "time_wait").evidence, Evidence::Uncertain);
    EXPECT_EQ(Find(Row("linux-6.18"), "tcp_max_tw_buckets").between, "4096 to 262144");
    EXPECT_EQ(Find(Row("linux-2.6"), "ports").between, "32768-60999 or 32768-61000");
    EXPECT_EQ(Find(Row("linux-6.18"), "time_wait").between, "");
}

TEST(Knobs, GiveTheExactCommand)
{
    const auto command = [](const OsProfile& profile, const char* knob) {
        return Find(profile, knob).command;
    };
    EXPECT_EQ(command(With("linux", "ports", "1024-65535"), "ports"),
              "sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\"");
    EXPECT_EQ(command(With("linux", "reserved", "8080,9000-9010"), "reserved"),
              "sysctl -w net.ipv4.ip_local_reserved_ports=\"8080,9000-9010\"");
    EXPECT_EQ(command(Row("linux"), "tcp_tw_reuse_delay"),
              "sysctl -w net.ipv4.tcp_tw_reuse_delay=1000");
    EXPECT_EQ(command(Row("linux"), "time_wait"), "");
    EXPECT_EQ(command(With("windows", "ports", "1025-65535"), "ports"),
              "netsh int ipv4 set dynamicport tcp start=1025 num=64511");
    EXPECT_EQ(command(With("windows", "time_wait", "30s"), "time_wait"),
              "reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters /v "
              "TcpTimedWaitDelay /t REG_DWORD /d 30");
    EXPECT_EQ(
        command(With("windows", "reserved", "50000-50099"), "reserved"),
        "netsh int ipv4 add excludedportrange protocol=tcp startport=50000 numberofports=100");
    EXPECT_EQ(command(Row("windows"), "syn_timeout"), "netsh int tcp set global initialrto=1000");
    EXPECT_EQ(command(Row("windows"), "syn_retries"),
              "netsh int tcp set global maxsynretransmissions=4");
    EXPECT_EQ(command(With("windows-xp", "MaxUserPort", "65534"), "MaxUserPort"),
              "reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters /v MaxUserPort "
              "/t REG_DWORD /d 65534");
    EXPECT_EQ(command(With("ns3-stock", "time_wait", "3s"), "time_wait"),
              "Config::SetDefault(\"ns3::TcpSocketBase::MaxSegLifetime\", DoubleValue(1.5))");
    EXPECT_EQ(command(Row("ns3-stock"), "syn_retries"),
              "Config::SetDefault(\"ns3::TcpSocket::ConnCount\", UintegerValue(6))");
}

TEST(SetKnob, OfAKnobsOwnValueChangesNothing)
{
    std::vector<OsProfile> rows = Profiles();
    for (const char* version : {"linux-5.4.100", "linux-6.12", "linux-4.7", "linux-3.10"})
    {
        rows.push_back(Row(version));
    }
    for (const OsProfile& row : rows)
    {
        for (const Knob& knob : Knobs(row))
        {
            SCOPED_TRACE(row.name + ", " + knob.name);
            OsProfile changed = row;
            const KnobResult result = SetKnob(changed, knob.name, knob.value);

            EXPECT_TRUE(result.known);
            EXPECT_EQ(result.note, "");
            for (const Knob& after : Knobs(changed))
            {
                EXPECT_EQ(after.value, ValueOf(row, after.name)) << after.name;
            }
            EXPECT_EQ(Find(changed, knob.name).evidence, Evidence::Chosen);
            EXPECT_EQ(changed.syn.value.giveUpAfter, row.syn.value.giveUpAfter);
            EXPECT_EQ(changed.reuse.value, row.reuse.value);
        }
    }
}

TEST(SetKnob, AcceptsTheSystemsNames)
{
    EXPECT_EQ(With("linux", "net.ipv4.ip_local_port_range", "1024\t65535").ports.value,
              PortRange(1024, 65535));
    EXPECT_EQ(With("linux", "ip_local_port_range", "1024 65535").ports.value,
              PortRange(1024, 65535));
    EXPECT_EQ(With("linux", "net.ipv4.ip_local_reserved_ports", "8080").reserved.value,
              PortList{PortRange(8080, 8080)});
    EXPECT_EQ(With("linux", "net.ipv4.tcp_syn_retries", "3").syn.value.retries, 3u);
    EXPECT_EQ(With("linux", "syn_retries", "3").syn.value.retries, 3u);
    EXPECT_EQ(With("linux", "CONFIG_HZ", "1000").timeWaitGrid.value, Duration(4096ms));
    EXPECT_EQ(With("windows", "dynamicport", "10000-65534").ports.value, PortRange(10000, 65534));
    EXPECT_EQ(With("windows", "TcpTimedWaitDelay", "30").timeWait.value, Duration(30s));
    EXPECT_EQ(With("windows", "InitialRto", "3000").syn.value.firstTimeout, Duration(3s));
}

TEST(SetKnob, ReadsBareNumbersOnlyUnderTheSystemsName)
{
    EXPECT_EQ(With("linux", "tcp_tw_reuse_delay", "5000").reuseDelay.value, Duration(5s));
    EXPECT_EQ(With("linux", "tcp_tw_reuse_delay", "5s").reuseDelay.value, Duration(5s));
    EXPECT_EQ(With("linux", "reuse_delay", "5s").reuseDelay.value, Duration(5s));
    EXPECT_TRUE(Contains(ErrorOf("linux", "reuse_delay", "5000"), "a duration needs a unit"));
    EXPECT_TRUE(Contains(ErrorOf("windows", "time_wait", "30"), "a duration needs a unit"));
}

TEST(SetKnob, MapsTcpTwReuseToWhenAPortMayBeTaken)
{
    EXPECT_EQ(With("linux", "tcp_tw_reuse", "0").reuse.value, TimeWaitReuse::Never);
    EXPECT_EQ(With("linux", "tcp_tw_reuse", "1").reuse.value, TimeWaitReuse::AfterDelay);
    EXPECT_EQ(With("linux", "tcp_tw_reuse", "2").reuse.value, TimeWaitReuse::AfterDelayOnLoopback);
    for (const char* value : {"0", "1", "2"})
    {
        EXPECT_EQ(ValueOf(With("linux", "tcp_tw_reuse", value), "tcp_tw_reuse"), value);
    }
    EXPECT_EQ(ErrorOf("linux", "tcp_tw_reuse", "3"), "\"3\": expected a whole number from 0 to 2");
    EXPECT_EQ(ErrorOf("linux-4.18", "tcp_tw_reuse", "2"),
              "\"2\": expected a whole number from 0 to 1");

    OsProfile profile = With("linux", "tcp_tw_reuse", "1");
    EXPECT_TRUE(Contains(SetKnob(profile, "tcp_tw_reuse", "2").note, "loopback only"));
}

TEST(SetKnob, WarnsOfWhatTheRealSystemCannotDo)
{
    EXPECT_EQ(NoteOf("linux", "time_wait", "30s"),
              "Linux cannot change time_wait: it is a constant of the kernel, TCP_TIMEWAIT_LEN, "
              "60s");
    EXPECT_TRUE(Contains(NoteOf("linux", "uniqueness", "local-port"), "Linux cannot change"));
    EXPECT_TRUE(Contains(NoteOf("windows", "time_wait", "10s"), "expected 30 to 300 seconds"));
    EXPECT_EQ(NoteOf("windows", "time_wait", "30s"), "");
    EXPECT_TRUE(Contains(NoteOf("windows-xp", "ports", "1024-5000"), "MaxUserPort"));
    EXPECT_TRUE(Contains(NoteOf("ns3-stock", "ports", "1024-65535"), "no attribute"));
    EXPECT_EQ(NoteOf("rfc6056-1", "ports", "49152-65535"), "");
}

TEST(SetKnob, RefusesWhatTheRealSystemRefuses)
{
    EXPECT_EQ(ErrorOf("linux", "ports", "1024-65535"), "");
    EXPECT_TRUE(Contains(ErrorOf("linux", "ports", "1023-65535"), "EINVAL"));
    EXPECT_EQ(ErrorOf("linux", "ports", "40000"), "") << "a range of one port is legal";
    EXPECT_EQ(ErrorOf("windows", "ports", "1025-1279"), "") << "255 ports";
    EXPECT_TRUE(Contains(ErrorOf("windows", "ports", "1025-1278"), "at least 255 ports"));
    EXPECT_TRUE(Contains(ErrorOf("windows", "ports", "1024-65535"), "Windows refuses this"));
    EXPECT_EQ(ErrorOf("windows-xp", "MaxUserPort", "5000"), "");
    EXPECT_NE(ErrorOf("windows-xp", "MaxUserPort", "4999"), "");
    EXPECT_EQ(ErrorOf("windows-xp", "MaxUserPort", "65534"), "");
    EXPECT_NE(ErrorOf("windows-xp", "MaxUserPort", "65535"), "");
}

TEST(SetKnob, KnowsBothEndsOfEveryLimit)
{
    struct
    {
        const char* row;
        const char* knob;
        const char* good;
        const char* bad;
    } const table[]{{"linux", "tcp_tw_reuse_delay", "1", "0"},
                    {"linux", "tcp_tw_reuse_delay", "60000", "60001"},
                    {"linux", "tcp_tw_reuse_delay", "1ms", "1500us"},
                    {"linux", "tcp_max_tw_buckets", "0", "-1"},
                    {"linux", "tcp_max_tw_buckets", "2147483647", "2147483648"},
                    {"linux", "tcp_max_tw_buckets", "off", "OFF"},
                    {"linux", "tcp_syn_retries", "1", "0"},
                    {"linux", "tcp_syn_retries", "127", "128"},
                    {"linux", "tcp_syn_linear_timeouts", "0", "-1"},
                    {"linux", "tcp_syn_linear_timeouts", "127", "128"},
                    {"linux", "hz", "300", "299"},
                    {"linux", "syn_timeout", "1ns", "0s"},
                    {"windows", "TcpTimedWaitDelay", "30", "29"},
                    {"windows", "TcpTimedWaitDelay", "300", "301"},
                    {"windows", "InitialRto", "300", "290"},
                    {"windows", "InitialRto", "3000", "3010"},
                    {"windows", "InitialRto", "310", "311"},
                    {"windows", "MaxSynRetransmissions", "2", "1"},
                    {"windows", "MaxSynRetransmissions", "8", "9"},
                    {"rfc6056-4", "cells", "1", "0"},
                    {"rfc6056-5", "increment", "65536", "65537"},
                    {"windows", "time_wait_reuse", "never", "Never"},
                    {"windows", "uniqueness", "local-address-and-port", "4-tuple"},
                    {"windows", "syn_in_time_wait", "ignore", "drop"}};

    for (const auto& limit : table)
    {
        SCOPED_TRACE(std::string(limit.row) + ", " + limit.knob);
        EXPECT_EQ(ErrorOf(limit.row, limit.knob, limit.good), "");
        const std::string error = ErrorOf(limit.row, limit.knob, limit.bad);
        EXPECT_EQ(error.substr(0, error.find(':')), '"' + std::string(limit.bad) + '"') << error;
        EXPECT_TRUE(Contains(error, "expected")) << error;
    }
}

TEST(SetKnob, LeavesTheRowAloneWhenItRefuses)
{
    OsProfile profile = Row("linux");
    EXPECT_THROW(SetKnob(profile, "ports", "80-65535"), std::invalid_argument);
    EXPECT_THROW(SetKnob(profile, "ports", "65535-1024"), std::invalid_argument);

    EXPECT_EQ(profile.ports.value, PortRange(32768, 60999));
    EXPECT_EQ(profile.ports.evidence, Evidence::Measured);
}

TEST(SetKnob, TellsAMisspellingFromAWrongSystem)
{
    OsProfile windows = Row("windows");
    EXPECT_FALSE(SetKnob(windows, "tcp_tw_reuse", "1").known);
    EXPECT_TRUE(IsKnobOfAnyFamily("tcp_tw_reuse"));
    EXPECT_TRUE(IsKnobOfAnyFamily("net.ipv4.tcp_tw_reuse"));
    EXPECT_FALSE(SetKnob(windows, "tcp_tw_resue", "1").known);
    EXPECT_FALSE(IsKnobOfAnyFamily("tcp_tw_resue"));
    EXPECT_FALSE(IsKnobOfAnyFamily(""));
}

TEST(SetKnob, EndsTheLimitOfTwentyOneSecondsWithTheDefault)
{
    EXPECT_EQ(With("windows", "syn_retries", "6").syn.value.giveUpAfter, Duration(0s));
    EXPECT_EQ(With("windows", "syn_retries", "4").syn.value.giveUpAfter, Duration(21s));
}

TEST(SetKnob, MovesTheFirstPickOfNs3WithItsRange)
{
    EXPECT_EQ(With("ns3-stock", "ports", "1024-65535").tcp.value.firstPick, Port{1025});
    EXPECT_EQ(With("ns3-stock", "ports", "1024-65535").udp.value.firstPick, Port{1025});
    EXPECT_EQ(With("ns3-stock", "ports", "5000").tcp.value.firstPick, Port{5000});
}

TEST(SetKnob, SetsTheAlgorithmOfTcpAndUdpAlike)
{
    const OsProfile row = With("rfc6056-5", "increment", "7");
    EXPECT_EQ(row.tcp.value.increment, 7u);
    EXPECT_EQ(row.udp.value.increment, 7u);
}
