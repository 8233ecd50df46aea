// SPDX-License-Identifier: GPL-2.0-only

// The NAT among others: routing protocols, other NATs, engines that share its device, other models.

#include "model/core/nat/nat-catalogue.h"
#include "test/model/nat-test-net.h"

#include "ns3/config.h"
#include "ns3/ipv4-list-routing.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/output-stream-wrapper.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace
{

using namespace ns3;
using portlab::test::NatTestNet;
using portlab::test::UdpPeer;

/// A routing protocol that has to look for its routes: it lets all packets wait, and forwards those
/// that came last first.
class SlowRouting : public Ipv4RoutingProtocol
{
  public:
    explicit SlowRouting(Ptr<Ipv4RoutingProtocol> inner)
        : m_inner(inner)
    {
    }

    void ForwardAll()
    {
        for (; !m_waiting.empty(); m_waiting.pop_back())
        {
            m_waiting.back()();
        }
    }

    Ptr<Ipv4Route> RouteOutput(Ptr<Packet> packet,
                               const Ipv4Header& header,
                               Ptr<NetDevice> device,
                               Socket::SocketErrno& error) override
    {
        return m_inner->RouteOutput(packet, header, device, error);
    }

    bool RouteInput(Ptr<const Packet> packet,
                    const Ipv4Header& header,
                    Ptr<const NetDevice> device,
                    portlab::RouteInputArgument<3> forward,
                    portlab::RouteInputArgument<4> multicast,
                    portlab::RouteInputArgument<5> deliver,
                    portlab::RouteInputArgument<6> fail) override
    {
        const auto route =
            [inner = m_inner, packet, header, device, forward, multicast, deliver, fail] {
                inner->RouteInput(packet, header, device, forward, multicast, deliver, fail);
            };
        m_waiting.emplace_back(route);
        return true;
    }

    void NotifyInterfaceUp(uint32_t) override
    {
    }

    void NotifyInterfaceDown(uint32_t) override
    {
    }

    void NotifyAddAddress(uint32_t, Ipv4InterfaceAddress) override
    {
    }

    void NotifyRemoveAddress(uint32_t, Ipv4InterfaceAddress) override
    {
    }

    void SetIpv4(Ptr<Ipv4>) override
    {
    }

    void PrintRoutingTable(Ptr<OutputStreamWrapper>, Time::Unit) const override
    {
    }

  private:
    Ptr<Ipv4RoutingProtocol> m_inner;
    std::vector<std::function<void()>> m_waiting;
};

class NatCompanyTest : public testing::Test
{
  protected:
    NatCompanyTest()
    {
        m_net.AddSite(2);
        m_net.AddServer();
    }

    static InetSocketAddress Server(uint16_t port)
    {
        return {NatTestNet::ServerAddress(), port};
    }

    NatTestNet m_net;
};

TEST_F(NatCompanyTest, KeepsTheWayOfEachPacketWhileRoutesAreSought)
{
    const auto ipv4 = m_net.Router()->GetObject<Ipv4>();
    const auto slow = CreateObject<SlowRouting>(ipv4->GetRoutingProtocol());
    ipv4->SetRoutingProtocol(slow);
    m_net.Install(NatHelper("linux-masquerade"));
    UdpPeer server(m_net.Server(), 7, true);
    UdpPeer one(m_net.Client(0), 5000);
    UdpPeer other(m_net.Client(1), 6000);
    one.Send(Server(7), 100);
    other.Send(Server(7), 200);
    NatTestNet::RunUntil(Seconds(1));
    slow->ForwardAll();
    NatTestNet::RunUntil(Seconds(2));
    slow->ForwardAll();
    NatTestNet::RunUntil(Seconds(3));

    ASSERT_EQ(server.heard.size(), 2u);
    EXPECT_EQ(server.heard[0].from.GetPort(), 6000) << "the last one is the first";
    ASSERT_EQ(one.heard.size(), 1u);
    EXPECT_EQ(one.heard[0].size, 100u);
    ASSERT_EQ(other.heard.size(), 1u);
    EXPECT_EQ(other.heard[0].size, 200u);
}

TEST_F(NatCompanyTest, GivesTheWrappedRoutingProtocolToThoseWhoKnowItByType)
{
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("linux-masquerade"));
    const auto ipv4 = m_net.Router()->GetObject<Ipv4>();

    EXPECT_EQ(ipv4->GetRoutingProtocol(), nat);
    EXPECT_TRUE(DynamicCast<Ipv4ListRouting>(nat->GetInner()));
    EXPECT_FALSE(Ipv4StaticRoutingHelper().GetStaticRouting(ipv4));
}

