// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_NAIVE_POLICIES_H
#define PORTLAB_TEST_NAIVE_POLICIES_H

#include "model/core/port/boot-phase.h"
#include "model/core/port/free-ports.h"
#include "model/core/port/os-profile.h"
#include "model/core/port/port-ask.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace portlab::test
{

/// Whether the port can be had; asked once for each candidate.
using IsFree = std::function<bool(Port)>;

/// A system's rule as the kernel writes it: a loop over candidates. It shares with the model what
/// is hidden in a real machine (keyed hashes, counters at boot, the draws) and nothing else.
class NaivePolicy
{
  public:
    virtual ~NaivePolicy() = default;
    virtual Pick Choose(const PortRange& range,
                        const IsFree& isFree,
                        const Flow& flow,
                        Instant now,
                        Random& random) = 0;
};

/// The rules by which Linux has chosen, named for the first kernel that has each.
enum class LinuxEra
{
    V2x6,
    V4x2,
    V4x6,
    V5x12,
    V5x18,
};

class NaiveLinux : public NaivePolicy
{
  public:
    /// From 6.8 on, ranges other than the system's own are searched port by port.
    NaiveLinux(LinuxEra era, StreamKey secret, std::optional<PortRange> onlyPasses = {})
        : m_era(era),
          m_secret(secret),
          m_onlyPasses(onlyPasses)
    {
    }

    Pick Choose(const PortRange& range,
                const IsFree& isFree,
                const Flow& flow,
                Instant now,
                Random& random) override
    {
        std::uint32_t beat = 0;
        if (m_era == LinuxEra::V5x18)
        {
            const Duration up = now.time_since_epoch() + TimeSinceBoot(m_secret);
            beat = static_cast<std::uint32_t>(up / std::chrono::seconds(10));
        }
        const std::uint64_t hash = HashFlow(m_secret.With(beat), flow);
        const std::uint32_t cells = m_era == LinuxEra::V5x18   ? 65536
                                    : m_era == LinuxEra::V5x12 ? 256
                                                               : 1;
        std::uint32_t& cell = m_cells[{beat, hash % cells}];
        const auto offset = static_cast<std::uint32_t>(cell + (hash >> 32));
        if (m_onlyPasses && !(range == *m_onlyPasses))
        {
            return PortByPort(range, isFree, offset, cell, random);
        }
        return m_era < LinuxEra::V4x6 ? EveryPort(range, isFree, offset, cell)
                                      : TwoPasses(range, isFree, offset, cell, random);
    }

  private:
    Pick EveryPort(const PortRange& range,
                   const IsFree& isFree,
                   std::uint32_t offset,
                   std::uint32_t& hint) const
    {
        const bool isOld = m_era == LinuxEra::V2x6;
        offset -= isOld ? 0 : offset % 2;
        for (std::uint32_t probe = 1; probe <= range.Count(); ++probe)
        {
            const std::uint32_t i = isOld ? probe : probe - 1;
            const auto port = static_cast<Port>(range.First() + (i + offset) % range.Count());
            if (isFree(port))
            {
                hint += isOld ? i : (i + 2) / 2 * 2;
                return {port, probe};
            }
        }
        return {std::nullopt, range.Count()};
    }

    static Pick PortByPort(const PortRange& range,
                           const IsFree& isFree,
                           std::uint32_t offset,
                           std::uint32_t& cell,
                           Random& random)
    {
        for (std::uint32_t i = 0; i < range.Count(); ++i)
        {
            const Port port = range.At(offset % range.Count() + i);
            if (isFree(port))
            {
                cell += std::max(i, random.Below(8)) + 1;
                return {port, i + 1};
            }
        }
        return {std::nullopt, range.Count()};
    }

    Pick TwoPasses(const PortRange& range,
                   const IsFree& isFree,
                   std::uint32_t offset,
                   std::uint32_t& cell,
                   Random& random) const
    {
        const std::uint32_t rem = range.Count() == 1 ? 1 : range.Count() / 2 * 2;
        std::uint32_t probes = 0;
        for (std::uint32_t pass = 0; pass < (rem == 1 ? 1 : 2); ++pass)
        {
            std::uint32_t port = range.First() + offset % rem / 2 * 2 + pass;
            for (std::uint32_t i = 0; i < rem; i += 2, port += 2)
            {
                port -= port > range.Last() ? rem : 0;
                ++probes;
                if (isFree(static_cast<Port>(port)))
                {
                    cell += Advance(i, random);
                    return {static_cast<Port>(port), probes};
                }
            }
        }
        return {std::nullopt, probes};
    }

    std::uint32_t Advance(std::uint32_t i, Random& random) const
    {
        if (m_era == LinuxEra::V5x12 && i == 0 && random.Below(16) == 0)
        {
            i = 2;
        }
        const std::uint32_t jump = m_era == LinuxEra::V5x18 ? 2 * random.Below(8) : 0;
        return std::max(i, jump) + 2;
    }

    LinuxEra m_era;
    StreamKey m_secret;
    std::optional<PortRange> m_onlyPasses;
    std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint32_t> m_cells;
};

/// Windows, and the demultiplexer of ns-3.
class NaiveCursor : public NaivePolicy
{
  public:
    explicit NaiveCursor(Port first)
        : m_cursor(first)
    {
    }

    Pick Choose(const PortRange& range,
                const IsFree& isFree,
                const Flow&,
                Instant,
                Random&) override
    {
        Port port = m_cursor;
        for (std::uint32_t probe = 1; probe <= range.Count(); ++probe)
        {
            const Port next = port == range.Last() ? range.First() : static_cast<Port>(port + 1);
            if (isFree(port))
            {
                m_cursor = next;
                return {port, probe};
            }
            port = next;
        }
        return {std::nullopt, range.Count()};
    }

  private:
    Port m_cursor;
};

/// RFC 6056 algorithm 1.
class NaiveRandomStart : public NaivePolicy
{
  public:
    Pick Choose(const PortRange& range,
                const IsFree& isFree,
                const Flow&,
                Instant,
                Random& random) override
    {
        std::uint32_t port = range.First() + random.Below(range.Count());
        for (std::uint32_t probe = 1; probe <= range.Count(); ++probe)
        {
            if (isFree(static_cast<Port>(port)))
            {
                return {static_cast<Port>(port), probe};
            }
            port = port == range.Last() ? range.First() : port + 1;
        }
        return {std::nullopt, range.Count()};
    }
};

/// RFC 6056 algorithms 3 (one counter) and 4 (a table of them).
class NaiveHash : public NaivePolicy
{
  public:
    NaiveHash(std::uint32_t cells, StreamKey secret)
        : m_secret(secret)
    {
        for (std::uint32_t cell = 0; cell < cells; ++cell)
        {
            m_counters.push_back(secret.With("counter").With(cell).Bits() % 65536);
        }
    }

    Pick Choose(const PortRange& range,
                const IsFree& isFree,
                const Flow& flow,
                Instant,
                Random&) override
    {
        const std::uint64_t offset = HashFlow(m_secret, flow) % (std::uint64_t{1} << 32);
        Random second(m_secret.With(HashFlow(m_secret.With("cell"), flow)));
        std::uint64_t& counter =
            m_counters[second.Below(static_cast<std::uint32_t>(m_counters.size()))];
        for (std::uint32_t probe = 1; probe <= range.Count(); ++probe)
        {
            const Port port = static_cast<Port>(range.First() + (offset + counter) % range.Count());
            counter = (counter + 1) % 65536;
            if (isFree(port))
            {
                return {port, probe};
            }
        }
        return {std::nullopt, range.Count()};
    }

  private:
    StreamKey m_secret;
    std::vector<std::uint64_t> m_counters;
};

/// RFC 6056 algorithm 5.
class NaiveIncrement : public NaivePolicy
{
  public:
    NaiveIncrement(std::uint32_t greatestStep, StreamKey secret)
        : m_greatestStep(greatestStep),
          m_counter(secret.With("counter").Bits() % 65536)
    {
    }

    Pick Choose(const PortRange& range,
                const IsFree& isFree,
                const Flow&,
                Instant,
                Random& random) override
    {
        for (std::uint32_t probe = 1; probe <= range.Count(); ++probe)
        {
            m_counter = (m_counter + 1 + random.Below(m_greatestStep)) % 65536;
            const auto port = static_cast<Port>(range.First() + m_counter % range.Count());
            if (isFree(port))
            {
                return {port, probe};
            }
        }
        return {std::nullopt, range.Count()};
    }

  private:
    std::uint32_t m_greatestStep;
    std::uint64_t m_counter;
};

} // namespace portlab::test

#endif // PORTLAB_TEST_NAIVE_POLICIES_H
