// SPDX-License-Identifier: GPL-2.0-only

// Random lives of mappings against a list that is searched from end to end: same answers always.

#include "model/core/base/random.h"
#include "test/core/naive-mappings.h"

#include <array>
#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace
{

using portlab::Address;
using portlab::At;
using portlab::Dependence;
using portlab::Duration;
using portlab::Endpoint;
using portlab::ExternalIndex;
using portlab::InsideFlow;
using portlab::Instant;
using portlab::Mapping;
using portlab::MappingId;
using portlab::MappingTable;
using portlab::NatProtocol;
using portlab::NatState;
using portlab::NatTimer;
using portlab::NO_MAPPING;
using portlab::Port;
using portlab::Random;
using portlab::StreamKey;
using portlab::test::NaiveMappings;

using NewMapping = MappingTable::NewMapping;

constexpr std::uint32_t PORTS = 12; ///< Of an external address.

/// A table and its oracle, which live through the same.
class Twins
{
  public:
    Twins(Dependence filtering, bool hasRings, std::uint64_t seed)
        : m_table(filtering, hasRings),
          m_naive(filtering, hasRings),
          m_hasRings(hasRings),
          m_asksReplies(seed % 2 == 0),
          m_random(StreamKey(seed, 1).With("mappings"))
    {
        for (std::int64_t& delay : m_delays)
        {
            delay = m_random.Below(60); // Some are equal: ties between timers.
        }
    }

    /// One of the things that can happen, most of them to a mapping drawn by lot.
    void Step()
    {
        m_now += Duration{m_random.Below(3)};
        const std::uint32_t what = m_random.Below(100);
        const MappingId id = AnyLive();
        if (what < 45 || id == NO_MAPPING)
        {
            TryToAdd();
        }
        else if (what < 70)
        {
            Arm(id);
        }
        else if (what < 75)
        {
            Await(id);
        }
        else if (what < 80)
        {
            const NatState state = AnyState(id);
            m_table.Keep(id, state);
            m_naive.Keep(id, state);
        }
        else if (what < 90)
        {
            End(id, m_random.Below(2) == 0);
        }
        else if (what < 98)
        {
            ExpireUntil(m_now);
        }
        else
        {
            m_now += Duration{m_random.Below(40)};
            ExpireUntil(m_now);
        }
    }

    void CompareCounts() const
    {
        ASSERT_EQ(m_table.Count(), m_naive.All().size());
        for (std::size_t state = 0; state < portlab::NAT_STATE_COUNT; ++state)
        {
            ASSERT_EQ(m_table.CountIn(static_cast<NatState>(state)),
                      m_naive.CountIn(static_cast<NatState>(state)))
                << portlab::NAT_STATE_NAMES[state];
        }
    }

    void CompareTimers()
    {
        for (std::size_t timer = 0; timer < portlab::NAT_TIMER_COUNT; ++timer)
        {
            ASSERT_EQ(m_table.First(static_cast<NatTimer>(timer)),
                      m_naive.First(static_cast<NatTimer>(timer)))
                << "timer " << timer;
        }
        const MappingId next = m_naive.NextToExpire();
        ASSERT_EQ(m_table.NextToExpire(), next);
        ASSERT_EQ(m_table.NextExpiry(),
                  next == NO_MAPPING ? portlab::NEVER : m_naive.At(next).expires);
    }

    /// What can be asked about one flow and one external endpoint.
    void CompareAnswers(const NewMapping& asked) const
    {
        const InsideFlow& flow = asked.flow;
        ASSERT_EQ(m_table.Find(flow), m_naive.Find(flow));
        if (m_asksReplies)
        {
            ASSERT_EQ(m_table.FindReply(flow.protocol,
                                        asked.externalAddress,
                                        asked.externalPort,
                                        flow.remote),
                      m_naive.FindReply(asked));
        }
        std::vector<MappingId> ring;
        MappingId id = m_hasRings ? m_table.Latest(flow.protocol, flow.inside) : NO_MAPPING;
        for (; id != NO_MAPPING && ring.size() <= m_naive.All().size(); id = m_table.Older(id))
        {
            ring.push_back(id);
        }
        ASSERT_EQ(ring, m_hasRings ? m_naive.Ring(flow) : ring);
    }

    /// From now on, if not before: what the table learns late has to be right as well.
    void AskReplies()
    {
        m_asksReplies = true;
    }

    void CompareAnyAnswers()
    {
        ASSERT_NO_FATAL_FAILURE(CompareAnswers(AnyNew()));
    }

    void CompareMappings() const
    {
        std::uint32_t live = 0;
        for (MappingId id = 0; id < m_table.IdLimit(); ++id)
        {
            live += m_table.IsLive(id) ? 1 : 0;
        }
        ASSERT_EQ(live, m_table.Count());
        for (const NaiveMappings::Entry& entry : m_naive.All())
        {
            ASSERT_TRUE(m_table.IsLive(entry.id));
            const Mapping& mapping = m_table[entry.id];
            ASSERT_EQ(mapping.Flow(), entry.what.flow);
            ASSERT_EQ(mapping.ExternalAddress(), entry.what.externalAddress);
            ASSERT_EQ(mapping.ExternalPort(), entry.what.externalPort);
            ASSERT_EQ(mapping.State(), entry.what.state);
            ASSERT_EQ(mapping.Expires(), entry.expires);
            ASSERT_EQ(m_table.IsAwaited(entry.id), NaiveMappings::IsAwaited(entry));
            ASSERT_EQ(mapping.memory, entry.memory);
            ASSERT_EQ(mapping.isAssured, entry.memory % 2 == 1);
            ASSERT_NO_FATAL_FAILURE(CompareAnswers(entry.what));
        }
    }

    void EndAll()
    {
        while (!m_naive.All().empty())
        {
            End(AnyLive(), false);
        }
        ASSERT_EQ(m_table.Count(), 0u);
        ASSERT_EQ(m_table.NextExpiry(), portlab::NEVER);
    }

  private:
    std::uint32_t Draw(std::uint32_t bound)
    {
        return m_random.Below(bound);
    }

    MappingId AnyLive()
    {
        const auto count = static_cast<std::uint32_t>(m_naive.All().size());
        return count == 0 ? NO_MAPPING : m_naive.All()[Draw(count)].id;
    }

    NatState AnyState(MappingId id)
    {
        const NatState state = m_table[id].State();
        return state == NatState::Resting ? state : static_cast<NatState>(Draw(11));
    }

    /// Few ends, so that they meet; and an inside endpoint keeps its external one now and then.
    NewMapping AnyNew()
    {
        const Endpoint inside{Draw(3), static_cast<Port>(Draw(2))};
        const Endpoint remote{Draw(4), static_cast<Port>(Draw(4))};
        NewMapping mapping{{static_cast<NatProtocol>(Draw(3)), inside, remote},
                           static_cast<ExternalIndex>(Draw(2)),
                           static_cast<Port>(Draw(PORTS)),
                           static_cast<NatState>(Draw(11))};
        const MappingId other = AnyLive();
        if (Draw(3) > 0 && other != NO_MAPPING)
        {
            mapping.flow.protocol = m_table[other].Flow().protocol;
            mapping.flow.inside = m_table[other].Flow().inside;
            mapping.externalAddress = m_table[other].ExternalAddress();
            mapping.externalPort = m_table[other].ExternalPort();
        }
        return mapping;
    }

    void TryToAdd()
    {
        const NewMapping mapping = AnyNew();
        if (m_naive.MayAdd(mapping))
        {
            const MappingId id = m_table.Add(mapping);
            ASSERT_EQ(m_table[id].memory, 0u);
            ASSERT_FALSE(m_table[id].isAssured);
            m_table[id].memory = ++m_marks;
            m_table[id].isAssured = m_marks % 2 == 1;
            m_naive.Add(id, mapping, m_marks);
        }
    }

    /// An end that no earlier one of the timer's list lies behind.
    Instant EndBy(NatTimer timer) const
    {
        return m_now + Duration{m_delays[static_cast<std::size_t>(timer)]};
    }

    void Arm(MappingId id)
    {
        const NatState state = AnyState(id);
        const auto timer = static_cast<NatTimer>(Draw(portlab::NAT_TIMER_COUNT));
        m_table.Arm(id, state, timer, EndBy(timer));
        m_naive.Arm(id, state, timer, EndBy(timer));
    }

    void Await(MappingId id)
    {
        if (m_table[id].State() != NatState::Resting)
        {
            const Instant answer = m_now + Duration{Draw(40)};
            ASSERT_EQ(m_table.Await(id, answer), m_naive.Await(id, answer));
        }
    }

    /// Nothing rests before replies are asked for: a rest makes the table learn them.
    void End(MappingId id, bool rests)
    {
        if (rests && m_asksReplies && m_table[id].State() != NatState::Resting)
        {
            const auto timer = static_cast<NatTimer>(Draw(portlab::NAT_TIMER_COUNT));
            m_table.Rest(id, timer, EndBy(timer));
            m_naive.Rest(id, timer, EndBy(timer));
            return;
        }
        m_table.Remove(id);
        m_naive.Remove(id);
        ASSERT_FALSE(m_table.IsLive(id));
    }

    void ExpireUntil(Instant now)
    {
        while (m_table.NextExpiry() < now)
        {
            ASSERT_NO_FATAL_FAILURE(CompareTimers());
            End(m_table.NextToExpire(), Draw(4) == 0);
        }
    }

    MappingTable m_table;
    NaiveMappings m_naive;
    bool m_hasRings;
    bool m_asksReplies;
    Random m_random;
    Instant m_now{};
    std::uint32_t m_marks{0};
    std::array<std::int64_t, portlab::NAT_TIMER_COUNT> m_delays;
};

void
LiveThrough(Dependence filtering, bool hasRings, std::uint64_t seed)
{
    SCOPED_TRACE("seed " + std::to_string(seed) + ", filtering " +
                 std::to_string(static_cast<int>(filtering)) + (hasRings ? ", rings" : ""));
    Twins twins(filtering, hasRings, seed);
    for (int step = 0; step < 3000; ++step)
    {
        SCOPED_TRACE("step " + std::to_string(step));
        if (step == 500)
        {
            twins.AskReplies();
        }
        ASSERT_NO_FATAL_FAILURE(twins.Step());
        ASSERT_NO_FATAL_FAILURE(twins.CompareCounts());
        ASSERT_NO_FATAL_FAILURE(twins.CompareTimers());
        ASSERT_NO_FATAL_FAILURE(twins.CompareAnyAnswers());
        if (step % 50 == 0)
        {
            ASSERT_NO_FATAL_FAILURE(twins.CompareMappings());
        }
    }
    ASSERT_NO_FATAL_FAILURE(twins.EndAll());
}

} // namespace

TEST(MappingTable, AgreesWithAListOfMappingsForEveryFilteringWithAndWithoutRings)
{
    for (std::uint64_t seed = 1; seed <= 6; ++seed)
    {
        for (const auto filtering :
             {Dependence::None, Dependence::RemoteAddress, Dependence::AddressAndPort})
        {
            ASSERT_NO_FATAL_FAILURE(LiveThrough(filtering, true, seed));
            ASSERT_NO_FATAL_FAILURE(LiveThrough(filtering, false, seed));
        }
    }
}
