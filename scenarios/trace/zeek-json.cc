// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/trace/trace-formats.h"
#include "scenarios/trace/trace-values.h"
#include "scenarios/trace/zeek-fields.h"

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace portlab
{

namespace
{

/// The fields that are looked at; `Count` is how many.
enum Field : std::size_t
{
    Time,
    Protocol,
    Source,
    SourcePort,
    Destination,
    DestinationPort,
    Length,
    State,
    History,
    Count,
};

constexpr std::array<std::string_view, Field::Count> FIELD_NAMES{ZEEK_NAMES.time,
                                                                 ZEEK_NAMES.protocol,
                                                                 ZEEK_NAMES.source,
                                                                 ZEEK_NAMES.sourcePort,
                                                                 ZEEK_NAMES.destination,
                                                                 ZEEK_NAMES.destinationPort,
                                                                 ZEEK_NAMES.duration,
                                                                 ZEEK_STATE,
                                                                 ZEEK_HISTORY};

struct Value
{
    enum class Kind
    {
        Missing, ///< Or null, or a list or an object, of which Zeek makes none of these fields.
        Whole,
        Fraction,
        Text,
    };

    Kind kind{Kind::Missing};
    std::string text;
};

/// Takes one line's object apart. Numbers stay text: a double could not hold them exactly.
class ZeekObject : public nlohmann::json_sax<nlohmann::json>
{
  public:
    /// Empties the object for the next line; keeps the memory.
    void Clear()
    {
        for (Value& value : m_values)
        {
            value.kind = Value::Kind::Missing;
        }
        m_depth = 0;
        m_field = Field::Count;
        m_complaint.clear();
    }

    const Value& Get(Field field) const
    {
        return m_values[field];
    }

    /// Why the line is not one JSON object; empty when it is.
    const std::string& Complaint() const
    {
        return m_complaint;
    }

    bool null() override
    {
        return true;
    }

    bool boolean(bool value) override
    {
        return Keep(Value::Kind::Text, value ? "true" : "false");
    }

    bool number_integer(number_integer_t value) override
    {
        return Keep(Value::Kind::Whole, std::to_string(value));
    }

    bool number_unsigned(number_unsigned_t value) override
    {
        return Keep(Value::Kind::Whole, std::to_string(value));
    }

    bool number_float(number_float_t /* value */, const string_t& text) override
    {
        // The lexer puts the C locale's decimal point into the text, whichever that is.
        std::string decimal = text;
        const std::size_t point = decimal.find_first_not_of("0123456789+-eE");
        if (point != std::string::npos)
        {
            decimal[point] = '.';
        }
        return Keep(Value::Kind::Fraction, decimal);
    }

    bool string(string_t& text) override
    {
        return Keep(Value::Kind::Text, text);
    }

    bool binary(binary_t& /* value */) override
    {
        return true; // Not in JSON text.
    }

    bool start_object(std::size_t /* count */) override
    {
        ++m_depth;
        return true;
    }

    bool key(string_t& name) override
    {
        m_field = Field::Count;
        for (std::size_t i = 0; m_depth == 1 && i < FIELD_NAMES.size(); ++i)
        {
            m_field = FIELD_NAMES[i] == name ? static_cast<Field>(i) : m_field;
        }
        return true;
    }

    bool end_object() override
    {
        --m_depth;
        return true;
    }

    bool start_array(std::size_t /* count */) override
    {
        ++m_depth;
        return true;
    }

    bool end_array() override
    {
        --m_depth;
        return true;
    }

    bool parse_error(std::size_t position,
                     const std::string& /* token */,
                     const nlohmann::json::exception& error) override
    {
        constexpr int NUMBER_OVERFLOW = 406; // nlohmann-json 3.11, out_of_range.406.
        m_complaint =
            error.id == NUMBER_OVERFLOW
                ? "the line holds a number that is too large"
                : "the line is not a whole JSON object, see column " + std::to_string(position);
        return false;
    }

  private:
    bool Keep(Value::Kind kind, const std::string& text)
    {
        if (m_depth == 1 && m_field != Field::Count)
        {
            m_values[m_field].kind = kind;
            m_values[m_field].text = text;
        }
        return true;
    }

    std::array<Value, Field::Count> m_values;
    std::size_t m_depth{0};
    Field m_field{Field::Count};
    std::string m_complaint;
};

Duration
ReadJsonTime(const Value& value, const LineReader& at)
{
    if (value.kind == Value::Kind::Text)
    {
        const auto time = ParseIso8601(value.text);
        if (!time)
        {
            at.RefuseLine("ts is " + Quoted(value.text) +
                          ": as a string, a time is a date from 1970 to 2262 such as "
                          "2018-03-24T17:15:22.249793Z.");
        }
        return *time;
    }
    constexpr std::size_t MILLISECOND_DIGITS = 12;
    const bool isMilliseconds =
        value.kind == Value::Kind::Whole && value.text.size() >= MILLISECOND_DIGITS;
    return ReadTime(isMilliseconds ? value.text + "e-3" : value.text, ZEEK_NAMES.time, at);
}

TraceRow
ReadObject(const ZeekObject& object, const LineReader& at)
{
    for (std::size_t i = Field::Time; i <= Field::DestinationPort; ++i)
    {
        if (object.Get(static_cast<Field>(i)).kind == Value::Kind::Missing)
        {
            at.RefuseLine(std::string(FIELD_NAMES[i]) +
                          " is missing: a line of Zeek's conn.log has ts, proto, id.orig_h, "
                          "id.orig_p, id.resp_h and id.resp_p.");
        }
    }
    const auto text = [&object](Field field) -> std::string_view {
        const Value& value = object.Get(field);
        return value.kind == Value::Kind::Missing ? std::string_view{} : value.text;
    };
    TraceRow row;
    row.time = ReadJsonTime(object.Get(Field::Time), at);
    row.protocol = text(Field::Protocol);
    row.source = text(Field::Source);
    row.sourcePort = text(Field::SourcePort);
    row.destination = text(Field::Destination);
    row.destinationPort = text(Field::DestinationPort);
    if (object.Get(Field::Length).kind != Value::Kind::Missing)
    {
        row.duration = text(Field::Length);
    }
    row.closedBy = ZeekClosedBy(text(Field::State), text(Field::History));
    return row;
}

} // namespace

void
ReadZeekJson(LineReader& lines, TraceBuilder& builder)
{
    ZeekObject object;
    do
    {
        const std::string_view line = lines.Line();
        object.Clear();
        if (line.front() != '{' || !nlohmann::json::sax_parse(line, &object))
        {
            lines.RefuseLine((object.Complaint().empty() ? "the line is not a JSON object"
                                                         : object.Complaint()) +
                             ": Zeek's JSON log has one object a line.");
        }
        builder.Add(ReadObject(object, lines), ZEEK_NAMES, lines);
    } while (lines.Next());
}

} // namespace portlab