TEST_F(NatCompanyTest, PrintsWhatItIsAboveTheRoutes)
{
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("full-cone"));
    std::ostringstream text;
    nat->PrintRoutingTable(Create<OutputStreamWrapper>(&text), Time::S);

    EXPECT_EQ(text.str().rfind("NAT full-cone at 203.0.113.2, mappings: 0\n", 0), 0u);
    EXPECT_NE(text.str().find("Ipv4StaticRouting table"), std::string::npos);
}

TEST_F(NatCompanyTest, IsFoundByPath)
{
    m_net.Install(NatHelper("linux-masquerade"));
    uint32_t translated = 0;
    const std::string node = std::to_string(m_net.Router()->GetId());
    Config::ConnectWithoutContext(
        "/NodeList/" + node + "/$ns3::NatRouter/Translated",
        Callback<void, Ptr<const Packet>, const Ipv4Header&, const Ipv4Header&>(
            [&](Ptr<const Packet>, const Ipv4Header&, const Ipv4Header&) { ++translated; }));
    UdpPeer client(m_net.Client(), 5000);
    client.Send(Server(7));
    NatTestNet::RunUntil(Seconds(1));

    EXPECT_EQ(translated, 2u) << "the datagram, and the error that nobody is there";
}

TEST_F(NatCompanyTest, TranslatesBehindAnotherNat)
{
    // The internet of the site is a carrier that translates once more.
    m_net.Install(NatHelper("home-router"));
    const auto carrier = m_net.Internet()->GetObject<Ipv4>();
    const NetDeviceContainer homes(carrier->GetNetDevice(1));
    const Ptr<NatRouter> nat =
        NatHelper("cgn-pba").Install(m_net.Internet(), homes, carrier->GetNetDevice(2));
    UdpPeer server(m_net.Server(), 7, true);
    UdpPeer one(m_net.Client(0), 5000);
    UdpPeer other(m_net.Client(1), 5000);
    one.Send(Server(7), 100);
    other.Send(Server(7), 4000);
    NatTestNet::RunUntil(Seconds(1));

    ASSERT_EQ(server.heard.size(), 2u);
    EXPECT_EQ(server.heard[0].from.GetIpv4(), nat->GetAddresses().front());
    EXPECT_EQ(one.heard.at(0).size, 100u);
    EXPECT_EQ(other.heard.at(0).size, 4000u);
}

TEST_F(NatCompanyTest, DropsWhatNobodyKnowsAtAnAddressThatNoInterfaceHas)
{
    NatHelper helper("linux-masquerade");
    helper.AddAddress(NatTestNet::External(1));
    const Ptr<NatRouter> nat = m_net.Install(helper);
    std::vector<std::string> dropped;
    nat->TraceConnectWithoutContext(
        "Dropped",
        Callback<void, Ptr<const Packet>, const Ipv4Header&, std::string>(
            [&](Ptr<const Packet>, const Ipv4Header&, std::string reason) {
                dropped.push_back(reason);
            }));
    UdpPeer server(m_net.Server(), 7);
    server.Send({NatTestNet::External(1), 5000});
    NatTestNet::RunUntil(Seconds(1));

    EXPECT_EQ(dropped, (std::vector<std::string>{"filtered"})) << "and does not send it back";
}

