// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/csv-output.h"

#include "model/core/base/check.h"
#include "scenarios/output/result-tables.h"
#include "scenarios/output/writable.h"

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

namespace portlab
{

namespace
{

namespace fs = std::filesystem;

constexpr const char* RUNS = "runs";

/// A table's cell as RFC 4180 has it, section 2 rules 5 to 7.
std::string
Quoted(const std::string& text)
{
    if (text.find_first_of(",\"\r\n") == std::string::npos)
    {
        return text;
    }
    std::string quoted = "\"";
    for (const char letter : text)
    {
        quoted += letter == '"' ? "\"\"" : std::string(1, letter);
    }
    return quoted + '"';
}

void
WriteHeader(std::ostream& out, const char* idColumn, const Fields& columns)
{
    out << idColumn;
    for (const auto& column : columns)
    {
        out << ',' << ColumnName(column);
    }
    out << '\n';
}

void
WriteRow(std::ostream& out, std::size_t id, const Fields& row)
{
    out << id;
    for (const auto& field : row)
    {
        out << ',' << Quoted(FlatText(field.value));
    }
    out << '\n';
}

void
WriteRuns(const Report& report, std::ostream& out, const BuildInfo& build)
{
    WriteHeader(out, "id", FieldsOf(report, RunRecord{}, build));
    std::size_t id = 0;
    for (const auto& record : report.runs)
    {
        WriteRow(out, ++id, FieldsOf(report, record, build));
    }
}

fs::path
FileOf(const fs::path& directory, const std::string& table)
{
    return directory / (table + ".csv");
}

/// Files that exist under other names until all are complete. Unless that happens, none stays.
class FilesInWaiting
{
  public:
    FilesInWaiting() = default;
    FilesInWaiting(const FilesInWaiting&) = delete;
    FilesInWaiting& operator=(const FilesInWaiting&) = delete;

    ~FilesInWaiting()
    {
        std::error_code ignored; // An error is on its way already, and is the one worth reporting.
        for (const auto& path : m_created)
        {
            fs::remove(path, ignored);
        }
    }

    /// Where to write what will be `path`.
    fs::path Add(const fs::path& path)
    {
        const auto name = '.' + path.filename().string() + '.' + std::to_string(getpid());
        m_created.push_back(path.parent_path() / name);
        m_names.push_back(path);
        return m_created.back();
    }

    /// Gives all files their names.
    void Keep()
    {
        for (std::size_t file = 0; file < m_names.size(); ++file)
        {
            fs::rename(m_created[file], m_names[file]);
            m_created[file] = m_names[file]; // To be undone should a later one fail.
        }
        m_created.clear();
    }

  private:
    std::vector<fs::path> m_created;
    std::vector<fs::path> m_names;
};

} // namespace

std::vector<std::string>
CsvTableNames()
{
    std::vector<std::string> names{RUNS};
    for (const auto& table : ResultTables())
    {
        names.emplace_back(table.name);
    }
    return names;
}

void
WriteCsvTable(const Report& report,
              const std::string& table,
              std::ostream& out,
              const BuildInfo& build)
{
    if (table == RUNS)
    {
        WriteRuns(report, out, build);
        return;
    }
    const auto& tables = ResultTables();
    const auto found = std::find_if(tables.begin(), tables.end(), [&table](const auto& candidate) {
        return candidate.name == table;
    });
    Check(found != tables.end(), "asked for a table that results do not have");
    WriteHeader(out, "run_id", found->columns);
    std::size_t id = 0;
    for (const auto& record : report.runs)
    {
        ++id;
        found->forEachRow(record.result, [&out, id](const Fields& row) { WriteRow(out, id, row); });
    }
}

void
CheckCsvWritable(const fs::path& directory)
{
    std::error_code error;
    CheckDirectoryMakeable(directory);
    for (const auto& table : CsvTableNames())
    {
        const auto file = FileOf(directory, table);
        if (fs::exists(fs::symlink_status(file, error)))
        {
            throw std::invalid_argument(PathText(file) +
                                        ": is there already and would be overwritten; choose "
                                        "another directory, or move the file away");
        }
    }
}

void
WriteCsv(const Report& report, const fs::path& directory, const BuildInfo& build)
{
    CheckCsvWritable(directory);
    MakeDirectory(directory);
    FilesInWaiting files;
    for (const auto& table : CsvTableNames())
    {
        const auto path = files.Add(FileOf(directory, table));
        std::ofstream file(path, std::ios::binary | std::ios::trunc);
        WriteCsvTable(report, table, file, build);
        file.close();
        if (!file)
        {
            throw std::runtime_error(PathText(FileOf(directory, table)) +
                                     ": could not be written; is the disk full?");
        }
    }
    CheckCsvWritable(directory); // Somebody else may have been faster.
    files.Keep();
}

} // namespace portlab
