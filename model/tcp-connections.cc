// SPDX-License-Identifier: GPL-2.0-only

#include "model/tcp-connections.h"

namespace portlab
{

bool
TcpConnections::Add(const TcpTuple& tuple, ns3::PortlabTcpSocket* socket)
{
    return m_sockets.try_emplace(tuple, socket).second;
}

void
TcpConnections::Remove(const TcpTuple& tuple)
{
    m_sockets.erase(tuple);
}

ns3::PortlabTcpSocket*
TcpConnections::Find(const TcpTuple& tuple) const
{
    const auto found = m_sockets.find(tuple);
    return found == m_sockets.end() ? nullptr : found->second;
}

void
TcpConnections::Clear()
{
    m_sockets.clear();
}

} // namespace portlab
