// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_COMMON_BEAT_H
#define PORTLAB_TEST_COMMON_BEAT_H

#include "model/core/base/time.h"
#include "test/linux/hidden-state-filter.h"

#include <cstdint>
#include <map>
#include <vector>

namespace portlab::test
{

/// A choice of one of several sequences, made when no port was busy.
struct TimedChoice
{
    Duration at;
    std::uint32_t sequence; ///< 0, 1, 2 ...
    Port port;
};

/// A machine that changes its key at `phase`, `phase` + `period` and so on: all its sequences jump
/// then, and never else.
struct Beat
{
    Duration period;
    Duration phase;
};

/// Phases of a beat, modulo its period.
struct Phases
{
    Duration after;  ///< Later than this ...
    Duration atMost; ///< ... and this late at most.
};

/// Looks for the beat of a machine in choices, which are in order of time.
class BeatSearch
{
  public:
    BeatSearch(const SearchRule& rule, const std::vector<TimedChoice>& choices);

    /// How many choices are impossible with this beat, and how many would be without any: its
    /// jumps.
    Findings Judge(const Beat& beat);

    /// All phases for which no choice is impossible.
    std::vector<Phases> Find(Duration period);

  private:
    /// Judging may end early if only the good beats are wanted.
    enum class Effort
    {
        Full,
        UntilImpossible,
    };

    Findings Judge(const Beat& beat, Effort effort);
    const HiddenStateFilter& Begun(Port port);

    HiddenStateFilter m_unknown;
    std::vector<TimedChoice> m_choices;
    std::map<Port, HiddenStateFilter> m_begun; ///< What is known after a first choice.
};

} // namespace portlab::test

#endif // PORTLAB_TEST_COMMON_BEAT_H
