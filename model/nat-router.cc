// SPDX-License-Identifier: GPL-2.0-only

// The object: what it is told before packets come.

#include "model/nat-router.h"

#include "model/core/nat/nat-catalogue.h"
#include "model/ns3-time.h"

#include "ns3/boolean.h"
#include "ns3/log.h"
#include "ns3/node.h"
#include "ns3/output-stream-wrapper.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <stdexcept>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("NatRouter");

NS_OBJECT_ENSURE_REGISTERED(NatRouter);

namespace
{

void
CheckTranslates(portlab::PortPick pick)
{
    if (pick == portlab::PortPick::Keep)
    {
        throw std::invalid_argument("NatRouter: such a device keeps addresses and ports and only "
                                    "tracks connections: there is nothing to translate. Choose "
                                    "another preset, or leave the NAT out");
    }
}

std::string
Text(Ipv4Address address)
{
    std::ostringstream text;
    text << address;
    return text.str();
}

} // namespace

TypeId
NatRouter::GetTypeId()
{
    using Self = NatRouter;
    static TypeId tid =
        TypeId("ns3::NatRouter")
            .SetParent<Ipv4RoutingProtocol>()
            .SetGroupName("Portlab")
            .AddConstructor<Self>()
            .AddAttribute("Preset",
                          "The kind of device, by a name that `portlab nats` prints.",
                          StringValue("linux-masquerade"),
                          MakeStringAccessor(&Self::SetPreset, &Self::GetPreset),
                          MakeStringChecker())
            .AddAttribute("InsideHosts",
                          "For how many inside hosts the device divides its ports, if it does so "
                          "beforehand: Azure's load balancer makes the smaller blocks the more "
                          "hosts there are, and RFC 7422 computes them. Others do not look at it.",
                          UintegerValue(1),
                          MakeUintegerAccessor(&Self::m_insideHosts),
                          MakeUintegerChecker<uint32_t>(1))
            .AddAttribute("TranslateFragments",
                          "Whether fragments pass. Azure's load balancer drops them all, and the "
                          "NAT gateway of AWS those of TCP and ICMP, by their documentation.",
                          BooleanValue(true),
                          MakeBooleanAccessor(&Self::m_translatesFragments),
                          MakeBooleanChecker())
            .AddTraceSource("Translated",
                            "A packet was translated.",
                            MakeTraceSourceAccessor(&Self::m_translated),
                            "ns3::NatRouter::TranslatedCallback")
            .AddTraceSource("Dropped",
                            "The NAT let a packet not through.",
                            MakeTraceSourceAccessor(&Self::m_dropped),
                            "ns3::NatRouter::DroppedCallback")
            .AddTraceSource("MappingAdded",
                            "The device has a new mapping, made by a packet.",
                            MakeTraceSourceAccessor(&Self::m_mappingAdded),
                            "ns3::NatRouter::MappingAddedCallback");
    return tid;
}

NatRouter::NatRouter()
    : m_preset(portlab::FindNatPreset("linux-masquerade")),
      m_insideHosts(1),
      m_translatesFragments(true),
      m_stream(-1)
{
}

NatRouter::~NatRouter() = default;

void
NatRouter::DoDispose()
{
    m_inner = nullptr;
    m_ipv4 = nullptr;
    Ipv4RoutingProtocol::DoDispose();
}

void
NatRouter::Wrap(Ptr<Ipv4> ipv4)
{
    if (!ipv4 || !ipv4->GetRoutingProtocol())
    {
        throw std::invalid_argument("NatRouter: it wraps the routing protocol of a node, and here "
                                    "is none; install an InternetStackHelper on the node first");
    }
    m_inner = ipv4->GetRoutingProtocol();
    ipv4->SetRoutingProtocol(this);
}

Ptr<Ipv4RoutingProtocol>
NatRouter::GetInner() const
{
    return m_inner;
}

void
NatRouter::CheckUnused(const std::string& what) const
{
    if (m_device != nullptr)
    {
        throw std::invalid_argument("NatRouter: " + what +
                                    " came after the first packet or GetDevice(), when the device "
                                    "was there already; do it before the simulation runs");
    }
}

