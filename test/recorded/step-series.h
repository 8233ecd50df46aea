// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_STEP_SERIES_H
#define PORTLAB_TEST_STEP_SERIES_H

#include "test/recorded/connect-calls.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace portlab::test
{

/// How far each port of a sequence lies above the one before, on the circle of the range; twice as
/// far where the range is the socket's own, so that steps of 1 count as those of 2.
using StepSeries = std::vector<std::uint32_t>;

/// Of each sequence, by its name.
std::map<std::string, StepSeries> StepsOf(const ConnectCalls& calls);

// Three properties of 2, 4 ... 16 drawn uniformly and independently. Each chance is that of steps
// that have the property, to be as far from it; it is 0 if there is any other step.

/// All eight are as frequent, by Pearson's chi-squared.
double ChanceOfEvenSteps(const std::map<std::string, StepSeries>& sequences);

/// A step does not depend on the one before, by the normal law of their covariance.
double ChanceOfForgetfulSteps(const std::map<std::string, StepSeries>& sequences);

/// A step does not depend on those of other sequences of the same repetition (the first part of the
/// name) in the same turn: the squared covariances of all pairs, by chi-squared.
double ChanceOfSeparateSteps(const std::map<std::string, StepSeries>& sequences);

/// The first ports of all sequences, from 0 to 1 in the default range.
std::vector<double> StartsOf(const ConnectCalls& calls);

} // namespace portlab::test

#endif // PORTLAB_TEST_STEP_SERIES_H
