// SPDX-License-Identifier: GPL-2.0-only

#include "model/portlab-udp-socket.h"

#include "ns3/boolean.h"
#include "ns3/integer.h"
#include "ns3/ipv4-packet-info-tag.h"
#include "ns3/ipv6-packet-info-tag.h"
#include "ns3/node.h"
#include "ns3/uinteger.h"

// What has nothing to do with ports, and goes to the inner socket or comes from it. Attributes are
// set before there is an inner socket; it has the same defaults.

namespace ns3
{

namespace
{

template <typename Tag>
void
RemoveTag(const Ptr<Packet>& packet)
{
    Tag tag;
    packet->RemovePacketTag(tag);
}

void
SetUnlessNew(const Ptr<Socket>& inner, const char* name, const AttributeValue& value)
{
    if (inner)
    {
        inner->SetAttribute(name, value);
    }
}

template <typename Value>
auto
Get(const Ptr<Socket>& inner, const char* name)
{
    Value value;
    inner->GetAttribute(name, value);
    return value.Get();
}

} // namespace

/// Hands on what programs set by functions that are not virtual.
void
PortlabUdpSocket::GiveOptions()
{
    m_inner->SetIpTos(GetIpTos()); // It sets the priority as well.
    m_inner->SetPriority(GetPriority());
    m_inner->SetIpv6Tclass(IsManualIpv6Tclass() ? GetIpv6Tclass() : -1);
}

/// Takes over what an address has set, which has a TOS in some versions of ns-3.
void
PortlabUdpSocket::TakeOptions()
{
    SetIpTos(m_inner->GetIpTos());
    SetPriority(m_inner->GetPriority());
}

/// The inner socket puts on all tags that there are.
void
PortlabUdpSocket::RemoveUnwantedTags(const Ptr<Packet>& packet) const
{
    if (!IsRecvPktInfo())
    {
        RemoveTag<Ipv4PacketInfoTag>(packet);
        RemoveTag<Ipv6PacketInfoTag>(packet);
    }
    if (!IsIpRecvTos())
    {
        RemoveTag<SocketIpTosTag>(packet);
    }
    if (!IsIpRecvTtl())
    {
        RemoveTag<SocketIpTtlTag>(packet);
    }
    if (!IsIpv6RecvTclass())
    {
        RemoveTag<SocketIpv6TclassTag>(packet);
    }
    if (!IsIpv6RecvHopLimit())
    {
        RemoveTag<SocketIpv6HopLimitTag>(packet);
    }
}

Ptr<Packet>
PortlabUdpSocket::RecvFrom(uint32_t maxSize, uint32_t flags, Address& from)
{
    const Ptr<Packet> packet = m_inner->RecvFrom(maxSize, flags, from);
    Tell(0);
    if (packet)
    {
        RemoveUnwantedTags(packet);
    }
    return packet;
}

Ptr<Packet>
PortlabUdpSocket::Recv(uint32_t maxSize, uint32_t flags)
{
    Address from;
    return RecvFrom(maxSize, flags, from);
}

void
PortlabUdpSocket::OnConnected(Ptr<Socket>)
{
    TakeOptions();
    NotifyConnectionSucceeded();
}

void
PortlabUdpSocket::OnConnectFailed(Ptr<Socket>)
{
    NotifyConnectionFailed();
}

void
PortlabUdpSocket::OnDataSent(Ptr<Socket>, uint32_t bytes)
{
    NotifyDataSent(bytes);
}

void
PortlabUdpSocket::OnSend(Ptr<Socket>, uint32_t available)
{
    NotifySend(available);
}

void
PortlabUdpSocket::OnReceived(Ptr<Socket>)
{
    NotifyDataRecv();
}

void
PortlabUdpSocket::OnDrop(Ptr<const Packet> packet)
{
    m_dropTrace(packet);
}

Socket::SocketErrno
PortlabUdpSocket::GetErrno() const
{
    return m_errno;
}

Socket::SocketType
PortlabUdpSocket::GetSocketType() const
{
    return NS3_SOCK_DGRAM;
}

Ptr<Node>
PortlabUdpSocket::GetNode() const
{
    return m_inner ? m_inner->GetNode() : nullptr;
}

int
PortlabUdpSocket::Listen()
{
    return Tell(m_inner->Listen());
}

uint32_t
PortlabUdpSocket::GetTxAvailable() const
{
    return m_inner->GetTxAvailable();
}

uint32_t
PortlabUdpSocket::GetRxAvailable() const
{
    return m_inner->GetRxAvailable();
}

int
PortlabUdpSocket::GetSockName(Address& address) const
{
    return m_inner->GetSockName(address);
}

int
PortlabUdpSocket::GetPeerName(Address& address) const
{
    return Tell(m_inner->GetPeerName(address));
}

void
PortlabUdpSocket::BindToNetDevice(Ptr<NetDevice> device)
{
    UdpSocket::BindToNetDevice(device);
    m_inner->BindToNetDevice(device);
}

bool
PortlabUdpSocket::SetAllowBroadcast(bool allow)
{
    return m_inner->SetAllowBroadcast(allow);
}

bool
PortlabUdpSocket::GetAllowBroadcast() const
{
    return m_inner->GetAllowBroadcast();
}

void
PortlabUdpSocket::SetIpTtl(uint8_t ttl)
{
    UdpSocket::SetIpTtl(ttl);
    if (m_inner)
    {
        m_inner->SetIpTtl(ttl);
    }
}

void
PortlabUdpSocket::SetIpv6HopLimit(uint8_t limit)
{
    UdpSocket::SetIpv6HopLimit(limit);
    m_inner->SetIpv6HopLimit(limit);
}

void
PortlabUdpSocket::Ipv6JoinGroup(Ipv6Address address,
                                Ipv6MulticastFilterMode mode,
                                std::vector<Ipv6Address> sources)
{
    m_inner->Ipv6JoinGroup(address, mode, sources);
}

void
PortlabUdpSocket::Ipv6JoinGroup(Ipv6Address address)
{
    m_inner->Ipv6JoinGroup(address);
}

void
PortlabUdpSocket::Ipv6LeaveGroup()
{
    m_inner->Ipv6LeaveGroup();
}

int
PortlabUdpSocket::MulticastJoinGroup(uint32_t interface, const Address& group)
{
    return Tell(DynamicCast<UdpSocket>(m_inner)->MulticastJoinGroup(interface, group));
}

int
PortlabUdpSocket::MulticastLeaveGroup(uint32_t interface, const Address& group)
{
    return Tell(DynamicCast<UdpSocket>(m_inner)->MulticastLeaveGroup(interface, group));
}

void
PortlabUdpSocket::SetRcvBufSize(uint32_t size)
{
    SetUnlessNew(m_inner, "RcvBufSize", UintegerValue(size));
}

uint32_t
PortlabUdpSocket::GetRcvBufSize() const
{
    return static_cast<uint32_t>(Get<UintegerValue>(m_inner, "RcvBufSize"));
}

void
PortlabUdpSocket::SetIpMulticastTtl(uint8_t ttl)
{
    SetUnlessNew(m_inner, "IpMulticastTtl", UintegerValue(ttl));
}

uint8_t
PortlabUdpSocket::GetIpMulticastTtl() const
{
    return static_cast<uint8_t>(Get<UintegerValue>(m_inner, "IpMulticastTtl"));
}

void
PortlabUdpSocket::SetIpMulticastIf(int32_t interface)
{
    SetUnlessNew(m_inner, "IpMulticastIf", IntegerValue(interface));
}

int32_t
PortlabUdpSocket::GetIpMulticastIf() const
{
    return static_cast<int32_t>(Get<IntegerValue>(m_inner, "IpMulticastIf"));
}

void
PortlabUdpSocket::SetIpMulticastLoop(bool loop)
{
    SetUnlessNew(m_inner, "IpMulticastLoop", BooleanValue(loop));
}

bool
PortlabUdpSocket::GetIpMulticastLoop() const
{
    return Get<BooleanValue>(m_inner, "IpMulticastLoop");
}

void
PortlabUdpSocket::SetMtuDiscover(bool discover)
{
    SetUnlessNew(m_inner, "MtuDiscover", BooleanValue(discover));
}

bool
PortlabUdpSocket::GetMtuDiscover() const
{
    return Get<BooleanValue>(m_inner, "MtuDiscover");
}

void
PortlabUdpSocket::SetIcmpCallback(IcmpCallback callback)
{
    SetUnlessNew(m_inner, "IcmpCallback", CallbackValue(callback));
}

void
PortlabUdpSocket::SetIcmpCallback6(Icmp6Callback callback)
{
    SetUnlessNew(m_inner, "IcmpCallback6", CallbackValue(callback));
}

} // namespace ns3
