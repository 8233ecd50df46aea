// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/build-info.h"
#include "scenarios/command/commands.h"

#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace
{

struct Command
{
    const char* name;
    int (*run)(const std::vector<std::string>& words);
    const char* purpose;
};

const Command COMMANDS[] = {
    {"run", portlab::RunCommand, "run a scenario and say what gave"},
    {"compare", portlab::CompareCommand, "run it with several operating systems"},
    {"check", portlab::CheckCommand, "read scenarios and say whether they can run"},
    {"allocate", portlab::AllocateCommand, "print the ports that a system picks"},
    {"profiles", portlab::ProfilesCommand, "list the systems, or one with all its sources"},
    {"nats", portlab::NatsCommand, "list the NATs, or one with all its sources"},
    {"detect", portlab::DetectCommand, "read this machine's settings and its use of ports"},
};

void
PrintHelp(std::ostream& out)
{
    out << "portlab: which source ports will these machines use, when will they run out, and what\n"
           "does everyone see then?\n\n";
    for (const Command& command : COMMANDS)
    {
        out << "  portlab " << command.name
            << std::string(10 - std::string(command.name).size(), ' ') << command.purpose << "\n";
    }
    out << "\nportlab COMMAND --help tells more; portlab --version tells what this is.\n";
}

int
Dispatch(const std::vector<std::string>& words)
{
    if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help")
    {
        PrintHelp(words.empty() ? std::cerr : std::cout);
        return words.empty() ? 2 : 0;
    }
    if (words[0] == "--version")
    {
        std::cout << "portlab " << portlab::BUILD_INFO.version << " (" << portlab::BUILD_INFO.commit
                  << "), ns-3 " << portlab::BUILD_INFO.ns3Version << "\n";
        return 0;
    }
    for (const Command& command : COMMANDS)
    {
        if (words[0] == command.name)
        {
            return command.run({words.begin() + 1, words.end()});
        }
    }
    throw std::invalid_argument("portlab: there is no command \"" + words[0] +
                                "\". See portlab --help.");
}

} // namespace

int
main(int count, char** words)
{
    try
    {
        return Dispatch({words + 1, words + count});
    }
    catch (const std::invalid_argument& mistake)
    {
        std::cerr << mistake.what() << "\n";
        return 2;
    }
    catch (const std::exception& error)
    {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
