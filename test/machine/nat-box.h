// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_NAT_BOX_H
#define PORTLAB_TEST_NAT_BOX_H

#include "model/core/nat/nat-flow.h"
#include "model/core/nat/tcp-tracking.h"
#include "model/core/port/port-range.h"

#include <cstdint>
#include <optional>
#include <string>

namespace portlab::test
{

/// What may stand behind a rule of nft(8) that translates sources.
enum class NatFlag
{
    None,
    Random,
    FullyRandom,
    Persistent,
};

/// Such a rule, for UDP and TCP: masquerade, or snat where there are several addresses.
struct NatRule
{
    std::optional<PortRange> ports{}; ///< "to :40000-40007"; empty: as Linux thinks fit.
    NatFlag flag{NatFlag::None};
    std::uint32_t addresses{1}; ///< From 192.0.2.1 on.
};

/// The external address of a NatBox, or its first.
constexpr Address EXTERNAL = 0xc0000201u; // 192.0.2.1

/// Hosts inside, 198.51.100.2 to .254, and outside, 203.0.113.1 to .254.
constexpr Address
InsideHost(std::uint32_t number)
{
    return 0xc6336400u + number;
}

constexpr Address
RemoteHost(std::uint32_t number)
{
    return 0xcb007100u + number;
}

/// A segment of TCP with all its numbers; a model of a NAT needs no more than the others.
struct NumberedSegment : TcpSegment
{
    std::uint32_t acknowledged{0};
};

/// A router that translates what inside hosts send to remote ones, by one rule, and forwards no
/// packet that is sent to itself. A packet of UDP has no segment.
class NatBox
{
  public:
    virtual ~NatBox() = default;

    /// A packet from inside. Answers the source that its remote end sees, or nothing: it was
    /// dropped.
    virtual std::optional<portlab::Endpoint> Outbound(const InsideFlow& flow,
                                                      const NumberedSegment& segment) = 0;

    /// A packet from a remote end to an external one. Answers where it arrives inside.
    virtual std::optional<portlab::Endpoint> Inbound(NatProtocol protocol,
                                                     const portlab::Endpoint& external,
                                                     const portlab::Endpoint& remote,
                                                     const NumberedSegment& segment) = 0;

    /// What the box remembers of a flow, with the seconds until it forgets, rounded up to tens:
    /// "SYN_SENT 120"; of UDP "30". "none" if it knows nothing.
    virtual std::string EntryOf(const InsideFlow& flow) = 0;

    /// How many flows it says have found no external port.
    virtual std::uint64_t Failures() = 0;
};

} // namespace portlab::test

#endif // PORTLAB_TEST_NAT_BOX_H
