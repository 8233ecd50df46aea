// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_CSV_TABLE_H
#define PORTLAB_TEST_CSV_TABLE_H

#include "model/core/port/port-range.h"

#include <cstddef>
#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace portlab::test
{

/// What one system call answered: a port (or 0, where it has no port to tell), or an error's name.
struct CallResult
{
    std::optional<Port> port{};
    std::string error{};
};

/// One line of a recording. Every question that its cell cannot answer throws std::runtime_error,
/// which names the file, the line and the column.
class CsvRow
{
  public:
    const std::string& Text(const std::string& column) const;
    std::uint32_t Number(const std::string& column) const;
    double Seconds(const std::string& column) const;
    Port PortAt(const std::string& column) const;
    CallResult ResultAt(const std::string& column) const;

    /// Results in the order of the calls, with blanks between them.
    std::vector<CallResult> Results(const std::string& column) const;

    /// Cells joined by '/', to name what the row belongs to.
    std::string Name(const std::vector<std::string>& columns) const;

    [[noreturn]] void Refuse(const std::string& column, const std::string& wanted) const;

  private:
    friend std::vector<CsvRow> ReadCsv(std::istream&,
                                       const std::string&,
                                       const std::set<std::size_t>&);

    struct Head
    {
        std::string file;
        std::vector<std::string> columns;
    };

    CallResult ParseResult(const std::string& column, const std::string& word) const;

    std::shared_ptr<const Head> m_head;
    std::size_t m_line{0};
    std::vector<std::string> m_cells;
};

/// Reads a line of column names, then lines with as many cells each, none of them quoted. Throws
/// std::runtime_error for any other line, and for a text without rows. Lines whose numbers are in
/// `stray` have to be wrong, and are left out.
std::vector<CsvRow> ReadCsv(std::istream& text,
                            const std::string& name,
                            const std::set<std::size_t>& stray = {});

/// A file of test/data/linux-6.18, by its name without ".csv".
std::vector<CsvRow> ReadRecording(const std::string& name, const std::set<std::size_t>& stray = {});

} // namespace portlab::test

#endif // PORTLAB_TEST_CSV_TABLE_H
