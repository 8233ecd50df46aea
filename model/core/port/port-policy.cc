// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/port-policy.h"

#include "model/core/base/check.h"

namespace portlab
{

PortPolicy
MakePolicy(const PolicySpec& spec, const PortRange& range, StreamKey secret)
{
    switch (spec.algorithm)
    {
    case Algorithm::LinuxConnect:
        return LinuxConnectPolicy(spec, secret);
    case Algorithm::LinuxBind:
        return LinuxBindPolicy();
    case Algorithm::LinuxUdp:
        return LinuxUdpPolicy(spec.slots);
    case Algorithm::RisingCursor:
        return RisingCursorPolicy(spec, range, secret);
    case Algorithm::SimpleRandom:
        return SimpleRandomPolicy();
    case Algorithm::RandomRetry:
        return RandomRetryPolicy();
    case Algorithm::SimpleHash:
    case Algorithm::DoubleHash:
        return SimpleHashPolicy(spec, secret);
    case Algorithm::RandomIncrement:
        return RandomIncrementPolicy(spec, secret);
    }
    ReportBug("an algorithm without a policy");
}

} // namespace portlab
