// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_VALUES_H
#define PORTLAB_VALUES_H

#include "model/core/base/time.h"
#include "scenarios/reader/node.h"

#include <cstdint>
#include <string>
#include <vector>

namespace portlab
{

// Values out of nodes. Each throws std::invalid_argument that says which type, unit or limits were
// expected.

std::string ReadText(const Node& node);

bool ReadFlag(const Node& node);

/// A whole number, `least` to `most`.
std::uint64_t ReadWhole(const Node& node, std::uint64_t least, std::uint64_t most);

/// The same for the counts of a workload.
std::uint32_t ReadCount(const Node& node);

/// A number, whole or not, `least` to `most`.
double ReadNumber(const Node& node, double least, double most);

/// The unit that was probably meant where there is none.
enum class LikelyUnit
{
    Milliseconds,
    Seconds,
};

/// At most `most`, which is units.h's own limit where none is given.
Duration ReadDuration(const Node& node, LikelyUnit likely, Duration most = Duration::max());

/// A number of bytes with its unit, such as "100MB": powers of 1000, or of 1024 with KiB, MiB and
/// so on. At most MAX_BYTES.
std::uint64_t ReadBytes(const Node& node);

/// Per second, at most MAX_RATE.
double ReadRate(const Node& node);

/// The index of the word that the node is.
std::size_t ReadChoice(const Node& node, const std::vector<std::string>& words);

/// The index of the thing that the node names; `kind` says what it is, as "host group".
std::uint32_t ReadReference(const Node& node,
                            const std::vector<std::string>& names,
                            const std::string& kind);

/// The indexes of the things that a list names, at least one and none twice; `kind` and `example`
/// as for the others.
std::vector<std::uint32_t> ReadReferences(const Node& node,
                                          const std::vector<std::string>& names,
                                          const std::string& kind,
                                          const std::string& example);

/// The members of a list.
const List& ReadList(const Node& node, const std::string& example);

/// The two members of a list such as ["0s", "100/s"].
const List& ReadPair(const Node& node, const std::string& example);

} // namespace portlab

#endif // PORTLAB_VALUES_H
