// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_GZIP_FILE_H
#define PORTLAB_GZIP_FILE_H

#include <cstddef>
#include <memory>
#include <string>

struct gzFile_s; // zlib's, so that its header stays in one source file.

namespace portlab
{

/// A file, read through zlib: gzip is unpacked, several members in one file too, and anything else
/// comes as it is.
class GzipFile
{
  public:
    /// Throws std::invalid_argument, "PATH: why", when there is no such file or it cannot be read.
    explicit GzipFile(const std::string& path);

    /// The ByteSource of line-reader.h: at most `count` bytes to `to`; 0 is the end.
    std::size_t Read(char* to, std::size_t count);

  private:
    struct Close
    {
        void operator()(gzFile_s* file) const;
    };

    std::unique_ptr<gzFile_s, Close> m_file;
};

} // namespace portlab

#endif // PORTLAB_GZIP_FILE_H
