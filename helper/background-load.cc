// SPDX-License-Identifier: GPL-2.0-only

#include "helper/background-load.h"

#include "model/core/flow/topology.h"
#include "model/ephemeral-ports.h"
#include "model/ip-end.h"

#include "ns3/ipv4.h"
#include "ns3/nstime.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace ns3
{

namespace
{

[[noreturn]] void
Refuse(const std::string& sentence)
{
    throw std::invalid_argument("BackgroundLoad: " + sentence);
}

/// The number of the member of that name.
template <typename Member>
uint32_t
Find(const std::vector<Member>& members, const std::string& name, const std::string& kind)
{
    const auto place = std::find_if(members.begin(), members.end(), [&](const Member& member) {
        return member.name == name;
    });
    if (place == members.end())
    {
        std::string names;
        for (const Member& member : members)
        {
            names += (names.empty() ? "" : ", ") + member.name;
        }
        Refuse("the workload has no " + kind + " \"" + name + "\", but " +
               (names.empty() ? "none at all" : names));
    }
    return static_cast<uint32_t>(place - members.begin());
}

void
CheckIndex(uint32_t index, std::size_t count, const std::string& name, const std::string& what)
{
    if (index >= count)
    {
        Refuse("\"" + name + "\" has " + std::to_string(count) + " " + what +
               ", numbered from 0, " + "and number " + std::to_string(index) + " was asked for");
    }
}

/// The node's first address that is not of its loopback interface.
Ipv4Address
AddressOf(const Ptr<Node>& node)
{
    const Ptr<Ipv4> ipv4 = node->GetObject<Ipv4>();
    for (uint32_t interface = 0; ipv4 && interface < ipv4->GetNInterfaces(); ++interface)
    {
        for (uint32_t index = 0; index < ipv4->GetNAddresses(interface); ++index)
        {
            const Ipv4Address address = ipv4->GetAddress(interface, index).GetLocal();
            if (!portlab::IsLoopbackAddress(address))
            {
                return address;
            }
        }
    }
    Refuse("node " + std::to_string(node->GetId()) +
           " has no IPv4 address yet; share it when it has one");
}

} // namespace

BackgroundLoad::BackgroundLoad(const portlab::Workload& workload, int64_t stream)
    : m_workload(workload),
      m_engine(CreateObject<ConnectionEngine>())
{
    if (!Simulator::Now().IsZero())
    {
        Refuse("it begins with the simulation; make it before Simulator::Run()");
    }
    m_engine->SetWorkload(m_workload);
    // At each of its events, so that it is never behind packets that share its ports.
    m_engine->SetAttribute("Quantum", TimeValue(Seconds(0)));
    m_engine->AssignStreams(stream);
    m_engine->Initialize();
}

BackgroundLoad::~BackgroundLoad()
{
    m_engine->Dispose();
}

void
BackgroundLoad::Enter(portlab::Address core, Ipv4Address address, const std::string& what)
{
    if (m_book.Knows(core))
    {
        Refuse(what + " was shared before; a part of the workload has one place among the nodes");
    }
    if (m_book.Knows(address))
    {
        std::ostringstream text;
        text << address;
        Refuse("the address " + text.str() + " of " + what + " is that of something else as well");
    }
    m_book.Enter(core, address);
}

void
BackgroundLoad::ShareHost(const std::string& group, Ptr<Node> node, uint32_t index)
{
    portlab::Topology& machines = m_engine->Machines();
    const uint32_t number = Find(m_workload.hosts, group, "host");
    const portlab::HostGroup& hosts = m_workload.hosts[number];
    CheckIndex(index, hosts.count, group, "hosts");
    if (hosts.addresses != 1)
    {
        Refuse("\"" + group + "\" has several addresses a host; a host that is shared has one");
    }
    const Ptr<EphemeralPorts> ports = node->GetObject<EphemeralPorts>();
    if (!ports || ports->IsInUse())
    {
        Refuse("node " + std::to_string(node->GetId()) +
               (ports ? " uses its ports already; share it before any socket asks for one"
                      : " has no operating system; use PortlabHostHelper on it first"));
    }
    const uint32_t host = machines.groupFirstHost[number] + index;
    Enter(machines.HostAddress(host), AddressOf(node), machines.HostName(host));
    ports->SetSystem(hosts.profile);
    ports->Borrow(machines.ledger, host, machines.portDraws[host], [this](const Address& address) {
        return CoreOf(address);
    });
}

/// The workload knows nothing of IPv6, so that its addresses are strangers to it.
portlab::Address
BackgroundLoad::CoreOf(const Address& address)
{
    if (Ipv4Address::IsMatchingType(address))
    {
        return m_book.CoreOf(Ipv4Address::ConvertFrom(address));
    }
    const auto [known, isNew] = m_ipv6.try_emplace(address, 0);
    if (isNew)
    {
        known->second = m_book.NextStranger();
    }
    return known->second;
}

void
BackgroundLoad::ShareService(const std::string& service,
                             const InetSocketAddress& address,
                             uint32_t index)
{
    const uint32_t number = Find(m_workload.services, service, "service");
    const auto& endpoints = m_engine->Machines().endpoints[number];
    CheckIndex(index, endpoints.size(), service, "addresses");
    if (address.GetPort() != endpoints[index].port)
    {
        Refuse("\"" + service + "\" listens on port " + std::to_string(endpoints[index].port) +
               " in the workload, and on " + std::to_string(address.GetPort()) + " for packets");
    }
    Enter(endpoints[index].address, address.GetIpv4(), "\"" + service + "\"");
}

void
BackgroundLoad::ShareNat(const std::string& nat, Ptr<NatRouter> router, uint32_t index)
{
    portlab::Border& border = m_engine->Machines().border;
    const uint32_t group = Find(m_workload.nats, nat, "NAT");
    CheckIndex(index, border.DeviceCount(group), nat, "devices");
    portlab::Nat& device = border.Device(border.FirstDevice(group) + index);
    const auto external = router->GetAddresses();
    if (external.size() != device.Addresses().size())
    {
        Refuse("\"" + nat + "\" has " + std::to_string(device.Addresses().size()) +
               " external addresses a device, and the router " + std::to_string(external.size()));
    }
    for (std::size_t number = 0; number < external.size(); ++number)
    {
        Enter(device.Addresses()[number], external[number], "\"" + nat + "\"");
    }
    router->Borrow(
        device,
        [this](Ipv4Address address) { return m_book.CoreOf(address); },
        [this](portlab::Address core) { return m_book.AddressOf(core); });
}

Ptr<ConnectionEngine>
BackgroundLoad::Engine() const
{
    return m_engine;
}

} // namespace ns3
