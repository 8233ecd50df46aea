// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_FREE_PORTS_H
#define PORTLAB_FREE_PORTS_H

#include "model/core/base/random.h"
#include "model/core/port/port-bitmap.h"
#include "model/core/port/port-set.h"
#include "model/core/port/search-plan.h"

#include <array>
#include <cstdint>
#include <optional>

namespace portlab
{

/// The answer to a search.
struct Pick
{
    std::optional<Port> port; ///< Empty when every candidate was taken.
    std::uint32_t probes{0}; ///< Candidates that the real system would have examined, found or not.
};

/// What a policy may ask about: the ports of a range that none of several sets contains. It looks
/// at the sets and owns none of them.
///
/// A search takes at most one step for each word of the range (64 ports) and one for each port of
/// a sparse set that lies in its way, however many candidates the plan has.
class FreePorts
{
  public:
    explicit FreePorts(const PortRange& range)
        : m_range(range)
    {
    }

    /// Ports of `taken` are not free. The sets must cover the same range.
    void Exclude(const PortSet& taken);
    void Exclude(const PortBitmap& taken);

    const PortRange& Range() const
    {
        return m_range;
    }

    bool IsFree(Port port) const;

    /// The first free port in the plan's order.
    Pick FirstFree(const SearchPlan& plan) const;

    /// Which of the 64 ports from `first` on are free and of `part`, a bit each, the lowest for
    /// `first`. Behind port 65535 comes port 0.
    std::uint64_t Window(const PortRange& part, std::uint32_t first) const;

    /// How many ports of `part` are free, 64 at a time.
    std::uint32_t CountIn(const PortRange& part) const;

    /// How many ports are free: exact, at the cost of a pass over the range when more than one set
    /// is excluded.
    std::uint32_t Count() const;

    /// A free port of `part`, each as likely as another; empty if there is none.
    std::optional<Port> Uniform(const PortRange& part, Random& random) const;

  private:
    static constexpr std::uint32_t NOT_FOUND = ~std::uint32_t{0};

    std::uint64_t TakenBits(std::uint32_t word) const;
    std::uint64_t FreeWord(const PortRange& part, std::uint32_t word) const;
    bool IsSparselyTaken(Port port) const;
    std::uint32_t NextInLane(const Segment& segment, std::uint32_t from, Lane lane) const;
    std::uint32_t NextByStride(const Segment& segment, std::uint32_t from) const;
    std::uint32_t NextUndense(const Segment& segment, std::uint32_t from) const;
    std::uint32_t NextOpenWord(std::uint32_t word, Lane lane, bool upward) const;
    Port Nth(const PortRange& part, std::uint32_t nth) const;

    PortRange m_range;
    bool m_isFull{false};
    std::uint32_t m_denseCount{0};
    std::uint32_t m_sparseCount{0};
    /// Left uninitialised beyond their counts: there is a search for every connection.
    std::array<const PortBitmap*, 8> m_dense;
    std::array<const PortSet*, 6> m_sparse;
};

} // namespace portlab

#endif // PORTLAB_FREE_PORTS_H
