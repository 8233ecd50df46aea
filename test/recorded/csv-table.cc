// SPDX-License-Identifier: GPL-2.0-only

#include "test/recorded/csv-table.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace portlab::test
{

namespace
{

std::vector<std::string>
Split(const std::string& text, char separator)
{
    std::vector<std::string> parts(1);
    for (const char letter : text)
    {
        if (letter == separator)
        {
            parts.emplace_back();
        }
        else
        {
            parts.back() += letter;
        }
    }
    return parts;
}

/// Digits and nothing else; empty if it is not a number below 10^9.
std::optional<std::uint32_t>
ParseNumber(const std::string& text)
{
    constexpr std::size_t most = 9;
    const bool isNumber =
        !text.empty() && text.size() <= most && text.find_first_not_of("0123456789") == text.npos;
    return isNumber ? std::optional(static_cast<std::uint32_t>(std::stoul(text))) : std::nullopt;
}

[[noreturn]] void
Fail(const std::string& file, std::size_t line, const std::string& sentence)
{
    throw std::runtime_error(file + ":" + std::to_string(line) + ": " + sentence);
}

} // namespace

void
CsvRow::Refuse(const std::string& column, const std::string& wanted) const
{
    Fail(m_head->file, m_line, column + " is \"" + Text(column) + "\": expected " + wanted);
}

const std::string&
CsvRow::Text(const std::string& column) const
{
    const auto& columns = m_head->columns;
    const auto found = std::find(columns.begin(), columns.end(), column);
    if (found == columns.end())
    {
        Fail(m_head->file, 1, "there is no column " + column);
    }
    return m_cells[static_cast<std::size_t>(found - columns.begin())];
}

std::uint32_t
CsvRow::Number(const std::string& column) const
{
    const auto number = ParseNumber(Text(column));
    if (!number)
    {
        Refuse(column, "a whole number");
    }
    return *number;
}

double
CsvRow::Seconds(const std::string& column) const
{
    const std::vector<std::string> parts = Split(Text(column), '.');
    const bool isDecimal =
        parts.size() <= 2 && ParseNumber(parts[0]) && (parts.size() == 1 || ParseNumber(parts[1]));
    if (!isDecimal)
    {
        Refuse(column, "seconds");
    }
    return std::stod(Text(column));
}

Port
CsvRow::PortAt(const std::string& column) const
{
    const CallResult result = ResultAt(column);
    if (!result.port)
    {
        Refuse(column, "a port");
    }
    return *result.port;
}

CallResult
CsvRow::ResultAt(const std::string& column) const
{
    return ParseResult(column, Text(column));
}

std::vector<CallResult>
CsvRow::Results(const std::string& column) const
{
    std::vector<CallResult> results;
    for (const std::string& word : Split(Text(column), ' '))
    {
        results.push_back(ParseResult(column, word));
    }
    return results;
}

CallResult
CsvRow::ParseResult(const std::string& column, const std::string& word) const
{
    constexpr std::uint32_t lastPort = 65535;
    const auto number = ParseNumber(word);
    if (number && *number <= lastPort)
    {
        return {static_cast<Port>(*number), ""};
    }
    const bool isError = word.size() > 1 && word[0] == 'E' &&
                         word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == word.npos;
    if (!isError)
    {
        Refuse(column, "ports and names of errors");
    }
    return {std::nullopt, word};
}

std::string
CsvRow::Name(const std::vector<std::string>& columns) const
{
    std::string name;
    for (const std::string& column : columns)
    {
        name += (name.empty() ? "" : "/") + Text(column);
    }
    return name;
}

std::vector<CsvRow>
ReadCsv(std::istream& text, const std::string& name, const std::set<std::size_t>& stray)
{
    std::vector<CsvRow> rows;
    auto head = std::make_shared<CsvRow::Head>();
    head->file = name;
    std::string line;
    for (std::size_t number = 1; std::getline(text, line); ++number)
    {
        CsvRow row;
        row.m_cells = Split(line, ',');
        if (number == 1)
        {
            head->columns = row.m_cells;
            continue;
        }
        const std::size_t columns = head->columns.size();
        if ((row.m_cells.size() == columns) == (stray.count(number) > 0))
        {
            Fail(name,
                 number,
                 std::to_string(row.m_cells.size()) + " cells under " + std::to_string(columns) +
                     " columns");
        }
        if (stray.count(number) == 0)
        {
            row.m_head = head;
            row.m_line = number;
            rows.push_back(std::move(row));
        }
    }
    if (rows.empty())
    {
        Fail(name, 1, "there are no rows");
    }
    return rows;
}

std::vector<CsvRow>
ReadRecording(const std::string& name, const std::set<std::size_t>& stray)
{
    const std::string path = std::string(PORTLAB_TEST_DATA) + "/linux-6.18/" + name + ".csv";
    std::ifstream file(path);
    if (!file)
    {
        throw std::runtime_error(path + ": cannot be read");
    }
    return ReadCsv(file, name + ".csv", stray);
}

} // namespace portlab::test
