// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_NAIVE_SYSTEMS_H
#define PORTLAB_TEST_NAIVE_SYSTEMS_H

#include "model/core/port/boot-phase.h"
#include "test/core/naive-policies.h"

#include <vector>

namespace portlab::test
{

// The rules of systems other than Linux, as loops over their candidates.

/// Looks at the ports one by one, upward or downward and around, from `port` on.
inline Pick
Walk(const PortRange& range, const IsFree& isFree, std::uint32_t port, bool isUpward)
{
    for (std::uint32_t probe = 1; probe <= range.Count(); ++probe)
    {
        if (isFree(static_cast<Port>(port)))
        {
            return {static_cast<Port>(port), probe};
        }
        if (isUpward)
        {
            port = port == range.Last() ? range.First() : port + 1;
        }
        else
        {
            port = port == range.First() ? range.Last() : port - 1;
        }
    }
    return {std::nullopt, range.Count()};
}

/// NetBSD's "bsd".
class NaiveFalling : public NaivePolicy
{
  public:
    Pick Choose(const PortRange& range,
                const IsFree& isFree,
                const Flow&,
                Instant,
                Random&) override
    {
        const bool isInRange = m_cursor >= range.First() && m_cursor <= range.Last();
        const Pick pick = Walk(range,
                               isFree,
                               isInRange ? static_cast<std::uint32_t>(m_cursor) : range.Last(),
                               false);
        m_cursor = pick.port ? *pick.port - 1 : m_cursor;
        return pick;
    }

  private:
    std::int64_t m_cursor{0};
};

/// A number of so many bits modulo `bound`, as BSD's arc4random() and XNU's read_random().
inline std::uint32_t
NaiveDraw(std::uint32_t bound, std::uint32_t bits, Random& random)
{
    return bits == 32
               ? random.Below(bound)
               : static_cast<std::uint32_t>(random.Bits() / (std::uint64_t{1} << (64 - bits))) %
                     bound;
}

/// BSD's random start: a draw from all but the last, and one more.
inline std::uint32_t
NaiveStart(const PortRange& range, std::uint32_t bits, Random& random)
{
    return range.Count() == 1 ? range.First()
                              : range.First() + NaiveDraw(range.Count() - 1, bits, random) + 1;
}

class NaiveBsdStart : public NaivePolicy
{
  public:
    explicit NaiveBsdStart(std::uint32_t bits)
        : m_bits(bits)
    {
    }

    Pick Choose(const PortRange& range,
                const IsFree& isFree,
                const Flow&,
                Instant,
                Random& random) override
    {
        return Walk(range, isFree, NaiveStart(range, m_bits, random), true);
    }

  private:
    std::uint32_t m_bits;
};

/// illumos: 16 bits, folded onto all but the last.
class NaiveFolded : public NaivePolicy
{
  public:
    Pick Choose(const PortRange& range,
                const IsFree& isFree,
                const Flow&,
                Instant,
                Random& random) override
    {
        std::uint32_t port = NaiveDraw(65536, 16, random);
        if (port < range.First() || port > range.Last())
        {
            const std::uint32_t span = range.Last() - range.First();
            port = range.First() + (span == 0 ? 0 : port % span);
        }
        return Walk(range, isFree, port, true);
    }
};

/// FreeBSD until 13: every tick of the gate is gone through, and every pick is remembered.
class NaiveGated : public NaivePolicy
{
  public:
    NaiveGated(std::uint32_t rate, int seconds, StreamKey secret)
        : m_rate(rate),
          m_seconds(seconds),
          m_boot(TimeSinceBoot(secret))
    {
    }

    Pick Choose(const PortRange& range,
                const IsFree& isFree,
                const Flow&,
                Instant now,
                Random& random) override
    {
        Tick(now);
        ++m_picks;
        if (m_stop == 0)
        {
            m_last = NaiveStart(range, 32, random);
        }
        else
        {
            m_last = m_last >= range.Last() || m_last < range.First() ? range.First() : m_last + 1;
        }
        const Pick pick = Walk(range, isFree, m_last, true);
        if (pick.port)
        {
            m_last = *pick.port;
        }
        else // Once around: where it was before the first look.
        {
            m_last = m_last == range.First() ? range.Last() : m_last - 1;
        }
        return pick;
    }

  private:
    void Tick(Instant now)
    {
        constexpr Duration second = std::chrono::seconds(1);
        const std::int64_t due = (now.time_since_epoch() + m_boot) / second;
        for (; m_ticks < due; ++m_ticks)
        {
            m_stop = m_picks > m_rate ? m_seconds : m_stop > 0 ? m_stop - 1 : 0;
            m_picks = 0;
        }
    }

    std::uint32_t m_rate;
    int m_seconds;
    Duration m_boot;
    std::int64_t m_ticks{0};
    int m_stop{0};
    std::uint32_t m_picks{0};
    std::uint32_t m_last{0};
};

} // namespace portlab::test

#endif // PORTLAB_TEST_NAIVE_SYSTEMS_H
