// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_MACHINE_FILES_H
#define PORTLAB_MACHINE_FILES_H

#include "scenarios/trace/line-reader.h"

#include <filesystem>
#include <optional>
#include <string>

namespace portlab
{

/// The files in which a Linux machine tells about itself: /proc and /boot of this machine, or
/// copies of another's below a directory.
class MachineFiles
{
  public:
    /// `root` is "/" for this machine, or the directory that stands for another's.
    explicit MachineFiles(std::filesystem::path root);

    /// Where the file is that the machine calls `/file`; for messages, too.
    std::filesystem::path PathOf(const std::string& file) const;

    /// A reader of the lines of a file, unpacked if it is gzip; empty if the file is missing or
    /// may not be read.
    std::optional<LineReader> Open(const std::string& file) const;

    /// The first line of a file; the empty line of an empty file; empty if the file is missing or
    /// may not be read.
    std::optional<std::string> FirstLine(const std::string& file) const;

    /// Throws std::invalid_argument that blames the first line of a file.
    [[noreturn]] void Refuse(const std::string& file, const std::string& complaint) const;

  private:
    std::filesystem::path m_root;
};

} // namespace portlab

#endif // PORTLAB_MACHINE_FILES_H
