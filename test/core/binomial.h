// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_BINOMIAL_H
#define PORTLAB_TEST_BINOMIAL_H

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace portlab::test
{

/// The chance that so many trials, each of which succeeds with the chance `share`, have exactly
/// this many successes.
inline double
BinomialChance(std::uint32_t count, std::uint32_t total, double share)
{
    if (share <= 0 || share >= 1)
    {
        return count == (share <= 0 ? 0 : total) ? 1 : 0;
    }
    return std::exp(std::lgamma(total + 1.0) - std::lgamma(count + 1.0) -
                    std::lgamma(total - count + 1.0) + count * std::log(share) +
                    (total - count) * std::log1p(-share));
}

/// The chance of a number of successes that is no more likely than this one: the exact test of a
/// share.
inline double
ChanceOfShare(std::uint32_t count, std::uint32_t total, double share)
{
    const double limit = BinomialChance(count, total, share) * (1 + 1e-9);
    double sum = 0;
    for (std::uint32_t k = 0; k <= total; ++k)
    {
        const double chance = BinomialChance(k, total, share);
        sum += chance <= limit ? chance : 0;
    }
    return std::min(sum, 1.0);
}

} // namespace portlab::test

#endif // PORTLAB_TEST_BINOMIAL_H
