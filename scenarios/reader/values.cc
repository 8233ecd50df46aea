// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/reader/values.h"

#include "model/core/port/units.h"
#include "scenarios/reader/alternatives.h"
#include "scenarios/reader/limits.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <stdexcept>
#include <utility>

namespace portlab
{

namespace
{

/// The node's text; what was typed where an option set it to something that is TOML, but not text.
const std::string*
FindText(const Node& node)
{
    const auto* text = std::get_if<std::string>(&node.value);
    return text == nullptr && node.typed ? &*node.typed : text;
}

/// The number in a node that is a number without a unit, whether in quotes or not; else empty.
std::string
BareNumber(const Node& node)
{
    const auto* text = FindText(node);
    const std::string shown = text ? *text : Show(node);
    return shown.find_first_not_of("0123456789.") == std::string::npos ? shown : "";
}

std::string
WithThousands(std::uint64_t number)
{
    std::string text = std::to_string(number);
    constexpr std::size_t needsNone = 5;
    for (std::size_t i = text.size(); text.size() > needsNone && i > 3;)
    {
        i -= 3;
        text.insert(i, ",");
    }
    return text;
}

} // namespace

std::string
ReadText(const Node& node)
{
    const auto* text = FindText(node);
    if (text == nullptr)
    {
        Refuse(node, "expected text in quotes");
    }
    return *text;
}

bool
ReadFlag(const Node& node)
{
    const auto* flag = std::get_if<bool>(&node.value);
    if (flag == nullptr)
    {
        Refuse(node, "expected true or false, without quotes");
    }
    return *flag;
}

std::uint64_t
ReadWhole(const Node& node, std::uint64_t least, std::uint64_t most)
{
    const auto* number = std::get_if<std::int64_t>(&node.value);
    if (number == nullptr || *number < 0 || static_cast<std::uint64_t>(*number) < least ||
        static_cast<std::uint64_t>(*number) > most)
    {
        const bool quoted = std::holds_alternative<std::string>(node.value) && !node.typed;
        Refuse(node,
               "expected a whole number from " + std::to_string(least) + " to " +
                   WithThousands(most) + (quoted ? ", without quotes" : ""));
    }
    return static_cast<std::uint64_t>(*number);
}

std::uint32_t
ReadCount(const Node& node)
{
    return static_cast<std::uint32_t>(ReadWhole(node, 1, MAX_COUNT));
}

double
ReadNumber(const Node& node, double least, double most)
{
    const auto* whole = std::get_if<std::int64_t>(&node.value);
    const auto* number = std::get_if<double>(&node.value);
    const double value = whole ? static_cast<double>(*whole) : number ? *number : std::nan("");
    if (!(least <= value && value <= most))
    {
        Refuse(node, "expected a number from " + ShowNumber(least) + " to " + ShowNumber(most));
    }
    return value;
}

Duration
ReadDuration(const Node& node, LikelyUnit likely, Duration most)
{
    const std::string unit = likely == LikelyUnit::Seconds ? "s" : "ms";
    const std::string bare = BareNumber(node);
    if (!bare.empty())
    {
        Refuse(node,
               "a duration needs a unit. Did you mean " +
                   (FindText(node) ? bare + unit : "\"" + bare + unit + "\"") +
                   "? (ns us ms s min h d)");
    }
    const auto* text = FindText(node);
    if (text == nullptr)
    {
        Refuse(node, "expected a duration such as \"200" + unit + "\"");
    }
    Duration duration{0};
    try
    {
        duration = ParseDuration(*text);
    }
    catch (const std::invalid_argument& error)
    {
        Refuse(node, *text, error.what());
    }
    if (duration > most)
    {
        Refuse(node, "expected at most " + FormatDuration(most));
    }
    return duration;
}

double
ReadRate(const Node& node)
{
    const auto* text = FindText(node);
    if (text == nullptr)
    {
        const std::string bare = BareNumber(node);
        Refuse(node,
               bare.empty()
                   ? "expected a rate such as \"600/s\""
                   : "a rate needs a unit. Did you mean \"" + bare + "/s\"? (/ms /s /min /h /d)");
    }
    double rate = 0;
    try
    {
        rate = ParseRate(*text);
    }
    catch (const std::invalid_argument& error)
    {
        Refuse(node, *text, error.what());
    }
    if (rate > MAX_RATE)
    {
        Refuse(node, "expected at most 1e9/s");
    }
    return rate;
}

std::uint64_t
ReadBytes(const Node& node)
{
    constexpr std::array<std::pair<std::string_view, double>, 9> units{
        {{"B", 1},
         {"kB", 1e3},
         {"MB", 1e6},
         {"GB", 1e9},
         {"TB", 1e12},
         {"KiB", 1024.0},
         {"MiB", 1024.0 * 1024},
         {"GiB", 1024.0 * 1024 * 1024},
         {"TiB", 1024.0 * 1024 * 1024 * 1024}}};
    const std::string text = ReadText(node);
    const std::size_t behind = text.find_first_not_of("0123456789.");
    const std::string_view unit =
        behind == std::string::npos ? std::string_view() : std::string_view(text).substr(behind);
    const auto known =
        std::find_if(units.begin(), units.end(), [&](const auto& u) { return u.first == unit; });
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (known == units.end() || error != std::errc{} || end != text.data() + behind)
    {
        Refuse(node,
               "expected a number of bytes such as \"100MB\" (B kB MB GB TB KiB MiB GiB TiB)");
    }
    if (number * known->second > MAX_BYTES)
    {
        Refuse(node, "expected at most 1000TB");
    }
    return static_cast<std::uint64_t>(number * known->second + 0.5);
}

std::size_t
ReadChoice(const Node& node, const std::vector<std::string>& words)
{
    const std::string text = ReadText(node);
    for (std::size_t i = 0; i < words.size(); ++i)
    {
        if (words[i] == text)
        {
            return i;
        }
    }
    Refuse(node, "there is no such choice. " + Alternatives(text, words));
}

std::uint32_t
ReadReference(const Node& node, const std::vector<std::string>& names, const std::string& kind)
{
    const std::string text = ReadText(node);
    for (std::uint32_t i = 0; i < names.size(); ++i)
    {
        if (names[i] == text)
        {
            return i;
        }
    }
    Refuse(node, "there is no " + kind + " of that name. " + Alternatives(text, names));
}

std::vector<std::uint32_t>
ReadReferences(const Node& node,
               const std::vector<std::string>& names,
               const std::string& kind,
               const std::string& example)
{
    std::vector<std::uint32_t> indexes;
    std::set<std::uint32_t> seen;
    for (const Node& member : ReadList(node, example))
    {
        indexes.push_back(ReadReference(member, names, kind));
        if (!seen.insert(indexes.back()).second)
        {
            Refuse(member, "this is named twice: once is enough");
        }
    }
    if (indexes.empty())
    {
        Refuse(node, "expected at least one, as " + example);
    }
    return indexes;
}

const List&
ReadList(const Node& node, const std::string& example)
{
    const auto* list = std::get_if<List>(&node.value);
    if (list == nullptr)
    {
        Refuse(node, "expected a list such as " + example);
    }
    return *list;
}

const List&
ReadPair(const Node& node, const std::string& example)
{
    const List& pair = ReadList(node, example);
    if (pair.size() != 2)
    {
        Refuse(node, "expected a pair such as " + example);
    }
    return pair;
}

} // namespace portlab
