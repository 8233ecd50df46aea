// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TCP_L4_PROTOCOL_H
#define PORTLAB_TCP_L4_PROTOCOL_H

#include "model/tcp-connections.h"
#include "model/tcp-owned-port.h"
#include "model/tcp-socket-list.h"
#include "model/tcp-socket-maker.h"
#include "model/tcp-time-waits.h"

#include "ns3/tcp-l4-protocol.h"
#include "ns3/traced-callback.h"

#include <cstdint>
#include <memory>

namespace ns3
{

/**
 * @ingroup portlab
 *
 * A node's TCP whose sockets are PortlabTcpSocket: it takes the place of TcpL4Protocol, and every
 * application gets its sockets without knowing.
 *
 * The ports come from the node's EphemeralPorts, which it makes unless there is one; set the
 * operating system there. With the profile "ns3-stock" it hands out ns-3's own sockets, and a
 * simulation sends the same packets as without portlab.
 *
 * Connections are found by a hash of their addresses and ports, and those in TIME_WAIT are small
 * records and no sockets, so that a packet costs the same however many there are. Attributes and
 * the path .../SocketList/ are those of TcpL4Protocol; sockets leave that list when they enter
 * TIME_WAIT.
 *
 * Limits: a segment in TIME_WAIT does not begin it anew. A reset, or a SYN that is taken, ends the
 * record and lets the server's port be used; a client's own port is free only when its
 * EphemeralPorts has it so. Answers from TIME_WAIT are not on a socket's trace Tx.
 */
class PortlabTcpL4Protocol : public TcpL4Protocol
{
  public:
    /**
     * @brief Get the type ID.
     * @return The object TypeId.
     */
    static TypeId GetTypeId();

    PortlabTcpL4Protocol();
    ~PortlabTcpL4Protocol() override;

    /** @return A socket as the node's programs get it. */
    Ptr<Socket> MakeSocket();

    /** @return Connections in TIME_WAIT now, on this host's side. */
    uint32_t GetTimeWaits();

    /** @return The connections that are open, or opening. */
    portlab::TcpConnections& Connections();

    /** @return The connections in TIME_WAIT. */
    portlab::TcpTimeWaits& TimeWaits();

    /**
     * Puts a socket on SocketList, once.
     *
     * @param socket The socket.
     */
    void Enlist(const Ptr<TcpSocketBase>& socket);

    /**
     * Takes a socket off SocketList, if it is there; that may destroy it.
     *
     * @param socket The socket.
     */
    void Delist(const TcpSocketBase* socket);

    /**
     * TracedCallback signature for SYNs that meet a TIME_WAIT of this host.
     *
     * @param [in] local The host's own end.
     * @param [in] remote The end that the SYN comes from.
     */
    typedef void (*SynInTimeWaitCallback)(const Address& local, const Address& remote);

    IpL4Protocol::RxStatus Receive(Ptr<Packet> packet,
                                   const Ipv4Header& header,
                                   Ptr<Ipv4Interface> interface) override;
    IpL4Protocol::RxStatus Receive(Ptr<Packet> packet,
                                   const Ipv6Header& header,
                                   Ptr<Ipv6Interface> interface) override;
    void ReceiveIcmp(Ipv4Address icmpSource,
                     uint8_t icmpTtl,
                     uint8_t icmpType,
                     uint8_t icmpCode,
                     uint32_t icmpInfo,
                     Ipv4Address source,
                     Ipv4Address destination,
                     const uint8_t payload[8]) override;
    void ReceiveIcmp(Ipv6Address icmpSource,
                     uint8_t icmpTtl,
                     uint8_t icmpType,
                     uint8_t icmpCode,
                     uint32_t icmpInfo,
                     Ipv6Address source,
                     Ipv6Address destination,
                     const uint8_t payload[8]) override;

  protected:
    void NotifyNewAggregate() override;
    void DoDispose() override;

  private:
    template <typename IpHeader, typename Interface>
    IpL4Protocol::RxStatus Dispatch(Ptr<Packet> packet,
                                    const IpHeader& header,
                                    const Ptr<Interface>& interface);
    template <typename Ip>
    PortlabTcpSocket* FindSender(Ip source, Ip destination, const uint8_t payload[8]) const;
    bool MeetsTimeWait(const portlab::TcpTuple& tuple,
                       const TcpHeader& segment,
                       uint32_t payloadBytes);
    void Acknowledge(const portlab::TcpTimeWait& wait);

    bool m_isInstalled{false};
    std::shared_ptr<portlab::HostPorts> m_host;
    portlab::TcpConnections m_connections;
    portlab::TcpTimeWaits m_timeWaits;
    portlab::TcpSocketList m_list;
    portlab::TcpSocketMaker m_maker;
    TracedCallback<const Address&, const Address&> m_synInTimeWait;
};

} // namespace ns3

#endif // PORTLAB_TCP_L4_PROTOCOL_H
