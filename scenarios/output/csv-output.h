// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_CSV_OUTPUT_H
#define PORTLAB_CSV_OUTPUT_H

#include "scenarios/build-info.h"
#include "scenarios/report.h"

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace portlab
{

/// "runs", "hosts", "traffic", "pairs", "services", "nats", "samples", "histograms".
std::vector<std::string> CsvTableNames();

/// Writes one of those tables: a header with the column names of SQLite, then its rows. Quoting is
/// that of RFC 4180, lines end in LF, null is empty, lists and objects are JSON. The first column
/// numbers the report's runs from 1, as `id` in "runs" and as `run_id` in the others.
void WriteCsvTable(const Report& report,
                   const std::string& table,
                   std::ostream& out,
                   const BuildInfo& build = BUILD_INFO);

/// Throws std::invalid_argument if WriteCsv could not write to `directory`: it is a file, cannot be
/// created or written to, or has results in it already. Creates nothing.
void CheckCsvWritable(const std::filesystem::path& directory);

/// Writes every table to `directory`/TABLE.csv, and creates the directory where it is missing.
/// All files are there in the end, or none; files that are there already are never replaced.
/// Throws std::invalid_argument as CheckCsvWritable does, and std::runtime_error when writing
/// fails.
void WriteCsv(const Report& report,
              const std::filesystem::path& directory,
              const BuildInfo& build = BUILD_INFO);

} // namespace portlab

#endif // PORTLAB_CSV_OUTPUT_H
