// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/nat/external-ports.h"

#include "model/core/base/check.h"

#include <algorithm>

namespace portlab
{

ExternalPorts::ExternalPorts(const PortRange& range,
                             const std::array<NatUniqueness, NAT_PROTOCOL_COUNT>& unique)
    : m_range(range),
      m_unique(unique),
      m_nothing(range)
{
}

ExternalPorts::ScopeId
ExternalPorts::FindOrMake(const PortScope& key)
{
    const ScopeId id = Find(key);
    if (id != NONE)
    {
        return id;
    }
    if (m_empty != NONE)
    {
        Close(m_empty);
    }
    m_empty = Make(key);
    return m_empty;
}

const PortSet&
ExternalPorts::Used(ScopeId scope) const
{
    const PortScope& key = At(scope).key;
    const std::size_t protocol = key.Protocol();
    Check(m_unique[protocol] == NatUniqueness::EndpointThenDestination,
          "only where ports are shared last is it known which ones are used at all");
    const auto& usage = m_usage[protocol];
    return key.External() < usage.size() && usage[key.External()] ? usage[key.External()]->ports
                                                                  : m_nothing;
}

void
ExternalPorts::Take(ScopeId scope, Port port)
{
    Scope& taking = At(scope);
    Check(taking.taken.Insert(port), "an external port was taken twice in one scope");
    m_peak = std::max(m_peak, taking.taken.Count());
    m_empty = m_empty == scope ? NONE : m_empty;
    Usage* const usage = UsageOf(taking.key);
    if (usage != nullptr && ++usage->scopes[port - m_range.First()] == 1)
    {
        usage->ports.Insert(port);
    }
}

void
ExternalPorts::Release(NatProtocol protocol,
                       ExternalIndex address,
                       const Endpoint& remote,
                       Port port)
{
    const PortScope key = KeyOf(protocol, address, remote);
    const ScopeId id = Find(key);
    Check(id != NONE && At(id).taken.Erase(port), "an external port was released and never taken");
    Usage* const usage = UsageOf(key);
    if (usage != nullptr && --usage->scopes[port - m_range.First()] == 0)
    {
        usage->ports.Erase(port);
    }
    if (At(id).taken.Count() == 0)
    {
        Close(id);
    }
}

std::uint32_t
ExternalPorts::Fullest() const
{
    std::uint32_t most = 0;
    for (const std::vector<Scope>& chunk : m_chunks)
    {
        for (const Scope& scope : chunk)
        {
            most = std::max(most, scope.taken.Count());
        }
    }
    return most;
}

std::size_t
ExternalPorts::MemoryBytes() const
{
    std::size_t bytes = m_index.MemoryBytes() + m_chunks.capacity() * sizeof m_chunks[0];
    for (const std::vector<Scope>& chunk : m_chunks)
    {
        bytes += chunk.capacity() * sizeof(Scope);
        for (const Scope& scope : chunk)
        {
            bytes += scope.taken.MemoryBytes();
        }
    }
    for (const auto& addresses : m_usage)
    {
        bytes += addresses.capacity() * sizeof addresses[0];
        for (const std::unique_ptr<Usage>& usage : addresses)
        {
            bytes += usage ? sizeof(Usage) + usage->ports.MemoryBytes() +
                                 usage->scopes.capacity() * sizeof usage->scopes[0]
                           : 0;
        }
    }
    return bytes;
}

ExternalPorts::ScopeId
ExternalPorts::Find(const PortScope& key)
{
    if (!IsAtHand(key))
    {
        m_atHand = m_index.Find(key.Hash(), [&](ScopeId id) { return At(id).key == key; });
    }
    return m_atHand;
}

/// Opens a scope that is not open.
ExternalPorts::ScopeId
ExternalPorts::Make(const PortScope& key)
{
    ScopeId id = m_closed;
    if (id != NONE)
    {
        m_closed = At(id).key.RemoteAddress();
        At(id).key = key;
    }
    else
    {
        if (m_chunks.empty() || m_chunks.back().size() == CHUNK)
        {
            m_chunks.emplace_back().reserve(CHUNK);
        }
        id = static_cast<ScopeId>((m_chunks.size() - 1) * CHUNK + m_chunks.back().size());
        m_chunks.back().push_back({key, PortSet(m_range)});
    }
    const auto isIt = [&](ScopeId other) { return At(other).key == key; };
    m_index.Put(key.Hash(), id, isIt, [this](ScopeId other) { return At(other).key.Hash(); });
    return id;
}

/// Forgets a scope that holds nothing.
void
ExternalPorts::Close(ScopeId id)
{
    Scope& closing = At(id);
    m_index.Erase(closing.key.Hash(), id, [this](ScopeId other) { return At(other).key.Hash(); });
    closing.key = PortScope(NatProtocol{}, 0, {m_closed, 0});
    m_closed = id;
    m_atHand = m_atHand == id ? NONE : m_atHand;
    m_empty = m_empty == id ? NONE : m_empty;
}

/// The count of users of all ports; null if nobody wants to know.
ExternalPorts::Usage*
ExternalPorts::UsageOf(const PortScope& key)
{
    const std::size_t protocol = key.Protocol();
    if (m_unique[protocol] != NatUniqueness::EndpointThenDestination)
    {
        return nullptr;
    }
    auto& addresses = m_usage[protocol];
    if (key.External() >= addresses.size())
    {
        addresses.resize(key.External() + std::size_t{1});
    }
    if (!addresses[key.External()])
    {
        addresses[key.External()] = std::make_unique<Usage>(
            Usage{PortSet(m_range), std::vector<std::uint32_t>(m_range.Count())});
    }
    return addresses[key.External()].get();
}

} // namespace portlab
