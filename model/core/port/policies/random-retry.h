// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_RANDOM_RETRY_H
#define PORTLAB_RANDOM_RETRY_H

#include "model/core/port/free-ports.h"
#include "model/core/port/port-ask.h"

#include <cmath>

namespace portlab
{

/// RFC 6056 algorithm 2: a fresh random port for every try, as many tries as the range has ports;
/// so it can fail while ports are free.
///
/// With a share f of free ports the number of tries is geometric and the port found is uniform
/// among the free ones, whatever the number: both are drawn directly. This is exact in law.
class RandomRetryPolicy
{
  public:
    Pick Choose(const FreePorts& free, const PortAsk& ask)
    {
        const std::uint32_t count = free.Range().Count();
        const std::uint32_t freeCount = free.Count();
        if (freeCount == 0)
        {
            return {std::nullopt, count};
        }
        double tries = 1;
        if (freeCount < count)
        {
            const double missShare = 1.0 - static_cast<double>(freeCount) / count;
            tries += std::floor(std::log(ask.random.Unit()) / std::log(missShare));
        }
        if (tries > count)
        {
            return {std::nullopt, count};
        }
        return {free.Uniform(free.Range(), ask.random), static_cast<std::uint32_t>(tries)};
    }
};

} // namespace portlab

#endif // PORTLAB_RANDOM_RETRY_H
