// SPDX-License-Identifier: GPL-2.0-only

#include "test/kernel/program.h"

#include "test/kernel/system-call.h"

#include <array>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>

namespace portlab::test
{

namespace
{

/// A file without a name, which the program may use as its standard input or output.
FileDescriptor
NewFile()
{
    return FileDescriptor(Must(::memfd_create("portlab", MFD_CLOEXEC), "memfd_create"));
}

std::string
ReadFromStart(const FileDescriptor& file)
{
    std::array<char, 2000> text{};
    const auto length = ::pread(file.Number(), text.data(), text.size(), 0);
    return std::string(text.data(), length < 0 ? 0 : static_cast<std::size_t>(length));
}

} // namespace

std::string
RunProgram(const std::vector<std::string>& words, const std::string& input)
{
    const FileDescriptor in = NewFile();
    const FileDescriptor out = NewFile();
    Must(static_cast<int>(::pwrite(in.Number(), input.data(), input.size(), 0)), "pwrite");
    std::vector<char*> arguments;
    for (const std::string& word : words)
    {
        arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in.Number(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out.Number(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out.Number(), STDERR_FILENO);
    pid_t process = 0;
    const int error =
        ::posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
    {
        return ErrorName(error);
    }
    int status = 0;
    Must(::waitpid(process, &status, 0), "waitpid");
    const bool hasSucceeded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return hasSucceeded ? "" : "status " + std::to_string(status) + ": " + ReadFromStart(out);
}

} // namespace portlab::test
