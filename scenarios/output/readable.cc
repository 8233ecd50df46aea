// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/readable.h"

#include "model/core/flow/results.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <sstream>

namespace portlab
{

namespace
{

/// In the order of FAILURE_NAMES.
constexpr std::array<const char*, FAILURE_COUNT> FAILURE_WORDS{"no free port",
                                                               "TIME_WAIT collision",
                                                               "no NAT port",
                                                               "NAT table full",
                                                               "connect timeout",
                                                               "firewall",
                                                               "peer TIME_WAIT",
                                                               "pool full"};

} // namespace

std::string
Thousands(std::uint64_t count)
{
    auto digits = std::to_string(count);
    for (auto place = static_cast<std::ptrdiff_t>(digits.size()) - 3; place > 0; place -= 3)
    {
        digits.insert(static_cast<std::size_t>(place), 1, ',');
    }
    return digits;
}

std::string
Rounded(double value)
{
    constexpr double LARGEST = 1e18; // Beyond, neither digits nor std::uint64_t would help.
    const double size = std::abs(value);
    if (!std::isfinite(value))
    {
        return NOTHING;
    }
    if (size == 0)
    {
        return "0";
    }
    if (size >= LARGEST || size < 0.001)
    {
        return fmt::format("{:.2e}", value);
    }
    if (size >= 99.95)
    {
        return (value < 0 ? "-" : "") + Thousands(static_cast<std::uint64_t>(std::round(size)));
    }
    return fmt::format("{:.{}f}", value, size < 0.9995 ? 3 : size < 9.995 ? 2 : 1);
}

std::string
Percent(double share)
{
    const double percent = share * 100;
    if (!std::isfinite(percent))
    {
        return NOTHING;
    }
    if (percent <= 0)
    {
        return "0 %";
    }
    if (percent < 0.01)
    {
        return "<0.01 %";
    }
    if (percent >= 99.95)
    {
        return percent < 100 ? ">99.9 %" : fmt::format("{:.0f} %", percent);
    }
    return fmt::format("{:.{}f} %", percent, percent < 0.995 ? 2 : 1);
}

std::string
TimeText(double seconds)
{
    struct Unit
    {
        double seconds;
        const char* name;
    };

    // Sizes at which a unit begins are those that would round up to its one.
    constexpr std::array<Unit, 3> UNITS{Unit{1, "s"}, Unit{1e-3, "ms"}, Unit{1e-6, "us"}};
    const double size = std::abs(seconds);
    if (size == 0 || !std::isfinite(seconds))
    {
        return size == 0 ? "0 s" : NOTHING;
    }
    for (const auto& unit : UNITS)
    {
        if (size >= 0.9995 * unit.seconds)
        {
            return Rounded(seconds / unit.seconds) + ' ' + unit.name;
        }
    }
    return Rounded(seconds / 1e-9) + " ns";
}

std::string
FailureWords(const std::string& name)
{
    const auto known = std::find(FAILURE_NAMES.begin(), FAILURE_NAMES.end(), name);
    if (known == FAILURE_NAMES.end())
    {
        return Printable(name);
    }
    return FAILURE_WORDS[static_cast<std::size_t>(known - FAILURE_NAMES.begin())];
}

std::string
Printable(const std::string& text)
{
    auto printable = text;
    std::replace_if(
        printable.begin(),
        printable.end(),
        [](char letter) { return letter == '\n' || letter == '\r' || letter == '\t'; },
        ' ');
    std::replace_if(
        printable.begin(),
        printable.end(),
        [](char letter) { return letter < ' ' || letter > '~'; },
        '?');
    return printable;
}

std::vector<std::string>
Wrap(const std::string& text, std::size_t width, std::size_t indent)
{
    std::vector<std::string> lines;
    std::istringstream words(text);
    std::string line;
    for (std::string word; words >> word;)
    {
        const bool lineIsBlank = line.find_first_not_of(' ') == std::string::npos;
        if (!lineIsBlank && line.size() + 1 + word.size() > width)
        {
            lines.push_back(line);
            line = std::string(indent, ' ') + word;
        }
        else
        {
            line += (lineIsBlank ? "" : " ") + word;
        }
    }
    lines.push_back(line);
    return lines;
}

} // namespace portlab
