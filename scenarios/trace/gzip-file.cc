// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/trace/gzip-file.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <zlib.h>

namespace portlab
{

namespace
{

constexpr unsigned ZLIB_BUFFER_BYTES = 1U << 17;

std::string
SystemMessage(int error)
{
    return std::generic_category().message(error);
}

} // namespace

GzipFile::GzipFile(const std::string& path)
{
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (status.type() == std::filesystem::file_type::not_found)
    {
        throw std::invalid_argument(path + ": there is no such file; check the name and the "
                                           "directory it is relative to.");
    }
    if (status.type() == std::filesystem::file_type::directory)
    {
        throw std::invalid_argument(path + ": is a directory; name a file in it.");
    }
    errno = 0;
    m_file.reset(gzopen(path.c_str(), "rb"));
    if (!m_file)
    {
        throw std::invalid_argument(
            path + ": cannot be opened for reading: " + SystemMessage(errno) + ".");
    }
    gzbuffer(m_file.get(), ZLIB_BUFFER_BYTES);
}

std::size_t
GzipFile::Read(char* to, std::size_t count)
{
    const auto wanted = static_cast<unsigned>(std::min<std::size_t>(count, 1U << 30));
    errno = 0;
    const int got = gzread(m_file.get(), to, wanted);
    if (got > 0)
    {
        return static_cast<std::size_t>(got);
    }
    int error = Z_OK;
    gzerror(m_file.get(), &error);
    switch (error)
    {
    case Z_OK:
    case Z_STREAM_END:
        return 0;
    case Z_BUF_ERROR:
        throw std::invalid_argument("the gzip file ends in the middle: copy it again, or wait "
                                    "until its writer is done.");
    case Z_ERRNO:
        throw std::invalid_argument("cannot be read: " + SystemMessage(errno) + ".");
    default:
        throw std::invalid_argument("the gzip file is damaged, only the lines before this one "
                                    "could be unpacked: copy it again; gzip -t tests it.");
    }
}

void
GzipFile::Close::operator()(gzFile_s* file) const
{
    gzclose(file);
}

} // namespace portlab
