// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/scenario.h"

#include "scenarios/reader/reader.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace portlab
{

namespace
{

/// The bytes of a file; of one that is far too long, enough for the parser to refuse it.
std::string
ReadBytes(const std::string& path)
{
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (status.type() == std::filesystem::file_type::not_found)
    {
        throw std::invalid_argument(path + ": there is no such file: expected a scenario");
    }
    if (status.type() == std::filesystem::file_type::directory)
    {
        throw std::invalid_argument(path + ": this is a directory: name a scenario file in it");
    }
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    constexpr std::size_t farTooLong = std::size_t{4} << 20;
    std::string text;
    std::array<char, 1 << 16> chunk{};
    while (file && text.size() < farTooLong)
    {
        file.read(chunk.data(), chunk.size());
        text.append(chunk.data(), static_cast<std::size_t>(file.gcount()));
    }
    if (!file.eof() && text.size() < farTooLong)
    {
        throw std::invalid_argument(path +
                                    ": cannot be read: " + std::generic_category().message(errno));
    }
    return text;
}

} // namespace

Scenario
ReadScenario(const std::string& path, const Overrides& overrides)
{
    return ParseScenario(ReadBytes(path), path, overrides);
}

Scenario
ParseScenario(const std::string& text, const std::string& path, const Overrides& overrides)
{
    return ParseScenarioWith(FilesOnDisk(), text, path, overrides);
}

} // namespace portlab
