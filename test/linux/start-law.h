// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_START_LAW_H
#define PORTLAB_TEST_START_LAW_H

#include "model/core/base/random.h"
#include "test/linux/hidden-state-filter.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace portlab::test
{

/// Where a search from one of its starts ends; empty: nowhere.
using StartWalk =
    std::function<std::optional<Port>(std::uint32_t start, const PortFlags& unusable)>;

/// A search without memory, which begins at one of so many starts, all of them as likely.
struct StartRule
{
    std::uint32_t starts;
    StartWalk walk;
};

/// bind() to port 0 on TCP, as inet_csk_find_open_port() in net/ipv4/inet_connection_sock.c: two
/// passes, of which the first is that of the other parity than the low port's.
StartRule BindRule(const PortRange& range);

/// UDP, as udp_lib_get_port() in net/ipv4/udp.c, with a hash table of so many slots: from a start
/// anywhere in the range, a stride of the table's size times a random odd number, then the next.
StartRule UdpRule(const PortRange& range, std::uint32_t slots);

/// The same if the range is no larger than the table: every port in turn, around and around.
StartRule EveryPortRule(const PortRange& range);

/// A sum over many choices that is standard normal if a hypothesis about them is true.
struct Excess
{
    double sum{0};
    double variance{0};

    double Normal() const;
};

/// What one choice says about its rule: ports behind a busy stretch are chosen more often.
struct Judged
{
    double chance{0}; ///< Of this very port; 0 if the rule cannot choose it.
    /// How much more probable it was than those that the rule chooses are on average ...
    Excess byRule{};
    Excess byLot{}; ///< ... and than those that are drawn from all possible ones.
    std::vector<std::uint32_t> starts{}; ///< From which the search ends there.
};

/// The chances of all ports under a rule, while ports are taken one after another.
class StartLaw
{
  public:
    explicit StartLaw(const StartRule& rule);

    /// The port is busy, or reserved.
    void Block(Port port);

    Judged Judge(std::optional<Port> port) const;

    /// The ports that the rule may choose now.
    std::vector<Port> Possible() const;

    /// Whether there are none.
    bool IsUsedUp() const;

    std::uint32_t CountStarts() const
    {
        return m_rule.starts;
    }

  private:
    using Starts = std::vector<std::uint32_t>;

    void Count(const Starts& starts, double sign);

    StartRule m_rule;
    PortFlags m_unusable;
    std::map<std::optional<Port>, Starts> m_ends; ///< The starts by where they end; none is empty.
    // Of the numbers of starts that end at each port, or nowhere.
    double m_squares{0};
    double m_cubes{0};
};

/// What many choices say together.
class StartWitness
{
  public:
    /// One more choice. Of the starts that fit, one is drawn.
    void Add(const StartLaw& law, std::optional<Port> port, Random& random);

    std::uint64_t Choices() const
    {
        return m_choices;
    }

    std::uint64_t Impossible() const
    {
        return m_impossible;
    }

    /// Whether ports are chosen as the rule does, and as a lot among all possible ones would.
    const Excess& ByRule() const
    {
        return m_byRule;
    }

    const Excess& ByLot() const
    {
        return m_byLot;
    }

    /// The drawn starts, from 0 to 1: uniform if the search begins anywhere.
    const std::vector<double>& Starts() const
    {
        return m_starts;
    }

    /// Of each choice, the number of starts that led to it.
    const std::vector<std::uint32_t>& Stretches() const
    {
        return m_stretches;
    }

  private:
    std::uint64_t m_choices{0};
    std::uint64_t m_impossible{0};
    Excess m_byRule{};
    Excess m_byLot{};
    std::vector<double> m_starts;
    std::vector<std::uint32_t> m_stretches;
};

} // namespace portlab::test

#endif // PORTLAB_TEST_START_LAW_H
