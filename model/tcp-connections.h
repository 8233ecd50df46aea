// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TCP_CONNECTIONS_H
#define PORTLAB_TCP_CONNECTIONS_H

#include "model/tcp-tuple.h"

#include <cstddef>
#include <tsl/robin_map.h>

namespace ns3
{
class PortlabTcpSocket;
} // namespace ns3

namespace portlab
{

/// The sockets of one host that are connected, or connecting: found at the same cost however many
/// there are, where ns-3's end points are a list that every packet walks. Listeners are not here.
class TcpConnections
{
  public:
    /// False if another socket has this tuple.
    bool Add(const TcpTuple& tuple, ns3::PortlabTcpSocket* socket);

    void Remove(const TcpTuple& tuple);

    /// Null if nobody has it.
    ns3::PortlabTcpSocket* Find(const TcpTuple& tuple) const;

    std::size_t Count() const
    {
        return m_sockets.size();
    }

    void Clear();

  private:
    tsl::robin_map<TcpTuple, ns3::PortlabTcpSocket*, HashTcpTuple> m_sockets;
};

} // namespace portlab

#endif // PORTLAB_TCP_CONNECTIONS_H
