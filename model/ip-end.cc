// SPDX-License-Identifier: GPL-2.0-only

#include "model/ip-end.h"

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv4-address.h"
#include "ns3/ipv6-address.h"

#include <stdexcept>

namespace portlab
{

using ns3::Address;
using ns3::Inet6SocketAddress;
using ns3::InetSocketAddress;
using ns3::Ipv4Address;
using ns3::Ipv6Address;

IpEnd
IpEnd::Of(const Address& socketAddress)
{
    if (InetSocketAddress::IsMatchingType(socketAddress))
    {
        const auto ipv4 = InetSocketAddress::ConvertFrom(socketAddress);
        return {ipv4.GetIpv4(), ipv4.GetPort()};
    }
    if (Inet6SocketAddress::IsMatchingType(socketAddress))
    {
        const auto ipv6 = Inet6SocketAddress::ConvertFrom(socketAddress);
        return {ipv6.GetIpv6(), ipv6.GetPort()};
    }
    throw std::invalid_argument("a peer has to be an InetSocketAddress or an Inet6SocketAddress, "
                                "with the port it listens on");
}

Address
IpEnd::ToSocketAddress() const
{
    return Ipv4Address::IsMatchingType(address)
               ? Address(InetSocketAddress(Ipv4Address::ConvertFrom(address), port))
               : Address(Inet6SocketAddress(Ipv6Address::ConvertFrom(address), port));
}

bool
IsAnyAddress(const Address& address)
{
    return Ipv4Address::IsMatchingType(address)
               ? Ipv4Address::ConvertFrom(address) == Ipv4Address::GetAny()
               : Ipv6Address::ConvertFrom(address) == Ipv6Address::GetAny();
}

bool
IsLoopbackAddress(const Address& address)
{
    return Ipv4Address::IsMatchingType(address)
               ? Ipv4Address::ConvertFrom(address).CombineMask(ns3::Ipv4Mask::GetLoopback()) ==
                     Ipv4Address("127.0.0.0")
               : Ipv6Address::ConvertFrom(address).IsLocalhost();
}

} // namespace portlab
