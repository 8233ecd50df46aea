// SPDX-License-Identifier: GPL-2.0-only

#include "model/portlab-udp-socket-factory.h"

#include "ns3/abort.h"
#include "ns3/node.h"
#include "ns3/string.h"

#include <utility>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(PortlabUdpSocketFactory);

TypeId
PortlabUdpSocketFactory::GetTypeId()
{
    static TypeId tid = TypeId("ns3::PortlabUdpSocketFactory")
                            .SetParent<UdpSocketFactory>()
                            .SetGroupName("Portlab")
                            .AddConstructor<PortlabUdpSocketFactory>();
    return tid;
}

PortlabUdpSocketFactory::PortlabUdpSocketFactory() = default;

PortlabUdpSocketFactory::~PortlabUdpSocketFactory() = default;

/// UdpL4Protocol makes ns-3's own factory when it finds itself on a node with IP, unless it knows a
/// node already. Objects that were on the node before it are notified before it: here the protocol
/// learns its node in time.
void
PortlabUdpSocketFactory::NotifyNewAggregate()
{
    const Ptr<Node> node = GetObject<Node>();
    const Ptr<UdpL4Protocol> udp = GetObject<UdpL4Protocol>();
    if (node && udp)
    {
        udp->SetNode(node);
        BecomeTheFirst();
    }
    UdpSocketFactory::NotifyNewAggregate();
}

/// Of several objects that answer to a type, GetObject() returns the one that was asked for most.
/// ns-3's factory has no type of its own by which it could be asked for alone, so that this one,
/// once it is the first, stays the first.
void
PortlabUdpSocketFactory::BecomeTheFirst()
{
    constexpr int manyTimes = 1 << 20;
    for (int i = 0; i < manyTimes && GetObject<UdpSocketFactory>() != this; ++i)
    {
        GetObject<PortlabUdpSocketFactory>();
        GetObject<PortlabUdpSocketFactory>();
    }
}

Ptr<EphemeralPorts>
PortlabUdpSocketFactory::FindPorts()
{
    Ptr<EphemeralPorts> ports = GetObject<EphemeralPorts>();
    if (!ports)
    {
        ports = CreateObject<EphemeralPorts>();
        AggregateObject(ports);
    }
    return ports;
}

Ptr<Socket>
PortlabUdpSocketFactory::CreateSocket()
{
    const Ptr<UdpL4Protocol> udp = GetObject<UdpL4Protocol>();
    NS_ABORT_MSG_UNLESS(udp,
                        "PortlabUdpSocketFactory: the node has no UDP; install an internet stack "
                        "on it, and aggregate the factory to the node");
    const Ptr<EphemeralPorts> ports = FindPorts();
    // Asked as an attribute: System() would settle attributes that a script may still set.
    StringValue profile;
    ports->GetAttribute("Profile", profile);
    if (profile.Get() == "ns3-stock")
    {
        return udp->CreateSocket();
    }
    const auto socket = CreateObject<PortlabUdpSocket>();
    socket->Open(udp, ports, this);
    m_sockets.insert(socket);
    return socket;
}

void
PortlabUdpSocketFactory::Forget(const Ptr<PortlabUdpSocket>& socket)
{
    m_sockets.erase(socket);
}

void
PortlabUdpSocketFactory::DoDispose()
{
    for (const Ptr<PortlabUdpSocket>& socket : std::exchange(m_sockets, {}))
    {
        socket->Abandon();
    }
    UdpSocketFactory::DoDispose();
}

} // namespace ns3
