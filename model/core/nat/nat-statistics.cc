// SPDX-License-Identifier: GPL-2.0-only

// What a device says of itself: how much it has, how much is used, and what it has counted.

#include "model/core/nat/nat.h"

#include <algorithm>

namespace portlab
{

std::uint32_t
Nat::PortsUsable() const
{
    std::uint32_t ports = 0;
    for (const PortClass& some : m_rules->classes)
    {
        ports = std::max(ports, some.external.Count());
    }
    return std::min(ports, m_rules->limits.ofDestination.value_or(ports));
}

NatLoad
Nat::LoadOf(NatDrop reason, const InsideFlow& flow)
{
    const Subscriber& subscriber = m_subscribers[m_subscribers.NumberOf(flow.inside.address)];
    if (reason == NatDrop::TableFull)
    {
        return {m_table.Count(), m_rules->limits.ofTable.value_or(m_table.Count())};
    }
    const auto& most = m_rules->limits.ofSubscriber;
    if (reason == NatDrop::SubscriberLimit && most && subscriber.mappings >= *most)
    {
        return {subscriber.mappings, *most};
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
    }
}

std::size_t
Nat::MemoryBytes() const
{
    return m_table.MemoryBytes() + m_ports.MemoryBytes();
}

} // namespace portlab
