// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TCP_SOCKET_LIST_H
#define PORTLAB_TCP_SOCKET_LIST_H

#include "ns3/ptr.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/tcp-socket-base.h"

#include <cstdint>
#include <tsl/robin_map.h>

namespace portlab
{

/// The attribute SocketList of ns3::TcpL4Protocol, kept by one who knows where each socket is.
///
/// Config paths read a private member of TcpL4Protocol, whose own AddSocket() and RemoveSocket()
/// walk all of it, and up to ns-3.38 a removal moves every later socket. So portlab writes to that
/// member itself: C++ lets the arguments of an explicit instantiation name private members. The
/// order of the sockets changes when one of them goes.
class TcpSocketList
{
  public:
    /// Once, however often it is called.
    void Add(ns3::TcpL4Protocol& tcp, const ns3::Ptr<ns3::TcpSocketBase>& socket);

    /// Does nothing if it is not there.
    void Remove(ns3::TcpL4Protocol& tcp, const ns3::TcpSocketBase* socket);

    void Clear();

  private:
    tsl::robin_map<const ns3::TcpSocketBase*, std::uint64_t> m_places;
    std::uint64_t m_nextKey{0};
};

} // namespace portlab

#endif // PORTLAB_TCP_SOCKET_LIST_H
