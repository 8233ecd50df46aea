// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_RANDOM_INCREMENT_H
#define PORTLAB_RANDOM_INCREMENT_H

#include "model/core/port/free-ports.h"
#include "model/core/port/os-profile.h"
#include "model/core/port/port-ask.h"

namespace portlab
{

/// RFC 6056 algorithm 5: one 16-bit counter that advances by 1 to `increment` before each try, as
/// many tries as the range has ports; so it can fail while ports are free. Every candidate takes a
/// draw, so this policy walks where the others search.
class RandomIncrementPolicy
{
  public:
    RandomIncrementPolicy(const PolicySpec& spec, StreamKey secret)
        : m_increment(spec.increment),
          m_counter(static_cast<std::uint16_t>(secret.With("counter").Bits()))
    {
    }

    Pick Choose(const FreePorts& free, const PortAsk& ask)
    {
        const PortRange& range = free.Range();
        for (std::uint32_t probe = 1; probe <= range.Count(); ++probe)
        {
            m_counter = static_cast<std::uint16_t>(m_counter + 1 + ask.random.Below(m_increment));
            const Port port = range.At(m_counter);
            if (free.IsFree(port))
            {
                return {port, probe};
            }
        }
        return {std::nullopt, range.Count()};
    }

  private:
    std::uint32_t m_increment;
    std::uint16_t m_counter;
};

} // namespace portlab

#endif // PORTLAB_RANDOM_INCREMENT_H
