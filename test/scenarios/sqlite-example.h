// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SQLITE_EXAMPLE_H
#define PORTLAB_SQLITE_EXAMPLE_H

#include "scenarios/output/fields.h"

#include <filesystem>
#include <string>
#include <vector>

namespace portlab
{

using SqliteRow = std::vector<Cell>;

/// What SQLite's own interface, not ours, says to a query; also runs a series of statements.
std::vector<SqliteRow> Query(const std::filesystem::path& file, const std::string& sql);

/// The same for a query with one value.
Cell QueryOne(const std::filesystem::path& file, const std::string& sql);

/// ExampleReport() with a seed to know it by.
Report ReportWithSeed(std::uint64_t seed);

/// Expects every run in a file to have all the rows of ExampleReport().
void ExpectWholeRuns(const std::filesystem::path& file);

} // namespace portlab

#endif // PORTLAB_SQLITE_EXAMPLE_H
