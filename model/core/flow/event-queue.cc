// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/flow/event-queue.h"

#include "model/core/base/check.h"

#include <algorithm>

namespace portlab
{

namespace
{

constexpr std::size_t PAGES_MIN = 64;
constexpr std::size_t PAGES_MAX = std::size_t{1} << 16;

/// Windows are a few leads long; longer ones than this would not fit into 64 bits.
constexpr std::int64_t LEAD_MAX = std::int64_t{1} << 60;

/// A page that holds more than this on average is too wide.
constexpr std::size_t CROWDED = 16;

/// So many events may join today's without more ado.
constexpr std::size_t FULL_DAY = 1024;

bool
IsLater(const Event& a, const Event& b)
{
    return b < a;
}

} // namespace

void
EventQueue::Push(const Event& event)
{
    const std::int64_t page = Bits(event.time) >> m_shift;
    if (page >= m_beyondFrom)
    {
        m_beyond.push_back(event);
    }
    else if (page > m_page)
    {
        PutOnPage(event, page);
        if (m_onPages > CROWDED * m_pages.size() && m_pages.size() < PAGES_MAX)
        {
            CollectPages();
        }
    }
    else
    {
        m_today.insert(std::upper_bound(m_today.begin(), m_today.end(), event, IsLater), event);
        if (m_today.size() > m_fullDay)
        {
            CollectToday();
        }
    }
}

void
EventQueue::PutOnPage(const Event& event, std::int64_t page)
{
    const auto index = static_cast<std::size_t>(page - m_first);
    m_pages[index].push_back(event);
    m_written[index / 64] |= std::uint64_t{1} << (index % 64);
    ++m_onPages;
}

/// Makes the next page with events today's. False if there are no events at all.
bool
EventQueue::TurnPage()
{
    if (m_onPages == 0 && !NextWindow())
    {
        return false;
    }
    const auto from = static_cast<std::size_t>(std::max(m_page + 1 - m_first, std::int64_t{0}));
    std::size_t word = from / 64;
    std::uint64_t written = m_written[word] & (~std::uint64_t{0} << (from % 64));
    while (written == 0)
    {
        Check(word + 1 < m_written.size(), "the calendar lost an event");
        written = m_written[++word];
    }
    const std::size_t index = word * 64 + static_cast<std::size_t>(__builtin_ctzll(written));
    m_written[word] &= ~(std::uint64_t{1} << (index % 64));
    m_today.swap(m_pages[index]);
    std::sort(m_today.begin(), m_today.end(), IsLater);
    m_onPages -= m_today.size();
    m_page = m_first + static_cast<std::int64_t>(index);
    // To put an event in its place costs what today holds, to plan anew what the queue holds.
    m_fullDay = 2 * m_today.size() + FULL_DAY + (m_onPages + m_beyond.size()) / 64;
    return true;
}

/// Starts a window at the earliest event beyond the last one.
bool
EventQueue::NextWindow()
{
    if (m_beyond.empty())
    {
        return false;
    }
    PlanWindow();
    std::size_t kept = 0;
    for (const Event event : m_beyond)
    {
        const std::int64_t page = Bits(event.time) >> m_shift;
        if (page < m_beyondFrom)
        {
            PutOnPage(event, page);
        }
        else
        {
            m_beyond[kept++] = event;
        }
    }
    m_beyond.resize(kept);
    return true;
}

/// Takes the calendar apart because too much was written on too few pages; today stays.
void
EventQueue::CollectPages()
{
    for (auto& page : m_pages)
    {
        m_beyond.insert(m_beyond.end(), page.begin(), page.end());
        page.clear();
    }
    std::fill(m_written.begin(), m_written.end(), 0);
    m_onPages = 0;
    // Until the next window is planned, everything behind today's page lies beyond.
    m_beyondFrom = m_page + 1;
}

/// Takes all apart because far too much is to happen today: the window was planned when little was
/// known, or only what lies far ahead.
void
EventQueue::CollectToday()
{
    CollectPages();
    m_beyond.insert(m_beyond.end(), m_today.begin(), m_today.end());
    m_today.clear();
    m_beyondFrom = Bits(Instant::min());
}

/// Cuts the window so that most of the pending events fall into it, about one a page.
void
EventQueue::PlanWindow()
{
    std::int64_t earliest = Bits(NEVER);
    m_leads.clear();
    const std::size_t stride = m_beyond.size() / 1024 + 1;
    for (std::size_t index = 0; index < m_beyond.size(); ++index)
    {
        earliest = std::min(earliest, Bits(m_beyond[index].time));
        if (index % stride == 0)
        {
            m_leads.push_back(Bits(m_beyond[index].time));
        }
    }
    const auto middle = m_leads.begin() + static_cast<std::ptrdiff_t>(m_leads.size() / 2);
    std::nth_element(m_leads.begin(), middle, m_leads.end());
    std::size_t pages = PAGES_MIN;
    while (pages < m_beyond.size() && pages < PAGES_MAX)
    {
        pages *= 2;
    }
    const std::int64_t lead = std::min(*middle - earliest, LEAD_MAX);
    const std::int64_t length = 4 * lead + 1;
    m_shift = 0;
    while ((length >> m_shift) >= static_cast<std::int64_t>(pages))
    {
        ++m_shift;
    }
    m_pages.resize(std::max(m_pages.size(), pages));
    m_written.assign(m_pages.size() / 64, 0);
    m_first = earliest >> m_shift;
    m_page = m_first - 1;
    m_beyondFrom = m_first + static_cast<std::int64_t>(pages);
}

} // namespace portlab
