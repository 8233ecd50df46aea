// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_PROGRAM_H
#define PORTLAB_TEST_PROGRAM_H

#include <string>
#include <vector>

namespace portlab::test
{

/// Runs a program to its end, with the network of this thread: its name and arguments, and what it
/// reads from its standard input. Answers what it complained about, or nothing if it had success.
std::string RunProgram(const std::vector<std::string>& words, const std::string& input);

} // namespace portlab::test

#endif // PORTLAB_TEST_PROGRAM_H
