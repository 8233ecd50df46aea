// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/policies/linux-connect.h"

#include "model/core/port/boot-phase.h"

#include <algorithm>

namespace portlab
{

namespace
{

/// Counters and offsets are 32 bits wide in the kernel, so their sum wraps there.
constexpr std::uint64_t COUNTER_MODULUS = std::uint64_t{1} << 32;

/// The length of two passes: as the kernel, an odd range is rounded down, but for a single port.
std::uint32_t
EvenCount(const PortRange& range)
{
    return range.Count() > 1 ? range.Count() & ~1u : 1;
}

} // namespace

LinuxConnectPolicy::LinuxConnectPolicy(const PolicySpec& spec, StreamKey secret)
    : m_secret(secret),
      m_rekeyEvery(spec.rekeyEvery),
      m_sinceBoot(TimeSinceBoot(secret)),
      m_cells(spec.cells),
      m_randomSteps(spec.randomSteps),
      m_parity(spec.parity)
{
}

Pick
LinuxConnectPolicy::Choose(const FreePorts& free, const PortAsk& ask)
{
    if (ask.now < m_epochBegin || m_epochEnd <= ask.now)
    {
        EnterEpoch(ask.now);
    }
    if (ask.memo.epoch != m_epoch)
    {
        Rekey(ask);
    }
    std::uint32_t& cell = m_table.Cell(m_epoch, ask.memo.cell);
    const std::uint32_t offset = cell + ask.memo.offset;
    const PortRange& range = free.Range();
    const Pick pick = Search(free, offset);
    if (pick.port)
    {
        cell += Advance(pick.probes - 1, range.Count(), ask.random);
    }
    return pick;
}

/// Where the search begins is free more often than not: a glance saves the making of a plan.
Pick
LinuxConnectPolicy::Search(const FreePorts& free, std::uint32_t offset) const
{
    const PortRange& range = free.Range();
    if (m_parity != Parity::TwoPasses)
    {
        return free.FirstFree(EveryPort(range, offset));
    }
    const Port first = FirstOfTwoPasses(range, offset);
    return free.IsFree(first) ? Pick{first, 1} : free.FirstFree(TwoPasses(range, first));
}

void
LinuxConnectPolicy::EnterEpoch(Instant now)
{
    if (m_rekeyEvery == Duration{0})
    {
        m_epochEnd = NEVER;
        return;
    }
    const Duration up = now.time_since_epoch() + m_sinceBoot;
    m_epoch = static_cast<std::uint32_t>(up / m_rekeyEvery);
    m_epochBegin = now - up % m_rekeyEvery;
    m_epochEnd = m_epochBegin + m_rekeyEvery;
}

void
LinuxConnectPolicy::Rekey(const PortAsk& ask)
{
    const std::uint64_t hash = HashFlow(m_secret.With(m_epoch), ask.flow);
    ask.memo.epoch = m_epoch;
    ask.memo.cell = static_cast<std::uint32_t>(hash % m_cells);
    ask.memo.offset = static_cast<std::uint32_t>(hash >> 32);
}

SearchPlan
LinuxConnectPolicy::EveryPort(const PortRange& range, std::uint64_t offset) const
{
    offset = m_parity == Parity::EvenStart ? offset & ~std::uint64_t{1} : offset + 1;
    SearchPlan plan;
    plan.AddCounted(range, 0, offset, COUNTER_MODULUS, range.Count());
    return plan;
}

Port
LinuxConnectPolicy::FirstOfTwoPasses(const PortRange& range, std::uint32_t offset)
{
    return static_cast<Port>(range.First() + (offset % EvenCount(range) & ~1u));
}

/// Both passes have the same length, so a range of odd size leaves its first port out of the first
/// pass, unless the pass starts there.
SearchPlan
LinuxConnectPolicy::TwoPasses(const PortRange& range, std::uint32_t start)
{
    const std::uint32_t even = EvenCount(range);
    const std::uint32_t length = std::max(even / 2, 1u);
    SearchPlan plan;
    for (std::uint32_t pass = 0; pass < std::min(even, 2u); ++pass)
    {
        const std::uint32_t first = start + pass;
        const std::uint32_t straight =
            first > range.Last() ? 0 : std::min(length, (range.Last() - first) / 2 + 1);
        plan.Add(first, 2, straight);
        plan.Add(first + 2 * straight - even, 2, length - straight);
    }
    return plan;
}

/// What a success adds to the cell; `index` counts the candidates before the port found.
std::uint32_t
LinuxConnectPolicy::Advance(std::uint32_t index, std::uint32_t count, Random& random) const
{
    if (m_parity == Parity::Ignored)
    {
        return index + 1;
    }
    if (m_parity == Parity::EvenStart)
    {
        return (index + 2) & ~1u;
    }
    const std::uint32_t walked = index % std::max(count / 2, 1u) * 2;
    const std::uint32_t jump = m_randomSteps > 0 ? 2 * random.Below(m_randomSteps) : 0;
    return std::max(walked, jump) + 2;
}

} // namespace portlab
