// SPDX-License-Identifier: GPL-2.0-only

// Where segments reach a socket.

#include "model/portlab-tcp-l4-protocol.h"
#include "model/portlab-tcp-socket.h"

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv4-interface.h"
#include "ns3/ipv6-interface.h"
#include "ns3/tcp-option-ts.h"

namespace ns3
{

bool
PortlabTcpSocket::OpenEndPoint(const Address& local, const Address& peer)
{
    if (m_transport)
    {
        return OpenOwnEndPoint(local, peer);
    }
    if (InetSocketAddress::IsMatchingType(local))
    {
        const auto here = InetSocketAddress::ConvertFrom(local);
        const auto there = InetSocketAddress::ConvertFrom(peer);
        m_endPoint = m_tcp->Allocate(m_boundnetdevice,
                                     here.GetIpv4(),
                                     here.GetPort(),
                                     there.GetIpv4(),
                                     there.GetPort());
    }
    else
    {
        const auto here = Inet6SocketAddress::ConvertFrom(local);
        const auto there = Inet6SocketAddress::ConvertFrom(peer);
        m_endPoint6 = m_tcp->Allocate6(m_boundnetdevice,
                                       here.GetIpv6(),
                                       here.GetPort(),
                                       there.GetIpv6(),
                                       there.GetPort());
    }
    return SetupCallback() == 0;
}

bool
PortlabTcpSocket::OpenOwnEndPoint(const Address& local, const Address& peer)
{
    const auto tuple = portlab::TcpTuple::Of(local, peer);
    if (!m_transport->Connections().Add(tuple, this))
    {
        return false;
    }
    m_tuple = tuple;
    m_transport->TimeWaits().Remove(tuple);
    if (InetSocketAddress::IsMatchingType(local))
    {
        const auto here = InetSocketAddress::ConvertFrom(local);
        const auto there = InetSocketAddress::ConvertFrom(peer);
        m_ownEndPoint = std::make_unique<Ipv4EndPoint>(here.GetIpv4(), here.GetPort());
        m_endPoint = m_ownEndPoint.get();
        m_endPoint->SetPeer(there.GetIpv4(), there.GetPort());
        m_endPoint->BindToNetDevice(m_boundnetdevice);
    }
    else
    {
        const auto here = Inet6SocketAddress::ConvertFrom(local);
        const auto there = Inet6SocketAddress::ConvertFrom(peer);
        m_ownEndPoint6 = std::make_unique<Ipv6EndPoint>(here.GetIpv6(), here.GetPort());
        m_endPoint6 = m_ownEndPoint6.get();
        m_endPoint6->SetPeer(there.GetIpv6(), there.GetPort());
        m_endPoint6->BindToNetDevice(m_boundnetdevice);
    }
    return true;
}

/// ns-3's own end points are for listeners alone, so that a SYN walks past them and no others.
bool
PortlabTcpSocket::OpenListener()
{
    const uint16_t port = *m_port.Number();
    if (m_isIpv6)
    {
        m_endPoint6 = m_tcp->Allocate6(m_boundnetdevice, Ipv6Address::ConvertFrom(m_bound), port);
    }
    else
    {
        m_endPoint = m_tcp->Allocate(m_boundnetdevice, Ipv4Address::ConvertFrom(m_bound), port);
    }
    if (m_endPoint)
    {
        m_endPoint->BindToNetDevice(m_boundnetdevice);
    }
    if (m_endPoint6)
    {
        m_endPoint6->BindToNetDevice(m_boundnetdevice);
    }
    return SetupCallback() == 0;
}

void
PortlabTcpSocket::CloseEndPoint()
{
    CancelAllTimers();
    m_finWait2Event.Cancel();
    if (m_tuple)
    {
        m_transport->Connections().Remove(*m_tuple);
        m_tuple.reset();
        // The end points themselves stay: ns-3 may be in the middle of reading them.
        m_endPoint = nullptr;
        m_endPoint6 = nullptr;
    }
    if (m_endPoint)
    {
        m_endPoint->SetDestroyCallback(MakeNullCallback<void>());
        m_tcp->DeAllocate(m_endPoint);
        m_endPoint = nullptr;
    }
    if (m_endPoint6)
    {
        m_endPoint6->SetDestroyCallback(MakeNullCallback<void>());
        m_tcp->DeAllocate(m_endPoint6);
        m_endPoint6 = nullptr;
    }
}

void
PortlabTcpSocket::Receive(Ptr<Packet> packet,
                          const Ipv4Header& header,
                          uint16_t port,
                          Ptr<Ipv4Interface> interface)
{
    if (m_endPoint)
    {
        ForwardUp(packet, header, port, interface);
        return;
    }
    // It came to an IPv6 listener by IPv4: the addresses are mapped, as ns-3 does it.
    Ipv6Header mapped;
    mapped.SetSource(Ipv6Address::MakeIpv4MappedAddress(header.GetSource()));
    mapped.SetDestination(Ipv6Address::MakeIpv4MappedAddress(header.GetDestination()));
    Receive(packet, mapped, port, nullptr);
}

void
PortlabTcpSocket::Receive(Ptr<Packet> packet,
                          const Ipv6Header& header,
                          uint16_t port,
                          Ptr<Ipv6Interface> interface)
{
    if (m_endPoint6)
    {
        ForwardUp6(packet, header, port, interface);
    }
}

Ptr<TcpSocketBase>
PortlabTcpSocket::Fork()
{
    return CopyObject<PortlabTcpSocket>(this);
}

/// The listener compares all of these with 0, for it has no client.
void
PortlabTcpSocket::HearSyn(const TcpHeader& header)
{
    const SequenceNumber32 first = header.GetSequenceNumber();
    m_highRxMark = first;
    m_highTxAck = first;
    m_ecnCESeq = first;
    if (m_timestampEnabled && header.HasOption(TcpOption::TS))
    {
        const auto option = DynamicCast<const TcpOptionTS>(header.GetOption(TcpOption::TS));
        m_timestampToEcho = option->GetTimestamp();
    }
}

/// ns-3's own servers echo 0 to the SYN of a client that does not count from 0. That is no
/// timestamp (RFC 7323, 3.2), and the time since the segment was sent tells as much.
void
PortlabTcpSocket::EstimateRtt(const TcpHeader& header)
{
    const bool hasTimestamps = m_timestampEnabled;
    if (header.HasOption(TcpOption::TS))
    {
        const auto option = DynamicCast<const TcpOptionTS>(header.GetOption(TcpOption::TS));
        m_timestampEnabled = hasTimestamps && option->GetEcho() != 0;
    }
    TcpSocketBase::EstimateRtt(header);
    m_timestampEnabled = hasTimestamps;
}

/// As the base does it, but for the end point and the list of sockets.
void
PortlabTcpSocket::CompleteFork(Ptr<Packet> packet,
                               const TcpHeader& header,
                               const Address& from,
                               const Address& to)
{
    HearSyn(header);
    if (!m_transport)
    {
        TcpSocketBase::CompleteFork(packet, header, from, to);
        return;
    }
    if (!OpenOwnEndPoint(to, from))
    {
        return; // A repeated SYN, which came before the first one was through.
    }
    Enlist();
    m_state = SYN_RCVD;
    m_synCount = m_synRetries;
    m_dataRetrCount = m_dataRetries;
    m_tcb->m_rxBuffer->SetNextRxSequence(header.GetSequenceNumber() + SequenceNumber32(1));
    constexpr int ecnSyn = TcpHeader::CWR | TcpHeader::ECE;
    const bool isEcn =
        m_tcb->m_useEcn != TcpSocketState::Off && (header.GetFlags() & ecnSyn) == ecnSyn;
    if (isEcn)
    {
        SendEmptyPacket(TcpHeader::SYN | TcpHeader::ACK | TcpHeader::ECE);
    }
    else
    {
        SendEmptyPacket(TcpHeader::SYN | TcpHeader::ACK);
    }
    m_tcb->m_ecnState = isEcn ? TcpSocketState::ECN_IDLE : TcpSocketState::ECN_DISABLED;
}

} // namespace ns3
