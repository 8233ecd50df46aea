// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_COMMANDS_H
#define PORTLAB_COMMANDS_H

#include <string>
#include <vector>

namespace portlab
{

// The commands. Each takes the words behind its name and answers the exit code; a mistake of the
// user is thrown as std::invalid_argument.

int RunCommand(const std::vector<std::string>& words);
int CompareCommand(const std::vector<std::string>& words);
int CheckCommand(const std::vector<std::string>& words);
int AllocateCommand(const std::vector<std::string>& words);
int ProfilesCommand(const std::vector<std::string>& words);
int NatsCommand(const std::vector<std::string>& words);
int DetectCommand(const std::vector<std::string>& words);

} // namespace portlab

#endif // PORTLAB_COMMANDS_H
