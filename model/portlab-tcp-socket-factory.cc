// SPDX-License-Identifier: GPL-2.0-only

#include "model/portlab-tcp-socket-factory.h"

#include "model/portlab-tcp-l4-protocol.h"
#include "model/tcp-socket-maker.h"

namespace portlab
{

ns3::Ptr<ns3::EphemeralPorts>
EphemeralPortsOf(const ns3::Ptr<ns3::Node>& node)
{
    auto ports = node->GetObject<ns3::EphemeralPorts>();
    if (!ports)
    {
        ports = ns3::CreateObject<ns3::EphemeralPorts>();
        node->AggregateObject(ports);
    }
    return ports;
}

} // namespace portlab

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(PortlabTcpSocketFactory);

TypeId
PortlabTcpSocketFactory::GetTypeId()
{
    static TypeId tid = TypeId("ns3::PortlabTcpSocketFactory")
                            .SetParent<SocketFactory>()
                            .SetGroupName("Portlab")
                            .AddConstructor<PortlabTcpSocketFactory>();
    return tid;
}

PortlabTcpSocketFactory::PortlabTcpSocketFactory()
    : m_host(std::make_shared<portlab::HostPorts>())
{
}

Ptr<Socket>
PortlabTcpSocketFactory::CreateSocket()
{
    const Ptr<TcpL4Protocol> tcp = GetObject<TcpL4Protocol>();
    NS_ABORT_MSG_UNLESS(tcp,
                        "PortlabTcpSocketFactory: the node has no TCP; install an internet stack "
                        "on it, and aggregate the factory to the node");
    if (const auto own = DynamicCast<PortlabTcpL4Protocol>(tcp))
    {
        return own->MakeSocket();
    }
    if (!m_host->ports)
    {
        m_host->ports = portlab::EphemeralPortsOf(GetObject<Node>());
    }
    const auto socket = portlab::MakeTcpSocket(tcp, m_host);
    tcp->AddSocket(socket);
    return socket;
}

void
PortlabTcpSocketFactory::DoDispose()
{
    m_host->ports = nullptr;
    SocketFactory::DoDispose();
}

} // namespace ns3
