// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TCP_SOCKET_H
#define PORTLAB_TCP_SOCKET_H

#include "model/core/flow/segment-times.h"
#include "model/ns3-versions.h"
#include "model/tcp-owned-port.h"
#include "model/tcp-tuple.h"

#include "ns3/ipv4-end-point.h"
#include "ns3/ipv6-end-point.h"
#include "ns3/tcp-socket-base.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace ns3
{

class PortlabTcpL4Protocol;

/**
 * @ingroup portlab
 *
 * ns-3's TCP, on a host whose ports are those of a real operating system.
 *
 * What carries data is TcpSocketBase, unchanged. What differs is how a connection begins and ends:
 * - Bind() without an address chooses nothing: the port is chosen by Connect(), for its
 *   destination, or by Listen(). Bind() to port 0 of an address chooses at once.
 * - Connect() fails at once, with ERROR_ADDRNOTAVAIL, when the system has no port for the
 *   destination. The port is free again when the attempt fails, for whatever reason; one that the
 *   program has chosen stays with the socket until Close().
 * - SYNs are repeated when the system repeats them; the attributes ConnTimeout and ConnCount of
 *   TcpSocket are for the server's SYN+ACK only. A reset refuses a connection at once, where
 *   ns-3's own TCP goes on.
 * - On a PortlabTcpL4Protocol, a connection in TIME_WAIT is no socket any more: the state goes on
 *   to CLOSED, and the protocol answers what still comes. TIME_WAIT is as long as the system's.
 * - After Close(), a FIN that nobody answers is repeated as often as the system does it, and
 *   FIN_WAIT_2 ends when the system loses patience.
 *
 * - Sequence numbers of clients begin where Linux's do, so that NATs and servers in TIME_WAIT can
 *   tell a new connection from an old one. A server that is ns-3's own does not see half of these
 *   clients' ECN marks, because it takes 0 for the first number of all.
 *
 * Limits: sequence numbers of servers start at 0, as always in ns-3. SYN+ACKs are repeated as in
 * ns-3. There is no backlog. A socket that is bound to a device keeps others from its port on all
 * devices; one of any IPv6 address takes the port for IPv4 too. SO_REUSEPORT is not there. The
 * limit on orphans is not enforced, and data that comes after Close() is taken.
 */
class PortlabTcpSocket : public portlab::WithTypeId<PortlabTcpSocket, TcpSocketBase>
{
  public:
    /**
     * @brief Get the type ID.
     * @return The object TypeId.
     */
    static TypeId GetTypeId();

    PortlabTcpSocket();

    /**
     * Makes the socket of a new connection, or one that has not been used.
     *
     * @param listener The socket that listens, or has not been used.
     */
    PortlabTcpSocket(const PortlabTcpSocket& listener);

    ~PortlabTcpSocket() override;

    /**
     * Where the socket gets its port; before anything else.
     *
     * @param host The node's ports.
     */
    void SetHost(std::shared_ptr<portlab::HostPorts> host);

    void SetTcp(Ptr<TcpL4Protocol> tcp) override;
    int Bind() override;
    int Bind6() override;
    int Bind(const Address& address) override;
    int Connect(const Address& address) override;
    int Listen() override;
    int Close() override;

    /**
     * Ends the connection by a reset, as close() does with SO_LINGER and no time: both ends forget
     * it at once.
     */
    void Abort();

    int GetSockName(Address& address) const override;

    /** @return The socket and the objects that it consists of. */
    std::vector<const ObjectBase*> Parts() const;

    /**
     * A segment for this connection.
     *
     * @param packet The segment.
     * @param header Its IPv4 header.
     * @param port The port it comes from.
     * @param interface Where it came in.
     */
    void Receive(Ptr<Packet> packet,
                 const Ipv4Header& header,
                 uint16_t port,
                 Ptr<Ipv4Interface> interface);

    /**
     * A segment for this connection.
     *
     * @param packet The segment.
     * @param header Its IPv6 header.
     * @param port The port it comes from.
     * @param interface Where it came in.
     */
    void Receive(Ptr<Packet> packet,
                 const Ipv6Header& header,
                 uint16_t port,
                 Ptr<Ipv6Interface> interface);

    using TcpSocketBase::ForwardIcmp;
    using TcpSocketBase::ForwardIcmp6;

  protected:
    Ptr<TcpSocketBase> Fork() override;
    void CompleteFork(Ptr<Packet> packet,
                      const TcpHeader& header,
                      const Address& from,
                      const Address& to) override;
    void DoForwardUp(Ptr<Packet> packet, const Address& from, const Address& to) override;
    void EstimateRtt(const TcpHeader& header) override;
    void SendEmptyPacket(uint8_t flags) override;
    void ReTxTimeout() override;
    void LastAckTimeout() override;

  private:
    void WatchState();
    void ChooseSequence();
    void HearSyn(const TcpHeader& header);
    int Fail(SocketErrno error);
    bool SetReuseAddress(bool mayShare);
    bool GetReuseAddress() const;
    int BindPort(const Address& local, uint16_t port);
    std::optional<Address> SourceTowards(const Address& peer);
    bool OpenEndPoint(const Address& local, const Address& peer);
    bool OpenOwnEndPoint(const Address& local, const Address& peer);
    bool OpenListener();
    void CloseEndPoint();
    void Enlist();
    void Delist();

    void OnState(TcpStates_t before, TcpStates_t after);
    void Leave(TcpStates_t before);
    void CloseIfCutOff();
    bool HearWhileConnecting(Ptr<const Packet> packet);
    void SendReset(SequenceNumber32 sequence);
    void EnterTimeWait();
    std::optional<portlab::Instant> EndOfTimeWait();
    void Remember(portlab::Instant end);
    void OnTimeWaitOver();
    void BeginFinWait2();
    void OnFinWait2Over();
    portlab::TimerWheel Wheel() const;
    void BeginRepeats(const portlab::RepeatRule& rule);
    void BeginFinRepeats();
    void SendRepeatable();
    void ScheduleRepeat();
    void OnRepeat();
    void GiveUp();

    PortlabTcpL4Protocol* m_transport{nullptr}; ///< m_tcp, if it is ours.
    portlab::TcpOwnedPort m_port;
    Address m_bound;                          ///< Where Bind() was told to put it, without a port.
    bool m_isIpv6{false};                     ///< As Bind() or Bind6() has it.
    bool m_isAccepted{false};                 ///< It came from a listener, whose port it uses.
    bool m_isOrphan{false};                   ///< Its program has closed it.
    std::optional<portlab::TcpTuple> m_tuple; ///< While the transport finds it by that.
    std::unique_ptr<Ipv4EndPoint> m_ownEndPoint;
    std::unique_ptr<Ipv6EndPoint> m_ownEndPoint6;
    std::optional<portlab::SegmentTimes> m_repeats; ///< Of the SYN or FIN that is on its way.
    portlab::Instant m_repeatsSince{};
    uint8_t m_repeatedFlags{0};
    EventId m_finWait2Event;
    double m_nominalMsl{0}; ///< The attribute MaxSegLifetime while ns-3 enters TIME_WAIT.
};

} // namespace ns3

#endif // PORTLAB_TCP_SOCKET_H
