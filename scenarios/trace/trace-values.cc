// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/trace/trace-values.h"

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <system_error>

namespace portlab
{

namespace
{

constexpr std::int64_t MOST_NANOSECONDS = std::numeric_limits<std::int64_t>::max();

/// Exponents beyond it change nothing: no line has that many digits to make up for them.
constexpr std::int64_t MOST_EXPONENT = std::int64_t{1} << 30;

bool
IsDigit(char letter)
{
    return letter >= '0' && letter <= '9';
}

/// The exponent in "e-07" or "E+3"; 0 for no text.
std::optional<std::int64_t>
ParseExponent(std::string_view text)
{
    if (text.empty())
    {
        return 0;
    }
    text.remove_prefix(1);
    const bool negative = !text.empty() && text.front() == '-';
    if (!text.empty() && (text.front() == '-' || text.front() == '+'))
    {
        text.remove_prefix(1);
    }
    if (text.empty() || !IsDigit(text.front()))
    {
        return std::nullopt;
    }
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end != text.data() + text.size())
    {
        return std::nullopt;
    }
    if (error == std::errc::result_out_of_range || value > MOST_EXPONENT)
    {
        value = MOST_EXPONENT;
    }
    return negative ? -value : value;
}

/// Collects decimal digits, most significant first, into nanoseconds.
class Nanoseconds
{
  public:
    /// `place` is the digit's place value: 10^place nanoseconds; they come in falling order.
    void Add(char digit, std::int64_t place)
    {
        if (place >= 0)
        {
            Append(digit - '0');
        }
        else if (place == -1 && digit >= '5')
        {
            m_roundUp = true;
        }
    }

    /// The sum, once `zeros` more digits have been appended; empty when it does not fit.
    std::optional<std::int64_t> Finish(std::int64_t zeros)
    {
        for (; zeros > 0 && m_value > 0 && m_fits; --zeros)
        {
            Append(0);
        }
        if (!m_fits || (m_roundUp && m_value == MOST_NANOSECONDS))
        {
            return std::nullopt;
        }
        return m_roundUp ? m_value + 1 : m_value;
    }

  private:
    void Append(int digit)
    {
        m_fits = m_fits && m_value <= (MOST_NANOSECONDS - digit) / 10;
        m_value = m_fits ? 10 * m_value + digit : m_value;
    }

    std::int64_t m_value{0};
    bool m_fits{true};
    bool m_roundUp{false};
};

} // namespace

std::optional<Duration>
ParseSeconds(std::string_view text)
{
    const bool negative = !text.empty() && text.front() == '-';
    text.remove_prefix(negative ? 1 : 0);
    const std::size_t mantissaEnd = std::min(text.find_first_of("eE"), text.size());
    const std::string_view mantissa = text.substr(0, mantissaEnd);
    const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
    const auto exponent = ParseExponent(text.substr(mantissaEnd));
    if (!exponent || mantissa.empty() || mantissa == ".")
    {
        return std::nullopt;
    }
    constexpr std::int64_t DIGITS_BELOW_SECOND = 9;
    std::int64_t place = static_cast<std::int64_t>(point) + *exponent + DIGITS_BELOW_SECOND;
    Nanoseconds sum;
    for (std::size_t i = 0; i < mantissa.size(); ++i)
    {
        if (i == point)
        {
            continue;
        }
        if (!IsDigit(mantissa[i]))
        {
            return std::nullopt;
        }
        sum.Add(mantissa[i], --place);
    }
    const auto nanoseconds = sum.Finish(place);
    if (!nanoseconds || (negative && *nanoseconds != 0))
    {
        return std::nullopt;
    }
    return Duration{*nanoseconds};
}

std::optional<Port>
ParsePort(std::string_view text)
{
    Port port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size())
    {
        return std::nullopt;
    }
    return port;
}

std::optional<std::string>
CanonicalAddress(std::string_view text)
{
    // inet_pton() would stop at a NUL, which JSON can smuggle in, and take the rest for granted.
    if (text.find('\0') != std::string_view::npos)
    {
        return std::nullopt;
    }
    const int family = text.find(':') == std::string_view::npos ? AF_INET : AF_INET6;
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    std::array<char, INET6_ADDRSTRLEN> canonical{};
    if (inet_pton(family, std::string(text).c_str(), bytes.data()) != 1 ||
        inet_ntop(family, bytes.data(), canonical.data(), canonical.size()) == nullptr)
    {
        return std::nullopt;
    }
    return std::string(canonical.data());
}

} // namespace portlab
