// SPDX-License-Identifier: GPL-2.0-only

// How mappings are found: by flow, by inside endpoint, and by what an answer says.

#include "model/core/base/random.h"
#include "model/core/nat/mapping-table.h"

namespace portlab
{

/// All that a mapping is found by fits into two words. The hash comes with it, so that those of
/// several keys can be computed side by side.
struct MappingTable::Key
{
    Key(std::uint64_t addressBits, std::uint64_t portBits)
        : addresses(addressBits),
          ports(portBits),
          hash(Mix(addressBits + portBits * 0x9e3779b97f4a7c15u))
    {
    }

    friend bool operator==(const Key& a, const Key& b)
    {
        return a.addresses == b.addresses && a.ports == b.ports;
    }

    /// Resting mappings have keys of their own, for live ones are found first.
    Key OfResting() const
    {
        return {addresses, ports | std::uint64_t{1} << 63};
    }

    std::uint64_t addresses;
    std::uint64_t ports;
    std::uint64_t hash;
};

namespace
{

constexpr const char* SECOND_MAPPING = "a flow got a second mapping";

std::uint64_t
Pair(std::uint32_t high, std::uint32_t low)
{
    return std::uint64_t{high} << 32 | low;
}

std::uint64_t
Pair(NatProtocol protocol, Port high, Port low)
{
    return Pair(static_cast<std::uint32_t>(protocol), std::uint32_t{high} << 16 | low);
}

} // namespace

MappingTable::Key
MappingTable::FlowKey(const InsideFlow& flow)
{
    return {Pair(flow.inside.address, flow.remote.address),
            Pair(flow.protocol, flow.inside.port, flow.remote.port)};
}

MappingTable::Key
MappingTable::EndpointKey(NatProtocol protocol, const Endpoint& inside)
{
    return {inside.address, Pair(protocol, inside.port, 0)};
}

MappingTable::Key
MappingTable::ReplyKey(NatProtocol protocol,
                       ExternalIndex address,
                       Port port,
                       const Endpoint& remote) const
{
    const Endpoint seen = Blur(m_filtering, remote);
    return {Pair(address, seen.address), Pair(protocol, port, seen.port)};
}

template <MappingTable::By BY>
MappingTable::Key
MappingTable::KeyOf(MappingId id) const
{
    const Mapping& mapping = At(id);
    const InsideFlow flow = mapping.Flow();
    if constexpr (BY == By::Flow)
    {
        return FlowKey(flow);
    }
    else if constexpr (BY == By::Endpoint)
    {
        return EndpointKey(flow.protocol, flow.inside);
    }
    else
    {
        const Key key =
            ReplyKey(flow.protocol, mapping.m_externalAddress, mapping.m_externalPort, flow.remote);
        return IsResting(id) ? key.OfResting() : key;
    }
}

template <MappingTable::By BY>
MappingId
MappingTable::FindBy(const Key& key) const
{
    return Index<BY>().Find(key.hash, [&](MappingId id) { return KeyOf<BY>(id) == key; });
}

/// Returns the mapping that had the key before.
template <MappingTable::By BY>
MappingId
MappingTable::Put(const Key& key, MappingId id) const
{
    return Index<BY>().Put(
        key.hash,
        id,
        [&](MappingId other) { return KeyOf<BY>(other) == key; },
        [this](MappingId other) { return KeyOf<BY>(other).hash; });
}

template <MappingTable::By BY>
void
MappingTable::Erase(const Key& key, MappingId id)
{
    Index<BY>().Erase(key.hash, id, [this](MappingId other) { return KeyOf<BY>(other).hash; });
}

/// The mapping that is linked to this one, by a walk from another of the ring.
MappingId
MappingTable::BeforeInRing(MappingId id, MappingId from) const
{
    while (At(from).m_newer != id)
    {
        from = At(from).m_newer;
    }
    return from;
}

/// Returns the mapping that was the newest before, and now stands behind.
template <MappingTable::By BY>
MappingId
MappingTable::Join(const Key& key, MappingId id)
{
    const MappingId newest = Put<BY>(key, id);
    if (newest == NO_MAPPING)
    {
        At(id).m_newer = id;
    }
    else
    {
        At(id).m_newer = At(newest).m_newer;
        At(newest).m_newer = id;
    }
    return newest;
}

/// Returns the mapping that no longer stands behind the newest: this one, or, if it was the newest
/// itself, the next older, which is the newest now.
template <MappingTable::By BY>
MappingId
MappingTable::Leave(const Key& key, MappingId id)
{
    if (IsAlone(id))
    {
        Erase<BY>(key, id);
        return NO_MAPPING;
    }
    const MappingId newest = FindBy<BY>(key);
    const MappingId before = BeforeInRing(id, newest); // At once, if it is the oldest.
    At(before).m_newer = At(id).m_newer;
    if (id != newest)
    {
        return id;
    }
    Index<BY>().Replace(key.hash, id, before);
    return before;
}

MappingId
MappingTable::Find(const InsideFlow& flow) const
{
    if (m_hasRings)
    {
        const MappingId newest = Latest(flow.protocol, flow.inside);
        if (newest == NO_MAPPING || At(newest).Flow() == flow)
        {
            return newest;
        }
        if (IsAlone(newest))
        {
            return NO_MAPPING;
        }
    }
    return FindBy<By::Flow>(FlowKey(flow));
}

MappingId
MappingTable::Latest(NatProtocol protocol, const Endpoint& inside) const
{
    Check(m_hasRings, "a table without rings was asked for the latest mapping of an endpoint");
    if (!m_sought.isValid || m_sought.address != inside.address || m_sought.port != inside.port ||
        m_sought.protocol != protocol)
    {
        const MappingId latest = FindBy<By::Endpoint>(EndpointKey(protocol, inside));
        m_sought = {inside.address, inside.port, protocol, true, latest};
    }
    return m_sought.latest;
}

MappingId
MappingTable::Older(MappingId id) const
{
    Check(IsLive(id) && !IsResting(id), "the older of a mapping without a ring was asked for");
    const InsideFlow flow = At(id).Flow();
    const bool isOldest = At(Latest(flow.protocol, flow.inside)).m_newer == id;
    return isOldest ? NO_MAPPING : BeforeInRing(id, id);
}

MappingId
MappingTable::FindReply(NatProtocol protocol,
                        ExternalIndex address,
                        Port port,
                        const Endpoint& remote) const
{
    LearnReplies();
    const Key key = ReplyKey(protocol, address, port, remote);
    const MappingId live = FindBy<By::Reply>(key);
    if (live != NO_MAPPING || CountIn(NatState::Resting) == 0)
    {
        return live;
    }
    return FindBy<By::Reply>(key.OfResting());
}

/// Makes a live mapping findable.
void
MappingTable::Enlist(MappingId id)
{
    m_sought.isValid = false;
    if (m_knowsReplies)
    {
        EnlistReply(id);
    }
    if (!m_hasRings)
    {
        Check(Put<By::Flow>(KeyOf<By::Flow>(id), id) == NO_MAPPING, SECOND_MAPPING);
        return;
    }
    const MappingId behind = Join<By::Endpoint>(KeyOf<By::Endpoint>(id), id);
    if (behind != NO_MAPPING)
    {
        Put<By::Flow>(KeyOf<By::Flow>(behind), behind);
        Check(FindBy<By::Flow>(KeyOf<By::Flow>(id)) == NO_MAPPING, SECOND_MAPPING);
    }
}

/// Makes all mappings findable by their replies: those of one endpoint, which alone may share a
/// key, in the order in which they came. None rests yet.
void
MappingTable::LearnReplies() const
{
    if (m_knowsReplies)
    {
        return;
    }
    m_knowsReplies = true;
    for (MappingId id = 0; id < m_idLimit; ++id)
    {
        if (!IsLive(id))
        {
            continue;
        }
        if (!m_hasRings)
        {
            EnlistReply(id);
        }
        else if (const InsideFlow flow = At(id).Flow(); Latest(flow.protocol, flow.inside) == id)
        {
            for (MappingId next = At(id).m_newer; next != id; next = At(next).m_newer)
            {
                EnlistReply(next);
            }
            EnlistReply(id);
        }
    }
}

void
MappingTable::EnlistReply(MappingId id) const
{
    const Key key = KeyOf<By::Reply>(id);
    CheckSharing(id, Put<By::Reply>(key, id));
    if (CountIn(NatState::Resting) > 0)
    {
        CheckSharing(id, FindBy<By::Reply>(key.OfResting()));
    }
}

/// The contrary.
void
MappingTable::Forget(MappingId id)
{
    m_sought.isValid = false;
    if (m_knowsReplies)
    {
        ForgetReply(KeyOf<By::Reply>(id), id);
    }
    const MappingId found = m_hasRings ? Leave<By::Endpoint>(KeyOf<By::Endpoint>(id), id) : id;
    if (found != NO_MAPPING)
    {
        Erase<By::Flow>(KeyOf<By::Flow>(found), found);
    }
}

void
MappingTable::ForgetReply(const Key& key, MappingId id)
{
    MappingId heir = NO_MAPPING;
    if (m_hasRings && m_filtering != Dependence::AddressAndPort && !IsAlone(id))
    {
        if (FindBy<By::Reply>(key) != id)
        {
            return; // A later one is in its place.
        }
        heir = Heir(key, id);
    }
    if (heir == NO_MAPPING)
    {
        Erase<By::Reply>(key, id);
    }
    else
    {
        Index<By::Reply>().Replace(key.hash, id, heir);
    }
}

/// Of those that share the key of the mapping which was the last of them to be added, the last but
/// one. They are of one endpoint, hence in one ring, and the walk ends with the next older.
MappingId
MappingTable::Heir(const Key& key, MappingId id) const
{
    MappingId heir = NO_MAPPING;
    for (MappingId other = At(id).m_newer; other != id; other = At(other).m_newer)
    {
        heir = KeyOf<By::Reply>(other) == key ? other : heir;
    }
    return heir;
}

/// Two mappings have the same key of a reply.
void
MappingTable::CheckSharing(MappingId id, MappingId other) const
{
    Check(other == NO_MAPPING ||
              (m_hasRings && KeyOf<By::Endpoint>(id) == KeyOf<By::Endpoint>(other)),
          "two flows got an external port by which their answers cannot be told apart");
}

void
MappingTable::EnlistResting(MappingId id)
{
    Join<By::Reply>(KeyOf<By::Reply>(id), id);
}

void
MappingTable::ForgetResting(MappingId id)
{
    Leave<By::Reply>(KeyOf<By::Reply>(id), id);
}

} // namespace portlab
