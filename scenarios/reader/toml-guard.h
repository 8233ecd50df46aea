// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TOML_GUARD_H
#define PORTLAB_TOML_GUARD_H

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>

namespace portlab
{

/// Refuses what the parser of toml++ 3.3 does not expect and may answer with anything at all
/// (assertions, __builtin_unreachable(), an exhausted stack): text beyond 1 MiB; keys of very many
/// parts; letters beyond ASCII outside quotes; brackets that close others; dates, for some broken
/// ones; and headers that do not go on with a key, as "[&". All else that is not TOML the parser
/// answers for itself.
/// Source: github.com/marzer/tomlplusplus issues 294 and 295 (2026), and our fuzzer.
///
/// It walks over the text with just enough grammar to tell keys from strings, comments and values.
/// Where the text is not TOML it may go astray, but only behind the place at which the parser
/// stops.
class TomlGuard
{
  public:
    TomlGuard(std::string_view text, const std::string& name)
        : m_text(text),
          m_name(name)
    {
    }

    /// Throws std::invalid_argument, "NAME:LINE:COLUMN: ...".
    void Check()
    {
        if (m_text.size() > MAX_BYTES)
        {
            throw std::invalid_argument(m_name +
                                        ": larger than 1 MiB: this is not a scenario file");
        }
        m_at = Ahead(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.size() : 0;
        while (m_at < m_text.size())
        {
            Step();
        }
    }

  private:
    static constexpr std::size_t MAX_BYTES = std::size_t{1} << 20;
    static constexpr std::size_t MAX_DOTS_IN_LINE = 100;
    static constexpr std::string_view BYTE_ORDER_MARK = "\xEF\xBB\xBF";

    void Step()
    {
        const char letter = m_text[m_at];
        switch (letter)
        {
        case '\n':
            EndLine();
            return;
        case '#':
            m_at = std::min(m_text.find('\n', m_at), m_text.size());
            return;
        case '"':
        case '\'':
            SkipString(letter);
            return;
        default:
            break;
        }
        if (letter == '[' && m_statementBegins)
        {
            CheckHeader();
            return;
        }
        CheckLetter(letter);
        m_statementBegins = m_statementBegins && (letter == ' ' || letter == '\t');
        ++m_at;
    }

    /// A letter of a key or a value that is no string.
    void CheckLetter(char letter)
    {
        switch (letter)
        {
        case '[':
        case '{':
            m_open.push_back(letter == '[' ? ']' : '}');
            return;
        case ']':
        case '}':
            CloseBracket(letter);
            return;
        case '.':
            CheckDots();
            return;
        case '=':
            m_inValue = true;
            return;
        case '-':
        case ':':
            CheckDate();
            return;
        default:
            CheckAscii(letter);
        }
    }

    void EndLine()
    {
        ++m_line;
        ++m_at;
        m_lineBegin = m_at;
        m_dots = 0;
        m_statementBegins = m_open.empty();
        m_inValue = m_inValue && !m_open.empty();
    }

    /// To behind the string that begins here; only one of three quotes may span lines.
    void SkipString(char quote)
    {
        m_statementBegins = false;
        const std::string three(3, quote);
        const bool spansLines = Ahead(three);
        const std::string end = spansLines ? three : std::string(1, quote);
        for (m_at += end.size(); m_at < m_text.size() && !Ahead(end); ++m_at)
        {
            if (Ahead("\n") && !spansLines)
            {
                return;
            }
            m_at += quote == '"' && Ahead("\\") ? 1 : 0;
            if (Ahead("\n"))
            {
                ++m_line;
                m_lineBegin = m_at + 1;
            }
        }
        // Up to two quotes may stand right in front of the three that end a string.
        const std::size_t behind = m_text.find_first_not_of(quote, m_at);
        const std::size_t longest = m_at + (spansLines ? 5 : 1);
        m_at = std::min({behind, longest, m_text.size()});
    }

    void CheckHeader()
    {
        m_statementBegins = false;
        m_at += Ahead("[[") ? 2 : 1;
        const std::size_t key = std::min(m_text.find_first_not_of(" \t", m_at), m_text.size());
        constexpr std::string_view begin =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_\"'";
        m_at = key;
        if (key == m_text.size() || begin.find(m_text[key]) == std::string_view::npos)
        {
            Refuse("not TOML: expected the name of a table between brackets, as [hosts.generator]");
        }
    }

    /// A bracket of the wrong kind is no value. The brackets of headers are not counted.
    void CloseBracket(char letter)
    {
        if (m_open.empty())
        {
            return;
        }
        if (m_open.back() != letter)
        {
            Refuse(std::string("not TOML: expected '") + m_open.back() + "', saw '" + letter + "'");
        }
        m_open.pop_back();
    }

    /// Of TOML's dates and times, scenarios have none: 1979-05-27, 07:32:00.
    void CheckDate() const
    {
        const auto digit = [&](std::size_t i) {
            return i < m_text.size() && '0' <= m_text[i] && m_text[i] <= '9';
        };
        if (m_inValue && m_at >= 2 && digit(m_at - 1) && digit(m_at - 2) && digit(m_at + 1))
        {
            Refuse("a value with - or : in it stands in quotes, as \"1024-65535\"; dates a "
                   "scenario has none");
        }
    }

    void CheckAscii(char letter) const
    {
        if (static_cast<unsigned char>(letter) >= 0x80)
        {
            Refuse("not TOML: only text in quotes and comments may go beyond ASCII");
        }
    }

    void CheckDots()
    {
        if (++m_dots > MAX_DOTS_IN_LINE)
        {
            Refuse("no key of a scenario has so many dots");
        }
    }

    bool Ahead(std::string_view text) const
    {
        return m_at <= m_text.size() && m_text.substr(m_at, text.size()) == text;
    }

    [[noreturn]] void Refuse(const std::string& why) const
    {
        throw std::invalid_argument(m_name + ":" + std::to_string(m_line) + ":" +
                                    std::to_string(m_at - m_lineBegin + 1) + ": " + why);
    }

    std::string_view m_text;
    const std::string& m_name;
    std::size_t m_at{0};
    std::size_t m_line{1};
    std::size_t m_lineBegin{0};
    std::string m_open;    ///< What closes the brackets that are open in a value, innermost last.
    std::size_t m_dots{0}; ///< On this line, outside strings and comments.
    bool m_statementBegins{true};
    bool m_inValue{false};
};

} // namespace portlab

#endif // PORTLAB_TOML_GUARD_H
