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
    case Algorithm::FallingCursor:
        return FallingCursorPolicy(spec, range);
    case Algorithm::RateGated:
        return RateGatedPolicy(spec, secret);
    case Algorithm::SimpleRandom:
        return SimpleRandomPolicy(spec);
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

MachinePolicies
MakePolicies(const OsProfile& profile, StreamKey secret)
{
    const PortRange& ports = profile.ports.value;
    const std::optional<PolicySpec>& bind = profile.bind.value;
    MachinePolicies policies{
        MakePolicy(profile.tcp.value, profile.autoReuse.value.value_or(ports), secret.With("tcp")),
        MakePolicy(profile.udp.value, profile.udpPorts.value.value_or(ports), secret.With("udp")),
        bind ? std::optional(MakePolicy(*bind, ports, secret.With("bind"))) : std::nullopt};
    const auto* tcp = std::get_if<RateGatedPolicy>(&policies.tcp);
    auto* udp = std::get_if<RateGatedPolicy>(&policies.udp);
    if (tcp && udp)
    {
        udp->ShareGateOf(*tcp);
    }
    return policies;
}

} // namespace portlab
