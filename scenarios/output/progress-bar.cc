// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/progress-bar.h"

#include "scenarios/output/readable.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <iostream>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

constexpr auto PATIENCE = 1s; ///< Shorter work shows nothing.
constexpr auto PAUSE = 100ms; ///< Between two drawings: no eye is faster.
constexpr std::size_t USUAL_WIDTH = 80;
constexpr std::size_t BAR_WIDTH = 20;

std::size_t
TerminalWidth()
{
    winsize size{};
    const bool isKnown = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return isKnown ? size.ws_col : USUAL_WIDTH;
}

std::string
TimeLeft(double seconds)
{
    constexpr double LONG = 100;
    return seconds < LONG ? fmt::format("{:.0f} s", seconds)
                          : fmt::format("{:.0f} min", seconds / 60);
}

} // namespace

ProgressBar::Place
ProgressBar::StandardError()
{
    return {std::cerr, isatty(STDERR_FILENO) == 1, TerminalWidth(), std::chrono::steady_clock::now};
}

ProgressBar::ProgressBar(bool isQuiet, Place place)
    : m_place(std::move(place)),
      m_isSilent(isQuiet || !m_place.isTerminal),
      m_start(m_place.now()),
      m_nextDrawing(m_start + PATIENCE)
{
}

ProgressBar::~ProgressBar()
{
    Clear();
}

void
ProgressBar::Update(const Progress& progress)
{
    if (m_isSilent)
    {
        return;
    }
    const auto now = m_place.now();
    if (now < m_nextDrawing)
    {
        return;
    }
    m_nextDrawing = now + PAUSE;
    const auto line = LineOf(progress, std::chrono::duration<double>(now - m_start).count());
    const std::size_t leftOver = m_shownCount > line.size() ? m_shownCount - line.size() : 0;
    m_place.out << '\r' << line << std::string(leftOver, ' ') << std::flush;
    m_shownCount = line.size() + leftOver;
}

void
ProgressBar::Clear()
{
    if (m_shownCount > 0)
    {
        m_place.out << '\r' << std::string(m_shownCount, ' ') << '\r' << std::flush;
        m_shownCount = 0;
    }
}

std::string
ProgressBar::LineOf(const Progress& progress, double wallSeconds) const
{
    // Written so that a share of nothing, 0/0, is none.
    const double share = progress.share > 0 ? std::min(progress.share, 1.0) : 0;
    const auto filled = static_cast<std::size_t>(share * static_cast<double>(BAR_WIDTH));
    auto line = fmt::format("[{}{}] {:3.0f} %, {} simulated, {} connections/s",
                            std::string(filled, '#'),
                            std::string(BAR_WIDTH - filled, '.'),
                            std::floor(share * 100),
                            TimeText(InSeconds(progress.simulated)),
                            Rounded(static_cast<double>(progress.connections) / wallSeconds));
    if (share > 0)
    {
        line += ", " + TimeLeft(wallSeconds / share - wallSeconds) + " left";
    }
    // A character in the last column would move some terminals to the next line.
    return line.substr(0, m_place.width > 0 ? m_place.width - 1 : 0);
}

} // namespace portlab
