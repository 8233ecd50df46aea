// SPDX-License-Identifier: GPL-2.0-only

#include "test/linux/common-beat.h"

#include <set>

namespace portlab::test
{

namespace
{

const PortFlags NOTHING;

/// One sequence under a beat.
struct Listener
{
    HiddenStateFilter filter;
    std::int64_t lastBeat;
};

} // namespace

BeatSearch::BeatSearch(const SearchRule& rule, const std::vector<TimedChoice>& choices)
    : m_unknown(rule),
      m_choices(choices)
{
}

Findings
BeatSearch::Judge(const Beat& beat)
{
    return Judge(beat, Effort::Full);
}

std::vector<Phases>
BeatSearch::Find(Duration period)
{
    // A beat matters only by the choices that it comes before.
    std::set<Duration> candidates;
    for (const TimedChoice& choice : m_choices)
    {
        candidates.insert(choice.at % period);
    }
    std::vector<Phases> possible;
    Duration previous = candidates.empty() ? Duration{0} : *candidates.rbegin() - period;
    bool previousIsPossible = false;
    for (const Duration phase : candidates)
    {
        const bool isPossible = Judge({period, phase}, Effort::UntilImpossible).impossible == 0;
        if (isPossible && previousIsPossible)
        {
            possible.back().atMost = phase;
        }
        else if (isPossible)
        {
            possible.push_back({previous, phase});
        }
        previous = phase;
        previousIsPossible = isPossible;
    }
    return possible;
}

Findings
BeatSearch::Judge(const Beat& beat, Effort effort)
{
    std::map<std::uint32_t, Listener> listeners;
    Findings found;
    for (const TimedChoice& choice : m_choices)
    {
        ++found.choices;
        // Counted from a beat before all choices, so that the division rounds down.
        const std::int64_t beats = (choice.at - beat.phase + beat.period) / beat.period;
        const auto known = listeners.find(choice.sequence);
        if (known == listeners.end())
        {
            listeners.emplace(choice.sequence, Listener{Begun(choice.port), beats});
            continue;
        }
        Listener& listener = known->second;
        const bool mayJump = listener.lastBeat != beats;
        const bool fits = listener.filter.Observe(choice.port, NOTHING);
        listener.lastBeat = beats;
        found.jumps += mayJump && !fits ? 1 : 0;
        found.impossible += !mayJump && !fits ? 1 : 0;
        if (mayJump || !fits)
        {
            listener.filter = Begun(choice.port);
        }
        if (found.impossible > 0 && effort == Effort::UntilImpossible)
        {
            break;
        }
    }
    return found;
}

/// Walking from every offset takes long, and happens again and again for the same choices.
const HiddenStateFilter&
BeatSearch::Begun(Port port)
{
    const auto [known, isNew] = m_begun.try_emplace(port, m_unknown);
    if (isNew)
    {
        known->second.Observe(port, NOTHING);
    }
    return known->second;
}

} // namespace portlab::test