void
NatRouter::AddInside(uint32_t interface)
{
    CheckUnused("AddInside()");
    m_inside.insert(static_cast<int32_t>(interface));
}

void
NatRouter::AddOutside(uint32_t interface)
{
    CheckUnused("AddOutside()");
    m_outside.insert(static_cast<int32_t>(interface));
    if (!m_firstOutside)
    {
        m_firstOutside = interface;
    }
}

void
NatRouter::AddAddress(Ipv4Address address)
{
    CheckUnused("AddAddress()");
    m_pool.push_back(address);
}

std::vector<Ipv4Address>
NatRouter::GetAddresses() const
{
    if (m_device != nullptr)
    {
        return m_external;
    }
    if (!m_ipv4 || !m_firstOutside)
    {
        throw std::invalid_argument(
            "NatRouter: it has no outside interface; call Wrap() and AddOutside(), or let "
            "NatHelper do both");
    }
    std::vector<Ipv4Address> addresses;
    if (m_ipv4->GetNAddresses(*m_firstOutside) > 0)
    {
        addresses.push_back(m_ipv4->GetAddress(*m_firstOutside, 0).GetLocal());
    }
    for (const Ipv4Address& address : m_pool)
    {
        if (std::find(addresses.begin(), addresses.end(), address) != addresses.end())
        {
            throw std::invalid_argument("NatRouter: " + Text(address) +
                                        " is one of its external addresses already; the outside "
                                        "interface's own need not be added");
        }
        addresses.push_back(address);
    }
    if (addresses.empty())
    {
        throw std::invalid_argument("NatRouter: its outside interface has no address; assign one "
                                    "before the NAT is installed, or add one with AddAddress()");
    }
    return addresses;
}

void
NatRouter::SetPreset(std::string name)
{
    CheckUnused("Preset");
    m_preset = portlab::FindNatPreset(name);
}

std::string
NatRouter::GetPreset() const
{
    return m_preset.name;
}

void
NatRouter::SetKnob(const std::string& name, const std::string& value)
{
    CheckUnused("SetKnob()");
    const portlab::KnobResult result = portlab::SetKnob(m_preset, name, value);
    if (!result.known)
    {
        throw std::invalid_argument("NatRouter: " + m_preset.name + " has no knob \"" + name +
                                    "\"; `portlab nats " + m_preset.name + "` prints those it has");
    }
    if (!result.note.empty())
    {
        NS_LOG_WARN(result.note);
    }
}

void
NatRouter::AddForward(uint8_t protocol, uint16_t port, const InetSocketAddress& inside)
{
    CheckUnused("AddForward()");
    constexpr uint8_t tcp = 6;
    constexpr uint8_t udp = 17;
    if ((protocol != tcp && protocol != udp) || port == 0 || inside.GetPort() == 0)
    {
        throw std::invalid_argument("NatRouter: a forward is of protocol 6 (TCP) or 17 (UDP), from "
                                    "an external port to an inside port, neither of them 0; this "
                                    "is of protocol " +
                                    std::to_string(protocol) + ", from port " +
                                    std::to_string(port) + " to " +
                                    std::to_string(inside.GetPort()));
    }
    m_forwards.push_back(
        {protocol == tcp ? portlab::NatProtocol::Tcp : portlab::NatProtocol::Udp, port, inside});
}

int64_t
NatRouter::AssignStreams(int64_t stream)
{
    CheckUnused("AssignStreams()");
    m_stream = stream;
    return 1;
}

void
NatRouter::Borrow(portlab::Nat& device,
                  std::function<portlab::Address(Ipv4Address)> toCore,
                  std::function<Ipv4Address(portlab::Address)> fromCore)
{
    CheckUnused("Borrow()");
    CheckTranslates(device.Rules().pick);
    m_external = GetAddresses();
    m_toCore = std::move(toCore);
    m_fromCore = std::move(fromCore);
    std::vector<portlab::Address> numbers;
    for (const Ipv4Address& address : m_external)
    {
        numbers.push_back(ToCore({address.Get(), 0}).address);
    }
    if (numbers != device.Addresses())
    {
        throw std::invalid_argument("NatRouter: the lent device has other external addresses than "
                                    "the router; give both the same ones, in the same order");
    }
    m_device = &device;
}

