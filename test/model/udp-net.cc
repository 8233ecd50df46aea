// SPDX-License-Identifier: GPL-2.0-only

#include "test/model/udp-net.h"

#include "model/ephemeral-ports.h"

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv6-address-helper.h"
#include "ns3/ipv6-interface-container.h"
#include "ns3/ipv6.h"
#include "ns3/mac48-address.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/udp-echo-helper.h"
#include "ns3/uinteger.h"

#include <gtest/gtest.h>
#include <stdexcept>

namespace portlab::test
{

using namespace ns3;
using ns3::Address; // Not the core's.

TwoHosts::TwoHosts(const Installer& install)
    : hosts(2)
{
    Mac48Address::ResetAllocationIndex();
    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue("10Mbps"));
    link.SetChannelAttribute("Delay", StringValue("1ms"));
    m_devices = link.Install(hosts);
    install(hosts);
    InternetStackHelper().AssignStreams(hosts, 1000);
    Ipv4AddressHelper("192.0.2.0", "255.255.255.0").Assign(m_devices);
    if (hosts.Get(0)->GetObject<Ipv6>())
    {
        Ipv6AddressHelper addresses;
        addresses.SetBase("2001:db8::", Ipv6Prefix(64));
        m_there6 = addresses.Assign(m_devices).GetAddress(1, 1);
    }
}

TwoHosts::~TwoHosts()
{
    Simulator::Destroy();
}

Address
TwoHosts::There(std::uint16_t port) const
{
    return InetSocketAddress("192.0.2.2", port);
}

Address
TwoHosts::There6(std::uint16_t port) const
{
    return Inet6SocketAddress(m_there6, port);
}

std::vector<Address>
TwoHosts::Echo(const Address& server)
{
    UdpEchoServerHelper serving(PortOf(server));
    ApplicationContainer applications = serving.Install(hosts.Get(1));
    UdpEchoClientHelper asking(server);
    asking.SetAttribute("MaxPackets", UintegerValue(3));
    asking.SetAttribute("Interval", TimeValue(MilliSeconds(10)));
    applications.Add(asking.Install(hosts.Get(0)));
    applications.Start(Simulator::Now() + Seconds(2)); // IPv6 addresses are checked until then.
    std::vector<Address> answered;
    Address seen;
    applications.Get(0)->TraceConnectWithoutContext(
        "RxWithAddresses",
        Callback<void, Ptr<const Packet>, const Address&, const Address&>(
            [&](Ptr<const Packet>, const Address& from, const Address&) { seen = from; }));
    applications.Get(1)->TraceConnectWithoutContext(
        "Rx",
        Callback<void, Ptr<const Packet>>([&](Ptr<const Packet>) { answered.push_back(seen); }));
    RunUntil(Simulator::Now() + Seconds(4));
    return answered;
}

void
TwoHosts::Record()
{
    m_devices.Get(0)->TraceConnectWithoutContext("PromiscSniffer",
                                                 MakeCallback(&TwoHosts::OnFrame, this));
}

void
TwoHosts::OnFrame(Ptr<const Packet> frame)
{
    std::vector<std::uint8_t> bytes(frame->GetSize());
    frame->CopyData(bytes.data(), frame->GetSize());
    m_recorded += std::to_string(Simulator::Now().GetNanoSeconds()) + ' ';
    m_recorded.append(bytes.begin(), bytes.end());
}

void
TwoHosts::RunUntil(Time time)
{
    Simulator::Stop(time - Simulator::Now());
    Simulator::Run();
}

TwoHosts::Installer
System(const std::string& name, const std::vector<std::pair<std::string, std::string>>& knobs)
{
    return [=](const NodeContainer& nodes) {
        PortlabHostHelper helper(name);
        for (const auto& [knob, value] : knobs)
        {
            helper.Set(knob, value);
        }
        helper.Install(nodes);
    };
}

Ptr<Socket>
MakeUdp(const Ptr<Node>& node, const std::string& factory)
{
    return Socket::CreateSocket(node, TypeId::LookupByName(factory));
}

std::uint16_t
PortOf(const Ptr<Socket>& socket)
{
    Address name;
    socket->GetSockName(name);
    return PortOf(name);
}

std::uint16_t
PortOf(const Address& address)
{
    return Inet6SocketAddress::IsMatchingType(address)
               ? Inet6SocketAddress::ConvertFrom(address).GetPort()
               : InetSocketAddress::ConvertFrom(address).GetPort();
}

std::uint32_t
Held(const Ptr<Node>& node)
{
    return node->GetObject<EphemeralPorts>()->GetHeld();
}

void
ExpectSentence(const std::string& part, const std::function<void()>& act)
{
    try
    {
        act();
        ADD_FAILURE() << "nothing was said of: " << part;
    }
    catch (const std::invalid_argument& error)
    {
        EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
}

} // namespace portlab::test
