// SPDX-License-Identifier: GPL-2.0-only

#include "helper/portlab-host-helper.h"

#include "model/core/port/profile-catalogue.h"
#include "model/portlab-udp-socket-factory.h"

#include "ns3/ipv4.h"
#include "ns3/ipv6.h"
#include "ns3/log.h"
#include "ns3/names.h"
#include "ns3/object-factory.h"
#include "ns3/string.h"

#include <stdexcept>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("PortlabHostHelper");

namespace
{

const char* const OUR_TCP = "ns3::PortlabTcpL4Protocol";
const char* const OUR_TCP_SOCKETS = "ns3::PortlabTcpSocketFactory";

[[noreturn]] void
Refuse(const std::string& why)
{
    throw std::invalid_argument("PortlabHostHelper: " + why);
}

std::string
NameOf(const Ptr<Node>& node)
{
    return "node " + std::to_string(node->GetId());
}

bool
HasStack(const Ptr<Node>& node)
{
    return node->GetObject<Ipv4>() || node->GetObject<Ipv6>();
}

void
CheckHasNoSystem(const Ptr<Node>& node)
{
    if (!node)
    {
        Refuse("there is no node; make one, and install the system on it");
    }
    if (const auto ports = node->GetObject<EphemeralPorts>())
    {
        StringValue system;
        ports->GetAttribute("Profile", system);
        Refuse(NameOf(node) + " has an operating system already, " + system.Get() +
               "; install one on each node");
    }
}

void
Aggregate(const Ptr<Node>& node, const char* type)
{
    ObjectFactory factory;
    factory.SetTypeId(type);
    node->AggregateObject(factory.Create<Object>());
}

/// Makes our TCP the node's: up to ns-3.38 the stack's helper is told its type ...
template <typename Stack>
auto
ChooseTcp(Stack& stack, const Ptr<Node>&, int) -> decltype(stack.SetTcp(OUR_TCP), void())
{
    stack.SetTcp(OUR_TCP);
}

/// ... and from 3.39 the helper leaves alone what it finds on the node.
template <typename Stack>
void
ChooseTcp(Stack&, const Ptr<Node>& node, long)
{
    Aggregate(node, OUR_TCP);
}

} // namespace

PortlabHostHelper::PortlabHostHelper(const std::string& system)
    : m_stack(std::make_shared<const InternetStackHelper>())
{
    const portlab::ProfileMatch match = portlab::FindProfile(system);
    m_profile = match.profile;
    if (!match.note.empty())
    {
        NS_LOG_INFO(match.note);
    }
}

PortlabHostHelper::PortlabHostHelper(const portlab::OsProfile& profile)
    : m_profile(profile),
      m_stack(std::make_shared<const InternetStackHelper>())
{
}

bool
PortlabHostHelper::IsStock() const
{
    return m_profile.name == "ns3-stock";
}

void
PortlabHostHelper::Set(const std::string& knob, const std::string& value)
{
    if (IsStock())
    {
        Refuse("ns3-stock is ns-3 as it is, and has nothing to set; choose another system to set "
               "\"" +
               knob + "\" of it");
    }
    const portlab::KnobResult result = portlab::SetKnob(m_profile, knob, value);
    if (!result.known)
    {
        Refuse(m_profile.name + " has no knob \"" + knob + "\"; `portlab profiles " +
               m_profile.name + "` prints those it has");
    }
    if (!result.note.empty())
    {
        NS_LOG_WARN(result.note);
    }
}

void
PortlabHostHelper::SetInternetStack(const InternetStackHelper& stack)
{
    m_stack = std::make_shared<const InternetStackHelper>(stack);
}

void
PortlabHostHelper::AggregateSystem(const Ptr<Node>& node) const
{
    const auto ports = CreateObject<EphemeralPorts>();
    ports->SetSystem(m_profile);
    node->AggregateObject(ports);
    node->AggregateObject(CreateObject<PortlabUdpSocketFactory>());
}

void
PortlabHostHelper::Install(Ptr<Node> node) const
{
    CheckHasNoSystem(node);
    if (HasStack(node))
    {
        Refuse(NameOf(node) +
               " has an internet stack already: call PortlabHostHelper::Install in the place of "
               "InternetStackHelper::Install, for it installs the stack too, or call "
               "PortlabHostHelper::InstallFactories after it and give TCP applications the "
               "protocol \"" +
               OUR_TCP_SOCKETS + "\"");
    }
    InternetStackHelper stack(*m_stack);
    if (!IsStock())
    {
        AggregateSystem(node);
        ChooseTcp(stack, node, 0);
    }
    stack.Install(node);
}

void
PortlabHostHelper::Install(const NodeContainer& nodes) const
{
    for (uint32_t i = 0; i < nodes.GetN(); ++i)
    {
        Install(nodes.Get(i));
    }
}

void
PortlabHostHelper::Install(const std::string& nodeName) const
{
    const Ptr<Node> node = Names::Find<Node>(nodeName);
    if (!node)
    {
        Refuse("no node is called \"" + nodeName + "\"; Names::Add gives a node a name");
    }
    Install(node);
}

void
PortlabHostHelper::InstallAll() const
{
    Install(NodeContainer::GetGlobal());
}

void
PortlabHostHelper::InstallFactories(Ptr<Node> node) const
{
    CheckHasNoSystem(node);
    if (!HasStack(node))
    {
        Refuse(NameOf(node) + " has no internet stack yet; call PortlabHostHelper::Install, which "
                              "installs the stack as well");
    }
    if (IsStock())
    {
        Refuse("ns3-stock is what " + NameOf(node) + " has already; leave out InstallFactories");
    }
    AggregateSystem(node);
    Aggregate(node, OUR_TCP_SOCKETS);
}

int64_t
PortlabHostHelper::AssignStreams(const NodeContainer& nodes, int64_t stream) const
{
    int64_t next = stream;
    for (uint32_t i = 0; i < nodes.GetN(); ++i)
    {
        if (const auto ports = nodes.Get(i)->GetObject<EphemeralPorts>())
        {
            next += ports->AssignStreams(next);
        }
    }
    return next - stream;
}

} // namespace ns3
