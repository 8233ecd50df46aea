// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_RECENT_TAKES_H
#define PORTLAB_RECENT_TAKES_H

#include "model/core/base/random.h"
#include "model/core/base/time.h"
#include "model/core/nat/mapping-table.h"

#include <algorithm>
#include <vector>

namespace portlab
{

/// Mappings made so shortly ago that another processor, which looks for a port at this moment, may
/// not see them yet: it takes the same port, and loses when it inserts its own.
class RecentTakes
{
  public:
    /// `window`: NatRules::raceWindow; 0: no such thing.
    explicit RecentTakes(Duration window)
        : m_window(window)
    {
    }

    void Note(MappingId id, Instant now)
    {
        if (m_window == Duration{0})
        {
            return;
        }
        // Numbers are used again: what this one named before has ended.
        const auto isSame = [&](const Take& take) { return take.id == id; };
        m_takes.erase(std::remove_if(m_takes.begin(), m_takes.end(), isSame), m_takes.end());
        m_takes.push_back({id, now});
    }

    /// Mappings that a search at `now` does not see, drawn by lot. They may have ended since.
    std::vector<MappingId> Unseen(Instant now, Random& random)
    {
        const auto isOver = [&](const Take& take) { return ShareUnseen(now - take.time) <= 0; };
        m_takes.erase(std::remove_if(m_takes.begin(), m_takes.end(), isOver), m_takes.end());
        std::vector<MappingId> unseen;
        for (const Take& take : m_takes)
        {
            if (random.Unit() <= ShareUnseen(now - take.time))
            {
                unseen.push_back(take.id);
            }
        }
        return unseen;
    }

  private:
    struct Take
    {
        MappingId id;
        Instant time;
    };

    /// How often a mapping of this age was overlooked. A curve laid through what two processors of
    /// Linux 6.18 lost with SYNs so far apart: 84 % at 0, 76 % at 0.5 us, 11 % at 2 us, 0.7 % at
    /// 5 us (facts of one machine: 42 % at 0 in another hour). It ends at 1.7 windows.
    double ShareUnseen(Duration age) const
    {
        const double window = static_cast<double>(std::max(m_window, Duration{1}).count());
        const double part = std::min(static_cast<double>(age.count()) / (1.7 * window), 1.0);
        return 0.84 * (1 - part * part * (3 - 2 * part));
    }

    Duration m_window;
    std::vector<Take> m_takes;
};

} // namespace portlab

#endif // PORTLAB_RECENT_TAKES_H
