// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/policies/linux-connect.h"

#include "model/core/port/boot-phase.h"
#include "model/core/port/policies/parity-passes.h"

#include <algorithm>
#include <numeric>

namespace portlab
{

namespace
{

/// Counters and offsets are 32 bits wide in the kernel, so their sum wraps there.
constexpr std::uint64_t COUNTER_MODULUS = std::uint64_t{1} << 32;

} // namespace

LinuxConnectPolicy::LinuxConnectPolicy(const PolicySpec& spec, StreamKey secret)
    : m_secret(secret),
      m_rekeyEvery(spec.rekeyEvery),
      m_sinceBoot(TimeSinceBoot(secret)),
      m_cells(spec.cells),
      m_randomSteps(spec.randomSteps),
      m_noise(spec.noise),
      m_stepWidth(spec.stepWidth),
      m_parity(spec.parity),
      m_plainSocketRange(spec.plainSocketRange)
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
    std::uint32_t advance = 0;
    const Pick pick = m_parity != Parity::TwoPasses ? SearchEveryPort(free, offset, advance)
                      : ask.socketRange && m_plainSocketRange
                          ? SearchSocketRange(free, ask, offset, advance)
                          : SearchTwoPasses(free, ask, offset, advance);
    cell += pick.port ? advance : 0;
    return pick;
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

/// Before 4.6.
Pick
LinuxConnectPolicy::SearchEveryPort(const FreePorts& free,
                                    std::uint64_t offset,
                                    std::uint32_t& advance) const
{
    const PortRange& range = free.Range();
    offset = m_parity == Parity::EvenStart ? offset & ~std::uint64_t{1} : offset + 1;
    SearchPlan plan;
    plan.AddCounted(range, 0, offset, COUNTER_MODULUS, range.Count());
    const Pick pick = free.FirstFree(plan);
    advance = m_parity == Parity::EvenStart ? (pick.probes + 1) & ~1u : pick.probes;
    return pick;
}

/// IP_LOCAL_PORT_RANGE, from 6.8 on.
Pick
LinuxConnectPolicy::SearchSocketRange(const FreePorts& free,
                                      const PortAsk& ask,
                                      std::uint32_t offset,
                                      std::uint32_t& advance) const
{
    SearchPlan plan;
    plan.AddCyclic(*ask.socketRange, offset, ask.socketRange->Count());
    const Pick pick = free.FirstFree(plan);
    if (pick.port)
    {
        advance = Advance(pick.probes - 1, 1, ask.random);
    }
    return pick;
}

/// From 4.6 on. Where the search begins is free more often than not: a glance saves the plan.
Pick
LinuxConnectPolicy::SearchTwoPasses(const FreePorts& free,
                                    const PortAsk& ask,
                                    std::uint32_t offset,
                                    std::uint32_t& advance) const
{
    const PortRange range = ask.socketRange.value_or(free.Range());
    const std::uint32_t even = EvenCount(range);
    const std::uint32_t first = range.First() + (offset % even & ~1u);
    Pick pick{static_cast<Port>(first), 1};
    if (m_stepWidth > 0)
    {
        pick = WalkWidely(free, range, first, ask.random);
    }
    else if (!free.IsFree(*pick.port))
    {
        SearchPlan plan;
        AddParityPass(plan, range, first);
        if (even > 1)
        {
            AddParityPass(plan, range, first + 1);
        }
        pick = free.FirstFree(plan);
    }
    if (pick.port)
    {
        advance = Advance((pick.probes - 1) % std::max(even / 2, 1u) * 2, 2, ask.random);
    }
    return pick;
}

/// ip_local_port_step_width: both passes with one wider step, drawn for this search, that still
/// meets every port. A search plan has no room for that many turns around the range, so this walks.
Pick
LinuxConnectPolicy::WalkWidely(const FreePorts& free,
                               const PortRange& range,
                               std::uint32_t first,
                               Random& random) const
{
    const std::uint32_t even = EvenCount(range);
    const std::uint32_t length = std::max(even / 2, 1u);
    std::uint32_t width = 1 + random.Below(std::min(m_stepWidth, length));
    while (width > 1 && width < length && std::gcd(width, length) > 1)
    {
        ++width;
    }
    width = width < length ? width : 1;
    std::uint32_t probes = 0;
    for (std::uint32_t pass = 0; pass < std::min(even, 2u); ++pass)
    {
        std::uint32_t port = first + pass;
        for (std::uint32_t index = 0; index < length; ++index, port += 2 * width)
        {
            port -= port > range.Last() ? even : 0;
            ++probes;
            if (free.IsFree(static_cast<Port>(port)))
            {
                return {static_cast<Port>(port), probes};
            }
        }
    }
    return {std::nullopt, probes};
}

/// What a success after so many ports of the pass adds to the cell.
std::uint32_t
LinuxConnectPolicy::Advance(std::uint32_t walked, std::uint32_t step, Random& random) const
{
    if (m_noise > 0 && walked == 0 && random.Below(m_noise) == 0)
    {
        return 2 * step;
    }
    const std::uint32_t jump = m_randomSteps > 0 ? step * random.Below(m_randomSteps) : 0;
    return std::max(walked, jump) + step;
}

} // namespace portlab
