// SPDX-License-Identifier: GPL-2.0-only

// An engine may tell a NAT of an answer when the SYN passes, and not when the answer does. Nobody
// must be able to tell the difference.

#include "model/core/base/random.h"
#include "test/core/lone-nat.h"

#include <gtest/gtest.h>
#include <map>
#include <string>

namespace
{

using namespace std::chrono_literals;
using namespace portlab;
using namespace portlab::test;

constexpr std::uint32_t HOSTS = 3;

NatPreset
SmallTable()
{
    NatPreset preset = FindNatPreset("linux-masquerade");
    preset.ofTable.value = 25;
    preset.buckets.value = 16;
    preset.ports.value = PortRange(40000, 40019);
    preset.tcp.synSent.value = 300ms; // Some answers come when nobody waits any more.
    preset.tcp.established.value = 4s;
    preset.tcp.timeWait.value = 2s;
    return preset;
}

/// Two devices, one told early where it lets itself be told, the other always when it happens.
class EarlyAndLate
{
  public:
    explicit EarlyAndLate(std::uint64_t seed)
        : m_early(SmallTable(), HOSTS, StreamKey(seed, 2)),
          m_late(SmallTable(), HOSTS, StreamKey(seed, 2)),
          m_random(StreamKey(seed, 1).With("foreseen"))
    {
    }

    void Step()
    {
        m_now += Duration(m_random.Below(60)) * 1'000'000;
        TellAnswers();
        const InsideFlow flow =
            Tcp({Inside(m_random.Below(HOSTS)), static_cast<Port>(40000 + m_random.Below(20))},
                {Remote(m_random.Below(2)), 443});
        m_random.Below(3) > 0 ? Open(flow) : Close(flow);
        Compare(flow);
    }

    std::uint64_t Foreseen() const
    {
        return m_foreseen;
    }

    std::uint64_t TooLate() const
    {
        return m_tooLate;
    }

    const NatCounters& Counters()
    {
        return m_early.Device().Counters();
    }

  private:
    struct Answer
    {
        InsideFlow flow;
        std::uint32_t sequence;
        bool isForeseen;
    };

    /// Of several round trips: an answer may overtake another, and cannot be foreseen then.
    void Open(const InsideFlow& flow)
    {
        if (m_early.Knows(flow, m_now))
        {
            return;
        }
        const Duration delay = Duration(m_random.Below(4) == 0 ? 400ms : 40ms);
        const Instant answer = m_now + delay;
        const TcpSegment syn = Syn(++m_sequence); // Tells this connection from earlier ones.
        const Translation early = m_early.Device().Outbound(flow, syn, m_now, answer);
        const Translation late = m_late.Out(flow, syn, m_now);
        ASSERT_EQ(early.passed, late.passed);
        EXPECT_FALSE(late.isForeseen);
        if (early.passed)
        {
            ASSERT_EQ(early.end, late.end);
            ASSERT_TRUE(delay == 40ms || !early.isForeseen) << "foreseen, and too late";
            m_foreseen += early.isForeseen ? 1 : 0;
            m_answers.insert({answer, {flow, syn.end, early.isForeseen}});
        }
    }

    void Close(const InsideFlow& flow)
    {
        for (LoneNat* const nat : {&m_early, &m_late})
        {
            const MappingId id = nat->Device().Find(flow, m_now);
            if (id != NO_MAPPING && nat->Device()[id].State() == NatState::Established)
            {
                nat->Device().Advance(id, NatState::TimeWait, false, m_now);
            }
        }
    }

    void TellAnswers()
    {
        for (; !m_answers.empty() && m_answers.begin()->first <= m_now;
             m_answers.erase(m_answers.begin()))
        {
            const auto& [time, answer] = *m_answers.begin();
            m_tooLate += Tell(m_late, answer, time) ? 0 : 1;
            if (!answer.isForeseen)
            {
                Tell(m_early, answer, time);
            }
        }
    }

    static bool Tell(LoneNat& nat, const Answer& answer, Instant time)
    {
        const MappingId id = nat.Device().Find(answer.flow, time);
        if (id == NO_MAPPING || nat.Device()[id].memory != answer.sequence)
        {
            return false;
        }
        nat.Device().Advance(id, NatState::Established, true, time);
        return true;
    }

    void Compare(const InsideFlow& flow)
    {
        ASSERT_EQ(m_early.Knows(flow, m_now), m_late.Knows(flow, m_now));
        ASSERT_TRUE(!m_early.Knows(flow, m_now) ||
                    m_early.StateOf(flow, m_now) == m_late.StateOf(flow, m_now));
        for (std::size_t state = 0; state < NAT_STATE_COUNT; ++state)
        {
            ASSERT_EQ(m_early.Device().Table().CountIn(static_cast<NatState>(state)),
                      m_late.Device().Table().CountIn(static_cast<NatState>(state)))
                << NAT_STATE_NAMES[state];
        }
        const NatCounters& early = m_early.Device().Counters();
        const NatCounters& late = m_late.Device().Counters();
        ASSERT_EQ(early.dropped, late.dropped);
        ASSERT_EQ(early.expired, late.expired);
        ASSERT_EQ(early.earlyDropped, late.earlyDropped);
        ASSERT_EQ(early.evicted, late.evicted);
    }

    LoneNat m_early;
    LoneNat m_late;
    Random m_random;
    Instant m_now{};
    std::uint32_t m_sequence{0};
    std::multimap<Instant, Answer> m_answers;
    std::uint64_t m_foreseen{0};
    std::uint64_t m_tooLate{0};
};

} // namespace

TEST(ForeseenAnswer, ChangesNothingThatOneCanSee)
{
    std::uint64_t foreseen = 0;
    std::uint64_t tooLate = 0;
    std::uint64_t earlyDropped = 0;
    for (std::uint64_t seed = 1; seed <= 8; ++seed)
    {
        SCOPED_TRACE("seed " + std::to_string(seed));
        EarlyAndLate both(seed);
        for (int step = 0; step < 2000; ++step)
        {
            SCOPED_TRACE("step " + std::to_string(step));
            ASSERT_NO_FATAL_FAILURE(both.Step());
        }
        foreseen += both.Foreseen();
        tooLate += both.TooLate();
        earlyDropped += both.Counters().earlyDropped;
    }
    EXPECT_GT(foreseen, 1000u);
    EXPECT_GT(tooLate, 100u);
    EXPECT_GT(earlyDropped, 100u);
}

TEST(ForeseenAnswer, IsOneThatComesBeforeTheMappingEnds)
{
    for (const Duration early : {0ns, 1ns})
    {
        LoneNat nat(SmallTable());
        const InsideFlow flow = Tcp({Inside(0), 40000}, {Remote(0), 443});
        const Translation first = nat.Device().Outbound(flow, SYN, At(0s), At(300ms - early));
        EXPECT_EQ(first.isForeseen, early == 1ns);
        EXPECT_EQ(nat.Knows(flow, At(300ms)), early == 1ns);
    }
}
