// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NAT_FLOW_H
#define PORTLAB_NAT_FLOW_H

#include "model/core/port/port-ask.h"

#include <cstdint>

namespace portlab
{

/// What a NAT translates. ICMP echo has an identifier where the others have a port.
enum class NatProtocol : std::uint8_t
{
    Tcp,
    Udp,
    Icmp,
};

constexpr std::size_t NAT_PROTOCOL_COUNT = 3;

/// Where a flow begins or ends.
struct Endpoint
{
    Address address;
    Port port;

    friend constexpr bool operator==(const Endpoint& a, const Endpoint& b)
    {
        return a.address == b.address && a.port == b.port;
    }
};

/// A flow as its inside end names it.
struct InsideFlow
{
    NatProtocol protocol;
    Endpoint inside;
    Endpoint remote;

    friend constexpr bool operator==(const InsideFlow& a, const InsideFlow& b)
    {
        return a.protocol == b.protocol && a.inside == b.inside && a.remote == b.remote;
    }
};

/// How much of the remote end something depends on: RFC 4787, sections 4.1 and 5.
enum class Dependence : std::uint8_t
{
    None,           ///< "Endpoint-independent".
    RemoteAddress,  ///< "Address-dependent".
    AddressAndPort, ///< "Address and port-dependent".
};

/// What is left of a remote end if no more than that counts. Parts that do not count are 0 in all,
/// so that they never differ; nobody reads them.
constexpr Endpoint
Blur(Dependence dependence, const Endpoint& remote)
{
    return {dependence == Dependence::None ? Address{0} : remote.address,
            dependence == Dependence::AddressAndPort ? remote.port : Port{0}};
}

} // namespace portlab

#endif // PORTLAB_NAT_FLOW_H
