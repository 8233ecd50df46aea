// SPDX-License-Identifier: GPL-2.0-only

#include "model/portlab-tcp-l4-protocol.h"

#include "model/ip-end.h"
#include "model/ns3-time.h"
#include "model/portlab-tcp-socket-factory.h"
#include "model/portlab-tcp-socket.h"

#include "ns3/ipv4-interface.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6-interface.h"
#include "ns3/ipv6.h"
#include "ns3/log.h"
#include "ns3/node.h"
#include "ns3/string.h"
#include "ns3/tcp-socket-factory.h"

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("PortlabTcpL4Protocol");

NS_OBJECT_ENSURE_REGISTERED(PortlabTcpL4Protocol);

namespace
{

/// What applications ask the node for.
class NodeSocketFactory : public TcpSocketFactory
{
  public:
    void SetTcp(Ptr<PortlabTcpL4Protocol> tcp)
    {
        m_tcp = tcp;
    }

    Ptr<Socket> CreateSocket() override
    {
        return m_tcp->MakeSocket();
    }

  protected:
    void DoDispose() override
    {
        m_tcp = nullptr;
        TcpSocketFactory::DoDispose();
    }

  private:
    Ptr<PortlabTcpL4Protocol> m_tcp;
};

} // namespace

TypeId
PortlabTcpL4Protocol::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::PortlabTcpL4Protocol")
            .SetParent<TcpL4Protocol>()
            .SetGroupName("Portlab")
            .AddConstructor<PortlabTcpL4Protocol>()
            .AddTraceSource("SynInTimeWait",
                            "A SYN has met a TIME_WAIT of this host.",
                            MakeTraceSourceAccessor(&PortlabTcpL4Protocol::m_synInTimeWait),
                            "ns3::PortlabTcpL4Protocol::SynInTimeWaitCallback");
    return tid;
}

PortlabTcpL4Protocol::PortlabTcpL4Protocol()
    : m_host(std::make_shared<portlab::HostPorts>())
{
}

PortlabTcpL4Protocol::~PortlabTcpL4Protocol() = default;

/// The base makes its own factory only while it has no node.
void
PortlabTcpL4Protocol::NotifyNewAggregate()
{
    const Ptr<Node> node = GetObject<Node>();
    if (!m_isInstalled && node && (GetObject<Ipv4>() || GetObject<Ipv6>()))
    {
        m_isInstalled = true; // Whatever is aggregated below comes back to this function.
        SetNode(node);
        m_host->ports = portlab::EphemeralPortsOf(node);
        const auto factory = CreateObject<NodeSocketFactory>();
        factory->SetTcp(this);
        node->AggregateObject(factory);
    }
    TcpL4Protocol::NotifyNewAggregate();
}

void
PortlabTcpL4Protocol::DoDispose()
{
    m_host->ports = nullptr;
    m_connections.Clear();
    m_timeWaits.Clear();
    m_list.Clear();
    m_maker.Clear();
    TcpL4Protocol::DoDispose();
}

Ptr<Socket>
PortlabTcpL4Protocol::MakeSocket()
{
    // Asked as an attribute: System() would settle attributes that a script may still set.
    StringValue profile;
    m_host->ports->GetAttribute("Profile", profile);
    if (profile.Get() == "ns3-stock")
    {
        return CreateSocket();
    }
    const auto socket = m_maker.Make(this, m_host);
    Enlist(socket);
    return socket;
}

uint32_t
PortlabTcpL4Protocol::GetTimeWaits()
{
    return static_cast<uint32_t>(m_timeWaits.Count(portlab::SimulatorNow()));
}

portlab::TcpConnections&
PortlabTcpL4Protocol::Connections()
{
    return m_connections;
}

portlab::TcpTimeWaits&
PortlabTcpL4Protocol::TimeWaits()
{
    return m_timeWaits;
}

void
PortlabTcpL4Protocol::Enlist(const Ptr<TcpSocketBase>& socket)
{
    m_list.Add(*this, socket);
}

void
PortlabTcpL4Protocol::Delist(const TcpSocketBase* socket)
{
    m_list.Remove(*this, socket);
}

IpL4Protocol::RxStatus
PortlabTcpL4Protocol::Receive(Ptr<Packet> packet,
                              const Ipv4Header& header,
                              Ptr<Ipv4Interface> interface)
{
    return Dispatch(packet, header, interface);
}

IpL4Protocol::RxStatus
PortlabTcpL4Protocol::Receive(Ptr<Packet> packet,
                              const Ipv6Header& header,
                              Ptr<Ipv6Interface> interface)
{
    return Dispatch(packet, header, interface);
}

