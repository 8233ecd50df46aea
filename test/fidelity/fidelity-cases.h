// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_FIDELITY_CASES_H
#define PORTLAB_FIDELITY_CASES_H

#include "scenarios/scenario.h"

#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace portlab::test
{

/// A scenario that both fidelities can play in seconds.
struct FidelityCase
{
    std::string name;
    std::string about;
    std::string file;                                     ///< In scenarios/.
    std::vector<std::pair<std::string, std::string>> set; ///< What is smaller than there.

    /// For the names of tests.
    friend void PrintTo(const FidelityCase& what, std::ostream* out)
    {
        *out << what.name;
    }
};

const std::vector<FidelityCase>& FidelityCases();

/// A case at one fidelity; `share` of its duration.
Scenario ScenarioOf(const FidelityCase& what, Fidelity fidelity, double share = 1);

/// What the two have to agree on, by name: whole counts, and a share.
using Figures = std::map<std::string, double>;

Figures FiguresOf(const Scenario& scenario, std::uint64_t run);

/// The same figure at both fidelities, over several replications that made the same draws.
struct PairedFigure
{
    std::string name;
    std::vector<double> connection;
    std::vector<double> packet;

    double ConnectionMean() const;
    double PacketMean() const;
    double MeanDifference() const; ///< Packet less connection.
    double StandardError() const;  ///< Of that mean.

    /// Within 0.5 %, a peak within 1 %, or three paired standard errors; attempts exactly.
    bool Agrees() const;
};

/// Replications 1 to `runs` at both fidelities.
std::vector<PairedFigure> Compare(const FidelityCase& what, std::uint64_t runs, double share = 1);

} // namespace portlab::test

#endif // PORTLAB_FIDELITY_CASES_H
