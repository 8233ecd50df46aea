// SPDX-License-Identifier: GPL-2.0-only

// The same experiments on the model, for each release after which a rule changed. Nothing here
// needs a kernel, or rights. The seeds are fixed: a test that is green stays green.

#include "test/machine/experiment.h"
#include "test/machine/model-machine.h"

#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>

namespace
{

using portlab::test::Covers;
using portlab::test::Experiment;
using portlab::test::Experiments;
using portlab::test::Finding;
using portlab::test::ModelKernel;
using portlab::test::NameOf;
using portlab::test::NotModelled;

/// Where the model is known to differ: the experiment, and what the model answers instead. An entry
/// that is no longer true makes its test fail.
const std::map<std::string, std::string>&
KnownDifferences()
{
    static const std::map<std::string, std::string> differences{
        // Two slips of the kernel, which lets in whom its rule would not.
        {"three bind() to one port: with SO_REUSEADDR, both options, SO_REUSEPORT",
         "SO_REUSEADDR OK, both OK, SO_REUSEPORT EADDRINUSE"},
        {"automatic connect() from a port of such a socket, and of a connection that leaves",
         "shared EADDRNOTAVAIL, alone EADDRNOTAVAIL"},
    };
    return differences;
}

class TheModel : public testing::Test
{
  public:
    TheModel(const Experiment& experiment, const std::string& profile)
        : m_experiment(experiment),
          m_profile(profile)
    {
    }

    void TestBody() override
    {
        const auto known = KnownDifferences().find(m_experiment.what);
        const bool isKnown = known != KnownDifferences().end();
        ModelKernel kernel(m_profile, 1);
        try
        {
            const Finding finding = m_experiment.run(kernel);
            EXPECT_EQ(finding.answer, isKnown ? known->second : m_experiment.rule)
                << finding.figures;
        }
        catch (const NotModelled& reason)
        {
            GTEST_SKIP() << "not modelled: " << reason.what();
        }
    }

  private:
    Experiment m_experiment;
    std::string m_profile;
};

/// "TheModelOf6_18"
std::string
SuiteOf(const std::string& release)
{
    const std::size_t point = release.find('.');
    return "TheModelOf" + release.substr(0, point) + "_" + release.substr(point + 1);
}

bool
RegisterTests()
{
    for (const std::string release : {"6.18", "6.17", "6.13", "6.7"})
    {
        const std::string profile = "linux-" + release;
        const ModelKernel kernel(profile, 1);
        for (const Experiment& experiment : Experiments())
        {
            if (Covers(experiment, kernel.Version()))
            {
                testing::RegisterTest(SuiteOf(release).c_str(),
                                      NameOf(experiment).c_str(),
                                      nullptr,
                                      nullptr,
                                      __FILE__,
                                      __LINE__,
                                      [=]() { return new TheModel(experiment, profile); });
            }
        }
    }
    return true;
}

const bool REGISTERED = RegisterTests();

} // namespace

TEST(KnownDifferences, AreBetweenTheModelAndExperimentsThatExist)
{
    std::set<std::string> questions;
    for (const Experiment& experiment : Experiments())
    {
        questions.insert(experiment.what);
    }

    EXPECT_TRUE(REGISTERED);
    for (const auto& [what, answer] : KnownDifferences())
    {
        EXPECT_EQ(questions.count(what), 1u) << what;
    }
}
