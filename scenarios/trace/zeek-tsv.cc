// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/trace/columns.h"
#include "scenarios/trace/trace-formats.h"
#include "scenarios/trace/trace-values.h"
#include "scenarios/trace/zeek-fields.h"

#include <charconv>

namespace portlab
{

namespace
{

constexpr std::string_view SEPARATOR_KEY = "#separator "; // The one # line with a space.
constexpr std::string_view FIELDS_KEY = "#fields";

/// Replaces \xNN by the byte: Zeek's # lines spell separators so.
std::string
Unescape(std::string_view text)
{
    std::string plain;
    while (!text.empty())
    {
        unsigned char byte = 0;
        const bool isEscape = text.size() >= 4 && text.substr(0, 2) == "\\x";
        const char* const end = isEscape ? text.data() + 4 : text.data();
        if (isEscape && std::from_chars(text.data() + 2, end, byte, 16).ptr == end)
        {
            plain += static_cast<char>(byte);
            text.remove_prefix(4);
            continue;
        }
        plain += text.front();
        text.remove_prefix(1);
    }
    return plain;
}

/// What the # lines have said so far, and the rows that they describe.
class ZeekTsv
{
  public:
    ZeekTsv(LineReader& lines, TraceBuilder& builder)
        : m_lines(lines),
          m_builder(builder)
    {
    }

    void Read()
    {
        do
        {
            if (m_lines.Line().front() == '#')
            {
                ReadHeader();
            }
            else
            {
                ReadRow();
            }
        } while (m_lines.Next());
    }

  private:
    void ReadHeader()
    {
        const std::string_view line = m_lines.Line();
        if (line.substr(0, SEPARATOR_KEY.size()) == SEPARATOR_KEY)
        {
            m_separator = Unescape(line.substr(SEPARATOR_KEY.size()));
            if (m_separator.empty())
            {
                m_lines.RefuseLine("#separator names none: Zeek writes #separator \\x09.");
            }
            return;
        }
        SplitFields(line, m_separator, m_fields);
        const std::string_view key = m_fields.front();
        m_fields.erase(m_fields.begin());
        const std::string value = m_fields.empty() ? "" : Unescape(m_fields.front());
        if (key == "#unset_field")
        {
            m_unset = value;
        }
        else if (key == "#empty_field")
        {
            m_empty = value;
        }
        else if (key == FIELDS_KEY)
        {
            ReadFields();
        }
        else if (key == "#types")
        {
            CheckTypes();
        }
    }

    void ReadFields()
    {
        m_columns.emplace(m_fields, ZEEK_NAMES, m_lines);
        m_time = m_columns->Find(ZEEK_NAMES.time, m_lines);
        m_duration = m_columns->Find(ZEEK_NAMES.duration, m_lines);
        m_state = m_columns->Find(ZEEK_STATE, m_lines);
        m_history = m_columns->Find(ZEEK_HISTORY, m_lines);
    }

    void CheckTypes() const
    {
        if (!m_columns)
        {
            m_lines.RefuseLine("#types stands before #fields: Zeek writes #fields first.");
        }
        m_columns->CheckCount(m_fields.size(), m_lines);
        CheckType(m_time, ZEEK_NAMES.time, "time");
        CheckType(m_duration, ZEEK_NAMES.duration, "interval");
    }

    void CheckType(std::optional<std::size_t> column, const char* name, const char* type) const
    {
        if (column && m_fields[*column] != type)
        {
            m_lines.RefuseLine("#types says that " + std::string(name) + " is a " +
                               Quoted(m_fields[*column]) + ", not a " + type +
                               ": keep Zeek's own numbers, for example with zeek-cut -c and "
                               "without its -d, -D, -u and -U.");
        }
    }

    void ReadRow()
    {
        if (!m_columns)
        {
            m_lines.RefuseLine("a row stands before the #fields line that says what is in it: "
                               "keep the # lines, for example with zeek-cut -c.");
        }
        SplitFields(m_lines.Line(), m_separator, m_fields);
        m_columns->CheckCount(m_fields.size(), m_lines);
        TraceRow row = m_columns->Row(m_fields, m_lines);
        row.duration = Known(m_duration);
        row.closedBy = ZeekClosedBy(Known(m_state).value_or(""), Known(m_history).value_or(""));
        m_builder.Add(row, ZEEK_NAMES, m_lines);
    }

    /// The field's text; empty when the file lacks the column or the row lacks the value.
    std::optional<std::string_view> Known(std::optional<std::size_t> column) const
    {
        if (!column || m_fields[*column] == m_unset || m_fields[*column] == m_empty)
        {
            return std::nullopt;
        }
        return m_fields[*column];
    }

    LineReader& m_lines;
    TraceBuilder& m_builder;
    std::string m_separator{"\t"}; // These three: Zeek's defaults, until a # line says otherwise.
    std::string m_unset{"-"};
    std::string m_empty{"(empty)"};
    std::optional<Columns> m_columns;
    std::optional<std::size_t> m_time;
    std::optional<std::size_t> m_duration;
    std::optional<std::size_t> m_state;
    std::optional<std::size_t> m_history;
    std::vector<std::string_view> m_fields;
};

} // namespace

bool
IsZeekHeader(std::string_view line)
{
    return line.substr(0, SEPARATOR_KEY.size()) == SEPARATOR_KEY ||
           line.substr(0, FIELDS_KEY.size()) == FIELDS_KEY;
}

void
ReadZeekTsv(LineReader& lines, TraceBuilder& builder)
{
    ZeekTsv(lines, builder).Read();
}

} // namespace portlab
