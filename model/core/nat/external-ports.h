// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_EXTERNAL_PORTS_H
#define PORTLAB_EXTERNAL_PORTS_H

#include "model/core/base/random.h"
#include "model/core/nat/index-table.h"
#include "model/core/nat/mapping-table.h"
#include "model/core/nat/nat-flow.h"
#include "model/core/port/port-set.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace portlab
{

/// What may not repeat among a NAT's mappings, beside protocol, external address and port.
enum class NatUniqueness : std::uint8_t
{
    Destination,        ///< Remote address and port: flows to others may share an external port.
    DestinationAddress, ///< Remote address.
    Endpoint,           ///< Nothing else: an external port belongs to one inside endpoint.
    /// As Destination, but ports that no flow uses are taken before others are shared.
    EndpointThenDestination,
};

/// How far a uniqueness tells remote ends apart.
constexpr Dependence
DependenceOf(NatUniqueness unique)
{
    return unique == NatUniqueness::Endpoint             ? Dependence::None
           : unique == NatUniqueness::DestinationAddress ? Dependence::RemoteAddress
                                                         : Dependence::AddressAndPort;
}

/// Flows that must not have the same external port. Two words: it is compared at every step.
class PortScope
{
  public:
    /// `remote`: as far as the uniqueness tells remote ends apart; see Blur().
    PortScope(NatProtocol protocol, ExternalIndex address, const Endpoint& remote)
        : m_remote(std::uint64_t{remote.address} << 16 | remote.port),
          m_device(static_cast<std::uint32_t>(protocol) << 16 | address)
    {
    }

    std::size_t Protocol() const
    {
        return m_device >> 16;
    }

    ExternalIndex External() const
    {
        return static_cast<ExternalIndex>(m_device);
    }

    Address RemoteAddress() const
    {
        return static_cast<Address>(m_remote >> 16);
    }

    std::uint64_t Hash() const
    {
        return Mix(Mix(m_remote) ^ m_device);
    }

    friend bool operator==(const PortScope& a, const PortScope& b)
    {
        return a.m_remote == b.m_remote && a.m_device == b.m_device;
    }

  private:
    std::uint64_t m_remote;
    std::uint32_t m_device;
};

/// Which external ports are taken, scope by scope. A scope costs what it holds, and nothing when it
/// is empty again.
///
/// Invariant: under EndpointThenDestination, a port is in Used() exactly if it is taken in at least
/// one scope of its protocol and address.
class ExternalPorts
{
  public:
    using ScopeId = std::uint32_t;

    /// `range` holds all ports that can ever be taken, and not port 0; `unique` is by protocol.
    ExternalPorts(const PortRange& range,
                  const std::array<NatUniqueness, NAT_PROTOCOL_COUNT>& unique);

    /// The scope of flows to `remote`; made at its first mention. The number, and what Taken() and
    /// Used() say of it, are valid until the next Release(), and while the scope is empty only
    /// until another is opened: no more than one is kept for nothing.
    ScopeId Open(NatProtocol protocol, ExternalIndex address, const Endpoint& remote)
    {
        const PortScope key = KeyOf(protocol, address, remote);
        return IsAtHand(key) ? m_atHand : FindOrMake(key);
    }

    const PortSet& Taken(ScopeId scope) const
    {
        return At(scope).taken;
    }

    /// EndpointThenDestination only: ports of the scope's protocol and address that any flow uses.
    const PortSet& Used(ScopeId scope) const;

    /// The port must not be taken.
    void Take(ScopeId scope, Port port);

    /// The port must be taken. Closes the scope if it was the last.
    void Release(NatProtocol protocol, ExternalIndex address, const Endpoint& remote, Port port);

    /// The ports that can be taken.
    const PortRange& Range() const
    {
        return m_range;
    }

    /// The most ports that one scope held at once since the last ResetPeak().
    std::uint32_t Peak() const
    {
        return m_peak;
    }

    /// Begins anew, with what is taken now.
    void ResetPeak()
    {
        m_peak = Fullest();
    }

    /// How full the fullest scope is now: a pass over all scopes, for samples.
    std::uint32_t Fullest() const;

    /// Scopes that hold a port.
    std::uint32_t ScopeCount() const
    {
        return m_index.Count() - (m_empty == NONE ? 0 : 1);
    }

    /// All bytes that grow with the ports taken: a pass over all scopes.
    std::size_t MemoryBytes() const;

  private:
    static constexpr ScopeId NONE = IndexTable::NONE;
    static constexpr std::uint32_t CHUNK = 64;

    struct Scope
    {
        PortScope key; ///< Of a closed scope, the remote address is the number of the next one.
        PortSet taken;
    };

    /// The ports of one protocol and address that are used towards anyone.
    struct Usage
    {
        PortSet ports;
        std::vector<std::uint32_t> scopes; ///< By port: how many hold it.
    };

    PortScope KeyOf(NatProtocol protocol, ExternalIndex address, const Endpoint& remote) const
    {
        const NatUniqueness unique = m_unique[static_cast<std::size_t>(protocol)];
        return {protocol, address, Blur(DependenceOf(unique), remote)};
    }

    /// A flow asks for its scope several times in a row: the last one found is at hand.
    bool IsAtHand(const PortScope& key) const
    {
        return m_atHand != NONE && At(m_atHand).key == key;
    }

    Scope& At(ScopeId id)
    {
        return m_chunks[id / CHUNK][id % CHUNK];
    }

    const Scope& At(ScopeId id) const
    {
        return m_chunks[id / CHUNK][id % CHUNK];
    }

    ScopeId FindOrMake(const PortScope& key);
    ScopeId Find(const PortScope& key);
    ScopeId Make(const PortScope& key);
    void Close(ScopeId id);
    Usage* UsageOf(const PortScope& key);

    PortRange m_range;
    std::array<NatUniqueness, NAT_PROTOCOL_COUNT> m_unique;
    std::vector<std::vector<Scope>> m_chunks; ///< Full ones, but for the last: none ever moves.
    ScopeId m_closed{NONE};                   ///< The first of the chain of closed scopes.
    ScopeId m_empty{NONE};                    ///< The one that is open and holds nothing.
    ScopeId m_atHand{NONE};                   ///< The one that was found last.
    IndexTable m_index;
    std::uint32_t m_peak{0};
    /// By protocol and address; null where nothing was ever used, or nobody asks.
    std::array<std::vector<std::unique_ptr<Usage>>, NAT_PROTOCOL_COUNT> m_usage;
    PortSet m_nothing;
};

} // namespace portlab

#endif // PORTLAB_EXTERNAL_PORTS_H
