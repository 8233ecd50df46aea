// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_COMMON_KNOBS_H
#define PORTLAB_COMMON_KNOBS_H

#include "model/core/port/knobs/fact-knob.h"

#include <string>
#include <utility>
#include <vector>

namespace portlab
{

/// A knob of systems that is one fact, or a part of it; see KnobOfFact().
template <typename T, typename Format, typename Parse>
KnobSpec
FactKnob(std::string name,
         std::string meaning,
         Fact<T> OsProfile::*fact,
         Format format,
         Parse parse)
{
    return KnobOfFact<OsProfile>(std::move(name), std::move(meaning), fact, format, parse);
}

// The knobs that every family has. They know nothing of a system's names, limits and commands.

KnobSpec PortsKnob();
KnobSpec ReservedKnob();
KnobSpec TimeWaitKnob(Duration ownUnit = Duration{1});
KnobSpec TimeWaitGridKnob();
KnobSpec TimeWaitReuseKnob();
KnobSpec ReuseDelayKnob(Duration ownUnit = Duration{1});
KnobSpec ReuseClockKnob();
KnobSpec TimestampsKnob();
KnobSpec UniquenessKnob();
KnobSpec SynInTimeWaitKnob();
KnobSpec SynTimeoutKnob(Duration ownUnit = Duration{1});
KnobSpec SynRetriesKnob();
KnobSpec FinTimeoutKnob(Duration ownUnit = Duration{1});
KnobSpec OrphanRetriesKnob();
KnobSpec ProbeCostKnob();
KnobSpec BindProbeCostKnob();

/// All of the above, in that order: a system without names of its own.
std::vector<KnobSpec> CommonKnobs();

} // namespace portlab

#endif // PORTLAB_COMMON_KNOBS_H
