// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_SYSTEM_CALL_H
#define PORTLAB_TEST_SYSTEM_CALL_H

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace portlab::test
{

/// The result of a system call that has to succeed; throws std::system_error naming the attempt.
inline int
Must(int result, const std::string& attempt)
{
    if (result < 0)
    {
        throw std::system_error(errno, std::generic_category(), attempt);
    }
    return result;
}

/// "EADDRINUSE"; nothing for 0.
inline std::string
ErrorName(int error)
{
    const char* const name = error == 0 ? "" : ::strerrorname_np(error);
    return name != nullptr ? name : "error " + std::to_string(error);
}

/// An open file, socket or namespace, which closes with its owner.
class FileDescriptor
{
  public:
    FileDescriptor() = default;

    explicit FileDescriptor(int number)
        : m_number(number)
    {
    }

    FileDescriptor(FileDescriptor&& other) noexcept
        : m_number(std::exchange(other.m_number, NONE))
    {
    }

    FileDescriptor& operator=(FileDescriptor&& other) noexcept
    {
        std::swap(m_number, other.m_number);
        return *this;
    }

    ~FileDescriptor()
    {
        Close();
    }

    void Close()
    {
        if (IsOpen())
        {
            ::close(std::exchange(m_number, NONE));
        }
    }

    bool IsOpen() const
    {
        return m_number != NONE;
    }

    int Number() const
    {
        return m_number;
    }

  private:
    static constexpr int NONE = -1;

    int m_number{NONE};
};

} // namespace portlab::test

#endif // PORTLAB_TEST_SYSTEM_CALL_H
