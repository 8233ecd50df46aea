// SPDX-License-Identifier: GPL-2.0-only

// Mistakes end with a sentence that says what to do.

#include "model/core/nat/nat-catalogue.h"
#include "test/model/nat-test-net.h"

#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <string>

namespace
{

using namespace ns3;
using portlab::test::NatTestNet;

class NatErrorsTest : public testing::Test
{
  protected:
    NatErrorsTest()
    {
        m_net.AddSite(1);
    }

    static void ExpectSentence(const std::string& part, const std::function<void()>& mistake)
    {
        try
        {
            mistake();
            ADD_FAILURE() << "no exception; expected one that says: " << part;
        }
        catch (const std::invalid_argument& error)
        {
            EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
        }
    }

    NatTestNet m_net;
};

TEST_F(NatErrorsTest, UnknownPresetsAreNamed)
{
    ExpectSentence("linux-masquerade", [] { NatHelper("linux-maskerade"); });
    const auto nat = CreateObject<NatRouter>();
    ExpectSentence("home-router", [&] { nat->SetAttribute("Preset", StringValue("home-ruter")); });
}

TEST_F(NatErrorsTest, UnknownKnobsAreNamed)
{
    NatHelper helper("full-cone");
    helper.Set("prots", "2000-3000");
    ExpectSentence("full-cone has no knob \"prots\"; `portlab nats full-cone` prints",
                   [&] { m_net.Install(helper); });
}

TEST_F(NatErrorsTest, WrongValuesOfKnobsAreNamed)
{
    NatHelper helper("full-cone");
    helper.Set("ports", "3000-2000");
    ExpectSentence("3000-2000", [&] { m_net.Install(helper); });
}

TEST_F(NatErrorsTest, ContradictoryRulesAreFoundOnInstallation)
{
    NatHelper helper("full-cone");
    helper.Set("ports", "2000-2009");
    helper.Set("reserved", "2000-2009");
    ExpectSentence("no external port is left", [&] { m_net.Install(helper); });
}

TEST_F(NatErrorsTest, DevicesThatTranslateNothingAreRefused)
{
    ExpectSentence("keeps addresses and ports",
                   [&] { m_net.Install(NatHelper("ec2-connection-tracking")); });
    const auto preset = portlab::FindNatPreset("ec2-connection-tracking");
    portlab::Nat device(std::make_shared<const portlab::NatRules>(portlab::RulesOf(preset, 1)),
                        {1},
                        portlab::StreamKey(1, 1));
    ExpectSentence("keeps addresses and ports", [&] { CreateObject<NatRouter>()->Borrow(device); });
}

TEST_F(NatErrorsTest, ANodeHasOneNat)
{
    m_net.Install(NatHelper("full-cone"));
    ExpectSentence("has a NAT already", [&] { m_net.Install(NatHelper("symmetric")); });
}

TEST_F(NatErrorsTest, NodesNeedIpv4)
{
    const auto bare = CreateObject<Node>();
    ExpectSentence("has no IPv4; install an InternetStackHelper",
                   [&] { NatHelper().Install(bare, m_net.Outside()); });
    ExpectSentence("there is no router", [&] { NatHelper().Install(nullptr, m_net.Outside()); });
}

TEST_F(NatErrorsTest, TheOutsideDeviceIsTheRoutersOwn)
{
    ExpectSentence("there is no outside device",
                   [&] { NatHelper().Install(m_net.Router(), nullptr); });
    ExpectSentence("is not one of node",
                   [&] { NatHelper().Install(m_net.Internet(), m_net.Outside()); });
}

TEST_F(NatErrorsTest, TheOutsideDeviceNeedsAnAddress)
{
    const auto neighbour = CreateObject<Node>();
    const NetDeviceContainer link = PointToPointHelper().Install(m_net.Router(), neighbour);
    ExpectSentence("has no IPv4 interface",
                   [&] { NatHelper().Install(m_net.Router(), link.Get(0)); });
    m_net.Router()->GetObject<Ipv4>()->AddInterface(link.Get(0));
    ExpectSentence("has no address", [&] { NatHelper().Install(m_net.Router(), link.Get(0)); });
}

TEST_F(NatErrorsTest, ThereIsAnInside)
{
    m_net.AddSite(0);
    ExpectSentence("has no inside interface", [&] { m_net.Install(NatHelper(), 1); });
}

TEST_F(NatErrorsTest, ADeviceHasOneSide)
{
    ExpectSentence("as inside and as outside", [&] {
        NatHelper().Install(m_net.Router(), NetDeviceContainer(m_net.Outside()), m_net.Outside());
    });
}

TEST_F(NatErrorsTest, AddressesAreAddedOnce)
{
    NatHelper helper("full-cone");
    helper.AddAddress(NatTestNet::External());
    ExpectSentence("203.0.113.2 is one of its external addresses already",
                   [&] { m_net.Install(helper); });
}

TEST_F(NatErrorsTest, DevicesHaveNoMoreAddressesThanRealOnes)
{
    NatHelper helper("aws-nat-gateway");
    for (uint32_t index = 1; index <= 7; ++index)
    {
        helper.AddAddress(NatTestNet::External(index));
    }
    EXPECT_EQ(m_net.Install(helper)->GetAddresses().size(), 8u);
    m_net.AddSite(1);
    helper.AddAddress(NatTestNet::External(8));
    ExpectSentence("at most 8 external addresses", [&] { m_net.Install(helper, 1); });
}

TEST_F(NatErrorsTest, ForwardsAreOfTcpOrUdp)
{
    const auto nat = CreateObject<NatRouter>();
    const InetSocketAddress inside("10.0.0.2", 80);
    nat->AddForward(6, 80, inside);
    nat->AddForward(17, 80, inside);
    ExpectSentence("protocol 6 (TCP) or 17 (UDP)", [&] { nat->AddForward(1, 80, inside); });
    ExpectSentence("neither of them 0", [&] { nat->AddForward(6, 0, inside); });
    ExpectSentence("neither of them 0",
                   [&] { nat->AddForward(6, 80, InetSocketAddress("10.0.0.2", 0)); });
}

TEST_F(NatErrorsTest, WrapNeedsARoutingProtocol)
{
    const auto nat = CreateObject<NatRouter>();
    ExpectSentence("install an InternetStackHelper", [&] { nat->Wrap(nullptr); });
    ExpectSentence("call Wrap() in place of SetRoutingProtocol()",
                   [&] { m_net.Router()->GetObject<Ipv4>()->SetRoutingProtocol(nat); });
}

TEST_F(NatErrorsTest, ARouterWithoutAnOutsideSaysSo)
{
    const auto nat = CreateObject<NatRouter>();
    ExpectSentence("no outside interface", [&] { nat->GetDevice(); });
}

TEST_F(NatErrorsTest, NothingChangesOnceTheDeviceIsThere)
{
    const Ptr<NatRouter> nat = m_net.Install(NatHelper("full-cone"));
    nat->GetDevice();
    const std::string late = "do it before the simulation runs";
    ExpectSentence(late, [&] { nat->SetPreset("symmetric"); });
    ExpectSentence(late, [&] { nat->SetKnob("hairpin", "off"); });
    ExpectSentence(late, [&] { nat->AddAddress(NatTestNet::External(1)); });
    ExpectSentence(late, [&] { nat->AddInside(1); });
    ExpectSentence(late, [&] { nat->AddOutside(1); });
    ExpectSentence(late, [&] { nat->AddForward(6, 80, InetSocketAddress("10.0.0.2", 80)); });
    ExpectSentence(late, [&] { nat->AssignStreams(7); });
    ExpectSentence(late, [&] { nat->Borrow(nat->GetDevice()); });
}

} // namespace
