// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_LONE_NAT_H
#define PORTLAB_TEST_LONE_NAT_H

#include "model/core/nat/nat-catalogue.h"
#include "model/core/nat/nat.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace portlab::test
{

// Inside are RFC 1918's addresses, outside are those of RFC 5737.

/// The hosts behind a NAT, from 0.
constexpr Address
Inside(std::uint32_t host)
{
    return 0x0a000001u + host;
}

/// The remote ends.
constexpr Address
Remote(std::uint32_t host)
{
    return 0xc6336401u + host; // 198.51.100.1
}

constexpr Address
External(std::uint32_t index)
{
    return 0xcb007101u + index; // 203.0.113.1
}

constexpr TcpSegment
Syn(std::uint32_t sequence)
{
    return {true, false, false, false, sequence, sequence + 1};
}

constexpr TcpSegment SYN = Syn(1000);
constexpr TcpSegment SYN_ACK{true, true};
constexpr TcpSegment ACK{false, true, false, false, 1001, 1001};
constexpr TcpSegment FIN{false, true, true, false, 1001, 1002};
constexpr TcpSegment RESET{false, true, false, true, 1001, 1001};
constexpr TcpSegment NO_SEGMENT{}; ///< Of UDP and ICMP.

/// One NAT by itself, spoken to by the hosts inside and by remote ends.
class LoneNat
{
  public:
    explicit LoneNat(const NatPreset& preset,
                     std::uint32_t hosts = 1,
                     StreamKey key = StreamKey(1, 1))
        : m_nat(std::make_shared<const NatRules>(RulesOf(preset, hosts)),
                AddressesOf(preset.addresses.value),
                key)
    {
    }

    Translation Out(const InsideFlow& flow, const TcpSegment& segment, Instant now)
    {
        return m_nat.Outbound(flow, segment, now);
    }

    /// From a remote end to what it takes for the other one.
    Translation In(NatProtocol protocol,
                   const Endpoint& remote,
                   const Endpoint& external,
                   const TcpSegment& segment,
                   Instant now)
    {
        const auto index = static_cast<ExternalIndex>(external.address - External(0));
        return m_nat.Inbound(protocol, index, external.port, remote, segment, now);
    }

    /// The answer of a flow's remote end.
    Translation Answer(const InsideFlow& flow, const TcpSegment& segment, Instant now)
    {
        return In(flow.protocol, flow.remote, ExternalOf(flow, now), segment, now);
    }

    /// Sends the SYN, its answer and the acknowledgement; the grant, or why there is none.
    Translation Connect(const InsideFlow& flow, Instant now, const TcpSegment& syn = SYN)
    {
        const Translation first = Out(flow, syn, now);
        if (first.passed)
        {
            Answer(flow, SYN_ACK, now);
            TcpSegment ack = ACK;
            ack.begin = ack.end = syn.end;
            Out(flow, ack, now);
        }
        return first;
    }

    /// Closes an open connection from inside, up to the last acknowledgement.
    void Close(const InsideFlow& flow, Instant now)
    {
        const std::uint32_t next = m_nat[m_nat.Find(flow, now)].memory;
        Out(flow, {false, true, true, false, next, next + 1}, now);
        Answer(flow, FIN, now);
        Out(flow, {false, true, false, false, next + 1, next + 1}, now);
    }

    Endpoint ExternalOf(const InsideFlow& flow, Instant now)
    {
        return m_nat.External(m_nat.Find(flow, now));
    }

    NatState StateOf(const InsideFlow& flow, Instant now)
    {
        return m_nat[m_nat.Find(flow, now)].State();
    }

    bool Knows(const InsideFlow& flow, Instant now)
    {
        return m_nat.Find(flow, now) != NO_MAPPING;
    }

    Nat& Device()
    {
        return m_nat;
    }

    static std::vector<Address> AddressesOf(std::uint32_t count)
    {
        std::vector<Address> addresses;
        for (std::uint32_t index = 0; index < count; ++index)
        {
            addresses.push_back(External(index));
        }
        return addresses;
    }

  private:
    Nat m_nat;
};

constexpr InsideFlow
Tcp(const Endpoint& inside, const Endpoint& remote)
{
    return {NatProtocol::Tcp, inside, remote};
}

constexpr InsideFlow
Udp(const Endpoint& inside, const Endpoint& remote)
{
    return {NatProtocol::Udp, inside, remote};
}

} // namespace portlab::test

#endif // PORTLAB_TEST_LONE_NAT_H
