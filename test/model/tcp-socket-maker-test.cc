// SPDX-License-Identifier: GPL-2.0-only

#include "model/portlab-tcp-socket.h"
#include "model/tcp-socket-maker.h"
#include "test/model/tcp-net.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/pointer.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/string.h"
#include "ns3/tcp-congestion-ops.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/type-id.h"
#include "ns3/uinteger.h"

#include <gtest/gtest.h>
#include <map>
#include <string>

namespace
{

using namespace ns3;
using portlab::test::TcpNet;

Ptr<Socket>
NewSocket(const TcpNet& net)
{
    return Socket::CreateSocket(net.Client(), TcpSocketFactory::GetTypeId());
}

uint64_t
SegmentSize(const Ptr<Socket>& socket)
{
    UintegerValue value;
    socket->GetAttribute("SegmentSize", value);
    return value.Get();
}

/// The attributes of a socket that are text, by name.
std::map<std::string, std::string>
Attributes(const Ptr<Socket>& socket)
{
    std::map<std::string, std::string> values;
    for (TypeId type = socket->GetInstanceTypeId(); type != Object::GetTypeId();
         type = type.GetParent())
    {
        for (std::size_t i = 0; i < type.GetAttributeN(); ++i)
        {
            const auto attribute = type.GetAttribute(i);
            const std::string kind = attribute.checker->GetValueTypeName();
            if (kind != "ns3::PointerValue" && kind != "ns3::CallbackValue")
            {
                StringValue value;
                if (socket->GetAttributeFailSafe(attribute.name, value))
                {
                    values[attribute.name] = value.Get();
                }
            }
        }
    }
    return values;
}

/// Sets a default as long as it lives.
class Default
{
  public:
    Default(const std::string& type, const std::string& attribute, const std::string& value)
        : m_name(type + "::" + attribute)
    {
        TypeId::AttributeInformation information;
        TypeId::LookupByName(type).LookupAttributeByName(attribute, &information);
        m_before = information.initialValue->SerializeToString(information.checker);
        Config::SetDefault(m_name, StringValue(value));
    }

    ~Default()
    {
        Config::SetDefault(m_name, StringValue(m_before));
    }

    Default(const Default&) = delete;
    Default& operator=(const Default&) = delete;

  private:
    std::string m_name;
    std::string m_before;
};

TEST(TcpSockets, HaveTheDefaultsOfTheMomentTheyAreMade)
{
    const TcpNet net({});
    const uint64_t usual = SegmentSize(NewSocket(net));
    ASSERT_NE(usual, 1234u);
    {
        const Default size("ns3::TcpSocket", "SegmentSize", "1234");
        EXPECT_EQ(SegmentSize(NewSocket(net)), 1234u);
        EXPECT_EQ(SegmentSize(NewSocket(net)), 1234u);
    }
    EXPECT_EQ(SegmentSize(NewSocket(net)), usual);
}

TEST(TcpSockets, KnowNothingOfWhatAnotherOneWasTold)
{
    const TcpNet net({});
    const uint64_t usual = SegmentSize(NewSocket(net));
    const auto changed = NewSocket(net);
    changed->SetAttribute("SegmentSize", UintegerValue(1234));
    changed->SetAttribute("ReuseAddress", BooleanValue(true));
    const auto next = NewSocket(net);
    EXPECT_EQ(SegmentSize(next), usual);
    BooleanValue mayShare;
    next->GetAttribute("ReuseAddress", mayShare);
    EXPECT_FALSE(mayShare.Get());
}

/// Also those that ns-3 forgets when it copies a socket.
TEST(TcpSockets, HaveEveryAttributeThatASocketMadeAloneHas)
{
    const Default size("ns3::TcpSocket", "SegmentSize", "999");
    const Default send("ns3::TcpSocket", "SndBufSize", "77777");
    const Default receive("ns3::TcpSocket", "RcvBufSize", "88888");
    const Default window("ns3::TcpSocket", "InitialCwnd", "7");
    const Default threshold("ns3::TcpSocket", "InitialSlowStartThreshold", "4321");
    const Default syn("ns3::TcpSocket", "ConnCount", "4");
    const Default data("ns3::TcpSocket", "DataRetries", "5");
    const Default acks("ns3::TcpSocket", "DelAckCount", "3");
    const Default delay("ns3::TcpSocket", "TcpNoDelay", "false");
    const Default minimum("ns3::TcpSocketBase", "MinRto", "300ms");
    const Default sack("ns3::TcpSocketBase", "Sack", "false");
    const Default timestamp("ns3::TcpSocketBase", "Timestamp", "false");
    const Default scaling("ns3::TcpSocketBase", "WindowScaling", "false");
    const Default limited("ns3::TcpSocketBase", "LimitedTransmit", "false");
    const Default ecn("ns3::TcpSocketBase", "UseEcn", "On");
    const Default reuse("ns3::PortlabTcpSocket", "ReuseAddress", "true");
    const TcpNet net({});
    NewSocket(net);
    const auto alone = portlab::MakeTcpSocket(TcpNet::Tcp(net.Client()), nullptr);
    const auto attributes = Attributes(alone);
    EXPECT_EQ(Attributes(NewSocket(net)), attributes);
    EXPECT_EQ(attributes.at("SegmentSize"), "999");
    EXPECT_EQ(attributes.at("ReuseAddress"), "true");
    EXPECT_GE(attributes.size(), 20u);
}

TEST(TcpSockets, HaveTheCongestionControlThatTheNodeNamesNow)
{
    const TcpNet net({});
    const auto nameOf = [](const Ptr<Socket>& socket) {
        PointerValue control;
        socket->GetAttribute("CongestionOps", control);
        return control.Get<TcpCongestionOps>()->GetName();
    };
    const std::string usual = nameOf(NewSocket(net));
    const auto tcp = TcpNet::Tcp(net.Client());
    tcp->SetAttribute("SocketType", StringValue("ns3::TcpVegas"));
    EXPECT_EQ(nameOf(NewSocket(net)), "TcpVegas");
    EXPECT_EQ(nameOf(NewSocket(net)), "TcpVegas");
    EXPECT_NE(usual, "TcpVegas");
}

/// As many as without portlab, so that a script's other models draw what they always drew.
TEST(TcpSockets, BeginTheRandomStreamsThatNs3Begins)
{
    const Default control("ns3::TcpL4Protocol", "SocketType", "ns3::TcpBbr");
    const auto streamsOf = [](const std::string& system) {
        TcpNet::Options options;
        options.client = system;
        options.hasIpv6 = false;
        const TcpNet net(options);
        const uint64_t before = RngSeedManager::GetNextStreamIndex();
        for (int i = 0; i < 5; ++i)
        {
            NewSocket(net);
        }
        return RngSeedManager::GetNextStreamIndex() - before;
    };
    const uint64_t streams = streamsOf("");
    EXPECT_GE(streams, 5u);
    EXPECT_EQ(streamsOf("linux-6.18"), streams);
}

} // namespace