TEST_F(NatCompanyTest, WorksWithADeviceThatOthersUseAsWell)
{
    // The lender numbers addresses in its own way, here from 1000 on.
    const auto preset = portlab::FindNatPreset("full-cone");
    portlab::Nat device(std::make_shared<const portlab::NatRules>(portlab::RulesOf(preset, 2)),
                        {1000},
                        portlab::StreamKey(1, 1));
    std::vector<Ipv4Address> numbered{NatTestNet::External()};
    const auto toCore = [&](Ipv4Address address) {
        const auto place = std::find(numbered.begin(), numbered.end(), address);
        const auto number = static_cast<portlab::Address>(1000 + (place - numbered.begin()));
        if (place == numbered.end())
        {
            numbered.push_back(address);
        }
        return number;
    };
    const auto fromCore = [&](portlab::Address number) { return numbered.at(number - 1000); };
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("full-cone"));
    EXPECT_THROW(nat->Borrow(device), std::invalid_argument) << "it has another number";
    nat->Borrow(device, toCore, fromCore);
    device.Outbound({portlab::NatProtocol::Udp, {7777, 5000}, {8888, 9}}, {}, portlab::At({}));
    UdpPeer server(m_net.Server(), 7, true);
    UdpPeer client(m_net.Client(), 5000);
    client.Send(Server(7));
    NatTestNet::RunUntil(Seconds(1));

    EXPECT_EQ(&nat->GetDevice(), &device);
    EXPECT_NE(server.heard.at(0).from.GetPort(), 5000) << "the other one has it";
    EXPECT_EQ(client.heard.size(), 1u);
    EXPECT_EQ(device.Counters().granted, 2u);
}

TEST_F(NatCompanyTest, DropsFragmentsThatComeBeforeTheFirstOne)
{
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("linux-masquerade"));
    UdpPeer client(m_net.Client(), 5000);
    Ipv4Header header;
    header.SetSource(NatTestNet::ClientAddress());
    header.SetDestination(NatTestNet::ServerAddress());
    header.SetProtocol(17);
    header.SetTtl(64);
    header.SetFragmentOffset(1480);
    header.SetLastFragment();
    header.SetPayloadSize(100);
    const auto later = Create<Packet>(100);
    later->AddHeader(header);
    Simulator::Schedule(Seconds(0.1), [&] {
        const auto device = m_net.Client()->GetObject<Ipv4>()->GetNetDevice(1);
        device->Send(later, device->GetBroadcast(), 0x0800);
    });
    NatTestNet::RunUntil(Seconds(1));

    EXPECT_EQ(nat->GetDroppedFragments(), 1u);
}

TEST_F(NatCompanyTest, LeavesTheRandomStreamsOfOthersAlone)
{
    const uint64_t before = RngSeedManager::GetNextStreamIndex();
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("symmetric"));
    nat->GetDevice();

    EXPECT_EQ(RngSeedManager::GetNextStreamIndex(), before + 1);
}

/// The external port of one flow, in a simulation of its own.
uint16_t
PortWith(int64_t stream)
{
    NatTestNet net;
    net.AddSite(1);
    net.AddServer();
    NatHelper helper("symmetric");
    net.Install(helper);
    EXPECT_EQ(helper.AssignStreams(NodeContainer(net.Internet(), net.Router()), stream), 1);
    UdpPeer server(net.Server(), 7);
    UdpPeer client(net.Client(), 5000);
    client.Send({NatTestNet::ServerAddress(), 7});
    NatTestNet::RunUntil(Seconds(1));
    return server.heard.at(0).from.GetPort();
}

TEST(NatStreams, DecideAllThatIsRandom)
{
    const uint16_t port = PortWith(1);

    EXPECT_EQ(PortWith(1), port);
    EXPECT_NE(PortWith(2), port);
}

} // namespace
