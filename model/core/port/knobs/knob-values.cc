// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/knobs/knob-values.h"

#include "model/core/base/quoted.h"
#include "model/core/port/knobs/words.h"
#include "model/core/port/units.h"

#include <array>
#include <charconv>
#include <limits>
#include <stdexcept>

namespace portlab
{

namespace
{

constexpr std::array<Word<Uniqueness>, 4> UNIQUENESS{
    {{"local-port", Uniqueness::LocalPort},
     {"local-address-and-port", Uniqueness::LocalAddressAndPort},
     {"remote-end", Uniqueness::RemoteEnd},
     {"destination", Uniqueness::Destination}}};

constexpr std::array<Word<IpVersions>, 3> IP_VERSIONS{
    {{"one-space", IpVersions::OneSpace},
     {"separate-ports", IpVersions::SeparatePorts},
     {"separate-states", IpVersions::SeparateStates}}};

constexpr std::array<Word<TimeWaitReuse>, 4> REUSE{
    {{"never", TimeWaitReuse::Never},
     {"after-delay", TimeWaitReuse::AfterDelay},
     {"after-delay-on-loopback", TimeWaitReuse::AfterDelayOnLoopback},
     {"other-peers-when-exhausted", TimeWaitReuse::OtherPeersWhenExhausted}}};

constexpr std::array<Word<bool>, 2> SWITCH{{{"on", true}, {"off", false}}};

constexpr std::array<Word<SynInTimeWait>, 2> SYN_RULES{
    {{"accept", SynInTimeWait::Accept}, {"ignore", SynInTimeWait::Ignore}}};

std::optional<std::uint32_t>
ReadCount(std::string_view text)
{
    std::uint32_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const bool wholly = error == std::errc{} && end == text.data() + text.size();
    return wholly ? std::optional<std::uint32_t>(count) : std::nullopt;
}

} // namespace

void
RefuseValue(std::string_view text, const std::string& why)
{
    throw std::invalid_argument(Quoted(text) + ": " + why);
}

std::uint32_t
ParseCount(std::string_view text, std::uint32_t least, std::uint32_t greatest)
{
    const auto count = ReadCount(text);
    if (!count || *count < least || *count > greatest)
    {
        RefuseValue(text,
                    "expected a whole number from " + std::to_string(least) + " to " +
                        std::to_string(greatest));
    }
    return *count;
}

Duration
ParseOwnDuration(std::string_view text, Duration unit, bool own)
{
    constexpr Duration longest = std::chrono::hours(24 * 36525); // As of ParseDuration().
    const auto count = own ? ReadCount(text) : std::nullopt;
    if (count && *count > longest / unit)
    {
        RefuseValue(text, "a duration is at most 100 years (36525d)");
    }
    return count ? *count * unit : ParseDuration(text);
}

Duration
ParseDurationOrOff(std::string_view text)
{
    return text == "off" ? Duration{0} : ParseDuration(text);
}

std::string
FormatDurationOrOff(Duration duration)
{
    return duration == Duration{0} ? "off" : FormatDuration(duration);
}

std::optional<std::uint32_t>
ParseCountOrOff(std::string_view text)
{
    const auto count = ReadCount(text);
    if (!count && text != "off")
    {
        RefuseValue(text, "expected a whole number, or off");
    }
    return count;
}

std::string
FormatCountOrOff(std::optional<std::uint32_t> count)
{
    return count ? std::to_string(*count) : "off";
}

Uniqueness
ParseUniqueness(std::string_view text)
{
    return ParseWord(UNIQUENESS, text);
}

std::string
FormatUniqueness(Uniqueness uniqueness)
{
    return FormatWord(UNIQUENESS, uniqueness);
}

IpVersions
ParseIpVersions(std::string_view text)
{
    return ParseWord(IP_VERSIONS, text);
}

std::string
FormatIpVersions(IpVersions versions)
{
    return FormatWord(IP_VERSIONS, versions);
}

TimeWaitReuse
ParseTimeWaitReuse(std::string_view text)
{
    return ParseWord(REUSE, text);
}

std::string
FormatTimeWaitReuse(TimeWaitReuse reuse)
{
    return FormatWord(REUSE, reuse);
}

SynInTimeWait
ParseSynInTimeWait(std::string_view text)
{
    return ParseWord(SYN_RULES, text);
}

std::string
FormatSynInTimeWait(SynInTimeWait rule)
{
    return FormatWord(SYN_RULES, rule);
}

bool
ParseSwitch(std::string_view text)
{
    return text == "1" || (text != "0" && ParseWord(SWITCH, text));
}

std::string
FormatSwitch(bool on)
{
    return FormatWord(SWITCH, on);
}

std::string
InUnits(Duration duration, Duration unit)
{
    return std::to_string((duration + unit - Duration{1}) / unit);
}

} // namespace portlab
