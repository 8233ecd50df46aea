// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_CHANCE_H
#define PORTLAB_TEST_CHANCE_H

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace portlab::test
{

/// The chance that chi-squared with so many degrees of freedom is at least `value`: the upper
/// incomplete gamma function, by its series or its continued fraction.
/// Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 6.5.29 and 6.5.31.
inline double
ChiSquaredTail(double value, double degrees)
{
    const double a = degrees / 2;
    const double x = value / 2;
    if (x <= 0)
    {
        return 1;
    }
    const double scale = std::exp(a * std::log(x) - x - std::lgamma(a));
    if (x < a + 1)
    {
        double term = 1 / a;
        double sum = term;
        for (int n = 1; term > sum * 1e-15; ++n)
        {
            term *= x / (a + n);
            sum += term;
        }
        return 1 - scale * sum;
    }
    double fraction = 0;
    for (int n = 1000; n > 0; --n)
    {
        fraction = n * (a - n) / (x + 2 * n + 1 - a + fraction);
    }
    return scale / (x + 1 - a + fraction);
}

/// The chance of counts that are at least as far from their expectations as these, in Pearson's
/// measure. Every expectation has to be 5 or more.
inline double
ChanceOfCounts(const std::vector<std::uint32_t>& counts, const std::vector<double>& expected)
{
    double distance = 0;
    for (std::size_t i = 0; i < counts.size(); ++i)
    {
        distance += (counts[i] - expected[i]) * (counts[i] - expected[i]) / expected[i];
    }
    return ChiSquaredTail(distance, static_cast<double>(counts.size() - 1));
}

/// The same where all expectations are equal.
inline double
ChanceOfEvenCounts(const std::vector<std::uint32_t>& counts)
{
    double total = 0;
    for (const std::uint32_t count : counts)
    {
        total += count;
    }
    const double share = total / static_cast<double>(counts.size());
    return ChanceOfCounts(counts, std::vector<double>(counts.size(), share));
}

/// The chance that so many draws from a continuous law lie at least that far from it, in the
/// measure of Kolmogorov and Smirnov. Source: M. A. Stephens, "EDF statistics for goodness of fit",
/// 1974.
inline double
KolmogorovTail(double distance, double count)
{
    const double lambda = (std::sqrt(count) + 0.12 + 0.11 / std::sqrt(count)) * distance;
    constexpr double common = 0.2;
    if (lambda < common)
    {
        return 1; // To twelve digits; the series would need more and more terms.
    }
    double chance = 0;
    for (int k = 1; k <= 100; ++k)
    {
        chance += (k % 2 == 1 ? 2 : -2) * std::exp(-2.0 * k * k * lambda * lambda);
    }
    return std::clamp(chance, 0.0, 1.0);
}

/// The chance that numbers drawn uniformly from 0 to 1 lie as unevenly as these.
inline double
ChanceOfUniforms(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    const auto count = static_cast<double>(values.size());
    double distance = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
    {
        const auto below = static_cast<double>(i);
        distance = std::max({distance, values[i] - below / count, (below + 1) / count - values[i]});
    }
    return KolmogorovTail(distance, count);
}

} // namespace portlab::test

#endif // PORTLAB_TEST_CHANCE_H
