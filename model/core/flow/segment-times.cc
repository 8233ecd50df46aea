// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/flow/segment-times.h"

#include "model/core/port/profiles/families.h"

namespace portlab
{

namespace
{

using namespace std::chrono_literals;

constexpr Duration RTO_MIN = 200ms; // TCP_RTO_MIN, include/net/tcp.h
constexpr Duration RTO_MAX = 120s;  // TCP_RTO_MAX, include/net/tcp.h
constexpr std::uint32_t SINCE_STRAY_ACKS = LinuxRelease(5, 6);

/// How long `retries` repetitions take: tcp_model_timeout(), net/ipv4/tcp_timer.c.
Duration
ModelTimeout(Duration first, std::uint32_t retries, Duration longest)
{
    Duration wait = first;
    Duration sum = first;
    for (std::uint32_t repeat = 0; repeat < retries; ++repeat)
    {
        wait = std::min(2 * wait, longest);
        sum += wait;
    }
    return sum;
}

} // namespace

RepeatRule
RuleOf(const SynSchedule& schedule)
{
    RepeatRule rule{schedule.firstTimeout,
                    schedule.linear,
                    schedule.retries,
                    schedule.longest,
                    schedule.giveUpAfter};
    rule.slop = schedule.slop;
    if (schedule.boundedByElapsed)
    {
        const Duration longest = schedule.longest > Duration{0} ? schedule.longest : RTO_MAX;
        rule.elapsed = ModelTimeout(schedule.firstTimeout, schedule.retries, longest);
    }
    return rule;
}

RepeatRule
FinRule(const OsProfile& profile, const TimerWheel& wheel, Duration rtt)
{
    RepeatRule rule{RTO_MIN + rtt, 0, profile.orphans.value.retries, RTO_MAX};
    if (wheel.hz > 0)
    {
        const Duration tick = Duration(1s) / wheel.hz;
        rule.first = (rule.first + tick - Duration{1}) / tick * tick;
    }
    if (profile.linuxSettings)
    {
        // The kernel counts time and not repetitions, and from 200 ms whatever the round trip.
        rule.elapsed = ModelTimeout(RTO_MIN, rule.retries, RTO_MAX);
    }
    return rule;
}

bool
RepeatsAfterStrayAck(const OsProfile& profile)
{
    return profile.linuxSettings && profile.linuxSettings->release >= SINCE_STRAY_ACKS;
}

} // namespace portlab
