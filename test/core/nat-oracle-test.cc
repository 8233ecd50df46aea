// SPDX-License-Identifier: GPL-2.0-only

// Random packets through devices of every kind, against a list of mappings and the rules as they
// are written: who gets which port, who gets none, and what becomes of it.

#include "test/core/nat-twins.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace
{

using namespace std::chrono_literals;
using namespace portlab;
using namespace portlab::test;

/// A device with 16 external ports an address, timers that matter, and all that is free to choose
/// drawn by lot.
class Draft
{
  public:
    explicit Draft(std::uint64_t seed)
        : m_random(StreamKey(seed, 3))
    {
        rules.classes = {{PortRange(0, 65535), PortRange(1024, 1039)}};
        rules.pick = Any({PortPick::PreserveThenSearch, PortPick::Search});
        rules.search = Any({PortSearch::RandomStart,
                            PortSearch::UpThenDown,
                            PortSearch::AnyFree,
                            PortSearch::InOrder,
                            PortSearch::Linear});
        rules.retries = 3;
        rules.refresh = Any({RefreshRule::Outbound, RefreshRule::Inbound, RefreshRule::Both});
        rules.onUnknownFlow = Any({UnknownFlowRule::Drop, UnknownFlowRule::PickUp});
        rules.reopensAnew = m_random.Below(2) == 0;
        rules.expiryGrid = Any({Duration{0s}, Duration{0s}, Duration{10s}});
        rules.streamAfter = 2s;
        rules.timers.fill(Duration{0});
        for (std::size_t timer = 0; timer < NAT_TIMER_COUNT; ++timer)
        {
            const bool rests = static_cast<NatTimer>(timer) >= NatTimer::RestAfterFin;
            rules.timers[timer] = rests ? Any({Duration{0s}, Duration{5s}}) : 5s * (1 + Below(6));
        }
    }

    std::uint32_t Below(std::uint32_t bound)
    {
        return m_random.Below(bound);
    }

    template <typename Value>
    Value Any(const std::vector<Value>& values)
    {
        return values[m_random.Below(static_cast<std::uint32_t>(values.size()))];
    }

    template <typename Value>
    Value Any(std::initializer_list<Value> values)
    {
        return Any(std::vector<Value>(values));
    }

    void SetUnique(NatUniqueness unique)
    {
        rules.unique.fill(unique);
    }

    /// Every host in a block of its own, with what goes with that.
    void SetBlocks(BlockMode mode, std::uint32_t size)
    {
        rules.blocks.mode = mode;
        rules.blocks.size = size;
        rules.blocks.most = 2;
        rules.blocks.mostPorts = 4 * size;
        rules.blocks.subscribers = NatTwins::HOSTS;
        rules.addressPick = Any({AddressPick::Paired, AddressPick::FillInOrder});
        rules.search = Any({PortSearch::RandomStart,
                            PortSearch::AnyFree,
                            PortSearch::InOrder,
                            PortSearch::Windowed});
        rules.startsBy16Bits = true;
        rules.evictsClosing = true;
    }

    NatRules rules;
    std::uint32_t addresses{1};
    bool forwards{false};

  private:
    Random m_random;
};

/// Lets some time pass, twice: what is empty has to be as good as new.
void
Live(const Draft& draft, std::uint64_t seed)
{
    SCOPED_TRACE("seed " + std::to_string(seed));
    NatTwins twins(draft.rules, draft.addresses, seed);
    if (draft.forwards)
    {
        twins.Forward();
    }
    for (int life = 0; life < 2; ++life)
    {
        for (int step = 0; step < 250; ++step)
        {
            SCOPED_TRACE("step " + std::to_string(step));
            ASSERT_NO_FATAL_FAILURE(twins.Step());
        }
        ASSERT_NO_FATAL_FAILURE(twins.Drain());
    }
    EXPECT_GT(twins.Granted(), 10u);
}

const std::vector<NatUniqueness> UNIQUE{NatUniqueness::Destination,
                                        NatUniqueness::DestinationAddress,
                                        NatUniqueness::Endpoint,
                                        NatUniqueness::EndpointThenDestination};

const std::vector<MappingRule> MAPPINGS{MappingRule::EndpointIndependent,
                                        MappingRule::AddressDependent,
                                        MappingRule::AddressAndPortDependent,
                                        MappingRule::InheritLatest};

const std::vector<Dependence> FILTERINGS{Dependence::None,
                                         Dependence::RemoteAddress,
                                         Dependence::AddressAndPort};

} // namespace

TEST(Nat, AgreesWithItsOracleWhateverIsUniqueMappedAndFiltered)
{
    std::uint64_t seed = 1;
    for (const NatUniqueness unique : UNIQUE)
    {
        for (const MappingRule mapping : MAPPINGS)
        {
            for (int round = 0; round < 9; ++round, ++seed)
            {
                Draft draft(seed);
                draft.SetUnique(unique);
                draft.rules.mapping = mapping;
                draft.rules.filtering = FILTERINGS[static_cast<std::size_t>(round) % 3];
                draft.forwards = round >= 6;
                SCOPED_TRACE("unique " + std::to_string(static_cast<int>(unique)) + ", mapping " +
                             std::to_string(static_cast<int>(mapping)));
                ASSERT_NO_FATAL_FAILURE(Live(draft, seed));
            }
        }
    }
}

