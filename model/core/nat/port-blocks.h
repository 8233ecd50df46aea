// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PORT_BLOCKS_H
#define PORTLAB_PORT_BLOCKS_H

#include "model/core/nat/mapping-table.h"
#include "model/core/port/port-bitmap.h"
#include "model/core/port/port-range.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace portlab
{

/// Ports of one external address that belong to one subscriber.
struct PortBlock
{
    ExternalIndex address;
    PortRange ports;

    friend bool operator==(const PortBlock& a, const PortBlock& b)
    {
        return a.address == b.address && a.ports == b.ports;
    }
};

/// Blocks of contiguous ports, handed out lowest first: address after address, port after port.
/// Sizes are multiples of one unit, and a block of k units begins at a multiple of k units if k is
/// a power of 2. Ports behind the last whole unit of an address are never handed out.
///
/// A block of one unit is found at once; for a larger one, every address may have to be looked at.
class BlockPool
{
  public:
    /// An address must have room for a unit.
    BlockPool(const PortRange& ports, std::uint32_t addresses, std::uint32_t unit);

    /// A block of so many ports, a multiple of the unit; on one address only, if it is given.
    /// Empty when none is left.
    std::optional<PortBlock> Allocate(std::uint32_t size,
                                      std::optional<ExternalIndex> address = std::nullopt);

    /// The block must be handed out, whole or as a part of one.
    void Release(const PortBlock& block);

    /// Ports in blocks that are handed out, and ports in all blocks.
    std::uint64_t InUse() const
    {
        return m_inUse;
    }

    std::uint64_t Total() const
    {
        return std::uint64_t{m_addresses.Count()} * m_units * m_unit;
    }

    /// All bytes that grow with the blocks handed out.
    std::size_t MemoryBytes() const;

  private:
    /// A bit for each unit that is handed out; no bits at all while none is.
    struct Plot
    {
        std::vector<std::uint64_t> taken{};
        std::uint32_t count{0};
    };

    std::optional<PortBlock> AllocateOn(ExternalIndex address, std::uint32_t units);
    std::optional<std::uint32_t> FirstRoom(const Plot& plot, std::uint32_t units) const;
    std::uint32_t Next(const Plot& plot, std::uint32_t from, bool isTaken) const;

    PortRange m_ports;
    PortRange m_addresses; ///< Their numbers: also 16 bits, from 0.
    std::uint32_t m_unit;
    std::uint32_t m_units; ///< Of an address.
    std::uint64_t m_inUse{0};
    PortBitmap m_full;         ///< Addresses that have no unit left.
    std::vector<Plot> m_plots; ///< By address, as far as they were ever needed.
};

/// The block that RFC 7422's arithmetic gives to a subscriber: each has
/// floor(ports / ceil(subscribers / addresses)) of them, in order of number, address after address.
/// Throws std::invalid_argument if that is none at all.
PortBlock DeterministicBlock(std::uint32_t subscriber,
                             std::uint32_t subscribers,
                             std::uint32_t addresses,
                             const PortRange& ports);

} // namespace portlab

#endif // PORTLAB_PORT_BLOCKS_H