template <typename IpHeader, typename Interface>
IpL4Protocol::RxStatus
PortlabTcpL4Protocol::Dispatch(Ptr<Packet> packet,
                               const IpHeader& header,
                               const Ptr<Interface>& interface)
{
    if (m_connections.Count() == 0 && m_timeWaits.IsEmpty())
    {
        return TcpL4Protocol::Receive(packet, header, interface);
    }
    TcpHeader segment;
    const auto status =
        PacketReceived(packet, segment, header.GetSource(), header.GetDestination());
    if (status != IpL4Protocol::RX_OK)
    {
        return status;
    }
    const portlab::TcpTuple tuple{portlab::IpKey::Of(header.GetDestination()),
                                  portlab::IpKey::Of(header.GetSource()),
                                  segment.GetDestinationPort(),
                                  segment.GetSourcePort()};
    if (const Ptr<PortlabTcpSocket> socket = m_connections.Find(tuple))
    {
        const Ptr<NetDevice> device = socket->GetBoundNetDevice();
        if (!device || !interface || device == interface->GetDevice())
        {
            socket->Receive(packet, header, tuple.remotePort, interface);
            return IpL4Protocol::RX_OK;
        }
    }
    if (MeetsTimeWait(tuple, segment, packet->GetSize() - segment.GetSerializedSize()))
    {
        return IpL4Protocol::RX_OK;
    }
    return TcpL4Protocol::Receive(packet, header, interface);
}

bool
PortlabTcpL4Protocol::MeetsTimeWait(const portlab::TcpTuple& tuple,
                                    const TcpHeader& segment,
                                    uint32_t payloadBytes)
{
    const auto* wait = m_timeWaits.Find(tuple, portlab::SimulatorNow());
    if (!wait)
    {
        return false;
    }
    constexpr uint8_t opening = TcpHeader::SYN | TcpHeader::ACK;
    if ((segment.GetFlags() & opening) == TcpHeader::SYN)
    {
        m_synInTimeWait(
            portlab::IpEnd{tuple.local.ToAddress(), tuple.localPort}.ToSocketAddress(),
            portlab::IpEnd{tuple.remote.ToAddress(), tuple.remotePort}.ToSocketAddress());
    }
    const portlab::TimeWaitRules rules(m_host->ports->System());
    switch (portlab::AnswerInTimeWait(*wait, segment, payloadBytes, rules))
    {
    case portlab::TimeWaitAnswer::Nothing:
        return true;
    case portlab::TimeWaitAnswer::Acknowledge:
        Acknowledge(*wait);
        return true;
    case portlab::TimeWaitAnswer::End:
        m_timeWaits.Remove(tuple);
        return true;
    case portlab::TimeWaitAnswer::Accept:
        m_timeWaits.Remove(tuple);
        return false;
    }
    return false;
}

void
PortlabTcpL4Protocol::Acknowledge(const portlab::TcpTimeWait& wait)
{
    NS_LOG_LOGIC("A segment met TIME_WAIT");
    SendPacket(Create<Packet>(),
               portlab::LastAck(wait),
               wait.tuple.local.ToAddress(),
               wait.tuple.remote.ToAddress(),
               wait.device);
}

/// The socket that sent the segment of which ICMP returns the beginning: the ports.
template <typename Ip>
PortlabTcpSocket*
PortlabTcpL4Protocol::FindSender(Ip source, Ip destination, const uint8_t payload[8]) const
{
    return m_connections.Find({portlab::IpKey::Of(source),
                               portlab::IpKey::Of(destination),
                               static_cast<uint16_t>(payload[0] << 8 | payload[1]),
                               static_cast<uint16_t>(payload[2] << 8 | payload[3])});
}

void
PortlabTcpL4Protocol::ReceiveIcmp(Ipv4Address icmpSource,
                                  uint8_t icmpTtl,
                                  uint8_t icmpType,
                                  uint8_t icmpCode,
                                  uint32_t icmpInfo,
                                  Ipv4Address source,
                                  Ipv4Address destination,
                                  const uint8_t payload[8])
{
    if (const Ptr<PortlabTcpSocket> socket = FindSender(source, destination, payload))
    {
        socket->ForwardIcmp(icmpSource, icmpTtl, icmpType, icmpCode, icmpInfo);
        return;
    }
    TcpL4Protocol::ReceiveIcmp(icmpSource,
                               icmpTtl,
                               icmpType,
                               icmpCode,
                               icmpInfo,
                               source,
                               destination,
                               payload);
}

void
PortlabTcpL4Protocol::ReceiveIcmp(Ipv6Address icmpSource,
                                  uint8_t icmpTtl,
                                  uint8_t icmpType,
                                  uint8_t icmpCode,
                                  uint32_t icmpInfo,
                                  Ipv6Address source,
                                  Ipv6Address destination,
                                  const uint8_t payload[8])
{
    if (const Ptr<PortlabTcpSocket> socket = FindSender(source, destination, payload))
    {
        socket->ForwardIcmp6(icmpSource, icmpTtl, icmpType, icmpCode, icmpInfo);
        return;
    }
    TcpL4Protocol::ReceiveIcmp(icmpSource,
                               icmpTtl,
                               icmpType,
                               icmpCode,
                               icmpInfo,
                               source,
                               destination,
                               payload);
}

} // namespace ns3
