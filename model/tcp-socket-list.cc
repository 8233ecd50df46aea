// SPDX-License-Identifier: GPL-2.0-only

#include "model/tcp-socket-list.h"

#include <unordered_map>
#include <utility>
#include <vector>

namespace portlab
{

namespace
{

using Socket = ns3::Ptr<ns3::TcpSocketBase>;
using Places = tsl::robin_map<const ns3::TcpSocketBase*, std::uint64_t>;

/// The member of TcpL4Protocol that holds its sockets.
constexpr auto SocketsMember();

template <auto MEMBER>
struct Reveal
{
    friend constexpr auto SocketsMember()
    {
        return MEMBER;
    }
};

template struct Reveal<&ns3::TcpL4Protocol::m_sockets>;

// Up to ns-3.38, a vector.

[[maybe_unused]] std::uint64_t
Insert(std::vector<Socket>& sockets, const Socket& socket, std::uint64_t& /* nextKey */)
{
    sockets.push_back(socket);
    return sockets.size() - 1;
}

[[maybe_unused]] void
Erase(std::vector<Socket>& sockets, Places& places, const ns3::TcpSocketBase* socket)
{
    std::size_t place = places.at(socket);
    if (place >= sockets.size() || sockets[place] != socket)
    {
        // ns-3 itself has removed one, and those behind it have moved up.
        place = sockets.size();
        for (std::size_t i = 0; i < sockets.size(); ++i)
        {
            places[ns3::PeekPointer(sockets[i])] = i;
            place = sockets[i] == socket ? i : place;
        }
    }
    places.erase(socket);
    if (place < sockets.size())
    {
        std::swap(sockets[place], sockets.back());
        if (place + 1 < sockets.size())
        {
            places[ns3::PeekPointer(sockets[place])] = place;
        }
        // Last, and after the list is in order: it may destroy the socket.
        const Socket last = sockets.back();
        sockets.pop_back();
    }
}

// From ns-3.39, a map by a number that counts up.

[[maybe_unused]] std::uint64_t
Insert(std::unordered_map<std::uint64_t, Socket>& sockets,
       const Socket& socket,
       std::uint64_t& nextKey)
{
    while (!sockets.try_emplace(nextKey, socket).second)
    {
        ++nextKey;
    }
    return nextKey++;
}

[[maybe_unused]] void
Erase(std::unordered_map<std::uint64_t, Socket>& sockets,
      Places& places,
      const ns3::TcpSocketBase* socket)
{
    const auto found = sockets.find(places.at(socket));
    places.erase(socket);
    if (found != sockets.end() && found->second == socket)
    {
        const Socket last = found->second;
        sockets.erase(found);
    }
}

} // namespace

void
TcpSocketList::Add(ns3::TcpL4Protocol& tcp, const Socket& socket)
{
    if (m_places.count(ns3::PeekPointer(socket)) == 0)
    {
        m_places[ns3::PeekPointer(socket)] = Insert(tcp.*SocketsMember(), socket, m_nextKey);
    }
}

void
TcpSocketList::Remove(ns3::TcpL4Protocol& tcp, const ns3::TcpSocketBase* socket)
{
    if (m_places.count(socket) > 0)
    {
        Erase(tcp.*SocketsMember(), m_places, socket);
    }
}

void
TcpSocketList::Clear()
{
    m_places.clear();
}

} // namespace portlab
