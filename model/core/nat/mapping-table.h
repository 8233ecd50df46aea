// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_MAPPING_TABLE_H
#define PORTLAB_MAPPING_TABLE_H

#include "model/core/base/check.h"
#include "model/core/base/time.h"
#include "model/core/nat/index-table.h"
#include "model/core/nat/nat-flow.h"
#include "model/core/nat/nat-state.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace portlab
{

/// Names a mapping as long as it lives; numbers are used again.
using MappingId = std::uint32_t;

constexpr MappingId NO_MAPPING = IndexTable::NONE;

/// Which of its external addresses a NAT means, counted from 0.
using ExternalIndex = std::uint16_t;

/// What a NAT remembers of one flow. 44 bytes: a carrier's NAT has millions.
class Mapping
{
  public:
    InsideFlow Flow() const
    {
        return {m_protocol, {m_insideAddress, m_insidePort}, {m_remoteAddress, m_remotePort}};
    }

    NatProtocol Protocol() const
    {
        return m_protocol;
    }

    Port ExternalPort() const
    {
        return m_externalPort;
    }

    ExternalIndex ExternalAddress() const
    {
        return m_externalAddress;
    }

    NatState State() const
    {
        return m_state;
    }

    /// When it ends if no packet comes; NEVER while it is kept.
    Instant Expires() const
    {
        return Instant{
            Duration{static_cast<std::int64_t>(std::uint64_t{m_expiresHigh} << 32 | m_expiresLow)}};
    }

    std::uint32_t memory;    ///< TCP: the end of the client's sequence. UDP: see UdpTracking.
    bool startedOutside : 1; ///< The first packet came from the remote end.
    bool seenReply : 1;      ///< Packets have gone both ways.
    bool isAssured : 1;      ///< Linux: not to be dropped early.
    bool isPreserved : 1;    ///< The external port is the inside one.
    bool refusesSyn : 1;     ///< In Close: a new SYN opens nothing; see TcpProgress::canReopen.

  private:
    friend class MappingTable;

    Mapping() = default;

    void SetExpires(Instant expires)
    {
        const auto bits = static_cast<std::uint64_t>(expires.time_since_epoch().count());
        m_expiresLow = static_cast<std::uint32_t>(bits);
        m_expiresHigh = static_cast<std::uint32_t>(bits >> 32);
    }

    NatState m_state;
    NatProtocol m_protocol;
    std::uint8_t m_list; ///< The timer whose list it is in; or MappingTable's KEPT, FREE.
    Address m_insideAddress;
    Address m_remoteAddress;
    Port m_insidePort;
    Port m_remotePort;
    Port m_externalPort;
    ExternalIndex m_externalAddress;
    std::uint32_t m_expiresLow; ///< In halves: a whole would be aligned to 8 bytes.
    std::uint32_t m_expiresHigh;
    MappingId m_earlier; ///< In the timer's list.
    MappingId m_later;   ///< In the timer's list; of free ids, the next.
    MappingId m_newer;   ///< In its ring; that of the newest is the oldest.
};

static_assert(sizeof(Mapping) == 44, "with its slots in the indexes a mapping may take 64 bytes");

/// The live mappings of one NAT: found from both sides in O(1), and in order of their expiry, in at
/// most 64 bytes each if they are many.
///
/// Each NatTimer has a list of its own, and each list is in order of expiry because its delay is
/// one constant: arming moves a mapping to the end of one. Answers on their way have a list as
/// well. All times are handed in; nothing ends by itself.
///
/// Several mappings may share the key of a reply: protocol, external address and port, and what the
/// filtering sees of the remote end. They must have one inside endpoint, for else nobody could tell
/// whose an answer is, and may share it only where there are rings; this is checked from the first
/// FindReply() on. Resting mappings count as well: a port that rests is not free for others.
///
/// Invariants: each mapping that does not rest is found by Find(), and from the latest of its
/// inside endpoint. FindReply() finds of those that share a key the live one that was added last;
/// if all rest, the one that began to rest last. Each mapping is in exactly one timer's list, or
/// kept. The sum of CountIn() is Count().
class MappingTable
{
  public:
    /// `filtering`: how much of the remote end FindReply() looks at. `hasRings`: whether Latest()
    /// may be asked.
    MappingTable(Dependence filtering, bool hasRings);

    bool HasRings() const
    {
        return m_hasRings;
    }

    /// The mapping of exactly this flow; NO_MAPPING if there is none.
    MappingId Find(const InsideFlow& flow) const;

    /// The mapping added last of those with this inside endpoint; NO_MAPPING if there is none.
    MappingId Latest(NatProtocol protocol, const Endpoint& inside) const;

    /// The next older mapping of the same inside endpoint; NO_MAPPING behind the oldest. Costs a
    /// walk over those of the endpoint.
    MappingId Older(MappingId id) const;

    /// The mapping that an answer to this external endpoint belongs to, resting ones included: one
    /// of those whose remote end is the same as far as the filtering looks. The first question
    /// costs a pass over all mappings, and from then on each costs more: an engine without packets
    /// hardly ever asks.
    MappingId FindReply(NatProtocol protocol,
                        ExternalIndex address,
                        Port port,
                        const Endpoint& remote) const;

    struct NewMapping
    {
        InsideFlow flow;
        ExternalIndex externalAddress;
        Port externalPort;
        NatState state;
    };

    /// The flow must not have a mapping. It is in no timer's list: arm or keep it. Its flags are
    /// false and its memory is 0.
    MappingId Add(const NewMapping& mapping);

    /// The mapping must live. Valid until it is removed.
    Mapping& operator[](MappingId id)
    {
        Check(IsLive(id), "a mapping was asked about that does not live");
        return At(id);
    }

    const Mapping& operator[](MappingId id) const
    {
        Check(IsLive(id), "a mapping was asked about that does not live");
        return At(id);
    }

    /// Enters a state and ends at `expires`, by the list of `timer`, whose earlier entries must not
    /// end later. Resting is a state that only Rest() enters, and that nothing leaves.
    void Arm(MappingId id, NatState state, NatTimer timer, Instant expires);

    /// Enters a state and does not end by itself: packets keep refreshing it.
    void Keep(MappingId id, NatState state);

    /// Stays in its state until `answer`, and then comes up as the next to expire, with
    /// IsAwaited(). False, and nothing is done, if another waits for a later answer: the answers of
    /// most come after one constant time.
    bool Await(MappingId id, Instant answer);

    bool IsAwaited(MappingId id) const
    {
        return At(id).m_list == ANSWER;
    }

    /// The flow is forgotten: only FindReply() still knows the mapping, and it is armed.
    void Rest(MappingId id, NatTimer timer, Instant expires);

    void Remove(MappingId id);

    /// The earliest expiry of all; NEVER if all are kept.
    Instant NextExpiry() const
    {
        return m_firstEnds[m_nextList];
    }

    /// The mapping that it belongs to; NO_MAPPING if all are kept. Of several, one of the timer
    /// that NatTimer names first.
    MappingId NextToExpire() const
    {
        return m_lists[m_nextList].first;
    }

    /// The mapping of one timer's list that ends first; NO_MAPPING if there is none.
    MappingId First(NatTimer timer) const
    {
        return m_lists[static_cast<std::size_t>(timer)].first;
    }

    /// All mappings, resting ones included.
    std::uint32_t Count() const
    {
        return m_count;
    }

    std::uint32_t CountIn(NatState state) const
    {
        return m_counts[static_cast<std::size_t>(state)];
    }

    /// Every id is below this; IsLive() tells whether it names a mapping. For drawing one by lot.
    std::uint32_t IdLimit() const
    {
        return m_idLimit;
    }

    bool IsLive(MappingId id) const
    {
        return id < m_idLimit && At(id).m_list != FREE;
    }

    /// All bytes that grow with the mappings.
    std::size_t MemoryBytes() const;

  private:
    // What has a list: timers, and answers on their way.
    static constexpr std::uint8_t ANSWER = NAT_TIMER_COUNT;
    static constexpr std::uint8_t LIST_COUNT = NAT_TIMER_COUNT + 1;
    static constexpr std::uint8_t KEPT = LIST_COUNT;
    static constexpr std::uint8_t FREE = LIST_COUNT + 1;

    /// Records lie in pieces that never move, small ones: a home's NAT has few mappings.
    static constexpr std::uint32_t CHUNK = 64;

    /// What mappings are found by.
    ///
    /// The live mappings of an endpoint are a ring: linked from each to the next newer, and from
    /// the newest to the oldest. So joining costs the same however many they are, and so does
    /// leaving as the oldest, which is the rule; others walk. The index knows the newest.
    ///
    /// Where there are rings, the index of flows knows all that are not the newest of theirs, so
    /// that each mapping has a slot in one of the two. Most endpoints have one mapping.
    ///
    /// The index of replies knows for each key the live mapping that was added last, and under
    /// another key the newest of a ring of those that rest. It is empty until somebody asks, or a
    /// mapping rests.
    enum class By
    {
        Flow,
        Endpoint,
        Reply,
    };

    struct Key;

    /// A timer's mappings, the first to end first.
    struct List
    {
        MappingId first{NO_MAPPING};
        MappingId last{NO_MAPPING};
    };

    Mapping& At(MappingId id)
    {
        return m_chunks[id / CHUNK][id % CHUNK];
    }

    const Mapping& At(MappingId id) const
    {
        return m_chunks[id / CHUNK][id % CHUNK];
    }

    bool IsResting(MappingId id) const
    {
        return At(id).m_state == NatState::Resting;
    }

    /// The last answer of Latest(): a new flow asks for it twice.
    struct Sought
    {
        Address address{0};
        Port port{0};
        NatProtocol protocol{};
        bool isValid{false};
        MappingId latest{NO_MAPPING};
    };

    MappingId NewId();
    void EnterState(MappingId id, NatState state);
    void CountAs(MappingId id, NatState state);

    void JoinList(MappingId id, std::uint8_t number, Instant expires);
    void LeaveList(MappingId id);
    void NoteFirst(std::size_t number);

    static Key FlowKey(const InsideFlow& flow);
    static Key EndpointKey(NatProtocol protocol, const Endpoint& inside);
    Key ReplyKey(NatProtocol protocol,
                 ExternalIndex address,
                 Port port,
                 const Endpoint& remote) const;
    template <By BY>
    Key KeyOf(MappingId id) const;

    template <By BY>
    IndexTable& Index() const
    {
        return m_indexes[static_cast<std::size_t>(BY)];
    }

    template <By BY>
    MappingId FindBy(const Key& key) const;
    template <By BY>
    MappingId Put(const Key& key, MappingId id) const;
    template <By BY>
    void Erase(const Key& key, MappingId id);

    /// Rings, of By::Endpoint and By::Reply.
    template <By BY>
    MappingId Join(const Key& key, MappingId id);
    template <By BY>
    MappingId Leave(const Key& key, MappingId id);

    bool IsAlone(MappingId id) const
    {
        return At(id).m_newer == id;
    }

    MappingId BeforeInRing(MappingId id, MappingId from) const;

    void Enlist(MappingId id);
    void LearnReplies() const;
    void EnlistReply(MappingId id) const;
    void EnlistResting(MappingId id);
    void Forget(MappingId id);
    void ForgetReply(const Key& key, MappingId id);
    void ForgetResting(MappingId id);
    MappingId Heir(const Key& key, MappingId id) const;
    void CheckSharing(MappingId id, MappingId other) const;

    Dependence m_filtering;
    bool m_hasRings;
    mutable Sought m_sought{};
    // One for each By; mutable because the first question makes that of replies.
    mutable std::array<IndexTable, 3> m_indexes;
    mutable bool m_knowsReplies{false};

    std::vector<std::unique_ptr<Mapping[]>> m_chunks;
    std::uint32_t m_idLimit{0};
    MappingId m_freeId{NO_MAPPING}; ///< The first of a list.

    std::array<List, LIST_COUNT> m_lists{};
    std::array<Instant, LIST_COUNT> m_firstEnds; ///< NEVER for an empty list.
    std::size_t m_nextList{0};
    std::uint32_t m_busyLists{0}; ///< A bit for each list that is not empty.

    std::uint32_t m_count{0};
    std::array<std::uint32_t, NAT_STATE_COUNT> m_counts{};
};

} // namespace portlab

#endif // PORTLAB_MAPPING_TABLE_H
