// SPDX-License-Identifier: GPL-2.0-only

#include "test/bench/markdown.h"

#include <algorithm>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <stdexcept>

namespace portlab
{

void
Markdown::Write(const std::string& text)
{
    m_text << text << "\n\n";
    std::cout << text << "\n\n" << std::flush;
}

void
Markdown::Write(const std::vector<Row>& rows)
{
    std::vector<std::size_t> widths(rows.front().size(), 3);
    for (const Row& row : rows)
    {
        for (std::size_t column = 0; column < row.size(); ++column)
        {
            widths[column] = std::max(widths[column], row[column].size());
        }
    }
    std::ostringstream table;
    for (std::size_t number = 0; number < rows.size(); ++number)
    {
        for (std::size_t column = 0; column < widths.size(); ++column)
        {
            table << "| " << (column == 0 ? std::left : std::right)
                  << std::setw(static_cast<int>(widths[column])) << rows[number][column] << " ";
        }
        table << "|\n";
        for (std::size_t column = 0; number == 0 && column < widths.size(); ++column)
        {
            table << "|" << std::string(widths[column] + 1, '-') << (column == 0 ? "-" : ":");
        }
        table << (number == 0 ? "|\n" : "");
    }
    Write(table.str().substr(0, table.str().size() - 1));
}

void
Markdown::Save(const std::string& path) const
{
    const std::string text = m_text.str();
    std::ofstream file(path);
    file << text.substr(0, text.size() - 1);
    if (!file.flush())
    {
        throw std::runtime_error(path + " cannot be written: name another file after --out");
    }
}

} // namespace portlab
