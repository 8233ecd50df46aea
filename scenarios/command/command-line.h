// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_COMMAND_LINE_H
#define PORTLAB_COMMAND_LINE_H

#include <boost/program_options.hpp>
#include <string>
#include <vector>

namespace portlab
{

/// The words of one command.
struct CommandLine
{
    std::string name;      ///< "run".
    std::string arguments; ///< As in the usage line: "SCENARIO".
    std::string purpose;   ///< One sentence.
    boost::program_options::options_description options;
    int positionalCount{0}; ///< How many words without dashes there may be; -1: any number.

    /// Reads the words; those without dashes are under "words". Prints the help and sets `isHelp`
    /// if they ask for it. Throws std::invalid_argument with one sentence if they make no sense.
    boost::program_options::variables_map Read(const std::vector<std::string>& words);

    bool isHelp{false};

  private:
    void PrintHelp() const;
};

} // namespace portlab

#endif // PORTLAB_COMMAND_LINE_H
