// SPDX-License-Identifier: GPL-2.0-only

// The order of UDP's automatic ports on Linux. Exact agreement with the kernel's loop is asked in
// bind-oracle-test.cc; here is what one can see of it from outside.

#include "model/core/port/policies/linux-udp.h"
#include "test/core/port-test-support.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <tuple>
#include <vector>

namespace
{

using portlab::FlowMemo;
using portlab::FreePorts;
using portlab::Instant;
using portlab::LinuxUdpPolicy;
using portlab::Pick;
using portlab::Port;
using portlab::PortAsk;
using portlab::PortBitmap;
using portlab::PortRange;
using portlab::Random;
using portlab::StreamKey;
using portlab::test::SHOP;

constexpr PortRange DEFAULT_PORTS{32768, 60999};
constexpr std::uint32_t SLOTS = 16384;

/// One machine and the ports that are taken on it.
class UdpMachine
{
  public:
    UdpMachine(const PortRange& range, std::uint32_t slots, std::uint64_t seed)
        : m_range(range),
          m_policy(slots),
          m_taken(range),
          m_random(StreamKey(seed, 1))
    {
    }

    Pick Choose()
    {
        FreePorts free(m_range);
        free.Exclude(m_taken);
        return m_policy.Choose(free, PortAsk{SHOP, Instant{}, m_memo, m_random});
    }

    PortBitmap& Taken()
    {
        return m_taken;
    }

    void TakeAllBut(const std::vector<Port>& left)
    {
        for (std::uint32_t port = m_range.First(); port <= m_range.Last(); ++port)
        {
            m_taken.Insert(static_cast<Port>(port));
        }
        for (const Port port : left)
        {
            m_taken.Erase(port);
        }
    }

  private:
    PortRange m_range;
    LinuxUdpPolicy m_policy;
    PortBitmap m_taken;
    Random m_random;
    FlowMemo m_memo;
};

TEST(LinuxUdp, HandsOutEveryPortOnceWhateverTheTable)
{
    for (const std::uint32_t slots : {256u, 4096u, SLOTS, 65536u})
    {
        for (const PortRange range :
             {DEFAULT_PORTS, PortRange(1024, 1024), PortRange(65000, 65535)})
        {
            UdpMachine machine(range, slots, 1);
            for (std::uint32_t i = 0; i < range.Count(); ++i)
            {
                const Pick pick = machine.Choose();
                ASSERT_TRUE(pick.port) << i << " of " << range.Count() << ", " << slots << " slots";
                ASSERT_TRUE(machine.Taken().Insert(*pick.port));
            }
            EXPECT_EQ(machine.Choose().port, std::nullopt);
            EXPECT_EQ(machine.Choose().probes, range.Count()) << "each port is examined once";
        }
    }
}

/// Of two free ports, one just above the other and one a table's length away from it, the search
/// meets first whichever shares a slot with its start.
TEST(LinuxUdp, StaysInASlotBeforeItGoesOnToTheNext)
{
    UdpMachine machine(DEFAULT_PORTS, SLOTS, 1);
    constexpr Port low = 40000;
    machine.TakeAllBut({low, low + 1, low + SLOTS});
    int far = 0;
    int next = 0;
    for (int i = 0; i < 2000; ++i)
    {
        const Pick pick = machine.Choose();
        ASSERT_TRUE(pick.port);
        far += *pick.port == low + SLOTS ? 1 : 0;
        next += *pick.port == low + 1 ? 1 : 0;
    }
    // low + 1 comes first only for the search that starts in its slot: about 2 of 28,232.
    EXPECT_LT(next, 10);
    EXPECT_GT(far, 500);
}

/// Of two free ports 100 apart, the upper one is found by searches that start between them. In a
/// table with a slot for each port that is 100 of 16,384; with a quarter of the slots, 100 of
/// 4,096. Five standard deviations of 20,000 draws are 55 and 109: a false alarm in a million runs.
TEST(LinuxUdp, GoesPortByPortOnlyInATableAsLargeAsItsRange)
{
    const PortRange range(40000, 40000 + SLOTS - 1);
    for (const auto& [slots, expected, off] : {std::tuple{SLOTS, 122, 55}, {SLOTS / 4, 488, 109}})
    {
        constexpr std::uint64_t SEED = 3;
        UdpMachine machine(range, slots, SEED);
        machine.TakeAllBut({50000, 50100});
        int upper = 0;
        for (int i = 0; i < 20'000; ++i)
        {
            upper += *machine.Choose().port == 50100 ? 1 : 0;
        }
        EXPECT_NEAR(upper, expected, off) << slots << " slots, seed " << SEED;
    }
}

TEST(LinuxUdp, WalksOneStepForEachCandidateBehindItsStart)
{
    UdpMachine machine(PortRange(40000, 40099), 256, 5);
    machine.TakeAllBut({40010});
    for (int i = 0; i < 500; ++i)
    {
        const Pick pick = machine.Choose();
        ASSERT_EQ(pick.port, Port{40010});
        ASSERT_GE(pick.probes, 1u);
        ASSERT_LE(pick.probes, 100u);
    }
}

} // namespace
