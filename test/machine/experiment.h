// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_EXPERIMENT_H
#define PORTLAB_TEST_EXPERIMENT_H

#include "test/machine/machine.h"

#include <cstdint>
#include <string>
#include <vector>

namespace portlab::test
{

/// What an experiment found.
struct Finding
{
    std::string answer;    ///< In the words of the rule: equal to it, or the rule is broken.
    std::string figures{}; ///< The numbers behind it, which may differ from run to run.
};

/// One question that a real kernel and a model can both be asked.
struct Experiment
{
    std::string what;
    std::string rule; ///< What a kernel of these releases has to answer.
    Finding (*run)(Kernel& kernel);
    std::uint32_t since{0};        ///< The first release, as LinuxRelease() counts them.
    std::uint32_t before{1000000}; ///< The first release to which the rule applies no more.
};

/// Whether the rule is about this version, and if not, why: "for 6.8 and later".
bool Covers(const Experiment& experiment, const LinuxVersion& version);
std::string NameReleases(const Experiment& experiment);

/// `what` as a name of a test: every word with a capital, and nothing else.
std::string NameOf(const Experiment& experiment);

/// A chapter of experiments.
struct Chapter
{
    std::string title;
    std::vector<Experiment> experiments;
};

/// All of them.
std::vector<Chapter> Chapters();
std::vector<Experiment> Experiments();

// The chapters; each is a file.
Chapter ConnectOrder();
Chapter ConnectRanges();
Chapter BindOrder();
Chapter BindConflicts();
Chapter SharedPorts();
Chapter UdpPorts();
Chapter TimeWaits();
Chapter Closings();
Chapter Limits();
Chapter NatChoices();
Chapter NatRanges();
Chapter NatConnections();

/// What a chance says about the hypothesis that it is a chance of. Each experiment that asks this
/// raises a false alarm once in a million runs.
std::string AsExpected(double chance);

} // namespace portlab::test

#endif // PORTLAB_TEST_EXPERIMENT_H
