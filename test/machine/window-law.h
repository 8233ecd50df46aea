// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_WINDOW_LAW_H
#define PORTLAB_TEST_WINDOW_LAW_H

#include "model/core/base/random.h"
#include "test/machine/experiment.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace portlab::test
{

/// What Linux's search for an external port finds, by its rule and without a draw: it looks at 128
/// ports upward from a random one, around the end, then at 64, 32, 16 and 8 from others; at all
/// ports if there are no more than 128. So a free port is found from itself and from the taken
/// ports right below it, as far as a window reaches.
///
/// For ranges whose size divides 65,536: in these each port is a start as often.
class WindowLaw
{
  public:
    explicit WindowLaw(const std::vector<bool>& taken);

    /// The chance to find nothing.
    double ChanceOfNone() const
    {
        return m_none;
    }

    /// If something is found: the chance of a likelier port than this, or of one that is as likely
    /// and goes before it by lot. For ports that the rule has found, it is uniform.
    double RankOf(std::size_t port, Random& random) const;

  private:
    std::vector<double> m_chances; ///< To find each port; 0 if it is taken.
    double m_none;
};

/// Searches, one after another, held against the law.
class WindowSearches
{
  public:
    explicit WindowSearches(std::size_t ports)
        : m_taken(ports, false)
    {
    }

    /// This port, counted from 0, is taken already.
    void Take(std::size_t port)
    {
        m_taken.at(port) = true;
    }

    /// The next search found this port, or nothing. What it found stays taken.
    void Add(std::optional<std::size_t> found);

    /// From now on, in another range of the same size, all of it free.
    void BeginAnew();

    /// Whether searches find nothing, and find each port, as often as the law says.
    Finding Describe() const;

  private:
    std::vector<bool> m_taken;
    std::size_t m_impossible{0};
    std::vector<double> m_ranks;
    std::uint32_t m_failures{0};
    double m_expected{0}; ///< Failures.
    double m_variance{0}; ///< Of them.
    bool m_hasFailed{false};
    std::vector<std::string> m_firstFailures; ///< The share of taken ports at each.
    Random m_random{StreamKey(1, 1).With("window searches")};
};

} // namespace portlab::test

#endif // PORTLAB_TEST_WINDOW_LAW_H
