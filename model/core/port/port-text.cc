// SPDX-License-Identifier: GPL-2.0-only

// The part of units.h that is about ports.

#include "model/core/base/quoted.h"
#include "model/core/port/units.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace portlab
{

namespace
{

/// The whole of `text` as a port number; empty if it is none.
std::optional<Port>
ReadPort(std::string_view text)
{
    Port port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    const bool wholly = error == std::errc{} && end == text.data() + text.size();
    return wholly ? std::optional<Port>(port) : std::nullopt;
}

std::string_view
Trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(" \t");
    return first == std::string_view::npos
               ? std::string_view()
               : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Why `part` is not a range. `sysctl` prints ranges with a blank, so that gets a hint of its own.
std::string
WhyNoRange(std::string_view part)
{
    std::string why = "expected a range such as 1024-65535, or one port, from 0 to 65535";
    const std::size_t blank = std::min(part.find_first_of(" \t"), part.size());
    const auto first = ReadPort(part.substr(0, blank));
    const auto last = ReadPort(Trimmed(part.substr(blank)));
    if (first && last)
    {
        why += ". Did you mean " + std::to_string(*first) + "-" + std::to_string(*last) + "?";
    }
    return why;
}

/// One range out of `text`; errors quote `text` as a whole.
PortRange
ReadPortRange(std::string_view part, std::string_view text)
{
    const auto refuse = [&](const std::string& why) {
        const std::string where = part.size() == text.size() ? "" : Quoted(part) + ": ";
        throw std::invalid_argument(Quoted(text) + ": " + where + why);
    };
    const std::size_t dash = part.find('-');
    const auto first = ReadPort(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : ReadPort(part.substr(dash + 1));
    if (!first || !last)
    {
        refuse(WhyNoRange(part));
    }
    if (*first > *last)
    {
        refuse("the range is empty: the first port must not exceed the last. Did you mean " +
               std::to_string(*last) + "-" + std::to_string(*first) + "?");
    }
    return {*first, *last};
}

} // namespace

PortRange
ParsePortRange(std::string_view text)
{
    return ReadPortRange(text, text);
}

PortList
ParsePortList(std::string_view text)
{
    PortList list;
    if (text.empty())
    {
        return list;
    }
    for (std::size_t start = 0; start <= text.size();)
    {
        const std::size_t comma = std::min(text.find(',', start), text.size());
        list.push_back(ReadPortRange(Trimmed(text.substr(start, comma - start)), text));
        start = comma + 1;
    }
    return list;
}

std::string
FormatPortRange(const PortRange& range)
{
    const std::string first = std::to_string(range.First());
    return range.Count() == 1 ? first : first + "-" + std::to_string(range.Last());
}

std::string
FormatPortList(const PortList& list)
{
    std::string text;
    for (const PortRange& range : list)
    {
        text += (text.empty() ? "" : ",") + FormatPortRange(range);
    }
    return text;
}

} // namespace portlab
