// SPDX-License-Identifier: GPL-2.0-only

#include "model/tcp-tuple.h"

#include "model/core/base/random.h"

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"

namespace portlab
{

namespace
{

constexpr std::uint64_t MAPPED = std::uint64_t{0xffff} << 32; // ::ffff:0:0, RFC 4291, 2.5.5.2

std::uint64_t
ReadWord(const std::uint8_t* bytes)
{
    std::uint64_t word = 0;
    for (int i = 0; i < 8; ++i)
    {
        word = word << 8 | bytes[i];
    }
    return word;
}

void
WriteWord(std::uint64_t word, std::uint8_t* bytes)
{
    for (int i = 7; i >= 0; --i)
    {
        bytes[i] = static_cast<std::uint8_t>(word);
        word >>= 8;
    }
}

} // namespace

IpKey
IpKey::Of(ns3::Ipv4Address address)
{
    return {0, MAPPED | address.Get()};
}

IpKey
IpKey::Of(ns3::Ipv6Address address)
{
    std::uint8_t bytes[16];
    address.GetBytes(bytes);
    return {ReadWord(bytes), ReadWord(bytes + 8)};
}

ns3::Address
IpKey::ToAddress() const
{
    if (IsIpv4())
    {
        return ns3::Ipv4Address(static_cast<std::uint32_t>(low));
    }
    std::uint8_t bytes[16];
    WriteWord(high, bytes);
    WriteWord(low, bytes + 8);
    return ns3::Ipv6Address(bytes);
}

TcpTuple
TcpTuple::Of(const ns3::Address& local, const ns3::Address& remote)
{
    if (ns3::InetSocketAddress::IsMatchingType(local))
    {
        const auto here = ns3::InetSocketAddress::ConvertFrom(local);
        const auto there = ns3::InetSocketAddress::ConvertFrom(remote);
        return {IpKey::Of(here.GetIpv4()),
                IpKey::Of(there.GetIpv4()),
                here.GetPort(),
                there.GetPort()};
    }
    const auto here = ns3::Inet6SocketAddress::ConvertFrom(local);
    const auto there = ns3::Inet6SocketAddress::ConvertFrom(remote);
    return {IpKey::Of(here.GetIpv6()), IpKey::Of(there.GetIpv6()), here.GetPort(), there.GetPort()};
}

std::size_t
HashTcpTuple::operator()(const TcpTuple& tuple) const
{
    std::uint64_t hash = std::uint64_t{tuple.localPort} << 16 | tuple.remotePort;
    for (const IpKey& ip : {tuple.local, tuple.remote})
    {
        hash = Mix(Mix(hash ^ ip.high) ^ ip.low);
    }
    return static_cast<std::size_t>(hash);
}

} // namespace portlab
