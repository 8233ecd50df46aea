// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/command/command-line.h"

#include <iostream>
#include <stdexcept>

namespace portlab
{

namespace po = boost::program_options;

po::variables_map
CommandLine::Read(const std::vector<std::string>& words)
{
    po::options_description all;
    po::options_description hidden;
    hidden.add_options()("words", po::value<std::vector<std::string>>());
    options.add_options()("help", "print this");
    all.add(options).add(hidden);
    po::positional_options_description positional;
    positional.add("words", positionalCount);
    po::variables_map found;
    try
    {
        // Abbreviated names would change their meaning with every option that is added later.
        const auto style =
            po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
        po::store(
            po::command_line_parser(words).options(all).positional(positional).style(style).run(),
            found);
        po::notify(found);
    }
    catch (const po::too_many_positional_options_error&)
    {
        throw std::invalid_argument("portlab " + name + ": too many words. Usage: portlab " + name +
                                    " " + arguments);
    }
    catch (const po::error& error)
    {
        throw std::invalid_argument("portlab " + name + ": " + error.what() + ". See portlab " +
                                    name + " --help.");
    }
    if (found.count("help") != 0)
    {
        PrintHelp();
        isHelp = true;
    }
    return found;
}

void
CommandLine::PrintHelp() const
{
    std::cout << "Usage: portlab " << name << " " << arguments << "\n\n"
              << purpose << "\n\n"
              << options << "\n";
}

} // namespace portlab
