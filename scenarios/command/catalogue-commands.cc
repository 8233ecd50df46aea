// SPDX-License-Identifier: GPL-2.0-only

// The words of the two commands that run nothing: what portlab knows of systems, and of this one.

#include "scenarios/command/command-line.h"
#include "scenarios/command/commands.h"
#include "scenarios/command/detect-command.h"
#include "scenarios/command/profiles-command.h"
#include "scenarios/command/run-options.h"

#include <iostream>

namespace portlab
{

namespace po = boost::program_options;

int
ProfilesCommand(const std::vector<std::string>& words)
{
    CommandLine line{"profiles",
                     "[NAME...] [--format FORMAT]",
                     "Lists the systems portlab knows; with names, these in full: every value with "
                     "its source,\nand the command that changes it on the real system.",
                     {},
                     -1};
    line.options.add_options()(
        "format",
        po::value<std::string>()->value_name("FORMAT")->default_value("table"),
        "table, json or csv");
    const auto found = line.Read(words);
    if (line.isHelp)
    {
        return 0;
    }
    const auto names = found.count("words") != 0 ? found["words"].as<std::vector<std::string>>()
                                                 : std::vector<std::string>{};
    const OutputFormat format = ReadOutputFormat(found["format"].as<std::string>());
    return RunProfiles(names, format, std::cout);
}

int
DetectCommand(const std::vector<std::string>& words)
{
    CommandLine line{"detect",
                     "[--from DIR] [--format FORMAT]",
                     "Describes this Linux machine as a host of a scenario, ready to paste, and "
                     "says how many\nports it uses towards whom.",
                     {},
                     0};
    line.options.add_options()("from",
                               po::value<std::string>()->value_name("DIR")->default_value("/"),
                               "a directory with copies of another machine's proc/ and boot/")(
        "format",
        po::value<std::string>()->value_name("FORMAT")->default_value("table"),
        "table (TOML with comments), json or csv");
    const auto found = line.Read(words);
    if (line.isHelp)
    {
        return 0;
    }
    const OutputFormat format = ReadOutputFormat(found["format"].as<std::string>());
    return RunDetect(found["from"].as<std::string>(), format, std::cout);
}

} // namespace portlab
