// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TCP_SOCKET_MAKER_H
#define PORTLAB_TCP_SOCKET_MAKER_H

#include "ns3/attribute.h"
#include "ns3/object-base.h"
#include "ns3/ptr.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/type-id.h"

#include <memory>
#include <vector>

namespace ns3
{
class PortlabTcpSocket;
} // namespace ns3

namespace portlab
{

struct HostPorts;

/// A socket with the congestion control, recovery and RTT estimator that the protocol's attributes
/// name, as TcpL4Protocol makes its own.
ns3::Ptr<ns3::PortlabTcpSocket> MakeTcpSocket(const ns3::Ptr<ns3::TcpL4Protocol>& tcp,
                                              const std::shared_ptr<HostPorts>& host);

/// Makes one TCP's sockets as MakeTcpSocket() does, most of them as copies of a first one: ns-3's
/// reading of some forty attributes from text costs more than all packets of a short connection.
///
/// A copy is taken only while it cannot be told from a new socket: the defaults of all attributes
/// are the very ones that the first socket was made with, ns-3's copy has the values of all of
/// them, and no part is of a kind that may draw random numbers.
class TcpSocketMaker
{
  public:
    ns3::Ptr<ns3::PortlabTcpSocket> Make(const ns3::Ptr<ns3::TcpL4Protocol>& tcp,
                                         const std::shared_ptr<HostPorts>& host);

    void Clear();

  private:
    /// What a new socket is made from: types, and the defaults of their attributes.
    struct Recipe
    {
        std::vector<ns3::TypeId> parts; ///< As the protocol's attributes name them.
        std::vector<ns3::TypeId> types; ///< Of everything in a socket, and what those derive from.
        std::vector<ns3::Ptr<const ns3::AttributeValue>> defaults; ///< Of each type in turn.
    };

    bool IsCurrent(const ns3::Ptr<ns3::TcpL4Protocol>& tcp) const;
    void Learn(const ns3::Ptr<ns3::TcpL4Protocol>& tcp);

    ns3::Ptr<ns3::PortlabTcpSocket> m_first; ///< Never used, so that it stays as it was made.
    Recipe m_recipe;
    bool m_mayCopy{false};
};

} // namespace portlab

#endif // PORTLAB_TCP_SOCKET_MAKER_H
