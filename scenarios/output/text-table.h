// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEXT_TABLE_H
#define PORTLAB_TEXT_TABLE_H

#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace portlab
{

enum class Align
{
    Left,
    Right,
};

/// A table for people: headings, a rule, and aligned cells.
class TextTable
{
  public:
    struct Column
    {
        std::string heading; ///< Line feeds break it, and keep the column narrow.
        Align align{Align::Right};
    };

    explicit TextTable(const std::vector<Column>& columns);

    /// Adds a row; it needs one cell a column.
    void Add(std::vector<std::string> cells);

    /// Writes the table in lines of at most `width` characters. What does not fit beside the first
    /// `fixed` columns follows below, with these repeated. A column alone may be wider than that.
    void Write(std::ostream& out, std::size_t width, std::size_t fixed = 1) const;

  private:
    using Sizes = std::vector<std::size_t>;
    using Block = std::vector<std::size_t>; ///< Indexes of the columns that stand side by side.

    std::vector<Block> Blocks(std::size_t width, std::size_t fixed) const;
    void AddLine(std::vector<std::vector<std::string>>& lines, std::vector<std::string> cells);
    void WriteBlock(std::ostream& out, const Block& block) const;

    std::vector<Align> m_aligns;
    std::vector<std::vector<std::string>> m_headings; ///< Lines, and in them cells.
    Sizes m_widths;                                   ///< Of each column's longest text.
    std::vector<std::vector<std::string>> m_rows;
};

/// How to show one property of a row of results.
template <typename Row>
struct TextColumn
{
    std::string heading;
    std::function<std::string(const Row&)> cell;
    Align align{Align::Right};
};

/// The table of `rows`, with what `columns` shows of each.
template <typename Row>
TextTable
TableOf(const std::vector<Row>& rows, const std::vector<TextColumn<Row>>& columns)
{
    std::vector<TextTable::Column> headings;
    headings.reserve(columns.size());
    for (const auto& column : columns)
    {
        headings.push_back({column.heading, column.align});
    }
    TextTable table(headings);
    for (const auto& row : rows)
    {
        std::vector<std::string> cells;
        cells.reserve(columns.size());
        for (const auto& column : columns)
        {
            cells.push_back(column.cell(row));
        }
        table.Add(cells);
    }
    return table;
}

} // namespace portlab

#endif // PORTLAB_TEXT_TABLE_H
