// SPDX-License-Identifier: GPL-2.0-only

#include "model/peer-places.h"

#include "model/ip-end.h"

#include "ns3/ipv4.h"
#include "ns3/ipv6.h"

namespace portlab
{

namespace
{

using ns3::Ipv4;
using ns3::Ipv4Address;
using ns3::Ipv6;
using ns3::Ipv6Address;
using ns3::Ptr;

PeerPlace
PlaceOf(const Ipv4& ip, Ipv4Address peer)
{
    bool isNear = false;
    for (std::uint32_t interface = 0; interface < ip.GetNInterfaces(); ++interface)
    {
        for (std::uint32_t i = 0; i < ip.GetNAddresses(interface); ++i)
        {
            const auto own = ip.GetAddress(interface, i);
            if (own.GetLocal() == peer)
            {
                return PeerPlace::ThisMachine;
            }
            isNear = isNear || own.GetMask().IsMatch(own.GetLocal(), peer);
        }
    }
    return isNear ? PeerPlace::SameNetwork : PeerPlace::Remote;
}

PeerPlace
PlaceOf(Ipv6& ip, Ipv6Address peer)
{
    bool isNear = false;
    for (std::uint32_t interface = 0; interface < ip.GetNInterfaces(); ++interface)
    {
        for (std::uint32_t i = 0; i < ip.GetNAddresses(interface); ++i)
        {
            const auto own = ip.GetAddress(interface, i);
            if (own.GetAddress() == peer)
            {
                return PeerPlace::ThisMachine;
            }
            isNear = isNear || own.GetPrefix().IsMatch(own.GetAddress(), peer);
        }
    }
    return isNear ? PeerPlace::SameNetwork : PeerPlace::Remote;
}

} // namespace

PeerPlace
PlaceOfPeer(const ns3::Node& node, const ns3::Address& peer)
{
    if (IsLoopbackAddress(peer))
    {
        return PeerPlace::Loopback;
    }
    if (Ipv4Address::IsMatchingType(peer))
    {
        const auto ip = node.GetObject<Ipv4>();
        return ip ? PlaceOf(*ip, Ipv4Address::ConvertFrom(peer)) : PeerPlace::Remote;
    }
    const auto ip = node.GetObject<Ipv6>();
    return ip ? PlaceOf(*ip, Ipv6Address::ConvertFrom(peer)) : PeerPlace::Remote;
}

} // namespace portlab
