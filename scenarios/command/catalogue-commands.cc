// SPDX-License-Identifier: GPL-2.0-only

// The words of the commands that run nothing: what portlab knows of systems, of NATs, and of this
// machine.

#include "scenarios/command/command-line.h"
#include "scenarios/command/commands.h"
#include "scenarios/command/detect-command.h"
#include "scenarios/command/nats-command.h"
#include "scenarios/command/profiles-command.h"
#include "scenarios/command/run-options.h"

#include <iostream>

namespace portlab
{

namespace po = boost::program_options;

namespace
{

using RunCatalogue = int (*)(const std::vector<std::string>& names,
                             OutputFormat format,
                             std::ostream& out,
                             std::size_t width);

constexpr std::size_t WIDTH = 100;

int
CatalogueCommand(const std::string& name,
                 const std::string& purpose,
                 RunCatalogue run,
                 const std::vector<std::string>& words)
{
    CommandLine line{name, "[NAME...] [--format FORMAT]", purpose, {}, -1};
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
    return run(names, format, std::cout, WIDTH);
}

} // namespace

int
ProfilesCommand(const std::vector<std::string>& words)
{
    return CatalogueCommand(
        "profiles",
        "Lists the systems portlab knows; with names, these in full: every value with its "
        "source,\nand the command that changes it on the real system.",
        RunProfiles,
        words);
}

int
NatsCommand(const std::vector<std::string>& words)
{
    return CatalogueCommand(
        "nats",
        "Lists the NATs portlab knows; with names, these in full: every value with its "
        "source,\nand the command that changes it on the real device.",
        RunNats,
        words);
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
