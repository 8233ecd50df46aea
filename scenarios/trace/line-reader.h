// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_LINE_READER_H
#define PORTLAB_LINE_READER_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace portlab
{

/// Writes at most `count` bytes to `to` and returns how many; 0 is the end. What goes wrong it
/// throws as std::invalid_argument that says what and what to do, but not where.
using ByteSource = std::function<std::size_t(char* to, std::size_t count)>;

/// Text, line by line, in constant memory; knows where it is, so that every complaint can say so.
class LineReader
{
  public:
    /// The longest line accepted, its line feed not counted: a file without line ends is not text,
    /// and must not fill the memory before anybody can say so.
    static constexpr std::size_t MAX_LINE_BYTES = std::size_t{1} << 20;

    /// `name` is the file's, as the user knows it.
    LineReader(std::string name, ByteSource source);

    /// Moves to the next line that is not empty; false at the end. Throws std::invalid_argument
    /// for lines that are too long or hold a NUL byte, and for what the source complains of.
    bool Next();

    /// The current line, without its LF or CR LF; valid until the next call of Next().
    std::string_view Line() const
    {
        return m_line;
    }

    /// Counts every line from 1, empty ones too.
    std::uint64_t Number() const
    {
        return m_number;
    }

    /// Throws std::invalid_argument: "NAME:LINE: complaint".
    [[noreturn]] void RefuseLine(const std::string& complaint) const;

    /// Throws std::invalid_argument: "NAME: complaint".
    [[noreturn]] void RefuseFile(const std::string& complaint) const;

  private:
    bool Advance();
    bool Fill();
    void TakeLine(std::size_t length);

    std::string m_name;
    ByteSource m_source;
    std::vector<char> m_buffer;
    std::size_t m_begin{0}; ///< m_buffer[m_begin, m_end) holds bytes not yet given out.
    std::size_t m_end{0};
    std::string_view m_line;
    std::uint64_t m_number{0};
};

} // namespace portlab

#endif // PORTLAB_LINE_READER_H
