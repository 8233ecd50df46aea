// SPDX-License-Identifier: GPL-2.0-only

#include "test/recorded/step-series.h"

#include "test/recorded/two-samples.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace portlab::test
{

namespace
{

// Of 2, 4 ... 16, each as likely.
constexpr double MEAN = 9;
constexpr double VARIANCE = 21;

bool
HasStrangeStep(const std::map<std::string, StepSeries>& sequences)
{
    for (const auto& [name, steps] : sequences)
    {
        for (const std::uint32_t step : steps)
        {
            if (step < 2 || step > 16 || step % 2 != 0)
            {
                return true;
            }
        }
    }
    return false;
}

std::string
RepetitionOf(const std::string& name)
{
    return name.substr(0, name.find('/'));
}

/// A standard normal number if the two do not depend on each other.
double
Covariance(const StepSeries& a, const StepSeries& b)
{
    const std::size_t count = std::min(a.size(), b.size());
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i)
    {
        sum += (a[i] - MEAN) * (b[i] - MEAN);
    }
    return sum / VARIANCE / std::sqrt(static_cast<double>(count));
}

} // namespace

std::map<std::string, StepSeries>
StepsOf(const ConnectCalls& calls)
{
    std::map<std::string, StepSeries> sequences;
    std::map<std::string, Port> last;
    for (const ConnectCall& call : calls)
    {
        const Port port = call.port.value();
        const auto [known, isNew] = last.try_emplace(call.sequence, port);
        if (!isNew)
        {
            const std::uint32_t count = call.range.Count();
            const std::uint32_t step = (port + count - known->second) % count;
            sequences[call.sequence].push_back(call.ownRange ? 2 * step : step);
            known->second = port;
        }
    }
    return sequences;
}

double
ChanceOfEvenSteps(const std::map<std::string, StepSeries>& sequences)
{
    if (HasStrangeStep(sequences))
    {
        return 0;
    }
    std::vector<std::uint32_t> counts(8);
    for (const auto& [name, steps] : sequences)
    {
        for (const std::uint32_t step : steps)
        {
            ++counts[step / 2 - 1];
        }
    }
    return ChanceOfEvenCounts(counts);
}

double
ChanceOfForgetfulSteps(const std::map<std::string, StepSeries>& sequences)
{
    if (HasStrangeStep(sequences))
    {
        return 0;
    }
    double sum = 0;
    double count = 0;
    for (const auto& [name, steps] : sequences)
    {
        for (std::size_t i = 1; i < steps.size(); ++i)
        {
            sum += (steps[i - 1] - MEAN) * (steps[i] - MEAN);
            ++count;
        }
    }
    return NormalTails(sum / VARIANCE / std::sqrt(count));
}

double
ChanceOfSeparateSteps(const std::map<std::string, StepSeries>& sequences)
{
    if (HasStrangeStep(sequences))
    {
        return 0;
    }
    double squares = 0;
    double pairs = 0;
    for (auto a = sequences.begin(); a != sequences.end(); ++a)
    {
        for (auto b = std::next(a);
             b != sequences.end() && RepetitionOf(b->first) == RepetitionOf(a->first);
             ++b)
        {
            squares += std::pow(Covariance(a->second, b->second), 2);
            ++pairs;
        }
    }
    return ChiSquaredTail(squares, pairs);
}

std::vector<double>
StartsOf(const ConnectCalls& calls)
{
    std::map<std::string, double> starts;
    for (const ConnectCall& call : calls)
    {
        const double place = call.port.value() - DEFAULT_PORTS.First();
        starts.try_emplace(call.sequence, place / DEFAULT_PORTS.Count());
    }
    std::vector<double> places;
    places.reserve(starts.size());
    for (const auto& [name, place] : starts)
    {
        places.push_back(place);
    }
    return places;
}

} // namespace portlab::test
