// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NAT_RULES_H
#define PORTLAB_NAT_RULES_H

#include "model/core/base/time.h"
#include "model/core/nat/external-ports.h"
#include "model/core/nat/nat-flow.h"
#include "model/core/nat/nat-state.h"
#include "model/core/port/port-range.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace portlab
{

/// Whose external endpoint a new flow of an inside endpoint shares: RFC 4787, section 4.1.
enum class MappingRule : std::uint8_t
{
    EndpointIndependent,     ///< That of any other flow.
    AddressDependent,        ///< That of flows to the same remote address.
    AddressAndPortDependent, ///< Nobody's.
    InheritLatest, ///< That of the latest flow, if this destination still has it free (Linux).
};

/// What a NAT tries for the external port of a flow that inherits none.
enum class PortPick : std::uint8_t
{
    Keep,               ///< No translation: the flow keeps its address and port (a tracker).
    PreserveOnly,       ///< The inside port or none (pf's static-port).
    PreserveThenSearch, ///< The inside port if it is allowed and free, else a search.
    Search,             ///< A search at once.
};

/// In which order a search looks at the ports.
enum class PortSearch : std::uint8_t
{
    RandomStart, ///< From a random port upward, around the end, until all were looked at.
    Windowed,    ///< Linux: 128 from a random port, then 64, 32, 16 and 8 from others.
    Linear,      ///< From a random port upward, so many tries as `retries` says (Cilium).
    UpThenDown,  ///< From a random port up to the last, then down to the first (OpenBSD).
    AnyFree,     ///< One of the free ones, each as likely as another.
    InOrder,     ///< From the first upward.
};

/// How one of several external addresses is chosen for a flow.
enum class AddressPick : std::uint8_t
{
    HashInside,          ///< By the inside address: one for each host, until it is full.
    HashInsideAndRemote, ///< By inside and remote address.
    Paired,              ///< One for each inside host, the one with the fewest hosts.
    FillInOrder,         ///< The first that has a port left.
    RoundRobin,          ///< In turn, flow by flow.
    Random,              ///< By lot, flow by flow.
};

/// How ports are parcelled out among inside hosts.
enum class BlockMode : std::uint8_t
{
    None,          ///< Not at all.
    Static,        ///< One block for each host, from its first flow on, for ever.
    OnDemand,      ///< A block when the others are full, given back when it is empty (PBA).
    Doubling,      ///< A block when the others are full, as large as they together.
    Deterministic, ///< Computed from the host's number: RFC 7422.
};

struct BlockRules
{
    BlockMode mode{BlockMode::None};
    std::uint32_t size{0};        ///< Ports of one block; Doubling: of the first.
    std::uint32_t most{1};        ///< OnDemand: blocks of one host.
    std::uint32_t mostPorts{0};   ///< Doubling: ports of one host.
    Duration active{0};           ///< OnDemand: a block gets new flows this long; 0: always.
    std::uint32_t subscribers{0}; ///< Deterministic: for how many hosts it is computed.
};

/// A class of inside ports, and the external ports that a search gives them.
struct PortClass
{
    PortRange inside;
    PortRange external;

    friend bool operator==(const PortClass& a, const PortClass& b)
    {
        return a.inside == b.inside && a.external == b.external;
    }
};

/// Which packets begin a mapping's timer anew.
enum class RefreshRule : std::uint8_t
{
    Outbound,
    Inbound,
    Both,
};

/// What happens to a packet of a connection that the NAT does not know.
enum class UnknownFlowRule : std::uint8_t
{
    Drop,
    Reset,  ///< The sender is told by a reset.
    PickUp, ///< A mapping is made midway (Linux, nf_conntrack_tcp_loose).
};

/// How a sender learns that its first packet was dropped.
enum class ExhaustionRule : std::uint8_t
{
    Silent,
    Icmp,  ///< Destination unreachable, code 13: RFC 5508, REQ-8.
    Reset, ///< A reset, or an ICMP error for UDP.
};

struct NatLimits
{
    std::optional<std::uint32_t> ofSubscriber{};  ///< Mappings of one inside host.
    std::optional<std::uint32_t> ofDestination{}; ///< Of one external address and destination.
    std::optional<std::uint32_t> ofTable{};       ///< Mappings in all.
    /// Linux: buckets of the table. A full one drops an unassured entry that it finds in 8 of them.
    /// 0: a full table refuses.
    std::uint32_t buckets{0};
};

/// A device's rules as plain values, in the form in which the device asks for them; made from a
/// NatPreset. Shared by all devices of one kind.
struct NatRules
{
    /// Tcp, Udp, Icmp.
    std::array<NatUniqueness, NAT_PROTOCOL_COUNT> unique{};
    std::array<bool, NAT_PROTOCOL_COUNT> handles{true, true, true};
    MappingRule mapping{MappingRule::AddressAndPortDependent};
    Dependence filtering{Dependence::AddressAndPort}; ///< At least what uniqueness tells apart.
    PortPick pick{PortPick::Search};
    PortSearch search{PortSearch::RandomStart};
    std::uint32_t retries{0};         ///< Linear: tries after the first.
    std::vector<PortClass> classes{}; ///< Every inside port is of the first that contains it.
    bool preservesAnyPort{false};     ///< Also ports outside of the class (Linux without a range).
    bool startsBy16Bits{false};       ///< A start is a 16-bit number modulo the range (Linux).
    AddressPick addressPick{AddressPick::HashInside};
    bool spills{false}; ///< Tries the next address when one has no port for the flow.
    BlockRules blocks{};
    NatLimits limits{};
    std::array<Duration, NAT_TIMER_COUNT> timers{};
    Duration streamAfter{0}; ///< UDP: so long after the first packet it can become a stream.
    Duration expiryGrid{0};  ///< Mappings end at the next multiple of this; 0: on the spot.
    RefreshRule refresh{RefreshRule::Both};
    bool reopensAnew{true};    ///< A SYN on a closed mapping gets a new one; else it keeps it.
    bool evictsClosing{false}; ///< A search may end mappings in TIME_WAIT or CLOSE (Linux 6.5).
    ExhaustionRule onExhaustion{ExhaustionRule::Silent};
    UnknownFlowRule onUnknownFlow{UnknownFlowRule::Drop};
    bool hairpins{false};
    Duration raceWindow{0};            ///< See RecentTakes; 0: off.
    std::vector<Port> reservedPorts{}; ///< Of every address: port forwards.
};

} // namespace portlab

#endif // PORTLAB_NAT_RULES_H
