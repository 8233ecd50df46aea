// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_SEARCH_LAWS_H
#define PORTLAB_TEST_SEARCH_LAWS_H

#include "test/linux/start-law.h"
#include "test/recorded/script-runs.h"

#include <cstdint>
#include <string>
#include <vector>

namespace portlab::test
{

/// A search without memory as a system call makes it.
struct SearchLaw
{
    enum class Kind
    {
        Bind,       ///< bind(0) on TCP.
        BindHalves, ///< The same with SO_REUSEADDR: the lower half of the range before the upper.
        Udp,        ///< With the hash table of the recorded machine, 16384 slots.
        EveryPort,  ///< UDP without one.
    };

    Kind kind;
    std::uint32_t addresses{1}; ///< So many addresses in turn, each with all ports.
    bool shares{false};         ///< Sockets may share ports, and do from the first on.
    std::vector<Port> blocked{};
};

/// The law of a script, by the name of its variant. Throws std::out_of_range for others.
const SearchLaw& LawOf(const std::string& variant);

/// Judges every choice of the runs, until the first failure. Draws what has to be drawn from
/// `seed`.
StartWitness Judge(const std::vector<ScriptRun>& runs, const SearchLaw& law, std::uint64_t seed);

/// How many starts led to each choice, in classes: 1, 2, 3 to 4, 5 to 8, and more.
std::vector<std::uint32_t> StretchClasses(const StartWitness& witness);

/// The same calls answered by a lot among the ports that the law can choose.
std::vector<ScriptRun> DrawLots(const std::vector<ScriptRun>& runs,
                                const SearchLaw& law,
                                std::uint64_t seed);

} // namespace portlab::test

#endif // PORTLAB_TEST_SEARCH_LAWS_H
