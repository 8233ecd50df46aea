// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_IP_END_H
#define PORTLAB_IP_END_H

#include "ns3/address.h"

#include <cstdint>

namespace portlab
{

/// One end of a flow, of either IP version.
struct IpEnd
{
    ns3::Address address; ///< An Ipv4Address or an Ipv6Address.
    std::uint16_t port;

    /// Of an InetSocketAddress or an Inet6SocketAddress; std::invalid_argument for others.
    static IpEnd Of(const ns3::Address& socketAddress);

    /// As an InetSocketAddress or an Inet6SocketAddress.
    ns3::Address ToSocketAddress() const;
};

/// Whether an Ipv4Address or Ipv6Address stands for all of a host's.
bool IsAnyAddress(const ns3::Address& address);

bool IsLoopbackAddress(const ns3::Address& address);

} // namespace portlab

#endif // PORTLAB_IP_END_H
