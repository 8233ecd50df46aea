// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_CPU_TIME_H
#define PORTLAB_CPU_TIME_H

#include <algorithm>
#include <sys/resource.h>
#include <vector>

namespace portlab
{

/// The CPU time that this process has spent on its own instructions. Other people's load on the
/// machine stretches the time on the wall, and this one far less.
inline double
UserSeconds()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec) * 1e-6;
}

/// How many of `count` pieces of work are done in a second of CPU time.
template <typename Work>
double
RatePerSecond(double count, Work work)
{
    const double begin = UserSeconds();
    work();
    return count / (UserSeconds() - begin);
}

inline double
Median(std::vector<double> values)
{
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

} // namespace portlab

#endif // PORTLAB_CPU_TIME_H
