// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_WRITABLE_H
#define PORTLAB_WRITABLE_H

#include <filesystem>
#include <string>

namespace portlab
{

/// A path as it is put into messages: with question marks for what is not printable ASCII.
std::string PathText(const std::filesystem::path& path);

/// Whether this process, with its effective user, may write to what `path` names.
bool MayWrite(const std::filesystem::path& path);

/// Throws std::invalid_argument unless `directory` is a directory in which files may be created.
void CheckDirectoryWritable(const std::filesystem::path& directory);

/// The same for one that may be made yet: throws unless it can be.
void CheckDirectoryMakeable(const std::filesystem::path& directory);

/// Makes it, if it is not there. Throws std::invalid_argument if that fails.
void MakeDirectory(const std::filesystem::path& directory);

} // namespace portlab

#endif // PORTLAB_WRITABLE_H
