// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/writable.h"

#include "scenarios/output/readable.h"

#include <fcntl.h>
#include <stdexcept>
#include <unistd.h>

namespace portlab
{

std::string
PathText(const std::filesystem::path& path)
{
    return path.empty() ? "(empty path)" : Printable(path.string());
}

bool
MayWrite(const std::filesystem::path& path)
{
    std::error_code ignored;
    const int needed = W_OK | (std::filesystem::is_directory(path, ignored) ? X_OK : 0);
    return faccessat(AT_FDCWD, path.c_str(), needed, AT_EACCESS) == 0;
}

void
CheckDirectoryWritable(const std::filesystem::path& directory)
{
    std::error_code error;
    if (!std::filesystem::is_directory(directory, error))
    {
        const bool isThere = std::filesystem::exists(directory, error);
        throw std::invalid_argument(
            PathText(directory) +
            (isThere ? ": is a file, where a directory is needed; choose another place"
                     : ": there is no such directory; create it, or choose another place"));
    }
    if (!MayWrite(directory))
    {
        throw std::invalid_argument(PathText(directory) +
                                    ": you may not create files in this directory; change its "
                                    "permissions, or choose another place");
    }
}

void
CheckDirectoryMakeable(const std::filesystem::path& directory)
{
    std::error_code error;
    auto existing = std::filesystem::absolute(directory, error);
    while (!std::filesystem::exists(existing, error) && existing.has_relative_path())
    {
        existing = existing.parent_path();
    }
    CheckDirectoryWritable(existing);
}

void
MakeDirectory(const std::filesystem::path& directory)
{
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error)
    {
        throw std::invalid_argument(PathText(directory) + ": cannot be created (" +
                                    error.message() + "); choose another place");
    }
}

} // namespace portlab
