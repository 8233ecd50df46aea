// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/text-table.h"

#include "model/core/base/check.h"

#include <algorithm>
#include <sstream>
#include <utility>

namespace portlab
{

namespace
{

constexpr std::size_t GAP = 2;

std::string
Padded(const std::string& text, std::size_t width, Align align)
{
    const std::string padding(width - text.size(), ' ');
    return align == Align::Left ? text + padding : padding + text;
}

/// The line `index` of `count`, of a heading that begins as late as it can.
std::string
HeadingLine(const std::string& heading, std::size_t index, std::size_t count)
{
    std::vector<std::string> lines;
    std::istringstream stream(heading);
    for (std::string line; std::getline(stream, line);)
    {
        lines.push_back(line);
    }
    const std::size_t missing = count - lines.size();
    return index < missing ? "" : lines[index - missing];
}

} // namespace

TextTable::TextTable(const std::vector<Column>& columns)
    : m_widths(columns.size())
{
    std::size_t lineCount = 1;
    for (const auto& column : columns)
    {
        const auto breaks = std::count(column.heading.begin(), column.heading.end(), '\n');
        lineCount = std::max(lineCount, static_cast<std::size_t>(breaks) + 1);
        m_aligns.push_back(column.align);
    }
    for (std::size_t line = 0; line < lineCount; ++line)
    {
        std::vector<std::string> cells;
        cells.reserve(columns.size());
        for (const auto& column : columns)
        {
            cells.push_back(HeadingLine(column.heading, line, lineCount));
        }
        AddLine(m_headings, std::move(cells));
    }
}

void
TextTable::Add(std::vector<std::string> cells)
{
    AddLine(m_rows, std::move(cells));
}

void
TextTable::AddLine(std::vector<std::vector<std::string>>& lines, std::vector<std::string> cells)
{
    Check(cells.size() == m_widths.size(), "a row of a table has as many cells as columns");
    for (std::size_t column = 0; column < cells.size(); ++column)
    {
        m_widths[column] = std::max(m_widths[column], cells[column].size());
    }
    lines.push_back(std::move(cells));
}

std::vector<TextTable::Block>
TextTable::Blocks(std::size_t width, std::size_t fixed) const
{
    Block first;
    std::size_t fixedWidth = 0;
    for (std::size_t column = 0; column < std::min(fixed, m_widths.size()); ++column)
    {
        first.push_back(column);
        fixedWidth += m_widths[column] + GAP;
    }
    std::vector<Block> blocks{first};
    std::size_t used = fixedWidth;
    for (std::size_t column = first.size(); column < m_widths.size(); ++column)
    {
        const std::size_t added = m_widths[column] + GAP;
        if (blocks.back().size() > first.size() && used + added > width + GAP)
        {
            blocks.push_back(first);
            used = fixedWidth;
        }
        blocks.back().push_back(column);
        used += added;
    }
    return blocks;
}

void
TextTable::WriteBlock(std::ostream& out, const Block& block) const
{
    const auto lineOf = [&](const auto& textOf) {
        std::string line;
        for (const auto column : block)
        {
            line += Padded(textOf(column), m_widths[column], m_aligns[column]);
            line += std::string(GAP, ' ');
        }
        line.resize(line.find_last_not_of(' ') + 1);
        return line;
    };
    for (const auto& cells : m_headings)
    {
        const auto line = lineOf([&](std::size_t column) { return cells[column]; });
        out << line << (line.empty() ? "" : "\n"); // Another block may have higher headings.
    }
    out << lineOf([&](std::size_t column) { return std::string(m_widths[column], '-'); }) << '\n';
    for (const auto& row : m_rows)
    {
        out << lineOf([&](std::size_t column) { return row[column]; }) << '\n';
    }
}

void
TextTable::Write(std::ostream& out, std::size_t width, std::size_t fixed) const
{
    bool isFirst = true;
    for (const auto& block : Blocks(width, fixed))
    {
        out << (isFirst ? "" : "\n");
        WriteBlock(out, block);
        isFirst = false;
    }
}

} // namespace portlab
