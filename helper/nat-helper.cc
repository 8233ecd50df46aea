// SPDX-License-Identifier: GPL-2.0-only

#include "helper/nat-helper.h"

#include "model/core/nat/nat-catalogue.h"

#include "ns3/boolean.h"
#include "ns3/ipv4.h"
#include "ns3/loopback-net-device.h"
#include "ns3/string.h"

#include <stdexcept>

namespace ns3
{

namespace
{

[[noreturn]] void
Refuse(const std::string& why)
{
    throw std::invalid_argument("NatHelper: " + why);
}

std::string
NameOf(const Ptr<Node>& node)
{
    return "node " + std::to_string(node->GetId());
}

Ptr<Ipv4>
Ipv4Of(const Ptr<Node>& router)
{
    if (!router)
    {
        Refuse("there is no router; give it a node");
    }
    const Ptr<Ipv4> ipv4 = router->GetObject<Ipv4>();
    if (!ipv4)
    {
        Refuse(NameOf(router) + " has no IPv4; install an InternetStackHelper on it first");
    }
    if (router->GetObject<NatRouter>())
    {
        Refuse(NameOf(router) + " has a NAT already; install one on each node, and give that one "
                                "all its inside interfaces");
    }
    return ipv4;
}

/// The interface of one of the router's devices. `side`: "inside" or "outside".
uint32_t
InterfaceOf(const Ptr<Node>& router,
            const Ptr<Ipv4>& ipv4,
            const Ptr<NetDevice>& device,
            const std::string& side)
{
    if (!device)
    {
        Refuse("there is no " + side + " device; give it one of " + NameOf(router));
    }
    if (device->GetNode() != router)
    {
        Refuse("the " + side + " device is not one of " + NameOf(router) + "; give it one of the " +
               "router's own, not its neighbour's");
    }
    const int32_t interface = ipv4->GetInterfaceForDevice(device);
    if (interface < 0)
    {
        Refuse("the " + side + " device of " + NameOf(router) +
               " has no IPv4 interface; assign it an address first");
    }
    return static_cast<uint32_t>(interface);
}

} // namespace

NatHelper::NatHelper(const std::string& preset)
{
    m_factory.SetTypeId(NatRouter::GetTypeId());
    m_factory.Set("Preset", StringValue(portlab::FindNatPreset(preset).name));
    if (preset.rfind("azure-", 0) == 0)
    {
        m_factory.Set("TranslateFragments", BooleanValue(false));
    }
}

void
NatHelper::SetAttribute(const std::string& name, const AttributeValue& value)
{
    m_factory.Set(name, value);
}

void
NatHelper::Set(const std::string& knob, const std::string& value)
{
    m_knobs.emplace_back(knob, value);
}

void
NatHelper::AddAddress(Ipv4Address address)
{
    m_addresses.push_back(address);
}

void
NatHelper::AddForward(uint8_t protocol, uint16_t port, const InetSocketAddress& inside)
{
    m_forwards.push_back({protocol, port, inside});
}

Ptr<NatRouter>
NatHelper::Install(Ptr<Node> router, Ptr<NetDevice> outside) const
{
    const Ptr<Ipv4> ipv4 = Ipv4Of(router);
    NetDeviceContainer inside;
    for (uint32_t i = 0; i < ipv4->GetNInterfaces(); ++i)
    {
        const Ptr<NetDevice> device = ipv4->GetNetDevice(i);
        if (device != outside && !DynamicCast<LoopbackNetDevice>(device))
        {
            inside.Add(device);
        }
    }
    return Install(router, inside, outside);
}

Ptr<NatRouter>
NatHelper::Install(Ptr<Node> router, const NetDeviceContainer& inside, Ptr<NetDevice> outside) const
{
    const Ptr<Ipv4> ipv4 = Ipv4Of(router);
    const uint32_t outsideInterface = InterfaceOf(router, ipv4, outside, "outside");
    if (ipv4->GetNAddresses(outsideInterface) == 0)
    {
        Refuse("the outside interface of " + NameOf(router) +
               " has no address; assign one before the NAT is installed");
    }
    if (inside.GetN() == 0)
    {
        Refuse(NameOf(router) + " has no inside interface; give its other devices addresses "
                                "before the NAT is installed");
    }
    const Ptr<NatRouter> nat = m_factory.Create<NatRouter>();
    nat->AddOutside(outsideInterface);
    for (uint32_t i = 0; i < inside.GetN(); ++i)
    {
        if (inside.Get(i) == outside)
        {
            Refuse("a device of " + NameOf(router) +
                   " is given as inside and as outside; it can be one of them");
        }
        nat->AddInside(InterfaceOf(router, ipv4, inside.Get(i), "inside"));
    }
    for (const auto& [knob, value] : m_knobs)
    {
        nat->SetKnob(knob, value);
    }
    for (const Ipv4Address& address : m_addresses)
    {
        nat->AddAddress(address);
    }
    for (const StaticForward& forward : m_forwards)
    {
        nat->AddForward(forward.protocol, forward.port, forward.inside);
    }
    nat->Wrap(ipv4);
    nat->CheckRules();
    router->AggregateObject(nat);
    return nat;
}

int64_t
NatHelper::AssignStreams(const NodeContainer& nodes, int64_t stream) const
{
    int64_t next = stream;
    for (uint32_t i = 0; i < nodes.GetN(); ++i)
    {
        if (const Ptr<NatRouter> nat = nodes.Get(i)->GetObject<NatRouter>())
        {
            next += nat->AssignStreams(next);
        }
    }
    return next - stream;
}

} // namespace ns3
