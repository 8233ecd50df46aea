// SPDX-License-Identifier: GPL-2.0-only

#include "test/scenarios/detect-support.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace portlab;
using namespace portlab::test;

namespace
{

const std::string HEADING = "  sl  local_address rem_address   st tx_queue rx_queue\n";

} // namespace

TEST(Detect, TunesOnlyWhatDiffersFromTheProfile)
{
    const Pasted host(Detected(RECORDED));

    EXPECT_EQ(host.Os(), "linux-6.18.44");
    EXPECT_EQ(host.TunedCount(), 3u);
    EXPECT_EQ(host.Text("ports"), "40000-49999");
    EXPECT_EQ(host.Text("reserved"), "40000-40099");
    EXPECT_EQ(host.Number("tcp_syn_retries"), 3);
}

TEST(Detect, WritesWhatTheCatalogueTakesBack)
{
    for (const fs::path& root : {RECORDED, HANDWRITTEN})
    {
        const Machine machine = ReadMachine(MachineFiles(root));
        OsProfile profile = FindProfile(machine.os).profile;
        for (const auto& [knob, value] : machine.tuned)
        {
            EXPECT_TRUE(SetKnob(profile, knob, value).known) << knob;
        }
        const auto knobs = Knobs(profile);
        const auto expected = Knobs(machine.match.profile);
        ASSERT_EQ(knobs.size(), expected.size());
        for (std::size_t i = 0; i < knobs.size(); ++i)
        {
            EXPECT_EQ(knobs[i].value, expected[i].value) << knobs[i].name;
        }
    }
}

TEST(Detect, ReadsADistributorsOlderKernel)
{
    const std::string text = Detected(HANDWRITTEN);
    const Pasted host(text);

    EXPECT_EQ(host.Os(), "linux-5.15.0");
    EXPECT_EQ(host.Text("ports"), "1024-65535");
    EXPECT_EQ(host.Number("tcp_tw_reuse"), 1);
    EXPECT_EQ(host.Number("hz"), 1000);
    EXPECT_TRUE(Contains(text, "# Kernel 5.15.0-91-generic: a distributor may have changed"));
    EXPECT_TRUE(Contains(text, "CVE-2022-32296"));
    EXPECT_FALSE(Contains(text, "tcp_tw_reuse_delay")) << "5.15 has no such setting";
    EXPECT_FALSE(Contains(Detected(RECORDED), "distributor"));
}

TEST(Detect, CountsPortsByDestination)
{
    const PortUsage usage = *ReadMachine(MachineFiles(RECORDED)).usage;

    EXPECT_EQ(usage.reserved, 100u);
    EXPECT_EQ(usage.listening, 1u);
    EXPECT_EQ(usage.usable, 10000u - 100u - 1u);
    ASSERT_EQ(usage.destinations.size(), 4u);
    const DestinationUse& busiest = usage.destinations[0];
    EXPECT_EQ(busiest.from, "192.0.2.1");
    EXPECT_EQ(busiest.to, "198.51.100.7");
    EXPECT_EQ(busiest.port, 443);
    EXPECT_EQ(busiest.established, 6u);
    EXPECT_EQ(busiest.timeWait, 9u);
    EXPECT_EQ(busiest.other, 0u);
    EXPECT_EQ(busiest.portsUsed, 15u);
    EXPECT_EQ(busiest.portsFree, 9899u - 15u);
    EXPECT_EQ(usage.destinations[1].to, "2001:db8::7");
    EXPECT_EQ(usage.destinations[1].timeWait, 1u);
    EXPECT_EQ(usage.destinations[2].to, "203.0.113.9");
    EXPECT_EQ(usage.destinations[2].other, 1u) << "a SYN without an answer";
    EXPECT_EQ(usage.destinations[3].from, "198.51.100.7") << "IPv4 through an IPv6 socket";
}

