// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_MARKDOWN_H
#define PORTLAB_MARKDOWN_H

#include <sstream>
#include <string>
#include <vector>

namespace portlab
{

/// A text in Markdown that is on standard output as it grows, and can be kept.
class Markdown
{
  public:
    using Row = std::vector<std::string>;

    /// A paragraph, a heading, a list.
    void Write(const std::string& text);

    /// A table whose first row is its heading. The first column is of words, all others of numbers.
    void Write(const std::vector<Row>& rows);

    /// Throws std::runtime_error if the file cannot be written.
    void Save(const std::string& path) const;

  private:
    std::ostringstream m_text;
};

} // namespace portlab

#endif // PORTLAB_MARKDOWN_H
