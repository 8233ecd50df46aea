// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_READABLE_H
#define PORTLAB_READABLE_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace portlab
{

// Values as people like to read them; all of it is printable ASCII.

/// What stands where there is no value.
constexpr const char* NOTHING = "-";

/// "1,234,567"
std::string Thousands(std::uint64_t count);

/// Three digits or more: "0.123", "4.56", "12.3", "1,235".
std::string Rounded(double value);

/// A share of one as "21.4 %". What is little is never shown as none, and nearly all never as all.
std::string Percent(double share);

/// "47.1 s", "1.20 ms": three digits and the largest unit, up to seconds, that leaves a one before
/// the point.
std::string TimeText(double seconds);

/// The value written by `write`, or NOTHING.
template <typename Value, typename Write>
std::string
OrNothing(const std::optional<Value>& value, Write write)
{
    return value ? write(*value) : NOTHING;
}

/// A failure's name, as in FAILURE_NAMES, in words: "no free port". An unknown name stays as it is.
std::string FailureWords(const std::string& name);

/// `text` with spaces for white space and question marks for all else that is not printable ASCII,
/// so that no file name and no question can move the cursor.
std::string Printable(const std::string& text);

/// `text` in lines of at most `width` characters, broken at spaces; a longer word has a line alone.
/// Further lines begin with `indent` spaces.
std::vector<std::string> Wrap(const std::string& text, std::size_t width, std::size_t indent = 0);

} // namespace portlab

#endif // PORTLAB_READABLE_H
