// SPDX-License-Identifier: GPL-2.0-only

// Ports that are parcelled out in blocks, one inside host each.

#include "model/core/base/check.h"
#include "model/core/nat/nat.h"

#include <algorithm>

namespace portlab
{

/// In the host's blocks, in the order in which it got them, then in a new one.
bool
Nat::ChooseInBlocks(Request& request)
{
    const Duration active = m_rules->blocks.active;
    for (const HeldBlock& held : m_subscribers[request.subscriber].blocks)
    {
        if (active > Duration{0} && request.now - held.since >= active)
        {
            continue;
        }
        if (ChoosePort(held.block.address, held.block.ports, request))
        {
            return true;
        }
    }
    const std::optional<PortBlock> block = NextBlock(request);
    if (!block)
    {
        return false;
    }
    ++m_counters.blocksTaken;
    m_subscribers[request.subscriber].blocks.push_back({*block, request.now});
    m_blockPortsPeak = std::max(m_blockPortsPeak, BlockPortsInUse());
    return ChoosePort(block->address, block->ports, request);
}

/// A further block for the host that asks, unless it has as many as it may, or none is left.
std::optional<PortBlock>
Nat::NextBlock(Request& request)
{
    const BlockRules& rules = m_rules->blocks;
    const Subscriber& subscriber = m_subscribers[request.subscriber];
    const bool isFirst = subscriber.blocks.empty();
    if (rules.mode == BlockMode::Deterministic)
    {
        return isFirst ? std::optional(
                             DeterministicBlock(request.subscriber,
                                                rules.subscribers,
                                                static_cast<std::uint32_t>(m_addresses.size()),
                                                m_rules->classes.front().external))
                       : std::nullopt;
    }
    std::uint32_t ports = 0;
    for (const HeldBlock& held : subscriber.blocks)
    {
        ports += held.block.ports.Count();
    }
    const std::uint32_t size = rules.mode == BlockMode::Doubling && !isFirst ? ports : rules.size;
    const bool mayGrow =
        isFirst || (rules.mode == BlockMode::OnDemand && subscriber.blocks.size() < rules.most) ||
        (rules.mode == BlockMode::Doubling && ports + size <= rules.mostPorts);
    if (!mayGrow)
    {
        request.reason = NatDrop::SubscriberLimit;
        return std::nullopt;
    }
    request.reason = NatDrop::NoPort;
    const bool isPaired = m_rules->addressPick == AddressPick::Paired;
    return m_blocks->Allocate(size, isPaired ? std::optional(subscriber.address) : std::nullopt);
}

/// Ports of the host's blocks, and how many of them flows to this end have.
NatLoad
Nat::LoadOfBlocks(const Subscriber& subscriber, const InsideFlow& flow)
{
    NatLoad load{0, 0};
    for (const HeldBlock& held : subscriber.blocks)
    {
        FreePorts free(m_ports.Range());
        free.Exclude(m_ports.Taken(m_ports.Open(flow.protocol, held.block.address, flow.remote)));
        load.usable += held.block.ports.Count();
        load.used += held.block.ports.Count() - free.CountIn(held.block.ports);
    }
    return load;
}

/// The block that an external port of this host lies in; null without blocks.
HeldBlock*
Nat::BlockOf(Subscriber& subscriber, ExternalIndex address, Port port)
{
    for (HeldBlock& held : subscriber.blocks)
    {
        if (held.block.address == address && held.block.ports.Contains(port))
        {
            return &held;
        }
    }
    return nullptr;
}

/// One port of the block is free again. Blocks on demand are given back when all are.
void
Nat::LeaveBlock(Subscriber& subscriber, HeldBlock& held)
{
    Check(held.used > 0, "a block with fewer ports in use than none");
    --held.used;
    if (held.used > 0 || m_rules->blocks.mode != BlockMode::OnDemand)
    {
        return;
    }
    m_blocks->Release(held.block);
    ++m_counters.blocksReturned;
    subscriber.blocks.erase(subscriber.blocks.begin() + (&held - subscriber.blocks.data()));
}

} // namespace portlab
