// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_HIDDEN_STATE_FILTER_H
#define PORTLAB_TEST_HIDDEN_STATE_FILTER_H

#include "model/core/port/port-range.h"

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace portlab::test
{

/// One flag for each port: those that a search may not take, because they are busy towards the
/// destination or reserved.
using PortFlags = std::bitset<65536>;

/// What a success adds to the hidden offset, after a walk over i ports within its pass. With the
/// socket's own range, read 1 for 2.
enum class Advance : std::uint8_t
{
    Linux5x18,       ///< max(i, 2r) + 2 with r drawn from 0 to 7: ca7af0402550, 5.18.
    Linux4x6,        ///< i + 2.
    WithoutFeedback, ///< 2r + 2 wherever the walk ended: no kernel's rule, to be rejected.
};

/// How connect() looks for a port, as __inet_hash_connect() in net/ipv4/inet_hashtables.c does.
struct SearchRule
{
    PortRange range;
    /// The range is the socket's own, IP_LOCAL_PORT_RANGE: one pass through every port
    /// (207184853dbd, 6.8). Else two passes, of which the first is that of the low port's parity.
    bool ownRange{false};
    Advance advance{Advance::Linux5x18};
};

/// What can be known of one sequence's hidden offset from the ports that it gave: an independent
/// reading of the rule, which walks from every offset that is still possible, port by port. If none
/// is left, no machine with this rule chooses so.
///
/// A sequence belongs to one (source, destination, destination port) of a machine, and not to a
/// network namespace, so the busy ports are the caller's to keep. What is left out: the kernel adds
/// in 32 bits, and the offset jumps when that wraps, once in 500 million choices.
class HiddenStateFilter
{
  public:
    explicit HiddenStateFilter(const SearchRule& rule);

    /// A search that ended at `port`, or found none. False if that is impossible, and then nothing
    /// has changed.
    bool Observe(std::optional<Port> port, const PortFlags& unusable);

    /// The sequence may have jumped: any offset is possible again.
    void Forget();

    /// How many offsets are possible; two that always give the same ports count as one.
    std::size_t CountPossible() const
    {
        return m_possible.size();
    }

  private:
    struct Walk
    {
        std::optional<Port> port;
        std::uint32_t length; ///< Over so many ports of its pass, usable or not.
    };

    Walk Search(std::uint32_t offset, const PortFlags& unusable) const;
    void AddSuccessors(std::uint32_t offset,
                       std::uint32_t length,
                       std::vector<std::uint32_t>& successors) const;

    SearchRule m_rule;
    std::uint32_t m_step;
    std::uint32_t m_modulus;
    std::vector<std::uint32_t> m_possible; ///< In ascending order.
};

/// How many choices were looked at, and what was found.
struct Findings
{
    std::uint64_t choices{0};
    std::uint64_t impossible{0};
    std::uint64_t jumps{0};

    Findings& operator+=(const Findings& other);
};

/// A filter of one sequence whose machine may have changed its key now and then, at unknown times:
/// a choice that is impossible otherwise is taken for a jump, as long as few are needed. That finds
/// the least number of jumps, for each stretch goes on for as long as it can.
class SequenceWitness
{
  public:
    SequenceWitness(const SearchRule& rule, std::uint32_t jumpsAllowed);

    /// False if the choice is impossible, or another was before it: then the sequence is rejected,
    /// and no longer looked at.
    bool Observe(std::optional<Port> port, const PortFlags& unusable);

    const Findings& Found() const
    {
        return m_found;
    }

  private:
    HiddenStateFilter m_filter;
    std::uint32_t m_jumpsAllowed;
    Findings m_found{};
};

} // namespace portlab::test

#endif // PORTLAB_TEST_HIDDEN_STATE_FILTER_H
