// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_EPHEMERAL_PORTS_H
#define PORTLAB_EPHEMERAL_PORTS_H

#include "model/core/port/socket-layer.h"

#include "ns3/address.h"
#include "ns3/nstime.h"
#include "ns3/object.h"
#include "ns3/traced-callback.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace ns3
{

/**
 * @ingroup portlab
 *
 * The local ports of one host, as an operating system hands them out: which port comes next, how
 * long TIME_WAIT keeps it, and when there is none.
 *
 * It is told what connections do and sends nothing. A model of its own tells it by Acquire, Close
 * and Release; sockets of all kinds tell it by Bind, Listen, Connect and what follows. It lives in
 * simulated time and reads Simulator::Now(). Attributes are read at the first use.
 */
class EphemeralPorts : public Object
{
  public:
    /**
     * @brief Get the type ID.
     * @return The object TypeId.
     */
    static TypeId GetTypeId();

    EphemeralPorts();
    ~EphemeralPorts() override;

    /**
     * connect(): holds a port for a connection.
     *
     * @param local The source address (Ipv4Address or Ipv6Address).
     * @param peer Where to (InetSocketAddress or Inet6SocketAddress).
     * @return The port in host order, or nothing when the system has none to give.
     */
    std::optional<uint16_t> Acquire(const Address& local, const Address& peer);

    /**
     * The host closed first and the peer's FIN has come: the port waits.
     *
     * @param local The source address of Acquire.
     * @param peer The peer of Acquire.
     * @param port The port that Acquire gave.
     */
    void Close(const Address& local, const Address& peer, uint16_t port);

    /**
     * The connection ended without TIME_WAIT on this host: the port is free at once.
     *
     * @param local The source address of Acquire.
     * @param peer The peer of Acquire.
     * @param port The port that Acquire gave.
     */
    void Release(const Address& local, const Address& peer, uint16_t port);

    /**
     * bind() of a socket that has no port yet.
     *
     * @param socket The socket's port.
     * @param local Its address (Ipv4Address or Ipv6Address); that of any interface: none.
     * @param port The port that its program has chosen; 0: any.
     * @return The port, or why there is none.
     */
    portlab::Grant Bind(portlab::SocketPort& socket, const Address& local, uint16_t port);

    /**
     * listen().
     *
     * @param socket The socket's port; it is bound to any port if it has none yet.
     * @return The port, or why there is none.
     */
    portlab::Grant Listen(portlab::SocketPort& socket);

    /**
     * connect(), when routing has chosen the source address.
     *
     * @param socket The socket's port.
     * @param local The source address.
     * @param peer Where to (InetSocketAddress or Inet6SocketAddress).
     * @return The port, or why there is none; then a socket keeps what bind() was told to give it.
     */
    portlab::Grant Connect(portlab::SocketPort& socket, const Address& local, const Address& peer);

    /**
     * connect() got no connection.
     *
     * @param socket The socket's port; it stays if the program had chosen it.
     */
    void Abandon(portlab::SocketPort& socket);

    /**
     * The socket is gone, without TIME_WAIT. Nothing happens if it has no port.
     *
     * @param socket The socket's port.
     */
    void Release(portlab::SocketPort& socket);

    /**
     * The connection is gone, and its port waits.
     *
     * @param socket The socket's port.
     * @return When TIME_WAIT is over, in simulated time; nothing if the system makes no entry,
     *         because it has as many as it may.
     */
    std::optional<Time> Wait(portlab::SocketPort& socket);

    /**
     * What Profile does, for a system that no name stands for; before the first port.
     *
     * @param profile The system.
     */
    void SetSystem(const portlab::OsProfile& profile);

    /**
     * Takes ports from somebody else's ledger, as a host of that; before the first port. Ports on
     * which programs listen are then that ledger's business, and bind() always succeeds.
     *
     * @param ledger It must outlive this object.
     * @param host Who of it this node is.
     * @param random The host's draws; they must outlive this object, too.
     * @param toCore The ledger's number for an Ipv4Address or Ipv6Address; empty: one of this
     *        object's own, for a ledger in which this is the only host that asks by addresses.
     */
    void Borrow(portlab::PortLedger& ledger,
                portlab::PortLedger::HostId host,
                portlab::Random& random,
                std::function<portlab::Address(const Address&)> toCore = {});

    /**
     * The next Connect() goes along this path of a borrowed ledger.
     *
     * @param path The path.
     */
    void UsePath(portlab::PortLedger::PathId path);

    /**
     * @param socket A socket that Connect() has just given its port.
     * @return The sequence number of its SYN, as Linux chooses it.
     */
    uint32_t InitialSequence(const portlab::SocketPort& socket) const;

    /** @return Whether ports were asked for, so that the system cannot be changed any more. */
    bool IsInUse() const
    {
        return m_ledger != nullptr;
    }

    /** @return What the last Connect() was answered. */
    const portlab::Grant& LastGrant() const;

    /**
     * @param grant A refusal.
     * @param transport Of the socket that was refused.
     * @return The error that programs see on this system, as EADDRNOTAVAIL.
     */
    const portlab::ErrorCode& ErrorOf(const portlab::Grant& grant, portlab::Transport transport);

    /** @return The system: all that is known of it, with what attributes have changed. */
    const portlab::OsProfile& System();

    /** @return How long the machine had been up at the start of the simulation. */
    portlab::Duration TimeSinceBoot();

    /** @return Ports that connections hold now. */
    uint32_t GetHeld();

    /** @return Ports in TIME_WAIT now. */
    uint32_t GetWaiting();

    /**
     * Fixes the random numbers that this object uses; call it before the first use. portlab never
     * draws from ns-3's automatic streams: its numbers follow from RngSeed, RngRun and this stream,
     * which is the node's id unless it is set (0 for an object without a node).
     *
     * @param stream The stream's number.
     * @return The count of streams assigned: 1.
     */
    int64_t AssignStreams(int64_t stream);

    /**
     * TracedCallback signature for granted ports.
     *
     * @param [in] peer Where the connection goes; any address and port 0 if bind() has chosen.
     * @param [in] port The port, in host order.
     * @param [in] probes Candidates that the real system would have examined.
     */
    typedef void (*GrantedCallback)(const Address& peer, uint16_t port, uint32_t probes);

    /**
     * TracedCallback signature for refused requests.
     *
     * @param [in] peer Where the connection was to go; any address and port 0 for bind().
     * @param [in] error The error's name on that system, as "EADDRNOTAVAIL".
     * @param [in] probes Candidates that the real system would have examined.
     */
    typedef void (*RefusedCallback)(const Address& peer, std::string error, uint32_t probes);

  protected:
    void DoInitialize() override;

  private:
    bool SetProfile(std::string name);
    std::string GetProfile() const;
    bool SetPorts(std::string range);
    std::string GetPorts() const;
    void MakeLedger();
    portlab::Grant Tell(const portlab::Grant& grant,
                        portlab::Transport transport,
                        const Address& peer);
    portlab::Address Intern(const Address& address);
    uint32_t PathTo(const Address& local, const Address& peer);
    portlab::PeerPlace PlaceOf(const Address& peer) const;

    portlab::OsProfile m_profile;
    Time m_timeWait;  ///< Negative: the profile's.
    int64_t m_stream; ///< -1: not assigned.
    std::unique_ptr<portlab::PortLedger> m_own;
    std::unique_ptr<portlab::Random> m_random;
    portlab::PortLedger* m_ledger; ///< Its own or a borrowed one; null: none yet.
    portlab::PortLedger::HostId m_host;
    std::optional<portlab::PortLedger::PathId> m_nextPath;    ///< See UsePath().
    std::function<portlab::Address(const Address&)> m_toCore; ///< See Borrow(); may be empty.
    portlab::Grant m_lastGrant;
    std::unique_ptr<portlab::SocketLayer> m_sockets;
    std::map<Address, portlab::Address> m_addresses;
    TracedCallback<const Address&, uint16_t, uint32_t> m_granted;
    TracedCallback<const Address&, std::string, uint32_t> m_refused;
};

} // namespace ns3

#endif // PORTLAB_EPHEMERAL_PORTS_H
