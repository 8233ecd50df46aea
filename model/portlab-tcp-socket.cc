// SPDX-License-Identifier: GPL-2.0-only

// What programs call. Where segments reach a socket is in portlab-tcp-socket-end-points.cc, how a
// connection ends in portlab-tcp-socket-ends.cc.

#include "model/portlab-tcp-socket.h"

#include "model/ip-end.h"
#include "model/portlab-tcp-l4-protocol.h"

#include "ns3/boolean.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv4-route.h"
#include "ns3/ipv4-routing-protocol.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6-route.h"
#include "ns3/ipv6-routing-protocol.h"
#include "ns3/ipv6.h"
#include "ns3/log.h"
#include "ns3/node.h"
#include "ns3/rtt-estimator.h"
#include "ns3/tcp-congestion-ops.h"
#include "ns3/tcp-recovery-ops.h"
#include "ns3/tcp-rx-buffer.h"
#include "ns3/tcp-tx-buffer.h"

#include <utility>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("PortlabTcpSocket");

NS_OBJECT_ENSURE_REGISTERED(PortlabTcpSocket);

namespace
{

/// The type of service, which an address carried up to ns-3.41.
template <typename Inet>
auto
TakeTos(Socket& socket, const Inet& address, int /* preferred */)
    -> decltype(socket.SetIpTos(address.GetTos()))
{
    socket.SetIpTos(address.GetTos());
}

template <typename Inet>
void
TakeTos(Socket& /* socket */, const Inet& /* address */, long /* otherwise */)
{
}

/// The same peer by its IPv4 address, if that was mapped into IPv6.
Address
Unmap(const Address& peer)
{
    if (Inet6SocketAddress::IsMatchingType(peer))
    {
        const auto inet6 = Inet6SocketAddress::ConvertFrom(peer);
        if (inet6.GetIpv6().IsIpv4MappedAddress())
        {
            return InetSocketAddress(inet6.GetIpv6().GetIpv4MappedAddress(), inet6.GetPort());
        }
    }
    return peer;
}

} // namespace

TypeId
PortlabTcpSocket::GetTypeId()
{
    using Self = PortlabTcpSocket;
    static TypeId tid =
        TypeId("ns3::PortlabTcpSocket")
            .SetParent<TcpSocketBase>()
            .SetGroupName("Portlab")
            .AddConstructor<Self>()
            .AddAttribute("ReuseAddress",
                          "SO_REUSEADDR: Bind() may choose a port that others use, if they have "
                          "this too and do not listen.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&Self::SetReuseAddress, &Self::GetReuseAddress),
                          MakeBooleanChecker());
    return tid;
}

PortlabTcpSocket::PortlabTcpSocket()
    : m_bound(Ipv4Address::GetAny())
{
    WatchState();
}

PortlabTcpSocket::PortlabTcpSocket(const PortlabTcpSocket& listener)
    : WithTypeId(listener),
      m_transport(listener.m_transport),
      m_port(listener.m_port.Host()),
      m_bound(listener.m_bound),
      m_isIpv6(listener.m_isIpv6),
      m_isAccepted(true)
{
    m_port.SetReuseAddress(listener.GetReuseAddress());
    WatchState();
}

PortlabTcpSocket::~PortlabTcpSocket()
{
    CloseEndPoint();
    if (m_transport)
    {
        m_transport->Delist(this);
    }
}

void
PortlabTcpSocket::WatchState()
{
    m_state.ConnectWithoutContext(MakeCallback(&PortlabTcpSocket::OnState, this));
}

void
PortlabTcpSocket::SetHost(std::shared_ptr<portlab::HostPorts> host)
{
    m_port.SetHost(std::move(host));
}

void
PortlabTcpSocket::SetTcp(Ptr<TcpL4Protocol> tcp)
{
    TcpSocketBase::SetTcp(tcp);
    m_transport = PeekPointer(DynamicCast<PortlabTcpL4Protocol>(tcp));
}

bool
PortlabTcpSocket::SetReuseAddress(bool mayShare)
{
    m_port.SetReuseAddress(mayShare);
    return true;
}

bool
PortlabTcpSocket::GetReuseAddress() const
{
    return m_port.GetReuseAddress();
}

int
PortlabTcpSocket::Fail(SocketErrno error)
{
    m_errno = error;
    return -1;
}

void
PortlabTcpSocket::Enlist()
{
    if (m_transport)
    {
        m_transport->Enlist(this);
    }
    else
    {
        m_tcp->AddSocket(this);
    }
}

void
PortlabTcpSocket::Delist()
{
    if (m_transport)
    {
        m_transport->Delist(this);
    }
    else
    {
        m_tcp->RemoveSocket(this);
    }
}

int
PortlabTcpSocket::Bind()
{
    NS_LOG_FUNCTION(this);
    m_isIpv6 = false;
    Enlist();
    return 0;
}

int
PortlabTcpSocket::Bind6()
{
    NS_LOG_FUNCTION(this);
    m_isIpv6 = true;
    Enlist();
    return 0;
}

int
PortlabTcpSocket::Bind(const Address& address)
{
    NS_LOG_FUNCTION(this << address);
    if (InetSocketAddress::IsMatchingType(address))
    {
        const auto inet = InetSocketAddress::ConvertFrom(address);
        TakeTos(*this, inet, 0);
        return BindPort(inet.GetIpv4(), inet.GetPort());
    }
    if (Inet6SocketAddress::IsMatchingType(address))
    {
        const auto inet6 = Inet6SocketAddress::ConvertFrom(address);
        return BindPort(inet6.GetIpv6(), inet6.GetPort());
    }
    return Fail(ERROR_INVAL);
}

