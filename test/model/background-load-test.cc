// SPDX-License-Identifier: GPL-2.0-only

#include "helper/background-load.h"
#include "helper/nat-helper.h"
#include "model/core/nat/nat-catalogue.h"
#include "model/core/port/profile-catalogue.h"
#include "test/model/nat-test-net.h"
#include "test/model/tcp-net.h"

#include "ns3/simulator.h"
#include "ns3/tcp-socket-factory.h"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace
{

using namespace ns3;
using namespace std::chrono_literals;
using portlab::test::NatTestNet;
using portlab::test::TcpNet;
using portlab::test::TcpProgram;
using portlab::test::UdpPeer;

/// A host with ten ports that opens a connection a second to a service and holds it.
portlab::Workload
TenPorts(portlab::Duration hold)
{
    portlab::Workload workload;
    portlab::HostGroup host;
    host.name = "generator";
    host.profile = portlab::FindProfile("linux-6.18").profile;
    portlab::SetKnob(host.profile, "ports", "40000-40009");
    portlab::Service service;
    service.name = "api";
    service.port = 80;
    service.profile = portlab::FindProfile("linux-6.18").profile;
    portlab::Traffic traffic;
    traffic.name = "main";
    traffic.arrivals = portlab::ConstantArrivals{1.0};
    traffic.hold = portlab::FixedHold{hold};
    workload.hosts = {host};
    workload.services = {service};
    workload.traffic = {traffic};
    workload.duration = 300s;
    return workload;
}

uint64_t
NoFreePort(const portlab::RunResult& result)
{
    return result.hosts[0].failed[static_cast<std::size_t>(portlab::Failure::NoFreePort)];
}

/// A net of packets whose client is the load's generator, and whose server is its service.
TcpNet::Options
SharedWith(BackgroundLoad& load)
{
    TcpNet::Options options;
    options.prepare = [&load](const TcpNet& net) {
        load.ShareHost("generator", net.Client());
        load.ShareService("api", InetSocketAddress::ConvertFrom(net.ServerAt(80)));
    };
    return options;
}

/// The load is older than the nodes, and outlives them.
class BackgroundLoads : public testing::Test
{
  protected:
    TcpNet& Share(const portlab::Workload& workload)
    {
        m_load.emplace(workload);
        m_net.emplace(SharedWith(*m_load));
        m_net->Listen(80);
        m_net->Listen(81);
        return *m_net;
    }

    portlab::RunResult Result()
    {
        return m_load->Engine()->GetResult();
    }

    std::optional<BackgroundLoad> m_load;
    std::optional<TcpNet> m_net;
};

TEST_F(BackgroundLoads, TakePortsThatPacketsCannotHaveThen)
{
    TcpNet& net = Share(TenPorts(1000s));
    TcpNet::Until(Seconds(8.5));
    const TcpProgram& early = net.Connect(80);
    TcpNet::Until(Seconds(15));
    EXPECT_EQ(early.connected, 1) << "the tenth port is free until then";
    EXPECT_EQ(net.Ports()->GetHeld(), 10u);
    const auto late = Socket::CreateSocket(net.Client(), TcpSocketFactory::GetTypeId());
    EXPECT_EQ(late->Connect(net.ServerAt(80)), -1);
    EXPECT_EQ(late->GetErrno(), Socket::ERROR_ADDRNOTAVAIL);
    const TcpProgram& elsewhere = net.Connect(81);
    TcpNet::Pass(Seconds(1));
    EXPECT_EQ(elsewhere.connected, 1) << "Linux shares ports between destinations";
    EXPECT_GT(NoFreePort(Result()), 0u);
}

TEST_F(BackgroundLoads, LackThePortsThatPacketsHaveAndTheirTimeWaits)
{
    TcpNet& net = Share(TenPorts(0s));
    std::vector<TcpProgram*> programs;
    for (int i = 0; i < 10; ++i)
    {
        programs.push_back(&net.Connect(80));
    }
    TcpNet::Until(Seconds(20.5));
    EXPECT_EQ(Result().hosts[0].connected, 0u);
    EXPECT_GE(Result().hosts[0].attempts, 20u);
    EXPECT_EQ(NoFreePort(Result()), Result().hosts[0].attempts);
    for (TcpProgram* program : programs)
    {
        program->socket->Close();
    }
    TcpNet::Until(Seconds(80));
    EXPECT_EQ(Result().hosts[0].connected, 0u) << "TIME_WAIT lasts for a minute";
    TcpNet::Until(Seconds(84));
    EXPECT_GT(Result().hosts[0].connected, 0u);
    EXPECT_EQ(Result().hosts[0].timeWaitPeak, 10u);
}

TEST_F(BackgroundLoads, AreThemselvesWhereverElsePacketsGo)
{
    const auto attemptsWith = [](int strangers) {
        BackgroundLoad load(TenPorts(2s));
        TcpNet net(SharedWith(load));
        for (int i = 0; i < strangers; ++i)
        {
            net.Connect(static_cast<uint16_t>(1000 + i)); // Before the load's own first path.
        }
        TcpNet::Until(Seconds(100));
        const portlab::RunResult result = load.Engine()->GetResult();
        EXPECT_EQ(result.hosts[0].attempts, 100u);
        EXPECT_EQ(result.pairs.size(), 1u);
        EXPECT_EQ(result.pairs[0].attempts, 100u);
        return result.pairs[0].portsUsedPeak;
    };
    EXPECT_EQ(attemptsWith(5), attemptsWith(0));
}

/// Ten external ports, of which the load's hosts behind it take one a second.
TEST(BackgroundLoadsBehindANat, TakeMappingsThatPacketsCannotHaveThen)
{
    portlab::Workload workload = TenPorts(1000s);
    workload.traffic[0].transport = portlab::Transport::Udp; // It has ports of its own.
    portlab::NatGroup gateway;
    gateway.name = "gateway";
    gateway.preset = portlab::FindNatPreset("full-cone");
    portlab::SetKnob(gateway.preset, "ports", "50000-50009");
    gateway.insideHosts = {0};
    workload.nats = {gateway};
    BackgroundLoad load(workload);
    NatTestNet net;
    net.AddSite(1);
    net.AddServer();
    const Ptr<NatRouter> nat = net.Install(NatHelper("full-cone"));
    load.ShareNat("gateway", nat);
    std::vector<std::string> dropped;
    nat->TraceConnectWithoutContext(
        "Dropped",
        Callback<void, Ptr<const Packet>, const Ipv4Header&, std::string>(
            [&](Ptr<const Packet>, const Ipv4Header&, std::string reason) {
                dropped.push_back(reason);
            }));
    UdpPeer server(net.Server(), 7, true);
    UdpPeer client(net.Client(), 5000);
    UdpPeer other(net.Client(), 5001);
    Simulator::Schedule(Seconds(3), [&] { client.Send({NatTestNet::ServerAddress(), 7}); });
    Simulator::Schedule(Seconds(30), [&] { other.Send({NatTestNet::ServerAddress(), 7}); });
    NatTestNet::RunUntil(Seconds(40));

    EXPECT_EQ(client.heard.size(), 1u);
    ASSERT_EQ(server.heard.size(), 1u);
    EXPECT_GE(server.heard[0].from.GetPort(), 50000);
    EXPECT_LE(server.heard[0].from.GetPort(), 50009);
    EXPECT_EQ(dropped, (std::vector<std::string>{"no_port"}));
    const portlab::RunResult result = load.Engine()->GetResult();
    EXPECT_EQ(result.nats[0].granted, 10u);
    EXPECT_EQ(result.hosts[0].connected, 9u) << "a port of ten is the packets'";
}

void
ExpectSentence(const std::string& part, const std::function<void()>& mistake)
{
    try
    {
        mistake();
        FAIL() << "nothing was said about: " << part;
    }
    catch (const std::invalid_argument& error)
    {
        EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
}

TEST(MistakesWithBackgroundLoads, EndWithASentence)
{
    BackgroundLoad load(TenPorts(1s));
    TcpNet::Options options;
    options.prepare = [&](const TcpNet& net) {
        const auto client = net.Client();
        const auto api = InetSocketAddress::ConvertFrom(net.ServerAt(80));
        const auto other = InetSocketAddress::ConvertFrom(net.ServerAt(81));
        ExpectSentence("no host \"hosts\", but generator",
                       [&] { load.ShareHost("hosts", client); });
        ExpectSentence("has 1 hosts, numbered", [&] { load.ShareHost("generator", client, 1); });
        ExpectSentence("use PortlabHostHelper on it first",
                       [&] { load.ShareHost("generator", CreateObject<Node>()); });
        ExpectSentence("\"gateway\", but none at all", [&] { load.ShareNat("gateway", nullptr); });
        ExpectSentence("80 in the workload, and on 81", [&] { load.ShareService("api", other); });
        load.ShareService("api", api);
        ExpectSentence("was shared before", [&] { load.ShareService("api", api); });
        ExpectSentence("is that of something else",
                       [&] { load.ShareHost("generator", net.Server()); });
        load.ShareHost("generator", client);
        ExpectSentence("uses its ports already", [&] { load.ShareHost("generator", client); });
    };
    const TcpNet net(options);
}

TEST(MistakesWithBackgroundLoads, IncludeABeginningInTheMiddle)
{
    TcpNet net({});
    TcpNet::Until(Seconds(1));
    ExpectSentence("before Simulator::Run()", [] { BackgroundLoad(TenPorts(1s)); });
}

} // namespace
