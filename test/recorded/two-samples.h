// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_TWO_SAMPLES_H
#define PORTLAB_TEST_TWO_SAMPLES_H

#include "test/core/chance.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace portlab::test
{

/// Each comparison of a recording, or of the model, with a law or with each other may raise a false
/// alarm this often. There are fewer than 250 of them in all, so all of them together raise one
/// with a chance below 1e-3, once, when the seeds were chosen: they are fixed, and so are the
/// recordings.
constexpr double RECORDED_RARE = 4e-6;

/// The chance of a standard normal number as far from 0, on either side.
inline double
NormalTails(double value)
{
    return std::erfc(std::abs(value) / std::sqrt(2.0));
}

/// The chance that two samples of one law lie as far apart: the test of Kolmogorov and Smirnov with
/// the formula of ChanceOfUniforms(). Ties make it err on the side of no alarm.
inline double
ChanceOfSameLaw(std::vector<double> a, std::vector<double> b)
{
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    const auto countA = static_cast<double>(a.size());
    const auto countB = static_cast<double>(b.size());
    double distance = 0;
    for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();)
    {
        const double value = std::min(a[i], b[j]);
        i = static_cast<std::size_t>(std::upper_bound(a.begin(), a.end(), value) - a.begin());
        j = static_cast<std::size_t>(std::upper_bound(b.begin(), b.end(), value) - b.begin());
        distance =
            std::max(distance,
                     std::abs(static_cast<double>(i) / countA - static_cast<double>(j) / countB));
    }
    return KolmogorovTail(distance, countA * countB / (countA + countB));
}

/// The chance that two samples of one law fall as differently into the same classes, which are in
/// order: neighbours are put together until they have ten members. 1 if only one class is left.
inline double
ChanceOfSameCounts(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b)
{
    constexpr double few = 10;

    struct Class
    {
        double a{0};
        double b{0};
    };

    std::vector<Class> classes(1);
    Class all;
    for (std::size_t i = 0; i < a.size(); ++i)
    {
        if (classes.back().a + classes.back().b >= few)
        {
            classes.emplace_back();
        }
        classes.back().a += a[i];
        classes.back().b += b[i];
        all.a += a[i];
        all.b += b[i];
    }
    if (classes.size() > 1 && classes.back().a + classes.back().b < few)
    {
        classes[classes.size() - 2].a += classes.back().a;
        classes[classes.size() - 2].b += classes.back().b;
        classes.pop_back();
    }
    double distance = 0;
    for (const Class& each : classes)
    {
        const double share = (each.a + each.b) / (all.a + all.b);
        const double offA = each.a - share * all.a;
        const double offB = each.b - share * all.b;
        distance += offA * offA / (share * all.a) + offB * offB / (share * all.b);
    }
    const auto degrees = static_cast<double>(classes.size() - 1);
    return degrees > 0 ? ChiSquaredTail(distance, degrees) : 1;
}

/// So many of all.
struct Part
{
    std::uint32_t count{0};
    std::uint32_t total{0};
};

/// The chance that two samples of one share differ at least as much: Fisher's exact test.
inline double
ChanceOfSameShare(const Part& a, const Part& b)
{
    const auto logChoose = [](double n, double k) {
        return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
    };
    const std::uint32_t counted = a.count + b.count;
    const double all = logChoose(a.total + b.total, counted);
    const auto chance = [&](std::uint32_t k) {
        return std::exp(logChoose(a.total, k) + logChoose(b.total, counted - k) - all);
    };
    const double limit = chance(a.count) * (1 + 1e-9);
    double sum = 0;
    for (std::uint32_t k = counted - std::min(counted, b.total); k <= std::min(counted, a.total);
         ++k)
    {
        sum += chance(k) <= limit ? chance(k) : 0;
    }
    return std::min(sum, 1.0);
}

} // namespace portlab::test

#endif // PORTLAB_TEST_TWO_SAMPLES_H