TEST(Detect, CountsTheEndsOfTheRangeAndNothingOutside)
{
    const PortUsage usage = *ReadMachine(MachineFiles(HANDWRITTEN)).usage;

    EXPECT_EQ(usage.usable, 64512u - 12u);
    EXPECT_EQ(usage.listening, 0u) << "port 8080 listens, but is reserved anyway";
    ASSERT_EQ(usage.destinations.size(), 2u) << "the accepted connection on port 22 does not count";
    EXPECT_EQ(usage.destinations[0].established, 2u) << "1024, and 9000 which is reserved";
    EXPECT_EQ(usage.destinations[0].timeWait, 1u) << "65535";
    EXPECT_EQ(usage.destinations[0].other, 1u) << "1023";
    EXPECT_EQ(usage.destinations[0].portsUsed, 2u) << "1024 and 65535";
    EXPECT_EQ(usage.destinations[0].portsFree, 64498u);
}

TEST(Detect, PrintsTheSameAsJsonAndCsv)
{
    const auto json = nlohmann::json::parse(Detected(RECORDED, OutputFormat::Json));
    EXPECT_EQ(json["os"], "linux-6.18.44");
    EXPECT_EQ(json["tuned"]["ports"], "40000-49999");
    EXPECT_EQ(json["usage"]["ports_usable"], 9899);
    EXPECT_EQ(json["usage"]["destinations"][0]["time_wait"], 9);

    const std::string csv = Detected(RECORDED, OutputFormat::Csv);
    EXPECT_EQ(csv.substr(0, csv.find('\n')),
              "from,to,port,established,time_wait,other,ports_used,ports_free");
    EXPECT_TRUE(Contains(csv, "\n192.0.2.1,198.51.100.7,443,6,9,0,15,9884\n"));
}

TEST(Detect, DescribesTheMachineItRunsOn)
{
    EXPECT_EQ(Detected("/").substr(0, 20), "[hosts.this-machine]");
}

TEST(Detect, RefusesARootThatIsNoDirectory)
{
    EXPECT_THROW(MachineFiles(RECORDED / "no-such-place"), std::invalid_argument);
    EXPECT_THROW(MachineFiles(RECORDED / "proc/net/tcp"), std::invalid_argument);
}

TEST_F(ChangedMachine, SaysInCommentsWhatIsMissing)
{
    for (const char* file : {"proc/sys/kernel/osrelease",
                             "proc/sys/net/ipv4/ip_local_port_range",
                             "proc/sys/net/ipv4/ip_local_reserved_ports",
                             "proc/sys/net/ipv4/tcp_tw_reuse_delay",
                             "proc/sys/net/ipv4/tcp_fin_timeout",
                             "boot/config-6.18.44",
                             "proc/net/tcp",
                             "proc/net/tcp6"})
    {
        Remove(file);
    }
    const std::string text = Detected();

    EXPECT_EQ(Pasted(text).Os(), "linux");
    EXPECT_TRUE(Contains(text, "# Kernel release not read"));
    EXPECT_TRUE(Contains(text, "# ip_local_port_range not read"));
    EXPECT_TRUE(Contains(text, "# ip_local_reserved_ports not read"));
    EXPECT_TRUE(Contains(text, "# tcp_tw_reuse_delay not read"));
    EXPECT_TRUE(Contains(text, "# tcp_fin_timeout not read"));
    EXPECT_FALSE(Contains(text, "ip_local_port_step_width")) << "6.18 does not have it";
    EXPECT_TRUE(Contains(text, "# hz not read, 250 assumed"));
    EXPECT_TRUE(Contains(text, "# Sockets not read"));
    EXPECT_FALSE(Contains(text, "connect() can choose"));
}

TEST_F(ChangedMachine, MayHaveASettingThatItsReleaseLacks)
{
    Write("proc/sys/kernel/osrelease", "6.12.1\n");

    EXPECT_TRUE(Contains(Detected(), "# tcp_tw_reuse_delay is 1000, but linux-6.12.1 has no such"));
}

TEST_F(ChangedMachine, IsKnownByTheFirstThreeNumbersOfItsRelease)
{
    const std::pair<const char*, const char*> table[]{{"2.6.32.71", "linux-2.6.32"},
                                                      {"6.18.0-rc1+", "linux-6.18.0"},
                                                      {"6.18-rc1", "linux-6.18"},
                                                      {"3.10.0-1160.el7", "linux-3.10.0"}};
    for (const auto& [release, os] : table)
    {
        Write("proc/sys/kernel/osrelease", std::string(release) + "\n");
        EXPECT_EQ(Pasted(Detected()).Os(), os);
    }
}

