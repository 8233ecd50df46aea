// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TCP_SOCKET_FACTORY_H
#define PORTLAB_TCP_SOCKET_FACTORY_H

#include "model/portlab-tcp-socket.h"

#include "ns3/node.h"
#include "ns3/socket-factory.h"
#include "ns3/tcp-l4-protocol.h"

#include <memory>

namespace portlab
{

/// The node's; made and aggregated if it has none.
ns3::Ptr<ns3::EphemeralPorts> EphemeralPortsOf(const ns3::Ptr<ns3::Node>& node);

} // namespace portlab

namespace ns3
{

/**
 * @ingroup portlab
 *
 * Sockets of PortlabTcpSocket for a node whose transport is ns-3's own: aggregate it to the node,
 * and give applications the name "ns3::PortlabTcpSocketFactory" in the place of
 * "ns3::TcpSocketFactory". Other sockets of the node stay as they are.
 *
 * The ports are those of the node's EphemeralPorts, which knows nothing of the ports of other
 * sockets. TIME_WAIT is as long as the system's, but the socket stays for it, so that late segments
 * get no answer, no SYN is taken early, no port is reused early towards the same peer, and each
 * packet walks past all of the node's sockets: that takes a PortlabTcpL4Protocol.
 */
class PortlabTcpSocketFactory : public SocketFactory
{
  public:
    /**
     * @brief Get the type ID.
     * @return The object TypeId.
     */
    static TypeId GetTypeId();

    PortlabTcpSocketFactory();

    Ptr<Socket> CreateSocket() override;

  protected:
    void DoDispose() override;

  private:
    std::shared_ptr<portlab::HostPorts> m_host;
};

} // namespace ns3

#endif // PORTLAB_TCP_SOCKET_FACTORY_H
