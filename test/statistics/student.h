// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_STUDENT_H
#define PORTLAB_TEST_STUDENT_H

#include <cmath>
#include <vector>

namespace portlab::test
{

/// The regularised incomplete beta function, by its continued fraction from the far end.
/// Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.5.8.
inline double
IncompleteBeta(double x, double a, double b)
{
    if (x > (a + 1) / (a + b + 2))
    {
        return 1 - IncompleteBeta(1 - x, b, a);
    }
    double fraction = 1;
    for (int m = 200; m > 0; --m)
    {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        fraction = 1 + even / (1 + odd / fraction);
    }
    const double first = -(a + b) * x / (a + 1);
    const double scale = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) +
                                  a * std::log(x) + b * std::log1p(-x));
    return scale / a / (1 + first / fraction);
}

/// The chance that Student's t with so many degrees of freedom is as far from 0, on either side.
inline double
StudentTails(double t, double degrees)
{
    return IncompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

struct MeanAndError
{
    double mean{0};
    double error{0}; ///< The standard error of the mean.
};

inline MeanAndError
MeanOf(const std::vector<double>& values)
{
    const auto count = static_cast<double>(values.size());
    MeanAndError result;
    for (const double value : values)
    {
        result.mean += value / count;
    }
    for (const double value : values)
    {
        const double off = value - result.mean;
        result.error += off * off / (count - 1) / count;
    }
    result.error = std::sqrt(result.error);
    return result;
}

/// The chance of independent values whose mean is as far from their expectation 0.
inline double
ChanceOfMeanZero(const std::vector<double>& values)
{
    const MeanAndError result = MeanOf(values);
    return result.error > 0
               ? StudentTails(result.mean / result.error, static_cast<double>(values.size() - 1))
               : (result.mean == 0 ? 1.0 : 0.0);
}

} // namespace portlab::test

#endif // PORTLAB_TEST_STUDENT_H
