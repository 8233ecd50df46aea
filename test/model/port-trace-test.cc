// SPDX-License-Identifier: GPL-2.0-only

#include "helper/port-trace-helper.h"
#include "test/model/udp-net.h"

#include "ns3/packet.h"
#include "ns3/simulator.h"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace portlab::test
{

namespace
{

using namespace ns3;
using ns3::Address; // Not the core's.

const std::string HEAD = "time_s,node,peer,port,probes,outcome\n";

TEST(PortTrace, WritesARowForEveryPortThatIsGrantedOrRefused)
{
    std::ostringstream table;
    TwoHosts net(System("linux-6.18", {{"ports", "40000"}}));
    PortTraceHelper().EnableCsv(Create<OutputStreamWrapper>(&table), net.hosts);
    Simulator::Schedule(MilliSeconds(1500), [&] {
        EXPECT_EQ(MakeUdp(net.hosts.Get(0))->Connect(net.There(53)), 0);
        EXPECT_EQ(MakeUdp(net.hosts.Get(0))->Connect(net.There(54)), -1);
    });
    Simulator::Schedule(Seconds(70000) + NanoSeconds(1), [&] {
        MakeUdp(net.hosts.Get(1))->SendTo(Create<Packet>(1), 0, net.There6(7));
    });
    TwoHosts::RunUntil(Seconds(70001));
    EXPECT_EQ(table.str(),
              HEAD + "1.500000000,0,192.0.2.2:53,40000,1,granted\n"
                     "1.500000000,0,192.0.2.2:54,,1,EAGAIN\n"
                     "70000.000000001,1,[2001:db8::200:ff:fe00:2]:7,40000,1,granted\n");
}

TEST(PortTrace, HasThePortsThatBindChoosesAndNoneThatProgramsName)
{
    std::ostringstream table;
    TwoHosts net(System("linux-6.18", {{"ports", "40000"}}));
    PortTraceHelper().EnableCsv(Create<OutputStreamWrapper>(&table), net.hosts);
    const auto named = MakeUdp(net.hosts.Get(0));
    const auto first = MakeUdp(net.hosts.Get(0));
    const auto second = MakeUdp(net.hosts.Get(0));
    EXPECT_EQ(named->Bind(InetSocketAddress(Ipv4Address::GetAny(), 53)), 0);
    EXPECT_EQ(first->Bind(InetSocketAddress(Ipv4Address::GetAny(), 0)), 0);
    EXPECT_EQ(second->Bind(InetSocketAddress(Ipv4Address::GetAny(), 0)), -1);
    EXPECT_EQ(table.str(),
              HEAD + "0.000000000,0,0.0.0.0:0,40000,1,granted\n"
                     "0.000000000,0,0.0.0.0:0,,1,EADDRINUSE\n");
}

TEST(PortTrace, GoesToAFile)
{
    const std::string name = testing::TempDir() + "port-trace-test.csv";
    {
        TwoHosts net(System("linux-6.18", {{"ports", "40000"}}));
        PortTraceHelper().EnableCsvAll(name);
        MakeUdp(net.hosts.Get(1))->Connect(net.There(53));
    }
    std::ostringstream text;
    text << std::ifstream(name).rdbuf();
    EXPECT_EQ(text.str(), HEAD + "0.000000000,1,192.0.2.2:53,40000,1,granted\n");
}

TEST(PortTrace, SaysWhenThereIsNothingToWrite)
{
    TwoHosts net(System("ns3-stock"));
    std::ostringstream table;
    ExpectSentence("none of these nodes has an operating system; install a PortlabHostHelper", [&] {
        PortTraceHelper().EnableCsv(Create<OutputStreamWrapper>(&table), net.hosts);
    });
}

} // namespace

} // namespace portlab::test
