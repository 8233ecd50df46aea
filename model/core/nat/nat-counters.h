// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NAT_COUNTERS_H
#define PORTLAB_NAT_COUNTERS_H

#include <array>
#include <cstddef>
#include <cstdint>

namespace portlab
{

/// Why a NAT dropped a packet.
enum class NatDrop : std::uint8_t
{
    NoPort,           ///< No external port was found; there may be some.
    DestinationLimit, ///< As many flows as an external address may have to one destination.
    SubscriberLimit,  ///< As many mappings, or blocks, as an inside host may have.
    TableFull,        ///< As many mappings as the device may have.
    LostRace,         ///< Another processor took the same port at the same instant.
    NotHandled,       ///< The device does not translate this protocol.
    UnknownFlow,      ///< A packet of a connection that it does not know.
    Filtered,         ///< From a remote end that the inside never spoke to.
    Hairpin,          ///< From inside to one of its own external addresses.
};

constexpr std::size_t NAT_DROP_COUNT = 9;

/// The names used in results where the device has no word of its own, in the order of the
/// enumeration.
constexpr std::array<const char*, NAT_DROP_COUNT> NAT_DROP_NAMES{"no_port",
                                                                 "destination_limit",
                                                                 "subscriber_limit",
                                                                 "table_full",
                                                                 "lost_race",
                                                                 "not_handled",
                                                                 "unknown_flow",
                                                                 "filtered",
                                                                 "hairpin"};

/// What a NAT has counted since the last reset. asked == granted + the drops of first packets.
struct NatCounters
{
    std::uint64_t asked{0};        ///< First packets of flows that had no mapping.
    std::uint64_t granted{0};      ///< Mappings made.
    std::uint64_t preserved{0};    ///< Of these, with the inside port as the external one.
    std::uint64_t inherited{0};    ///< Of these, with an external port shared with another flow.
    std::uint64_t collisions{0};   ///< Asked, and the port that would have been kept was taken.
    std::uint64_t evicted{0};      ///< Mappings in TIME_WAIT or CLOSE ended by a search.
    std::uint64_t earlyDropped{0}; ///< Unassured mappings ended because the table was full.
    std::uint64_t reopened{0};     ///< Mappings ended by a new SYN of the same flow.
    std::uint64_t expired{0};      ///< Mappings that a timer ended; rests not counted.
    std::uint64_t lost{0};        ///< Of these, established ones, which open connections still use.
    std::uint64_t probes{0};      ///< External ports examined, by grants and drops.
    std::uint64_t blocksTaken{0}; ///< Blocks given to inside hosts ...
    std::uint64_t blocksReturned{0};                     ///< ... and given back.
    std::array<std::uint64_t, NAT_DROP_COUNT> dropped{}; ///< By reason.

    /// First packets that were dropped.
    std::uint64_t Dropped() const
    {
        return asked - granted;
    }
};

} // namespace portlab

#endif // PORTLAB_NAT_COUNTERS_H
