// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/port-blocks.h"

#include "model/core/base/check.h"
#include "model/core/nat/port-plans.h"
#include "model/core/port/free-ports.h"

#include <stdexcept>
#include <string>

namespace portlab
{

namespace
{

bool
IsPowerOfTwo(std::uint32_t number)
{
    return (number & (number - 1)) == 0;
}

/// The numbers of so many addresses.
PortRange
Numbers(std::uint32_t addresses)
{
    Check(0 < addresses && addresses <= 65536, "a NAT has 1 to 65,536 external addresses");
    return PortRange(0, static_cast<Port>(addresses - 1));
}

} // namespace

BlockPool::BlockPool(const PortRange& ports, std::uint32_t addresses, std::uint32_t unit)
    : m_ports(ports),
      m_addresses(Numbers(addresses)),
      m_unit(unit),
      m_units(unit == 0 ? 0 : ports.Count() / unit),
      m_full(m_addresses)
{
    Check(m_units > 0, "an external address has room for a block");
}

std::optional<PortBlock>
BlockPool::Allocate(std::uint32_t size, std::optional<ExternalIndex> address)
{
    Check(size > 0 && size % m_unit == 0, "blocks are multiples of one size");
    const std::uint32_t units = size / m_unit;
    if (address)
    {
        return AllocateOn(*address, units);
    }
    FreePorts open(m_addresses);
    open.Exclude(m_full);
    const std::optional<ExternalIndex> first = open.FirstFree(InOrderPlan(m_addresses)).port;
    if (!first || units > m_units)
    {
        return std::nullopt;
    }
    for (std::uint32_t number = *first; number <= m_addresses.Last(); ++number)
    {
        if (const auto block = AllocateOn(static_cast<ExternalIndex>(number), units))
        {
            return block;
        }
    }
    return std::nullopt;
}

void
BlockPool::Release(const PortBlock& block)
{
    const std::uint32_t offset = block.ports.First() - m_ports.First();
    Check(block.ports.First() >= m_ports.First() && offset % m_unit == 0 &&
              block.ports.Count() % m_unit == 0 && block.address < m_plots.size(),
          "a block was given back that nobody got");
    Plot& plot = m_plots[block.address];
    const std::uint32_t first = offset / m_unit;
    const std::uint32_t units = block.ports.Count() / m_unit;
    Check(plot.count > 0 && Next(plot, first, false) >= first + units,
          "a block was given back that nobody has");
    for (std::uint32_t unit = first; unit < first + units; ++unit)
    {
        plot.taken[unit / 64] &= ~(std::uint64_t{1} << unit % 64);
    }
    plot.count -= units;
    m_inUse -= block.ports.Count();
    m_full.Erase(block.address);
    if (plot.count == 0)
    {
        plot = {};
    }
}

std::size_t
BlockPool::MemoryBytes() const
{
    std::size_t bytes = m_full.MemoryBytes() + m_plots.capacity() * sizeof(Plot);
    for (const Plot& plot : m_plots)
    {
        bytes += plot.taken.capacity() * sizeof plot.taken[0];
    }
    return bytes;
}

std::optional<PortBlock>
BlockPool::AllocateOn(ExternalIndex address, std::uint32_t units)
{
    Check(m_addresses.Contains(address), "a block on an address that the NAT does not have");
    if (address >= m_plots.size())
    {
        m_plots.resize(address + std::size_t{1});
    }
    Plot& plot = m_plots[address];
    const std::optional<std::uint32_t> first = FirstRoom(plot, units);
    if (!first)
    {
        return std::nullopt;
    }
    plot.taken.resize((m_units + 63) / 64);
    for (std::uint32_t unit = *first; unit < *first + units; ++unit)
    {
        plot.taken[unit / 64] |= std::uint64_t{1} << unit % 64;
    }
    plot.count += units;
    if (plot.count == m_units)
    {
        m_full.Insert(address);
    }
    m_inUse += std::uint64_t{units} * m_unit;
    const std::uint32_t begin = m_ports.First() + *first * m_unit;
    return PortBlock{
        address,
        PortRange(static_cast<Port>(begin), static_cast<Port>(begin + units * m_unit - 1))};
}

/// Where the lowest block of so many units begins that can be had.
std::optional<std::uint32_t>
BlockPool::FirstRoom(const Plot& plot, std::uint32_t units) const
{
    const std::uint32_t step = IsPowerOfTwo(units) ? units : 1;
    std::uint32_t first = 0;
    while (std::uint64_t{first} + units <= m_units)
    {
        const std::uint32_t end = Next(plot, first, true);
        if (end - first >= units)
        {
            return first;
        }
        const std::uint32_t open = Next(plot, end, false);
        first = (open + step - 1) / step * step;
    }
    return std::nullopt;
}

/// The first unit from `from` on that is handed out, or that is not. Behind the last one, none is
/// handed out.
std::uint32_t
BlockPool::Next(const Plot& plot, std::uint32_t from, bool isTaken) const
{
    if (plot.count == 0)
    {
        return isTaken ? m_units : from;
    }
    for (std::uint32_t word = from / 64; word < plot.taken.size(); ++word)
    {
        std::uint64_t sought = isTaken ? plot.taken[word] : ~plot.taken[word];
        sought &= word == from / 64 ? ~std::uint64_t{0} << from % 64 : ~std::uint64_t{0};
        if (sought != 0)
        {
            return word * 64 + static_cast<std::uint32_t>(__builtin_ctzll(sought));
        }
    }
    return m_units;
}

PortBlock
DeterministicBlock(std::uint32_t subscriber,
                   std::uint32_t subscribers,
                   std::uint32_t addresses,
                   const PortRange& ports)
{
    Check(subscriber < subscribers && addresses > 0, "a subscriber whom nobody counted");
    const std::uint32_t sharing = subscribers / addresses + (subscribers % addresses > 0 ? 1 : 0);
    const std::uint32_t size = ports.Count() / sharing;
    if (size == 0)
    {
        throw std::invalid_argument(
            std::to_string(subscribers) + " subscribers on " + std::to_string(addresses) +
            " external addresses of " + std::to_string(ports.Count()) +
            " ports each: none would have a port; expected at most " +
            std::to_string(std::uint64_t{addresses} * ports.Count()) + " subscribers");
    }
    const std::uint32_t first = ports.First() + subscriber % sharing * size;
    return {static_cast<ExternalIndex>(subscriber / sharing),
            PortRange(static_cast<Port>(first), static_cast<Port>(first + size - 1))};
}

} // namespace portlab
