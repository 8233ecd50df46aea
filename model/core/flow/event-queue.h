// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_EVENT_QUEUE_H
#define PORTLAB_EVENT_QUEUE_H

#include "model/core/base/time.h"
#include "model/core/port/port-range.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace portlab
{

/// Something that will happen. What it means is its owner's affair.
struct Event
{
    Instant time;
    std::uint32_t subject;
    Port port;
    std::uint16_t kind;

    /// A total order, so that what happens at one instant happens in an order that does not depend
    /// on how the queue is built.
    friend bool operator<(const Event& a, const Event& b)
    {
        return a.time != b.time ? a.time < b.time : a.Rank() < b.Rank();
    }

  private:
    std::uint64_t Rank() const
    {
        return std::uint64_t{kind} << 48 | std::uint64_t{port} << 32 | subject;
    }
};

static_assert(sizeof(Event) == 16, "there is one for each live connection");

/// Events in order of time: a calendar whose pages are as many and as wide as the pending events
/// ask for. Adding and taking are O(1) on average, and memory is touched in runs.
///
/// The calendar covers a window of time. What lies beyond waits unsorted; when the window is used
/// up, all pending events lie there, and the next window is cut to fit them.
class EventQueue
{
  public:
    /// The event must not lie before the one taken last.
    void Push(const Event& event);

    /// The same for an event that may well be the next, as the next arrival of a lone source is:
    /// the earliest of these is kept at hand and never sees the calendar.
    void PushAtHand(const Event& event)
    {
        const Event later = event < m_atHand ? std::exchange(m_atHand, event) : event;
        if (later.time != NEVER)
        {
            Push(later);
        }
    }

    /// Takes the next event into `event` if it is not later than `limit`.
    bool PopUntil(Instant limit, Event& event)
    {
        const bool hasPage = !m_today.empty() || TurnPage();
        if (!hasPage || m_atHand < m_today.back())
        {
            if (m_atHand.time > limit || m_atHand.time == NEVER)
            {
                return false;
            }
            event = std::exchange(m_atHand, NOTHING);
            return true;
        }
        if (m_today.back().time > limit)
        {
            return false;
        }
        event = m_today.back();
        m_today.pop_back();
        return true;
    }

    /// When the next event is due; NEVER if there is none.
    Instant NextTime()
    {
        const bool hasPage = !m_today.empty() || TurnPage();
        return hasPage ? std::min(m_today.back().time, m_atHand.time) : m_atHand.time;
    }

    std::size_t Size() const
    {
        const std::size_t atHand = m_atHand.time == NEVER ? 0 : 1;
        return atHand + m_today.size() + m_onPages + m_beyond.size();
    }

  private:
    /// Later than every event.
    static constexpr Event NOTHING{NEVER, 0, 0, 0};

    static std::int64_t Bits(Instant time)
    {
        return time.time_since_epoch().count();
    }

    bool TurnPage();
    bool NextWindow();
    void CollectPages();
    void CollectToday();
    void PlanWindow();
    void PutOnPage(const Event& event, std::int64_t page);

    Event m_atHand{NOTHING};
    int m_shift{10};              ///< A page is 2^shift ns wide.
    std::int64_t m_page{-1};      ///< Today, counted in pages from the start of time.
    std::int64_t m_first{0};      ///< The window's first page ...
    std::int64_t m_beyondFrom{0}; ///< ... and the first behind it.
    std::size_t m_onPages{0};
    std::vector<Event> m_today; ///< The current page, latest first.
    std::size_t m_fullDay{0};   ///< More than this is too much for one page.
    std::vector<std::vector<Event>> m_pages;
    std::vector<std::uint64_t> m_written; ///< A bit for each page that is not empty.
    std::vector<Event> m_beyond;
    std::vector<std::int64_t> m_leads; ///< Scratch space of PlanWindow().
};

} // namespace portlab

#endif // PORTLAB_EVENT_QUEUE_H
