// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TCP_TUPLE_H
#define PORTLAB_TCP_TUPLE_H

#include "ns3/address.h"
#include "ns3/ipv4-address.h"
#include "ns3/ipv6-address.h"

#include <cstddef>
#include <cstdint>

namespace portlab
{

/// An address of either IP version: IPv4 ones in the form that maps them into IPv6.
struct IpKey
{
    std::uint64_t high{0};
    std::uint64_t low{0};

    static IpKey Of(ns3::Ipv4Address address);
    static IpKey Of(ns3::Ipv6Address address);

    bool IsIpv4() const
    {
        return high == 0 && low >> 32 == 0xffff;
    }

    /// An Ipv4Address or an Ipv6Address.
    ns3::Address ToAddress() const;

    friend bool operator==(const IpKey& a, const IpKey& b)
    {
        return a.high == b.high && a.low == b.low;
    }
};

/// What tells one TCP connection of a host from the others.
struct TcpTuple
{
    IpKey local{};
    IpKey remote{};
    std::uint16_t localPort{0};
    std::uint16_t remotePort{0};

    /// From two InetSocketAddress or two Inet6SocketAddress.
    static TcpTuple Of(const ns3::Address& local, const ns3::Address& remote);

    friend bool operator==(const TcpTuple& a, const TcpTuple& b)
    {
        return a.remotePort == b.remotePort && a.localPort == b.localPort && a.remote == b.remote &&
               a.local == b.local;
    }
};

struct HashTcpTuple
{
    std::size_t operator()(const TcpTuple& tuple) const;
};

} // namespace portlab

#endif // PORTLAB_TCP_TUPLE_H
