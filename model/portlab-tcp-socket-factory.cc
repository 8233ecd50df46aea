// SPDX-License-Identifier: GPL-2.0-only

#include "model/portlab-tcp-socket-factory.h"

#include "model/portlab-tcp-l4-protocol.h"

#include "ns3/object-factory.h"
#include "ns3/rtt-estimator.h"
#include "ns3/tcp-congestion-ops.h"
#include "ns3/tcp-recovery-ops.h"
#include "ns3/type-id.h"

namespace portlab
{

namespace
{

/// An object of the type that an attribute of the protocol names.
template <typename Part>
ns3::Ptr<Part>
MakePart(const ns3::Ptr<ns3::TcpL4Protocol>& tcp, const char* attribute)
{
    ns3::TypeIdValue type;
    tcp->GetAttribute(attribute, type);
    ns3::ObjectFactory factory;
    factory.SetTypeId(type.Get());
    return factory.Create<Part>();
}

} // namespace

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

ns3::Ptr<ns3::PortlabTcpSocket>
MakeTcpSocket(const ns3::Ptr<ns3::TcpL4Protocol>& tcp, const std::shared_ptr<HostPorts>& host)
{
    auto socket = ns3::CreateObject<ns3::PortlabTcpSocket>();
    socket->SetHost(host);
    socket->SetNode(tcp->GetObject<ns3::Node>());
    socket->SetTcp(tcp);
    socket->SetRtt(MakePart<ns3::RttEstimator>(tcp, "RttEstimatorType"));
    socket->SetCongestionControlAlgorithm(MakePart<ns3::TcpCongestionOps>(tcp, "SocketType"));
    socket->SetRecoveryAlgorithm(MakePart<ns3::TcpRecoveryOps>(tcp, "RecoveryType"));
    return socket;
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
