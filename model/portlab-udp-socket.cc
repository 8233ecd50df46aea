// SPDX-License-Identifier: GPL-2.0-only

#include "model/portlab-udp-socket.h"

#include "model/portlab-udp-socket-factory.h"

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/log.h"
#include "ns3/node.h"

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("PortlabUdpSocket");

NS_OBJECT_ENSURE_REGISTERED(PortlabUdpSocket);

namespace
{

bool
IsIpv6(const Address& address)
{
    return Inet6SocketAddress::IsMatchingType(address);
}

bool
HasPort(const Address& address)
{
    return InetSocketAddress::IsMatchingType(address) || IsIpv6(address);
}

uint16_t
PortOf(const Address& address)
{
    return IsIpv6(address) ? Inet6SocketAddress::ConvertFrom(address).GetPort()
                           : InetSocketAddress::ConvertFrom(address).GetPort();
}

/// The address with another port. It keeps its TOS, which it has in some versions of ns-3.
Address
WithPort(const Address& address, uint16_t port)
{
    if (IsIpv6(address))
    {
        return Inet6SocketAddress(Inet6SocketAddress::ConvertFrom(address).GetIpv6(), port);
    }
    InetSocketAddress other = InetSocketAddress::ConvertFrom(address);
    other.SetPort(port);
    return other;
}

Address
Any4()
{
    return InetSocketAddress(Ipv4Address::GetAny(), 0);
}

Address
Any6()
{
    return Inet6SocketAddress(Ipv6Address::GetAny(), 0);
}

/// What EphemeralPorts is told as the local address of every socket, for a port that one socket has
/// automatically is no other's, on whatever address.
Address
Anywhere()
{
    return Ipv4Address::GetAny();
}

portlab::SocketPort
NoPort()
{
    portlab::SocketPort port;
    port.transport = portlab::Transport::Udp;
    return port;
}

} // namespace

TypeId
PortlabUdpSocket::GetTypeId()
{
    using Self = PortlabUdpSocket;
    static TypeId tid =
        TypeId("ns3::PortlabUdpSocket")
            .SetParent<UdpSocket>()
            .SetGroupName("Portlab")
            .AddAttribute("IcmpCallback",
                          "Called for every ICMP error that concerns this socket.",
                          TypeId::ATTR_SET | TypeId::ATTR_CONSTRUCT,
                          CallbackValue(),
                          MakeCallbackAccessor(&Self::SetIcmpCallback),
                          MakeCallbackChecker())
            .AddAttribute("IcmpCallback6",
                          "Called for every ICMPv6 error that concerns this socket.",
                          TypeId::ATTR_SET | TypeId::ATTR_CONSTRUCT,
                          CallbackValue(),
                          MakeCallbackAccessor(&Self::SetIcmpCallback6),
                          MakeCallbackChecker())
            .AddTraceSource("Drop",
                            "A packet came when the receive buffer was full.",
                            MakeTraceSourceAccessor(&Self::m_dropTrace),
                            "ns3::Packet::TracedCallback");
    return tid;
}

PortlabUdpSocket::PortlabUdpSocket()
    : m_owner(nullptr),
      m_port(NoPort()),
      m_isBound4(false),
      m_isBound6(false),
      m_isClosed(false),
      m_isSendShut(false),
      m_errno(ERROR_NOTERROR)
{
}

PortlabUdpSocket::~PortlabUdpSocket() = default;

void
PortlabUdpSocket::Open(Ptr<UdpL4Protocol> udp,
                       Ptr<EphemeralPorts> ports,
                       PortlabUdpSocketFactory* owner)
{
    m_inner = udp->CreateSocket();
    m_ports = ports;
    m_owner = owner;
    HearFromInner(true);
    // Which of these the program wants is known when it receives: nothing tells when it says so.
    m_inner->SetRecvPktInfo(true);
    m_inner->SetIpRecvTos(true);
    m_inner->SetIpRecvTtl(true);
    m_inner->SetIpv6RecvTclass(true);
    m_inner->SetIpv6RecvHopLimit(true);
}

void
PortlabUdpSocket::HearFromInner(bool hear)
{
    using Self = PortlabUdpSocket;
    using Heard = Callback<void, Ptr<Socket>>;
    using HeardBytes = Callback<void, Ptr<Socket>, uint32_t>;
    m_inner->SetConnectCallback(hear ? MakeCallback(&Self::OnConnected, this) : Heard(),
                                hear ? MakeCallback(&Self::OnConnectFailed, this) : Heard());
    m_inner->SetDataSentCallback(hear ? MakeCallback(&Self::OnDataSent, this) : HeardBytes());
    m_inner->SetSendCallback(hear ? MakeCallback(&Self::OnSend, this) : HeardBytes());
    m_inner->SetRecvCallback(hear ? MakeCallback(&Self::OnReceived, this) : Heard());
    const auto onDrop = MakeCallback(&Self::OnDrop, this);
    if (hear)
    {
        m_inner->TraceConnectWithoutContext("Drop", onDrop);
    }
    else
    {
        m_inner->TraceDisconnectWithoutContext("Drop", onDrop);
    }
}