TEST_F(ChangedMachine, MayHaveASettingThatTheModelDoesNotTake)
{
    Write("proc/sys/net/ipv4/ip_local_port_range", "1\t65535\n");
    const std::string text = Detected();

    EXPECT_TRUE(Contains(text, "# ip_local_port_range was not taken over"));
    EXPECT_FALSE(Contains(text, "\nports ="));
}

TEST_F(ChangedMachine, IsRefusedWithFileAndLineWhenASettingIsMalformed)
{
    const std::pair<const char*, const char*> table[]{
        {"proc/sys/kernel/osrelease", "Linux\n"},
        {"proc/sys/net/ipv4/ip_local_port_range", "32768\n"},
        {"proc/sys/net/ipv4/ip_local_port_range", "32768 60999 1\n"},
        {"proc/sys/net/ipv4/ip_local_reserved_ports", "8080;9000\n"},
        {"proc/sys/net/ipv4/tcp_tw_reuse", "\n"},
        {"proc/sys/net/ipv4/tcp_tw_reuse", "2 2\n"},
        {"proc/sys/net/ipv4/tcp_max_tw_buckets", "-1\n"},
        {"proc/sys/net/ipv4/tcp_syn_retries", "six\n"}};
    for (const auto& [file, text] : table)
    {
        Write(file, text);
        const std::string error = Error();
        EXPECT_EQ(error.substr(0, Place(file, 1).size()), Place(file, 1));
        EXPECT_TRUE(Contains(error, "expected")) << error;
        fs::copy_file(RECORDED / file, m_root / file, fs::copy_options::overwrite_existing);
    }
    EXPECT_EQ(Error(), "");
}

TEST_F(ChangedMachine, IsRefusedWithFileAndLineWhenItsSocketsAreMalformed)
{
    const std::string good = "   0: 0100007F:1F90 00000000:0000 0A\n";
    const std::string place = Place("proc/net/tcp", 3);
    for (const std::string bad : {"   1: 0100007F:1F90 00000000:0000\n",
                                  "   1: 0100007F:1F90 00000000:0000 0G\n",
                                  "   1: 0100007F:1F90 00000000:0000 00\n",
                                  "   1: 0100007F:1F90 00000000:0000 0E\n",
                                  "   1: 0100007F:11F90 00000000:0000 0A\n",
                                  "   1: 0100007F:1F9 00000000:0000 0A\n",
                                  "   1: 0100007:1F90 00000000:0000 0A\n",
                                  "   1: 0100007X:1F90 00000000:0000 0A\n",
                                  "   1: 0100007F 00000000:0000 0A\n",
                                  "   1 0100007F:1F90 00000000:0000 0A\n",
                                  "   1: 127.0.0.1:8080 0.0.0.0:0 0A\n"})
    {
        Write("proc/net/tcp", HEADING + good + bad);
        EXPECT_EQ(Error().substr(0, place.size()), place) << bad;
    }
    Write("proc/net/tcp", HEADING + good);
    EXPECT_EQ(Error(), "");
}

TEST_F(ChangedMachine, IsRefusedWhenItsSocketsHaveNoHeading)
{
    Write("proc/net/tcp", "   0: 0100007F:1F90 00000000:0000 0A\n");
    EXPECT_TRUE(Contains(Error(), "expected the heading"));
    Write("proc/net/tcp", "");
    EXPECT_TRUE(Contains(Error(), "expected the heading"));
}

TEST_F(ChangedMachine, ShowsTheTenBusiestDestinationsOfMore)
{
    std::string sockets = HEADING;
    for (int i = 0; i < 12; ++i)
    {
        for (int j = 0; j <= i; ++j)
        {
            char line[80];
            std::snprintf(line,
                          sizeof(line),
                          " 0: 010200C0:%04X 076433C6:%04X 01\n",
                          static_cast<unsigned>(41000 + 100 * i + j),
                          static_cast<unsigned>(8000 + i));
            sockets += line;
        }
    }
    Write("proc/net/tcp", sockets);
    Remove("proc/net/tcp6");
    const std::string text = Detected();

    EXPECT_TRUE(Contains(text, "The busiest 10 of 12 destinations"));
    EXPECT_LT(text.find(" 8011 "), text.find(" 8010 "));
    EXPECT_TRUE(Contains(text, " 8002 "));
    EXPECT_FALSE(Contains(text, " 8001 "));
}
