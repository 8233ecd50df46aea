// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_NAT_TEST_SUPPORT_H
#define PORTLAB_TEST_NAT_TEST_SUPPORT_H

#include "test/flow/flow-test-support.h"

#include <string>
#include <vector>

namespace portlab::test
{

/// A NAT that gives each flow the lowest external port that its destination has free. Half-open
/// and closed connections stay for 120 s, open ones for an hour, UDP for 30 s, streams for 120 s;
/// nothing rests. Tests change what they are about.
NatPreset NatInOrder(Port first, Port last);

/// Such a group of devices, with one address each, around the first host group.
NatGroup NatCalled(const std::string& name, const NatPreset& preset);

/// OneClient() behind one NAT called "egress".
Workload BehindNat(const NatPreset& preset);

/// Of a run's only group of NATs, how often it dropped for this reason; fails the test if it does
/// not know the reason.
std::uint64_t DropsOf(const RunResult& result, const std::string& reason);

/// Of a run's only pair, attempts that failed for this reason.
std::uint64_t FailuresOf(const RunResult& result, Failure reason);

/// What a series has at each sample; fails the test if there is no such series.
std::vector<double> ValuesOf(const RunResult& result,
                             const std::string& entity,
                             const std::string& quantity);

} // namespace portlab::test

#endif // PORTLAB_TEST_NAT_TEST_SUPPORT_H
