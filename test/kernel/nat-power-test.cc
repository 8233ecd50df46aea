// SPDX-License-Identifier: GPL-2.0-only

// The experiments that judge a NAT's search by chance: they have to accept Linux's rule, and to
// tell it from its neighbours. 20 seeds each; one in a million runs may err about the rule.

#include "model/core/port/profiles/families.h"
#include "test/machine/experiment.h"
#include "test/machine/model-machine.h"
#include "test/machine/model-nat.h"

#include <gtest/gtest.h>
#include <string>

namespace
{

using portlab::Instant;
using portlab::LinuxRelease;
using portlab::NatPreset;
using portlab::PortSearch;
using portlab::StreamKey;
using portlab::test::Experiment;
using portlab::test::Experiments;
using portlab::test::LinuxNat;
using portlab::test::ModelKernel;
using portlab::test::ModelNat;
using portlab::test::NatBox;
using portlab::test::NatRule;

using Change = void (*)(NatPreset&);

/// A kernel whose NATs follow another rule.
class OtherKernel : public ModelKernel
{
  public:
    OtherKernel(Change change, std::uint64_t seed)
        : ModelKernel("linux-6.18", seed),
          m_change(change),
          m_key(seed, 2)
    {
    }

    std::unique_ptr<NatBox> NewNat(const NatRule& rule) override
    {
        NatPreset preset = LinuxNat(rule, LinuxRelease(6, 18));
        m_change(preset);
        return std::make_unique<ModelNat>(preset, m_key, m_now);
    }

  private:
    Change m_change;
    StreamKey m_key;
    Instant m_now{};
};

const std::string FILLING = "searches of 1,024 ports, three times until all are taken";
const std::string HOLE = "searches of 1,024 ports of which 300 in a row are free";
const std::string DRAWS = "ports that fully-random draws of 64,512 free ones";

/// In how many of 20 runs the experiment finds its rule broken.
int
RejectionsOf(const std::string& what, Change change)
{
    for (const Experiment& experiment : Experiments())
    {
        if (experiment.what != what)
        {
            continue;
        }
        int rejections = 0;
        for (std::uint64_t seed = 1; seed <= 20; ++seed)
        {
            OtherKernel kernel(change, seed);
            rejections += experiment.run(kernel).answer == experiment.rule ? 0 : 1;
        }
        return rejections;
    }
    ADD_FAILURE() << "no experiment is called: " << what;
    return 0;
}

} // namespace

TEST(SearchesInWindows, AreAccepted)
{
    EXPECT_EQ(RejectionsOf(FILLING, [](NatPreset&) {}), 0);
    EXPECT_EQ(RejectionsOf(HOLE, [](NatPreset&) {}), 0);
    EXPECT_EQ(RejectionsOf(DRAWS, [](NatPreset&) {}), 0);
}

TEST(SearchesInWindows, AreToldFromASearchOfAllPorts)
{
    const auto all = [](NatPreset& preset) { preset.search.value = PortSearch::RandomStart; };

    EXPECT_GE(RejectionsOf(HOLE, all), 19);
}

TEST(SearchesInWindows, AreToldFromAsManyPortsInARow)
{
    const auto row = [](NatPreset& preset) {
        preset.search.value = PortSearch::Linear;
        preset.retries.value = 247;
    };

    EXPECT_GE(RejectionsOf(HOLE, row), 19);
}

TEST(SearchesInWindows, AreToldFromALotAmongTheFreePorts)
{
    const auto lot = [](NatPreset& preset) { preset.search.value = PortSearch::AnyFree; };

    EXPECT_GE(RejectionsOf(HOLE, lot), 19);
}

TEST(StartsOf16Bits, AreToldFromUniformOnes)
{
    const auto uniform = [](NatPreset& preset) { preset.startsBy16Bits.value = false; };

    EXPECT_GE(RejectionsOf(DRAWS, uniform), 19);
}
