// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/connection.h"

#include "scenarios/reader/limits.h"
#include "scenarios/reader/values.h"

#include <array>
#include <cmath>

namespace portlab
{

namespace
{

/// Shares are decimals that people typed: 0.1 + 0.2 + 0.7 is not quite 1.
constexpr double SHARE_TOLERANCE = 1e-9;

const std::vector<std::string> CLOSERS{"client", "server", "reset", "half_closed"};

ClosingShares
ReadClosingShares(const Node& node)
{
    const Section section(node, ScenarioFormat().closes);
    std::array<double, 4> shares{};
    double sum = 0;
    for (std::size_t i = 0; i < shares.size(); ++i)
    {
        const Node* share = section.Find(CLOSERS[i]);
        shares[i] = share ? ReadNumber(*share, 0, 1) : 0;
        sum += shares[i];
    }
    if (std::abs(sum - 1) > SHARE_TOLERANCE)
    {
        Refuse(node, "the shares add up to " + ShowNumber(sum) + ", expected 1");
    }
    return {shares[0] / sum, shares[1] / sum, shares[2] / sum, shares[3] / sum};
}

ClosingShares
ReadCloses(const Node& node)
{
    if (std::holds_alternative<Table>(node.value))
    {
        return ReadClosingShares(node);
    }
    const std::size_t closer = ReadChoice(node, CLOSERS);
    return {closer == 0 ? 1.0 : 0.0,
            closer == 1 ? 1.0 : 0.0,
            closer == 2 ? 1.0 : 0.0,
            closer == 3 ? 1.0 : 0.0};
}

Transport
ReadTransport(const Node& node)
{
    switch (ReadChoice(node, {"tcp", "udp", "quic"}))
    {
    case 0:
        return Transport::Tcp;
    case 1:
        return Transport::Udp;
    default:
        Refuse(node, "this version does not model QUIC yet: write \"udp\" for its ports alone");
    }
}

/// The pauses of a request that fails to the end; a year of them would not fit in any study, and
/// more might not fit in 64 bits.
void
CheckPauses(const Node& node, const RetryRule& rule)
{
    const double pauses = static_cast<double>(rule.attempts) - 2;
    if (InSeconds(rule.first) * std::pow(rule.factor, pauses) > InSeconds(MAX_WAIT))
    {
        Refuse(node,
               "the last pause is longer than a year: expected fewer attempts, a smaller "
               "factor or a shorter first pause");
    }
}

RetryRule
ReadOnFailure(const Node& node)
{
    const Section section(node, ScenarioFormat().onFailure);
    const std::size_t retry = ReadChoice(section.Get("retry"), {"none", "fixed", "exponential"});
    RetryRule rule;
    if (retry == 0)
    {
        for (const auto* key : {"first", "factor", "attempts"})
        {
            section.Forbid(key, "with retry = \"none\" there is nothing to set: leave this out");
        }
        return rule;
    }
    rule.first = ReadDuration(section.Get("first"), LikelyUnit::Milliseconds, MAX_WAIT);
    rule.attempts = static_cast<std::uint32_t>(ReadWhole(section.Get("attempts"), 1, MAX_ATTEMPTS));
    if (retry == 1)
    {
        section.Forbid("factor",
                       "with retry = \"fixed\" all pauses are alike: leave this out, or write "
                       "retry = \"exponential\"");
        return rule;
    }
    const Node* factor = section.Find("factor");
    rule.factor = factor ? ReadNumber(*factor, 1, MAX_FACTOR) : DEFAULT_EXPONENTIAL_FACTOR;
    CheckPauses(node, rule);
    return rule;
}

Duration
ReadConnectTimeout(const Node& node)
{
    const Duration timeout = ReadDuration(node, LikelyUnit::Seconds, MAX_WAIT);
    if (timeout == Duration::zero())
    {
        Refuse(node, "no connection opens in no time: expected more, or leave this out");
    }
    return timeout;
}

ConnectionKeys
DefaultKeys()
{
    const Traffic defaults;
    return {{},
            defaults.closes,
            defaults.transport,
            defaults.connectTimeout,
            defaults.retry,
            defaults.sends,
            defaults.speaksEvery};
}

void
ForbidWhatUdpLacks(const Section& section, bool mayBeDropped)
{
    section.Forbid("closes", "UDP has nothing to close: leave this out");
    if (!mayBeDropped)
    {
        section.Forbid("connect_timeout", "UDP connects at once: leave this out");
    }
    section.Forbid("sends", "what UDP sends decides nothing: leave this out");
}

Duration
ReadSpeaksEvery(const Node& node)
{
    const Duration every = ReadDuration(node, LikelyUnit::Seconds, MAX_WAIT);
    if (every == Duration::zero())
    {
        Refuse(node,
               "nobody speaks without a pause: expected more, or leave this out for connections "
               "that no NAT finds too silent");
    }
    return every;
}

} // namespace

ConnectionKeys
ReadConnectionKeys(const Section& section, const Surroundings& around)
{
    ConnectionKeys keys = DefaultKeys();
    if (const Node* transport = section.Find("transport"))
    {
        keys.transport = ReadTransport(*transport);
    }
    if (keys.transport == Transport::Udp)
    {
        ForbidWhatUdpLacks(section, around.hasBorder);
    }
    if (const Node* hold = section.Find("hold"))
    {
        keys.hold = ReadHold(*hold, around);
    }
    if (const Node* closes = section.Find("closes"))
    {
        keys.closes = ReadCloses(*closes);
    }
    if (const Node* timeout = section.Find("connect_timeout"))
    {
        keys.connectTimeout = ReadConnectTimeout(*timeout);
    }
    if (const Node* onFailure = section.Find("on_failure"))
    {
        keys.retry = ReadOnFailure(*onFailure);
    }
    if (const Node* sends = section.Find("sends"))
    {
        keys.sends = ReadBytes(*sends);
    }
    if (const Node* speaksEvery = section.Find("speaks_every"))
    {
        keys.speaksEvery = ReadSpeaksEvery(*speaksEvery);
    }
    return keys;
}

} // namespace portlab