void
PortlabUdpSocket::Abandon()
{
    if (m_inner && m_ports)
    {
        HearFromInner(false);
    }
    m_ports = nullptr;
    m_owner = nullptr;
    m_isClosed = true;
    m_isSendShut = true;
}

void
PortlabUdpSocket::DoDispose()
{
    Abandon();
    m_inner = nullptr;
    UdpSocket::DoDispose();
}

int
PortlabUdpSocket::Fail(SocketErrno error) const
{
    m_errno = error;
    return -1;
}

/// What the inner socket has answered.
int
PortlabUdpSocket::Tell(int result) const
{
    m_errno = m_inner->GetErrno();
    return result;
}

int
PortlabUdpSocket::Bind()
{
    return BindTo(Any4());
}

int
PortlabUdpSocket::Bind6()
{
    return BindTo(Any6());
}

int
PortlabUdpSocket::Bind(const Address& address)
{
    if (!HasPort(address))
    {
        return Fail(ERROR_INVAL);
    }
    GiveOptions();
    const int result = BindTo(address);
    TakeOptions();
    return result;
}

int
PortlabUdpSocket::BindTo(const Address& local)
{
    if (m_isClosed)
    {
        return Fail(ERROR_BADF);
    }
    const uint16_t port = PortOf(local);
    if (m_isBound4 || (m_isBound6 && IsIpv6(local)) || (m_number && port != 0 && port != *m_number))
    {
        return Fail(ERROR_INVAL);
    }
    if (!m_number)
    {
        m_port.options.reuseAddress = port != 0;
        m_number = m_ports->Bind(m_port, Anywhere(), port).port;
        if (!m_number)
        {
            m_port = NoPort();
            return Fail(port != 0 ? ERROR_ADDRINUSE : ERROR_ADDRNOTAVAIL);
        }
    }
    return OpenEndPoint(local);
}

/// Binds the socket if it is not, as it has to be to send there. An IPv4 address in IPv6 notation
/// is reached by IPv4. IPv6 comes first: with an IPv4 end point an assert of ns-3's own socket,
/// which looks at the wrong one of the two, forbids one of IPv6.
int
PortlabUdpSocket::BindTowards(const Address& peer)
{
    const bool needs6 = IsIpv6(peer);
    if (needs6 && m_isBound4 && !m_isBound6)
    {
        return Fail(ERROR_AFNOSUPPORT);
    }
    if (!m_number)
    {
        m_number = m_ports->Connect(m_port, Anywhere(), peer).port;
    }
    if (!m_number)
    {
        return Fail(ERROR_ADDRNOTAVAIL);
    }
    const bool needs4 =
        !needs6 || Inet6SocketAddress::ConvertFrom(peer).GetIpv6().IsIpv4MappedAddress();
    if ((needs6 && !m_isBound6 && OpenEndPoint(Any6()) == -1) ||
        (needs4 && !m_isBound4 && OpenEndPoint(Any4()) == -1))
    {
        return -1;
    }
    return 0;
}

int
PortlabUdpSocket::OpenEndPoint(const Address& local)
{
    const int result = Tell(m_inner->Bind(WithPort(local, *m_number)));
    if (result == 0)
    {
        (IsIpv6(local) ? m_isBound6 : m_isBound4) = true;
    }
    else if (!m_isBound4 && !m_isBound6)
    {
        ReleasePort();
    }
    return result;
}

void
PortlabUdpSocket::ReleasePort()
{
    m_ports->Release(m_port);
    m_port = NoPort();
    m_number.reset();
}

int
PortlabUdpSocket::Close()
{
    if (m_isClosed)
    {
        return Fail(ERROR_BADF);
    }
    m_isClosed = true;
    m_isSendShut = true;
    const int result = Tell(m_inner->Close());
    m_isBound4 = false;
    m_isBound6 = false;
    ReleasePort();
    m_owner->Forget(this); // Last: this may have been the only pointer to the socket.
    return result;
}

/// Kept from the inner socket, which could not be closed any more if it were shut both ways.
int
PortlabUdpSocket::ShutdownSend()
{
    m_isSendShut = true;
    return 0;
}

int
PortlabUdpSocket::ShutdownRecv()
{
    return Tell(m_inner->ShutdownRecv());
}

int
PortlabUdpSocket::Connect(const Address& address)
{
    if (m_isClosed)
    {
        return Fail(ERROR_BADF);
    }
    if (HasPort(address) && BindTowards(address) == -1)
    {
        NotifyConnectionFailed();
        return -1;
    }
    GiveOptions();
    return Tell(m_inner->Connect(address));
}

int
PortlabUdpSocket::Send(Ptr<Packet> packet, uint32_t flags)
{
    if (m_isSendShut)
    {
        return Fail(ERROR_SHUTDOWN);
    }
    GiveOptions();
    return Tell(m_inner->Send(packet, flags));
}

int
PortlabUdpSocket::SendTo(Ptr<Packet> packet, uint32_t flags, const Address& address)
{
    if (m_isSendShut)
    {
        return Fail(ERROR_SHUTDOWN);
    }
    if (HasPort(address) && BindTowards(address) == -1)
    {
        return -1;
    }
    GiveOptions();
    return Tell(m_inner->SendTo(packet, flags, address));
}

} // namespace ns3
