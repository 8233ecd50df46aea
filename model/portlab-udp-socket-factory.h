// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_UDP_SOCKET_FACTORY_H
#define PORTLAB_UDP_SOCKET_FACTORY_H

#include "model/portlab-udp-socket.h"

#include "ns3/udp-socket-factory.h"

#include <set>

namespace ns3
{

/**
 * @ingroup portlab
 *
 * Makes the UDP sockets of a node that it is aggregated to: PortlabUdpSocket.
 *
 * On a node without a stack, aggregate it before InternetStackHelper::Install: it is then the only
 * "ns3::UdpSocketFactory" of the node. On a node that has ns-3's own already, it is the one that is
 * found from then on; sockets that were made before stay as they are. Either way applications need
 * not know; they may also ask for it by its own name.
 *
 * Ports come from the node's EphemeralPorts, which is made with the first socket unless there is
 * one; set the operating system there. With the profile "ns3-stock" sockets are ns-3's own.
 */
class PortlabUdpSocketFactory : public UdpSocketFactory
{
  public:
    /**
     * @brief Get the type ID.
     * @return The object TypeId.
     */
    static TypeId GetTypeId();

    PortlabUdpSocketFactory();
    ~PortlabUdpSocketFactory() override;

    Ptr<Socket> CreateSocket() override;

    /**
     * Keeps a socket no longer.
     *
     * @param socket The socket, which has just been closed.
     */
    void Forget(const Ptr<PortlabUdpSocket>& socket);

  protected:
    void NotifyNewAggregate() override;
    void DoDispose() override;

  private:
    Ptr<EphemeralPorts> FindPorts();
    void BecomeTheFirst();

    /// Those that are not closed: as ns-3's own they live on when nobody points to them.
    std::set<Ptr<PortlabUdpSocket>> m_sockets;
};

} // namespace ns3

#endif // PORTLAB_UDP_SOCKET_FACTORY_H
