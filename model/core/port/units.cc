// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/units.h"

#include "model/core/base/quoted.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>

namespace portlab
{

namespace
{

struct Unit
{
    std::string_view name;
    std::uint64_t nanoseconds;
};

/// Seconds stand first: where two texts are equally short, FormatDuration takes the earlier unit.
constexpr std::array<Unit, 7> UNITS{{{"s", 1'000'000'000u},
                                     {"ms", 1'000'000u},
                                     {"us", 1'000u},
                                     {"ns", 1u},
                                     {"min", 60'000'000'000u},
                                     {"h", 3'600'000'000'000u},
                                     {"d", 86'400'000'000'000u}}};

constexpr std::string_view DURATION_UNITS = "(ns us ms s min h d)";
constexpr std::string_view RATE_UNITS = "(/ms /s /min /h /d)";

/// 100 Julian years, which leaves room below the 292 years that 64 bits of nanoseconds hold.
constexpr std::uint64_t LONGEST_DURATION = 36'525u * 86'400'000'000'000u;

/// What people write for a unit, and what we call it.
struct Misspelling
{
    std::string_view written;
    std::string_view meant;
};

constexpr std::array<Misspelling, 22> MISSPELLINGS{
    {{"sec", "s"},     {"secs", "s"},   {"second", "s"},     {"seconds", "s"},    {"S", "s"},
     {"m", "min"},     {"mins", "min"}, {"minute", "min"},   {"minutes", "min"},  {"hr", "h"},
     {"hrs", "h"},     {"hour", "h"},   {"hours", "h"},      {"H", "h"},          {"msec", "ms"},
     {"millis", "ms"}, {"usec", "us"},  {"\xc2\xb5s", "us"}, {"\xce\xbcs", "us"}, {"nsec", "ns"},
     {"day", "d"},     {"days", "d"}}};

[[noreturn]] void
Refuse(std::string_view text, const std::string& why)
{
    throw std::invalid_argument(Quoted(text) + ": " + why);
}

bool
IsDigit(char letter)
{
    return '0' <= letter && letter <= '9';
}

const Unit*
FindUnit(std::string_view name)
{
    const auto unit =
        std::find_if(UNITS.begin(), UNITS.end(), [&](const Unit& u) { return u.name == name; });
    return unit == UNITS.end() ? nullptr : &*unit;
}

/// "Did you mean 5min? ", or nothing where we have no idea.
std::string
Suggestion(std::string_view number, std::string_view separator, std::string_view unit)
{
    const auto known = std::find_if(MISSPELLINGS.begin(),
                                    MISSPELLINGS.end(),
                                    [&](const Misspelling& m) { return m.written == unit; });
    if (known == MISSPELLINGS.end())
    {
        return "";
    }
    return std::string("Did you mean ")
        .append(number)
        .append(separator)
        .append(known->meant)
        .append("? ");
}

/// A decimal number as digits / 10^decimals, so that no binary fraction rounds it.
struct Decimal
{
    std::uint64_t digits{0};
    std::uint32_t decimals{0};
};

/// Reads `number`, which consists of digits and at most one point with digits on both sides.
/// Empty if it has more significant digits than 64 bits hold.
std::optional<Decimal>
ReadDecimal(std::string_view number)
{
    const std::size_t point = number.find('.');
    if (point != std::string_view::npos)
    {
        number = number.substr(0, number.find_last_not_of('0') + 1);
    }
    Decimal decimal;
    for (std::size_t i = 0; i < number.size(); ++i)
    {
        if (i == point)
        {
            continue;
        }
        const auto digit = static_cast<std::uint64_t>(number[i] - '0');
        if (decimal.digits > (std::numeric_limits<std::uint64_t>::max() - digit) / 10)
        {
            return std::nullopt;
        }
        decimal.digits = decimal.digits * 10 + digit;
        decimal.decimals += i > point ? 1u : 0u;
    }
    return decimal;
}

/// `decimal` times `scale`; empty if that is not a whole number.
std::optional<Decimal>
TimesUnit(Decimal decimal, std::uint64_t& scale)
{
    for (; decimal.decimals > 0; --decimal.decimals)
    {
        for (const std::uint64_t factor : {2u, 5u})
        {
            std::uint64_t& divisible = scale % factor == 0 ? scale : decimal.digits;
            if (divisible % factor != 0)
            {
                return std::nullopt;
            }
            divisible /= factor;
        }
    }
    return decimal;
}

/// Digits, at most one point, and digits on both sides of it.
bool
IsPlainNumber(std::string_view number)
{
    const std::size_t point = number.find('.');
    const std::string_view fraction =
        point == std::string_view::npos ? std::string_view("0") : number.substr(point + 1);
    const std::string_view whole = number.substr(0, point);
    return !whole.empty() && !fraction.empty() &&
           std::all_of(whole.begin(), whole.end(), IsDigit) &&
           std::all_of(fraction.begin(), fraction.end(), IsDigit);
}

[[noreturn]] void
RefuseDurationUnit(std::string_view text, std::string_view number, std::string_view unit)
{
    if (unit.empty())
    {
        const bool zero = number.find_first_not_of("0.") == std::string_view::npos;
        Refuse(text,
               "a duration needs a unit. Did you mean " + std::string(number) +
                   (zero ? "s? " : "ms? ") + std::string(DURATION_UNITS));
    }
    const std::size_t letters = unit.find_first_not_of(' ');
    if (letters != 0 && letters != std::string_view::npos && FindUnit(unit.substr(letters)))
    {
        Refuse(text,
               "a duration has no blank before its unit. Did you mean " + std::string(number) +
                   std::string(unit.substr(letters)) + "?");
    }
    Refuse(text,
           "there is no unit of time " + Quoted(unit) + ". " + Suggestion(number, "", unit) +
               std::string(DURATION_UNITS));
}

[[noreturn]] void
RefuseRateUnit(std::string_view text, std::string_view number)
{
    if (number.size() == text.size())
    {
        Refuse(text,
               "a rate needs a unit. Did you mean " + std::string(number) + "/s? " +
                   std::string(RATE_UNITS));
    }
    const std::string_view name = text.substr(number.size() + 1);
    Refuse(text,
           "there is no unit of time " + Quoted(name) + ". " + Suggestion(number, "/", name) +
               std::string(RATE_UNITS));
}

/// Multiplies or divides by a whole number, never by a rounded fraction: 100/h is 100.0 / 3600.
double
PerSecond(double count, const Unit& unit)
{
    constexpr std::uint64_t second = 1'000'000'000u;
    return unit.nanoseconds >= second ? count / static_cast<double>(unit.nanoseconds / second)
                                      : count * static_cast<double>(second / unit.nanoseconds);
}

/// `magnitude` nanoseconds in `unit`; empty below 1 unit and where decimals cannot say it exactly.
std::optional<std::string>
FormatIn(std::uint64_t magnitude, const Unit& unit)
{
    if (magnitude < unit.nanoseconds)
    {
        return std::nullopt;
    }
    std::string text = std::to_string(magnitude / unit.nanoseconds);
    std::uint64_t rest = magnitude % unit.nanoseconds;
    if (rest > 0)
    {
        text += '.';
    }
    constexpr std::size_t longerThanNanoseconds = 22;
    while (rest > 0 && text.size() < longerThanNanoseconds)
    {
        rest *= 10;
        text += static_cast<char>('0' + rest / unit.nanoseconds);
        rest %= unit.nanoseconds;
    }
    return rest > 0 ? std::nullopt : std::optional<std::string>(text.append(unit.name));
}

} // namespace

Duration
ParseDuration(std::string_view text)
{
    if (!text.empty() && text.front() == '-')
    {
        Refuse(text, "a duration cannot be negative");
    }
    const std::string_view number = text.substr(0, text.find_first_not_of("0123456789."));
    const std::string_view name = text.substr(number.size());
    if (!IsPlainNumber(number))
    {
        Refuse(text, "expected a duration such as 200ms or 1.5s " + std::string(DURATION_UNITS));
    }
    const Unit* unit = FindUnit(name);
    if (unit == nullptr)
    {
        RefuseDurationUnit(text, number, name);
    }
    std::uint64_t scale = unit->nanoseconds;
    const auto decimal = ReadDecimal(number);
    const auto product = decimal ? TimesUnit(*decimal, scale) : std::nullopt;
    const bool tooManyDigits = !decimal && number.find('.') == std::string_view::npos;
    if (tooManyDigits || (product && product->digits > LONGEST_DURATION / scale))
    {
        Refuse(text, "a duration is at most 100 years (36525d)");
    }
    if (!product)
    {
        Refuse(text, "a duration is a whole number of nanoseconds: give fewer digits");
    }
    return Duration{static_cast<std::int64_t>(product->digits * scale)};
}

double
ParseRate(std::string_view text)
{
    if (!text.empty() && text.front() == '-')
    {
        Refuse(text, "a rate cannot be negative");
    }
    const std::size_t slash = std::min(text.find('/'), text.size());
    const std::string_view number = text.substr(0, slash);
    double count = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
    if (number.empty() || !IsDigit(number.front()) || end != number.data() + number.size())
    {
        Refuse(text, "expected a rate such as 600/s or 2.5/min " + std::string(RATE_UNITS));
    }
    const Unit* unit = slash == text.size() ? nullptr : FindUnit(text.substr(slash + 1));
    if (unit == nullptr)
    {
        RefuseRateUnit(text, number);
    }
    const double rate = PerSecond(count, *unit);
    if (error != std::errc{} || rate > std::numeric_limits<double>::max())
    {
        Refuse(text, "the number is too large, or too close to zero, to compute with");
    }
    return rate;
}

std::string
FormatDuration(Duration duration)
{
    if (duration == Duration::zero())
    {
        return "0s";
    }
    const bool negative = duration < Duration::zero();
    const auto bits = static_cast<std::uint64_t>(duration.count());
    const std::uint64_t magnitude = negative ? 0 - bits : bits;
    std::optional<std::string> shortest;
    for (const Unit& unit : UNITS)
    {
        const auto text = FormatIn(magnitude, unit);
        if (text && (!shortest || text->size() < shortest->size()))
        {
            shortest = text;
        }
    }
    return (negative ? "-" : "") + shortest.value_or("");
}

} // namespace portlab