int
PortlabTcpSocket::BindPort(const Address& local, uint16_t port)
{
    if (m_port.Number() || m_state != CLOSED)
    {
        return Fail(ERROR_INVAL);
    }
    if (!m_port.Bind(local, port))
    {
        return Fail(ERROR_ADDRINUSE);
    }
    m_bound = local;
    m_isIpv6 = Ipv6Address::IsMatchingType(local);
    Enlist();
    return 0;
}

int
PortlabTcpSocket::Connect(const Address& address)
{
    NS_LOG_FUNCTION(this << address);
    const Ptr<PortlabTcpSocket> self(this);
    if (m_state != CLOSED)
    {
        return Fail(m_state == SYN_SENT ? ERROR_AGAIN : ERROR_ISCONN);
    }
    const Address peer = Unmap(address);
    const auto local = SourceTowards(peer);
    if (!local)
    {
        return -1;
    }
    const bool isGranted = m_port.Connect(*local, peer);
    if (!isGranted ||
        !OpenEndPoint(portlab::IpEnd{*local, *m_port.Number()}.ToSocketAddress(), peer))
    {
        if (isGranted)
        {
            m_port.Abandon();
        }
        Delist(); // Or sockets that got no port would stay on the list for ever.
        return Fail(ERROR_ADDRNOTAVAIL);
    }
    Enlist();
    m_isAccepted = false;
    m_isOrphan = false;
    m_rtt->Reset();
    m_dataRetrCount = m_dataRetries;
    m_timestampEnabled = m_timestampEnabled && m_port.Ports().System().timestamps.value;
    ChooseSequence();
    return DoConnect();
}

/// ns-3 counts from 0, and compares all of these with what the peer acknowledges.
void
PortlabTcpSocket::ChooseSequence()
{
    const SequenceNumber32 first(m_port.InitialSequence());
    m_tcb->m_nextTxSequence = first;
    m_tcb->m_highTxMark = first;
    m_tcb->m_lastAckedSeq = first;
    m_recover = first;
    m_highRxAckMark = first;
    m_ecnEchoSeq = first;
    m_ecnCWRSeq = first;
    m_txBuffer->SetHeadSequence(first);
}

/// The address that routing chooses, or that Bind() was told; empty, with the reason in m_errno, if
/// there is no way.
std::optional<Address>
PortlabTcpSocket::SourceTowards(const Address& peer)
{
    SocketErrno error = ERROR_NOTERROR;
    std::optional<Address> source;
    if (InetSocketAddress::IsMatchingType(peer))
    {
        const auto inet = InetSocketAddress::ConvertFrom(peer);
        TakeTos(*this, inet, 0);
        Ipv4Header header;
        header.SetDestination(inet.GetIpv4());
        const auto routing = m_node->GetObject<Ipv4>()->GetRoutingProtocol();
        const auto route = routing->RouteOutput(nullptr, header, m_boundnetdevice, error);
        source = route ? std::optional<Address>(route->GetSource()) : std::nullopt;
    }
    else if (Inet6SocketAddress::IsMatchingType(peer))
    {
        Ipv6Header header;
        header.SetDestination(Inet6SocketAddress::ConvertFrom(peer).GetIpv6());
        const auto routing = m_node->GetObject<Ipv6>()->GetRoutingProtocol();
        const auto route = routing->RouteOutput(nullptr, header, m_boundnetdevice, error);
        source = route ? std::optional<Address>(route->GetSource()) : std::nullopt;
    }
    else
    {
        error = ERROR_INVAL;
    }
    if (source && m_port.Number() && !portlab::IsAnyAddress(m_bound))
    {
        const bool isKind = m_isIpv6 == Inet6SocketAddress::IsMatchingType(peer);
        source = isKind ? std::optional(m_bound) : std::nullopt;
        error = ERROR_AFNOSUPPORT;
    }
    m_errno = source ? m_errno : error;
    return source;
}

int
PortlabTcpSocket::Listen()
{
    NS_LOG_FUNCTION(this);
    if (m_state != CLOSED)
    {
        return Fail(ERROR_INVAL);
    }
    if (!m_port.Number())
    {
        m_bound = m_isIpv6 ? Address(Ipv6Address::GetAny()) : Address(Ipv4Address::GetAny());
    }
    if (!m_port.Listen() || !OpenListener())
    {
        return Fail(ERROR_ADDRINUSE);
    }
    Enlist();
    return TcpSocketBase::Listen();
}

int
PortlabTcpSocket::GetSockName(Address& address) const
{
    if (m_endPoint || m_endPoint6 || m_state != CLOSED)
    {
        return TcpSocketBase::GetSockName(address);
    }
    const Address any = m_isIpv6 ? Address(Ipv6Address::GetAny()) : Address(Ipv4Address::GetAny());
    address = portlab::IpEnd{m_port.Number() ? m_bound : any, m_port.Number().value_or(0)}
                  .ToSocketAddress();
    return 0;
}

std::vector<const ObjectBase*>
PortlabTcpSocket::Parts() const
{
    return {this,
            PeekPointer(m_tcb),
            PeekPointer(m_txBuffer),
            PeekPointer(m_tcb->m_rxBuffer),
            PeekPointer(m_rtt),
            PeekPointer(m_congestionControl),
            PeekPointer(m_recoveryOps)};
}

} // namespace ns3