/// The rules of the preset, for as many addresses as there are.
portlab::NatRules
NatRouter::MakeRules() const
{
    const auto count = static_cast<uint32_t>(GetAddresses().size());
    const std::string start = "NatRouter: " + m_preset.name + " ";
    const auto& most = m_preset.mostAddresses;
    if (most.value && count > *most.value)
    {
        throw std::invalid_argument(start + "has at most " + std::to_string(*most.value) +
                                    " external addresses (" + most.source + "), and here are " +
                                    std::to_string(count));
    }
    CheckTranslates(m_preset.pick.value);
    portlab::NatPreset preset = m_preset;
    preset.addresses.value = count;
    return portlab::RulesOf(preset, m_insideHosts);
}

void
NatRouter::CheckRules() const
{
    MakeRules();
}

portlab::StreamKey
NatRouter::Streams() const
{
    const Ptr<Node> node = m_ipv4->GetObject<Node>();
    return portlab::Ns3Streams(m_stream >= 0 ? m_stream : node->GetId()).With("nat");
}

portlab::Nat&
NatRouter::GetDevice()
{
    if (m_device == nullptr)
    {
        const auto rules = std::make_shared<const portlab::NatRules>(MakeRules());
        m_external = GetAddresses();
        std::vector<portlab::Address> numbers;
        for (const Ipv4Address& address : m_external)
        {
            numbers.push_back(address.Get());
        }
        m_owned = std::make_unique<portlab::Nat>(rules, numbers, Streams());
        m_device = m_owned.get();
        for (const StaticForward& forward : m_forwards)
        {
            m_device->Forward(forward.protocol,
                              forward.port,
                              {forward.inside.GetIpv4().Get(), forward.inside.GetPort()});
        }
    }
    return *m_device;
}

uint64_t
NatRouter::GetDroppedFragments() const
{
    return m_droppedFragments;
}

Ptr<Ipv4Route>
NatRouter::RouteOutput(Ptr<Packet> packet,
                       const Ipv4Header& header,
                       Ptr<NetDevice> device,
                       Socket::SocketErrno& error)
{
    return m_inner->RouteOutput(packet, header, device, error);
}

void
NatRouter::NotifyInterfaceUp(uint32_t interface)
{
    m_inner->NotifyInterfaceUp(interface);
}

void
NatRouter::NotifyInterfaceDown(uint32_t interface)
{
    m_inner->NotifyInterfaceDown(interface);
}

void
NatRouter::NotifyAddAddress(uint32_t interface, Ipv4InterfaceAddress address)
{
    m_inner->NotifyAddAddress(interface, address);
}

void
NatRouter::NotifyRemoveAddress(uint32_t interface, Ipv4InterfaceAddress address)
{
    m_inner->NotifyRemoveAddress(interface, address);
}

/// The inner protocol has its Ipv4 already, and some insist on being told once.
void
NatRouter::SetIpv4(Ptr<Ipv4> ipv4)
{
    if (!m_inner)
    {
        throw std::invalid_argument("NatRouter: it needs the routing protocol that was there "
                                    "before; call Wrap() in place of SetRoutingProtocol()");
    }
    m_ipv4 = ipv4;
}

void
NatRouter::PrintRoutingTable(Ptr<OutputStreamWrapper> stream, Time::Unit unit) const
{
    std::ostream& out = *stream->GetStream();
    out << "NAT " << m_preset.name << " at";
    for (const Ipv4Address& address : GetAddresses())
    {
        out << " " << address;
    }
    out << ", mappings: " << (m_device != nullptr ? m_device->Mappings().Count() : 0) << std::endl;
    m_inner->PrintRoutingTable(stream, unit);
}

} // namespace ns3
