// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_UDP_SOCKET_H
#define PORTLAB_UDP_SOCKET_H

#include "model/core/port/socket-layer.h"
#include "model/ephemeral-ports.h"

#include "ns3/callback.h"
#include "ns3/ipv4-address.h"
#include "ns3/ipv6-address.h"
#include "ns3/traced-callback.h"
#include "ns3/udp-l4-protocol.h"
#include "ns3/udp-socket.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace ns3
{

class PortlabUdpSocketFactory;

/**
 * @ingroup portlab
 *
 * A UDP socket whose port comes from the node's EphemeralPorts. What carries data is ns-3's own
 * socket, which this one wraps; programs see only this one.
 *
 * - Bind() without a port, and the first Connect() or SendTo() of a socket that has none, take an
 *   automatic port by the system's rule. When there is none they return -1 at once, with
 *   ERROR_ADDRNOTAVAIL. An automatic port belongs to one socket, on all addresses of the host.
 * - Bind() to a port that another socket has as an automatic one fails with ERROR_ADDRINUSE. Ports
 *   that programs choose are shared among these as ns-3 does it, by different addresses, devices or
 *   IP versions, because its servers and routing protocols count on that.
 * - IPv4 and IPv6 share one set of ports. A socket that began with IPv6 has the same port in both;
 *   one that began with IPv4 stays with it, as everywhere: Connect() and SendTo() to an address of
 *   IPv6 fail with ERROR_AFNOSUPPORT.
 * - Close() gives the port back, once. A socket that nobody closes keeps it, as with ns-3's own,
 *   whether or not somebody holds a pointer to it. A closed socket cannot be bound again.
 *
 * Limits: the ports of sockets that were made otherwise are not known to EphemeralPorts; an
 * automatic port that one of them has is refused with ERROR_ADDRINUSE.
 */
class PortlabUdpSocket : public UdpSocket
{
  public:
    /**
     * @brief Get the type ID.
     * @return The object TypeId.
     */
    static TypeId GetTypeId();

    PortlabUdpSocket();
    ~PortlabUdpSocket() override;

    /**
     * Makes the socket usable; before anything else.
     *
     * @param udp The node's UDP.
     * @param ports Where the port comes from.
     * @param owner Keeps the socket until it is closed.
     */
    void Open(Ptr<UdpL4Protocol> udp, Ptr<EphemeralPorts> ports, PortlabUdpSocketFactory* owner);

    /** The node is going: the socket forgets its port, and is as if closed. */
    void Abandon();

    SocketErrno GetErrno() const override;
    SocketType GetSocketType() const override;
    Ptr<Node> GetNode() const override;
    int Bind() override;
    int Bind6() override;
    int Bind(const Address& address) override;
    int Close() override;
    int ShutdownSend() override;
    int ShutdownRecv() override;
    int Connect(const Address& address) override;
    int Listen() override;
    uint32_t GetTxAvailable() const override;
    int Send(Ptr<Packet> packet, uint32_t flags) override;
    int SendTo(Ptr<Packet> packet, uint32_t flags, const Address& address) override;
    uint32_t GetRxAvailable() const override;
    Ptr<Packet> Recv(uint32_t maxSize, uint32_t flags) override;
    Ptr<Packet> RecvFrom(uint32_t maxSize, uint32_t flags, Address& from) override;
    int GetSockName(Address& address) const override;
    int GetPeerName(Address& address) const override;
    void BindToNetDevice(Ptr<NetDevice> device) override;
    bool SetAllowBroadcast(bool allow) override;
    bool GetAllowBroadcast() const override;
    void SetIpTtl(uint8_t ttl) override;
    void SetIpv6HopLimit(uint8_t limit) override;
    void Ipv6JoinGroup(Ipv6Address address,
                       Ipv6MulticastFilterMode mode,
                       std::vector<Ipv6Address> sources) override;
    void Ipv6JoinGroup(Ipv6Address address) override;
    void Ipv6LeaveGroup() override;
    int MulticastJoinGroup(uint32_t interface, const Address& group) override;
    int MulticastLeaveGroup(uint32_t interface, const Address& group) override;

    using Socket::Recv;
    using Socket::RecvFrom;
    using Socket::Send;
    using Socket::SendTo;

  protected:
    void DoDispose() override;

  private:
    using IcmpCallback = Callback<void, Ipv4Address, uint8_t, uint8_t, uint8_t, uint32_t>;
    using Icmp6Callback = Callback<void, Ipv6Address, uint8_t, uint8_t, uint8_t, uint32_t>;

    void SetRcvBufSize(uint32_t size) override;
    uint32_t GetRcvBufSize() const override;
    void SetIpMulticastTtl(uint8_t ttl) override;
    uint8_t GetIpMulticastTtl() const override;
    void SetIpMulticastIf(int32_t interface) override;
    int32_t GetIpMulticastIf() const override;
    void SetIpMulticastLoop(bool loop) override;
    bool GetIpMulticastLoop() const override;
    void SetMtuDiscover(bool discover) override;
    bool GetMtuDiscover() const override;
    void SetIcmpCallback(IcmpCallback callback);
    void SetIcmpCallback6(Icmp6Callback callback);

    int Fail(SocketErrno error) const;
    int Tell(int result) const;
    int BindTo(const Address& local);
    int BindTowards(const Address& peer);
    int OpenEndPoint(const Address& local);
    void ReleasePort();
    void GiveOptions();
    void TakeOptions();
    void HearFromInner(bool hear);
    void RemoveUnwantedTags(const Ptr<Packet>& packet) const;

    void OnConnected(Ptr<Socket> inner);
    void OnConnectFailed(Ptr<Socket> inner);
    void OnDataSent(Ptr<Socket> inner, uint32_t bytes);
    void OnSend(Ptr<Socket> inner, uint32_t available);
    void OnReceived(Ptr<Socket> inner);
    void OnDrop(Ptr<const Packet> packet);

    Ptr<Socket> m_inner; ///< ns-3's own.
    Ptr<EphemeralPorts> m_ports;
    PortlabUdpSocketFactory* m_owner;
    portlab::SocketPort m_port;       ///< What EphemeralPorts knows of it.
    std::optional<uint16_t> m_number; ///< The port; empty: none.
    bool m_isBound4;                  ///< The inner socket has an IPv4 end point.
    bool m_isBound6;                  ///< It has one of IPv6.
    bool m_isClosed;
    bool m_isSendShut;
    mutable SocketErrno m_errno;
    TracedCallback<Ptr<const Packet>> m_dropTrace;
};

} // namespace ns3

#endif // PORTLAB_UDP_SOCKET_H
