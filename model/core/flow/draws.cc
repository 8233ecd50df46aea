// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/flow/draws.h"

#include "model/core/base/check.h"

#include <cmath>

namespace portlab
{

namespace
{

/// Longer than any simulation: what is drawn beyond it (a rate near 0, a heavy tail) never comes.
constexpr double FOREVER_S = 100.0 * 365 * 86400;

Duration
Seconds(double seconds)
{
    return FromSeconds(std::min(seconds, FOREVER_S));
}

struct HoldDraw
{
    Random& random;

    Duration operator()(const ExponentialHold& hold) const
    {
        return Seconds(InSeconds(hold.mean) * random.Exponential());
    }

    Duration operator()(const FixedHold& hold) const
    {
        return hold.length;
    }

    Duration operator()(const LognormalHold& hold) const
    {
        return Seconds(InSeconds(hold.median) * std::exp(hold.sigma * random.Normal()));
    }

    Duration operator()(const SampledHold& hold) const
    {
        return hold.samples[random.Below(static_cast<std::uint32_t>(hold.samples.size()))];
    }
};

Instant
After(Instant now, double seconds)
{
    return seconds >= FOREVER_S ? NEVER : now + FromSeconds(seconds);
}

/// A Poisson process whose rate changes in steps: each stretch uses up its share of one
/// exponential draw, which is exact.
Instant
NextInSteps(const SteppedArrivals& arrivals, Instant now, Random& random)
{
    double left = random.Exponential();
    const auto& steps = arrivals.steps;
    for (std::size_t index = 0; index < steps.size(); ++index)
    {
        const Instant end = index + 1 < steps.size() ? steps[index + 1].from : NEVER;
        const Instant from = std::max(now, steps[index].from);
        const double rate = steps[index].rate;
        if (end <= now || rate <= 0)
        {
            continue;
        }
        const double share = end == NEVER ? left : InSeconds(end - from) * rate;
        if (share >= left)
        {
            return After(from, left / rate);
        }
        left -= share;
    }
    return NEVER;
}

} // namespace

Duration
DrawHold(const HoldTime& hold, Random& random)
{
    return std::visit(HoldDraw{random}, hold);
}

Ending
DrawEnding(const ClosingShares& shares, Random& random)
{
    if (shares.client >= 1)
    {
        return Ending::Client;
    }
    if (shares.server >= 1)
    {
        return Ending::Server;
    }
    if (shares.reset >= 1)
    {
        return Ending::Reset;
    }
    if (shares.halfClosed >= 1)
    {
        return Ending::HalfClosed;
    }
    const double draw = random.Unit();
    if (draw <= shares.client)
    {
        return Ending::Client;
    }
    if (draw <= shares.client + shares.server)
    {
        return Ending::Server;
    }
    const bool isReset = draw <= shares.client + shares.server + shares.reset;
    return isReset || shares.halfClosed == 0 ? Ending::Reset : Ending::HalfClosed;
}

Duration
RetryPause(const RetryRule& rule, std::uint32_t attempt)
{
    if (rule.first == Duration{0})
    {
        return rule.first; // The factor's power may be infinite, and its product no number.
    }
    return Seconds(InSeconds(rule.first) * std::pow(rule.factor, attempt - 2.0));
}

Instant
FirstArrival(const Arrivals& arrivals, Random& random)
{
    if (const auto* constant = std::get_if<ConstantArrivals>(&arrivals))
    {
        const double part = constant->together ? 1 : random.Unit();
        return constant->rate > 0 ? After(Instant{}, part / constant->rate) : NEVER;
    }
    return NextArrival(arrivals, Instant{}, random);
}

Instant
NextArrival(const Arrivals& arrivals, Instant now, Random& random)
{
    if (const auto* poisson = std::get_if<PoissonArrivals>(&arrivals))
    {
        return poisson->rate > 0 ? After(now, random.Exponential() / poisson->rate) : NEVER;
    }
    if (const auto* constant = std::get_if<ConstantArrivals>(&arrivals))
    {
        return After(now, 1 / constant->rate);
    }
    const auto* stepped = std::get_if<SteppedArrivals>(&arrivals);
    Check(stepped != nullptr, "users and recordings have no next arrival");
    return NextInSteps(*stepped, now, random);
}

} // namespace portlab
