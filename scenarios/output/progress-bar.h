// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_PROGRESS_BAR_H
#define PORTLAB_PROGRESS_BAR_H

#include "model/core/base/time.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

namespace portlab
{

/// How far the work has come.
struct Progress
{
    double share{0};              ///< Of all the work, 0 to 1.
    Duration simulated{0};        ///< Simulated time so far, all runs together.
    std::uint64_t connections{0}; ///< Attempts so far, all runs together.
};

/// One line that shows how long work has come and how long it will take, on a terminal and only
/// when the work is long. It leaves no trace.
class ProgressBar
{
  public:
    using WallClock = std::function<std::chrono::steady_clock::time_point()>;

    /// Where the line appears. Tests have terminals and clocks of their own.
    struct Place
    {
        std::ostream& out;
        bool isTerminal;
        std::size_t width; ///< In characters.
        WallClock now;
    };

    /// Standard error, as it is now, and the machine's clock.
    static Place StandardError();

    /// The work begins now. With `isQuiet` nothing is ever shown.
    explicit ProgressBar(bool isQuiet = false, Place place = StandardError());

    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    ~ProgressBar();

    /// Tells how far the work is. Cheap enough for a few thousand calls a second.
    void Update(const Progress& progress);

    /// Removes the line, so that something else can be printed. The next update shows it again.
    void Clear();

  private:
    std::string LineOf(const Progress& progress, double wallSeconds) const;

    Place m_place;
    bool m_isSilent;
    std::chrono::steady_clock::time_point m_start;
    std::chrono::steady_clock::time_point m_nextDrawing;
    std::size_t m_shownCount{0}; ///< Characters on the line.
};

} // namespace portlab

#endif // PORTLAB_PROGRESS_BAR_H
