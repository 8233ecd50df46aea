// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/trace/trace-values.h"

#include <charconv>
#include <cstdint>
#include <limits>

namespace portlab
{

namespace
{

/// Takes fixed pieces off the front of a text; once a piece is missing, it stays broken.
class Pieces
{
  public:
    explicit Pieces(std::string_view text)
        : m_rest(text)
    {
    }

    /// A number of exactly `width` digits, from `first` to `last`.
    std::int64_t Number(std::size_t width, std::int64_t first, std::int64_t last)
    {
        std::int64_t value = 0;
        const char* end = m_rest.data() + std::min(width, m_rest.size());
        const auto result = std::from_chars(m_rest.data(), end, value);
        const bool whole = m_rest.size() >= width && m_rest.front() != '-' && result.ptr == end;
        m_broken = m_broken || !whole || value < first || value > last;
        m_rest.remove_prefix(std::min(width, m_rest.size()));
        return value;
    }

    /// True, and gone, when the next letter is one of `letters`.
    bool Take(std::string_view letters)
    {
        if (m_rest.empty() || letters.find(m_rest.front()) == std::string_view::npos)
        {
            return false;
        }
        m_rest.remove_prefix(1);
        return true;
    }

    void Expect(std::string_view letters)
    {
        m_broken = !Take(letters) || m_broken;
    }

    /// The digits up to the first letter that is none; at least one.
    std::string_view Digits()
    {
        const std::size_t end = m_rest.find_first_not_of("0123456789");
        const std::string_view digits = m_rest.substr(0, end);
        m_broken = m_broken || digits.empty();
        m_rest.remove_prefix(digits.size());
        return digits;
    }

    bool IsWhole() const
    {
        return !m_broken && m_rest.empty();
    }

    void Break()
    {
        m_broken = true;
    }

  private:
    std::string_view m_rest;
    bool m_broken{false};
};

bool
IsLeap(std::int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/// Days from 1970-01-01 to the date; breaks the pieces at a day that its month does not have.
std::int64_t
TakeDate(Pieces& text)
{
    constexpr std::int64_t MONTH_DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const std::int64_t year = text.Number(4, 1970, 9999);
    text.Expect("-");
    const std::int64_t month = text.Number(2, 1, 12);
    text.Expect("-");
    const std::int64_t day = text.Number(2, 1, 31);

    std::int64_t days = 365 * (year - 1970) + day - 1;
    const std::int64_t past = year - 1;
    days += past / 4 - past / 100 + past / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
    for (std::int64_t m = 1; m <= 12 && m <= month; ++m)
    {
        const std::int64_t length = MONTH_DAYS[m - 1] + (m == 2 && IsLeap(year) ? 1 : 0);
        if (m < month)
        {
            days += length;
        }
        else if (day > length)
        {
            text.Break();
        }
    }
    return days;
}

/// Seconds that the local time is ahead of UTC: of "Z", "+02:00", "-0330" or nothing.
std::int64_t
TakeOffset(Pieces& text)
{
    const bool ahead = text.Take("+");
    if (!ahead && !text.Take("-"))
    {
        text.Take("Zz");
        return 0;
    }
    const std::int64_t hours = text.Number(2, 0, 23);
    text.Take(":");
    const std::int64_t minutes = text.Number(2, 0, 59);
    return (ahead ? 60 : -60) * (60 * hours + minutes);
}

} // namespace

std::optional<Duration>
ParseIso8601(std::string_view text)
{
    Pieces pieces(text);
    const std::int64_t days = TakeDate(pieces);
    pieces.Expect("Tt ");
    const std::int64_t hours = pieces.Number(2, 0, 23);
    pieces.Expect(":");
    const std::int64_t minutes = pieces.Number(2, 0, 59);
    pieces.Expect(":");
    std::int64_t seconds = pieces.Number(2, 0, 60); // 60: a leap second, as long as its successor.
    std::optional<Duration> fraction = Duration{0};
    if (pieces.Take("."))
    {
        fraction = ParseSeconds("0." + std::string(pieces.Digits()));
    }
    seconds += 86400 * days + 3600 * hours + 60 * minutes - TakeOffset(pieces);

    constexpr std::int64_t MOST_WHOLE_SECONDS =
        std::numeric_limits<std::int64_t>::max() / 1'000'000'000 - 1;
    if (!pieces.IsWhole() || !fraction || seconds < 0 || seconds > MOST_WHOLE_SECONDS)
    {
        return std::nullopt;
    }
    return std::chrono::seconds(seconds) + *fraction;
}

} // namespace portlab
