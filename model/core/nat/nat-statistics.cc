// SPDX-License-Identifier: GPL-2.0-only

// What a device says of itself: how much it has, how much is used, and what it has counted.

#include "model/core/nat/nat.h"

#include <algorithm>

namespace portlab
{

/// Ports of a range that are not handed out.
std::uint32_t
Nat::CountReserved(const PortRange& range) const
{
    FreePorts open(m_ports.Range());
    if (m_reserved)
    {
        open.Exclude(*m_reserved);
    }
    return range.Count() - open.CountIn(range);
}

std::uint32_t
Nat::PortsUsable() const
{
    std::uint32_t ports = 0;
    for (const PortClass& some : m_rules->classes)
    {
        ports = std::max(ports, some.external.Count() - CountReserved(some.external));
    }
    return std::min(ports, m_rules->limits.ofDestination.value_or(ports));
}

NatLoad
Nat::LoadOf(NatDrop reason, const InsideFlow& flow)
{
    const Subscriber& subscriber = m_subscribers[m_subscribers.NumberOf(flow.inside.address)];
    if (reason == NatDrop::TableFull)
    {
        return {m_mappings.Count(), m_rules->limits.ofTable.value_or(m_mappings.Count())};
    }
    const auto& most = m_rules->limits.ofSubscriber;
    if (reason == NatDrop::SubscriberLimit && most && subscriber.mappings >= *most)
    {
        return {subscriber.mappings, *most};
    }
    if (m_blocks && reason == NatDrop::NoPort)
    {
        return {m_blocks->InUse(), m_blocks->Total()};
    }
    if (m_rules->blocks.mode != BlockMode::None)
    {
        return LoadOfBlocks(subscriber, flow);
    }
    NatLoad load{0, std::uint64_t{PortsUsable()} * m_addresses.size()};
    for (ExternalIndex address = 0; address < m_addresses.size(); ++address)
    {
        load.used += m_ports.Taken(m_ports.Open(flow.protocol, address, flow.remote)).Count();
    }
    return load;
}

void
Nat::ResetStatistics(Instant now)
{
    CatchUp(now);
    m_droppedBefore = DroppedOfRun();
    m_counters = {};
    m_liveBefore = m_mappings.Count();
    m_areaBefore = m_mappings.AreaAt(now);
    m_mappings.ResetPeak();
    m_ports.ResetPeak();
    m_blockPortsPeak = BlockPortsInUse();
    for (Subscriber& subscriber : m_subscribers.All())
    {
        subscriber.areaBefore = subscriber.ports.AreaAt(now);
        subscriber.ports.ResetPeak();
        subscriber.mappingsPeak = subscriber.mappings;
    }
}

std::vector<NatPeak>
Nat::Peaks() const
{
    std::vector<NatPeak> peaks;
    const NatLimits& limits = m_rules->limits;
    if (m_blocks)
    {
        peaks.push_back({NatLimit::Blocks, {m_blockPortsPeak, BlockPorts()}});
    }
    std::uint64_t ports = 0;
    std::uint64_t mappings = 0;
    for (const Subscriber& subscriber : m_subscribers.All())
    {
        ports = std::max<std::uint64_t>(ports, subscriber.ports.Peak());
        mappings = std::max<std::uint64_t>(mappings, subscriber.mappingsPeak);
    }
    if (m_rules->blocks.mode == BlockMode::None)
    {
        peaks.push_back({NatLimit::Ports, {m_ports.Peak(), PortsUsable()}});
    }
    else
    {
        // A host's ports are counted once for each destination that tells flows apart: of these,
        // none had more than the fullest of all.
        const std::uint64_t most = MostPortsOfHost();
        peaks.push_back(
            {NatLimit::PortsOfHost, {std::min<std::uint64_t>(ports, m_ports.Peak()), most}});
    }
    if (limits.ofSubscriber)
    {
        peaks.push_back({NatLimit::MappingsOfHost, {mappings, *limits.ofSubscriber}});
    }
    if (limits.ofTable)
    {
        peaks.push_back({NatLimit::Table, {m_mappings.Peak(), *limits.ofTable}});
    }
    return peaks;
}

/// What the blocks allow to one inside host towards one destination.
std::uint64_t
Nat::MostPortsOfHost() const
{
    const BlockRules& blocks = m_rules->blocks;
    switch (blocks.mode)
    {
    case BlockMode::OnDemand:
        return std::uint64_t{blocks.size} * blocks.most;
    case BlockMode::Doubling:
        return blocks.mostPorts;
    case BlockMode::Deterministic:
        return DeterministicBlock(0,
                                  blocks.subscribers,
                                  static_cast<std::uint32_t>(m_addresses.size()),
                                  m_rules->classes.front().external)
            .ports.Count();
    default:
        return blocks.size;
    }
}

std::size_t
Nat::MemoryBytes() const
{
    return m_table.MemoryBytes() + m_ports.MemoryBytes();
}

} // namespace portlab
