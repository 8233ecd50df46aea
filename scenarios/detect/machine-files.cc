// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/detect/machine-files.h"

#include "scenarios/trace/gzip-file.h"

#include <memory>
#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace portlab
{

MachineFiles::MachineFiles(std::filesystem::path root)
    : m_root(std::move(root))
{
    std::error_code error;
    if (!std::filesystem::is_directory(m_root, error))
    {
        throw std::invalid_argument(m_root.string() +
                                    ": there is no such directory. Expected one that holds proc/, "
                                    "or / for this machine");
    }
}

std::filesystem::path
MachineFiles::PathOf(const std::string& file) const
{
    return m_root / file;
}

std::optional<LineReader>
MachineFiles::Open(const std::string& file) const
{
    const std::string path = PathOf(file).string();
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error) || access(path.c_str(), R_OK) != 0)
    {
        return std::nullopt;
    }
    const auto source = std::make_shared<GzipFile>(path);
    return LineReader(path,
                      [source](char* to, std::size_t count) { return source->Read(to, count); });
}

std::optional<std::string>
MachineFiles::FirstLine(const std::string& file) const
{
    auto reader = Open(file);
    if (!reader)
    {
        return std::nullopt;
    }
    return reader->Next() ? std::string(reader->Line()) : "";
}

void
MachineFiles::Refuse(const std::string& file, const std::string& complaint) const
{
    throw std::invalid_argument(PathOf(file).string() + ":1: " + complaint);
}

} // namespace portlab
