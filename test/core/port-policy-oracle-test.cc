// SPDX-License-Identifier: GPL-2.0-only

// Every policy whose picks follow from what is hidden, against a loop over candidates written from
// the facts (naive-policies.h): same ports, same probes, same failures.

#include "model/core/port/port-policy.h"
#include "test/core/port-test-support.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <limits>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace
{

using namespace std::chrono_literals;

using portlab::At;
using portlab::Duration;
using portlab::Flow;
using portlab::FlowMemo;
using portlab::FreePorts;
using portlab::Instant;
using portlab::Pick;
using portlab::Port;
using portlab::PortAsk;
using portlab::PortBitmap;
using portlab::PortPolicy;
using portlab::PortRange;
using portlab::PortSet;
using portlab::Random;
using portlab::StreamKey;
using portlab::test::NaivePolicy;
using portlab::test::PolicyCase;

/// A policy and its naive twin on one machine, where they always have to pick alike.
class Twins
{
  public:
    Twins(const PolicyCase& policy, const PortRange& range, StreamKey secret, std::uint64_t seed)
        : m_range(range),
          m_secret(secret),
          m_policy(portlab::MakePolicy(policy.spec, range, secret)),
          m_naive(policy.makeNaive(range, secret)),
          m_taken(range),
          m_reserved(range),
          m_draws(StreamKey(seed, 1).With("draws")),
          m_naiveDraws(m_draws),
          m_choices(StreamKey(seed, 1).With("choices"))
    {
        for (std::uint32_t i = 0; i < 6; ++i)
        {
            m_flows.push_back({portlab::test::HERE, portlab::test::THERE + i / 3, 443});
            m_flows.back().local += i % 3;
        }
        m_memos.resize(m_flows.size());
    }

    void Reserve(std::uint32_t offset, std::uint32_t count)
    {
        for (std::uint32_t i = 0; i < count; ++i)
        {
            m_reserved.Insert(m_range.At(offset + i));
        }
    }

    void Ask(std::size_t flow)
    {
        FreePorts free(m_range);
        free.Exclude(m_taken);
        free.Exclude(m_reserved);
        const PortAsk ask{m_flows[flow], m_now, m_memos[flow], m_draws};
        const Pick pick =
            std::visit([&](auto& choice) { return choice.Choose(free, ask); }, m_policy);
        const auto isFree = [this](Port port) {
            return !m_taken.Contains(port) && !m_reserved.Contains(port);
        };
        const Pick naive = m_naive->Choose(m_range, isFree, m_flows[flow], m_now, m_naiveDraws);
        ASSERT_EQ(pick, naive) << "flow " << flow << " at " << m_now.time_since_epoch().count()
                               << " ns, " << m_taken.Count() << " taken";
        if (pick.port)
        {
            m_taken.Insert(*pick.port);
            m_held.push_back(*pick.port);
        }
    }

    void AskAny()
    {
        ASSERT_NO_FATAL_FAILURE(Ask(m_choices.Below(static_cast<std::uint32_t>(m_flows.size()))));
    }

    void FreeAny()
    {
        if (!m_held.empty())
        {
            std::swap(m_held[m_choices.Below(static_cast<std::uint32_t>(m_held.size()))],
                      m_held.back());
            m_taken.Erase(m_held.back());
            m_held.pop_back();
        }
    }

    /// Time goes on: often not at all, and often to the beat of ten seconds or right before it.
    void Wait()
    {
        const Duration tillBeat = 10s - (m_now.time_since_epoch() + TimeSinceBoot(m_secret)) % 10s;
        switch (m_choices.Below(100))
        {
        case 0:
            m_now += tillBeat;
            return;
        case 1:
            m_now += tillBeat - 1ns;
            return;
        case 2:
            m_now += 1s;
            return;
        case 3:
            m_now += 1ns;
            return;
        default:
            return;
        }
    }

    /// Asks and frees, until about so many percent of the range are taken, and around that.
    void Hover(std::uint32_t percent, int steps)
    {
        const std::uint64_t goal = std::uint64_t{m_range.Count()} * percent / 100;
        for (int step = 0; step < steps; ++step)
        {
            SCOPED_TRACE("towards " + std::to_string(percent) + " %, step " + std::to_string(step));
            Wait();
            const bool isBelow = m_taken.Count() <= goal;
            if (m_choices.Below(10) < (isBelow ? 9u : 3u))
            {
                ASSERT_NO_FATAL_FAILURE(AskAny());
            }
            else
            {
                FreeAny();
            }
        }
    }

    /// Takes all ports but a few, so that searches get long at once.
    void Crowd(std::uint32_t percent)
    {
        for (std::uint32_t offset = 0; offset < m_range.Count(); ++offset)
        {
            const Port port = m_range.At(offset);
            if (m_choices.Below(100) < percent && !m_reserved.Contains(port) &&
                m_taken.Insert(port))
            {
                m_held.push_back(port);
            }
        }
    }

  private:
    PortRange m_range;
    StreamKey m_secret;
    PortPolicy m_policy;
    std::unique_ptr<NaivePolicy> m_naive;
    PortSet m_taken;
    PortBitmap m_reserved;
    Random m_draws;
    Random m_naiveDraws;
    Random m_choices;
    Instant m_now{};
    std::vector<Flow> m_flows;
    std::vector<FlowMemo> m_memos;
    std::vector<Port> m_held;
};

void
Exercise(const PolicyCase& policy, const PortRange& range, std::uint64_t seed)
{
    SCOPED_TRACE(policy.name + ", seed " + std::to_string(seed) + ", ports " +
                 std::to_string(range.First()) + "-" + std::to_string(range.Last()));
    Twins twins(policy, range, StreamKey(seed, 1).With("secret"), seed);
    if (seed % 3 == 0)
    {
        twins.Reserve(range.Count() / 3, range.Count() / 10);
    }
    const bool isLarge = range.Count() > 2000;
    ASSERT_NO_FATAL_FAILURE(twins.Hover(30, isLarge ? 50 : 200));
    twins.Crowd(isLarge ? 99 : 60);
    ASSERT_NO_FATAL_FAILURE(twins.Hover(100, isLarge ? 100 : 400));
    ASSERT_NO_FATAL_FAILURE(twins.Hover(95, isLarge ? 100 : 400));
    ASSERT_NO_FATAL_FAILURE(twins.Hover(10, isLarge ? 50 : 200));
}

PolicyCase
CaseNamed(const std::string& name)
{
    for (const PolicyCase& policy : portlab::test::ExactPolicies())
    {
        if (policy.name == name)
        {
            return policy;
        }
    }
    throw std::invalid_argument("no such policy: " + name);
}

/// The first secret whose 16-bit counter is about to run over.
StreamKey
SecretWithALateCounter(bool isTable)
{
    for (std::uint64_t seed = 1;; ++seed)
    {
        const StreamKey secret(seed, 1);
        const StreamKey counter = secret.With("counter");
        if ((isTable ? counter.With(0) : counter).Bits() % 65536 > 65500)
        {
            return secret;
        }
    }
}

/// The first secret with which the first flow's 32-bit offset is about to run over.
StreamKey
SecretWithALateOffset()
{
    for (std::uint64_t seed = 1;; ++seed)
    {
        const StreamKey secret(seed, 1);
        const std::uint64_t hash = HashFlow(secret.With(0), portlab::test::SHOP);
        if (hash >> 32 > std::numeric_limits<std::uint32_t>::max() - 10'000)
        {
            return secret;
        }
    }
}

} // namespace

TEST(TheGate, OpensAndShutsAsALoopOverItsTicksDoes)
{
    std::uint64_t seed = 1;
    for (const std::uint32_t size : portlab::test::RANGE_SIZES)
    {
        const PortRange range(1024, static_cast<Port>(std::min(1023 + size, 65535u)));
        ASSERT_NO_FATAL_FAILURE(Exercise(portlab::test::GatedPolicy(), range, seed++));
        ASSERT_NO_FATAL_FAILURE(Exercise(portlab::test::GatedPolicy(), range, seed++));
    }
}

TEST(EveryExactPolicy, PicksAsALoopOverItsCandidatesDoes)
{
    std::uint64_t seed = 1;
    for (const PolicyCase& policy : portlab::test::ExactPolicies())
    {
        for (const std::uint32_t size : portlab::test::RANGE_SIZES)
        {
            for (const std::uint32_t first : {1024u, 65536u - size})
            {
                if (first + size <= 65536)
                {
                    const PortRange range(static_cast<Port>(first),
                                          static_cast<Port>(first + size - 1));
                    ASSERT_NO_FATAL_FAILURE(Exercise(policy, range, seed++));
                }
            }
        }
    }
}

TEST(EveryExactPolicy, PicksAsItsLoopDoesForTwentySeedsMore)
{
    for (const PolicyCase& policy : portlab::test::ExactPolicies())
    {
        for (std::uint64_t seed = 1001; seed <= 1020; ++seed)
        {
            const auto size = static_cast<std::uint32_t>(90 + seed % 20);
            ASSERT_NO_FATAL_FAILURE(
                Exercise(policy, PortRange(32768, static_cast<Port>(32767 + size)), seed));
        }
    }
}

/// The jump of the counter shows, because none of these sizes divides 65,536.
TEST(SixteenBitCounter, RunsOverAsInTheRfc)
{
    for (const char* name : {"rfc6056-3", "rfc6056-4", "rfc6056-5"})
    {
        for (const std::uint32_t size : {3u, 99u, 100u, 1000u, 28232u, 65535u})
        {
            SCOPED_TRACE(std::string(name) + ", " + std::to_string(size) + " ports");
            const StreamKey secret = SecretWithALateCounter(std::string(name) != "rfc6056-5");
            Twins twins(CaseNamed(name),
                        PortRange(static_cast<Port>(65536 - size), 65535),
                        secret,
                        1);
            ASSERT_NO_FATAL_FAILURE(twins.Hover(50, 1000));
        }
    }
}

TEST(ThirtyTwoBitOffset, RunsOverAsInTheKernel)
{
    for (const char* name : {"linux-2.6", "linux-4.2", "linux-4.6"})
    {
        for (const std::uint32_t size : {3u, 9u, 99u, 1000u})
        {
            SCOPED_TRACE(std::string(name) + ", " + std::to_string(size) + " ports");
            Twins twins(CaseNamed(name),
                        PortRange(1024, static_cast<Port>(1023 + size)),
                        SecretWithALateOffset(),
                        1);
            for (int i = 0; i < 11'000; ++i)
            {
                ASSERT_NO_FATAL_FAILURE(twins.Ask(0));
                twins.FreeAny();
            }
        }
    }
}
