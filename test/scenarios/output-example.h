// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_OUTPUT_EXAMPLE_H
#define PORTLAB_OUTPUT_EXAMPLE_H

#include "scenarios/build-info.h"
#include "scenarios/report.h"

#include <filesystem>
#include <string>

namespace portlab
{

/// Stands in for the build, which differs from machine to machine.
extern const BuildInfo EXAMPLE_BUILD;

/// A report of one run, with something in every table, a text that has to be quoted, a value that
/// has no meaning in each place that may lack one, and a list of NATs.
Report ExampleReport();

/// The same scenario as `compare --os linux --os windows` shows it, with two seeds each.
Report ExampleComparison();

/// A directory that exists for one test.
class ScratchDirectory
{
  public:
    ScratchDirectory();
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;
    ~ScratchDirectory();

    std::filesystem::path operator/(const std::string& name) const;

    /// The names and contents of all files in it, for comparison.
    std::string Contents() const;

  private:
    std::filesystem::path m_path;
};

std::string ReadFile(const std::filesystem::path& file);
void WriteFile(const std::filesystem::path& file, const std::string& text);

/// Expects `text` to be what test/data/output/`name` says. With PORTLAB_RECORD=1 in the environment
/// the file is written instead: read the difference before you commit it.
void ExpectRecorded(const std::string& name, const std::string& text);

/// What `action` says when it throws std::invalid_argument; empty if it does not.
template <typename Action>
std::string
UserErrorOf(Action action)
{
    try
    {
        action();
        return "";
    }
    catch (const std::invalid_argument& error)
    {
        return error.what();
    }
}

} // namespace portlab

#endif // PORTLAB_OUTPUT_EXAMPLE_H
