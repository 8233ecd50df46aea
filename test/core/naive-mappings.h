// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_NAIVE_MAPPINGS_H
#define PORTLAB_TEST_NAIVE_MAPPINGS_H

#include "model/core/nat/mapping-table.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

namespace portlab::test
{

/// The oracle of MappingTable: a list of mappings, searched from end to end.
class NaiveMappings
{
  public:
    struct Entry
    {
        MappingId id;
        MappingTable::NewMapping what; ///< With its present state.
        std::uint32_t memory;
        std::optional<NatTimer> timer{}; ///< Empty if it is kept.
        Instant expires{NEVER};
        std::uint64_t armed{0};  ///< The turn in which it was.
        std::uint64_t rested{0}; ///< The turn in which its rest began; 0: it lives.
    };

    NaiveMappings(Dependence filtering, bool hasRings)
        : m_filtering(filtering),
          m_hasRings(hasRings)
    {
    }

    /// Whether nothing forbids the mapping: its flow is new, and its port is free for it.
    bool MayAdd(const MappingTable::NewMapping& what) const
    {
        return Find(what.flow) == NO_MAPPING &&
               std::none_of(m_entries.begin(), m_entries.end(), [&](const Entry& other) {
                   return HasReply(other, what) && !(m_hasRings && HasInside(other, what.flow));
               });
    }

    void Add(MappingId id, const MappingTable::NewMapping& what, std::uint32_t memory)
    {
        m_entries.push_back({id, what, memory});
    }

    void Arm(MappingId id, NatState state, NatTimer timer, Instant expires)
    {
        Entry& entry = At(id);
        entry.what.state = state;
        entry.timer = timer;
        entry.expires = expires;
        entry.armed = ++m_turn;
    }

    void Keep(MappingId id, NatState state)
    {
        Entry& entry = At(id);
        entry.what.state = state;
        entry.timer.reset();
        entry.expires = NEVER;
    }

    /// False, and nothing is done, if another waits for a later answer.
    bool Await(MappingId id, Instant answer)
    {
        if (std::any_of(m_entries.begin(), m_entries.end(), [&](const Entry& other) {
                return IsAwaited(other) && other.expires > answer;
            }))
        {
            return false;
        }
        Arm(id, At(id).what.state, BEHIND_ALL_TIMERS, answer);
        return true;
    }

    static bool IsAwaited(const Entry& entry)
    {
        return entry.timer == BEHIND_ALL_TIMERS;
    }

    void Rest(MappingId id, NatTimer timer, Instant expires)
    {
        Arm(id, NatState::Resting, timer, expires);
        At(id).rested = m_turn;
    }

    void Remove(MappingId id)
    {
        m_entries.erase(m_entries.begin() + (&At(id) - m_entries.data()));
    }

    MappingId Find(const InsideFlow& flow) const
    {
        return Last([&](const Entry& entry) { return !entry.rested && entry.what.flow == flow; });
    }

    /// The mappings of an inside endpoint, the latest first.
    std::vector<MappingId> Ring(const InsideFlow& flow) const
    {
        std::vector<MappingId> ring;
        for (auto entry = m_entries.rbegin(); entry != m_entries.rend(); ++entry)
        {
            if (!entry->rested && HasInside(*entry, flow))
            {
                ring.push_back(entry->id);
            }
        }
        return ring;
    }

    MappingId FindReply(const MappingTable::NewMapping& what) const
    {
        const MappingId live =
            Last([&](const Entry& entry) { return !entry.rested && HasReply(entry, what); });
        return live != NO_MAPPING ? live : Least([&](const Entry& entry) {
            return std::tuple(!HasReply(entry, what), ~entry.rested);
        });
    }

    MappingId First(NatTimer timer) const
    {
        return Least(
            [&](const Entry& entry) { return std::tuple(entry.timer != timer, entry.armed); });
    }

    MappingId NextToExpire() const
    {
        return Least([&](const Entry& entry) {
            return std::tuple(!entry.timer, entry.expires, entry.timer, entry.armed);
        });
    }

    std::uint32_t CountIn(NatState state) const
    {
        return static_cast<std::uint32_t>(
            std::count_if(m_entries.begin(), m_entries.end(), [&](const Entry& entry) {
                return entry.what.state == state;
            }));
    }

    const std::vector<Entry>& All() const
    {
        return m_entries;
    }

    Entry& At(MappingId id)
    {
        return *std::find_if(m_entries.begin(), m_entries.end(), [&](const Entry& entry) {
            return entry.id == id;
        });
    }

  private:
    static constexpr auto BEHIND_ALL_TIMERS = static_cast<NatTimer>(NAT_TIMER_COUNT);

    static bool HasInside(const Entry& entry, const InsideFlow& flow)
    {
        return entry.what.flow.protocol == flow.protocol && entry.what.flow.inside == flow.inside;
    }

    bool HasReply(const Entry& entry, const MappingTable::NewMapping& what) const
    {
        return entry.what.flow.protocol == what.flow.protocol &&
               entry.what.externalAddress == what.externalAddress &&
               entry.what.externalPort == what.externalPort &&
               Blur(m_filtering, entry.what.flow.remote) == Blur(m_filtering, what.flow.remote);
    }

    /// The entry added last of those that are right.
    template <typename IsRight>
    MappingId Last(const IsRight& isRight) const
    {
        const auto entry = std::find_if(m_entries.rbegin(), m_entries.rend(), isRight);
        return entry == m_entries.rend() ? NO_MAPPING : entry->id;
    }

    /// The least entry in an order that begins with whether it is out of the question.
    template <typename Order>
    MappingId Least(const Order& order) const
    {
        const auto entry =
            std::min_element(m_entries.begin(),
                             m_entries.end(),
                             [&](const Entry& a, const Entry& b) { return order(a) < order(b); });
        return entry == m_entries.end() || std::get<0>(order(*entry)) ? NO_MAPPING : entry->id;
    }

    Dependence m_filtering;
    bool m_hasRings;
    std::vector<Entry> m_entries; ///< In the order in which they were added.
    std::uint64_t m_turn{0};
};

} // namespace portlab::test

#endif // PORTLAB_TEST_NAIVE_MAPPINGS_H