TEST(Nat, AgreesWithItsOracleInBlocks)
{
    std::uint64_t seed = 1001;
    for (const BlockMode mode :
         {BlockMode::Static, BlockMode::OnDemand, BlockMode::Doubling, BlockMode::Deterministic})
    {
        for (int round = 0; round < 16; ++round, ++seed)
        {
            Draft draft(seed);
            draft.addresses = 1 + draft.Below(2);
            draft.SetBlocks(mode, mode == BlockMode::Doubling ? 2 : 4);
            draft.SetUnique(draft.Any(UNIQUE));
            draft.rules.mapping = draft.Any(MAPPINGS);
            draft.rules.filtering = draft.Any(FILTERINGS);
            SCOPED_TRACE("blocks " + std::to_string(static_cast<int>(mode)));
            ASSERT_NO_FATAL_FAILURE(Live(draft, seed));
        }
    }
}

TEST(Nat, AgreesWithItsOracleWithSeveralAddresses)
{
    std::uint64_t seed = 2001;
    for (const AddressPick pick : {AddressPick::HashInside,
                                   AddressPick::HashInsideAndRemote,
                                   AddressPick::Paired,
                                   AddressPick::FillInOrder,
                                   AddressPick::RoundRobin,
                                   AddressPick::Random})
    {
        for (int round = 0; round < 10; ++round, ++seed)
        {
            Draft draft(seed);
            draft.addresses = 3;
            draft.rules.addressPick = pick;
            draft.rules.spills = round % 2 == 0;
            draft.rules.classes = {{PortRange(0, 65535), PortRange(1024, 1027)}};
            draft.SetUnique(draft.Any(UNIQUE));
            draft.rules.mapping = draft.Any(MAPPINGS);
            draft.rules.filtering = draft.Any(FILTERINGS);
            SCOPED_TRACE("address pick " + std::to_string(static_cast<int>(pick)));
            ASSERT_NO_FATAL_FAILURE(Live(draft, seed));
        }
    }
}

TEST(Nat, AgreesWithItsOracleAtItsLimits)
{
    for (std::uint64_t seed = 3001; seed <= 3040; ++seed)
    {
        Draft draft(seed);
        draft.SetUnique(draft.Any(UNIQUE));
        draft.rules.mapping = draft.Any(MAPPINGS);
        draft.rules.filtering = draft.Any(FILTERINGS);
        draft.rules.limits.ofDestination = draft.Any<std::optional<std::uint32_t>>({{}, 1, 3});
        draft.rules.limits.ofSubscriber = draft.Any<std::optional<std::uint32_t>>({{}, 2, 6});
        draft.rules.limits.ofTable = draft.Any<std::optional<std::uint32_t>>({{}, 8, 16});
        draft.rules.handles[2] = draft.Below(2) == 0;
        draft.forwards = draft.Below(2) == 0;
        ASSERT_NO_FATAL_FAILURE(Live(draft, seed));
    }
}

/// Evictions, classes of ports, ports that are kept wherever they lie.
TEST(Nat, AgreesWithItsOracleAsLinux)
{
    for (std::uint64_t seed = 4001; seed <= 4060; ++seed)
    {
        Draft draft(seed);
        draft.SetUnique(draft.Any({NatUniqueness::Destination,
                                   NatUniqueness::Destination,
                                   NatUniqueness::DestinationAddress,
                                   NatUniqueness::Endpoint}));
        draft.rules.mapping = draft.Any(MAPPINGS);
        draft.rules.filtering = draft.Any(FILTERINGS);
        draft.rules.search = PortSearch::Windowed;
        draft.rules.startsBy16Bits = true;
        draft.rules.evictsClosing = true;
        draft.rules.preservesAnyPort = draft.Below(2) == 0;
        draft.rules.classes = {
            {PortRange(500, 501), PortRange(500, 501)},
            {PortRange(0, 65535), PortRange(1024, draft.Any<Port>({1027, 1031}))}};
        draft.forwards = draft.Below(2) == 0;
        ASSERT_NO_FATAL_FAILURE(Live(draft, seed));
    }
}

TEST(Nat, AgreesWithItsOracleWhereItTranslatesLittle)
{
    std::uint64_t seed = 5001;
    for (const PortPick pick : {PortPick::Keep, PortPick::PreserveOnly})
    {
        for (int round = 0; round < 20; ++round, ++seed)
        {
            Draft draft(seed);
            draft.SetUnique(NatUniqueness::Destination);
            draft.rules.pick = pick;
            draft.rules.preservesAnyPort = true;
            draft.rules.filtering = draft.Any(FILTERINGS);
            ASSERT_NO_FATAL_FAILURE(Live(draft, seed));
        }
    }
}
